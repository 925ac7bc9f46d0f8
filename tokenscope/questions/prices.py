"""Which list prices are used? The price table as people and JSON read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.pricing.model_id import normalise
from tokenscope.pricing.table import PER_MILLION, PriceRow, PriceTable, Rates
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing, Question, Reading, Sessions


class Dollars(Value):
    """List prices in dollars per million tokens."""

    input: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float
    output: float


class Rate(Value):
    """One row of the price table, for people and for JSON."""

    model: str
    valid_from: date | None  # midnight UTC; None: since the model exists
    price: Dollars
    long_above: int | None  # tokens; a request with a larger prompt costs `long_price` as a whole
    long_price: Dollars | None
    fast: float | None  # factors on every column; None: none published
    us: float | None
    regional: float | None  # the same
    batch: float  # the same
    source: str  # "packaged", or the path of the file that it comes from


def rates_of(table: PriceTable) -> Iterator[Rate]:
    """Every row of the table, model by model, a model's oldest row first."""
    for rows in table.models.values():
        for row in rows:
            yield _rate(row)


def _rate(row: PriceRow) -> Rate:
    long_prompt = row.long_prompt
    return Rate(
        model=row.model,
        valid_from=row.valid_from,
        price=_dollars(row.rates),
        long_above=None if long_prompt is None else long_prompt.above,
        long_price=None if long_prompt is None else _dollars(long_prompt.rates),
        fast=None if row.fast is None else float(row.fast),
        us=None if row.us is None else float(row.us),
        regional=None if row.regional is None else float(row.regional),
        batch=float(row.batch),
        source=row.source,
    )


def _dollars(rates: Rates) -> Dollars:
    return Dollars(*(rate / PER_MILLION for rate in rates))


_USUAL_BATCH = 0.5


class PricesReport(Value):
    """Dollars per million tokens; `web_search_usd_per_1000` dollars per thousand searches."""

    checked: date
    source: str
    web_search_usd_per_1000: float
    prices: list[Rate]
    unpriced: dict[str, int] | None  # tokens by model id, the most first; None: no transcript was read


def analyze(history: History) -> PricesReport:
    """The whole table, as it is in force for this run."""
    pricer = history.pricer
    return PricesReport(
        pricer.checked,
        pricer.source,
        pricer.web_search_usd_per_1000,
        list(rates_of(pricer.table)),
        _unpriced(history) if history.store.coverage.files else None,
    )


def _unpriced(history: History) -> dict[str, int]:
    """Under the names that a price file has to give them; what lacks a tariff's price alone is not its matter."""
    tokens: dict[str, int] = {}
    for model, number in history.total.unpriced.items():
        if normalise(model) not in history.pricer.table.models and not model.endswith(")"):
            tokens[normalise(model)] = tokens.get(normalise(model), 0) + number
    return dict(sorted(tokens.items(), key=lambda one: (-one[1], one[0])))


def cards(report: PricesReport, drawing: Drawing) -> tuple[Card, ...]:
    models = len({rate.model for rate in report.prices})
    sentence = f"API list prices of {models} models in dollars per million tokens, checked {report.checked}."
    columns = (
        Column("model", "path"),
        Column("from", "number"),
        Column("input", "number"),
        Column("write 5m", "number", spare=True),
        Column("write 1h", "number", spare=True),
        Column("read", "number"),
        Column("output", "number"),
        Column("fast", "number"),
        Column("US", "number"),
        Column("regional", "number", spare=True),
        Column("note", "remark"),
    )
    rows = tuple(row for rate in report.prices for row in _rows(rate))
    footer = f"batch x{_USUAL_BATCH:g} · web searches ${report.web_search_usd_per_1000:g} per 1,000 · {report.source}"
    return (Card("Prices", sentence, (Table(columns, rows),), ("override with --prices FILE",), footer),)


def _rows(rate: Rate) -> list[Row]:
    factors = [f"x{factor:g}" if factor else None for factor in (rate.fast, rate.us, rate.regional)]
    since = rate.valid_from.isoformat() if rate.valid_from else ""
    prices = [rate.price]
    remarks = [_remark(rate)]
    if rate.long_price is not None and rate.long_above is not None:
        prices.append(rate.long_price)
        remarks.append(f"prompts over {figures.tokens(rate.long_above)}")
    return [
        Row((rate.model, since, *(_price(value) for value in columns), *factors, remark))
        for columns, remark in zip(
            [(p.input, p.cache_write_5m, p.cache_write_1h, p.cache_read, p.output) for p in prices],
            remarks,
            strict=True,
        )
    ]


def _price(value: float) -> str:
    """At least cents, and every digit of a price that has more."""
    return f"{value:.2f}" if round(value, 2) == value else f"{value:g}"


def _remark(rate: Rate) -> str:
    remarks = []
    if rate.batch != _USUAL_BATCH:
        remarks.append(f"batch x{rate.batch:g}")
    if rate.source != "packaged":
        remarks.append(f"from {rate.source}")
    return ", ".join(remarks)


QUESTION = Question(
    name="prices",
    help="Every list price in use, with its source and date.",
    reading=Reading(Facet.USAGE, sessions=Sessions.NONE),
    analyze=analyze,
    cards=cards,
    rows="prices",
    group="About tokenscope",
)
