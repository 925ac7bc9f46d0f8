"""A table of usage by something: the card that daily, models and projects share."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope import figures
from tokenscope.card import Card, Column, Row, Table, Tone
from tokenscope.model import Usage
from tokenscope.money import counted
from tokenscope.question import Drawing

CAPTION = "exact tokens at API list prices"


def usage_card(
    title: str,
    sentence: str,
    rows: Sequence[tuple[str, Usage]],
    drawing: Drawing,
    *,
    label: Column,
    caption: str = CAPTION,
) -> Card:
    """`rows`: what each row is called, and its usage; those past the drawing's limit are left out and counted."""
    shown = rows[: drawing.limit]
    columns = (
        label,
        Column("tokens", "number"),
        Column("carried", "number"),
        Column("output", "number"),
        Column("responses", "number"),
        Column("list price", "dollars"),
        Column("", "bar"),
    )
    table = Table(columns, tuple(_row(name, usage, drawing) for name, usage in shown), len(rows) - len(shown))
    return Card(title, sentence, (table,), (), caption)


def _row(name: str, usage: Usage, drawing: Drawing) -> Row:
    return Row(
        (
            name,
            figures.tokens(usage.total_tokens),
            figures.tokens(usage.cache_read_input_tokens),
            figures.tokens(usage.output_tokens),
            figures.count(usage.messages),
            figures.dollars(usage.list_price_usd),
            counted(usage, drawing.plan),
        ),
        tone=Tone.CARRIED,
    )
