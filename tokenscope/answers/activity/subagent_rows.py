"""Subagents one by one, and together by type, model and session."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import TypeVar

from tokenscope.answers.activity.rightsizing import life_sums, usage_of_lives
from tokenscope.behaviour.subagent_work import Life
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.session_usage import thread_tallies
from tokenscope.history.usage import Tally, share_of, total_of
from tokenscope.model import Usage
from tokenscope.value import Value

NO_TYPE = "no type logged"

Key = TypeVar("Key", bound=Hashable)


class SubagentRow(Value):
    """`kind`: "" or what it did beside the conversation: compaction, suggestion, side question. `run`: its workflow.

    `parent_agent_id`: the subagent that spawned it; None: the main thread, or unknown. `resumed`: times after it was
    spawned. `prompt`: its description, else the first words of what it was told. `first_prompt_tokens`: the size of
    its first prompt, what it was handed with the floor under it. `duration_ms`: from its first response to its last.
    `share_of_session`: of the session's tokens in scope. `reported_tokens`: the size of its last response, as its
    spawn tells; never added to anything.
    """

    session_id: str
    agent_id: str
    agent_type: str | None
    kind: str
    run: str | None
    parent_agent_id: str | None
    background: bool
    resumed: int
    prompt: str | None
    model: str
    tool_uses: int
    first_prompt_tokens: int
    peak_prompt_tokens: int
    started_at: datetime | None
    duration_ms: int | None
    share_of_session: float | None
    reported_tokens: int | None
    usage: Usage


class TypeGroup(Value):
    """Subagents of one type, or those of one kind that go beside the conversation."""

    agent_type: str | None
    kind: str
    subagents: int
    usage: Usage


class ModelGroup(Value):
    """Responses of one model in subagents; one that changed its model counts with the first."""

    model: str
    subagents: int
    usage: Usage


class SubagentGroup(Value):
    session_id: str
    title: str | None
    subagents: int
    usage: Usage
    share_of_session: float | None


class Missing(Value):
    """A spawn without a file. What it reported: the size of its last response, its tool uses, its time."""

    session_id: str
    agent_id: str | None
    agent_type: str | None
    prompt: str | None
    background: bool
    reported_tokens: int | None
    reported_tool_uses: int | None
    reported_ms: int | None


def subagent_rows(history: History, found: list[Life]) -> list[SubagentRow]:
    """One a subagent, those with the most tokens first."""
    activity = history.once(Activity)
    uses = Counter(use.thread for use in activity.tool_uses)
    sessions = history.once(_session_tokens)
    rows = [_row(history, life, uses[life.thread], sessions) for life in found]
    return sorted(rows, key=lambda row: (-row.usage.total_tokens, row.session_id, row.agent_id))


def _session_tokens(history: History) -> dict[str, int]:
    tokens: Counter[str] = Counter()
    for (thread, _), tally in history.once(thread_tallies).items():
        tokens[history.store.threads[thread].session_id] += tally.total_tokens
    return tokens


def _row(history: History, life: Life, tool_uses: int, sessions: dict[str, int]) -> SubagentRow:
    subagent, store, activity = life.subagent, history.store, history.once(Activity)
    messages = [store.messages[index] for index in life.messages]
    times = [message.time for message in messages if message.time is not None]
    usage = usage_of_lives(history, [life])
    return SubagentRow(
        session_id=subagent.session_id,
        agent_id=subagent.agent_id,
        agent_type=subagent.agent_type or None,
        kind=subagent.kind,
        run=subagent.run or None,
        parent_agent_id=None if life.parent is None else store.threads[life.parent].agent_id or None,
        background=subagent.background,
        resumed=sum(map(activity.includes, activity.spawns(subagent)[1:])),
        prompt=subagent.description or subagent.prompt or None,
        model=Counter(message.model for message in messages).most_common(1)[0][0],
        tool_uses=tool_uses,
        first_prompt_tokens=messages[0].prompt_tokens,
        peak_prompt_tokens=max(message.context_tokens for message in messages),
        started_at=history.scope.local(min(times)) if times else None,
        duration_ms=max(times) - min(times) if times else None,
        share_of_session=share_of(usage.total_tokens, sessions[subagent.session_id]),
        reported_tokens=subagent.reported_tokens,
        usage=usage,
    )


def by_type(history: History, found: list[Life]) -> list[TypeGroup]:
    """Types with the most tokens first; then what goes beside the conversation."""
    groups = _grouped(found, lambda life: (life.subagent.kind, life.subagent.agent_type))
    told = [
        TypeGroup(agent_type or None, kind, _started(history, ones), _usage(history, ones))
        for (kind, agent_type), ones in groups.items()
    ]
    return sorted(told, key=lambda one: (bool(one.kind), -one.usage.total_tokens, one.agent_type or "", one.kind))


def by_session(history: History, found: list[Life]) -> list[SubagentGroup]:
    """Sessions whose subagents used the most tokens first."""
    tokens, told = history.once(_session_tokens), []
    for session_id, ones in _grouped(found, lambda life: life.subagent.session_id).items():
        usage = _usage(history, ones)
        title = history.store.sessions[session_id].title or None
        told.append(
            SubagentGroup(
                session_id, title, _started(history, ones), usage, share_of(usage.total_tokens, tokens[session_id])
            )
        )
    return sorted(told, key=lambda one: (-one.usage.total_tokens, one.session_id))


def by_model(history: History, found: list[Life]) -> list[ModelGroup]:
    """Models with the most tokens first."""
    messages, sums = history.store.messages, history.once(life_sums)
    by_name: dict[str, list[Tally]] = defaultdict(list)
    started = Counter(messages[life.messages[0]].model for life in found if life.thread in history.started_subagents)
    for life in found:
        for model, tally in sums[life.thread].items():
            by_name[model].append(tally)
    told = [ModelGroup(model, started[model], total_of(own).usage()) for model, own in by_name.items()]
    return sorted(told, key=lambda one: (-one.usage.total_tokens, one.model))


def _grouped(found: list[Life], key: Callable[[Life], Key]) -> dict[Key, list[Life]]:
    groups: dict[Key, list[Life]] = defaultdict(list)
    for life in found:
        groups[key(life)].append(life)
    return groups


def _started(history: History, ones: list[Life]) -> int:
    """Those that count here: each where its first response does."""
    return sum(life.thread in history.started_subagents for life in ones)


def _usage(history: History, ones: list[Life]) -> Usage:
    return usage_of_lives(history, ones)


def missing_ones(history: History) -> list[Missing]:
    """Spawns in scope that left no file; those that reported most first."""
    told = []
    for one in history.once(Activity).subagents:
        if one.thread is not None:
            continue
        told.append(
            Missing(
                one.session_id,
                one.agent_id or None,
                one.agent_type or None,
                one.description or one.prompt or None,
                one.background,
                one.reported_tokens,
                one.reported_tool_uses,
                one.reported_ms,
            )
        )
    return sorted(told, key=lambda one: (-(one.reported_tokens or 0), one.session_id, one.agent_id or ""))
