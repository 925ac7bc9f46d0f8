"""The moments that transcripts and Claude Code name, as text (T50, T51)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

FIRST, END = 946_684_800_000, 4_102_444_800_000  # ms since 1970: the years 2000 to 2099


def moment(text: Any) -> datetime | None:
    """The moment that a row names, or None where the text is no time with a zone, from 2000 to 2099."""
    try:
        found = datetime.fromisoformat(text)
        if 2000 < found.year < 2099 and found.tzinfo is not None:
            return found
        return found if FIRST <= found.timestamp() * 1000 < END and found.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def milliseconds_of(time: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, what is finer cut off."""
    return int(time.timestamp() * 1000 + 0.0005)


def milliseconds(text: Any) -> int | None:
    """Milliseconds since 1970-01-01 UTC of what a row says, or None where it is no readable time."""
    try:
        found = datetime.fromisoformat(text)
        time = int(found.timestamp() * 1000 + 0.0005)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return time if FIRST <= time < END and found.tzinfo is not None else None
