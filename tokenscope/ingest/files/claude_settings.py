"""How long Claude Code keeps transcripts, as its settings files say (T52)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, NamedTuple

DAYS = "cleanupPeriodDays"
MANAGED = {
    "darwin": "/Library/Application Support/ClaudeCode/managed-settings.json",
    "win32": "C:/Program Files/ClaudeCode/managed-settings.json",
}
MANAGED_ELSEWHERE = "/etc/claude-code/managed-settings.json"


class Retention(NamedTuple):
    """`path`: the file that decides, there or not. `days` None: it does not say, for the reason in `problem` if any."""

    path: str
    days: float | None = None
    problem: str = ""


def retention(config: PurePath, platform: str) -> Retention:
    """What holds for a config folder. An organisation's settings go over a user's own.

    A project's own settings may say something else for the sessions in it; they are not looked at.
    """
    managed = _read(Path(MANAGED.get(platform, MANAGED_ELSEWHERE)))
    return managed if managed.days is not None else _read(Path(config) / "settings.json")


def _read(path: Path) -> Retention:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Retention(str(path))
    except OSError as error:
        return Retention(str(path), problem=error.strerror or "it cannot be read")
    except (ValueError, RecursionError):
        return Retention(str(path), problem="it is no JSON")
    days = found.get(DAYS) if isinstance(found, Mapping) else None
    if days is None:
        return Retention(str(path))
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days < 10**9:
        return Retention(str(path), problem=f"{DAYS} is no number of days")
    return Retention(str(path), float(days))
