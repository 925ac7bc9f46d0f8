"""The responses with the largest prompts, and how the context of their threads had grown to that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from tokenscope.answers.context.thread_growth import growth_in_thread, growth_table
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of
from tokenscope.model import field_of_message, fields_of_message
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.question import Drawing

LISTED = 10
LARGE = 100_000  # tokens
_THREAD = field_of_message("thread")
_PROMPT = fields_of_message("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


@dataclass(frozen=True, slots=True)
class HeavyMessage:
    """A response. `growth` and `compacted`: of its session's main thread, see answers/context/thread_growth.py."""

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


@dataclass(frozen=True, slots=True)
class HeaviestReport:
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
