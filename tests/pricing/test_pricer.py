"""What a response costs. One token at one dollar per million costs 10**6 picodollars."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tokenscope.model import PICODOLLARS
from tokenscope.pricing import table
from tokenscope.pricing.pricer import Price, Pricer, load_pricer

from .build import MILLION, ROW, input_dollars, response, table_file

OPUS_4_8_LAST_FAST = "2026-11-30T23:59:59+00:00"


@pytest.fixture(scope="module")
def pricer() -> Pricer:
    return load_pricer(user_file=None)


def test_each_kind_of_token_has_its_own_price(pricer: Pricer) -> None:
    price = pricer.price(response("claude-opus-4-8", input=3, cache_creation=7, one_hour=2, cache_read=1000, output=11))
    assert price == Price(
        input=3 * 5_000_000,
        cache_write=5 * 6_250_000 + 2 * 10_000_000,
        cache_read=1000 * 500_000,
        output=11 * 25_000_000,
        web_search=0,
    )
    assert price.total == 15_000_000 + 51_250_000 + 500_000_000 + 275_000_000


def test_cache_writes_without_a_lifetime_are_five_minute_writes(pricer: Pricer) -> None:
    price = pricer.price(response("claude-haiku-4-5", cache_creation=100))
    assert price == Price(0, 100 * 1_250_000, 0, 0, 0)


def test_cache_writes_for_an_hour_cost_their_own_price(pricer: Pricer) -> None:
    price = pricer.price(response("claude-haiku-4-5", cache_creation=100, one_hour=100))
    assert price == Price(0, 100 * 2_000_000, 0, 0, 0)


def test_an_empty_response_of_a_known_model_costs_nothing(pricer: Pricer) -> None:
    assert pricer.price(response("claude-haiku-4-5")) == Price(0, 0, 0, 0, 0)


def test_a_thousand_web_searches_cost_ten_dollars(pricer: Pricer) -> None:
    price = pricer.price(response("claude-haiku-4-5", web_searches=1000))
    assert price == Price(0, 0, 0, 0, 10 * PICODOLLARS)
    assert price.total == 10 * PICODOLLARS
    assert pricer.web_search_usd_per_1000 == 10


@pytest.mark.parametrize("tariff", ["batch", "fast", "us", "batch,us", "priority"])
def test_no_tariff_changes_the_price_of_a_web_search(pricer: Pricer, tariff: str) -> None:
    price = pricer.price(response("claude-opus-5", tariff=tariff, web_searches=1))
    assert price == Price(0, 0, 0, 0, PICODOLLARS // 100)


@pytest.mark.parametrize(
    "model",
    [
        "claude-opus-9",
        "claude-opus-4-9",
        "claude-haiku-5",
        "claude-opus-4-5-preview",
        "gpt-5",
        "<synthetic>",
        "",
    ],
)
def test_an_unknown_model_has_no_price_at_all(pricer: Pricer, model: str) -> None:
    assert pricer.price(response(model, input=1, web_searches=1)) is None


def test_a_model_is_found_under_a_providers_name(pricer: Pricer) -> None:
    assert input_dollars(pricer, "global.anthropic.claude-haiku-4-5-20251001-v1:0[1m]", None) == 1


@pytest.mark.parametrize(
    ("model", "first_day"),
    [
        ("claude-fable-5-2", "2026-11-09"),
        ("claude-mythos-5-2", "2026-11-09"),
        ("claude-fable-5-1", "2026-09-01"),
        ("claude-mythos-5-1", "2026-09-01"),
        ("claude-fable-5", "2026-06-09"),
        ("claude-mythos-5", "2026-06-09"),
        ("claude-opus-5-5", "2026-09-22"),
        ("claude-opus-5", "2026-07-24"),
        ("claude-sonnet-5-5", "2026-09-28"),
        ("claude-sonnet-5", "2026-06-30"),
        ("claude-haiku-5-5", "2026-10-07"),
    ],
)
def test_a_model_has_no_price_before_its_first_day(pricer: Pricer, model: str, first_day: str) -> None:
    midnight = response(model, f"{first_day}T00:00:00+00:00", input=1)
    assert pricer.price(midnight) is not None
    assert midnight.time is not None
    assert pricer.price(midnight._replace(time=midnight.time - 1)) is None


@pytest.mark.parametrize(
    ("at", "dollars"),
    [
        ("2026-10-06T23:59:59+00:00", 0.20),
        ("2026-10-07T00:00:00+00:00", 0.10),
        ("2026-10-07T01:59:59+02:00", 0.20),  # still the sixth in UTC
        (None, 0.10),
    ],
)
def test_sonnet_5_5_cache_reads_were_halved_on_a_day(pricer: Pricer, at: str | None, dollars: float) -> None:
    price = pricer.price(response("claude-sonnet-5-5", at, cache_read=MILLION))
    assert price is not None
    assert price.cache_read == int(dollars * 100) * PICODOLLARS // 100


def test_sonnet_5_did_not_become_dearer_in_september(pricer: Pricer) -> None:
    assert input_dollars(pricer, "claude-sonnet-5", "2026-08-31T12:00:00+00:00") == 2
    assert input_dollars(pricer, "claude-sonnet-5", "2026-09-02T12:00:00+00:00") == 2


@pytest.mark.parametrize(
    ("model", "at", "context", "dollars"),
    [
        ("claude-sonnet-4", "2026-11-15T00:00:00+00:00", 200_000, 3),
        ("claude-sonnet-4", "2026-11-15T00:00:00+00:00", 200_001, 6),
        ("claude-sonnet-4-5", "2026-04-30T23:59:59+00:00", 200_000, 3),
        ("claude-sonnet-4-5", "2026-04-30T23:59:59+00:00", 200_001, 6),
        ("claude-sonnet-4-5", "2026-05-01T00:00:00+00:00", 200_001, 3),
        ("claude-sonnet-4-6", "2026-03-12T23:59:59+00:00", 200_000, 3),
        ("claude-sonnet-4-6", "2026-03-12T23:59:59+00:00", 200_001, 6),
        ("claude-sonnet-4-6", "2026-03-13T00:00:00+00:00", 200_001, 3),
        ("claude-opus-4-6", "2026-01-31T23:59:59+00:00", 200_001, 10),
        ("claude-opus-4-6", "2026-03-12T23:59:59+00:00", 200_000, 5),
        ("claude-opus-4-6", "2026-03-12T23:59:59+00:00", 200_001, 10),
        ("claude-opus-4-6", "2026-03-13T00:00:00+00:00", 200_001, 5),
        ("claude-haiku-5-5", "2026-11-15T00:00:00+00:00", 100_000, 0.10),
        ("claude-haiku-5-5", "2026-11-15T00:00:00+00:00", 100_001, 0.50),
        ("claude-opus-5-5", "2026-11-15T00:00:00+00:00", 900_000, 4),
    ],
)
def test_a_long_prompt_costs_more_where_and_while_it_did(
    pricer: Pricer, model: str, at: str, context: int, dollars: float
) -> None:
    assert input_dollars(pricer, model, at, context=context) == dollars


def test_a_long_prompt_reprices_every_column(pricer: Pricer) -> None:
    price = pricer.price(
        response(
            "claude-haiku-5-5",
            context=100_001,
            input=1,
            cache_creation=2,
            one_hour=1,
            cache_read=99_998,
            output=10,
        )
    )
    assert price == Price(500_000, 625_000 + 1_000_000, 99_998 * 50_000, 10 * 2_500_000, 0)


def test_several_short_requests_of_one_response_are_no_long_prompt(pricer: Pricer) -> None:
    price = pricer.price(response("claude-haiku-5-5", context=90_000, cache_read=180_000))
    assert price == Price(0, 0, 180_000 * 10_000, 0, 0)


@pytest.mark.parametrize(
    ("model", "tariff", "at", "dollars"),
    [
        ("claude-opus-5", "fast", "2026-11-15T00:00:00+00:00", 10),
        ("claude-opus-5-5", "fast", "2026-11-15T00:00:00+00:00", 8),
        ("claude-fable-5-2", "fast", "2026-11-15T00:00:00+00:00", 16),
        ("claude-mythos-5-2", "fast", "2026-11-15T00:00:00+00:00", 16),
        ("claude-opus-4-8", "fast", OPUS_4_8_LAST_FAST, 10),
        ("claude-opus-4-6", "fast", "2026-02-01T00:00:00+00:00", 30),
        ("claude-opus-4-6", "fast", "2026-03-13T00:00:00+00:00", 30),
        ("claude-opus-5", "us", "2026-11-15T00:00:00+00:00", 5.5),
        ("claude-opus-4-6", "us", "2026-11-15T00:00:00+00:00", 5.5),
        ("claude-haiku-5-5", "us", "2026-11-15T00:00:00+00:00", 0.11),
        ("claude-opus-4-5", "us", "2026-11-15T00:00:00+00:00", 5),
        ("claude-haiku-4-5", "us", "2026-11-15T00:00:00+00:00", 1),
        ("claude-opus-5", "batch", "2026-11-15T00:00:00+00:00", 2.5),
        ("claude-opus-5", "priority", "2026-11-15T00:00:00+00:00", 5),
        ("claude-opus-5", "batch,us", "2026-11-15T00:00:00+00:00", 2.75),
        ("claude-opus-5", "fast,us", "2026-11-15T00:00:00+00:00", 11),
        ("claude-opus-5", "batch,fast,us", "2026-11-15T00:00:00+00:00", 5.5),
        ("claude-opus-5", "priority,us", "2026-11-15T00:00:00+00:00", 5.5),
    ],
)
def test_what_was_served_multiplies_the_price(pricer: Pricer, model: str, tariff: str, at: str, dollars: float) -> None:
    assert input_dollars(pricer, model, at, tariff=tariff) == dollars


@pytest.mark.parametrize(
    ("model", "at"),
    [
        ("claude-opus-4-7", "2026-11-15T00:00:00+00:00"),
        ("claude-opus-4-6", "2026-01-31T23:59:59+00:00"),
        ("claude-opus-4-8", "2026-12-01T00:00:00+00:00"),
        ("claude-opus-4-8", None),
        ("claude-sonnet-5", "2026-11-15T00:00:00+00:00"),
    ],
)
def test_fast_mode_without_a_published_factor_has_no_price(pricer: Pricer, model: str, at: str | None) -> None:
    assert pricer.price(response(model, at, tariff="fast", input=1, web_searches=1)) is None
    assert pricer.price(response(model, at, input=1)) is not None


def test_a_factor_multiplies_every_column(pricer: Pricer) -> None:
    price = pricer.price(
        response(
            "claude-opus-5",
            tariff="batch",
            input=1,
            cache_creation=2,
            one_hour=1,
            cache_read=1,
            output=1,
            web_searches=1,
        )
    )
    assert price == Price(2_500_000, 3_125_000 + 5_000_000, 250_000, 12_500_000, 10**10)


def test_a_factor_multiplies_the_price_of_a_long_prompt(pricer: Pricer) -> None:
    at = "2026-02-10T00:00:00+00:00"
    assert input_dollars(pricer, "claude-opus-4-6", at, tariff="fast", context=200_001) == 60


def test_a_fraction_of_a_picodollar_rounds_half_to_even(tmp_path: Path) -> None:
    path = table_file(
        tmp_path,
        "[[models.odd]]",
        "price = { input = 1e-6, cache_write_5m = 3e-6, cache_write_1h = 0, cache_read = 0, output = 0 }",
    )
    pricer = load_pricer(path, user_file=None)
    price = pricer.price(response("odd", tariff="batch", input=1000, cache_creation=1000))
    assert price == Price(0, 2000, 0, 0, 0)  # 0.5 -> 0 and 1.5 -> 2 picodollars a token


def test_one_response_has_one_price_however_often_it_is_asked(pricer: Pricer) -> None:
    plain = response("claude-opus-5", input=MILLION)
    batch = plain._replace(tariff="batch")
    totals = [price and price.total for price in map(pricer.price, (plain, batch, plain, batch))]
    assert totals == [5 * PICODOLLARS, 5 * PICODOLLARS // 2] * 2


def test_the_smaller_model_is_the_newest_of_its_day_in_any_order(pricer: Pricer) -> None:
    expected = [
        ("claude-opus-5", "2026-09-27T23:59:59+00:00", "claude-sonnet-5"),
        ("claude-opus-5", "2026-09-28T00:00:00+00:00", "claude-sonnet-5-5"),
        ("claude-opus-5", "2026-09-28T01:59:59+02:00", "claude-sonnet-5"),  # still the day before in UTC
        ("claude-sonnet-5", "2026-10-06T23:59:59+00:00", "claude-haiku-4-5"),
        ("claude-sonnet-5", "2026-10-07T00:00:00+00:00", "claude-haiku-5-5"),
        ("claude-opus-5", None, "claude-sonnet-5-5"),
        ("claude-opus-5", "2026-05-02T00:00:00+00:00", "claude-sonnet-4-6"),  # the day before, 4.5 became cheaper
        ("claude-haiku-5-5", "2026-10-07T00:00:00+00:00", None),
        ("gpt-5", "2026-10-07T00:00:00+00:00", None),
        ("claude-fable-5", "2026-07-24T00:00:00+00:00", "claude-opus-5"),
        ("claude-mythos-5", "2026-07-24T00:00:00+00:00", "claude-opus-5"),
    ]
    for model, at, smaller in (*expected, *reversed(expected)):
        assert pricer.smaller_model(response(model, at)) == smaller


def test_the_smaller_model_is_of_the_next_family_even_if_another_one_is_newer(tmp_path: Path) -> None:
    lines = ["[[models.a-sonnet]]", ROW, "[[models.a-haiku]]", "from = 2026-06-01", ROW]
    nothing = table.PriceTable(date(2026, 6, 1), "", 0, {})
    pricer = Pricer(table.overridden(nothing, table_file(tmp_path, *lines)))
    assert pricer.smaller_model(response("an-opus")) == "a-sonnet"
    assert pricer.smaller_model(response("a-sonnet")) == "a-haiku"
    assert pricer.smaller_model(response("a-sonnet", "2026-05-31T23:59:59+00:00")) is None
