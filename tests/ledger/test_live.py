"""What is in a context and leaves it, by hand. Label 0 and 1 are the thread's; 2 was kept, 3 is not logged, 4 is gone."""

from __future__ import annotations

import pytest

from tokenscope.ledger.live import Live, disowned


def respond(live: Live) -> None:
    """One response in scope, for which a token of weight 1 costs 2 picodollars."""
    live.responses += 1
    live.carried += live.factor
    live.charged += 2 * live.factor


@pytest.fixture
def live() -> Live:
    """After one response with items 0 and 1, of 30 and 60 tokens, and 10 more that the log does not show."""
    live = Live(2)
    live.batches.append((0, [0, 1, live.not_logged], [30.0, 60.0, 10.0], 0.0, 0.0, 0, 0, 1))
    live.total = 100.0
    respond(live)
    return live


def test_an_item_that_leaves_has_been_carried_until_then(live: Live) -> None:
    respond(live)
    assert live.retire(1) == (0, 60.0)
    assert live.total == 40
    respond(live)
    live.start_over()
    assert live.tokens[:4] == [90, 120, 0, 30]
    assert live.price[:4] == [180, 240, 0, 60]
    assert (live.carried_with[:4], live.occurrences[:4]) == ([3, 2, 0, 3], [1, 1, 0, 1])
    assert live.total == 0


@pytest.mark.parametrize("ordinal", [2, 3, 99])
def test_what_has_not_come_yet_cannot_leave(live: Live, ordinal: int) -> None:
    """The place behind the last item is that of what the log does not show, which has no ordinal."""
    assert live.retire(ordinal) is None
    assert live.total == 100


def test_what_a_compaction_kept_cannot_leave_either() -> None:
    live = Live(1)
    live.batches.append((0, [0, live.kept], [30.0, 60.0], 0.0, 0.0, 0, 0, 1))
    assert live.retire(1) is None


def test_a_context_without_items_is_empty() -> None:
    live = Live(1)
    live.batches.append((0, [0], [30.0], 0.0, 0.0, 0, 0, 1))
    live.total = 30.0
    live.retire(0)
    assert live.is_empty
    assert live.total == 0


def test_what_has_left_cannot_leave_again(live: Live) -> None:
    assert live.retire(0) == (0, 30.0)
    assert live.retire(0) is None
    assert not live.is_empty
    live.retire(1)
    assert not live.is_empty
    live.start_over()
    assert live.is_empty


def test_all_shrink_alike(live: Live) -> None:
    live.shrink(0.5)
    assert live.total == 50
    respond(live)
    live.start_over()
    assert live.tokens[:4] == [45, 90, 0, 15]
    assert live.factor == 1


def test_specks_are_swept_together(live: Live) -> None:
    """At a 5,000th item 0 and what is not logged are smaller than a hundredth of a token, and item 1 is larger."""
    live.shrink(1 / 5_000)
    assert live.factor == 1
    assert live.total == pytest.approx(100 / 5_000)
    respond(live)
    assert live.retire(0) is None
    place, tokens = live.retire(1) or (-1, 0.0)
    assert place == 0
    assert tokens == pytest.approx(60 / 5_000)
    live.start_over()
    assert live.tokens[:4] == pytest.approx([30, 60 + 60 / 5_000, 0, 10 + 40 / 5_000])
    assert (live.carried_with[:4], live.occurrences[:4]) == ([1, 2, 0, 2], [1, 1, 0, 1])


def test_specks_of_what_has_left_are_none(live: Live) -> None:
    """Item 1 leaves, and 60 and 20 tokens come. Then all shrink to a 5,000th, where only the 60 are no speck, and again:
    what is not logged is 60 of the 120, and then all of them.
    """
    live.retire(1)
    live.batches.append((2, [0, 1], [60.0, 20.0], live.carried, live.charged, live.responses, 1, 1))
    live.total = 120.0
    for _ in range(2):
        live.shrink(1 / 5_000)
        respond(live)
    live.start_over()
    assert live.tokens[:4] == pytest.approx([30 + 60 / 5_000, 60, 0, 10 + 60 / 5_000 + 120 / 5_000**2], rel=1e-12)


def test_nothing_that_is_left_is_followed(live: Live) -> None:
    live.shrink(0.0)
    assert live.is_empty
    assert live.tokens[:4] == [30, 60, 0, 10]


def test_what_was_copied_is_not_of_this_thread() -> None:
    batch = (5, [0, 1, 0, 1], [1.0, 2.0, 3.0, 4.0], 0.5, 0.25, 7, 8, 1)
    rest = (0.5, 0.25, 7, 8)
    assert disowned(batch, range(6, 8)) == [
        (5, [0], [1.0], *rest, 1),
        (6, [1, 0], [2.0, 3.0], *rest, 0),
        (8, [1], [4.0], *rest, 1),
    ]
    assert disowned(batch, range(0, 6)) == [(5, [0], [1.0], *rest, 0), (6, [1, 0, 1], [2.0, 3.0, 4.0], *rest, 1)]
    assert disowned(batch, range(9, 20)) == [batch]
    assert disowned(batch, range(0, 5)) == [batch]
