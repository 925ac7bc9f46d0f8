"""What the status line says of a session, read as fast as can be: it has a tenth of a second for all that it does."""

from __future__ import annotations

from bisect import bisect_left
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
AHEAD = 1 << 20  # bytes that this process reads more than another: that has to be started, and to hand over
MOST_PROCESSES = 4

TIME, AGENT = itemgetter(2), itemgetter(4)  # of a Response
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
    ahead = AHEAD if processes > 1 else 0
    mine, *others = _shares(transcripts, (size - ahead) // processes + 1, ahead)
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
        for key in known.keys() & responses.keys():
            responses[key] = both(known[key], responses[key])
        files[number] = known | responses, known_compactions + compactions, chain | known_chain
    return files


def _shares(transcripts: Sequence[Transcript], most: int, ahead: int) -> list[list[Part]]:
    """All files, cut at line ends into shares of about so many bytes, the first larger by `ahead`."""
    shares: list[list[Part]] = [[]]
    left = most + ahead
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
    """Each response once, credited to one thread (T21), and what was written again in each thread.

    Nearly all of it is done by what is written in C, a field of all responses at a time: in a third of the time.
    """
    responses: dict[str, Response] = {}
    threads: dict[str, dict[str, None]] = {}  # by agent: the ids of its responses, copies among them
    compactions: dict[str, list[int]] = {}
    for of_file, compacted, chain in files:
        mine, agents = of_file, list(map(AGENT, of_file.values()))
        if chain:
            roots = {agent: root_of(agent, chain) for agent in set(agents)}
            mine = {
                key: one if (root := roots[one[4]]) == one[4] else (*one[:4], root, one[5])
                for key, one in of_file.items()
            }
            agents = [roots[agent] for agent in agents]
        if len(set(agents)) == 1:
            threads.setdefault(agents[0], {}).update(dict.fromkeys(mine))
        else:
            for key, agent in zip(mine, agents, strict=True):
                threads.setdefault(agent, {})[key] = None
        credited = {key: _credited(responses[key], mine[key]) for key in responses.keys() & mine.keys()}
        responses |= mine
        responses |= credited
        for agent, time in compacted:
            compactions.setdefault(root_of(agent, chain), []).append(time)
    if not responses:
        return SessionFigures(is_whole=is_whole)
    rebuilt = 0
    for agent, keys in threads.items():
        thread = sorted(map(responses.__getitem__, keys), key=TIME)
        rebuilt += _rebuilt(thread, agent, compactions.get(agent, ()))
    _, _, times, _, owners, requests = zip(*responses.values(), strict=True)
    _, _, contexts, *sums = zip(*requests, strict=True)
    main = [place for place, agent in enumerate(owners) if not agent]
    dated = [time if time < UNDATED else 0 for time in times] if UNDATED in times else list(times)
    context = contexts[max(reversed(main), key=dated.__getitem__)] if main else None
    new, carried, output = map(sum, sums)
    return SessionFigures(context, new + carried + output, carried, output, rebuilt, is_whole)


def _credited(one: Response, other: Response) -> Response:
    """A response that two files hold. Whose it is has to be plain."""
    if one[3] == other[3]:
        raise Unusual
    return both(one, other)


def _rebuilt(thread: Sequence[Response], own: str, compactions: Iterable[int]) -> int:
    """Tokens that a thread's own responses wrote again, in the order of time: of what the cache had lost (T31)."""
    times = list(map(TIME, thread))
    thread = thread[: bisect_left(times, UNDATED)]
    if not thread:
        return 0
    _, _, _, _, agents, requests = zip(*thread, strict=True)
    read, written, contexts, *_ = zip(*requests, strict=True)
    compacted = {bisect_left(times, time) - 1 for time in compactions}
    steps = enumerate(zip(contexts, read[1:], written[1:], agents[1:], strict=False))
    return sum(
        new if new < cached - carried else cached - carried
        for place, (cached, carried, new, agent) in steps
        if cached > carried and agent == own and place not in compacted
    )
