"""The threads of one session: its main one and its subagents, with what each used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.model import Usage
from tokenscope.store import Subagent
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing


class ThreadRow(Value):
    """`agent_id` null: the main thread. `missing`: it left no file; what it reported is in no sum.

    `spawned_by`: the agent that spawned it, "" for the main thread, null where that is not known.
    """

    agent_id: str | None
    agent_type: str | None
    description: str | None
    kind: str | None
    spawned_by: str | None
    background: bool
    missing: bool
    started_at: datetime | None
    ended_at: datetime | None
    peak_context_tokens: int
    tool_uses: int
    errors: int
    reported_tokens: int | None
    usage: Usage


def thread_rows(history: History, session_id: str) -> list[ThreadRow]:
    """The main thread, then the subagents by tokens; copies of the main thread with nothing of their own are none."""
    session = history.store.sessions.get(session_id)
    if session is None:
        return []
    activity = history.once(Activity)
    done = Counter(use.thread for use in activity.tool_uses)
    errors = Counter(use.thread for use in activity.tool_uses if use.outcome == "error")
    indices: dict[int, list[int]] = {}
    for index in history.indices:
        indices.setdefault(history.store.messages[index].thread, []).append(index)
    rows = [
        _row(history, number, indices.get(number, []), done[number], errors[number])
        for number in session.threads
        if number in indices or not history.store.threads[number].agent_id
    ]
    lost = [one for one in activity.subagents if one.thread is None and one.session_id == session_id]
    rows += [_lost(history, one) for one in lost]
    return sorted(rows, key=lambda row: (row.agent_id is not None, -row.usage.total_tokens))


def _row(history: History, number: int, indices: list[int], tool_uses: int, errors: int) -> ThreadRow:
    about = history.once(Activity).subagents_by_thread.get(number)
    messages = [history.store.messages[index] for index in indices]
    times = [message.time for message in messages if message.time is not None]
    return ThreadRow(
        agent_id=history.store.threads[number].agent_id or None,
        agent_type=(about.agent_type or None) if about else None,
        description=(about.description or None) if about else None,
        kind=(about.kind or None) if about else None,
        spawned_by=_spawner(history, about),
        background=bool(about and about.background),
        missing=False,
        started_at=history.scope.local(min(times)) if times else None,
        ended_at=history.scope.local(max(times)) if times else None,
        peak_context_tokens=max((message.context_tokens for message in messages), default=0),
        tool_uses=tool_uses,
        errors=errors,
        reported_tokens=about.reported_tokens if about else None,
        usage=history.sum_of(indices).usage(),
    )


def _lost(history: History, about: Subagent) -> ThreadRow:
    return ThreadRow(
        agent_id=about.agent_id or "unknown",
        agent_type=about.agent_type or None,
        description=about.description or None,
        kind=about.kind or None,
        spawned_by=_spawner(history, about),
        background=about.background,
        missing=True,
        started_at=None,
        ended_at=None,
        peak_context_tokens=0,
        tool_uses=0,
        errors=0,
        reported_tokens=about.reported_tokens,
        usage=Usage(),
    )


def _spawner(history: History, about: Subagent | None) -> str | None:
    if about is None or not about.spawns:
        return None
    spawn = history.once(Activity).spawns(about)[0]
    return history.thread_of(spawn).agent_id


def threads_card(threads: Sequence[ThreadRow], drawing: Drawing) -> Card | None:
    """The subagents, the most tokens first; None where there are none."""
    subagents = [row for row in threads if row.agent_id is not None]
    if not subagents:
        return None
    everything = sum(row.usage.total_tokens for row in threads)
    part = sum(row.usage.total_tokens for row in subagents) / everything if everything else 0
    what = f"took {figures.share(part)} of the tokens" if part else "left no tokens in the log"
    sentence = f"{figures.plural(len(subagents), 'subagent')} {what}."
    columns = (
        Column("agent", "label"),
        Column("what", "text"),
        Column("responses", "number", spare=True),
        Column("tokens", "number"),
        Column("", "bar"),
        Column("peak", "number", spare=True),
        Column("errors", "number", spare=True),
        Column("list price", "dollars"),
        Column("note", "remark"),
    )
    shown = subagents[: drawing.limit]
    table = Table(columns, tuple(_cells(row) for row in shown), len(subagents) - len(shown))
    return Card("Its subagents", sentence, (table,), (), "exact tokens at API list prices · the most tokens first")


def _cells(row: ThreadRow) -> Row:
    usage = row.usage
    remark = (
        "in the background" if row.background else "" if row.spawned_by is not None or row.kind else "no spawn logged"
    )
    if row.missing:
        told = f"{figures.tokens(row.reported_tokens)} tokens reported" if row.reported_tokens else ""
        remark = "left no file" + (f", {told}" if told else "")
    return Row(
        (
            row.kind or row.agent_type or "subagent",
            row.description or "",
            figures.count(usage.messages) if not row.missing else "",
            figures.tokens(usage.total_tokens) if not row.missing else "",
            float(usage.total_tokens),
            figures.tokens(row.peak_context_tokens) if row.peak_context_tokens else "",
            figures.count(row.errors) if row.errors else "",
            figures.dollars(usage.list_price_usd) if not row.missing else "",
            remark,
        ),
        tone=Tone.CARRIED,
    )
