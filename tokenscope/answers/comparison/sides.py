"""The two sides of a comparison: what a reader named, and which responses lie in each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from tokenscope.answers.comparison.side_members import KINDS, Named, OfFile, Side, TimeWindow, exported_file, test_of
from tokenscope.answers.whatif.trial import number_of
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.model import ExportedFile, Facet
from tokenscope.scope import Scope, parse_moment
from tokenscope.value import Value
from tokenscope.view.question import Needs

BEFORE, AFTER = 0, 1
NEITHER = 2
NOTHING_IN_COMMON = "two sides have no response in common; of exports: write one with --since, the other with --until"
USUAL = "7d"  # both sides, where none is named
# Of what `export` writes; those without a row a response are refused with the reason.
EXPORT_ENDINGS = (
    *(".ndjson", ".jsonl", ".csv", ".sqlite", ".sqlite3", ".db", ".parquet"),
    *(".json", ".openmetrics", ".om", ".prom"),
)
FILE = "file"  # before a colon and an exported file's name, whatever it ends with
_STAMPED = ("version", "branch")
_AGO = re.compile(r"\d+\s*[mhdw]")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
HINT = (
    "write last-week this-week, 30d 30d, 2026-10-01..2026-10-31, version:2.1.237, model:opus, project:shop, "
    "branch:main, lifetime:1h, window:155K or an exported file"
)


class Sides(Value):
    """`labels`: as the reader named them. `of`: of each message of the store, the side that it lies in.

    `are_models`: whether models are what is compared. `files`: of each side, the exported file that it is: what sat in
    contexts and why caches were lost is then known of neither side; nor is it where the history itself is of exported
    files (`is_told`).
    """

    labels: tuple[str, str]
    of: bytes
    are_models: bool = False
    files: tuple[ExportedFile | None, ExportedFile | None] = (None, None)
    is_told: bool = False

    @property
    def exported(self) -> bool:
        """Whether a side is an exported file, or made of them."""
        return self.is_told or any(file is not None for file in self.files)

    @property
    def asks_known(self) -> bool:
        """Of both sides."""
        return not self.is_told and all(file is None or file.asks is not None for file in self.files)

    @property
    def failures_known(self) -> bool:
        """Of both sides."""
        return not self.is_told and all(file is None or file.has_failures for file in self.files)


def find_sides(history: History, words: tuple[str, str], before: str | None, after: str | None) -> Sides:
    """Which responses in scope lie on which side. Raises UsageError."""
    labels, sides = _named(history.scope, words, before, after)
    is_first, is_second = (test_of(history, side) for side in sides)
    of = bytearray([NEITHER]) * len(history.store.messages)
    for index in history.indices:
        first, second = is_first(index), is_second(index)
        if first and second:
            raise UsageError(f"{labels[0]} and {labels[1]} share responses", hint=NOTHING_IN_COMMON)
        if first or second:
            of[index] = AFTER if second else BEFORE
    are_models = any(isinstance(side, Named) and side.kind == "model" for side in sides)
    first_file, second_file = (exported_file(history, side) if isinstance(side, OfFile) else None for side in sides)
    is_told = any(not one.is_side for one in history.store.exported)
    return Sides(labels, bytes(of), are_models, (first_file, second_file), is_told)


def needs_of_sides(scope: Scope, words: tuple[str, str], before: str | None, after: str | None) -> Needs:
    """What has to be read for both sides. Raises UsageError for what is no side, and for two that overlap."""
    labels, (first, second) = _named(scope, words, before, after)
    if first == second or (isinstance(first, TimeWindow) and isinstance(second, TimeWindow) and _meet(first, second)):
        raise UsageError(f"{labels[0]} and {labels[1]} overlap", hint=NOTHING_IN_COMMON)
    sides = first, second
    files = tuple(side.path for side in sides if isinstance(side, OfFile))
    is_stamped = any(isinstance(side, Named) and side.kind in _STAMPED for side in sides)
    return Needs(Facet.STAMPS if is_stamped else Facet.USAGE, files, len(files) < len(sides))


def _meet(first: TimeWindow, second: TimeWindow) -> bool:
    """Whether two windows have a moment in common."""
    pairs = (first.since, second.until), (second.since, first.until)
    return all(since is None or until is None or since < until for since, until in pairs)


def _named(
    scope: Scope, words: tuple[str, str], before: str | None, after: str | None
) -> tuple[tuple[str, str], tuple[Side, Side]]:
    """What the sides are called, and what they are."""
    if before is None and after is None:
        if all(_AGO.fullmatch(word) for word in words):
            middle = parse_moment(words[1], now=scope.now, zone=scope.zone)
            start = parse_moment(words[0], now=middle, zone=scope.zone)
            sides = TimeWindow(start, middle), TimeWindow(middle, None)
            return (f"the {words[0]} before", f"the last {words[1]}"), sides
        first, second = (_side(scope, word) for word in words)
        return _labels(words), (first, second)
    if words != (USUAL, USUAL):
        raise UsageError("the sides are named twice", hint="name two sides, or use --before and --after")
    ends, begins = before or after or "", after or before or ""
    until = parse_moment(ends, now=scope.now, zone=scope.zone)
    since = parse_moment(begins, now=scope.now, zone=scope.zone)
    if until > since:
        raise UsageError("the sides overlap", hint="--before must not lie behind --after")
    labels = f"before {ends}", f"after {begins}" if ends != begins else f"since {begins}"
    return labels, (TimeWindow(None, until), TimeWindow(since, None))


def _labels(words: tuple[str, str]) -> tuple[str, str]:
    first, second = map(_label, words)
    return (first, second) if first != second else words


def _label(word: str) -> str:
    if word in _PERIODS:
        return word.replace("-", " ")
    if path := _file_of(word):
        return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    if _AGO.fullmatch(word):
        return f"the last {word}"
    return word.partition(":")[2] or word


def _file_of(word: str) -> str:
    """The name of an exported file; "" for any other side."""
    kind, colon, value = word.partition(":")
    if colon and kind == FILE:
        return value
    return word if word.lower().endswith(EXPORT_ENDINGS) and not (colon and kind in KINDS) else ""


def _side(scope: Scope, word: str) -> Side:
    if path := _file_of(word):
        return OfFile(path)
    if _AGO.fullmatch(word):
        return TimeWindow(parse_moment(word, now=scope.now, zone=scope.zone), None)
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
    if colon and value and kind in KINDS:
        if kind == "lifetime" and value not in ("5m", "1h"):
            raise UsageError(f"the cache has no lifetime {value!r}", hint="write lifetime:5m or lifetime:1h")
        if kind == "window":
            number_of(value)
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
