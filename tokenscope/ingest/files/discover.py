"""Which transcripts there are: the roots (T01) and every `*.jsonl` below them, from directory entries alone.

A transcript's path already says most of what it is (T02 to T04): `<project>/<session>.jsonl` is a session's
main thread; `<session>/subagents/**/agent-<id>.jsonl` one of its subagents; a sibling `agent-<id>.jsonl`
is a subagent whose session only its rows name.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

NOT_TRANSCRIPTS = frozenset({"journal.jsonl", "audit.jsonl"})
ELSEWHERE = (
    "`tokenscope demo` shows every card on a made-up history\n"
    "point at transcripts elsewhere with --root FOLDER or CLAUDE_CONFIG_DIR; "
    "under WSL the Windows side is /mnt/c/Users/NAME/.claude\n"
    "`tokenscope doctor` says where it looked"
)


class Transcript(NamedTuple):
    """One file. `session_id` is "" where only the rows can say; `agent_id` is "" for a main thread."""

    path: str
    size: int  # bytes, when it was found: what is appended later is not read
    modified: int  # ms since the epoch
    folder: str  # the project folder's name
    session_id: str
    agent_id: str
    start: int = 0  # the first byte to read: more than 0 only in a piece of a large file


class Discovery:
    """What was found so far. No Record: the status line goes without msgspec where nothing is read."""

    __slots__ = ("has_links", "inodes", "roots", "transcripts", "unreadable")

    def __init__(self, transcripts: Sequence[Transcript] = (), roots: Sequence[str] = ()) -> None:
        self.transcripts = list(transcripts)
        self.inodes = list[tuple[int, int]]()  # device and inode of each transcript
        self.has_links = False
        self.unreadable = list[str]()
        self.roots = list(roots)


def readable(name: str) -> str:
    """A file's name as text: what is not UTF-8 in it replaced."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode("utf-8")


def candidate_roots(given: Sequence[Path], environ: Mapping[str, str], home: Path) -> list[Path]:
    """The config folders to look in: what was given, alone; else what the environment names; else the defaults."""
    if given:
        return list(given)
    named = [part.strip() for part in environ.get("CLAUDE_CONFIG_DIR", "").split(",")]
    if any(named):
        return [_expanded(part) for part in named if part]
    config_home = _expanded(environ.get("XDG_CONFIG_HOME") or str(home / ".config"))
    return [config_home / "claude", home / ".claude", *_of_the_desktop_app(environ, home, config_home)]


def _of_the_desktop_app(environ: Mapping[str, str], home: Path, config_home: Path) -> list[Path]:
    """Where Claude's desktop app keeps the transcripts of its own agents (Cowork), where it is there."""
    if sys.platform == "darwin":
        config_home = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        config_home = _expanded(environ.get("APPDATA") or str(home / "AppData" / "Roaming"))
    folder = config_home / "Claude" / "local-agent-mode-sessions"
    return [folder] if folder.is_dir() else []


def _expanded(path: str) -> Path:
    from pathlib import Path  # noqa: PLC0415 - 5 ms that the status line does without

    try:
        return Path(path).expanduser()
    except RuntimeError:  # nobody tells whose home it is
        return Path(path)


def projects_folder(root: Path) -> Path:
    """The folder that holds the project folders: `root/projects`, or root itself where that is one or a project.

    Claude Code keeps its prompt history in the config folder: a root with one and no projects holds nothing.
    """
    inside = root / "projects"
    is_config = inside.is_dir() or (root / "history.jsonl").exists()
    return inside if is_config and root.name != "projects" else root


def discover(roots: Sequence[Path]) -> Discovery:
    """Every transcript below the roots, in path order; raises NoTranscriptsError where there is none."""
    found = Discovery()
    seen: set[tuple[int, int]] = set()
    for root in roots:
        folder = projects_folder(root)
        found.roots.append(readable(str(folder)))
        if root.suffix == ".jsonl" and root.is_file():
            _take_file(found, root.stat(), str(root), ())
        elif folder.is_dir():
            _walk(found, str(folder), (), seen)
    if not found.transcripts:
        from tokenscope.errors import NoTranscriptsError  # noqa: PLC0415 - 0.5 ms that the status line does without

        tried = tuple(found.roots)
        raise NoTranscriptsError(f"no transcripts found in {', '.join(tried)}", hint=ELSEWHERE, paths_tried=tried)
    found.transcripts = _each_once(found)
    return found


def discover_session(path: str) -> list[Transcript]:
    """A session's main transcript and those of its subagents in its own folder; none where `path` is no file."""
    found = Discovery()
    folder = os.path.basename(os.path.dirname(path))  # noqa: PTH119, PTH120
    try:
        _take_file(found, os.stat(path), path, (folder,))  # noqa: PTH116
    except OSError:
        return []
    own_folder = path.removesuffix(".jsonl")
    if found.transcripts and os.path.isdir(own_folder):  # noqa: PTH112
        _walk(found, own_folder, (folder, found.transcripts[0].session_id), set())
    return _each_once(found)


def _each_once(found: Discovery) -> list[Transcript]:
    """In path order; of a file with several names only the first (T06). Where there are no inodes, all."""
    if not found.has_links:
        return sorted(found.transcripts)
    met: set[tuple[int, int]] = set()
    once = []
    for transcript, inode in sorted(zip(found.transcripts, found.inodes, strict=True)):
        if inode[1] and inode in met:
            continue
        met.add(inode)
        once.append(transcript)
    return once


def _walk(found: Discovery, top: str, parents: tuple[str, ...], seen: set[tuple[int, int]]) -> None:
    """Take what `top` and the folders below it hold. Links to folders are followed once (T06)."""
    pending, links = [(top, parents)], list[tuple[str, tuple[str, ...]]]()
    while pending or links:
        if not pending:  # a folder under its own name comes first
            links.sort(reverse=True)
        folder, parts = pending.pop() if pending else links.pop()
        try:
            here = os.stat(folder)  # noqa: PTH116
            if (here.st_dev, here.st_ino) in seen and here.st_ino:
                continue
            seen.add((here.st_dev, here.st_ino))
            inside = look_into(found, folder, parts)
        except OSError:
            found.unreadable.append(folder)
            continue
        for path, name, is_link in inside:
            (links if is_link else pending).append((path, (*parts, name)))


def look_into(found: Discovery, folder: str, parts: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """Take the transcripts of one folder; path and name of each folder in it, and whether it is a link.

    `parts`: the names of the folders from the projects folder to this one. Raises OSError where it cannot be read.
    """
    folders = []
    with os.scandir(folder) as entries:
        listing = list(entries)
    for entry in listing:
        try:
            if entry.is_dir():
                folders.append((entry.path, entry.name, entry.is_symlink()))
            elif entry.name.endswith(".jsonl") and entry.name not in NOT_TRANSCRIPTS:
                found.has_links |= entry.is_symlink()
                _take_file(found, entry.stat(), entry.path, parts)
        except OSError:
            found.unreadable.append(entry.path)
    return folders


def _take_file(found: Discovery, status: os.stat_result, path: str, parts: tuple[str, ...]) -> None:
    """`parts`: the names of the folders between the projects folder and the file."""
    if not stat.S_ISREG(status.st_mode):
        return
    stem = path[path.rfind(os.sep) + 1 : -len(".jsonl")]  # a Path costs 4 us a file: 0.1 s on 30,000
    session_id, agent_id = stem, ""
    below_session = "subagents" in parts[1:]
    if below_session or stem.startswith("agent-"):
        agent_id = stem.removeprefix("agent-")
        session_id = parts[parts.index("subagents", 1) - 1] if below_session else ""
    modified = status.st_mtime_ns // 1_000_000
    folder = parts[0] if parts else os.path.basename(os.path.dirname(path))  # noqa: PTH119, PTH120
    if not path.isascii():
        session_id, agent_id, folder = readable(session_id), readable(agent_id), readable(folder)
    found.has_links |= status.st_nlink > 1
    found.inodes.append((status.st_dev, status.st_ino))
    found.transcripts.append(Transcript(path, status.st_size, modified, folder, session_id, agent_id))
