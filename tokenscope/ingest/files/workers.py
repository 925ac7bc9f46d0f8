"""Reading with all cores: the files are spread over processes, and each hands back plain tuples.

The biggest pieces go first, and whoever is free takes the next one. A file too big for one process is cut
at line ends. What another process has read arrives here while this one reads. A process that dies takes no
row with it: what it had taken and not handed back is read again here.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.pieces import cut_in_pieces, join_pieces
from tokenscope.ingest.rows.read import CHUNK, RowReader
from tokenscope.model import PARTS_OF_CONTENT, PARTS_OF_TOOLS, Facet
from tokenscope.process_pool import Queue, widen

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

Progress = Callable[[int, int], None]
Results = dict[int, Extract | None]

# Starting a process costs 5 ms by fork and about 150 ms anew, and 1 MB is read in about 1.5 ms.
WORTHWHILE = {"fork": 16 << 20, "spawn": 256 << 20}  # bytes
BATCH = 4 << 20  # bytes of small files taken at once
LEAST_BATCH = 1 << 18  # bytes; the last ones are smaller, so that nobody waits long for whoever took the last
MOST_PROCESSES = 8
_OF_WHOLE_FILES = Facet.CONTENT | PARTS_OF_CONTENT | Facet.TOOLS | PARTS_OF_TOOLS | Facet.EFFORTS


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
    if processes > 1 and not any(wanted & _OF_WHOLE_FILES for wanted in set(facets)):
        owners, pieces = cut_in_pieces(transcripts)
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
    done = 0
    total = sum(piece.size for piece in pieces)
    for number in numbers:
        piece = pieces[number]
        rows = RowReader(piece.path, piece.size, start=piece.start, chunk=CHUNK)
        try:
            yield number, decode(piece, facets[number], rows)
        except OSError:
            yield number, None
        done += piece.size
        if progress is not None:
            progress(done, total)


def _batches(pieces: Sequence[Transcript]) -> list[list[int]]:
    """Numbers of pieces, the biggest first, small ones together."""
    costs = [piece.size + 4096 for piece in pieces]
    left, room = sum(costs), 0
    batches: list[list[int]] = []
    for number in sorted(range(len(pieces)), key=lambda number: (-costs[number], number)):
        if room <= 0:
            batches.append([])
            room = min(BATCH, max(left // 16, LEAST_BATCH))
        batches[-1].append(number)
        room -= costs[number]
        left -= costs[number]
    return batches


def _read_together(
    context: BaseContext, pieces: list[Transcript], facets: Sequence[Facet], processes: int, progress: Progress | None
) -> Results:
    """Read with some more processes and this one. Pieces of a process that died are missing from the result."""
    batches = _batches(pieces)
    # Processes that share no pipe are dealt their batches like cards.
    shares: list[Iterable[int]] = [range(place, len(batches), processes) for place in range(processes)]
    if context.get_start_method() == "fork":
        shares = [Queue(len(batches))] * processes
    children: list[BaseProcess] = []
    receivers: list[Connection] = []
    results: Results = {}
    done, total = 0, sum(piece.size for piece in pieces)
    try:
        for place in range(1, processes):
            receiver, sender = _pipe(context)
            receivers.append(receiver)
            arguments = (sender, receiver, pieces, batches, shares[place], facets)
            child = context.Process(target=_work, args=arguments, daemon=True)  # type: ignore[attr-defined]
            children.append(child)
            child.start()
            sender.close()
        for batch in shares[0]:
            found = [*_read(pieces, batches[batch], facets, None), *_arrived(receivers, wait=False)]
            results.update(found)
            if progress is not None:
                done += sum(pieces[number].size for number, _ in found)
                progress(done, total)
        while receivers:
            results.update(_arrived(receivers, wait=True))
    finally:
        for child in children:
            if child.pid is not None:  # else it was never started
                child.kill()
                child.join()
    return results


def _pipe(context: BaseContext) -> tuple[Connection, Connection]:
    """A pipe that holds what a process hands back while this one is busy with a file of its own."""
    receiver, sender = context.Pipe(duplex=False)
    widen(sender.fileno())
    return receiver, sender


def _arrived(receivers: list[Connection], *, wait: bool) -> Iterator[tuple[int, Extract | None]]:
    """What has arrived by now, or with `wait` the next that arrives. Who will send no more is left out from then on."""
    from multiprocessing.connection import wait as wait_for  # noqa: PLC0415

    for receiver in cast("list[Connection]", wait_for(receivers, None if wait else 0)):
        try:
            found: list[tuple[int, tuple[Any, ...] | None]] = marshal.loads(receiver.recv_bytes())
        except (EOFError, OSError):  # it is through, or has died
            receivers.remove(receiver)
            continue
        for number, fields in found:
            yield number, None if fields is None else Extract._make(fields)


def _work(
    sender: Connection,
    receiver: Connection,
    pieces: list[Transcript],
    batches: list[list[int]],
    share: Iterable[int],
    facets: Sequence[Facet],
) -> None:
    """What another process does. marshal: the fastest way to hand over tuples, five times faster than pickle."""
    receiver.close()  # our copy of the other end: with it open, we would wait for ever on a reader that has gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is told, and ends this one
    gc.disable()
    # Without memory: what it had taken is read again by the first process, when this one's is free. OSError: whoever
    # asked has gone.
    with suppress(MemoryError, OSError):
        for batch in share:
            found = _read(pieces, batches[batch], facets, None)
            handed = [(number, None if extract is None else tuple(extract)) for number, extract in found]
            sender.send_bytes(marshal.dumps(handed))
    sender.close()
