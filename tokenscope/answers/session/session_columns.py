"""The columns that sessions can be sorted and filtered by, and how each is written."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tokenscope.answers.session.session_details import SessionDetails
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import StampField, by_stamp
from tokenscope.model import Usage
from tokenscope.scope import parse_moment
from tokenscope.view import figures
from tokenscope.view.question import Drawing


class Quality(NamedTuple):
    """One column. kind: "text", "count", "tokens", "dollars", "seconds" or "moment"."""

    title: str
    kind: str
    of: Callable[[SessionDetails], Any]


QUALITIES = {
    "last": Quality("last active", "moment", lambda row: row.last_activity_at),
    "started": Quality("started", "moment", lambda row: row.started_at),
    "ended": Quality("ended", "moment", lambda row: row.ended_at),
    "status": Quality("", "text", lambda row: row.status),
    "title": Quality("what", "text", lambda row: row.title or ""),
    "project": Quality("project", "text", lambda row: row.repository),
    "terminal": Quality("terminal", "text", lambda row: row.terminal or ""),
    "branch": Quality("branch", "text", lambda row: row.branch or ""),
    "id": Quality("id", "text", lambda row: row.session_id),
    "tokens": Quality("tokens", "tokens", lambda row: row.usage.total_tokens),
    "output": Quality("output", "tokens", lambda row: row.usage.output_tokens),
    "price": Quality("list price", "dollars", lambda row: row.usage.list_price_usd),
    "responses": Quality("responses", "count", lambda row: row.usage.messages),
    "wall": Quality("wall time", "seconds", lambda row: row.wall_seconds),
    "active": Quality("active", "seconds", lambda row: row.active_seconds),
    "peak": Quality("peak", "tokens", lambda row: row.peak_context_tokens),
    "compactions": Quality("compactions", "count", lambda row: row.compactions),
    "subagents": Quality("agents", "count", lambda row: row.subagents),
    "errors": Quality("errors", "count", lambda row: row.errors),
    "denied": Quality("denied", "count", lambda row: row.denied),
    "lines": Quality("lines", "count", lambda row: row.lines_added + row.lines_removed),
    "commits": Quality("commits", "count", lambda row: row.commits),
    "prs": Quality("PRs", "count", lambda row: row.pull_requests),
}
NAMES = ", ".join(QUALITIES)
_CONDITION = re.compile(r"\s*([a-z]+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*", re.DOTALL)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_SIZES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_SPANS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


def sorted_by(rows: Sequence[SessionDetails], name: str) -> list[SessionDetails]:
    """The largest or newest first, texts in the order of the alphabet, unknown last. Raises UsageError."""
    quality = _quality(name)
    known = [row for row in rows if quality.of(row) is not None]
    unknown = [row for row in rows if quality.of(row) is None]
    if quality.kind == "text":
        return sorted(known, key=lambda row: quality.of(row).casefold()) + unknown
    return sorted(known, key=quality.of, reverse=True) + unknown


def chosen_by(rows: Sequence[SessionDetails], conditions: Sequence[str], history: History) -> list[SessionDetails]:
    """The rows that fulfil every condition, such as "errors>3" or "title=basket". Raises UsageError."""
    tests = [_test(condition, history) for condition in conditions]
    return [row for row in rows if all(test(row) for test in tests)]


def _test(condition: str, history: History) -> Callable[[SessionDetails], bool]:
    found = _CONDITION.fullmatch(condition)
    hint = "write a column, a sign and a value: 'errors>3', 'tokens>=1M', 'active>30m', 'title=basket'"
    if found is None or not found[3]:
        raise UsageError(f"cannot read {condition!r} as a condition", hint=hint)
    if found[1] in set(StampField) - set(QUALITIES):
        return _stamp_test(found[1], found[2], found[3], history)
    quality, compare = _quality(found[1]), _COMPARISONS[found[2]]
    if quality.kind == "text":
        if found[2] not in ("=", "!="):
            raise UsageError(f"{found[1]} is a text: it has or has not something in it", hint=hint)
        wanted, has = found[3].casefold(), found[2] == "="
        return lambda row: (wanted in quality.of(row).casefold()) == has
    value = _value(found[3], quality.kind, history)
    if value is None:
        raise UsageError(f"cannot read {found[3]!r} as a value of {found[1]}", hint=hint)
    return lambda row: quality.of(row) is not None and compare(quality.of(row), value)


def _stamp_test(field: str, sign: str, wanted: str, history: History) -> Callable[[SessionDetails], bool]:
    """Whether a session has a response whose stamp has this in it. Needs Facet.STAMPS."""
    if sign not in ("=", "!="):
        raise UsageError(f"{field} is a text: it has or has not something in it", hint="write 'skill=review'")
    read, threads = by_stamp(history, StampField(field)), history.store.threads
    found = {threads[one.thread].session_id for one in history.messages if wanted.casefold() in read(one).casefold()}
    return lambda row: (row.session_id in found) == (sign == "=")


def _value(text: str, kind: str, history: History) -> float | datetime | None:
    if kind == "moment":
        scope = history.scope
        return scope.local(parse_moment(text, now=scope.now, zone=scope.zone))
    units = _SPANS if kind == "seconds" else _SIZES
    number = re.fullmatch(r"\$?(\d+(?:\.\d+)?)\s*([a-z]*)", text.casefold().replace(",", ""))
    if number is None or number[2] not in units:
        return float(text) if kind == "seconds" and text.isdecimal() else None
    return float(number[1]) * units[number[2]]


def _quality(name: str) -> Quality:
    if name not in QUALITIES:
        raise UsageError(f"sessions have no column {name!r}", hint=f"there are {NAMES}")
    return QUALITIES[name]


def written(row: SessionDetails, name: str, drawing: Drawing) -> str:
    """A column's value in words; nothing where there is none of it."""
    quality = QUALITIES[name]
    value = quality.of(row)
    if quality.kind == "moment":
        return figures.clock(value, drawing.zone, drawing.now)
    if quality.kind == "seconds":
        return figures.duration(None if value is None else value * 1000)
    if quality.kind == "text":
        return str(value)
    write = {"tokens": figures.tokens, "dollars": figures.dollars, "count": figures.count}[quality.kind]
    return write(value) if value else ""


def written_sum(rows: Sequence[SessionDetails], name: str, total: Usage) -> str:
    """What a column adds up to, in words; nothing where a sum means nothing. `total`: of all these sessions."""
    quality = QUALITIES[name]
    if name == "price":
        return figures.dollars(total.list_price_usd)
    if name == "peak" or quality.kind in ("text", "moment"):
        return ""
    whole = sum(quality.of(row) or 0 for row in rows)
    if quality.kind == "seconds":
        return figures.duration(whole * 1000)
    return (figures.tokens(whole) if quality.kind == "tokens" else figures.count(whole)) if whole else ""
