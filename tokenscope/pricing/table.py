"""The price table: dated rows from TOML, checked and turned into exact integers.

A file says dollars per million tokens; a row holds whole picodollars (10^-12 dollars) per token, so that
no sum of prices is ever rounded: one dollar per million tokens is 10^6 picodollars per token.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tokenscope.model import PICODOLLARS
from tokenscope.pricing.model_id import normalise
from tokenscope.pricing.section import Section, read_toml
from tokenscope.value import Value, replace

PACKAGED = "packaged"
PACKAGED_FILE = Path(__file__).with_name("prices.toml")

BATCH = Decimal("0.5")  # what a batch costs of the standard price, where a row does not say otherwise
PER_MILLION = 10**6  # picodollars per token in a dollar per million tokens
_PRICE_DECIMALS = 6  # with more of them, a price would not be whole picodollars
_HINT = f"{PACKAGED_FILE} shows the format"


class Rates(NamedTuple):
    """What one token costs, in whole picodollars."""

    input: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    output: int

    def of_writes(self, written: int, one_hour: int) -> int:
        """What writing so many tokens to the cache costs, `one_hour` of them for an hour, in picodollars."""
        return (written - one_hour) * self.cache_write_5m + one_hour * self.cache_write_1h

    def times(self, factor: Decimal) -> Rates:
        """Exact for published prices; a fraction of a picodollar rounds half to even."""
        return Rates(*(round(rate * factor) for rate in self))


class LongPrompt(Value):
    """What every token of a request costs whose prompt is larger than `above` tokens."""

    above: int
    rates: Rates


class PriceRow(Value):
    """One model's prices from midnight UTC of a day on, until its next row."""

    model: str
    valid_from: date | None  # None: since the model exists
    rates: Rates
    long_prompt: LongPrompt | None
    fast: Decimal | None  # factors on every column; None: none published
    us: Decimal | None
    regional: Decimal | None
    batch: Decimal
    source: str  # PACKAGED, or the path of the file that it comes from


class PriceTable(Value):
    """All rows, each model's oldest first."""

    checked: date  # when the packaged rows were last compared with what Anthropic publishes
    source: str
    web_search: int  # picodollars a search
    models: Mapping[str, tuple[PriceRow, ...]]
    contract: str = ""  # where contract rates come from that are part of it, for people
    contract_problems: tuple[str, ...] = ()  # what of them is no rate and was passed over, by its name


def packaged() -> PriceTable:
    """The table that comes with the program."""
    top = _top(PACKAGED_FILE)
    return PriceTable(top.day("checked"), top.text("source"), _web_search(top), _models(top, PACKAGED))


def overridden(table: PriceTable, path: Path) -> PriceTable:
    """`table` with the user's file over it: the models that the file names have its rows and no others.

    A file that cannot be read, or says something that is no price: UsageError.
    """
    top = _top(path)
    web_search = _web_search(top) if "web_search_per_1000" in top.values else table.web_search
    own = _models(top, str(path)) if "models" in top.values else {}
    return replace(table, web_search=web_search, models={**table.models, **own})


def _top(path: Path) -> Section:
    top = read_toml(path, hint=_HINT)
    top.allow_only("checked", "source", "web_search_per_1000", "models")
    return top


def _web_search(top: Section) -> int:
    dollars = _dollars(top, "web_search_per_1000")
    return int(dollars * PICODOLLARS) // 1000


def _models(top: Section, source: str) -> dict[str, tuple[PriceRow, ...]]:
    models = top.part("models")
    return {model: _model(models, model, source) for model in models.values}


def _model(models: Section, model: str, source: str) -> tuple[PriceRow, ...]:
    if normalise(model) != model:
        raise models.wrong(model, f"would match no request: write the name as {normalise(model)!r}")
    rows = [_row(section, model, source) for section in models.rows(model)]
    if len({row.valid_from for row in rows}) < len(rows):
        raise models.wrong(model, "has two rows with the same `from`, or two without it")
    return tuple(sorted(rows, key=lambda row: row.valid_from or date.min))


def _row(section: Section, model: str, source: str) -> PriceRow:
    section.allow_only("from", "price", "long", "fast", "us", "regional", "batch")
    price = section.part("price")
    price.allow_only(*Rates._fields)
    return PriceRow(
        model=model,
        valid_from=section.day("from") if "from" in section.values else None,
        rates=_rates(price),
        long_prompt=_long_prompt(section.part("long")) if "long" in section.values else None,
        fast=_factor(section, "fast"),
        us=_factor(section, "us"),
        regional=_factor(section, "regional"),
        batch=_factor(section, "batch") or BATCH,
        source=source,
    )


def _long_prompt(section: Section) -> LongPrompt:
    section.allow_only("above", *Rates._fields)
    return LongPrompt(section.whole_number("above"), _rates(section))


def _rates(section: Section) -> Rates:
    return Rates(*(int(_dollars(section, field) * PER_MILLION) for field in Rates._fields))


def _dollars(section: Section, field: str) -> Decimal:
    return section.number(field, least=0, most=100_000, decimals=_PRICE_DECIMALS)


def _factor(section: Section, field: str) -> Decimal | None:
    if field not in section.values:
        return None
    return section.number(field, least=Decimal("0.001"), most=100, decimals=3)
