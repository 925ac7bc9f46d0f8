"""Reading with all cores: the files are spread over processes, and each hands back plain tuples.

The biggest pieces go first, and whoever is free takes the next one. A file too big for one process is cut
at line ends. A process that dies takes no row with it: what it had taken is read again here.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tokenscope.ingest.decode import Extract, decode
from tokenscope.ingest.discover import Transcript
from tokenscope.ingest.pieces import cut, join_pieces
from tokenscope.ingest.read import CHUNK, RowReader
from tokenscope.model import Facet

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

Progress = Callable[[int, int], None]
Results = dict[int, Extract | None]

# Starting a process costs 5 ms by fork and about 150 ms anew, and 1 MB is read in about 1.5 ms.
WORTHWHILE = {"fork": 16 << 20, "spawn": 256 << 20}  # bytes
BATCH = 4 << 20  # bytes of small files taken at once
MOST_PROCESSES = 8


def read_all(
    transcripts: Sequence[Transcript],
    facets: Sequence[Facet],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[Extract | None]:
    """What each file holds, in the given order; None for a file that could not be read. `facets`: one a file."""
    method = "fork" if sys.platform == "linux" else "spawn"
    total = sum(transcript.size for transcript in transcripts)
    if processes is None:
        processes = min(available_processors(), MOST_PROCESSES) if total >= WORTHWHILE[method] else 1
    owners, pieces = list(range(len(transcripts))), list(transcripts)
    if processes > 1 and not any(wanted & (Facet.CONTENT | Facet.TOOLS) for wanted in facets):
        owners, pieces = cut(transcripts)
    facets = [facets[owner] for owner in owners]
    results: Results = {}
    if processes > 1:
        from multiprocessing import get_context  # noqa: PLC0415 - 8 ms that small histories do not pay

        results = _read_together(get_context(method), pieces, facets, processes, progress)
    missing = (number for number in range(len(pieces)) if number not in results)
    results.update(_read(pieces, missing, facets, progress if processes == 1 else None))
    return join_pieces(len(transcripts), owners, [results[number] for number in range(len(pieces))])


def available_processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read(
    pieces: Sequence[Transcript], numbers: Iterable[int], facets: Sequence[Facet], progress: Progress | None
) -> Iterator[tuple[int, Extract | None]]:
    """Read these pieces here, one after the other."""
    buffer, done = bytearray(CHUNK), 0
    total = sum(piece.size for piece in pieces)
    for number in numbers:
        piece = pieces[number]
        rows = RowReader(piece.path, piece.size, buffer, start=piece.start)
        try:
            yield number, decode(piece, facets[number], rows)
        except OSError:
            yield number, None
        done += piece.size
        if progress is not None:
            progress(done, total)


def _batches(pieces: Sequence[Transcript]) -> list[list[int]]:
    """Numbers of pieces, the biggest first, small ones together."""
    batches: list[list[int]] = []
    filled = BATCH
    for number in sorted(range(len(pieces)), key=lambda number: (-pieces[number].size, number)):
        if filled >= BATCH:
            batches.append([])
            filled = 0
        batches[-1].append(number)
        filled += pieces[number].size + 4096
    return batches


def _read_together(
    context: BaseContext, pieces: list[Transcript], facets: Sequence[Facet], processes: int, progress: Progress | None
) -> Results:
    """Read with some more processes and this one. Pieces of a process that died are missing from the result."""
    batches = _batches(pieces)
    shares = _Queue(len(batches)) if context.get_start_method() == "fork" else _Shares(len(batches), processes)
    children = []
    try:
        for place in range(1, processes):
            receiver, sender = context.Pipe(duplex=False)
            arguments = (sender, receiver, pieces, batches, shares.of(place), facets)
            child = context.Process(target=_work, args=arguments, daemon=True)  # type: ignore[attr-defined]
            children.append((child, receiver))
            child.start()
            sender.close()
        show = None if progress is None else lambda done, total: progress(min(done * processes, total), total)
        mine = (number for batch in shares.of(0) for number in batches[batch])
        results: Results = dict(_read(pieces, mine, facets, show))
        for _, receiver in children:
            results.update(_received(receiver))
    finally:
        for child, _ in children:
            if child.pid is not None:
                child.kill()
    return results


def _received(receiver: Connection) -> Results:
    try:
        found: list[tuple[int, tuple[Any, ...] | None]] = marshal.loads(receiver.recv_bytes())
    except (EOFError, OSError):
        return {}  # it died
    return {number: None if fields is None else Extract._make(fields) for number, fields in found}


def _work(
    sender: Connection,
    receiver: Connection,
    pieces: list[Transcript],
    batches: list[list[int]],
    share: Iterable[int],
    facets: Sequence[Facet],
) -> None:
    """What another process does. marshal: the fastest way to hand over tuples, five times faster than pickle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is told, and ends this one
    receiver.close()  # so that sending fails, and does not wait for ever, where the first process is gone
    gc.disable()
    numbers = (number for batch in share for number in batches[batch])
    # Out of memory: what it had taken is read again by the first process, when this one's is free. A broken pipe:
    # nobody waits for it any more.
    with suppress(MemoryError, OSError):
        found = [
            (number, None if extract is None else tuple(extract))
            for number, extract in _read(pieces, numbers, facets, None)
        ]
        sender.send_bytes(marshal.dumps(found))
    sender.close()


class _Queue:
    """Numbers that forked processes take from one pipe: 4 bytes are read whole or not at all."""

    def __init__(self, count: int) -> None:
        self._reader, writer = os.pipe()
        # A pipe holds 64 KB: 16,384 numbers. Histories of more batches than that (64 GB) are counted coarser.
        self._step = count // 16_000 + 1
        self._count = count
        os.write(writer, b"".join(number.to_bytes(4, "little") for number in range(0, count, self._step)))
        os.close(writer)

    def of(self, place: int) -> Iterator[int]:
        while taken := os.read(self._reader, 4):
            first = int.from_bytes(taken, "little")
            yield from range(first, min(first + self._step, self._count))


class _Shares:
    """Every process its own numbers, dealt out like cards: for processes that cannot share a pipe."""

    def __init__(self, count: int, processes: int) -> None:
        self._count, self._processes = count, processes

    def of(self, place: int) -> Iterable[int]:
        return range(place, self._count, self._processes)
