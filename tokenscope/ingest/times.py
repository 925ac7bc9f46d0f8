"""Timestamps: from what a row says to milliseconds since the epoch (T50, T51)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def milliseconds(text: Any) -> int | None:
    """Milliseconds since 1970-01-01 UTC, or None where the text is no time between the years 2000 and 2099."""
    if text.__class__ is not str:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not _EARLIEST <= moment < _LATEST:
            return None
    except (ValueError, OverflowError):
        return None
    return round(moment.timestamp() * 1000)
