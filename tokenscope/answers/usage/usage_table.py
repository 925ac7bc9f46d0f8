"""A table of usage by something: the card that days, weeks, months, hours, models and projects share."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.model import Usage
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.money import counted
from tokenscope.view.question import Drawing

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
    counters = [name for name in Usage.__dataclass_fields__ if name != "list_price_usd"]
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
    return Card(title, sentence, (table,), (), f"{caption} · lines: by Edit and Write; Bash's changes cannot be seen")


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
