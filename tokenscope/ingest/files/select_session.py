"""One session alone: which one is meant, and a store of its files without opening those of others.

An id is found by the names of files. Only the words of a title have to be looked for inside, in every main file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tokenscope.credentials import mask
from tokenscope.errors import AmbiguousError, UsageError
from tokenscope.ingest.files.discover import Discovery, Transcript, discover
from tokenscope.ingest.files.newest import newest_first, session_inside
from tokenscope.ingest.files.project_folders import project_of, same_folder
from tokenscope.ingest.files.related_files import HEAD, head_of, kin_of
from tokenscope.ingest.files.workers import read_all
from tokenscope.ingest.load import Progress
from tokenscope.ingest.merge.merge import merge
from tokenscope.model import Facet
from tokenscope.scope import names_project
from tokenscope.store import Chosen, Session, Store

LAST = "last"
CHOICES = 12


class Candidate(NamedTuple):
    """A session that may be meant. `modified`: ms since the epoch."""

    session_id: str
    modified: int
    project: str
    title: str
    worktree: str = ""


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
    Files that hold rows of it too are read with it, so that each is credited to the one that it belongs to (T21).
    `tells_titles`: whether an error may repeat titles.
    """
    found = discover(roots)
    empty = None
    for session_id in _find(found, wanted, projects, tells_titles=tells_titles):
        store = _store_of(found, session_id, facets, progress)
        if wanted != LAST or any(store.session_of(one).session_id == session_id for one in store.messages):
            return store
        empty = empty or store  # another one has all its responses
    return empty or merge([], [], found, 0)


def _store_of(found: Discovery, session_id: str, facets: Facet, progress: Progress | None) -> Store:
    own = _files_of(found.transcripts, session_id)
    kin = kin_of(own, found.transcripts)
    transcripts = sorted([*own, *kin])
    shared = facets & Facet.TOOLS
    facets_of = [facets if transcript.session_id == session_id else shared for transcript in transcripts]
    store = merge(transcripts, read_all(transcripts, facets_of, progress=progress), found, 1)
    store.coverage.files_found = len(found.transcripts)
    if Facet.TOOLS in facets:
        lost = (one for one in store.subagents if one.thread is None and one.session_id == session_id)
        store.coverage.missing_subagents = sum(1 for _ in lost)
    session = store.sessions.get(session_id)
    has_folder = None if session is None or not session.directory else _is_folder(session.directory)
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
    return Candidate(session.session_id, session.modified, session.project, session.title, session.worktree)


def _choice(one: Candidate, *, tells_titles: bool) -> str:
    day = datetime.fromtimestamp(one.modified / 1000, UTC).date().isoformat()
    return mask("  ".join(filter(None, (one.session_id, day, one.project, one.title if tells_titles else ""))))


def _has_words(title: str, wanted: str) -> bool:
    words = title.casefold()
    return all(word in words for word in wanted.casefold().split())


def _find(found: Discovery, wanted: str, projects: Sequence[str], *, tells_titles: bool) -> Iterator[str]:
    """By file names alone where they can tell; where they cannot, by the titles inside. Of LAST one after the other."""
    if wanted == LAST:
        yield from _last(found.transcripts, projects)
        return
    named = {one.session_id for one in found.transcripts if one.session_id.startswith(wanted)}
    if len(named) == 1 or wanted in named:
        yield named.pop() if len(named) == 1 else wanted
        return
    transcripts = [one for one in found.transcripts if not one.agent_id and (not named or one.session_id in named)]
    store = merge(transcripts, read_all(transcripts, [Facet.TITLES] * len(transcripts)), found)
    sessions = [candidate(session) for session in store.sessions.values()]
    yield pick(in_projects(sessions, projects), wanted, tells_titles=tells_titles)


def in_projects(sessions: Sequence[Candidate], wanted: Sequence[str]) -> list[Candidate]:
    """Those of the projects with any of these in their path; all where none is named."""
    return [one for one in sessions if names_project(wanted, one.project, one.worktree)]


def _last(transcripts: list[Transcript], projects: Sequence[str]) -> Iterator[str]:
    """The sessions of these projects, the one with the newest row first, and before them those with a response."""
    files: dict[str, list[Transcript]] = {}
    for one in transcripts:
        if one.session_id:
            files.setdefault(one.session_id, []).append(one)
    unused = []
    for _, session_id in newest_first(files):
        heads = [head_of(one) for one in sorted(files[session_id], key=lambda one: (bool(one.agent_id), one.path))[:2]]
        folder = same_folder(next((head.cwd for head in heads if head.cwd), "") or files[session_id][0].folder)
        if names_project(projects, project_of(folder), folder):
            if any(head.responses for head in heads) or any(one.size > HEAD for one in files[session_id]):
                yield session_id
            else:
                unused.append(session_id)
    yield from unused


def last_in_folder(roots: Sequence[Path], folder: str) -> str:
    """The id of the session with the newest row of all that were started in exactly this folder; "" where none was.

    Raises NoTranscriptsError.
    """
    wanted, files = same_folder(folder), dict[str, list[Transcript]]()
    for one in discover(roots).transcripts:
        if one.session_id and not one.agent_id:
            files.setdefault(one.session_id, []).append(one)
    for _, session_id in newest_first(files):
        if any(same_folder(head_of(one).cwd) == wanted for one in files[session_id]):
            return session_id
    return ""


def _files_of(transcripts: list[Transcript], session_id: str) -> list[Transcript]:
    """The session's own files, and the siblings whose rows name it, wherever they are."""
    own = [one for one in transcripts if one.session_id == session_id]
    siblings = (one for one in transcripts if not one.session_id)
    return own + [one._replace(session_id=session_id) for one in siblings if session_inside(one) == session_id]


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False
