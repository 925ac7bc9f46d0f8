"""Charts in characters, column by column."""

from __future__ import annotations

import pytest

from tokenscope.draw.pictures import ROWS, growth_columns, marks_below

EIGHTHS = "▁▂▃▄▅▆▇█"


def test_a_column_is_as_high_as_its_height() -> None:
    rows = growth_columns((1.0, 0.5, 0.0), 3, EIGHTHS)
    assert len(rows) == ROWS == 6
    assert ["".join(row[place] for row in rows) for place in range(3)] == ["██████", "   ███", "      "]


def test_what_is_above_nothing_shows() -> None:
    assert growth_columns((1.0, 0.0001), 2, EIGHTHS)[-1] == "█▁"


def test_an_eighth_of_a_row() -> None:
    assert growth_columns((1 / 48, 9 / 48), 2, EIGHTHS)[-2:] == [" ▁", "▁█"]


@pytest.mark.parametrize("count", [1, 2, 7, 40, 41, 1_000])
def test_as_many_columns_as_there_is_room(count: int) -> None:
    rows = growth_columns([1.0] * count, 40, EIGHTHS)
    assert rows == ["█" * 40] * ROWS


def test_a_column_is_the_largest_of_its_stretch() -> None:
    """Ten heights in five columns: a peak is never lost."""
    assert growth_columns([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], 5, EIGHTHS)[0] == "█   █"


@pytest.mark.parametrize("height", [float("nan"), float("inf"), -1.0])
def test_what_is_no_height_is_none(height: float) -> None:
    assert growth_columns((height,), 1, EIGHTHS) == [" "] * ROWS


def test_without_heights_or_room_there_is_nothing() -> None:
    assert growth_columns((), 10, EIGHTHS) == []
    assert growth_columns((1.0,), 0, EIGHTHS) == []


def test_marks_stand_below_their_place_and_the_first_kind_is_seen() -> None:
    assert marks_below([(0.0, 1), (0.5, 1), (0.5, 0), (1.0, 1)], 10, "▼×") == "×    ▼   ×"
