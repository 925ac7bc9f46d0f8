"""The steps of one session as numbers and texts: what JSON holds, and what the timeline is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenscope.behaviour.session_steps import SUBAGENT, Step, Use
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of
from tokenscope.store import Subagent


@dataclass(frozen=True, slots=True)
class UseRow:
    """One tool use. `outcome`: ok, error, denied, interrupted, or null where the log has none. `retry`: T41."""

    tool: str
    what: str
    outcome: str | None
    retry: bool
    error: str | None
    started_at: datetime | None
    ended_at: datetime | None
    lines_added: int
    lines_removed: int
    given: str | None  # its whole input, a command as it is


@dataclass(frozen=True, slots=True)
class SpawnRow:
    """A subagent, where its steps begin. `missing`: it left no file, and only what its result reported is known."""

    agent_type: str
    description: str
    kind: str  # "", or of a copy of the main thread: "compaction", "suggestion", "side question"
    workflow: str  # that it was part of, or ""
    background: bool
    missing: bool
    orphan: bool  # no step is known to have spawned it
    resumed: bool  # it was there before, and went on here
    reported_tokens: int | None  # size of its last response; in no sum


@dataclass(frozen=True, slots=True)
class StepRow:
    """`value`: seconds of a pause, tokens before a compaction, attempt of an API error, responses that were copied.

    `total_tokens` and `list_price_usd` add up to the session over all steps. `depth`: 0 for the main thread.
    """

    kind: str
    time: datetime | None
    depth: int
    agent_id: str | None
    text: str | None
    model: str | None
    prompt_tokens: int | None
    output_tokens: int | None
    total_tokens: int
    list_price_usd: float | None
    tools: list[UseRow]
    value: int | None
    subagent: SpawnRow | None


def step_rows(history: History, steps: Sequence[Step]) -> list[StepRow]:
    return [_row(history, step) for step in steps]


def _row(history: History, step: Step) -> StepRow:
    first = history.store.messages[step.messages[0]] if step.messages else None
    tokens = sum(history.store.messages[index].total_tokens for index in step.messages)
    prices = [price.total for index in step.messages if (price := history.price(index)) is not None]
    return StepRow(
        kind=step.kind,
        time=_local(history, step.time),
        depth=step.depth,
        agent_id=step.agent_id or None,
        text=step.text or None,
        model=None if first is None else first.model,
        prompt_tokens=None if first is None else first.context_tokens,
        output_tokens=None if first is None else first.output_tokens,
        total_tokens=tokens,
        list_price_usd=dollars_of(sum(prices)) if prices else None if step.messages else 0.0,
        tools=[_use(history, use) for use in step.uses],
        value=(step.value // 1000 if step.kind == "pause" else step.value) or None,
        subagent=_spawn(step, step.subagent) if step.kind == SUBAGENT and step.subagent is not None else None,
    )


def _use(history: History, use: Use) -> UseRow:
    tool, texts = use.tool, history.store.texts
    return UseRow(
        tool=tool.name,
        what=tool.what,
        outcome=tool.outcome or None,
        retry=use.retry,
        error=texts.errors.get(tool.id) or tool.error or None,
        started_at=_local(history, tool.time),
        ended_at=_local(history, tool.ended),
        lines_added=tool.lines_added,
        lines_removed=tool.lines_removed,
        given=texts.given.get(tool.id) or None,
    )


def _spawn(step: Step, subagent: Subagent) -> SpawnRow:
    return SpawnRow(
        agent_type=subagent.agent_type,
        description=subagent.description,
        kind=subagent.kind,
        workflow=subagent.run,
        background=subagent.background,
        missing=subagent.thread is None,
        orphan=step.orphan,
        resumed=step.resumed,
        reported_tokens=subagent.reported_tokens,
    )


def _local(history: History, time: int | None) -> datetime | None:
    return None if time is None else history.scope.local(time)
