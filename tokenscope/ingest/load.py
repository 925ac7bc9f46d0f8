"""A whole history, or its newest part, into one store: which files are read, and how much of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tokenscope.ingest.files.discover import discover
from tokenscope.ingest.files.newest import Cap, newest_megabytes, newest_sessions, written_since
from tokenscope.ingest.files.workers import read_all
from tokenscope.ingest.merge.merge import merge
from tokenscope.model import Facet
from tokenscope.store import Store

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[int, int], None]  # bytes read, bytes in all


def load(
    roots: Sequence[Path],
    facets: Facet,
    *,
    cap: Cap | None = None,
    since: int | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    midway: Callable[[Store], object] | None = None,
) -> Store:
    """Read the history below `roots`, or only so much of it. Raises NoTranscriptsError.

    `since` (ms): files that were last written to before it are not opened; `midway`: see merge.
    """
    found = discover(roots)
    transcripts, sessions_found, rich = found.transcripts, None, None
    if since is not None:
        transcripts = written_since(transcripts, since)
    if cap is not None:
        transcripts, sessions_found, order = newest_sessions(transcripts, cap)
        rich = newest_megabytes(transcripts, cap.content, order) if cap.content is not None else None
    capped = cap is not None and len(transcripts) < len(found.transcripts)
    wanted = [facets] * len(transcripts)
    if rich is not None:
        wanted = [facets if one.session_id in rich else facets & ~Facet.CONTENT for one in transcripts]
    extracts = read_all(transcripts, wanted, processes=processes, progress=progress)
    store = merge(transcripts, extracts, found, sessions_found, capped=capped, midway=midway)
    store.coverage.files_found = len(found.transcripts)
    if facets & (Facet.FILES | Facet.TITLES):
        from tokenscope.ingest.survey import requests_without_rows, survey  # noqa: PLC0415 - few questions ask

        store.own_requests = requests_without_rows(store, extracts)
        if Facet.FILES in facets:
            store.survey = survey(store, transcripts, extracts, found)
    if rich is not None and len(rich) < len({one.session_id for one in transcripts}):
        store.sessions_with_content = rich
    return store
