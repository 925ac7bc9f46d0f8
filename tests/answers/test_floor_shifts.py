"""Where floors shifted: what is planted is found, and what chance alone shows is not claimed."""

from __future__ import annotations

from random import Random

from tokenscope.answers.comparison.floor_shifts import find_shifts
from tokenscope.answers.comparison.session_states import SessionState

DAY = 86_400_000


def states(floors: list[float], *, project: str = "/shop", models: str = "") -> list[SessionState]:
    """A session a day. `models`: a letter each."""
    return [
        SessionState(str(day), project, day * DAY, models[day : day + 1], "", "", "", "", None, None, size, 0, 0, 0, 0)
        for day, size in enumerate(floors)
    ]


def test_a_step_with_five_sessions_on_each_side() -> None:
    found = find_shifts(states([20_000.0] * 5 + [24_000.0] * 5, models="aaaaabbbbb"))
    (shift,) = found.shifts
    assert (shift.place, shift.before, shift.after, shift.could_be_chance) == (5, 20_000, 24_000, False)
    assert shift.models == ("a", "b")


def test_a_step_too_small_or_too_near_the_end() -> None:
    assert find_shifts(states([20_000.0] * 5 + [23_999.0] * 5)).shifts == []
    assert find_shifts(states([20_000.0] * 8 + [30_000.0] * 4)).shifts == []


def test_one_session_far_off_is_no_shift() -> None:
    assert find_shifts(states([20_000.0] * 7 + [200_000.0] + [20_000.0] * 7)).shifts == []


def test_there_and_back() -> None:
    found = find_shifts(states([20_000.0] * 10 + [30_000.0] * 10 + [20_000.0] * 10))
    assert [(one.place, one.before, one.after) for one in found.shifts] == [(10, 20_000, 30_000), (20, 30_000, 20_000)]


def test_each_project_by_itself() -> None:
    found = find_shifts(states([20_000.0] * 8, project="/shop") + states([40_000.0] * 8, project="/mill"))
    assert (found.shifts, found.expected) == ([], 0)


def test_floors_that_jump_about_are_not_claimed_in_95_of_100_histories() -> None:
    """Two kinds of sessions in any order: the rule finds shifts, as it does in shuffled order."""
    shifts, claimed = 0, 0
    for seed in range(100):
        random = Random(seed)
        found = find_shifts(states([random.choice((20_000.0, 30_000.0)) for _ in range(20)])).shifts
        shifts += len(found)
        claimed += any(not one.could_be_chance for one in found)
    assert shifts > 100
    assert claimed <= 5
