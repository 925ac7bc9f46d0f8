"""The steps that a timeline shows: all of the main thread and of subagents as far as depth and budget go.

What is not shown is counted where it would stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenscope.answers.session.step_rows import StepRow


@dataclass(slots=True)
class StepNode:
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
