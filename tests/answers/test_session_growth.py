"""How contexts grew: sizes of prompts in order, cut into stretches, by session."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.answers import MORNING, read
from tests.ingest import FIRST, SECOND, THIRD
from tests.questions import shop
from tests.transcripts import History
from tokenscope.answers.session.newest_sessions import STRETCHES, measure_growth, stretches
from tokenscope.scope import Scope


def test_every_session_with_the_sizes_of_its_main_thread(tmp_path: Path) -> None:
    """The fork holds what it copied, 10,000 and 12,000; the response without a time is not drawn."""
    found = {one.session.session_id: one for one in measure_growth(read(shop(tmp_path)))}
    assert list(found) == [THIRD, SECOND, FIRST]  # the newest first
    assert found[FIRST].growth == [20_000, 25_000, 26_000]
    assert found[SECOND].growth == [10_000, 12_000]
    assert found[THIRD].growth == [10_000, 12_000, 12_300]
    assert found[FIRST].largest_prompt_tokens == 26_000
    assert found[FIRST].session.usage.total_tokens == 80_730  # its subagent's included


def test_a_window_draws_what_is_inside(tmp_path: Path) -> None:
    noon = MORNING + 6 * 60_000
    (one,) = measure_growth(read(shop(tmp_path), Scope(MORNING, since=noon, until=MORNING + 3_600_000)))
    assert (one.growth, one.largest_prompt_tokens) == ([26_000], 26_000)


def test_a_session_of_subagents_alone_has_none(history: History) -> None:
    history.session("s").subagent("a1").response(input=9_000)
    (one,) = measure_growth(read(history))
    assert (one.growth, one.largest_prompt_tokens, one.compactions) == ([], 0, 0)


@pytest.mark.parametrize(
    ("sizes", "expected"), [([], []), ([5], [5]), ([1, 2, 3], [1, 2, 3]), ([1, 9, 2, 3, 4, 4, 8, 1], [9, 3, 4, 8])]
)
def test_stretches_by_hand(sizes: list[int], expected: list[int]) -> None:
    assert stretches(sizes, 4) == expected


@given(st.lists(st.integers(0, 10**6), max_size=300))
def test_stretches_lose_no_peak(sizes: list[int]) -> None:
    found = stretches(sizes, STRETCHES)
    assert len(found) == min(len(sizes), STRETCHES)
    assert max(found, default=0) == max(sizes, default=0)
