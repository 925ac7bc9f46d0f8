"""Where dollars stand in an answer, and what they are called: that depends on what its reader pays by.

Who pays by the token sees dollars first. Who has a subscription sees tokens and their shares first, and dollars
behind them as what they are, a measure: "at API list price". The figures are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from tokenscope.model import Usage
from tokenscope.value import replace
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table

DOLLARS = "dollars"  # the kind of column that this file is about
AT_LIST_PRICE = "at API list price"
_PLAIN_TITLES = ("", "list price")

Item = TypeVar("Item")


class Plan(StrEnum):
    """Claude's plans; `UNKNOWN` where nobody said."""

    PRO = "pro"
    MAX5 = "max5"
    MAX20 = "max20"
    TEAM = "team"
    ENTERPRISE = "enterprise"
    API = "api"
    UNKNOWN = "unknown"

    @property
    def pays_by_token(self) -> bool:
        return self is Plan.API

    @property
    def is_subscription(self) -> bool:
        """A dollar is then a measure, not a bill."""
        return self not in (Plan.API, Plan.UNKNOWN)


def arranged(cards: Sequence[Card], plan: Plan) -> tuple[Card, ...]:
    """The cards with each table's columns in the order and with the titles that suit the plan."""
    return tuple(
        replace(
            card, parts=tuple(arranged_table(part, plan) if isinstance(part, Table) else part for part in card.parts)
        )
        for card in cards
    )


def arranged_table(table: Table, plan: Plan) -> Table:
    """The table with its columns in the order and with the titles that suit the plan."""
    if not any(column.kind == DOLLARS for column in table.columns):
        return table
    order = column_order(table.columns, plan)
    columns = tuple(named(column, plan) for column in map(table.columns.__getitem__, order))
    total = None if table.total is None else _row(table.total, order)
    return replace(table, columns=columns, rows=tuple(_row(row, order) for row in table.rows), total=total)


def _row(row: Row, order: Sequence[int]) -> Row:
    return replace(row, cells=tuple(row.cells[place] if place < len(row.cells) else None for place in order))


def column_order(columns: Sequence[Column], plan: Plan) -> list[int]:
    """The places of columns in the order that suits the plan; the first one says what a row is about, and stays."""
    places = list(range(len(columns)))
    dollars = [place for place in places if columns[place].kind == DOLLARS]
    numbers = [place for place in places[1:] if columns[place].kind == "number"]
    if plan is Plan.UNKNOWN or not numbers:
        return places
    others = [place for place in places if place not in dollars]
    after = others.index(numbers[0]) if plan.pays_by_token else others.index(numbers[-1]) + 1
    return others[:after] + dollars + others[after:]


def named(column: Column, plan: Plan) -> Column:
    """A column with the title that suits the plan, one of dollars as the numbers that they are."""
    if column.kind != DOLLARS:
        return column
    is_renamed = plan.is_subscription and column.title in _PLAIN_TITLES
    return replace(column, title=AT_LIST_PRICE if is_renamed else column.title, kind="number")


def amount(usage: Usage, plan: Plan) -> str:
    """How much was used, in what the reader counts in: 4.7M tokens, or $3.20 where its price is known."""
    if plan.pays_by_token and usage.list_price_usd:
        return figures.dollars(usage.list_price_usd)
    return f"{figures.tokens(usage.total_tokens)} tokens"


def counted(usage: Usage, plan: Plan) -> float:
    """How much was used, as a number in what the reader counts in: dollars or tokens."""
    return (usage.list_price_usd or 0.0) if plan.pays_by_token else float(usage.total_tokens)


def ranked(items: Sequence[Item], usage_of: Callable[[Item], Usage], plan: Plan) -> list[Item]:
    """Items that come with the most tokens first, so that what the reader counts in falls from row to row."""
    return sorted(items, key=lambda item: -counted(usage_of(item), plan)) if plan.pays_by_token else list(items)


def part(usage: Usage, total: Usage, plan: Plan) -> tuple[float, str]:
    """The share that `usage` is of `total`, and what of: tokens, or list price where that is known of both."""
    if plan.pays_by_token and usage.list_price_usd and total.list_price_usd:
        return usage.list_price_usd / total.list_price_usd, "list price"
    return (usage.total_tokens / total.total_tokens if total.total_tokens else 0.0), "tokens"
