"""Which sessions run on this machine now, as Claude Code says it: `sessions/<process>.json` in the config folder.

One is there as long as its process; what a crash leaves is told by its process, which is gone or another
one. Older versions of Claude Code write none, and one kept in a copied folder is of processes elsewhere.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tokenscope.ingest.rows.lenient import value_of

LARGEST = 1 << 16  # bytes; a larger one is not what it should be
BUSY, WAITING = "busy", "waiting"  # of its states; others are idle and shell
KNOWS_PROCESSES = sys.platform != "win32"  # where asking whether a process is there does nothing to it


class Running(NamedTuple):
    """`terminal`: where it runs, pts/3; each text "" where it is not known. `since`: ms since the epoch, or None."""

    session_id: str
    state: str
    waiting_for: str
    since: int | None  # when it came to that state
    name: str
    terminal: str


class RunningSessions:
    """Looks them up again and again, and opens only what has changed."""

    def __init__(self, roots: list[Path]) -> None:
        self._folders = [str(root / "sessions") for root in roots]
        self._known: dict[str, tuple[int, Running | None, tuple[int, str]]] = {}  # by path: when written, what it says

    def look(self) -> dict[str, Running]:
        """What runs now, by session id."""
        found: dict[str, Running] = {}
        met = set[str]()
        for folder in self._folders:
            for path, written in _files(folder):
                met.add(path)
                if path not in self._known or self._known[path][0] != written:
                    self._known[path] = (written, *_read(path))
                _, running, process = self._known[path]
                if running is not None and _is_there(*process):
                    found[running.session_id] = running
        for path in self._known.keys() - met:
            del self._known[path]
        return found


def _files(folder: str) -> list[tuple[str, int]]:
    try:
        with os.scandir(folder) as entries:
            return [(one.path, one.stat().st_mtime_ns) for one in entries if one.name.endswith(".json")]
    except OSError:
        return []


def _read(path: str) -> tuple[Running | None, tuple[int, str]]:
    """What a file says, and its process: the number, and when it began as Linux counts it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - often
            said: Any = value_of(file.read(LARGEST))
    except OSError:
        return None, (0, "")
    if said.__class__ is not dict:
        return None, (0, "")
    texts = (said.get(field) for field in ("sessionId", "status", "waitingFor", "name"))
    session_id, state, waiting_for, name = (text if text.__class__ is str else "" for text in texts)
    process, started, since = said.get("pid"), said.get("procStart"), said.get("statusUpdatedAt")
    if not session_id or process.__class__ is not int or process <= 0:
        return None, (0, "")
    since = since if since.__class__ is int and since > 0 else None
    running = Running(session_id, state, waiting_for, since, name, _terminal(process))
    return running, (process, started if started.__class__ is str else "")


def _is_there(process: int, started: str) -> bool:
    """Whether it is the process that wrote the file; where nobody can tell, it is taken for it."""
    if not KNOWS_PROCESSES:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    except OverflowError:
        return False
    now = _started(process)
    return not (started and now) or started == now


def _started(process: int) -> str:
    """When a process began, in ticks since the machine's start; "" where that is not known."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError, ValueError):
        return ""


def _terminal(process: int) -> str:
    try:
        path = os.readlink(f"/proc/{process}/fd/0")  # noqa: PTH115
    except OSError:
        return ""
    return path.removeprefix("/dev/") if path.startswith(("/dev/pts/", "/dev/tty")) else ""
