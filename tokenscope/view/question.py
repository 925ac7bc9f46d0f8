"""What a question is: how it is called, what has to be read for it, how it answers for machines and for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any, NamedTuple, get_type_hints

from tokenscope.model import Facet
from tokenscope.view.card import Card
from tokenscope.view.money import Plan


class Option(NamedTuple):
    """An option of one question alone: `Annotated[int, Option("…")]` on a keyword of its `analyze`."""

    help: str
    metavar: str | None = None


class Argument(NamedTuple):
    """What stands behind a question's name without dashes: `Annotated[str, Argument("…", "ID")] = "last"`."""

    help: str
    metavar: str


class Drawing(NamedTuple):
    """How a card is to be drawn: who reads it, when, and how much of it."""

    now: int  # ms since the epoch
    zone: Any  # tzinfo, or None for the machine's own
    limit: int = 12  # rows a card
    plan: Plan = Plan.UNKNOWN  # words and order of the figures
    command: str = "tokenscope"  # how the reader has to type it
    made_up: bool = False  # it is about the demo
    color: bool | None = None  # None: as the stream and the environment say
    plain: bool = False  # a fact a line


class Sessions(Enum):
    """Which sessions of a history are opened."""

    NONE = auto()
    ONE = auto()  # the one that the question's argument `which` names
    NEWEST = auto()  # all where a window is given
    ALL = auto()


class Reading(NamedTuple):
    """What has to be read. `by_option`: what an option needs beside `facets`, by its name."""

    facets: Facet
    sessions: Sessions = Sessions.ALL
    max_content: int | None = None  # bytes of the newest sessions that are looked into where only those are read
    by_option: Mapping[str, Facet] = MappingProxyType({})

    def needs(self, options: Mapping[str, Any]) -> Facet:
        """What is wanted of each row with these options."""
        return reduce(or_, (facet for name, facet in self.by_option.items() if options.get(name)), self.facets)


class Needs(NamedTuple):
    """What the options of a question need beside its reading.

    `files`: those that `export` wrote, as they were named. `transcripts`: whether the history is read as well.
    """

    facets: Facet = Facet.USAGE
    files: tuple[str, ...] = ()
    transcripts: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    analyze(history, **options) -> a report dataclass of plain numbers, which JSON prints as it is;
    cards(report, drawing) -> what people see. `rows` names the report's field that is a table, for CSV and
    for `--limit`; "" where there is none.
    """

    name: str
    help: str
    reading: Reading
    analyze: Callable[..., Any]
    cards: Callable[[Any, Drawing], tuple[Card, ...]]
    rows: str = ""
    is_shared: bool = False  # what surrounds its cards names nothing of the user's
    days: Callable[..., int] | None = None  # of the options: how many days it is about, where no window is given
    group: str = "Where it went"
    next: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = ()  # questions to ask after it, or that of its report
    examples: tuple[str, ...] = ()  # for its help: what to type after its name
    # Of the scope and the options that `analyze` takes; raises UsageError for wrong ones, before anything is read.
    prepare: Callable[..., Needs] | None = None
    includes: tuple[str, ...] = ()  # questions whose cards belong to what it shows

    @property
    def reads(self) -> bool:
        """Whether it needs transcripts at all."""
        return self.reading.sessions is not Sessions.NONE


def takes_argument(question: Question) -> bool:
    """Whether a question is about something that is named behind it."""
    hints = get_type_hints(question.analyze, include_extras=True).values()
    return any(isinstance(one, Argument) for hint in hints for one in getattr(hint, "__metadata__", ()))
