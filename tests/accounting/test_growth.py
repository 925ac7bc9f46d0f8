"""How the growth of one step is shared, worked out by hand. Estimates are others', visible, thought tokens."""

from __future__ import annotations

import pytest

from tokenscope.accounting.growth import share_growth


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
