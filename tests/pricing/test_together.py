"""What responses cost together is the sum of what each costs alone, whatever the rows of their model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations, product
from pathlib import Path

import pytest

from tokenscope.model import Message, sum_counters
from tokenscope.pricing import table
from tokenscope.pricing.pricer import NOTHING, Price, Pricer

from .build import LONG, ROW, response, table_file

LONG_FROM_100 = LONG.replace("= 5,", "= 100,")
TABLE = [
    "web_search_per_1000 = 10",
    *("[[models.a]]", "from = 2026-02-01", ROW, "fast = 2"),
    *("[[models.a]]", "from = 2026-03-01", ROW.replace("input = 2", "input = 3"), LONG_FROM_100, "us = 1.1"),
    *("[[models.b]]", ROW, LONG_FROM_100, "fast = 6"),
]
BEFORE, FEBRUARY, ITS_END = "2026-01-31T23:59:59+00:00", "2026-02-01T00:00:00+00:00", "2026-02-28T23:59:59+00:00"
MARCH, LATER = "2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00"
TIMES = (None, BEFORE, FEBRUARY, ITS_END, MARCH, LATER)


@pytest.fixture
def pricer(tmp_path: Path) -> Pricer:
    return Pricer(table.overridden(table.PriceTable(date(2026, 6, 1), "", 0, {}), table_file(tmp_path, *TABLE)))


def one_by_one(pricer: Pricer, messages: Sequence[Message]) -> tuple[Price, list[Message]]:
    prices = [price for price in map(pricer.price, messages) if price is not None]
    unpriced = [message for message in messages if pricer.price(message) is None]
    return Price(*(sum(price[column] for price in prices) for column in range(len(NOTHING)))), unpriced


@pytest.mark.parametrize("tariff", ["", "fast", "us", "batch,us"])
@pytest.mark.parametrize("model", ["a", "b", "unknown"])
def test_together_is_one_by_one(pricer: Pricer, model: str, tariff: str) -> None:
    """Before, at and after the days of both rows, below, at and above a long prompt; one to two of all and all."""
    messages = [
        response(
            model,
            at,
            tariff=tariff,
            context=context,
            input=1 + place,
            output=100 + place,
            cache_read=10_000 + place,
            cache_creation=1_000_000 + place,
            one_hour=500_000 - place,
            web_searches=place,
        )
        for place, (at, context) in enumerate(product(TIMES, (99, 100, 101)))
    ]
    for together in [[one] for one in messages] + [*map(list, combinations(messages, 2)), messages]:
        assert pricer.price_together(together, sum_counters(together)) == one_by_one(pricer, together)


def test_a_day_before_the_newest_row_is_charged_by_its_own(pricer: Pricer) -> None:
    """A million input tokens on the last of February cost two dollars, those a second later three."""
    old, new = (response("a", at, input=10**6) for at in (ITS_END, MARCH))
    for together in ([old, new], [new, old]):
        price, unpriced = pricer.price_together(together, sum_counters(together))
        assert (price, unpriced) == (Price(5 * 10**12, 0, 0, 0, 0), [])
