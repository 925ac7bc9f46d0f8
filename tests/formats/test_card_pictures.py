"""Upright bars and fields of shades on a web page: as high, as warm and as named as the card says."""

from __future__ import annotations

import re

import pytest

from tests.formats import ATTACKS
from tests.formats.markup import Page, nothing_is_loaded
from tokenscope.draw import html_page as html
from tokenscope.draw.page_pictures import page_bars, page_chart, page_grid
from tokenscope.view.card import Bar, Bars, Card, Chart, Grid, Tone
from tokenscope.view.card import Page as Cards

TONES = (Tone.FIRST, Tone.SECOND)


def boxes(picture: str, tone: str) -> list[tuple[float, float]]:
    """Where the boxes of a colour begin and how high they are, in pixels."""
    found = re.findall(rf'class="{tone}" x="[^"]+" y="([\d.]+)" width="[^"]+" height="([\d.]+)"', picture)
    return [(float(y), float(height)) for y, height in found]


def test_bars_stand_on_each_other_on_one_scale() -> None:
    """150 pixels are the highest, 4: 1 and 3 are 37.5 and 112.5 of them; of the other, 2, both parts are 37.5."""
    picture = page_bars(Bars(TONES, (Bar("21 Oct", (1.0, 3.0), "4M"), Bar("22 Oct", (1.0, 1.0), "2M")), ()))
    assert boxes(picture, "first") == [(112.5, 37.5), (112.5, 37.5)]
    assert boxes(picture, "second") == [(0, 112.5), (75, 37.5)]
    assert re.findall(r"<text[^>]*>([^<]+)", picture) == ["4M", "21 Oct", "22 Oct"]
    assert "<title>22 Oct: 2M</title>" in picture


@pytest.mark.parametrize("values", [(), ((0.0, 0.0),), ((float("nan"), -1.0),)])
def test_bars_of_nothing_are_not_drawn(values: tuple[tuple[float, float], ...]) -> None:
    assert page_bars(Bars(TONES, tuple(Bar("d", value, "0") for value in values), ())) == ""


def test_a_size_through_time_has_a_column_a_height_and_a_dot_a_mark() -> None:
    picture = page_chart(
        Chart((0.5, 0.0, 1.0), "162K", "24K at first.", ((0.0, 1), (0.5, 0)), ("compacted", "rebuilt"))
    )
    assert boxes(picture, "carried") == [(75, 75), (0, 150)]
    assert re.findall(r"<title>([^<]+)", picture) == ["rebuilt", "compacted"]
    assert "162K at most. 24K at first." in picture
    assert re.findall(r'class="(\w+)"></circle></svg>(\w+)', picture) == [
        ("action", "compacted"),
        ("rebuilt", "rebuilt"),
    ]
    assert page_chart(Chart((0.0, float("nan")), "0", "")) == ""


def test_a_field_has_a_square_a_level_and_none_where_there_is_no_place() -> None:
    rows = (("Mon", (0, 4, None)), ("Tue", (1, 2, 3)))
    picture = page_grid(Grid(("Oct", "Oct", "Nov"), rows, ("to 1", "", "to 3", "to 9"), ("Mon: 9 tokens",)))
    squares = re.findall(r'class="heat-(\d)" x="([^"]+)%" y="([^"]+)"', picture)
    assert [(shade, y) for shade, _, y in squares] == [("0", "18"), ("5", "18"), ("1", "35"), ("2", "35"), ("4", "35")]
    assert re.findall(r"<li>.*?</svg>([^<]+)</li>", picture) == ["to 1", "to 3", "to 9"]
    assert 'aria-label="Mon: 9 tokens"' in picture


def test_columns_of_one_name_are_named_once_and_names_stand_apart() -> None:
    names = ("Oct", "Nov", "Nov", "Nov", "", "Dec")
    picture = page_grid(Grid(names, (("Mon", (1,) * 6),), ("to 1", "", "", ""), ()))
    assert re.findall(r"<text[^>]*>([^<]+)", picture) == ["Oct", "Nov", "Dec", "Mon"]


def test_a_field_without_columns_is_not_drawn() -> None:
    assert page_grid(Grid((), (("Mon", ()),), ("", "", "", ""), ())) == ""


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_names_stay_names(attack: str) -> None:
    parts = (
        Bars(TONES, (Bar(attack, (1.0, 1.0), attack),), (attack,)),
        Grid((attack,), ((attack, (1,)),), (attack,) * 4, (attack,)),
    )
    nothing_is_loaded(Page(html.render_html(Cards("", (Card("T", "S.", parts),)), title="x")))
