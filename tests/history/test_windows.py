"""Windows of five hours and of seven days: where they lie, what they hold, and how a reset is told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.history import seen
from tests.ingest import FIRST, TEN
from tests.transcripts import History
from tokenscope.errors import UsageError
from tokenscope.history.rolling_windows import (
    FIVE_HOURS,
    SEVEN_DAYS,
    RollingTimeline,
    Stretch,
    now_of,
    parse_reset,
    reaches_back,
)
from tokenscope.scope import Scope

HOUR, MINUTE, DAY = 3_600_000, 60_000, 86_400_000
Seen = list[tuple[float, float, list[int]]]


def timeline(history: History, *responses: tuple[float, int]) -> RollingTimeline:
    """A timeline of responses: hours after ten o'clock, and tokens (all of them output)."""
    session = history.session(FIRST)
    for hours, tokens in responses:
        when = f"2026-06-{1 + int(10 + hours) // 24:02}T{int(10 + hours) % 24:02}:{round(hours % 1 * 60):02}:00Z"
        session.response(input=0, output=tokens, at=when)
    return RollingTimeline(seen(history))


def hours(windows: list[Stretch]) -> Seen:
    return [((one.start - TEN) / HOUR, (one.end - TEN) / HOUR, one.indices) for one in windows]


def test_a_window_opens_with_the_first_response_after_the_last_one_closed(history: History) -> None:
    """The response at five o'clock sharp is past the first window, which ends before it."""
    windows = timeline(history, (0, 1), (4.75, 1), (5, 1), (9.5, 1), (30, 1)).opened(FIVE_HOURS, None)
    assert hours(windows) == [(0, 5, [0, 1]), (5, 10, [2, 3]), (30, 35, [4])]
    assert not any(one.is_anchored for one in windows)


def test_a_known_reset_puts_its_window_in_place_and_cuts_the_one_before(history: History) -> None:
    """A reset at 17:00 means a window from 12:00: the estimated one from 10:00 ends there."""
    responses = ((0, 1), (1, 1), (3, 1), (6, 1), (8, 1))
    windows = timeline(history, *responses).opened(FIVE_HOURS, TEN + 7 * HOUR)
    assert hours(windows) == [(0, 2, [0, 1]), (2, 7, [2, 3]), (8, 13, [4])]
    assert [one.is_anchored for one in windows] == [False, True, False]


def test_a_response_at_the_moment_of_a_reset_is_in_the_window_that_opens_then(history: History) -> None:
    """A window closed at 15:00 and so had opened at ten, with the first response; the second one opens the next."""
    windows = timeline(history, (0, 1), (5, 1)).opened(FIVE_HOURS, TEN + 5 * HOUR)
    assert hours(windows) == [(0, 5, [0]), (5, 10, [1])]
    assert [one.is_anchored for one in windows] == [True, False]


@pytest.mark.parametrize("reset", [-100, 100])
def test_a_reset_far_away_changes_nothing(history: History, reset: int) -> None:
    found = timeline(history, (0, 1), (6, 1))
    assert found.opened(FIVE_HOURS, TEN + reset * HOUR) == found.opened(FIVE_HOURS, None)


def test_windows_side_by_side_have_one_edge_where_it_was_asked_for(history: History) -> None:
    """Whole weeks before and after the edge, on the third of June at ten; the week in between is empty."""
    found = timeline(history, (0, 1), (47.5, 1), (48, 1), (48 + 15 * 24, 1))
    windows = found.side_by_side(SEVEN_DAYS, TEN + 48 * HOUR, is_anchored=True)
    assert hours(windows) == [
        (48 - 168, 48, [0, 1]),
        (48, 48 + 168, [2]),
        (48 + 2 * 168, 48 + 3 * 168, [3]),
    ]
    assert all(one.is_anchored for one in windows)


def test_a_single_response_has_its_week(history: History) -> None:
    windows = timeline(history, (0, 1)).side_by_side(SEVEN_DAYS, TEN + HOUR, is_anchored=False)
    assert hours(windows) == [(1 - 168, 1, [0])]
    assert not windows[0].is_anchored


def test_the_busiest_stretch_begins_at_any_response(history: History) -> None:
    """From ten: 5 + 6 tokens; from eleven: 6 + 8; the 8 at 15:30 alone has no company of its own."""
    found = timeline(history, (0, 5), (1, 6), (5.5, 8), (20, 13))
    busiest = found.busiest(FIVE_HOURS)
    assert busiest is not None
    assert hours([busiest]) == [(1, 6, [1, 2])]
    assert not busiest.is_anchored


def test_the_first_of_equally_busy_stretches(history: History) -> None:
    busiest = timeline(history, (0, 5), (10, 5)).busiest(FIVE_HOURS)
    assert busiest is not None
    assert busiest.start == TEN


def test_responses_of_no_tokens_have_a_busiest_stretch_too(history: History) -> None:
    busiest = timeline(history, (0, 0), (1, 0)).busiest(FIVE_HOURS)
    assert busiest is not None
    assert hours([busiest]) == [(0, 5, [0, 1])]


def test_the_busiest_stretch_ends_before_its_last_moment(history: History) -> None:
    """The response at 15:00 sharp is in the five hours from eleven, and not in those from ten."""
    busiest = timeline(history, (0, 9), (1, 5), (5, 5)).busiest(FIVE_HOURS)
    assert busiest is not None
    assert hours([busiest]) == [(0, 5, [0, 1])]


def test_nothing_has_no_windows(history: History) -> None:
    found = timeline(history)
    assert found.busiest(FIVE_HOURS) is None
    assert found.opened(FIVE_HOURS, TEN) == found.side_by_side(SEVEN_DAYS, TEN, is_anchored=False) == []


def test_undated_responses_are_in_no_window(history: History) -> None:
    session = history.session(FIRST)
    session.response(output=1)
    session.response(output=1, row={"timestamp": None})
    assert len(RollingTimeline(seen(history)).indices) == 1


BERLIN = Scope(now=TEN, zone=ZoneInfo("Europe/Berlin"))  # where it is twelve o'clock


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13:20", TEN + HOUR + 20 * MINUTE),
        ("1:20pm", TEN + HOUR + 20 * MINUTE),
        (" 1:20 PM ", TEN + HOUR + 20 * MINUTE),
        ("1pm", TEN + HOUR),
        ("01:59pm", TEN + HOUR + 59 * MINUTE),
        ("9:59", TEN - 3 * HOUR + 59 * MINUTE),
        ("17:00", TEN + 5 * HOUR),
        ("17:01", TEN + 5 * HOUR + MINUTE - DAY),  # no open window can close so late: it was yesterday
        ("12:00", TEN),  # now: it has just closed
        ("12am", TEN - 12 * HOUR),
        ("12pm", TEN),
        ("11:59", TEN - MINUTE),
        ("1780308000", TEN),
        ("2026-06-01T10:00:00Z", TEN),
        ("2026-06-01T13:00", TEN + HOUR),
        ("2026-06-02", TEN + 12 * HOUR),
    ],
)
def test_a_reset_as_it_is_told(text: str, expected: int) -> None:
    assert parse_reset(text, BERLIN, FIVE_HOURS) == expected


def test_a_time_of_day_before_midnight_and_after() -> None:
    late = Scope(now=TEN + 12 * HOUR, zone=ZoneInfo("Europe/Berlin"))  # midnight
    assert parse_reset("02:00", late, FIVE_HOURS) == TEN + 14 * HOUR
    assert parse_reset("23:00", late, FIVE_HOURS) == TEN + 11 * HOUR
    evening = Scope(now=TEN + 11 * HOUR, zone=ZoneInfo("Europe/Berlin"))  # 23:00
    assert parse_reset("02:00", evening, FIVE_HOURS) == TEN + 14 * HOUR


@pytest.mark.parametrize(
    "text", ["", "soon", "2h", "24:00", "12:60", "1:60pm", "0pm", "13pm", "7", "2026-13-01", "99999999999", "१:00"]
)
def test_what_is_no_reset(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_reset(text, BERLIN, FIVE_HOURS)
    assert error.value.hint
    assert repr(text) in str(error.value)


@pytest.mark.parametrize("text", ["19:20", "7pm", "7d"])
def test_a_week_needs_its_day(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_reset(text, BERLIN, SEVEN_DAYS)
    assert (error.value.hint or "").endswith("2026-11-03T09:00")
    with pytest.raises(UsageError) as error:
        parse_reset("soon", BERLIN, FIVE_HOURS)
    assert error.value.hint == "write 19:20, 7:20pm or 2026-11-03T19:20"


@pytest.mark.parametrize(("until", "found"), [(None, TEN), (TEN - 1, TEN - 1), (TEN, TEN), (TEN + 1, TEN)])
def test_the_moment_that_an_answer_looks_back_from(until: int | None, found: int) -> None:
    assert now_of(Scope(now=TEN, until=until)) == found


@pytest.mark.parametrize(("since", "whole"), [(None, True), (TEN - 1, True), (TEN, True), (TEN + 1, False)])
def test_whether_all_since_a_moment_is_in_scope(since: int | None, whole: bool) -> None:  # noqa: FBT001 - drawn
    assert reaches_back(Scope(now=TEN + DAY, since=since), TEN) is whole
    assert parse_reset("2026-06-04T09:00", BERLIN, SEVEN_DAYS) == TEN + 69 * HOUR
