"""What one command line asks for: how it was typed, its options, and the moment, zone and window of them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path, PurePath
from typing import Any

from tokenscope.errors import UsageError
from tokenscope.model import Stamps
from tokenscope.scope import Scope, find_zone, parse_moment
from tokenscope.value import Value, field, replace
from tokenscope.view.money import Plan
from tokenscope.view.question import Question

USUAL = "tokenscope"
VARIABLE = "TOKENSCOPE_COMMAND"  # set by the npm package
NAMED = ("npx tokenscope", USUAL)
_UV_CACHE = re.compile(r"(?:archive|environments)-v\d+")  # where uvx keeps what it runs once
_PIPX_RUN = re.compile(r"[0-9a-f]{10,}")  # what pipx calls the environment of a run; an installed one has a name


def typed_command(environ: Mapping[str, str], prefix: PurePath) -> str:
    """`prefix`: the folder of the environment that runs this. Installed, or unknown: tokenscope."""
    if environ.get(VARIABLE) in NAMED:
        return environ[VARIABLE]
    if any(_UV_CACHE.fullmatch(folder) for folder in prefix.parts):
        return "uvx tokenscope-cli"
    if "pipx" in prefix.parts and _PIPX_RUN.fullmatch(prefix.name):
        return "pipx run tokenscope-cli"
    return USUAL


def as_typed(text: str, command: str) -> str:
    """A text with the commands in it as the reader has to type them. In a text they stand behind a backtick."""
    return text.replace(f"`{USUAL} ", f"`{command} ").replace(f"`{USUAL}`", f"`{command}`")


class Request(Value):
    """One command line, understood. The names are those of the options."""

    since: str | None = None
    until: str | None = None
    project: list[str] | None = None
    model: list[str] | None = None
    session: list[str] | None = None
    only: list[str] | None = None
    root: list[Path] | None = None
    team: bool = False  # the history of all who hand on to the same server or folder
    tz: str | None = None
    prices: Path | None = None
    plan: Plan | None = None
    limit: int | None = None  # rows of a table
    all: bool = False
    plain: bool = False
    color: bool | None = None
    full: bool = False
    max_sessions: int | None = None  # None: what the question caps itself at
    no_text: bool = False
    demo: bool = False
    outputs: dict[str, Any] = field(default_factory=dict)  # what was asked for, by option: its file, its name or True
    file: Path | None = None  # where the named output goes
    options: dict[str, Any] = field(default_factory=dict)


def with_window(question: Question, request: Request) -> Request:
    """The request with the question's own window, where it has one and none is given. Whole days, today included."""
    if question.days is None or request.since is not None or request.until is not None:
        return request
    today = datetime.fromtimestamp(_now(request) / 1000, UTC).astimezone(_zone(request)[0]).date()
    first = today - timedelta(days=question.days(**request.options) - 1)
    return replace(request, since=first.isoformat())


def scope_of(request: Request) -> Scope:
    """Which part of the history is asked about, now. Raises UsageError."""
    now, (zone, zone_name) = _now(request), _zone(request)

    def moment(text: str | None, *, end_of_day: bool = False) -> int | None:
        return None if text is None else parse_moment(text, now=now, zone=zone, end_of_day=end_of_day)

    scope = Scope(
        now=now,
        since=moment(request.since),
        until=moment(request.until, end_of_day=True),
        projects=tuple(request.project or ()),
        models=tuple(request.model or ()),
        sessions=tuple(request.session or ()),
        only=tuple(map(_stamp, request.only or ())),
        zone=zone,
        zone_name=zone_name,
    )
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        raise UsageError("the window ends before it begins", hint="--since must lie before --until")
    return scope


def _stamp(condition: str) -> tuple[str, str]:
    """A field of a stamp, and what has to be in it. Raises UsageError."""
    field, sign, wanted = condition.partition("=")
    if field.strip() not in Stamps._fields or not sign:
        hint = f"write FIELD=TEXT, the field being one of {', '.join(Stamps._fields)}"
        raise UsageError(f"cannot choose responses by {condition!r}", hint=hint)
    return field.strip(), wanted.strip()


def _now(request: Request) -> int:
    if request.demo:
        from tokenscope.demo import NOW  # noqa: PLC0415 - a long story that only the demo needs

        return NOW  # its own clock, so that it always looks the same
    return time.time_ns() // 1_000_000


def _zone(request: Request) -> tuple[tzinfo | None, str]:
    return find_zone(request.tz if request.tz or not request.demo else "UTC")
