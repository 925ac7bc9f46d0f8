"""What the cache had lost, in words: the causes, what can be done about them, and what was written for nothing."""

from __future__ import annotations

from math import fsum

from tokenscope.answers.context.rebuild_causes import LARGE, LARGEST, RebuildsReport
from tokenscope.history.rebuilds import (
    COPY,
    IDLE,
    MODEL_SWITCH,
    REMOTE_CONTROL,
    SERVER_CAME,
    TOOL_LOADED,
    TOOLS_CHANGED,
    UNEXPLAINED,
)
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

SHOWN = 3

HOUR = 3_600_000  # ms

COLD = {
    "session_start": "by sessions' first responses",
    "subagent_start": "by subagents' first",
    "after_compaction": "after compactions",
}

# What a cause is called, and what can be done about it.
WORDS = {
    IDLE: ("after a break longer than the cache lives", "come back to a small context: /clear or /compact before it"),
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


def _words(cause: str) -> str:
    return WORDS[cause][0] if cause in WORDS else f"for what the log calls “{cause.replace('_', ' ')}”"


def rebuilds_card(report: RebuildsReport, drawing: Drawing, *, detailed: bool = False) -> Card:
    """Why context was written twice. `detailed`: with the largest ones, cold starts and dead writes."""
    title = "What the cache had lost"
    if not report.causes:
        return Card(title, "Nothing: no context had to be written a second time.")
    tokens = sum(cause.tokens for cause in report.causes)
    first = report.causes[0]
    of_all = figures.share(first.tokens / tokens)
    usd = fsum(cause.list_price_usd or 0 for cause in report.causes)
    price = f" ({figures.dollars(usd)})" if usd and drawing.plan.pays_by_token else ""
    sentence = (
        f"{figures.tokens(tokens)} tokens{price} were written to the cache a second time, "
        f"{of_all} of them {_words(first.cause)}."
    )
    large = [cause for cause in report.causes if cause.large_count] or report.causes[:1]  # the others: too small to see
    columns = (
        Column("cause", "label"),
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
    times = sum(cause.large_count for cause in report.causes)
    sums = (IN_ALL, figures.tokens(tokens), figures.count(times or None), figures.dollars(usd or None))
    parts: list[Table | Note] = [Table(columns, rows, left_out, Row(sums) if len(report.causes) > 1 else None)]
    if detailed:
        parts += _largest_ones(report, drawing)
    parts += _notes(report)
    if detailed:
        parts += _written(report)
    return Card(title, sentence, tuple(parts), _advice(report, drawing), caption)


def _advice(report: RebuildsReport, drawing: Drawing) -> tuple[str, ...]:
    """What can be done about the largest cause that anything can be done about."""
    for cause in report.causes:
        advice = WORDS.get(cause.cause, ("", ""))[1]
        if not advice:
            continue
        if cause.cause == IDLE and report.tokens_a_break:
            return (f"{_a_break(report)}: {_about_breaks(report, drawing)}",)
        return (f"{figures.tokens(cause.tokens)} tokens {_words(cause.cause)}: {advice}",)
    return ()


def _about_breaks(report: RebuildsReport, drawing: Drawing) -> str:
    """What the habit that helps would have saved, run again, and which part of it no habit reaches."""
    share = report.untyped_share_of_breaks
    if share == 1:
        longer = f"what a longer cache lifetime would have saved: {drawing.command} whatif"
        return f"all of it inside an ask or a subagent, where nobody can type; {longer}"
    inside = f"; {figures.share(share)} fell inside an ask or a subagent, where nobody can type" if share else ""
    return f"{_compacting(report, drawing)}{inside}"


def _compacting(report: RebuildsReport, drawing: Drawing) -> str:
    saved, cost = report.list_price_usd_saved_by_compacting, report.list_price_usd_of_breaks
    if saved is None or cost is None:
        return f"what /clear before those that an ask ended would have saved: {drawing.command} whatif clear=pause"
    before = f"/compact before those that an ask ended ({figures.dollars(cost)})"
    if saved <= 0:
        return f"{before} would not have paid"
    return f"{before} would have netted {figures.dollars(saved)}, a smaller context afterwards included"


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
    usd = fsum(cause.list_price_usd or 0 for cause in report.causes)
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
