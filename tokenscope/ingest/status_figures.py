"""What the status line says of a session, read as fast as can be: it has a tenth of a second for all that it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import zip_longest
from operator import itemgetter

from tokenscope import process_pool
from tokenscope.ingest.extract.ids import root_of
from tokenscope.ingest.extract.status_counts import UNDATED, Counted, Response, both, count_rows
from tokenscope.ingest.files.discover import Transcript, discover_session
from tokenscope.ingest.rows.mend import line_end
from tokenscope.ingest.rows.status_rows import Unusual
from tokenscope.value import Value

LARGEST_SESSION = 256 << 20  # bytes: half a second's work; of a larger one only the end is read
TAIL = 4 << 20  # bytes
WORTHWHILE = 4 << 20  # bytes: read in 4 ms, which is what a second process costs
MOST_PROCESSES = 4

Part = tuple[int, int, int]  # number of a file, its first byte, and the one behind its last


class SessionFigures(Value):
    """Tokens of a session, its subagents' among them. `context`: of the main thread's newest prompt.

    `total` is what was carried, rebuilt, put out, and new. Of a session that is not read whole they are of its end.
    """

    context: int | None = None
    total: int = 0
    carried: int = 0
    output: int = 0
    rebuilt: int = 0
    is_whole: bool = True


def session_figures(path: str, *, newest_alone: bool = False) -> SessionFigures:
    """Of the main transcript at `path` and its subagents'; nothing where there is none. Raises Unusual and OSError.

    `newest_alone`: only its context is asked for, so that the end is enough where a response stands in it.
    """
    transcripts = discover_session(path)
    is_whole = sum(transcript.size for transcript in transcripts) <= LARGEST_SESSION
    if transcripts and (newest_alone or not is_whole) and transcripts[0].size > TAIL:
        main = transcripts[0]
        end = [main._replace(start=line_end(main.path, main.size - TAIL, main.size))]
        found = _sum(_read(end), is_whole=False)
        if found.context is not None or not is_whole:
            return found
    return _sum(_read(transcripts), is_whole=is_whole)


def _read(transcripts: Sequence[Transcript]) -> list[Counted]:
    """What each file holds. Copies of this process read a part each, where that is worth while."""
    size = sum(transcript.size - transcript.start for transcript in transcripts)
    processes = min(process_pool.processors(), MOST_PROCESSES) if size > WORTHWHILE else 1
    mine, *others = _shares(transcripts, size // processes + 1)
    children: list[process_pool.Child] = []
    with suppress(OSError):  # no more processes, or no more pipes
        for share in others:
            children.append(process_pool.start(partial(_work, transcripts, share)))
    found = _work(transcripts, mine)
    for child, share in zip_longest(children, others):
        found += (child and process_pool.received(child)) or _work(transcripts, share)
    files: list[Counted] = [({}, [], {}) for _ in transcripts]
    for number, (responses, compactions, chain) in found:
        known, known_compactions, known_chain = files[number]
        if not (known or known_compactions or known_chain):
            files[number] = responses, compactions, chain
            continue
        known_compactions += compactions
        known_chain |= {uuid: parent for uuid, parent in chain.items() if uuid not in known_chain}
        for key, one in responses.items():
            known[key] = both(known[key], one) if key in known else one
    return files


def _shares(transcripts: Sequence[Transcript], most: int) -> list[list[Part]]:
    """All files, cut at line ends into shares of about so many bytes."""
    shares: list[list[Part]] = [[]]
    left = most
    for number, transcript in enumerate(transcripts):
        start = transcript.start
        while transcript.size - start > left:
            stop = line_end(transcript.path, start + left, transcript.size)
            shares[-1].append((number, start, stop))
            shares.append([])
            start, left = stop, most
        shares[-1].append((number, start, transcript.size))
        left -= transcript.size - start
    return shares


def _work(transcripts: Sequence[Transcript], parts: Iterable[Part]) -> list[tuple[int, Counted]]:
    """What each part holds, beside the number of its file."""
    return [(number, count_rows(transcripts[number], start, end)) for number, start, end in parts]


def _sum(files: Sequence[Counted], *, is_whole: bool) -> SessionFigures:
    """Each response once, credited to one thread (T21), and what was written again in each thread."""
    if not any(responses for responses, _, _ in files):
        return SessionFigures(is_whole=is_whole)
    responses: dict[str, Response] = {}
    threads: dict[str, dict[str, None]] = {}  # by agent: the ids of its responses, copies among them
    compactions: dict[str, list[int]] = {}
    for of_file, compacted, chain in files:
        for key, one in of_file.items():
            if (agent := one[4]) and chain:
                agent = root_of(agent, chain)
            mine = one if agent == one[4] else (*one[:4], agent, one[5])
            responses[key] = _credited(responses[key], mine) if key in responses else mine
            if agent not in threads:
                threads[agent] = {}
            threads[agent][key] = None
        for agent, time in compacted:
            compactions.setdefault(root_of(agent, chain), []).append(time)
    rebuilt = 0
    for agent, keys in threads.items():
        thread = [one for one in map(responses.__getitem__, keys) if one[2] < UNDATED]
        thread.sort(key=itemgetter(2))
        rebuilt += _rebuilt(thread, agent, sorted(compactions.get(agent, ())))
    outputs, _, times, _, agents, requests = zip(*responses.values(), strict=True)
    given, read, written, _, new_beside, read_beside, output_beside = map(sum, zip(*requests, strict=True))
    context, newest = None, -1
    for time, agent, request in zip(times, agents, requests, strict=True):
        if not agent and (time if time < UNDATED else 0) >= newest:
            newest, context = time if time < UNDATED else 0, request[3]
    new, carried, output = given + written + new_beside, read + read_beside, sum(outputs) + output_beside
    return SessionFigures(context, new + carried + output, carried, output, rebuilt, is_whole)


def _credited(one: Response, other: Response) -> Response:
    """A response that two files hold. Whose it is has to be plain."""
    if one[3] == other[3]:
        raise Unusual
    return both(one, other)


def _rebuilt(thread: Iterable[Response], own: str, compactions: list[int]) -> int:
    """Tokens that a thread's own responses wrote again, in the order of time: of what the cache had lost (T31)."""
    tokens = cached = 0
    for _, _, time, _, agent, (_, read, written, context, _, _, _) in thread:
        is_compacted = False
        while compactions and compactions[0] <= time:
            is_compacted = True
            compactions.pop(0)
        if cached > read and not is_compacted and agent == own:
            tokens += min(written, cached - read)
        cached = context
    return tokens
