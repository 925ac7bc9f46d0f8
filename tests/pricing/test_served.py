"""What an id and a response say of how it was served, and which ids are the same model."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tokenscope.pricing.pricer import Pricer, load_pricer

from .build import input_dollars, response

NOON = "2026-11-15T12:00:00+00:00"
PRICER = load_pricer(user_file=None)


@pytest.mark.parametrize(
    ("at", "dollars"),
    [
        ("2026-05-11T23:59:59+00:00", None),
        ("2026-05-12T00:00:00+00:00", 30),
        ("2026-07-24T23:59:59+00:00", 30),
        ("2026-07-25T00:00:00+00:00", None),
    ],
)
def test_fast_mode_of_opus_4_7_was_sold_for_ten_weeks(at: str, dollars: float | None) -> None:
    if dollars is None:
        assert PRICER.price(response("claude-opus-4-7", at, tariff="fast", input=1)) is None
    else:
        assert input_dollars(PRICER, "claude-opus-4-7", at, tariff="fast") == dollars


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("global.anthropic.claude-opus-4-8", 5),
        ("eu.anthropic.claude-opus-4-8", 5.5),
        ("au.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        ("jp.anthropic.claude-haiku-4-5-20251001-v1:0", 1.1),
        ("apac.anthropic.claude-sonnet-4-20250514-v1:0", 3),  # before 4.5
        ("us.anthropic.claude-3-5-haiku-20241022-v1:0", 0.8),
        ("bedrock/us.anthropic.claude-opus-4-8", 5.5),
        ("arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-opus-4-8", 5.5),
        ("anthropic/claude-4.7-opus-20260416", 5),
        ("anthropic--claude-4.5-sonnet", 3),
        ("databricks-claude-sonnet-4-5", 3),
        ("openrouter/anthropic/claude-opus-5", 5),
        ("vertex_ai/claude-sonnet-4-5@20250929", 3),
        ("claude-haiku-4-5@default", 1),
        ("claude-haiku-3-5", 0.8),
        ("claude-opus-5-fast", 10),
        ("CLAUDE-OPUS-5", 5),
    ],
)
def test_an_id_tells_the_model_and_how_it_was_served(model: str, dollars: float) -> None:
    assert input_dollars(PRICER, model, NOON) == dollars


def test_a_region_that_id_and_response_both_name_is_paid_once() -> None:
    assert input_dollars(PRICER, "us.anthropic.claude-opus-4-8", NOON, tariff="us") == 5.5


@pytest.mark.parametrize(
    "model",
    [
        "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123def456",
        "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-opus-5-mini",
        "claude-opus-50",
        "claude-opus-4-80",
        "claude-opus-4-8-1",
        "claude-4-8-opus-5",
        "my-claude-opus-5",
        "someone/claude-opus-5",
        "claude-opus-4-6-fast-preview",
        "claude-haiku-4-5-fast",  # no fast mode is sold of it
    ],
)
def test_what_names_no_model_beyond_doubt_has_no_price(model: str) -> None:
    assert PRICER.price(response(model, NOON, input=1)) is None


PIECES = ["claude", "opus", "sonnet", "haiku", "4", "5", "8", "3", "7", "6", "mini", "my", "v1", "20260416", "latest",
          "us.", "anthropic", "anthropic/", "fast", "-", "-", "-", ".", "@", "/", "[1m]", "x"]  # fmt: skip


@given(some.lists(some.sampled_from(PIECES), max_size=12).map("".join) | some.text())
def test_no_look_alike_is_priced_as_another_model(model: str) -> None:
    """What remains of a priced id without its decorations is the words of one model, and the digits in their order."""
    if PRICER.price(response(model, None, input=1)) is None:
        return
    bare = re.sub(r"[0-9]{8}|-v[0-9]+(:[0-9]+)?|\[1m\]|anthropic|us\.|latest|fast|bedrock", "", model.lower())
    words = re.findall(r"[a-z]+|[0-9]+", bare)
    digits = "-".join(word for word in words if word.isdigit()).removesuffix("-0")
    names = [word for word in words if not word.isdigit()]
    known = {f"claude-{names[-1]}-{digits}", f"claude-{digits}-{names[-1]}"} & set(PRICER.table.models)
    assert names[0] == "claude"
    assert len(names) == 2
    assert len(known) == 1


@pytest.mark.parametrize("tariff", ["tier=flex", "speed=turbo", "region=eu", "batch,region=?"])
def test_an_unknown_tier_speed_or_region_is_an_unknown_price(tariff: str) -> None:
    one = response("claude-opus-5", NOON, tariff=tariff, input=1)
    assert PRICER.price(one) is None
    assert PRICER.unpriced_as(one).startswith("claude-opus-5 (")


def test_an_unknown_model_goes_by_its_name_however_it_was_served() -> None:
    assert Pricer(PRICER.table).unpriced_as(response("glm-7", NOON, tariff="tier=flex")) == "glm-7"
