"""What takes a history's rows, a server or a shared folder, behind one interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

NEEDED = 1  # version of the tables, see schema.sql
SCHEMA = Path(__file__).with_name("schema.sql")
AGAIN = "run it again; nothing is counted twice"


class ServerDay(NamedTuple):
    """What is there of one person and machine on one day of UTC; None: undated."""

    day: str | None
    machine: str
    responses: int
    tokens: int


class Welcome(NamedTuple):
    """What a target says of itself and of who asks. `newest`: all up to then has been sent from this machine, under the
    rules of `revision`.
    """

    version: int  # of its tables
    salt: str
    person: str
    newest: datetime | None
    revision: int  # number; 0: nothing was sent
    days: tuple[ServerDay, ...]


class Target(Protocol):
    """What a history's rows are handed on to. Raises TeamError wherever it does not do as it should."""

    def welcome(self) -> Welcome:
        """What is there already."""

    def put(self, batch: Mapping[str, Any]) -> Mapping[str, int]:
        """Take rows, whole or not at all; how many were `new`, and how many `changed`."""

    def known(self, ids: Sequence[str]) -> str:
        """Where each of these is: h from here, o from another machine of the same person, c another's, - nowhere."""

    def forget(self) -> int:
        """Take back all of this person; how many rows that were."""

    def close(self) -> None:
        """It is not asked any more."""


class DayWindow(NamedTuple):
    """Days of UTC, both inside it; None: open."""

    first: date | None
    last: date | None


class PeopleTarget(Target, Protocol):
    """A server, where figures can be read. Raises NoRightsError for what is not allowed."""

    def smallest_cell(self) -> int:
        """How many people a sum over people is about at least."""

    def sums(self, view: str, window: DayWindow) -> list[dict[str, Any]]:
        """Sums over people: days, models, projects, sources or causes, of what a window touches."""

    def people_responses(self, since: datetime | None) -> Iterable[Mapping[str, Any]]:
        """What counts, a row a response and person, from a moment on or all of it."""

    def people_sessions(self) -> Iterable[Mapping[str, Any]]:
        """Each session with its ledger."""


def welcome_of(answer: Mapping[str, Any]) -> Welcome:
    """A server's answer, understood."""
    newest = answer["newest"]
    days = tuple(ServerDay(*(one[name] for name in ServerDay._fields)) for one in answer["days"] or ())
    return Welcome(
        int(answer["version"]),
        str(answer["salt"]),
        str(answer["person"]),
        None if newest is None else datetime.fromisoformat(newest),
        int(answer["revision"] or 0),
        days,
    )
