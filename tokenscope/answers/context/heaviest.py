"""The responses with the largest prompts, and how the context of their threads had grown to that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from heapq import nlargest
from itertools import pairwise
from typing import Protocol

from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of
from tokenscope.model import field_of_message, fields_of_message
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

STRETCHES = 20  # that a thread is drawn in
SHOWN = 6  # rows
MARK = -1.0  # in a growth_spark: the context was compacted here


def growth_in_thread(history: History, thread: int) -> tuple[list[int], list[int]]:
    """Prompt sizes through a whole thread, the largest of each of 20 stretches; and before which of these stretches,
    counted from 0, its context was compacted. A compaction inside of a stretch stands behind it.
    """
    store = history.store
    order = store.in_order(store.threads[thread])
    sizes = [store.messages[index].context_tokens for index in order]
    times = [store.messages[index].time or 0 for index in order]
    bounds = [len(sizes) * place // STRETCHES for place in range(STRETCHES + 1)]
    stretches = [(start, end) for start, end in pairwise(bounds) if end > start]
    starts = [start for start, _ in stretches]
    after = {bisect_left(times, compaction.time) for compaction in store.threads[thread].compactions}
    compacted = {bisect_left(starts, place) for place in after if 0 < place < len(sizes)}
    return [max(sizes[start:end]) for start, end in stretches], sorted(compacted)


def growth_spark(growth: Sequence[int], compacted: Sequence[int]) -> tuple[float, ...]:
    """Fractions of the largest prompt, and a mark before each stretch in which a compaction lies."""
    largest = max(growth, default=0)
    if not largest:
        return ()
    drawn: list[float] = []
    for number, size in enumerate(growth):
        drawn += [MARK] if number in compacted else []
        drawn.append(size / largest)
    return tuple(drawn + [MARK] * (len(growth) in compacted))


class Grown(Protocol):
    """What has a place in such a table: something of a session, and how its main thread grew."""

    @property
    def project(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def growth(self) -> Sequence[int]: ...
    @property
    def compacted(self) -> Sequence[int]: ...


Told = tuple[Grown, datetime | None, int, str]  # with its moment, its tokens, and one more figure


def growth_table(rows: Sequence[Told], drawing: Drawing, *, at: str, other: Column) -> Table:
    """The first six rows at most. `at`: what their moments are called; `other`: their further figures."""
    columns = (
        Column(at, "number"),
        Column("project", "path"),
        Column("what", "text"),
        Column("tokens", "number"),
        other,
        Column("its context", "spark"),
    )
    shown = rows[: min(SHOWN, drawing.limit)]
    return Table(columns, tuple(_row(*told, drawing) for told in shown), len(rows) - len(shown))


def _row(one: Grown, at: datetime | None, tokens: int, other: str, drawing: Drawing) -> Row:
    cells = (
        figures.clock(at, drawing.zone, drawing.now),
        figures.project_name(one.project),
        one.title or "",
        figures.tokens(tokens),
        other,
        growth_spark(one.growth, one.compacted),
    )
    return Row(cells, tone=Tone.CARRIED)


LISTED = 10
LARGE = 100_000  # tokens
_THREAD = field_of_message("thread")
_PROMPT = fields_of_message("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


class HeavyMessage(Value):
    """A response. `growth` and `compacted`: of its session's main thread."""

    session_id: str
    agent_id: str | None
    message_id: str
    model: str
    at: datetime | None
    prompt_tokens: int
    list_price_usd: float | None
    project: str
    title: str | None
    growth: list[int]
    compacted: list[int]


class HeaviestReport(Value):
    """`messages`: the heaviest one of each session. `large`: responses with prompts of more than 100,000 tokens."""

    messages: list[HeavyMessage]
    large: int
    large_tokens: int
    prompt_tokens: int
    responses: int


def measure_heaviest(history: History) -> HeaviestReport:
    """The largest prompts in scope, one a session, the largest first."""
    sessions, messages = [thread.session_id for thread in history.store.threads], history.store.messages
    sizes = [given + read + written for given, read, written in map(_PROMPT, history.messages)]
    largest: dict[str, int] = {}  # prompt of each session, and whose it is
    heaviest: dict[str, int] = {}
    for index, size in zip(history.indices, sizes, strict=True):
        session = sessions[_THREAD(messages[index])]
        if size > largest.get(session, -1):
            largest[session], heaviest[session] = size, index
    large = [size for size in sizes if size > LARGE]
    listed = nlargest(LISTED, heaviest.values(), key=lambda index: (messages[index].prompt_tokens, -index))
    return HeaviestReport([_heavy(history, index) for index in listed], len(large), sum(large), sum(sizes), len(sizes))


def _heavy(history: History, index: int) -> HeavyMessage:
    message, price = history.store.messages[index], history.price(index)
    thread = history.thread_of(message)
    session = history.session_of(message)
    main = next((one for one in session.threads if not history.store.threads[one].agent_id), message.thread)
    return HeavyMessage(
        thread.session_id,
        thread.agent_id or None,
        message.id,
        message.model,
        None if message.time is None else history.scope.local(message.time),
        message.prompt_tokens,
        None if price is None else dollars_of(price.total),
        session.project,
        session.title or None,
        *growth_in_thread(history, main if history.store.threads[main].messages else message.thread),
    )


def heaviest_card(report: HeaviestReport, drawing: Drawing) -> Card:
    """The largest prompts, and what sending prompts of such a size came to."""
    title = "The largest prompts"
    if not report.messages:
        return Card(title, "Nothing: no response in scope had a prompt.")
    sentence = f"The largest prompt held {figures.tokens(report.messages[0].prompt_tokens)} tokens; "
    part = figures.share(report.large_tokens / report.prompt_tokens) if report.prompt_tokens else ""
    count = figures.plural(report.large, "response")
    sentence += f"{count} sent more than 100K, {part} of all context." if report.large else "none was above 100K."
    rows = [(one, one.at, one.prompt_tokens, figures.dollars(one.list_price_usd)) for one in report.messages]
    table = growth_table(rows, drawing, at="at", other=Column("list price", "dollars", spare=True))
    action = (
        f"{figures.tokens(report.large_tokens)} tokens were sent with prompts above 100K; what smaller ones would have "
        f"saved: {drawing.command} whatif clear=pause window=150K"
    )
    caption = "exact tokens · the largest one of each session · ╎: a compaction"
    return Card(title, sentence, (table,), (action,) if report.large else (), caption)
