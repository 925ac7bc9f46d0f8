"""Usage by what the log says beside a response's figures: the option, and the card of the sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from tokenscope.answers.usage.usage_table import CAPTION, UsageRow, usage_card, usage_of_all
from tokenscope.history.stamp_groups import GroupSum, StampField
from tokenscope.model import Usage
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Option

FIELDS = "|".join(StampField)
StampOption = Annotated[StampField | None, Option("Put it together by what the log says of each response.", FIELDS)]

NOUNS = {"server": ("MCP server", "MCP servers"), "tool": ("MCP tool", "MCP tools"), "branch": ("branch", "branches")}
CAVEATS = {
    "skill": "a skill's stamp lasts to the end of the turn",
    "plugin": "a plugin's stamp lasts to the end of the turn",
}


def nouns(by: str) -> tuple[str, str]:
    """What one is called, and what many are."""
    return NOUNS.get(by, (by, f"{by}s"))


def group_name(name: str | None, by: str) -> str:
    """A group as cards call it."""
    return name or f"no {nouns(by)[0]}"


def groups_table(groups: Sequence[GroupSum], by: str, drawing: Drawing) -> Card:
    """What each skill, branch, entrypoint … came to, and what bears no such stamp."""
    one, many = nouns(by)
    title = f"By {one}"
    if not groups:
        return Card(title, "No responses here: nothing was used.")
    rows = [UsageRow(group_name(group.name, by), group.usage) for group in groups]
    caption = f"{CAPTION} · {CAVEATS[by]}" if by in CAVEATS else CAPTION
    return usage_card(title, _sentence(groups, one, many), rows, drawing, label=Column(one, "label"), caption=caption)


class NamedUsage(NamedTuple):
    """What one name came to in one period, model or project. `label`: that, as cards call it."""

    label: str
    usage: Usage
    name: str | None


def grouped_cards(
    title: str,
    words: tuple[str, str],
    parts: Sequence[NamedUsage],
    groups: Sequence[GroupSum],
    by: str,
    drawing: Drawing,
) -> tuple[Card, ...]:
    """The sums by name, and below them those of each part. `words`: what stands above the labels, and their order."""
    sums = groups_table(groups, by, drawing)
    if not parts:
        return (sums,)
    most = max(parts, key=lambda one: one.usage.total_tokens)
    tokens = figures.tokens(most.usage.total_tokens)
    sentence = f"The most at once: {tokens} tokens with {group_name(most.name, by)}, {most.label}."
    columns = (
        Column(words[0], "label" if words[0] in ("model", "project") else "number"),
        Column(nouns(by)[0], "label"),
        Column("tokens", "number"),
        Column("output", "number"),
        Column("responses", "number", spare=True),
        Column("list price", "dollars"),
        Column("", "bar"),
    )
    shown = parts[: drawing.limit]
    rows = tuple(_part_row(one, by) for one in shown)
    caption = f"{CAPTION} · {words[1]}"
    total = usage_of_all([one.usage for one in parts])
    whole = Row((IN_ALL, "", *_part_row(NamedUsage("", total, None), by).cells[2:-1])) if len(parts) > 1 else None
    return (sums, Card(title, sentence, (Table(columns, rows, len(parts) - len(shown), whole),), (), caption))


def _part_row(one: NamedUsage, by: str) -> Row:
    usage = one.usage
    cells = (
        one.label,
        group_name(one.name, by),
        figures.tokens(usage.total_tokens),
        figures.tokens(usage.output_tokens),
        figures.count(usage.messages),
        figures.dollars(usage.list_price_usd),
        float(usage.total_tokens),
    )
    return Row(cells, tone=Tone.CARRIED)


def _sentence(groups: Sequence[GroupSum], one: str, many: str) -> str:
    named = [group for group in groups if group.name]
    if not named:
        return f"The log names no {one} with any of these responses."
    first = named[0]
    if len(groups) == 1:
        return f"All of your tokens bear one {one}'s name: {first.name}."
    among = f", the most of {len(named)} {many}" if len(named) > 1 else ""
    rest = f"; {figures.share(groups[-1].share)} bear no {one}'s name" if groups[-1].name is None else ""
    return f"{first.name} took {figures.share(first.share)} of your tokens{among}{rest}."
