"""How the growth of one step is shared, worked out by hand. Estimates are others', visible, thought tokens."""

from __future__ import annotations

import pytest

from tokenscope.ledger.growth_shares import OTHERS, THOUGHT, VISIBLE, Factors, estimated, scaled, share_growth


def shared(growth: float, estimates: tuple[float, float, float], said: int | None) -> tuple[float, ...]:
    """Tokens of each of the three, and of what nothing explains."""
    factors, rest = share_growth(growth, estimates, said, 1.5)
    parts = [factor * estimate for factor, estimate in zip(factors, estimates, strict=True)]
    return tuple(round(part, 6) for part in (*parts, rest))


@pytest.mark.parametrize(
    ("growth", "estimates", "said", "expected"),
    [
        # Nothing is known of what was said: all share alike, 1.5 times their estimate at most.
        (600, (300, 100, 0), None, (450, 150, 0, 0)),
        (700, (300, 100, 0), None, (450, 150, 0, 100)),
        (40, (300, 100, 0), None, (30, 10, 0, 0)),
        (700, (300, 100, 50), None, (450, 150, 75, 25)),
        # An output that no visible word belongs to says nothing about what arrived.
        (90, (100, 0, 0), 50, (90, 0, 0, 0)),
        # 120 were said: that is exact, and the rest is of others.
        (400, (300, 100, 0), 120, (280, 120, 0, 0)),
        (570, (300, 100, 0), 120, (450, 120, 0, 0)),
        (600, (300, 100, 0), 120, (450, 120, 0, 30)),
        (500, (0, 100, 0), 120, (0, 120, 0, 380)),
        # 700 were said, and 100 visible tokens with all that frames them are 500 at most. Others take the rest.
        (1_000, (300, 100, 0), 700, (300, 500, 0, 200)),
        # 300 were said, of which 100 are visible: 200 were thought.
        (600, (300, 100, 1), 300, (300, 100, 200, 0)),
        # As much of both: 100 of what was said are visible, 20 were thought.
        (400, (300, 100, 100), 120, (280, 100, 20, 0)),
        # Some of the thinking has gone already: others keep two thirds of their estimate first.
        (400, (300, 100, 1), 300, (200, 100, 100, 0)),
        (300, (300, 100, 1), 300, (200, 100, 0, 0)),
        # Less than that: both shrink alike.
        (200, (300, 100, 1), 300, (150, 50, 0, 0)),
        (0, (300, 100, 1), 300, (0, 0, 0, 0)),
        # Less was said than the visible words look like.
        (380, (300, 100, 1), 80, (300, 80, 0, 0)),
    ],
)
def test_growth_is_shared(
    growth: float, estimates: tuple[float, float, float], said: int | None, expected: tuple[float, ...]
) -> None:
    assert shared(growth, estimates, said) == expected


def test_nothing_that_arrived_explains_nothing() -> None:
    assert shared(70, (0, 0, 0), None) == (0, 0, 0, 70)
    assert shared(70, (0, 0, 0), 50) == (0, 0, 0, 70)


VOICES = (OTHERS, VISIBLE, THOUGHT, VISIBLE)  # of four labels


def test_estimates_are_bytes_times_density_by_voice() -> None:
    """Labels 0 and 1, then 2 and 3, then 0 again: 10, 20, 30, 40 and 50 bytes, of which 20, 30 and 40 are the model's."""
    labels, tokens, sums, own = estimated([0, 10, 1, 20, 2, 30, 3, 40, 0, 50], (0.5, 0.25, 1.0, 0.75), VOICES)
    assert labels == [0, 1, 2, 3, 0]
    assert tokens == [5, 5, 30, 30, 25]
    assert sums == [30, 35, 30]
    assert own == 90


def test_where_the_model_said_nothing_no_byte_is_its_own() -> None:
    assert estimated([0, 10, 0, 20], (0.5,), (OTHERS,)) == ([0, 0], [5, 10], [15, 0, 0], 0)


@pytest.mark.parametrize(
    ("factors", "labels", "tokens"),
    [
        ((2, 2, 2), [0, 1, 2, 3], [20, 40, 60, 80]),
        ((2, 3, 4), [0, 1, 2, 3], [20, 60, 120, 120]),
        ((2, 3, 3), [0, 1, 2, 3], [20, 60, 90, 120]),
        ((2, 2, 3), [0, 1, 2, 3], [20, 40, 90, 80]),
        ((2, 0.5, 0), [0, 1, 9, 3], [20, 10, 0, 20]),  # what was thought is gone
        ((0, 0, 0), [9, 9, 9, 9], [0, 0, 0, 0]),
    ],
)
def test_each_item_is_scaled_by_whose_it_is(factors: Factors, labels: list[int], tokens: list[float]) -> None:
    """10, 20, 30 and 40 tokens. The label of what comes to nothing is 9."""
    found = [0, 1, 2, 3]
    assert scaled(found, [10.0, 20.0, 30.0, 40.0], VOICES, factors, 9) == tokens
    assert found == labels


def test_what_is_taken_to_weigh_nothing_is_there_all_the_same() -> None:
    """Thinking without its text may come to no tokens; only a factor of 0 says that it is gone."""
    found = [0, 2]
    assert scaled(found, [10.0, 0.0], VOICES, (0.5, 1.0, 1.0), 9) == [5, 0]
    assert found == [0, 2]
