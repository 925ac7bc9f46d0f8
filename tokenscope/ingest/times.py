"""The moments that transcripts and Claude Code name, as text (T50, T51)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: Any) -> datetime | None:
    """The moment that a row names, or None where the text is no time with a zone, from 2000 to 2099."""
    try:
        found = datetime.fromisoformat(text)
        if 2000 < found.year < 2099 and found.tzinfo is not None:
            return found
        return found if 946_684_800 <= found.timestamp() < 4_102_444_800 and found.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def milliseconds_of(time: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, what is finer cut off."""
    since = time - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def milliseconds(text: Any) -> int | None:
    """Milliseconds since 1970-01-01 UTC of what a row says, or None where it is no readable time."""
    time = moment(text)
    return None if time is None else milliseconds_of(time)
