"""What the cache had lost: how often, how much, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tokenscope import figures
from tokenscope.accounting.history import History
from tokenscope.accounting.rebuilds import IDLE, MODEL_SWITCH, UNEXPLAINED, Rebuild
from tokenscope.accounting.usage import dollars
from tokenscope.card import Card, Column, Row, Table, Tone
from tokenscope.question import Drawing

LARGEST = 10
LARGE = 1_000  # tokens
# What a cause is called, so that "written again after …" reads well, and what can be done about it.
WORDS = {
    IDLE: ("a break longer than the cache lives", "/clear or /compact before a long break, not after it"),
    MODEL_SWITCH: ("a switch of models", "switch models between tasks, not inside one"),
    UNEXPLAINED: ("no logged reason, within the cache's lifetime", ""),
    "tools_changed": ("a change of tools", "connect MCP servers before a session, not inside it"),
    "system_changed": ("a change of the system prompt", "change settings and memory files between sessions"),
    "messages_changed": ("a change of earlier messages", ""),
    "previous_message_not_found": ("losing track of the message before", ""),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """`list_price_usd`: what writing this context again cost; None: no price known.

    Most rebuilds are a handful of tokens, the end of a prompt that no cache entry covered: `large_count`
    counts those of at least LARGE tokens.
    """

    cause: str
    count: int
    large_count: int
    tokens: int
    list_price_usd: float | None


@dataclass(frozen=True, slots=True)
class LargestRebuild:
    """`gap_ms`: since the response before."""

    session_id: str
    agent_id: str | None
    at: datetime
    cause: str
    tokens: int
    gap_ms: int
    list_price_usd: float | None


@dataclass(frozen=True, slots=True)
class RebuildsReport:
    causes: list[Cause]
    largest: list[LargestRebuild]


def measure_rebuilds(history: History) -> RebuildsReport:
    """The rebuilds of the messages in scope, by cause and the largest ones."""
    by_cause: dict[str, list[tuple[Rebuild, int | None]]] = defaultdict(list)
    every = [(rebuild, history.price_of_rebuild(rebuild)) for rebuild in history.rebuilds_in_scope]
    for found in every:
        by_cause[found[0].cause].append(found)
    causes = [_cause(cause, found) for cause, found in by_cause.items()]
    causes.sort(key=lambda cause: (-cause.tokens, cause.cause))
    every.sort(key=lambda found: (-found[0].tokens, found[0].message))
    return RebuildsReport(causes, [_largest(history, *found) for found in every[:LARGEST]])


def _usd(costs: list[int | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return dollars(sum(known)) if known or not costs else None


def _cause(cause: str, found: list[tuple[Rebuild, int | None]]) -> Cause:
    tokens = [rebuild.tokens for rebuild, _ in found]
    large = sum(size >= LARGE for size in tokens)
    return Cause(cause, len(found), large, sum(tokens), _usd([cost for _, cost in found]))


def _largest(history: History, rebuild: Rebuild, cost: int | None) -> LargestRebuild:
    message = history.store.messages[rebuild.message]
    thread = history.store.threads[message.thread]
    return LargestRebuild(
        thread.session_id,
        thread.agent_id or None,
        history.scope.local(message.time or 0),
        rebuild.cause,
        rebuild.tokens,
        rebuild.gap,
        _usd([cost]),
    )


def _words(cause: str) -> str:
    return WORDS[cause][0] if cause in WORDS else cause.replace("_", " ")


def rebuilds_card(report: RebuildsReport, drawing: Drawing) -> Card:
    """The second card: why context was written twice."""
    title = "What the cache had lost"
    if not report.causes:
        return Card(title, "Nothing: no context had to be written a second time.")
    tokens = sum(cause.tokens for cause in report.causes)
    first = report.causes[0]
    of_all = figures.share(first.tokens / tokens)
    sentence = (
        f"{figures.tokens(tokens)} tokens were written to the cache a second time, "
        f"{of_all} of them after {_words(first.cause)}."
    )
    columns = (
        Column("", "label"),
        Column("tokens", "number"),
        Column("times", "number"),
        Column("list price", "number"),
        Column("", "bar"),
    )
    rows = tuple(
        Row(
            (
                _words(cause.cause),
                figures.tokens(cause.tokens),
                figures.count(cause.large_count),
                figures.dollars(cause.list_price_usd),
                cause.tokens / tokens,
            ),
            tone=Tone.REBUILT,
        )
        for cause in report.causes[: drawing.limit]
    )
    advice = WORDS.get(first.cause, ("", ""))[1]
    actions = (f"{figures.tokens(first.tokens)} of them: {advice}",) if advice else ()
    left_out = max(0, len(report.causes) - drawing.limit)
    caption = "exact tokens · cause: as logged, else by model and pause · times: of 1K tokens and more"
    return Card(title, sentence, (Table(columns, rows, left_out),), actions, caption)
