"""What is told of a board to programs and to ears: one JSON object an event, and conditions that ring the bell.

Pure: an event is what differs between two views of the board, or what happened in a session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tokenscope.errors import UsageError
from tokenscope.live.board import BoardView
from tokenscope.live.board_table import warm_for
from tokenscope.live.session_line import LIMITED, WAITING, SessionLine
from tokenscope.live.session_state import Moment
from tokenscope.value import asdict

MOMENTS = frozenset({"last", "asked", "warm_until", "now", "resets", "told", "time"})  # fields in ms since the epoch
PASSING = frozenset({"tokens_a_minute", "usd_a_minute"})  # what changes by the clock alone
_CONDITION = re.compile(
    r"\s*(context|cache|usd|limit|loop|waiting)\s*(?:([<>])\s*\$?(\d+(?:\.\d+)?)\s*(%|s|min|m)?)?\s*"
)
HINT = "write context>80%, cache<60s, usd>5, limit, loop or waiting"


class Alarm(NamedTuple):
    """Something that may come true of a session. `told`: as it was written."""

    told: str
    holds: Callable[[SessionLine, int], bool]  # at a moment in ms since the epoch


def parse_alarm(text: str) -> Alarm:
    """A condition as a person writes it. Raises UsageError."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(f"cannot read {text!r} as a condition", hint=HINT)
    name, sign, unit = found[1], found[2], found[4] or ""
    number = float(found[3]) if found[3] else 0.0
    fits = {"context": (">", ("%",)), "cache": ("<", ("s", "min", "m")), "usd": (">", ("",))}
    if (name in fits) != (sign is not None) or (sign and (sign != fits[name][0] or unit not in fits[name][1])):
        raise UsageError(f"cannot read {text!r} as a condition", hint=HINT)
    left = number * (1_000 if unit == "s" else 60_000)
    holds: dict[str, Callable[[SessionLine, int], bool]] = {
        "context": lambda one, _: (one.context_tokens or 0) * 100 > number * one.window_tokens,
        "cache": lambda one, now: 0 < warm_for(one, now) < left,
        "usd": lambda one, _: (one.list_price_usd or 0) > number,
        "limit": lambda one, _: one.state == LIMITED,
        "loop": lambda one, _: one.is_looping,
        "waiting": lambda one, _: one.state == WAITING,
    }
    return Alarm(text.strip(), holds[name])


def true_of(conditions: Sequence[Alarm], view: BoardView) -> set[tuple[str, str]]:
    """Which conditions hold of which sessions now: the condition as it was written, and the session's id."""
    return {
        (condition.told, one.session_id)
        for condition in conditions
        for one in view.sessions
        if condition.holds(one, view.now)
    }


def differences(
    before: BoardView | None, view: BoardView, local: Callable[[int], datetime]
) -> Iterator[dict[str, Any]]:
    """An event for each session that is another than before, or gone, and one for the totals."""
    known = {one.session_id: one for one in before.sessions} if before else {}
    for one in sorted(view.sessions, key=lambda one: (one.last, one.session_id)):
        if one.session_id not in known or _lasting(known[one.session_id]) != _lasting(one):
            yield event("session", asdict(one), view.now, local)
    for session_id in sorted(known.keys() - {one.session_id for one in view.sessions}):
        yield event("gone", {"session_id": session_id}, view.now, local)
    if before is None or _totals(before) != _totals(view):
        yield event("totals", asdict(view.totals), view.now, local)


def happened(session_id: str, moment: Moment, now: int, local: Callable[[int], datetime]) -> dict[str, Any]:
    """The event of something that happened in a session."""
    fields = {"session_id": session_id, "kind": moment.kind, "time": moment.time}
    return event("happened", fields | {"agent_id": moment.agent_id or None, "text": moment.text}, now, local)


def event(name: str, fields: dict[str, Any], now: int, local: Callable[[int], datetime]) -> dict[str, Any]:
    """One event, its moments in the reader's zone."""
    written = {field: _written(field, value, local) for field, value in fields.items()}
    return {"schema_version": 1, "event": name, "at": local(now), **written}


def _written(field: str, value: Any, local: Callable[[int], datetime]) -> Any:
    if field in MOMENTS and isinstance(value, int):
        return local(value)
    if isinstance(value, dict):
        return {name: _written(name, inner, local) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_written(field, inner, local) for inner in value]
    return round(value, 6) if isinstance(value, float) else value


def _lasting(one: SessionLine) -> dict[str, Any]:
    return {field: value for field, value in asdict(one).items() if field not in PASSING}


def _totals(view: BoardView) -> tuple[Any, ...]:
    totals = view.totals
    return (
        totals.today_tokens,
        totals.today_responses,
        tuple((one.name, one.resets, one.used) for one in totals.windows),
    )
