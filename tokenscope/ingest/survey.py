"""Which files there are, what in them cannot be read and where, who wrote what, and what left no row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files.discover import Discovery, Transcript, readable
from tokenscope.ingest.rows.read import LARGEST_ROW, is_malformed
from tokenscope.ingest.rows.schema import decoder_of
from tokenscope.machine import File, OwnRequests, Survey
from tokenscope.model import Facet, field_of_message
from tokenscope.store import Store

_PART = field_of_message("part")


def survey(
    store: Store, transcripts: Sequence[Transcript], extracts: Sequence[Extract | None], found: Discovery
) -> Survey:
    """What these files came to. Files that hold malformed rows are read once more, for the rows' places."""
    index_of = {message.id: index for index, message in enumerate(store.messages) if not message.part}
    unreadable, malformed = [readable(path) for path in found.unreadable], list[tuple[str, int]]()
    files, versions = list[File](), dict[int, str]()
    rows = responses = 0
    for transcript, extract in zip(transcripts, extracts, strict=True):
        path = readable(transcript.path)
        session_id = transcript.session_id if extract is None else extract.session_id
        files.append(File(path, session_id, transcript.size, transcript.modified))
        if extract is None:
            unreadable.append(path)
            continue
        rows += extract.response_rows
        responses += len(extract.keys)
        for key, version in zip(extract.keys, extract.versions, strict=True):
            versions.setdefault(index_of[key], version)
        if extract.malformed:
            malformed.extend((path, line) for line in malformed_lines(transcript.path, transcript.size))
    return Survey(
        files=files,
        unreadable=sorted(unreadable),
        malformed=malformed,
        versions=versions,
        repeated_rows=rows - responses,
        copied_responses=responses - len(index_of),
    )


def requests_without_rows(store: Store, extracts: Sequence[Extract | None]) -> OwnRequests:
    """Recaps, titles and compactions of all that was read, copies once. Needs Facet.TITLES or Facet.FILES."""
    own = {one for extract in extracts if extract is not None for one in extract.own_requests}
    return OwnRequests(
        sum(kind == "recap" for kind, _ in own), sum(kind == "title" for kind, _ in own), _unlogged_compactions(store)
    )


def _unlogged_compactions(store: Store) -> list[int]:
    """Tokens before each compaction of a session that has neither a file nor figures of one. Copies count once."""
    logged = {thread.session_id for thread in store.threads if thread.agent_id.startswith("acompact")}
    logged |= {
        store.session_of(message).session_id
        for message in filter(_PART, store.messages)
        if message.part == "compaction"
    }
    return [
        tokens
        for _, tokens in {
            (one.time, one.tokens_before)
            for thread in store.threads
            if thread.session_id not in logged
            for one in thread.compactions
        }
    ]


def malformed_lines(path: str, size: int) -> Iterator[int]:
    """The lines, counted from 1, that are no JSON object (T11); none of a file that has gone meanwhile.

    A last line without a line feed may still be being written, and an oversized one is counted as such.
    """
    number, is_rest, decoder = 0, False, decoder_of(Facet.FILES)
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            while size > 0 and (line := file.readline(min(size, LARGEST_ROW))):
                size -= len(line)
                number += not is_rest
                is_whole = not is_rest and line.endswith(b"\n")
                if is_whole and is_malformed(line[:-1], decoder):
                    yield number
                is_rest = not line.endswith(b"\n")
    except OSError:
        return
