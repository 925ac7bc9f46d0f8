"""The price table as people and JSON read it: dollars per million tokens, a row each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tokenscope.pricing.table import PER_MILLION, PriceRow, PriceTable, Rates


@dataclass(frozen=True, slots=True)
class Dollars:
    """List prices in dollars per million tokens."""

    input: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float
    output: float


@dataclass(frozen=True, slots=True)
class Rate:
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
