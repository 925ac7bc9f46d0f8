"""A table of usage by something: the card that periods, models, projects and names of the log share."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Annotated, NamedTuple

from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.stamp_groups import GroupSum, StampField
from tokenscope.model import Usage
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.money import counted
from tokenscope.view.question import Drawing, Option

CAPTION = "exact tokens at API list prices"


class UsageRow(NamedTuple):
    """What a row is called, its usage, and how its tokens spread over time: the parts of a day, the weeks so far.

    `sessions` and `activity` are only needed for a table of activity.
    """

    name: str
    usage: Usage
    spread: Sequence[int] = ()
    sessions: int = 0
    activity: ActivityCounts | None = None
    gone: str = ""  # how many of its sessions have no transcript any more


def usage_card(
    title: str,
    sentence: str,
    rows: Sequence[UsageRow],
    drawing: Drawing,
    *,
    label: Column,
    spread: str = "",
    caption: str = CAPTION,
) -> Card:
    """`spread`: what its title is. Rows past the drawing's limit are left out and counted; the last row sums up all."""
    shown = rows[: drawing.limit]
    has_gone = any(row.gone for row in shown)
    columns = (
        label,
        Column("tokens", "number"),
        Column("carried", "number"),
        Column("output", "number", spare=True),
        Column("responses", "number", spare=True),
        Column("list price", "dollars"),
        *((Column("gone", "number"),) if has_gone else ()),
        Column(spread, "spark"),
        Column("", "bar"),
    )
    whole = None
    if len(rows) > 1:
        sums = _row(UsageRow(IN_ALL, usage_of_all([row.usage for row in rows])), drawing, has_gone=has_gone)
        whole = Row(sums.cells[:-1])  # without a bar: it would be as long as all others together
    table = Table(columns, tuple(_row(row, drawing, has_gone=has_gone) for row in shown), len(rows) - len(shown), whole)
    return Card(title, sentence, (table,), (), caption)


def usage_of_all(parts: Sequence[Usage]) -> Usage:
    """What parts that share no response sum to; its price is None where none of them has one."""
    prices = [one.list_price_usd for one in parts if one.list_price_usd is not None and one.total_tokens]
    counters = [name for name in Usage.__struct_fields__ if name != "list_price_usd"]
    sums = {name: sum(getattr(one, name) for one in parts) for name in counters}
    has_price = prices or not any(one.total_tokens for one in parts)
    return Usage(**sums, list_price_usd=round(fsum(prices), 6) if has_price else None)


def usage_spark(amounts: Sequence[int]) -> tuple[float, ...]:
    """Each amount as a fraction of the largest."""
    largest = max(amounts, default=0)
    return tuple(amount / largest for amount in amounts) if largest else ()


def _row(row: UsageRow, drawing: Drawing, *, has_gone: bool) -> Row:
    usage = row.usage
    cells = (
        row.name,
        figures.tokens(usage.total_tokens),
        figures.tokens(usage.cache_read_input_tokens),
        figures.tokens(usage.output_tokens),
        figures.count(usage.messages),
        figures.dollars(usage.list_price_usd),
        *((row.gone,) if has_gone else ()),
        usage_spark(row.spread),
        counted(usage, drawing.plan),
    )
    return Row(cells, tone=Tone.CARRIED)


def activity_card(
    title: str, sentence: str, rows: Sequence[UsageRow], drawing: Drawing, *, label: Column, caption: str
) -> Card:
    """Beside tokens what was done: sessions, prompts, changed lines, commits."""
    shown = rows[: drawing.limit]
    columns = (
        label,
        Column("tokens", "number"),
        Column("sessions", "number", spare=True),
        Column("prompts", "number", spare=True),
        Column("+lines", "number"),
        Column("-lines", "number"),
        Column("commits", "number"),
        Column("", "bar"),
    )
    whole = Row(_sums(rows)) if len(rows) > 1 else None
    table = Table(columns, tuple(map(_activity_row, shown)), len(rows) - len(shown), whole)
    return Card(
        title, sentence, (table,), (), f"{caption} · +lines, -lines: by Edit and Write; Bash's changes cannot be seen"
    )


def _sums(rows: Sequence[UsageRow]) -> tuple[str, ...]:
    """Of all rows; a session may be in several of them."""
    done = [row.activity or ActivityCounts() for row in rows]
    return (
        IN_ALL,
        figures.tokens(sum(row.usage.total_tokens for row in rows)),
        "",
        figures.count(sum(one.prompts for one in done)),
        figures.count(sum(one.lines_added for one in done)),
        figures.count(sum(one.lines_removed for one in done)),
        figures.count(sum(one.commits for one in done)),
    )


def _activity_row(row: UsageRow) -> Row:
    done = row.activity or ActivityCounts()
    return Row(
        (
            row.name,
            figures.tokens(row.usage.total_tokens),
            figures.count(row.sessions),
            figures.count(done.prompts),
            figures.count(done.lines_added),
            figures.count(done.lines_removed),
            figures.count(done.commits),
            float(row.usage.total_tokens),
        ),
        tone=Tone.CARRIED,
    )


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
