"""What the cache had lost: how often, how much, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from tokenscope.history.changed_tools import REMOTE_CONTROL, SERVER_CAME, TOOL_LOADED, TOOLS_CHANGED
from tokenscope.history.history import History
from tokenscope.history.rebuilds import COPY, IDLE, MODEL_SWITCH, UNEXPLAINED, Rebuild, first_writes
from tokenscope.history.usage import dollars
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

LARGEST, SHOWN = 10, 3
LARGE = 1_000  # tokens
HOUR = 3_600_000  # ms
COLD = {
    "session_start": "by sessions' first responses",
    "subagent_start": "by subagents' first",
    "after_compaction": "after compactions",
}
# What a cause is called, and what can be done about it.
WORDS = {
    IDLE: ("after a break longer than the cache lives", "/clear or /compact before a long break, not after it"),
    MODEL_SWITCH: ("after a switch of models", "switch models between tasks, not inside one"),
    UNEXPLAINED: ("for no logged reason, within the cache's lifetime", ""),
    COPY: ("by the first response of a resumed or forked copy", ""),
    TOOLS_CHANGED: ("after a change of tools", "change plugins, agents and permissions between sessions"),
    TOOL_LOADED: ("after loading a tool", "have tools loaded early, while the context is small"),
    SERVER_CAME: ("after an MCP server came", "connect MCP servers before a session, not inside it"),
    REMOTE_CONTROL: ("after remote control came or went", "switch remote control on before a session, not inside it"),
    "system_changed": ("after a change of the system prompt", "change settings and memory between sessions"),
    "messages_changed": ("after a change of earlier messages", "start a new session rather than change an old one"),
    "previous_message_not_found": (
        "for a request that the service could not compare with the one before",
        "stay with one account and one gateway inside a session",
    ),
    "unavailable": ("after a change that the log does not name", "set effort and thinking between tasks"),
}

Priced = tuple[Rebuild, tuple[int, int] | None]  # picodollars: what it cost, what it would have cost as a read


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
class Writes:
    """Cache writes of some responses: session_start, subagent_start, after_compaction, thread_end."""

    cause: str
    count: int
    tokens: int
    list_price_usd: float | None


@dataclass(frozen=True, slots=True)
class RebuildsReport:
    """`cold_starts`: written where there was nothing to read; `dead_writes`: by the last response of a thread, so
    never read again. `list_price_usd_as_reads`: what the rebuilt tokens would have cost as cache reads.
    """

    causes: list[Cause]
    largest: list[LargestRebuild]
    list_price_usd_as_reads: float
    sessions_with_half: int  # the fewest sessions that hold half of the rebuilt tokens
    tokens_a_break: int | None  # rebuilt on average after a break longer than the cache lives
    list_price_usd_a_break: float | None  # … and what that cost more than reading it would have
    shortest_break_ms: int | None  # of those
    cold_starts: list[Writes]
    dead_writes: Writes


def measure_rebuilds(history: History) -> RebuildsReport:
    """The rebuilds of the messages in scope: by cause, the largest ones, and what was written cold or for nothing."""
    by_cause: dict[str, list[Priced]] = defaultdict(list)
    every = list(zip(history.rebuilds_in_scope, history.rebuild_prices, strict=True))
    for one in every:
        by_cause[one[0].cause].append(one)
    causes = [_cause(cause, found) for cause, found in by_cause.items()]
    causes.sort(key=lambda cause: (-cause.tokens, cause.cause))
    idle = [(rebuild, price) for rebuild, price in by_cause[IDLE] if rebuild.tokens >= LARGE]
    writes = _first_writes(history)
    return RebuildsReport(
        causes=causes,
        largest=[_largest(history, *one) for one in _the_largest(every)],
        list_price_usd_as_reads=dollars(sum([price[1] for price in history.rebuild_prices if price])),
        sessions_with_half=_sessions_with_half(history),
        tokens_a_break=sum(rebuild.tokens for rebuild, _ in idle) // len(idle) if idle else None,
        list_price_usd_a_break=_cost_a_break(idle),
        shortest_break_ms=min((rebuild.gap for rebuild, _ in idle), default=None),
        cold_starts=writes[:-1],
        dead_writes=writes[-1],
    )


def _the_largest(every: list[Priced]) -> list[Priced]:
    least = min(nlargest(LARGEST, [rebuild.tokens for rebuild, _ in every]), default=0)
    large = [(rebuild, price) for rebuild, price in every if rebuild.tokens >= least]
    return sorted(large, key=lambda one: (-one[0].tokens, one[0].message))[:LARGEST]


def _cost_a_break(idle: list[Priced]) -> float | None:
    """Dollars over what reading would have cost, on average over those with a known price."""
    over = [price[0] - price[1] for _, price in idle if price]
    return dollars(sum(over) // len(over)) if over else None


def _first_writes(history: History) -> list[Writes]:
    in_scope = set(history.indices)
    writes = []
    for cause, indices in first_writes(history.store).items():
        written = [index for index in indices if index in in_scope]
        tokens = sum(history.store.messages[index].cache_creation_input_tokens for index in written)
        prices = [None if (price := history.price(index)) is None else price.cache_write for index in written]
        writes.append(Writes(cause, len(written), tokens, _usd(prices)))
    return writes


def _sessions_with_half(history: History) -> int:
    by_session: dict[str, int] = defaultdict(int)
    messages, sessions_of = history.store.messages, [thread.session_id for thread in history.store.threads]
    for rebuild in history.rebuilds_in_scope:
        by_session[sessions_of[messages[rebuild.message].thread]] += rebuild.tokens
    half, sessions = sum(by_session.values()) / 2, 0
    for tokens in sorted(by_session.values(), reverse=True):
        if half <= 0:
            break
        half -= tokens
        sessions += 1
    return sessions


def _usd(costs: list[int | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return dollars(sum(known)) if known or not costs else None


def _cause(cause: str, found: list[Priced]) -> Cause:
    tokens = [rebuild.tokens for rebuild, _ in found]
    large = sum([size >= LARGE for size in tokens])
    return Cause(cause, len(found), large, sum(tokens), _usd([price[0] if price else None for _, price in found]))


def _largest(history: History, rebuild: Rebuild, price: tuple[int, int] | None) -> LargestRebuild:
    message = history.store.messages[rebuild.message]
    thread = history.store.threads[message.thread]
    return LargestRebuild(
        thread.session_id,
        thread.agent_id or None,
        history.scope.local(message.time or 0),
        rebuild.cause,
        rebuild.tokens,
        rebuild.gap,
        None if price is None else dollars(price[0]),
    )


def _words(cause: str) -> str:
    return WORDS[cause][0] if cause in WORDS else "logged as " + cause.replace("_", " ")


def rebuilds_card(report: RebuildsReport, drawing: Drawing, *, detailed: bool = False) -> Card:
    """Why context was written twice. `detailed`: with the largest ones, cold starts and dead writes."""
    title = "What the cache had lost"
    if not report.causes:
        return Card(title, "Nothing: no context had to be written a second time.")
    tokens = sum(cause.tokens for cause in report.causes)
    first = report.causes[0]
    of_all = figures.share(first.tokens / tokens)
    usd = sum(cause.list_price_usd or 0 for cause in report.causes)
    price = f" ({figures.dollars(usd)})" if usd and drawing.plan.pays_by_token else ""
    sentence = (
        f"{figures.tokens(tokens)} tokens{price} were written to the cache a second time, "
        f"{of_all} of them {_words(first.cause)}."
    )
    large = [cause for cause in report.causes if cause.large_count] or report.causes[:1]
    columns = (
        Column("", "label"),
        Column("tokens", "number"),
        Column("times", "number"),
        Column("list price", "dollars"),
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
        for cause in large[: drawing.limit]
    )
    left_out = max(0, len(large) - drawing.limit)
    caption = "exact tokens · cause: as logged, else by model and pause · times: of 1K tokens and more"
    parts: list[Table | Note] = [Table(columns, rows, left_out)]
    if detailed:
        parts += _largest_ones(report, drawing)
    parts += _notes(report)
    if detailed:
        parts += _written(report)
    return Card(title, sentence, tuple(parts), _advice(report), caption)


def _advice(report: RebuildsReport) -> tuple[str, ...]:
    """What can be done about the largest cause that anything can be done about."""
    for cause in report.causes:
        advice = WORDS.get(cause.cause, ("", ""))[1]
        if not advice:
            continue
        if cause.cause == IDLE and report.tokens_a_break:
            return (f"{_a_break(report)}: {advice}",)
        return (f"{figures.tokens(cause.tokens)} tokens {_words(cause.cause)}: {advice}",)
    return ()


def _a_break(report: RebuildsReport) -> str:
    """What a break cost on average."""
    length = "an hour" if (report.shortest_break_ms or 0) >= HOUR else "5 minutes"
    usd = report.list_price_usd_a_break
    price = f", {figures.dollars(usd)} more than reading them" if usd is not None else ""
    return f"a break of more than {length} cost you {figures.tokens(report.tokens_a_break)} tokens on average{price}"


def _largest_ones(report: RebuildsReport, drawing: Drawing) -> tuple[Table, ...]:
    """The largest ones, where there were several and the reader wants more than the causes."""
    shown = [one for one in report.largest if one.tokens >= LARGE][: SHOWN if drawing.limit <= 12 else LARGEST]
    if len(shown) < SHOWN or drawing.limit < 12:
        return ()
    columns = (
        Column("largest", "label"),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        Column("at", "number"),
        Column("after", "number"),
    )
    rows = tuple(
        Row(
            (
                one.session_id[:8] + (", subagent" if one.agent_id else ""),
                figures.tokens(one.tokens),
                figures.dollars(one.list_price_usd),
                figures.clock(one.at, drawing.zone, drawing.now),
                figures.duration(one.gap_ms),
            )
        )
        for one in shown
    )
    return (Table(columns, rows),)


def _notes(report: RebuildsReport) -> tuple[Note, ...]:
    """What it would have cost as reads, and where it came together."""
    usd = sum(cause.list_price_usd or 0 for cause in report.causes)
    if not usd:
        return ()
    sessions = figures.plural(report.sessions_with_half, "session")
    text = (
        f"{figures.dollars(usd)} instead of {figures.dollars(report.list_price_usd_as_reads)} as reads; half of it in"
    )
    return (Note(f"{text} {sessions}", Tone.DIM),)


def _written(report: RebuildsReport) -> tuple[Note, ...]:
    """What was written where there was nothing to read, and for nothing."""
    notes = []
    cold = [
        f"{figures.tokens(one.tokens)} {COLD[one.cause]}"
        for one in report.cold_starts
        if one.tokens and one.cause in COLD
    ]
    if cold:
        notes.append("written where there was nothing to read: " + ", ".join(cold))
    if dead := report.dead_writes.tokens:
        notes.append(f"written by the last response of a thread, and never read: {figures.tokens(dead)}")
    return tuple(Note(note, Tone.DIM) for note in notes)
