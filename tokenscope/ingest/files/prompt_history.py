"""The history of prompts that Claude Code keeps beside its transcripts, and longer than them (T63)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from tokenscope.ingest.rows.mend import decode_leniently
from tokenscope.machine import Prompted

LARGEST = 1 << 20  # bytes of a line
LATEST = 1 << 45  # ms: no time is later


class _Prompt(Struct):
    """A line of it, as far as it is looked at. The prompt itself is not."""

    sessionId: Any = None  # noqa: N815 - as it is written
    timestamp: Any = None
    project: Any = None


_DECODER = Decoder(_Prompt)


def prompted_sessions(config: Path) -> dict[str, Prompted]:
    """When and where each session got its first prompt; nothing where there is no such history."""
    found: dict[str, Prompted] = {}
    try:
        with (config / "history.jsonl").open("rb") as file:
            for line in file:
                told = _told(line) if len(line) < LARGEST else None
                if told is not None and (told[0] not in found or told[1].time < found[told[0]].time):
                    found[told[0]] = told[1]
    except OSError:
        pass
    return found


def _told(line: bytes) -> tuple[str, Prompted] | None:
    row = decode_leniently(line, _DECODER)
    if row is None or row.sessionId.__class__ is not str or not row.sessionId or row.timestamp.__class__ is not int:
        return None
    project = row.project if row.project.__class__ is str else ""
    return (row.sessionId, Prompted(row.timestamp, project)) if 0 < row.timestamp < LATEST else None
