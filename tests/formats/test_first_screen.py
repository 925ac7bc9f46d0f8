"""Small cards stand beside and above each other, without empty lines; the headline stays on a screen that is too short."""

from __future__ import annotations

import io

import pytest

from tokenscope.draw import terminal_page as terminal
from tokenscope.draw.svg_page import render_svg
from tokenscope.view.card import Card, Column, Note, Page, Place, Row, Table

HEADLINE = Card("Headline", "What was used.", (Note("More."),), place=Place.HEADLINE)
SMALL = [
    Card(name, "", tuple(Note(f"{name} {n}") for n in range(size)), (), f"ask {name}", Place.HALF)
    for name, size in (("left", 3), ("right", 6), ("third", 1))
]
PAGE = Page("tokenscope   all", (HEADLINE, *SMALL), ("footer",))


def drawn(page: Page, width: int, height: int | None = None) -> list[str]:
    stream = io.StringIO()
    terminal.write_page(page, stream, width=width, height=height, color=False)
    return stream.getvalue().splitlines()


def test_two_beside_each_other_and_the_third_on_the_lower_one() -> None:
    lines = drawn(PAGE, 100)
    assert len(lines) == 1 + 4 + 8 + 1
    assert [line.count("╭") for line in lines] == [0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0]
    assert "left" in lines[5] and "right" in lines[5] and "third" in lines[10]
    assert {len(line) for line in lines[1:-1]} == {100}


def test_all_below_each_other_where_there_is_no_room() -> None:
    lines = drawn(PAGE, 80)
    assert [line.count("╭") for line in lines].count(1) == 4


def test_three_beside_each_other_on_a_wide_screen() -> None:
    assert any(line.count("╭") == 3 for line in drawn(PAGE, 160))


@pytest.mark.parametrize(("height", "is_last"), [(None, False), (15, False), (14, True), (8, True)])
def test_the_headline_stays_on_the_screen(height: int | None, *, is_last: bool) -> None:
    """Fourteen lines, and one for the prompt of the shell."""
    lines = drawn(PAGE, 100, height)
    assert len(lines) == 14
    assert ("Headline" in lines[10]) is is_last
    assert ("Headline" in lines[1]) is not is_last


def test_a_headline_alone_has_room() -> None:
    assert drawn(Page("tokenscope   all", (HEADLINE,), ("footer",)), 100, 5)[1] == ""


def test_a_picture_is_as_wide_as_asked_for() -> None:
    picture = render_svg(PAGE, title="All")
    assert all(name in picture for name in ("left 0", "right 5", "third 0"))


def test_a_sum_stands_below_what_was_left_out() -> None:
    table = Table((Column("day"), Column("tokens", "number")), (Row(("1 Jun", "5")),), 2, Row(("in all", "12")))
    inside = [line.strip("│ ") for line in drawn(Page("", (Card("T", "S.", (table,)),)), 100)]
    assert inside[-4:-1] == ["1 Jun        5", "and 2 more · --all", "in all      12"]


def test_a_caption_explains_no_column_that_is_not_drawn() -> None:
    columns = (Column("day"), Column("tokens", "number"), Column("active", "number"))
    caption = "exact · active: without gaps · newest first"
    with_it = Card("T", "S.", (Table(columns, (Row(("1 Jun", "5", "2 s")),)),), (), caption)
    without = Card("T", "S.", (Table(columns, (Row(("1 Jun", "5", "")),)),), (), caption)
    assert caption in drawn(Page("", (with_it,)), 100)[-1]
    assert "exact · newest first" in drawn(Page("", (without,)), 100)[-1]
