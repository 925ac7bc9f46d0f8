"""The history of prompts that Claude Code keeps beside its transcripts, and longer than them (T63)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LARGEST = 1 << 20  # bytes of a line
LATEST = 1 << 45  # ms: no time is later


def prompted_sessions(config: Path) -> dict[str, int]:
    """When each session got its first prompt, in ms since the epoch; nothing where there is no such history."""
    found: dict[str, int] = {}
    try:
        with (config / "history.jsonl").open("rb") as file:
            for line in file:
                if len(line) < LARGEST and (told := _told(line)) is not None:
                    session_id, time = told
                    found[session_id] = min(time, found.get(session_id, time))
    except OSError:
        pass
    return found


def _told(line: bytes) -> tuple[str, int] | None:
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    session_id, time = row.get("sessionId"), row.get("timestamp")
    if not isinstance(session_id, str) or not session_id or not isinstance(time, int) or isinstance(time, bool):
        return None
    return (session_id, time) if 0 < time < LATEST else None
