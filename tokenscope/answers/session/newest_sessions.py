"""The newest sessions, one row each, and how the context of each grew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from tokenscope.history.history import History
from tokenscope.history.session_usage import SessionSums, session_sums
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing
from tokenscope.view.short_names import project_labels

STRETCHES = 40  # that a session is drawn in


class SessionRow(Value):
    """`started_at` and `ended_at`: the first and the last response in scope, in the reader's zone."""

    session_id: str
    project: str
    title: str | None
    started_at: datetime | None
    ended_at: datetime | None
    subagents: int
    usage: Usage


def session_rows(history: History) -> list[SessionRow]:
    """Every session in scope, the newest first."""
    return [session_row(history, sums) for sums in session_sums(history)]


def session_row(history: History, sums: SessionSums) -> SessionRow:
    """What one session used, and when."""
    local = history.scope.local
    session = sums.session
    return SessionRow(
        session.session_id,
        session.project,
        session.title or None,
        None if sums.started is None else local(sums.started),
        None if sums.ended is None else local(sums.ended),
        sums.subagents,
        sums.tally.usage(),
    )


def sessions_card(rows: list[SessionRow], drawing: Drawing, *, title: str) -> Card:
    """What each of the newest sessions used."""
    if not rows:
        return Card(title, "No sessions here.")
    largest = max(rows, key=lambda row: row.usage.total_tokens)
    all_tokens = sum(row.usage.total_tokens for row in rows)
    part = largest.usage.total_tokens / all_tokens if all_tokens else 0
    if len(rows) == 1:
        sentence = f"One session used {figures.tokens(all_tokens)} tokens."
    else:
        sentence = (
            f"{figures.plural(len(rows), 'session')} used {figures.tokens(all_tokens)} tokens; "
            f"the largest took {figures.share(part)} of them."
        )
    columns = (
        Column("last used", "number"),
        Column("project", "path"),
        Column("what", "text"),
        Column("tokens", "number"),
        Column("", "bar"),
        Column("carried", "number", spare=True),
        Column("agents", "number", spare=True),
    )
    shown = rows[: drawing.limit]
    labels = project_labels(row.project for row in rows)
    read = sum(row.usage.cache_read_input_tokens for row in rows)
    agents = sum(row.subagents for row in rows)
    sums = (IN_ALL, "", "", figures.tokens(all_tokens), None, figures.share(read / all_tokens if all_tokens else None),
            figures.count(agents or None))  # fmt: skip
    whole = Row(sums) if len(rows) > 1 else None
    table = Table(
        columns, tuple(_card_row(row, labels[row.project], drawing) for row in shown), len(rows) - len(shown), whole
    )
    caption = "exact tokens, subagents included · newest first"
    return Card(title, sentence, (table,), (f"{drawing.command} sessions --all",) if table.left_out else (), caption)


def _card_row(row: SessionRow, project: str, drawing: Drawing) -> Row:
    usage = row.usage
    carried = usage.cache_read_input_tokens / usage.total_tokens if usage.total_tokens else None
    return Row(
        (
            figures.clock(row.ended_at, drawing.zone, drawing.now),
            project,
            row.title or "",
            figures.tokens(usage.total_tokens),
            float(usage.total_tokens),
            figures.share(carried),
            figures.count(row.subagents) if row.subagents else "",
        ),
        tone=Tone.CARRIED,
    )


class SessionGrowth(Value):
    """`growth`: the largest prompt of each stretch of the main thread; `largest_prompt_tokens`: of all of it."""

    session: SessionRow
    compactions: int
    largest_prompt_tokens: int
    growth: list[int]


def measure_growth(history: History) -> list[SessionGrowth]:
    """Every session in scope, the newest first; responses outside the window are not drawn."""
    in_scope = bytearray(len(history.store.messages))
    for index in history.indices:
        in_scope[index] = 1
    main = {thread.session_id: thread for thread in history.store.threads if not thread.agent_id}
    grown = []
    for row in session_rows(history):
        thread = main.get(row.session_id)
        order = [index for index in history.store.in_order(thread) if in_scope[index]] if thread else []
        sizes = [history.store.messages[index].context_tokens for index in order]
        compactions = len(thread.compactions) if thread else 0
        grown.append(SessionGrowth(row, compactions, max(sizes, default=0), stretches(sizes, STRETCHES)))
    return grown


def stretches(sizes: Sequence[int], count: int) -> list[int]:
    """The largest size in each of at most `count` stretches of equal length."""
    bounds = [len(sizes) * place // count for place in range(count + 1)]
    return [max(sizes[start:end]) for start, end in pairwise(bounds) if end > start]
