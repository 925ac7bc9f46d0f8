"""Subagents as a tree: under the subagent or the workflow that they belong to, the largest first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from tokenscope.answers.activity.subagent_rows import NO_TYPE, SubagentRow
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.money import counted
from tokenscope.view.question import Drawing

Node = SubagentRow | tuple[str, str] | None  # a workflow: its session and its run; None: what all stand on


class TreeLine(NamedTuple):
    """A subagent, or (`row` None) a workflow, `children` of them below it; `tokens`: of all that is in it."""

    row: SubagentRow | None
    run: str
    depth: int  # 0 is the top
    children: int
    tokens: int


def grow(rows: list[SubagentRow]) -> list[TreeLine]:
    """Every row once, from the top of the tree to its last leaf, the larger branch first.

    A subagent whose parent is not among the rows stands for itself. However deep they spawned each other: no recursion.
    """
    below = _below(rows)
    order = _walk(below, lambda ones: ones)
    tokens: Counter[Node] = Counter()
    for _, node, parent in reversed(order):
        tokens[node] += node.usage.total_tokens if isinstance(node, SubagentRow) else 0
        tokens[parent] += tokens[node]
    sized = _walk(below, lambda ones: sorted(ones, key=lambda node: -tokens[node]))
    return [
        TreeLine(node if isinstance(node, SubagentRow) else None, node[1] if isinstance(node, tuple) else "", depth,
             len(below[node]), tokens[node])
        for depth, node, _ in sized
    ]  # fmt: skip


def _below(rows: list[SubagentRow]) -> dict[Node, list[Node]]:
    """What lies under each node; under None what lies under nothing."""
    known = {(row.session_id, row.agent_id): row for row in rows}
    below: dict[Node, list[Node]] = defaultdict(list)
    for row in rows:
        parent: Node = known.get((row.session_id, row.parent_agent_id or ""))
        if parent is None and row.run:
            parent = (row.session_id, row.run)
            if parent not in below:
                below[None].append(parent)
        below[parent].append(row)
    return below


def _walk(below: dict[Node, list[Node]], order: Callable[[list[Node]], list[Node]]) -> list[tuple[int, Node, Node]]:
    """Depth, node and parent of each, from the top."""
    walked: list[tuple[int, Node, Node]] = []
    waiting: list[tuple[int, Node, Node]] = [(0, node, None) for node in reversed(order(below[None]))]
    while waiting:
        depth, node, _ = found = waiting.pop()
        walked.append(found)
        waiting += [(depth + 1, child, node) for child in reversed(order(below[node]))]
    return walked


def tree_card(rows: list[SubagentRow], drawing: Drawing) -> Card:
    """One row a subagent."""
    first = max(rows, key=lambda row: counted(row.usage, drawing.plan))
    name = first.agent_type or first.kind
    sentence = (
        f"The largest{f', {name},' if name else ''} used {figures.tokens(first.usage.total_tokens)} tokens in "
        f"{figures.plural(first.usage.messages, 'response')}: {figures.share(first.share_of_session)} of its session."
    )
    lines = grow(rows)
    shown = lines[: drawing.limit]
    columns = (
        Column("type", "label"),
        Column("what", "text"),
        Column("model", "path", spare=True),
        Column("responses", "number", spare=True),
        Column("handed", "number", spare=True),
        Column("peak", "number", spare=True),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        Column("how", "remark"),
    )
    left_out = sum(line.row is not None for line in lines[len(shown) :])
    table = Table(columns, tuple(map(_line, shown)), left_out)
    caption = "handed: its first prompt, floor included · peak: its largest"
    return Card("One by one", sentence, (table,), (), caption)


def _line(line: TreeLine) -> Row:
    row = line.row
    if row is None:
        what = figures.plural(line.children, "subagent")
        return Row((f"workflow {line.run}", what, "", "", "", "", figures.tokens(line.tokens)), indent=line.depth)
    marks = ["background"] if row.background else []
    marks += [f"resumed {row.resumed}x"] if row.resumed else []
    return Row(
        (
            row.agent_type or row.kind or NO_TYPE,
            row.prompt or row.agent_id,
            figures.model_name(row.model),
            figures.count(row.usage.messages),
            figures.tokens(row.first_prompt_tokens),
            figures.tokens(row.peak_prompt_tokens),
            figures.tokens(row.usage.total_tokens),
            figures.dollars(row.usage.list_price_usd),
            ", ".join(marks),
        ),
        Tone.CARRIED,
        indent=line.depth,
    )
