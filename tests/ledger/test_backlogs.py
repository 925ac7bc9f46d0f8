"""What the second half of a thread carried of the first, by hand."""

from __future__ import annotations

import pytest

from tokenscope.ledger.thread import Moment, second_half_backlog


def test_what_came_up_to_the_middle_is_old() -> None:
    """Of five responses the third is the middle: 300 tokens are there. Before the fourth, 50 of them leave that came
    with the third, and 10 that came with the fourth's own; then all shrink to a half, and the fifth is sent twice.
    """
    past: list[Moment] = [(100.0, 1.0, 1.0, ()), (200.0, 1.0, 1.0, ()), (300.0, 1.0, 1.0, ())]
    past += [(400.0, 1.0, 1.0, ((2, 50.0), (3, 10.0))), (300.0, 0.5, 2.0, ())]
    assert second_half_backlog(past) == (250 + 125 * 2, 2)


def test_a_response_outside_the_scope_carried_nothing() -> None:
    assert second_half_backlog([(100.0, 1.0, 1.0, ()), (200.0, 1.0, 1.0, ()), (300.0, 1.0, 0.0, ())]) == (0.0, 0)


def test_less_than_nothing_is_never_left() -> None:
    assert second_half_backlog([(1.0, 1.0, 1.0, ()), (5.0, 1.0, 1.0, ()), (9.0, 1.0, 1.0, ((0, 6.0),))]) == (0.0, 1)


@pytest.mark.parametrize("length", [0, 1])
def test_a_thread_without_a_second_half(length: int) -> None:
    assert second_half_backlog([(100.0, 1.0, 1.0, ())] * length) is None
