"""One file's responses, each from all of its rows: which row counts, who wrote it, what it used (T20 to T28).

`add` runs once a row: this is where a question about usage spends most of the time that decoding leaves.
"""

from __future__ import annotations

from datetime import datetime
from sys import intern
from typing import Any

from msgspec import Struct

from tokenscope.ingest.extract.extract import Columns
from tokenscope.ingest.extract.ids import agent_of, is_clock, named_by_prompt
from tokenscope.ingest.rows.counters import (
    counters,
    largest_request,
    miss_reason,
    outside_requests,
    prompt_counters,
    refused_tariff,
    tariff,
    web_searches,
    whole,
)
from tokenscope.ingest.rows.lenient import content_of
from tokenscope.ingest.rows.schema import MESSAGES, AnyRow, Block, LoggedUsage
from tokenscope.ingest.times import BEYOND, EARLIEST, UNREADABLE, milliseconds_of, parsed

# How a file comes by a response decides who is credited with it (T21): lower is better, and they add up.
COPIED_FROM_SESSION, SIDECHAIN, PROGRESS = 1, 2, 4
UNDATED = -1
USUAL_OUTPUT = 1_000_000  # tokens; more is looked at twice


Figures = tuple[Any, LoggedUsage, Any, Any]  # model, usage, stop_reason, diagnostics


class _Kept(Struct, gc=False):
    """The row of a response with the largest output so far, and what all its rows share."""

    key: str
    session: Any
    rank: int
    agent: str
    output: int
    time: datetime | None
    first: datetime | None
    figures: Figures

    def merge(self, output: int, time: datetime | None, message: Any) -> None:
        """Take in another row of the response."""
        known = self.time
        if output > self.output or (output == self.output and (known is None or (time is not None and time >= known))):
            self.output, self.time = output, time
            self.figures = message.model, message.usage, message.stop_reason, message.diagnostics
        if time is not None and (self.first is None or time < self.first):
            self.first = time


class Responses:
    """Collects the responses of one file."""

    def __init__(self, session_id: str, agent_id: str) -> None:
        self.session_id = session_id
        self.agent_id = agent_id
        self.rows = self.undated = 0
        self.last_uuid = self.last_key = ""
        self._kept: dict[str, _Kept] = {}
        self._own_rank = SIDECHAIN if agent_id else 0
        self._latest: _Kept | None = None  # the response of the last row, where the next one may go on with it
        self._nameless: dict[str, int] = {}  # how many rows of a response without any id say the same
        self._refused: dict[str, bool] = {}  # whether all rows of a refused response are without content, by its key

    def add(self, row: AnyRow, outer: AnyRow | None = None, agent: str | None = None) -> str:
        """Count a row in, if it is one of a response; returns the response's key, or "".

        `outer`: the progress row that holds it, with its agent.
        """
        message: Any = row.message
        if message.__class__ not in MESSAGES:
            return ""
        usage = message.usage
        if usage.__class__ is not LoggedUsage or message.model == "<synthetic>" or row.isApiErrorMessage is True:
            return ""
        self.rows += 1
        if row.uuid.__class__ is str:
            self.last_uuid = row.uuid
        output = usage.output_tokens
        if output.__class__ is not int or not 0 <= output < USUAL_OUTPUT:
            output, _ = whole(output)
        time: datetime | None
        try:  # what `moment` does, without a call for each row
            time = parsed(row.timestamp)
            time = time if EARLIEST <= time < BEYOND else None
        except UNREADABLE:
            time = None
        if time is None:
            self.undated += 1
        is_plain = outer is None and (row.isSidechain is not True or bool(self.agent_id))
        kept = self._latest
        if (  # it goes on: half of all rows
            kept is not None
            and kept.key == message.id
            and kept.session == row.sessionId
            and is_plain
            and message.stop_reason != "refusal"
        ):
            kept.merge(output, time, message)
            return kept.key
        return self._begin(row, outer, agent, output, time, is_plain=is_plain)

    def _begin(
        self,
        row: AnyRow,
        outer: AnyRow | None,
        agent: str | None,
        output: int,
        time: datetime | None,
        *,
        is_plain: bool,
    ) -> str:
        """Count a row in that does not go on with the response of the row before. `is_plain`: it is the file's own."""
        message: Any = row.message
        usage, key, stop_reason = message.usage, message.id, message.stop_reason
        if key.__class__ is not str or not (key.startswith("msg_") or len(key) >= 16):
            key = self._own_key(row, key, usage)
        if is_plain:
            rank = self._own_rank if row.sessionId == self.session_id else self._own_rank + COPIED_FROM_SESSION
            agent = self.agent_id
        else:
            rank = self._rank(row, outer)
            agent = agent_of(row, self.agent_id) if agent is None else agent
        if stop_reason == "refusal":
            self._note_refusal(key, content_of(message))
        kept = self._kept.get(key)
        if kept is not None and kept.agent != agent and is_clock(key):
            key = _apart(key, kept.figures[1], usage)
            kept = self._kept.get(key)
        self.last_key = key
        if kept is None:
            figures = message.model, usage, stop_reason, message.diagnostics
            kept = self._kept[key] = _Kept(key, row.sessionId, rank, agent, output, time, time, figures)
        else:
            if rank < kept.rank:
                kept.rank, kept.agent = rank, agent
            kept.merge(output, time, message)
        self._latest = kept if is_plain and kept.session == row.sessionId else None
        return key

    def _note_refusal(self, key: str, content: Any) -> None:
        """Note whether a refusal came before any output (T58): each other row of a response holds some content."""
        is_bare = not content or (content.__class__ is list and not any(map(_says, content)))
        self._refused[key] = is_bare and self._refused.get(key, key not in self._kept)

    def _rank(self, row: AnyRow, outer: AnyRow | None) -> int:
        if outer is None:
            sidechain = self.agent_id or row.isSidechain is True
            foreign = row.sessionId != self.session_id
            return (SIDECHAIN if sidechain else 0) + (COPIED_FROM_SESSION if foreign else 0)
        sidechain = self.agent_id or row.isSidechain is True or outer.isSidechain is True
        foreign = (row.sessionId or outer.sessionId) != self.session_id
        return PROGRESS + (SIDECHAIN if sidechain else 0) + (COPIED_FROM_SESSION if foreign else 0)

    def _own_key(self, row: AnyRow, key: Any, usage: LoggedUsage) -> str:
        """The key of a response whose id cannot be trusted, or that has none (T22): the same on every machine."""
        if key.__class__ is str and key:
            if key.startswith("chatcmpl-"):
                return str(key)
            return "\0".join((self.session_id, str(key), *map(str, prompt_counters(usage))))
        uuid = row.uuid
        if uuid.__class__ is str and uuid:
            return uuid
        said = "\0".join(map(str, (self.session_id, self.agent_id, row.timestamp, *counters(usage)[:5])))
        self._nameless[said] = number = self._nameless.get(said, 0) + 1
        return f"\0{said}\0{number}"

    def take(self) -> Columns:
        """Those since the last time, and again the last one of them, which may not have ended yet."""
        columns = self.columns()
        self._kept = {key: kept for key, kept in self._kept.items() if key == self.last_key}
        self._refused = {key: bare for key, bare in self._refused.items() if key == self.last_key}
        self._latest = None
        self._nameless.clear()
        return columns

    def places(self) -> dict[str, int]:
        """The place of each response in the columns, by its key."""
        return {key: place for place, key in enumerate(self._kept)}

    def columns(self) -> Columns:
        """All responses, in the order of their first rows."""
        odd, agents, ranks, outside = {}, {}, {}, {}
        rows, kept_at, own_agent, own_rank, refused = [], [], self.agent_id, self._own_rank, self._refused
        for place, kept in enumerate(self._kept.values()):
            model, usage, stop_reason, diagnostics = kept.figures
            began, time = kept.first, kept.time
            first = None if began is None else milliseconds_of(began)
            kept_at.append(first if time is began and first is not None else _kept_at(time))
            given, output, read, write, one_hour, anomalies = counters(usage)
            context = given + read + write
            if anomalies:
                odd[place] = anomalies
            if usage.iterations:
                if found := outside_requests(usage):
                    outside[place] = [(kind, _model(name or model), *one) for kind, name, one in found]
                context = largest_request(usage, context)
            if kept.agent != own_agent:
                agents[place] = kept.agent
            if kept.rank != own_rank:
                ranks[place] = kept.rank
            rows.append(
                (
                    _model(model),
                    first,
                    given,
                    output,
                    read,
                    write,
                    one_hour,
                    context,
                    web_searches(usage) if usage.server_tool_use else 0,
                    refused_tariff(usage) if refused and refused.get(kept.key) else tariff(usage),
                    stop_reason is None,
                    miss_reason(diagnostics) if diagnostics else "",
                    "",
                )
            )
        return Columns(list(self._kept), list(zip(*rows, strict=True)), kept_at, agents, ranks, odd, outside)


def _kept_at(time: datetime | None) -> int:
    return UNDATED if time is None else milliseconds_of(time)


def _apart(key: str, known: LoggedUsage, usage: LoggedUsage) -> str:
    """The key of another agent's response with this id: its own where the figures of its prompt are others."""
    figures = prompt_counters(usage)
    return key if figures == prompt_counters(known) else named_by_prompt(key, figures)


def _model(name: Any) -> str:
    """Interned: a history names few models, and many times."""
    return intern(name) if name.__class__ is str and name else "unknown"


def _says(block: Any) -> bool:
    """Whether a block of content holds anything but an empty text."""
    return block.__class__ is not Block or block.type != "text" or bool(block.text)
