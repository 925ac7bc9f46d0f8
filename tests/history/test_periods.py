"""Days, weeks, months and hours of responses, in the reader's zone (T50, T51). Every figure is worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest import store_of
from tests.transcripts import History
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import (
    CHART_PERIODS,
    DAY,
    HOUR,
    MONTH,
    WEEK,
    Period,
    counter_tokens,
    fitting_period,
    model_tokens,
    sum_by_period,
    timeline,
)
from tokenscope.history.history import History as Seen
from tokenscope.model import Facet
from tokenscope.pricing.pricer import load_pricer
from tokenscope.scope import Scope

BERLIN = ZoneInfo("Europe/Berlin")


def seen(history: History, scope: Scope | None = None) -> Seen:
    return Seen(store_of(history), scope or Scope(now=0, zone=UTC), load_pricer(None))


def used(history: History, *moments: str) -> History:
    """A session with a response of 1, 2, 4 … tokens at each of the moments."""
    session = history.session()
    for number, moment in enumerate(moments):
        session.response(input=2**number, output=0, at=moment)
    return history


@pytest.mark.parametrize(
    ("period", "day", "start", "part"),
    [
        (DAY, datetime(2026, 3, 1, 23, 59), date(2026, 3, 1), 23),
        (WEEK, datetime(2026, 3, 1, 23, 59), date(2026, 2, 23), 6),  # a Sunday
        (WEEK, datetime(2026, 3, 2), date(2026, 3, 2), 0),
        (WEEK, datetime(2027, 1, 1), date(2026, 12, 28), 4),
        (MONTH, datetime(2026, 12, 31), date(2026, 12, 1), 30),
        (HOUR, datetime(2026, 3, 1, 0, 5), 0, 6),
    ],
)
def test_where_a_moment_belongs(period: Period[date], day: datetime, start: date, part: int) -> None:
    assert (period.start(day), period.part(day)) == (start, part)


def test_the_next_month_of_any_month() -> None:
    assert MONTH.after(date(2026, 1, 1)) == date(2026, 2, 1)
    assert MONTH.after(date(2026, 12, 1)) == date(2027, 1, 1)


def test_sums_by_week_with_their_days_and_sessions(history: History) -> None:
    used(history, "2026-06-01T00:00:00Z", "2026-06-07T23:59:59Z", "2026-06-08T12:00:00Z")
    used(history, "2026-06-03T12:00:00Z")
    sums, total = sum_by_period(seen(history), WEEK, activity=False)
    found = [(one.start, one.usage.total_tokens, one.sessions, one.tokens, one.activity) for one in sums]
    assert found == [
        (date(2026, 6, 1), 4, 2, [1, 0, 1, 0, 0, 0, 2], None),
        (date(2026, 6, 8), 4, 1, [4, 0, 0, 0, 0, 0, 0], None),
    ]
    assert total.total_tokens == 8


def test_hours_are_the_readers(history: History) -> None:
    """At 22:30 UTC it is half past midnight of the next day in Berlin, in winter half past eleven."""
    used(history, "2026-06-01T22:30:00Z", "2026-01-01T22:30:00Z")
    sums, _ = sum_by_period(seen(history, Scope(now=0, zone=BERLIN)), HOUR, activity=False)
    # A Tuesday and a Thursday.
    assert [(one.start, one.tokens) for one in sums] == [(0, [0, 1, 0, 0, 0, 0, 0]), (23, [0, 0, 0, 2, 0, 0, 0])]


def test_the_hour_that_comes_twice_and_the_one_that_does_not(history: History) -> None:
    used(history, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z")
    sums, _ = sum_by_period(seen(history, Scope(now=0, zone=BERLIN)), HOUR, activity=False)
    assert {one.start: one.usage.total_tokens for one in sums} == {2: 1 + 2, 1: 4, 3: 8}


def test_what_has_no_time_is_in_no_period_and_not_in_the_sum(history: History) -> None:
    used(history, "2026-06-01T12:00:00Z")
    history.session().response(input=100, output=0, row={"timestamp": None})
    sums, total = sum_by_period(seen(history), MONTH, activity=False)
    assert [one.usage.total_tokens for one in sums] == [1] == [total.total_tokens]
    assert timeline(seen(history), MONTH, model_tokens).periods == [date(2026, 6, 1)]


def test_days_without_anything_done_and_without_a_response_have_nothing_of_it(history: History) -> None:
    """A response on the first day, on the third only a prompt."""
    used(history, "2026-06-01T12:00:00Z").session().prompt("Hello", at="2026-06-03T12:00:00Z")
    found = Seen(store_of(history, facets=Facet.TITLES | Facet.TOOLS), Scope(now=0, zone=UTC), load_pricer(None))
    sums, total = sum_by_period(found, DAY, activity=True)
    assert [(one.start, one.activity, one.usage.total_tokens, sum(one.tokens)) for one in sums] == [
        (date(2026, 6, 1), ActivityCounts(), 1, 1),
        (date(2026, 6, 3), ActivityCounts(prompts=1), 0, 0),
    ]
    assert total.total_tokens == 1


def test_a_timeline_has_no_gaps_and_its_largest_series_first(history: History) -> None:
    session = history.session(model="small")
    session.response(input=5, output=1, at="2026-06-01T12:00:00Z")
    session.response(model="large", input=7, output=0, at="2026-06-04T12:00:00Z")
    found = timeline(seen(history), DAY, model_tokens)
    assert found.unit == "day"
    assert found.periods == [date(2026, 6, day) for day in (1, 2, 3, 4)]
    assert [(one.name, one.tokens) for one in found.series] == [("large", [0, 0, 0, 7]), ("small", [6, 0, 0, 0])]
    newest = timeline(seen(history), DAY, model_tokens, most=2)
    assert newest.periods == [date(2026, 6, 3), date(2026, 6, 4)]
    assert [(one.name, one.tokens) for one in newest.series] == [("large", [0, 7]), ("small", [0, 0])]


def test_a_timeline_by_counter(history: History) -> None:
    history.session().response(input=1, output=2, cache_read=30, cache_write=4, at="2026-06-01T12:00:00Z")
    found = {one.name: one.tokens for one in timeline(seen(history), MONTH, counter_tokens).series}
    assert found == {"cache read": [30], "cache write": [4], "output": [2], "input": [1]}


def test_a_timeline_of_hours_has_all_of_them_and_one_of_nothing_none(history: History) -> None:
    assert timeline(seen(used(history, "2026-06-01T12:00:00Z")), HOUR, model_tokens).periods == list(range(24))
    assert timeline(seen(history, Scope(now=0, projects=("nothing",))), HOUR, model_tokens).periods == []


def test_one_wild_date_does_not_make_a_timeline_endless(history: History) -> None:
    used(history, "2020-01-01T00:00:00Z", "2026-06-01T12:00:00Z")
    found = timeline(seen(history), DAY, model_tokens)
    assert (len(found.periods), found.periods[-1]) == (1000, date(2026, 6, 1))


@pytest.mark.parametrize(
    ("last", "name"),
    [
        ("2026-06-01T13:00:00Z", "day"),
        ("2026-06-14T00:00:00Z", "day"),
        ("2026-06-15T11:59:59Z", "day"),
        ("2026-06-15T12:00:00Z", "week"),  # fourteen days and a moment lie on fifteen
        ("2026-06-16T00:00:00Z", "week"),
        ("2026-09-01T00:00:00Z", "week"),
        ("2026-09-07T11:59:59Z", "week"),
        ("2026-09-07T12:00:00Z", "month"),
        ("2026-09-10T00:00:00Z", "month"),
    ],
)
def test_the_period_that_fits_fourteen_times(history: History, last: str, name: str) -> None:
    assert fitting_period(seen(used(history, "2026-06-01T12:00:00Z", last)), 14).name == name


def test_nothing_fits_in_days(history: History) -> None:
    assert fitting_period(seen(used(history)), 1).name == "day"


@given(
    times=st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)), min_size=1, max_size=8),
    period=st.sampled_from([DAY, WEEK, MONTH]),
    zone=st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")]),
)
def test_every_way_to_cut_time_sums_to_the_total(
    tmp_path_factory: pytest.TempPathFactory, times: list[datetime], period: Period[date], zone: ZoneInfo
) -> None:
    history = used(History(tmp_path_factory.mktemp("times")), *(f"{time.isoformat()}+00:00" for time in times))
    scoped = seen(history, Scope(now=0, zone=zone))
    sums, total = sum_by_period(scoped, period, activity=False)
    assert sum(one.usage.total_tokens for one in sums) == total.total_tokens == 2 ** len(times) - 1
    assert all(sum(one.tokens) == one.usage.total_tokens for one in sums)
    line = timeline(scoped, period, model_tokens, most=CHART_PERIODS)
    shown = dict(zip(line.periods, line.series[0].tokens, strict=True))
    assert {start: tokens for start, tokens in shown.items() if tokens} == {
        one.start: one.usage.total_tokens for one in sums if one.start >= line.periods[0]
    }
