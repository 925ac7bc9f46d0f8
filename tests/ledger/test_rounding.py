"""Rounding that keeps the sum (every expectation by hand)."""

from __future__ import annotations

from itertools import pairwise
from math import fsum, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscope.ledger.ledger_rows import round_to_sum

AMOUNTS = st.lists(st.floats(0, 1e12), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("amounts", "total", "expected"),
    [
        ([], 0, []),
        ([], 7, []),  # nothing to give it to
        ([0.0], 0, [0]),
        ([2.4, 3.6], 6, [2, 4]),
        ([1.5, 1.5], 3, [2, 1]),  # of equal remainders the first
        ([0.5, 0.5, 0.5, 0.5], 2, [1, 1, 0, 0]),
        ([1 / 3, 1 / 3, 1 / 3], 1, [1, 0, 0]),
        ([10.9, 0.2, 0.9], 12, [11, 0, 1]),
        ([0.0, 0.0, 5.0], 5, [0, 0, 5]),
        ([2.9999999, 3.0000001], 6, [3, 3]),
        ([1e15, 0.5, 0.5], 10**15 + 1, [10**15, 1, 0]),
    ],
)
def test_the_largest_remainders_are_rounded_up(amounts: list[float], total: int, expected: list[int]) -> None:
    assert round_to_sum(amounts, total) == expected


@pytest.mark.parametrize(
    ("amounts", "total", "expected"),
    [
        ([5.0, 3.0], 7, [4, 3]),  # more than the total: the largest can spare it
        ([0.0, 10.0], 9, [0, 9]),
        ([10.0, 0.0], 9, [9, 0]),
    ],
)
def test_amounts_that_add_up_to_more_than_the_total(amounts: list[float], total: int, expected: list[int]) -> None:
    assert round_to_sum(amounts, total) == expected


def fitting(amounts: list[float]) -> int:
    """A total that these amounts can be rounded to."""
    return round(fsum(amounts))


@given(AMOUNTS)
def test_the_sum_is_exact_and_each_is_within_one_of_its_amount(amounts: list[float]) -> None:
    found = round_to_sum(amounts, fitting(amounts))
    assert sum(found) == fitting(amounts)
    assert all(
        abs(whole - amount) < 1 or isclose(abs(whole - amount), 1) for whole, amount in zip(found, amounts, strict=True)
    )


@given(AMOUNTS)
def test_what_is_nothing_stays_nothing_or_more(amounts: list[float]) -> None:
    assert min(round_to_sum([*amounts, 0.0], fitting(amounts))) >= 0


@given(AMOUNTS, st.integers(-3, 3))
def test_the_sum_is_exact_whatever_the_total(amounts: list[float], more: int) -> None:
    total = fitting(amounts) + more * len(amounts) * 2
    assert sum(round_to_sum(amounts, total)) == total


@given(AMOUNTS, st.integers(1, 3))
def test_a_total_out_of_reach_is_shared_by_all(amounts: list[float], times: int) -> None:
    """As many more as there are amounts: one more for each."""
    found = round_to_sum(amounts, fitting(amounts) + times * len(amounts))
    assert all(abs(whole - amount - times) <= 1.001 for whole, amount in zip(found, amounts, strict=True))


@given(AMOUNTS)
def test_whole_amounts_stay_as_they_are(amounts: list[float]) -> None:
    whole = [int(amount) for amount in amounts]
    assert round_to_sum(whole, sum(whole)) == whole


@given(AMOUNTS)
def test_a_larger_amount_is_never_rounded_to_less(amounts: list[float]) -> None:
    pairs = sorted(zip(amounts, round_to_sum(amounts, fitting(amounts)), strict=True))
    assert all(one <= other or low == high for (low, one), (high, other) in pairwise(pairs))
