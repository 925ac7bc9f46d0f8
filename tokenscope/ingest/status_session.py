"""One session alone, as fast as can be: for the status line, which has a tenth of a second for all it does.

What costs time here is imports, which stand where another process already reads meanwhile, and starting that
process: `multiprocessing` alone takes 8 ms to import.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tokenscope import process_pool
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files.discover import Discovery, Transcript, discover_session
from tokenscope.ingest.files.pieces import cut_in_pieces, join_pieces
from tokenscope.ingest.rows.mend import line_end
from tokenscope.ingest.rows.read import RowReader
from tokenscope.model import Facet

if TYPE_CHECKING:
    from tokenscope.store import Store

LARGEST_SESSION = 256 << 20  # bytes: a second's work; of a larger one only the end is read
TAIL = 4 << 20  # bytes
BUFFER = 1 << 18  # bytes read at a time: 3 ms faster on 50 MB than the 1 MB that many small files share
WORTHWHILE = 4 << 20  # bytes: read in 6 ms, which is what a second process costs
HEAD_START = 5 << 20  # bytes that another process reads while this one imports what it needs to merge
PIECES = 3  # a process
MOST_PROCESSES = 4

Numbered = tuple[int, Transcript]


def read_session(path: str) -> tuple[Store, bool]:
    """What the main transcript at `path` and its subagents' hold, and whether that is all of it.

    An empty store where there is no transcript; of a very large session only the end of its main thread.
    """
    transcripts = discover_session(path)
    is_whole = sum(transcript.size for transcript in transcripts) <= LARGEST_SESSION
    if not is_whole:
        main = transcripts[0]
        start = line_end(main.path, max(0, main.size - TAIL), main.size)
        transcripts = [main._replace(start=start, size=main.size - start)]
    size = sum(transcript.size for transcript in transcripts)
    processes = min(process_pool.processors(), MOST_PROCESSES) if size > WORTHWHILE else 1
    owners, pieces = cut_in_pieces(transcripts, size // (processes * PIECES))
    mine, *others = _dealt(list(enumerate(pieces)), processes)
    children = [process_pool.start(partial(_handed, share)) for share in others]
    from tokenscope.ingest.merge.merge import merge  # noqa: PLC0415 - 8 ms in which the others already read

    results = _read(mine)
    for child, share in zip(children, others, strict=True):
        found = process_pool.received(child)
        results |= _read(share) if found is None else {number: _taken(fields) for number, fields in found.items()}
    extracts = [results[number] for number in range(len(pieces))]
    return merge(transcripts, join_pieces(len(transcripts), owners, extracts), Discovery()), is_whole


def _dealt(pieces: Sequence[Numbered], processes: int) -> list[list[Numbered]]:
    """The pieces in as many shares, alike in bytes but for the first one's, which has other work to do."""
    shares: list[list[Numbered]] = [[] for _ in range(processes)]
    sizes = [HEAD_START] + [0] * (processes - 1)
    for number, piece in sorted(pieces, key=lambda one: -one[1].size):
        least = sizes.index(min(sizes))
        shares[least].append((number, piece))
        sizes[least] += piece.size
    return shares


def _read(pieces: Sequence[Numbered]) -> dict[int, Extract | None]:
    found: dict[int, Extract | None] = {}
    for number, piece in pieces:
        try:
            found[number] = decode(
                piece, Facet.USAGE, RowReader(piece.path, piece.size, start=piece.start, chunk=BUFFER)
            )
        except OSError:
            found[number] = None
    return found


def _handed(pieces: Sequence[Numbered]) -> dict[int, tuple[Any, ...] | None]:
    """What another process reads, as marshal can write it."""
    return {number: None if one is None else tuple(one) for number, one in _read(pieces).items()}


def _taken(fields: tuple[Any, ...] | None) -> Extract | None:
    return None if fields is None else Extract._make(fields)
