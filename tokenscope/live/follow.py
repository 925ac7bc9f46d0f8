"""Transcripts followed as they are written: what was appended is read once, by offsets that are kept in memory.

Only sessions with a row since some moment are read; of the others only the sizes of the main files are looked at. A
file that was replaced, cut short or taken away makes its session begin anew. Folders are opened when their own time
says that something came or went, and all of them now and then, for file systems whose times say less.
"""

from __future__ import annotations

import os
import stat
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tokenscope.errors import NoTranscriptsError
from tokenscope.ingest.extract.happenings import Happening
from tokenscope.ingest.files.discover import Discovery, Transcript, discover, look_into, projects_folder
from tokenscope.ingest.files.newest import hint, newest_row, session_inside
from tokenscope.live.followed_file import FollowedFile

AT_ONCE = 8 << 20  # bytes that one poll reads at most
AFAR = 1.0  # seconds between two looks at the sessions that are not read
AGAIN = 30.0  # seconds between two walks over all folders
SHARE = 300  # times what a walk took are between it and the next one as well


class SessionNews(NamedTuple):
    """What came of a session. `happenings` None: forget what was told of it, it begins anew or is gone."""

    session_id: str
    happenings: list[Happening] | None
    folder: str = ""  # the name of its project's folder
    is_whole: bool = True  # nothing of the file was left out


class Follower:
    """Follows the sessions below these roots that have a row from `since` (ms since the epoch) on."""

    def __init__(self, roots: Sequence[Path], since: int) -> None:
        self.roots, self.since = list(roots), since
        self.is_behind = False  # there is more to read than one poll does
        self._followed: dict[str, FollowedFile] = {}
        self._afar: dict[str, Transcript] = {}
        self._sessions: dict[str, set[str]] = defaultdict(set)  # paths, by session id
        self._folders: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._looked = self._walked = 0.0  # by the clock that never jumps, in seconds
        self._walk()

    def poll(self, since: int) -> list[SessionNews]:
        """What was appended since the last time, at most AT_ONCE bytes of it; the oldest session first.

        Where `since` is earlier than before, the clock was put back: more sessions are new then.
        """
        self.since, before = since, self.since
        if since < before:
            self._choose([one for one in self._afar.values() if hint(one) >= since and one.session_id])
        now = time.monotonic()
        if now >= self._walked:
            self._walk()
        else:
            self._look_into_changed()
        if now - self._looked >= AFAR:
            self._looked = now
            self._look_afar()
        changes: list[SessionNews] = []
        left, self.is_behind = AT_ONCE, False
        for one in list(self._followed.values()):
            if one.transcript.path in self._followed:  # else its session was forgotten meanwhile
                left -= self._follow(one, left, changes)
        return changes

    def again(self, session_ids: Iterable[str]) -> list[SessionNews]:
        """Read these sessions once more from their beginning."""
        changes: list[SessionNews] = []
        for session_id in session_ids:
            self._begin_anew(session_id, changes)
        return changes

    def release(self, session_ids: Iterable[str]) -> None:
        """Sessions in which nothing has happened for long are only looked at from afar."""
        for session_id in session_ids:
            for path in self._sessions.get(session_id, ()):
                if (one := self._followed.pop(path, None)) is not None:
                    self._afar[path] = one.transcript._replace(size=one.offset)

    def _follow(self, one: FollowedFile, most: int, changes: list[SessionNews]) -> int:
        """Read on in one file; returns the number of bytes read."""
        about, read = one.transcript, 0
        try:
            status = os.stat(about.path)  # noqa: PTH116 - twice a second for each
        except OSError:
            self._vanished(one, changes)
            return 0
        if one.has_seen(status):
            return 0
        is_there = most <= 0 or not one.is_another(status)
        while is_there and read < most:
            taken = one.read(status.st_size)
            if taken is None:
                is_there = False
                break
            if not taken.size:
                one.see(status)
                return read
            read += taken.size
            if taken.happenings:
                changes.append(SessionNews(about.session_id, taken.happenings, about.folder, one.is_whole))
        self.is_behind = True
        if not is_there:
            self._begin_anew(about.session_id, changes)
        return read

    def _vanished(self, one: FollowedFile, changes: list[SessionNews]) -> None:
        """What is left of a session without one of its files is read again."""
        path, session_id = one.transcript.path, one.transcript.session_id
        del self._followed[path]
        self._sessions[session_id].discard(path)
        self._begin_anew(session_id, changes)

    def _begin_anew(self, session_id: str, changes: list[SessionNews]) -> None:
        self.is_behind = True
        changes.append(SessionNews(session_id, None))
        for path in self._sessions[session_id]:
            if (one := self._followed.get(path)) is not None:
                with suppress(OSError):
                    one.transcript = one.transcript._replace(size=Path(path).stat().st_size)
                one.begin()

    def _walk(self) -> None:
        """Find every transcript and every folder in which one may come."""
        began = time.monotonic()
        with suppress(NoTranscriptsError):
            self._meet(discover(self.roots).transcripts)
        self._folders = {folder: (-1, parts) for folder, (_, parts) in self._folders.items() if parts}
        self._look_into_changed()
        took = time.monotonic() - began
        self._walked = time.monotonic() + AGAIN + SHARE * took

    def _look_into_changed(self) -> None:
        """Open the folders whose time is another one than it was, and those that are found in them."""
        for root in self.roots:  # its projects folder may come later than itself
            top = str(projects_folder(root))
            if top not in self._folders:
                self._folders = {folder: known for folder, known in self._folders.items() if not top.startswith(folder)}
                self._folders[top] = (-1, ())
        pending = list(self._folders)
        while pending:
            folder = pending.pop()
            before, parts = self._folders[folder]
            try:
                modified = os.stat(folder).st_mtime_ns  # noqa: PTH116
            except OSError:
                self._folders[folder] = (-1, parts)
                continue
            if modified == before:
                continue
            self._folders[folder] = (modified, parts)
            found = Discovery()
            with suppress(OSError):
                for path, name, _ in look_into(found, folder, parts):
                    if path not in self._folders and self._is_of_interest(parts, name):
                        self._folders[path] = (-1, (*parts, name))
                        pending.append(path)
            self._meet(found.transcripts)

    def _is_of_interest(self, parts: tuple[str, ...], name: str) -> bool:
        """Whether new transcripts may come in a folder: of a project, or of a session that is read."""
        if not parts:
            return True
        session_id = parts[1] if len(parts) > 1 else name
        is_read = any(path in self._followed for path in self._sessions.get(session_id, ()))
        return is_read and (len(parts) == 1 or name == "subagents" or "subagents" in parts)

    def _meet(self, transcripts: Iterable[Transcript]) -> None:
        """Take in files that were not there before, and follow the sessions of those that are new enough."""
        fresh = []
        for one in transcripts:
            if one.path in self._followed or one.path in self._afar:
                continue
            is_new = hint(one) >= self.since
            if not one.session_id:
                one = one._replace(session_id=session_inside(one)) if is_new else one  # noqa: PLW2901
            self._afar[one.path] = one
            self._sessions[one.session_id].add(one.path)
            if is_new and one.session_id:
                fresh.append(one)
        self._choose(fresh)

    def _choose(self, fresh: Sequence[Transcript]) -> None:
        """Follow the sessions that have a row since then, the one whose newest row is oldest first (T21, T61)."""
        newest: dict[str, int] = {}
        for one in fresh:
            newest[one.session_id] = max(newest.get(one.session_id, 0), newest_row([one]))
        for session_id, when in sorted(newest.items(), key=lambda one: (one[1], one[0])):
            if when >= self.since:
                for path in sorted(self._sessions[session_id]):
                    if (transcript := self._afar.pop(path, None)) is not None:
                        self._followed[path] = FollowedFile(transcript)
                        self._watch_folder(transcript)

    def _watch_folder(self, transcript: Transcript) -> None:
        """New subagents of a session come in a folder beside its main file, which may come later itself."""
        own = transcript.path.removesuffix(".jsonl")
        if not transcript.agent_id and own not in self._folders and os.path.isdir(own):  # noqa: PTH112
            self._folders[own] = (-1, (transcript.folder, transcript.session_id))

    def _look_afar(self) -> None:
        """A session that has grown is read if its rows are new; a copy of an old one is not."""
        grown = []
        for path, one in list(self._afar.items()):
            if one.agent_id:
                continue
            try:
                status = os.stat(path)  # noqa: PTH116 - all of them, once a second
            except OSError:
                del self._afar[path]
                self._sessions[one.session_id].discard(path)
                continue
            if status.st_size != one.size and stat.S_ISREG(status.st_mode):
                self._afar[path] = one._replace(size=status.st_size, modified=status.st_mtime_ns // 1_000_000)
                grown.append(self._afar[path])
        self._choose(grown)
