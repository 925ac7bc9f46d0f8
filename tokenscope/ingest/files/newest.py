"""The most recent sessions, each with all its subagents: by their newest rows (T61).

A file's time only says where to look: copying and syncing change it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.read import RowReader, last_time
from tokenscope.ingest.rows.schema import AnyRow, decoder_of
from tokenscope.ingest.times import milliseconds
from tokenscope.model import Facet

DAY = 86_400_000  # ms: more than clocks are apart
FIRST_RELEASE = 1_735_689_600_000  # ms: 2025-01-01; an earlier time of a file is none
NEVER = 1 << 62  # ms
PEEK = 1 << 16  # bytes read at a time: the first row tells, and is mostly small


class Cap(NamedTuple):
    """How much of a history is read, the newest first: of each no more than that, but at least one session."""

    sessions: int
    bytes: int | None = None  # of their files
    content: int | None = None  # bytes of those that are looked into for what went into the context


class Newest(NamedTuple):
    """Files in path order, of how many sessions there are, and the chosen ones: the newest first, or not looked at."""

    files: list[Transcript]
    sessions: int
    order: tuple[str, ...] = ()


def newest_sessions(transcripts: list[Transcript], cap: Cap) -> Newest:
    """The files of the sessions that were written to last, as many as `cap` lets in.

    A sibling `agent-*.jsonl` names its session only inside, so it is looked into where it can matter: when it is
    as new as the chosen sessions are, or in the folder of one that had begun by then. It then carries its session;
    the others count as none.
    """
    files: dict[str, list[Transcript]] = defaultdict(list)
    siblings = []
    for transcript in transcripts:
        if transcript.session_id:
            files[transcript.session_id].append(transcript)
        else:
            siblings.append(transcript)
    newest, is_all = _newest(files, cap)
    if siblings:
        oldest = 0 if is_all else newest[-1][0]
        chosen = [session for _, session in newest]
        since = _begun(chosen, files, {sibling.folder for sibling in siblings})
        for sibling in siblings:
            if hint(sibling) >= min(oldest, since.get(sibling.folder, oldest)):
                session = session_inside(sibling)
                files[session].append(sibling._replace(session_id=session))
        newest, is_all = _newest(files, cap)
    order = () if is_all else tuple(session for _, session in newest)
    return Newest(sorted(file for _, session in newest for file in files[session]), len(files), order)


def _begun(chosen: list[str], files: Mapping[str, list[Transcript]], folders: set[str]) -> dict[str, int]:
    """From when on (ms) a sibling in each of these folders may belong to a chosen session: since it began."""
    since: dict[str, int] = {}
    for session in chosen:
        own = {file.folder for file in files[session]} & folders
        mains = [file for file in files[session] if not file.agent_id] or files[session]
        begun = min(_first_time(main) for main in mains) - DAY if own else 0
        for folder in own:
            since[folder] = min(since.get(folder, begun), begun)
    return since


def written_since(transcripts: list[Transcript], since: int) -> list[Transcript]:
    """The files that can hold a row from `since` on (ms), each with all files of its session that its path names.

    A file is no older than its last row, and a copy of a row is newer than the row: what was last written to a day
    before has nothing to say of the window, and is no original of anything in it.
    """
    recent = [one for one in transcripts if hint(one) >= since - DAY]
    fresh = {one.session_id or session_inside(one) for one in recent}
    return [one for one in transcripts if one.session_id in fresh or hint(one) >= since - DAY]


def newest_megabytes(transcripts: list[Transcript], most: int, order: Sequence[str] = ()) -> frozenset[str]:
    """The sessions that were written to last and take up to `most` bytes together, at least one.

    `order`: the newest first, where that is known.
    """
    files: dict[str, list[Transcript]] = defaultdict(list)
    for transcript in transcripts:
        files[transcript.session_id].append(transcript)
    if sum(transcript.size for transcript in transcripts) <= most:
        return frozenset(files)
    chosen: list[str] = []
    room = most
    for session in order or (session for _, session in newest_first(files)):
        room -= sum(file.size for file in files[session])
        if room < 0 and chosen:
            break
        chosen.append(session)
    return frozenset(chosen)


def _newest(files: Mapping[str, Sequence[Transcript]], cap: Cap) -> tuple[list[tuple[int, str]], bool]:
    """The newest of these sessions, with when; whether these are all: then nobody looks which is newer."""
    room = sum(file.size for found in files.values() for file in found)
    if len(files) < cap.sessions and (cap.bytes is None or room <= cap.bytes):
        return [(0, session) for session in files], True
    room, chosen = room if cap.bytes is None else cap.bytes, list[tuple[int, str]]()
    for one in newest_first(files):
        room -= sum(file.size for file in files[one[1]])
        if len(chosen) == cap.sessions or (room < 0 and chosen):
            break
        chosen.append(one)
    return chosen, False


def newest_first(files: Mapping[str, Sequence[Transcript]]) -> Iterator[tuple[int, str]]:
    """When the newest row of each session was written (ms), and the session: the newest first.

    No row is newer than its file, so the ends of files are read only as far down as somebody wants to know.
    """
    waiting = [(-max(map(hint, found)), False, session) for session, found in files.items()]
    heapify(waiting)
    while waiting:
        time, is_read, session = heappop(waiting)
        if is_read:
            yield -time, session
        else:
            heappush(waiting, (-newest_row(files[session]), True, session))


def newest_row(files: Sequence[Transcript], known: Mapping[str, int] | None = None) -> int:
    """When the newest row of these files was written (ms); where none tells, when the newest of them was.

    `known`: when the last row of some files was written (ms), by path: they are not looked into.
    """
    newest: int | None = None
    for file in sorted(files, key=hint, reverse=True):
        if newest is not None and hint(file) <= newest:
            break
        time = known.get(file.path) if known else None
        time = last_row(file) if time is None else time
        if time is not None and (newest is None or time > newest):
            newest = time
    return max(file.modified for file in files) if newest is None else newest


def last_row(file: Transcript) -> int | None:
    """When its last row with a readable time was written (ms); None where none has one or it cannot be read."""
    try:
        return last_time(file.path, file.size)
    except OSError:
        return None


def hint(file: Transcript) -> int:
    """No row of a file is newer than this (ms)."""
    return file.modified if file.modified >= FIRST_RELEASE else NEVER


def session_inside(transcript: Transcript) -> str:
    """The session that a file's rows name; else that of a subagent whose session nobody names."""
    for row in _rows(transcript):
        session_id = row.sessionId
        if isinstance(session_id, str) and session_id:
            return session_id
    return f"agent-{transcript.agent_id}"


def _first_time(transcript: Transcript) -> int:
    """When its first row with a readable time was written (ms); where none has one, when the file was."""
    times = (milliseconds(row.timestamp) for row in _rows(transcript))
    return next((time for time in times if time is not None), transcript.modified)


def _rows(transcript: Transcript) -> Iterator[AnyRow]:
    """What can be read of a file, row by row."""
    with suppress(OSError):
        yield from RowReader(transcript.path, transcript.size, chunk=PEEK).rows(decoder_of(Facet.USAGE))
