"""Bars over time, the calendar and the hours of the week in words and levels. Every figure is worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from tokenscope.answers.usage.usage_charts import By, busiest_hours, calendar_card, chart_card, levels, week_grid
from tokenscope.history.calendar_periods import Series
from tokenscope.history.stamp_groups import StampField
from tokenscope.view.card import Bars, Card, Grid, Table, Tone
from tokenscope.view.question import Drawing

NOW = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 1000
DRAWING = Drawing(now=NOW, zone=UTC)


def chart(card: Card) -> tuple[Bars, Table]:
    bars, legend = card.parts
    assert isinstance(bars, Bars)
    assert isinstance(legend, Table)
    return bars, legend


def calendar(card: Card) -> Grid:
    (grid,) = card.parts
    assert isinstance(grid, Grid)
    return grid


# Bars.


def test_a_chart_by_model_names_four_and_adds_up_the_others() -> None:
    series = [Series(name, [tokens, 0]) for name, tokens in zip("abcdef", (50, 20, 12, 10, 5, 3), strict=True)]
    bars, legend = chart(chart_card("T", "S.", ["1 Nov", "2 Nov"], series, DRAWING))
    assert bars.tones == (Tone.FIRST, Tone.SECOND, Tone.THIRD, Tone.FOURTH, Tone.DIM)
    assert [(bar.label, bar.values, bar.amount) for bar in bars.bars] == [
        ("1 Nov", (50.0, 20.0, 12.0, 10.0, 8.0), "100"),
        ("2 Nov", (0.0,) * 5, "0"),
    ]
    assert bars.words == ("1 Nov: 100 tokens, a 50 %, b 20 %, c 12 %, d 10 %, 2 others 8 %",)
    assert [row.cells for row in legend.rows] == [
        ("a", "50", "50 %"),
        ("b", "20", "20 %"),
        ("c", "12", "12 %"),
        ("d", "10", "10 %"),
        ("2 others", "8", "8 %"),
    ]


def test_a_chart_by_counter_has_the_colours_of_the_counters_and_none_of_what_was_not_used() -> None:
    series = [Series("cache read", [9]), Series("output", [1]), Series("input", [0])]
    bars, _ = chart(chart_card("T", "S.", ["1 Nov"], series, DRAWING))
    assert bars.tones == (Tone.CARRIED, Tone.OUTPUT)
    assert bars.words == ("1 Nov: 10 tokens, cache read 90 %, output 10 %",)


def test_the_words_of_a_chart_are_about_the_newest_bars() -> None:
    labels = [f"{day} Nov" for day in range(1, 21)]
    bars, _ = chart(chart_card("T", "S.", labels, [Series("a", list(range(20)))], DRAWING))
    assert len(bars.words) == 13
    assert bars.words[0] == "20 Nov: 19 tokens, a 100 %"
    assert bars.words[-1] == "and 7 more · --all"  # the first one has no tokens


# Levels.


def test_levels_hold_a_quarter_each() -> None:
    level, words = levels([0, 10, 20, 30, 40, 50, 60, 70, 80])
    assert [level(amount) for amount in (0, 10, 20, 30, 40, 50, 60, 70, 80)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert words == ("to 20", "to 40", "to 60", "to 80")


def test_few_or_equal_amounts_leave_levels_out_but_never_the_last() -> None:
    level, words = levels([7, 7, 7])
    assert (level(7), words) == (4, ("", "", "", "to 7"))
    level, words = levels([1, 2, 3])
    assert ([level(1), level(2), level(3)], words) == ([2, 3, 4], ("", "to 1", "to 2", "to 3"))
    assert levels([])[1] == ("", "", "", "")


@given(st.lists(st.integers(0, 10**12), max_size=50))
def test_larger_amounts_are_of_no_lower_level(amounts: list[int]) -> None:
    level, words = levels(amounts)
    found = [level(amount) for amount in sorted(amounts)]
    assert found == sorted(found)
    assert {number for number in found if number} == {place for place, word in enumerate(words, 1) if word}
    assert all((number == 0) == (amount == 0) for number, amount in zip(found, sorted(amounts), strict=True))


# The calendar.


def test_a_calendar_of_three_weeks() -> None:
    """From a Wednesday to a Tuesday; 28 October is a Wednesday."""
    days = [(date(2026, 10, 28), 10), (date(2026, 10, 29), 20), (date(2026, 10, 30), 30), (date(2026, 11, 10), 40)]
    card = calendar_card(days, DRAWING)
    grid = calendar(card)
    # The week that holds the first of a month is that month's.
    assert grid.columns == ("Nov", "Nov", "Nov")
    assert dict(grid.rows) == {
        "Mon": (None, 0, 0),
        "Tue": (None, 0, 4),
        "Wed": (1, 0, None),
        "Thu": (2, 0, None),
        "Fri": (3, 0, None),
        "Sat": (0, 0, None),
        "Sun": (0, 0, None),
    }
    assert grid.levels == ("to 10", "to 20", "to 30", "to 40")
    assert grid.words == ("Nov: 40 tokens on 1 day", "Oct: 60 tokens on 3 days")
    assert card.sentence == "You used it on 4 of the 14 days to 10 Nov; the longest run of days was 3."


def test_a_calendar_is_of_a_year_at_most() -> None:
    grid = calendar(calendar_card([(date(2024, 1, 1), 10**6), (date(2026, 11, 20), 5)], DRAWING))
    assert len(grid.columns) == 53
    assert grid.levels == ("", "", "", "to 5")  # of what is shown
    assert dict(grid.rows)["Fri"][-1] == 4
    assert None not in dict(grid.rows)["Mon"]


def test_a_calendar_of_a_day_and_of_none() -> None:
    assert calendar_card([(date(2026, 11, 20), 5)], DRAWING).sentence == "All of it was used on 20 Nov."
    assert calendar_card([], DRAWING).parts == ()


# The hours of the week.


def test_the_shortest_stretch_with_half_of_it_may_pass_midnight() -> None:
    amounts = [0] * 24
    amounts[23], amounts[0], amounts[12] = 30, 30, 40
    assert busiest_hours(amounts) == ("23:00", "01:00", 0.6)
    assert busiest_hours([0] * 23 + [5]) == ("23:00", "00:00", 1.0)
    assert busiest_hours([1] * 24) == ("00:00", "12:00", 0.5)


def test_the_hours_of_a_week() -> None:
    days = [[0] * 24 for _ in range(7)]
    days[0][9], days[0][10], days[6][0] = 3, 2_000, 1
    grid = week_grid(days, "prompts")
    assert [name for name, _ in grid.rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert grid.rows[0][1][8:12] == (0, 3, 4, 0)
    assert grid.rows[6][1][0] == 2
    assert grid.words == ("Mon: 2K prompts, most from 10:00", "Sun: 1 prompts, most from 00:00")
    assert [column for column in grid.columns if column] == ["0", "3", "6", "9", "12", "15", "18", "21"]


def test_rows_and_bars_can_be_made_of_whatever_is_stamped() -> None:
    assert set(By) == {"model", "counter", *StampField}
