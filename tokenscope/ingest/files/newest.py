"""The most recent sessions by directory entries alone, each with all its subagents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.read import RowReader
from tokenscope.ingest.rows.schema import AnyRow, decoder_of
from tokenscope.ingest.rows.times import milliseconds
from tokenscope.model import Facet

DAY = 86_400_000  # ms: more than clocks are apart
PEEK = 1 << 16  # bytes read at a time: the first row tells, and is mostly small


def newest_sessions(transcripts: list[Transcript], most: int) -> tuple[list[Transcript], int]:
    """The files of the `most` sessions that were written to last, in path order, and how many sessions there are.

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
    chosen = _newest(files, most)
    if siblings:
        oldest = min((_modified(files[session]) for session in chosen), default=0) if len(chosen) == most else 0
        since = _begun(chosen, files, {sibling.folder for sibling in siblings})
        for sibling in siblings:
            if sibling.modified >= min(oldest, since.get(sibling.folder, oldest)):
                session = session_inside(sibling)
                files[session].append(sibling._replace(session_id=session))
        chosen = _newest(files, most)
    return sorted(file for session in chosen for file in files[session]), len(files)


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

    A file is as new as its last row, and a copy of a row is newer than the row: what was last written to a day
    before has nothing to say of the window, and is no original of anything in it.
    """
    recent = [one for one in transcripts if one.modified >= since - DAY]
    fresh = {one.session_id or session_inside(one) for one in recent}
    return [one for one in transcripts if one.session_id in fresh or one.modified >= since - DAY]


def newest_megabytes(transcripts: list[Transcript], most: int) -> frozenset[str]:
    """The sessions that were written to last and take up to `most` bytes together, at least one; by path alone."""
    files: dict[str, list[Transcript]] = defaultdict(list)
    for transcript in transcripts:
        files[transcript.session_id].append(transcript)
    chosen: list[str] = []
    room = most
    for session in _newest(files, len(files)):
        room -= sum(file.size for file in files[session])
        if room < 0 and chosen:
            break
        chosen.append(session)
    return frozenset(chosen)


def _newest(files: Mapping[str, list[Transcript]], most: int) -> list[str]:
    by_age = sorted((-_modified(found), session) for session, found in files.items())
    return [session for _, session in by_age[:most]]


def _modified(files: Sequence[Transcript]) -> int:
    return files[0].modified if len(files) == 1 else max(file.modified for file in files)


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
