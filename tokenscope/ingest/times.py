"""The moments that transcripts and Claude Code name, as text (T50, T51)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
# Of a row (T51); with a zone, so that they cannot be compared with a time that has none.
EARLIEST, BEYOND = datetime.fromisoformat("2000-01-01T00:00:00Z"), datetime.fromisoformat("2100-01-01T00:00:00Z")
_EARLIEST, _BEYOND = EARLIEST - EPOCH, BEYOND - EPOCH
parsed = datetime.fromisoformat
UNREADABLE = (TypeError, ValueError, OverflowError)  # what it raises, or a comparison of what it made


def moment(text: Any) -> datetime | None:
    """The moment that a row names, or None where the text is no time with a zone, from 2000 to 2099."""
    try:
        found = datetime.fromisoformat(text)
        return found if EARLIEST <= found < BEYOND else None
    except UNREADABLE:
        return None


def milliseconds_of(time: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, what is finer cut off."""
    since = time - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def microseconds_of(time: datetime) -> int:
    """Microseconds since 1970-01-01 UTC. As a number of seconds it takes three times as long."""
    since = time - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def milliseconds(text: Any) -> int | None:
    """Milliseconds since 1970-01-01 UTC of what a row says, or None where it is no readable time."""
    time = moment(text)
    return None if time is None else milliseconds_of(time)


def all_milliseconds(texts: Sequence[Any]) -> list[int | None]:
    """The same of many, all at once: that takes half as long as one by one. Of None it is None."""
    try:
        since = [None if text is None else parsed(text) - EPOCH for text in texts]
    except UNREADABLE:
        return list(map(milliseconds, texts))
    dated = [one for one in since if one is not None]
    if dated and (min(dated) < _EARLIEST or max(dated) >= _BEYOND):
        return list(map(milliseconds, texts))
    return [
        None if one is None else (one.days * 86_400 + one.seconds) * 1000 + one.microseconds // 1000 for one in since
    ]
