"""The steps of one session as numbers and texts, as deep as asked: what the timeline is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tokenscope.behaviour.session_steps import SUBAGENT, Step, Use
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of
from tokenscope.store import Subagent
from tokenscope.value import Record, Value, field


class StepNode(Record):
    """A step; of a subagent's beginning also its steps, how many of those are not shown, and what they came to."""

    step: StepRow
    nodes: list[StepNode] = field(default_factory=list)
    left_out: int = 0  # steps
    too_deep: bool = False  # they are left out for their depth, not for their number
    responses: int = 0
    total_tokens: int = 0
    list_price_usd: float | None = None  # None: no price known
    repeats: int = 1  # of API errors: how many came one after the other


def tree_of(steps: Sequence[StepRow], *, depth: int, most: int) -> list[StepNode]:
    """The steps nested; subagents down to a `depth`, at most so many steps of each."""
    top: list[StepNode] = []
    stack: list[StepNode] = []  # the subagents that the next step may belong to
    for step in steps:
        while len(stack) > step.depth:
            stack.pop()
        node = StepNode(step)
        for head in stack:
            head.responses += step.kind == "response"
            head.total_tokens += step.total_tokens
            if step.list_price_usd is not None:
                head.list_price_usd = (head.list_price_usd or 0.0) + step.list_price_usd
        beside = stack[-1].nodes if stack else top
        if beside and step.kind == beside[-1].step.kind == "api_error":
            beside[-1].repeats += 1  # each try again is one
            beside[-1].step = beside[-1].step if beside[-1].step.text else step
            continue
        beside.append(node)
        if step.subagent is not None:
            stack.append(node)
    for node in top:
        _cut(node, depth, most)
    return top


def _cut(node: StepNode, depth: int, most: int) -> None:
    if not node.nodes:
        return
    if node.step.depth >= depth:
        node.left_out, node.nodes, node.too_deep = _count(node.nodes), [], True
        return
    node.left_out, node.nodes = _count(node.nodes[most:]), node.nodes[:most]
    for inner in node.nodes:
        _cut(inner, depth, most)


def _count(nodes: Sequence[StepNode]) -> int:
    return sum(1 + _count(node.nodes) for node in nodes)


class UseRow(Value):
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


class SpawnRow(Value):
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


class StepRow(Value):
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
