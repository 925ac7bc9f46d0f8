"""The short form of tests/trust/fuzz.py."""

from __future__ import annotations

import pytest

from tests.trust.fuzz import fuzz


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_row_breaks_it_and_no_good_one_gets_lost(seed: int) -> None:
    count = fuzz(4_000, seed)
    assert count.failures == []
    assert count.good > 100
    assert count.malformed > 100
