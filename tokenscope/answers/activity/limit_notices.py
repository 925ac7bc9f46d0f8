"""The card of the limits that were reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tokenscope.history.limits import MODEL, SESSION, USAGE, WEEK, LimitReached
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing

NAMES = {SESSION: "session (5 h)", WEEK: "week", MODEL: "model", USAGE: "usage"}


def limits_card(limits: Sequence[LimitReached], drawing: Drawing) -> Card:
    """Which limits were reached, and when each was to reset; the newest first. For one limit at least."""
    kinds = Counter(limit_name(one) for one in limits)
    counted = ", ".join(f"{name} {number:,}" for name, number in kinds.most_common())
    sentence = f"A limit was reached {figures.plural(len(limits), 'time')}: {counted}."
    columns = (Column("told", "number"), Column("limit", "label"), Column("resets", "number"), Column("zone", "text"))
    shown = limits[::-1][: drawing.limit]
    rows = tuple(_row(one, drawing) for one in shown)
    caption = "as its messages say · times in your zone, beside the one that they name"
    return Card("Limits", sentence, (Table(columns, rows, len(limits) - len(shown)),), (), caption)


def limit_name(one: LimitReached) -> str:
    """Which limit it is: the session's, the week's, a model's own."""
    return f"{one.model} limit" if one.model else NAMES[one.kind]


def _row(one: LimitReached, drawing: Drawing) -> Row:
    told = figures.clock(one.at, drawing.zone, drawing.now) if one.at else ""
    resets = figures.clock(one.resets_at, drawing.zone, drawing.now) if one.resets_at else "not said"
    return Row((told, limit_name(one), resets, one.zone or ""))
