"""The responses that rows tell of, for the status line: of one file, or of a part of one.

They are counted as everywhere (T20 to T24, T28, T58, T59), but only as today's versions write them. Where there is
anything else (`Unusual`), a session has to be read as a part of a history is, which takes three times as long.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import UNSET

from tokenscope.ingest.extract.ids import CONVERSATION, SHORTEST, agent_of, is_clock
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.status_rows import (
    CountedMessage,
    CountedProgress,
    CountedRow,
    CountedSplit,
    CountedUsage,
    Unusual,
    counted_rows,
)
from tokenscope.ingest.times import milliseconds, moment

MOST_TOKENS = 10**12  # of one response
NOTHING = (0, 0, 0)
UNDATED = 1 << 62  # ms: later than any row
SIDECHAIN, FOREIGN, PROGRESS = 1, 2, 4  # how a file comes by a response: lower is better, and they add up (T21)


class Kept(NamedTuple):
    """One file's response: the figures of its row with the largest output, and what all its rows share."""

    output: int
    time: float  # s since the epoch: of the row whose figures these are; -1: undated
    first: int  # ms since the epoch: of its first row; or UNDATED
    rank: int
    agent: str
    given: int
    read: int
    written: int
    context: int
    beside: tuple[int, int, int]  # of requests in it that its own counters leave out: new, read, put out


class Counted(NamedTuple):
    """What a file, or a part of one, holds. `compactions`: agent, ms since the epoch; `chain`: of inline subagents."""

    kept: dict[str, tuple[Any, ...]]  # the fields of a Kept, by the response's id
    compactions: list[tuple[str, int]]
    chain: dict[str, Any]


def count_rows(transcript: Transcript, start: int, end: int) -> Counted:
    """What stands between two line ends of a file. Raises Unusual, and OSError where it cannot be read."""
    counted = Counted({}, [], {})
    own, session = transcript.agent_id, transcript.session_id
    own_rank = SIDECHAIN if own else 0
    row: Any
    for row in counted_rows(transcript.path, start, end):
        kind, agent = row.type, own
        if row.isSidechain is True and not own:
            if row.uuid.__class__ is str and kind.__class__ is str and kind in CONVERSATION:
                counted.chain.setdefault(row.uuid, row.parentUuid)
            agent = agent_of(row, own)
        if row.attachment is not UNSET:
            continue
        if kind == "assistant":
            rank = own_rank if agent is own else SIDECHAIN
            _keep(counted.kept, row, rank if row.sessionId == session else rank + FOREIGN, agent)
        elif kind == "system" and row.subtype == "compact_boundary":
            if (time := milliseconds(row.timestamp)) is not None:
                counted.compactions.append((agent, time))
        elif kind == "progress":
            _keep_inner(counted.kept, row, transcript)
    return counted


def _keep_inner(kept: dict[str, tuple[Any, ...]], outer: CountedRow, transcript: Transcript) -> None:
    """Count the row in that a progress row holds."""
    data: Any = outer.data
    if data.__class__ is not CountedProgress or data.type != "agent_progress":
        return
    row = data.message
    if row.__class__ is CountedRow and row.type == "assistant" and row.attachment is UNSET:
        agent = data.agentId
        if agent.__class__ is not str or not agent:
            raise Unusual
        is_side = transcript.agent_id or row.isSidechain is True or outer.isSidechain is True
        is_foreign = (row.sessionId or outer.sessionId) != transcript.session_id
        _keep(kept, row, PROGRESS + (SIDECHAIN if is_side else 0) + (FOREIGN if is_foreign else 0), agent)


def _keep(kept: dict[str, tuple[Any, ...]], row: CountedRow, rank: int, agent: str) -> None:
    """Count a row in, if it is one of a response."""
    message: Any = row.message
    if message.__class__ is not CountedMessage or message.usage.__class__ is not CountedUsage:
        return
    if message.model == "<synthetic>" or row.isApiErrorMessage is True:
        return
    key = message.id
    if key.__class__ is not str or not (key.startswith("msg_") or len(key) >= SHORTEST):
        raise Unusual
    if key[-10:].isdigit() and is_clock(key):  # two responses may share it (T22)
        raise Unusual
    found = moment(row.timestamp)
    new = _figures(message.usage, -1.0 if found is None else found.timestamp(), rank, agent)
    known = kept.get(key)
    kept[key] = new if known is None else both(known, new)


def both(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """A response of which a file has several rows, in their order (T20): the fields of a Kept."""
    _, _, first, rank, agent, *_ = owner = other if other[3] < one[3] else one
    output, time, _, _, _, given, read, written, context, beside = other if other[:2] >= one[:2] else one
    first = min(first, (one if owner is other else other)[2])
    return (output, time, first, rank, agent, given, read, written, context, beside)


def _figures(usage: Any, time: float, rank: int, agent: str) -> tuple[Any, ...]:
    """The fields of a Kept. A cache write without its total, or beside one of 0, is the sum of its split (T59)."""
    given, output = usage.input_tokens, usage.output_tokens
    read, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    split = usage.cache_creation
    if (written is None or (written.__class__ is int and not written)) and split.__class__ is CountedSplit:
        written = _tokens(split.ephemeral_5m_input_tokens) + _tokens(split.ephemeral_1h_input_tokens)
    if not (
        given.__class__ is output.__class__ is read.__class__ is written.__class__ is int
        and min(given, output, read, written) >= 0
        and max(given, output, read, written) <= MOST_TOKENS
    ):
        given, output, read, written = map(_tokens, (given, output, read, written))
    context, beside, iterations = given + read + written, NOTHING, usage.iterations
    if iterations and iterations.__class__ is list and (len(iterations) > 1 or _kind(iterations[0]) != "message"):
        requests = [(one.type, _figures(one, time, 0, "")) for one in iterations if one.__class__ is CountedUsage]
        beside = _beside(requests, context)
        sizes = [sum(figures[5:8]) for kind, figures in requests if kind == "message"]
        context = max(sizes) if len(sizes) > 1 and 0 < sum(sizes) <= context else context
    first = UNDATED if time < 0 else int(time * 1000 + 0.0005)
    return (output, time, first, rank, agent, given, read, written, context, beside)


def _kind(request: Any) -> Any:
    return request.type if request.__class__ is CountedUsage else None


def _beside(requests: list[tuple[Any, tuple[Any, ...]]], prompt: int) -> tuple[int, int, int]:
    """Tokens of the requests in a response that its own counters leave out (T28, T58): new, read, put out."""
    if all(kind == "message" for kind, _ in requests):
        return NOTHING
    outside = [figures for kind, figures in requests if kind in ("advisor_message", "compaction")]
    served = max((place for place, (kind, _) in enumerate(requests) if kind == "fallback_message"), default=0)
    own = [
        (place, figures) for place, (kind, figures) in enumerate(requests) if kind in ("message", "fallback_message")
    ]
    if served and sum(sum(figures[5:8]) for place, figures in own if place >= served) == prompt:
        outside += [figures for place, figures in own if place < served]
    return (
        sum(figures[5] + figures[7] for figures in outside),
        sum(figures[6] for figures in outside),
        sum(figures[0] for figures in outside),
    )


def _tokens(value: Any) -> int:
    if value.__class__ is int and 0 <= value <= MOST_TOKENS:
        return int(value)
    if value is not None:
        raise Unusual
    return 0
