"""What Claude Code itself counted of a session, beside what its rows hold (T54). Neither is added to the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenscope.history.history import History
from tokenscope.history.usage import Tally, dollars_of, total_of
from tokenscope.model import ToldModel
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing


@dataclass(frozen=True, slots=True)
class ToldModelRow:
    """One model. `tokens`, `usd`, `web_searches`: as Claude Code counted; `row_tokens`, `row_usd`: of its rows.

    `unlogged_tokens`: how many more it counted than rows hold: of titles, summaries and other requests of its own.
    """

    model: str
    tokens: int
    usd: float
    web_searches: int
    row_tokens: int
    row_usd: float | None
    unlogged_tokens: int


@dataclass(frozen=True, slots=True)
class ToldCostReport:
    """`usd`: what Claude Code counted last; `row_usd`: list price of the rows; `difference_usd`: of the two."""

    at: datetime | None
    usd: float
    row_usd: float
    difference_usd: float
    has_unknown_model: bool  # it had no price for some model
    models: list[ToldModelRow]


def measure_told_cost(history: History, session_id: str) -> ToldCostReport | None:
    """None where Claude Code wrote nothing of the kind, and of a part of a session, which it does not count."""
    session = history.store.sessions.get(session_id)
    if (
        session is None
        or session.told is None
        or history.scope.has_window
        or history.scope.models
        or history.scope.only
    ):
        return None
    told, tallies = session.told, history.by(lambda message: _plain(message.model))
    models = [_row(one, tallies.get(_plain(one.model))) for one in told.models]
    ours = dollars_of(total_of(tallies.values()).price.total)
    at = None if told.time is None else history.scope.local(told.time)
    return ToldCostReport(at, told.usd, ours, round(told.usd - ours, 6), told.has_unknown_model, models)


def _row(told: ToldModel, ours: Tally | None) -> ToldModelRow:
    tokens = told.input_tokens + told.output_tokens + told.cache_read_input_tokens + told.cache_creation_input_tokens
    known = ours.total_tokens if ours is not None else 0
    paid = ours.usage().list_price_usd if ours is not None else 0.0
    return ToldModelRow(told.model, tokens, told.usd, told.web_searches, known, paid, max(0, tokens - known))


def _plain(model: str) -> str:
    """A model without the mark of its context's size: claude-opus-5-5[1m]."""
    return model.partition("[")[0]


def told_cost_card(report: ToldCostReport, drawing: Drawing) -> Card:
    """Model by model, and what no row is logged of."""
    columns = (
        Column("", "label"),
        Column("it counted", "number"),
        Column("in rows", "number"),
        Column("its price", "dollars"),
        Column("list price", "dollars"),
        Column("", "remark"),
    )
    rows = tuple(_cells(one) for one in report.models[: drawing.limit])
    sentence = f"Claude Code counted {figures.dollars(report.usd)}; its rows hold {figures.dollars(report.row_usd)}."
    left_out = len(report.models) - len(rows)
    caption = "its own count, requests without a row included · never added to what is counted here"
    return Card("What Claude Code counted", sentence, (Table(columns, rows, left_out),), (), caption)


def _cells(one: ToldModelRow) -> Row:
    remarks = []
    if one.unlogged_tokens:
        remarks.append("no row of it" if not one.row_tokens else f"{figures.tokens(one.unlogged_tokens)} without a row")
    if one.web_searches:
        remarks.append(f"{figures.plural(one.web_searches, 'web search', 'web searches')}")
    cells = (
        one.model,
        figures.tokens(one.tokens),
        figures.tokens(one.row_tokens),
        figures.dollars(one.usd),
        figures.dollars(one.row_usd),
        ", ".join(remarks),
    )
    return Row(cells)
