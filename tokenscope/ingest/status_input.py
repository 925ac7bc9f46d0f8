"""What Claude Code tells a status line command on standard input: one JSON object, of which anything may be absent."""

from __future__ import annotations

from typing import Any, NamedTuple

from tokenscope.ingest.rows.lenient import value_of
from tokenscope.ingest.rows.times import milliseconds

LATEST = 4_102_444_800_000  # ms: the year 2100


class Limit(NamedTuple):
    """One of a plan's limits, by Anthropic's own count. `resets` in ms since the epoch."""

    used_percent: float
    resets: int | None


class Status(NamedTuple):
    """`transcript` is "" where none is named; `context_size` in tokens, of the model's whole context."""

    transcript: str = ""
    context_size: int | None = None
    five_hours: Limit | None = None
    seven_days: Limit | None = None


def read_status(given: bytes) -> Status:
    """What can be understood of it; an empty status where it is no object."""
    said = value_of(given)
    if said.__class__ is not dict:
        return Status()
    path, limits = said.get("transcript_path"), _object(said.get("rate_limits"))
    return Status(
        path if path.__class__ is str and "\0" not in path else "",
        _tokens(_object(said.get("context_window")).get("context_window_size")),
        _limit(limits.get("five_hour")),
        _limit(limits.get("seven_day")),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if value.__class__ is dict else {}


def _tokens(value: Any) -> int | None:
    return value if value.__class__ is int and 0 < value < 10**12 else None


def _limit(value: Any) -> Limit | None:
    said = _object(value)
    percent = said.get("used_percentage")
    if percent.__class__ not in (int, float) or not 0 <= percent < 10_000:
        return None
    return Limit(float(percent), _moment(said.get("resets_at")))


def _moment(value: Any) -> int | None:
    """Seconds since the epoch, as a number or in digits, or ISO text with its zone."""
    if value.__class__ is str and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if value.__class__ not in (int, float):
        return milliseconds(value)
    return round(value * 1000) if 0 < value * 1000 < LATEST else None
