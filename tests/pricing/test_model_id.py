"""A model has one name in the price table, whatever its provider calls it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tokenscope.pricing.model_id import _ID, normalise


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("claude-opus-4-8[1m]", "claude-opus-4-8"),
        ("claude-opus-4-20250514", "claude-opus-4"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet"),
        ("claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("anthropic.claude-opus-4-6-v12:34", "claude-opus-4-6"),
        ("claude-opus-4-6-v1@20260101-v2:0[1m]", "claude-opus-4-6"),
        ("us.claude-opus-5", "claude-opus-5"),
        ("us.anthropic.claude-opus-5", "claude-opus-5"),
        ("eu.anthropic.claude-opus-5", "claude-opus-5"),
        ("apac.anthropic.claude-opus-5", "claude-opus-5"),
        ("jp.anthropic.claude-opus-5", "claude-opus-5"),
        ("au.anthropic.claude-opus-5", "claude-opus-5"),
        ("global.anthropic.claude-opus-5", "claude-opus-5"),
        ("anthropic.claude-opus-5", "claude-opus-5"),
        ("anthropic/claude-opus-5", "claude-opus-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("claude-3.5-haiku", "claude-3-5-haiku"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0[1m]", "claude-sonnet-4-5"),
    ],
)
def test_every_spelling_of_a_provider_is_the_same_model(model: str, name: str) -> None:
    assert normalise(model) == name


@pytest.mark.parametrize(
    "model",
    [
        "",
        "<synthetic>",
        "claude-opus-4-2025051",  # seven digits are no date
        "claude-opus-4-202505140",  # nine neither
        "claude-opus-4-20250514-preview",
        "my-us.anthropic.claude-opus-5",
        "claude-opus-5[1m",
        "claude-opus-v.5",
        "claude-opus-5.next",
        "claude-opus-٤",  # a digit, but not one of ours
    ],
)
def test_what_is_no_known_decoration_stays(model: str) -> None:
    assert normalise(model) == model


@given(some.text())
def test_any_text_is_a_model_id_and_never_grows(model: str) -> None:
    assert len(normalise(model)) <= len(model)


@pytest.mark.parametrize("piece", ["-v1", "[1m]", "-20250514", "us.", "1."])
def test_a_hostile_id_is_read_to_its_end(piece: str) -> None:
    """Ids are untrusted: in time that grows with the square of their length this one would take minutes."""
    hostile = piece * 100_000 + "!"
    assert normalise(hostile) == hostile


def test_no_repeat_in_the_pattern_of_ids_is_unbounded() -> None:
    """So that an id of any length is read in one go."""
    unbounded = re.compile(r"(?<!\\)[*+]|\{\d*,\}")
    assert unbounded.search(r"a{0,3}\*x") is None
    assert all(unbounded.search(pattern) for pattern in ("a*", "a+", "a{2,}"))
    assert unbounded.search(_ID.pattern) is None
