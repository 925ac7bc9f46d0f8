"""The two sides of a comparison: what a reader named, and which responses lie in each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.scope import Scope, names_project, parse_moment

BEFORE, AFTER = 0, 1
NEITHER = 2
_AGO = re.compile(r"\d+\s*[mhdw]")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
HINT = (
    "write last-week this-week, 30d 30d, 2026-10-01..2026-10-31, version:2.1.237, model:opus, project:shop, "
    "branch:main or lifetime:1h"
)


class TimeWindow(NamedTuple):
    """since <= time < until, in ms since the epoch; None leaves that end open."""

    since: int | None
    until: int | None


class Named(NamedTuple):
    """A side that is told by what its responses are: `kind` is version, model, project, branch or lifetime."""

    kind: str
    value: str


Side = TimeWindow | Named


@dataclass(frozen=True, slots=True)
class Sides:
    """`labels`: as the reader named them. `of`: of each message of the store, the side that it lies in.

    `are_models`: whether models are what is compared.
    """

    labels: tuple[str, str]
    of: bytes
    are_models: bool = False


def find_sides(history: History, words: tuple[str, str], before: str | None, after: str | None) -> Sides:
    """Which responses in scope lie on which side. Raises UsageError."""
    labels, sides = _named(history.scope, words, before, after)
    tests = [_test(history, side) for side in sides]
    of = bytearray([NEITHER]) * len(history.store.messages)
    for index in history.indices:
        first, second = (test(index) for test in tests)
        if first and second:
            raise UsageError(f"{labels[0]} and {labels[1]} share responses", hint="two sides have none in common")
        if first or second:
            of[index] = AFTER if second else BEFORE
    are_models = any(isinstance(side, Named) and side.kind == "model" for side in sides)
    return Sides(labels, bytes(of), are_models)


def _named(
    scope: Scope, words: tuple[str, str], before: str | None, after: str | None
) -> tuple[tuple[str, str], tuple[Side, Side]]:
    """What the sides are called, and what they are."""
    if before is None and after is None:
        if all(_AGO.fullmatch(word) for word in words):
            middle, start = (parse_moment(words[1], now=scope.now, zone=scope.zone), 0)
            start = parse_moment(words[0], now=middle, zone=scope.zone)
            return (f"the {words[0]} before", f"the last {words[1]}"), (
                TimeWindow(start, middle),
                TimeWindow(middle, None),
            )
        first, second = (_side(scope, word) for word in words)
        return (_label(words[0]), _label(words[1])), (first, second)
    ends, begins = before or after or "", after or before or ""
    until = parse_moment(ends, now=scope.now, zone=scope.zone)
    since = parse_moment(begins, now=scope.now, zone=scope.zone)
    if until > since:
        raise UsageError("the sides overlap", hint="--before must not lie behind --after")
    return (f"before {ends}", f"after {begins}" if ends != begins else f"since {begins}"), (
        TimeWindow(None, until),
        TimeWindow(since, None),
    )


def _label(word: str) -> str:
    return word.replace("-", " ") if word in _PERIODS else word.partition(":")[2] or word


def _side(scope: Scope, word: str) -> Side:
    if word in _PERIODS:
        today = scope.local(scope.now).date()
        return _window(scope, *_PERIODS[word](today))
    if days := _DAYS.fullmatch(word):
        since, until = (
            parse_moment(day, now=scope.now, zone=scope.zone, end_of_day=bool(place))
            for place, day in enumerate(days.groups())
        )
        return TimeWindow(since, until)
    kind, colon, value = word.partition(":")
    if colon and value and kind in _TESTS:
        if kind == "lifetime" and value not in ("5m", "1h"):
            raise UsageError(f"the cache has no lifetime {value!r}", hint="write lifetime:5m or lifetime:1h")
        return Named(kind, value)
    raise UsageError(f"cannot compare {word!r}", hint=HINT)


def _window(scope: Scope, first: date, behind: date) -> TimeWindow:
    """Whole days of the reader's zone, from the first one to the one behind the last."""
    since, until = (parse_moment(day.isoformat(), now=scope.now, zone=scope.zone) for day in (first, behind))
    return TimeWindow(since, until)


def _week(today: date, back: int) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday, monday + timedelta(days=7)


def _month(today: date, back: int) -> tuple[date, date]:
    months = today.year * 12 + today.month - 1 - back
    first, behind = (date(number // 12, number % 12 + 1, 1) for number in (months, months + 1))
    return first, behind


_PERIODS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today + timedelta(days=1)),
    "yesterday": lambda today: (today - timedelta(days=1), today),
    "this-week": lambda today: _week(today, 0),
    "last-week": lambda today: _week(today, 1),
    "this-month": lambda today: _month(today, 0),
    "last-month": lambda today: _month(today, 1),
}


# --- which responses ---

Test = Callable[[int], bool]  # of a message, by its index


def _test(history: History, side: Side) -> Test:
    if isinstance(side, Named):
        return _TESTS[side.kind](history, side.value)
    messages, (since, until) = history.store.messages, side

    def is_inside(index: int) -> bool:
        time = messages[index].time  # an undated one is in no window (T51)
        return time is not None and (since is None or time >= since) and (until is None or time < until)

    return is_inside


def _of_model(history: History, value: str) -> Test:
    models = {message.model for message in history.messages}
    wanted = {model for model in models if value.casefold() in model.casefold()}
    messages = history.store.messages
    return lambda index: messages[index].model in wanted


def _of_version(history: History, value: str) -> Test:
    return _of_sessions(history, {one for one, session in history.store.sessions.items() if session.version == value})


def _of_branch(history: History, value: str) -> Test:
    return _of_sessions(history, {one for one, session in history.store.sessions.items() if session.branch == value})


def _of_project(history: History, value: str) -> Test:
    return _of_sessions(
        history,
        {
            one
            for one, session in history.store.sessions.items()
            if names_project((value,), session.project, session.worktree)
        },
    )


def _of_sessions(history: History, wanted: set[str]) -> Test:
    threads = [thread.session_id in wanted for thread in history.store.threads]
    messages = history.store.messages
    return lambda index: threads[messages[index].thread]


def _of_lifetime(history: History, value: str) -> Test:
    """By what a response's own cache writes, or the last ones before it in its thread, were kept for."""
    messages, found = history.store.messages, bytearray(len(history.store.messages))
    wanted, unknown = value == "1h", None
    for number, thread in enumerate(history.store.threads):
        kept: bool | None = unknown
        for index in history.store.in_order(thread):
            message = messages[index]
            if message.cache_creation_input_tokens:
                kept = message.ephemeral_1h_input_tokens > 0
            if message.thread == number and kept is wanted:
                found[index] = 1
    return lambda index: bool(found[index])


_TESTS: dict[str, Callable[[History, str], Test]] = {
    "version": _of_version,
    "model": _of_model,
    "project": _of_project,
    "branch": _of_branch,
    "lifetime": _of_lifetime,
}
