"""Subagents as a tree: under the subagent or the workflow that they belong to, the largest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tokenscope import figures
from tokenscope.card import Card, Column, Row, Table, Tone
from tokenscope.money import counted
from tokenscope.parts.subagents import NO_TYPE, SubagentRow
from tokenscope.question import Drawing

Key = tuple[str, str]  # session, agent


class Branch(NamedTuple):
    """A subagent with those that it spawned, or (`row` None) a workflow with its subagents."""

    row: SubagentRow | None
    run: str
    children: list[Branch]

    def tokens(self) -> int:
        """Of all that are in it."""
        own = self.row.usage.total_tokens if self.row else 0
        return own + sum(child.tokens() for child in self.children)


def grow(rows: list[SubagentRow]) -> list[Branch]:
    """Every row once; a subagent whose parent is not among them stands for itself."""
    known = {(row.session_id, row.agent_id) for row in rows}
    below: dict[Key, list[SubagentRow]] = defaultdict(list)
    runs: dict[Key, list[SubagentRow]] = defaultdict(list)
    tops = []
    for row in rows:
        parent = (row.session_id, row.parent_agent_id or "")
        if parent in known and parent[1]:
            below[parent].append(row)
        elif row.run:
            runs[row.session_id, row.run].append(row)
        else:
            tops.append(row)

    def branch(row: SubagentRow) -> Branch:
        return Branch(row, "", _largest_first([branch(child) for child in below[row.session_id, row.agent_id]]))

    workflows = [Branch(None, run, _largest_first([branch(row) for row in ones])) for (_, run), ones in runs.items()]
    return _largest_first([*(branch(row) for row in tops), *workflows])


def _largest_first(branches: list[Branch]) -> list[Branch]:
    return sorted(branches, key=lambda branch: -branch.tokens())


def flat(branches: list[Branch], depth: int = 0) -> Iterator[tuple[int, Branch]]:
    """The tree from above, each branch with how deep it lies."""
    for branch in branches:
        yield depth, branch
        yield from flat(branch.children, depth + 1)


def tree_card(rows: list[SubagentRow], drawing: Drawing) -> Card:
    """One row a subagent."""
    first = max(rows, key=lambda row: counted(row.usage, drawing.plan))
    sentence = (
        f"The largest, {first.agent_type or first.kind or NO_TYPE}, used {figures.tokens(first.usage.total_tokens)} "
        f"tokens in {figures.plural(first.usage.messages, 'response')}: {figures.share(first.share_of_session)} "
        "of its session."
    )
    lines = list(flat(grow(rows)))
    shown = lines[: drawing.limit]
    columns = (
        Column("", "label"),
        Column("what", "text"),
        Column("model", "path"),
        Column("responses", "number"),
        Column("handed", "number"),
        Column("peak", "number"),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        Column("", "remark"),
    )
    left_out = sum(branch.row is not None for _, branch in lines[len(shown) :])
    table = Table(columns, tuple(_line(depth, branch) for depth, branch in shown), left_out)
    caption = "handed: its first prompt, floor included · peak: its largest"
    return Card("One by one", sentence, (table,), (), caption)


def _line(depth: int, branch: Branch) -> Row:
    row = branch.row
    if row is None:
        what = figures.plural(len(branch.children), "subagent")
        return Row(
            (f"workflow {branch.run}", what, "", "", "", "", figures.tokens(branch.tokens())), Tone.DIM, indent=depth
        )
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
        indent=depth,
    )
