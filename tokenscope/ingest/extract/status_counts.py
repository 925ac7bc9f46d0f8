"""The responses that rows tell of, for the status line: of one file, or of a part of one.

They are counted as everywhere (T20 to T24, T28, T58, T59), but only as today's versions write them. Where there is
anything else (`Unusual`), a session has to be read as a part of a history is, which takes three times as long.
"""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Any

from msgspec import UNSET, Raw
from msgspec.json import Decoder

from tokenscope.ingest.extract.ids import CONVERSATION, SHORTEST, agent_of, is_clock
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.mend import REFUSED
from tokenscope.ingest.rows.status_rows import (
    MOST_TOKENS,
    CountedMessage,
    CountedProgress,
    CountedRow,
    CountedSplit,
    CountedUsage,
    PlainUsage,
    Unread,
    Unusual,
    counted_rows,
)
from tokenscope.ingest.times import microseconds_of, milliseconds, milliseconds_of, moment

UNDATED = 1 << 62  # ms: later than any row
NEVER, LATER = datetime.fromisoformat("1000-01-01T00:00:00Z"), datetime.fromisoformat("3000-01-01T00:00:00Z")
SIDECHAIN, FOREIGN, PROGRESS = 1, 2, 4  # how a file comes by a response: lower is better, and they add up (T21)

# In plain values, as marshal can write them. Tokens of a request: read, written, and its context; and with those of
# requests in it that its own counters leave out: new, carried, put out. Of a response in a file: the output of its row
# with the largest; us since the epoch of that row, or -1; ms since the epoch of its first row, or UNDATED; rank; agent.
Request = tuple[int, int, int, int, int, int]
Response = tuple[int, int, int, int, str, Request]
# What a file, or a part of one, holds: responses by their ids; agent and ms since the epoch of each compaction; and
# the parent of each row of inline subagents.
Counted = tuple[dict[str, Response], list[tuple[str, int]], dict[str, Any]]

_usage, _plain_usage = Decoder(CountedUsage | Unread).decode, Decoder(PlainUsage).decode


def count_rows(transcript: Transcript, start: int, end: int) -> Counted:
    """What stands between two line ends of a file. Raises Unusual, and OSError where it cannot be read."""
    responses, compactions, parents = _Responses(), list[tuple[str, int]](), dict[str, Any]()
    own, session = transcript.agent_id, transcript.session_id
    own_rank = SIDECHAIN if own else 0
    row: Any
    for row in chain.from_iterable(counted_rows(transcript.path, start, end)):
        kind, agent = row.type, own
        if row.isSidechain is True and not own:
            if row.uuid.__class__ is str and kind.__class__ is str and kind in CONVERSATION:
                parents.setdefault(row.uuid, row.parentUuid)
            agent = agent_of(row, own)
        if row.attachment is not UNSET:
            continue
        if kind == "assistant":
            rank = own_rank if agent is own else SIDECHAIN
            responses.add(row, rank if row.sessionId == session else rank + FOREIGN, agent)
        elif kind == "system" and row.subtype == "compact_boundary":
            if (time := milliseconds(row.timestamp)) is not None:
                compactions.append((agent, time))
        elif kind == "progress":
            _add_inner(responses, row, transcript)
    return responses.in_plain_values(), compactions, parents


def _add_inner(responses: _Responses, outer: CountedRow, transcript: Transcript) -> None:
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
        responses.add(row, PROGRESS + (SIDECHAIN if is_side else 0) + (FOREIGN if is_foreign else 0), agent)


class _Responses:
    """What is kept of each, by its id: as in Response, but for times. A row often says what the one before it did."""

    __slots__ = ("_before", "_kept", "_key", "_written")

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, ...]] = {}
        self._before: tuple[Any, ...] | None = None  # what is kept of the row before, where its figures are
        self._key, self._written = "", Raw()  # the id and the usage that it had

    def add(self, row: CountedRow, rank: int, agent: str) -> None:
        """Count a row in, if it is one of a response. Raises Unusual."""
        message: Any = row.message
        if message.__class__ is not CountedMessage or (written := message.usage) is UNSET:
            return
        if message.model == "<synthetic>" or row.isApiErrorMessage is True:
            return
        key, time, before = message.id, moment(row.timestamp), self._before
        if before is not None and written == self._written and key == self._key and rank >= before[3]:
            output, last, first, rank, agent, request = before
            if time is not None and not first <= time <= last:
                self._kept[key] = self._before = (output, max(last, time), min(first, time), rank, agent, request)
            return
        if (figures := _figures(written)) is None:
            return
        new = (figures[0], time or NEVER, time or LATER, rank, agent, figures[1])
        if key.__class__ is str and key in self._kept:
            new = both(self._kept[key], new)
        elif key.__class__ is not str or not (key.startswith("msg_") or len(key) >= SHORTEST) or is_clock(key):
            raise Unusual  # two responses may share it (T22)
        self._kept[key] = new
        self._before, self._key, self._written = new if new[5] is figures[1] else None, key, written

    def in_plain_values(self) -> dict[str, Response]:
        return {
            key: (
                output,
                -1 if time is NEVER else microseconds_of(time),
                UNDATED if first is LATER else milliseconds_of(first),
                rank,
                agent,
                request,
            )
            for key, (output, time, first, rank, agent, request) in self._kept.items()
        }


def both(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """A response of which there are several rows, in their order (T20): the fields of Response."""
    owner = other if other[3] < one[3] else one
    output, time, _, _, _, request = other if other[:2] >= one[:2] else one
    return (output, time, min(one[2], other[2]), owner[3], owner[4], request)


def _figures(written: Raw) -> tuple[int, Request] | None:
    """The output and the rest of a request; None where its usage is no object. Raises Unusual."""
    try:
        plain = _plain_usage(written)
    except REFUSED:
        plain = None
    if plain and (new := plain.cache_creation_input_tokens):
        output, read, fresh = plain.output_tokens, plain.cache_read_input_tokens, plain.input_tokens + new
        return output, (read, new, read + fresh, fresh, read, output)
    try:
        usage = _usage(written)
    except REFUSED:
        raise Unusual from None
    return _all_figures(usage) if usage.__class__ is CountedUsage else None


def _all_figures(usage: CountedUsage) -> tuple[int, Request]:
    """Of a usage in any shape. Raises Unusual."""
    fresh, read, output, written = _counters(usage)
    context, beside, iterations = fresh + read, (0, 0, 0), usage.iterations
    if iterations and isinstance(iterations, list) and _kinds(iterations) != ["message"]:
        requests = [(one.type, *_counters(one)[:3]) for one in iterations if isinstance(one, CountedUsage)]
        beside = _beside(requests, context)
        sizes = [new + carried for kind, new, carried, _ in requests if kind == "message"]
        context = max(sizes) if len(sizes) > 1 and 0 < sum(sizes) <= context else context
    return output, (read, written, context, fresh + beside[0], read + beside[1], output + beside[2])


def _counters(usage: CountedUsage) -> tuple[int, int, int, int]:
    """New, carried, put out, written. A write without its total, or beside one of 0, is the sum of its split (T59)."""
    written, split = usage.cache_creation_input_tokens, usage.cache_creation
    if (written is None or (written.__class__ is int and not written)) and isinstance(split, CountedSplit):
        written = _tokens(split.ephemeral_5m_input_tokens) + _tokens(split.ephemeral_1h_input_tokens)
    written = _tokens(written)
    new = _tokens(usage.input_tokens) + written
    return new, _tokens(usage.cache_read_input_tokens), _tokens(usage.output_tokens), written


def _kinds(iterations: list[Any]) -> list[Any]:
    return [getattr(one, "type", None) for one in iterations]


def _beside(requests: list[tuple[Any, int, int, int]], prompt: int) -> tuple[int, int, int]:
    """Tokens of the requests in a response that its own counters leave out (T28, T58): new, carried, put out."""
    kinds = [kind for kind, *_ in requests]
    served = max((place for place, kind in enumerate(kinds) if kind == "fallback_message"), default=0)
    own = [place for place, kind in enumerate(kinds) if kind in ("message", "fallback_message")]
    outside = [place for place, kind in enumerate(kinds) if kind in ("advisor_message", "compaction")]
    if served and sum(requests[place][1] + requests[place][2] for place in own if place >= served) == prompt:
        outside += [place for place in own if place < served]
    new, carried, output = (sum(requests[place][field] for place in outside) for field in (1, 2, 3))
    return new, carried, output


def _tokens(value: Any) -> int:
    if value.__class__ is int and 0 <= value <= MOST_TOKENS:
        return int(value)
    if value is not None:
        raise Unusual
    return 0
