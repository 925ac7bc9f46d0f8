"""One session alone: which one is meant, and a store of its files without opening those of others.

An id is found by the names of files. Only the words of a title have to be looked for inside, in every main file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tokenscope.credentials import mask
from tokenscope.errors import AmbiguousError, UsageError
from tokenscope.ingest.files.discover import Discovery, Transcript, discover
from tokenscope.ingest.files.newest import session_inside
from tokenscope.ingest.files.related_files import HEAD, head_of, kin_of
from tokenscope.ingest.files.workers import read_all
from tokenscope.ingest.load import Progress
from tokenscope.ingest.merge.merge import merge
from tokenscope.model import Facet
from tokenscope.store import Chosen, Session, Store

LAST = "last"
CHOICES = 12


class Candidate(NamedTuple):
    """A session that may be meant. `modified`: ms since the epoch."""

    session_id: str
    modified: int
    project: str
    title: str


def load_session(
    roots: Sequence[Path],
    facets: Facet,
    wanted: str,
    *,
    projects: Sequence[str] = (),
    tells_titles: bool = True,
    progress: Progress | None = None,
) -> Store:
    """A store whose `chosen` session is the wanted one; an empty one where there is no last one in these projects.

    Raises NoTranscriptsError, and UsageError or AmbiguousError where no session or several fit.
    Files that hold its first responses too are read for their figures alone, so that each is credited to the one
    that it belongs to (T21). `tells_titles`: whether an error may repeat titles.
    """
    found = discover(roots)
    session_id = _find(found, wanted, projects, tells_titles=tells_titles)
    if not session_id:
        return merge([], [], found, 0)
    own = _files_of(found.transcripts, session_id)
    kin = kin_of(own, found.transcripts)
    transcripts = sorted([*own, *kin])
    facets_of = [facets if transcript.session_id == session_id else Facet.USAGE for transcript in transcripts]
    store = merge(transcripts, read_all(transcripts, facets_of, progress=progress), found, 1)
    store.coverage.files_found = len(found.transcripts)
    session = store.sessions.get(session_id)
    has_folder = None if session is None or not session.project else _is_folder(session.project)
    store.chosen = Chosen(session_id, has_folder)
    return store


def pick(sessions: Sequence[Candidate], wanted: str, *, tells_titles: bool = True) -> str:
    """The id of the session that is meant, of those whose titles are known; "" where there is no last one.

    Raises UsageError, AmbiguousError.
    """
    if wanted == LAST:
        return max(((one.modified, one.session_id) for one in sessions), default=(0, ""))[1]
    by_id = [one for one in sessions if one.session_id.startswith(wanted)]
    meant = by_id or [one for one in sessions if _has_words(one.title, wanted)]
    if len(meant) == 1 or any(one.session_id == wanted for one in meant):
        return meant[0].session_id if len(meant) == 1 else wanted
    hint = "`tokenscope sessions` lists them; write the beginning of an id, `last`, or words of a title"
    if not meant:
        raise UsageError(f"no session begins with {wanted!r} or has it in its title", hint=hint)
    meant = sorted(meant, key=lambda one: (-one.modified, one.session_id))
    choices = tuple(_choice(one, tells_titles=tells_titles) for one in meant[:CHOICES])
    more = (f"and {len(meant) - CHOICES} more",) if len(meant) > CHOICES else ()
    raise AmbiguousError(f"{len(meant)} sessions fit {wanted!r}", hint=hint, choices=(*choices, *more))


def candidate(session: Session) -> Candidate:
    return Candidate(session.session_id, session.modified, session.project, session.title)


def _choice(one: Candidate, *, tells_titles: bool) -> str:
    day = datetime.fromtimestamp(one.modified / 1000, UTC).date().isoformat()
    return mask("  ".join(filter(None, (one.session_id, day, one.project, one.title if tells_titles else ""))))


def _has_words(title: str, wanted: str) -> bool:
    words = title.casefold()
    return all(word in words for word in wanted.casefold().split())


def _find(found: Discovery, wanted: str, projects: Sequence[str], *, tells_titles: bool) -> str:
    """By file names alone where they can tell; where they cannot, by the titles inside."""
    if wanted == LAST:
        return _last(found.transcripts, projects)
    named = {one.session_id for one in found.transcripts if one.session_id.startswith(wanted)}
    if len(named) == 1 or wanted in named:
        return named.pop() if len(named) == 1 else wanted
    transcripts = [one for one in found.transcripts if not one.agent_id and (not named or one.session_id in named)]
    store = merge(transcripts, read_all(transcripts, [Facet.TITLES] * len(transcripts)), found)
    sessions = [candidate(session) for session in store.sessions.values()]
    return pick(in_projects(sessions, projects), wanted, tells_titles=tells_titles)


def in_projects(sessions: Sequence[Candidate], wanted: Sequence[str]) -> list[Candidate]:
    """Those of the projects with any of these in their path; all where none is named."""
    return [one for one in sessions if _in_project(one.project, wanted)]


def _in_project(project: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(one.casefold() in project.casefold() for one in wanted)


def _last(transcripts: list[Transcript], projects: Sequence[str]) -> str:
    """The session that was written to last, rather one with a response; "" where there is none."""
    modified: dict[str, int] = {}
    files: dict[str, list[Transcript]] = {}
    for one in transcripts:
        if one.session_id:
            modified[one.session_id] = max(modified.get(one.session_id, 0), one.modified)
            files.setdefault(one.session_id, []).append(one)
    unused = ""
    for session_id in sorted(modified, key=lambda session: (modified[session], session), reverse=True):
        heads = [head_of(one) for one in sorted(files[session_id], key=lambda one: (bool(one.agent_id), one.path))[:2]]
        project = next((head.cwd for head in heads if head.cwd), "") or files[session_id][0].folder
        is_used = any(head.responses for head in heads) or any(one.size > HEAD for one in files[session_id])
        if _in_project(project, projects):
            if is_used:
                return session_id
            unused = unused or session_id
    return unused


def _files_of(transcripts: list[Transcript], session_id: str) -> list[Transcript]:
    """The session's own files, and the siblings whose rows name it."""
    own = [one for one in transcripts if one.session_id == session_id]
    folders = {one.folder for one in own}
    buffer = bytearray(HEAD)
    siblings = (one for one in transcripts if not one.session_id and one.folder in folders)
    return own + [one._replace(session_id=session_id) for one in siblings if session_inside(one, buffer) == session_id]


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False
