"""The table that comes with the program, against prices copied by hand from what Anthropic publishes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from tokenscope.pricing.pricer import load_pricer, normalise
from tokenscope.pricing.table import PriceRow, packaged
from tokenscope.questions.prices import Dollars, rates_of

ROWS: list[PriceRow] = [row for rows in packaged().models.values() for row in rows]

MODELS = [
    "claude-fable-5-2",
    "claude-mythos-5-2",
    "claude-fable-5-1",
    "claude-mythos-5-1",
    "claude-fable-5",
    "claude-mythos-5",
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-opus-4-5",
    "claude-opus-4-1",
    "claude-opus-4",
    "claude-sonnet-5-5",
    "claude-sonnet-5",
    "claude-sonnet-4-6",
    "claude-sonnet-4-5",
    "claude-sonnet-4",
    "claude-haiku-5-5",
    "claude-haiku-4-5",
    "claude-3-7-sonnet",
    "claude-3-5-sonnet",
    "claude-3-5-haiku",
    "claude-3-opus",
    "claude-3-haiku",
]

BEFORE_4_6 = [
    "claude-opus-4-5",
    "claude-opus-4-1",
    "claude-opus-4",
    "claude-sonnet-4-5",
    "claude-sonnet-4",
    "claude-haiku-4-5",
    "claude-3-7-sonnet",
    "claude-3-5-sonnet",
    "claude-3-5-haiku",
    "claude-3-opus",
    "claude-3-haiku",
]


def test_every_model_of_the_published_list_is_there_and_no_other() -> None:
    assert set(packaged().models) == set(MODELS)


def test_the_table_says_when_it_was_checked_and_against_what() -> None:
    assert packaged().checked == date(2026, 11, 29)
    assert "Anthropic" in packaged().source
    assert load_pricer(user_file=None).checked == date(2026, 11, 29)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.model}-{row.valid_from}")
def test_every_row_is_complete_and_plausible(row: PriceRow) -> None:
    assert normalise(row.model) == row.model
    assert 0 < row.rates.cache_read < row.rates.input < row.rates.cache_write_5m
    assert row.rates.cache_write_5m < row.rates.cache_write_1h < row.rates.output
    if row.long_prompt is not None:
        pairs = zip(row.long_prompt.rates, row.rates, strict=True)
        assert all(long > short for long, short in pairs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.model}-{row.valid_from}")
def test_no_published_factor_makes_a_fraction_of_a_picodollar(row: PriceRow) -> None:
    rates = [*row.rates, *(row.long_prompt.rates if row.long_prompt else ())]
    for rate in rates:
        assert rate * 11 % (10 * 2) == 0  # in the United States, as a batch; fast factors are whole


def test_rows_of_a_model_differ_from_one_another() -> None:
    for rows in packaged().models.values():
        for older, newer in pairwise(rows):
            assert (older.rates, older.long_prompt, older.fast) != (
                newer.rates,
                newer.long_prompt,
                newer.fast,
            )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.model}-{row.valid_from}")
def test_inference_in_the_united_states_costs_a_tenth_more_since_claude_4_6(row: PriceRow) -> None:
    assert str(row.us) == ("None" if row.model in BEFORE_4_6 else "1.1")


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-fable-5-2", Dollars(8, 10, 16, 0.20, 40)),
        ("claude-mythos-5-2", Dollars(8, 10, 16, 0.20, 40)),
        ("claude-fable-5-1", Dollars(10, 12.50, 20, 0.25, 50)),
        ("claude-mythos-5", Dollars(10, 12.50, 20, 1, 50)),
        ("claude-opus-5-5", Dollars(4, 5, 8, 0.20, 20)),
        ("claude-opus-5", Dollars(5, 6.25, 10, 0.50, 25)),
        ("claude-opus-4-5", Dollars(5, 6.25, 10, 0.50, 25)),
        ("claude-opus-4-1", Dollars(15, 18.75, 30, 1.50, 75)),
        ("claude-opus-4", Dollars(15, 18.75, 30, 1.50, 75)),
        ("claude-sonnet-5-5", Dollars(2, 2.50, 4, 0.10, 10)),
        ("claude-sonnet-5", Dollars(2, 2.50, 4, 0.20, 10)),
        ("claude-sonnet-4-5", Dollars(3, 3.75, 6, 0.30, 15)),
        ("claude-haiku-5-5", Dollars(0.10, 0.125, 0.20, 0.01, 0.50)),
        ("claude-haiku-4-5", Dollars(1, 1.25, 2, 0.10, 5)),
        ("claude-3-5-haiku", Dollars(0.80, 1, 1.60, 0.08, 4)),
        ("claude-3-opus", Dollars(15, 18.75, 30, 1.50, 75)),
        ("claude-3-haiku", Dollars(0.25, 0.30, 0.50, 0.03, 1.25)),
    ],
)
def test_the_newest_price_of_a_model_is_the_published_one(model: str, dollars: Dollars) -> None:
    newest = [rate for rate in rates_of(load_pricer(user_file=None).table) if rate.model == model][-1]
    assert newest.price == dollars


@pytest.mark.parametrize(
    ("model", "long"),
    [
        ("claude-opus-4-6", Dollars(10, 12.50, 20, 1, 37.50)),
        ("claude-sonnet-4-6", Dollars(6, 7.50, 12, 0.60, 22.50)),
        ("claude-sonnet-4-5", Dollars(6, 7.50, 12, 0.60, 22.50)),
        ("claude-sonnet-4", Dollars(6, 7.50, 12, 0.60, 22.50)),
        ("claude-haiku-5-5", Dollars(0.50, 0.625, 1, 0.05, 2.50)),
    ],
)
def test_long_prompts_have_their_published_price(model: str, long: Dollars) -> None:
    oldest = next(rate for rate in rates_of(load_pricer(user_file=None).table) if rate.model == model)
    assert oldest.long_price == long
