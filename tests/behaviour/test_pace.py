"""Wall time, active time, status; and the repository that a working directory belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscope.history.session_usage import PAUSE, Pace, pace_of, status_of

MINUTE, HOUR = 60_000, 3_600_000


def test_gaps_of_more_than_five_minutes_are_no_work() -> None:
    times = [0, 4 * MINUTE, 9 * MINUTE, 15 * MINUTE, 16 * MINUTE]  # gaps of 4, 5, 6 and 1 minutes
    assert pace_of(times) == Pace(wall=16 * MINUTE, active=10 * MINUTE)
    assert pace_of(reversed(times)) == pace_of(times)


def test_nothing_happened() -> None:
    assert pace_of([]) is None
    assert pace_of([7]) == Pace(0, 0)


@given(st.lists(st.integers(0, 10 * HOUR), min_size=1))
def test_active_time_is_part_of_wall_time(times: list[int]) -> None:
    pace = pace_of(times)
    assert pace is not None
    assert 0 <= pace.active <= pace.wall == max(times) - min(times)


@pytest.mark.parametrize(
    ("silent", "status"),
    [(-HOUR, "active"), (PAUSE, "active"), (PAUSE + 1, "idle"), (4 * HOUR, "idle"), (4 * HOUR + 1, "stale")],
)
def test_status(silent: int, status: str) -> None:
    assert status_of(100 * HOUR - silent, now=100 * HOUR, idle_for=4 * HOUR) == status
