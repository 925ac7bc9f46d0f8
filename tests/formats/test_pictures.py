"""Bars over time and grids of shades: in every width, with colours and without, in ASCII, as SVG and in words."""

from __future__ import annotations

import io
import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.formats import ATTACKS
from tests.formats.test_harmless import ANY_TEXT, forbidden
from tests.formats.test_terminal import codes, drawn, inside
from tokenscope.draw import plain_page as plain
from tokenscope.draw import svg_page as svg
from tokenscope.view.card import Bar, Bars, Card, Grid, Page, Part, Tone

TONES = (Tone.FIRST, Tone.SECOND)


def bars(*values: tuple[float, ...], labels: tuple[str, ...] = ()) -> Bars:
    names = labels or tuple(f"d{number}" for number in range(len(values)))
    found = (Bar(name, each, f"{sum(each):.0f}M") for name, each in zip(names, values, strict=True))
    return Bars(TONES, tuple(found), ("d0: all of it",))


def grid(*rows: tuple[str, tuple[int | None, ...]], columns: tuple[str, ...] = ()) -> Grid:
    named = columns or ("",) * len(rows[0][1])
    return Grid(named, rows, ("to 1", "to 2", "", "to 9"), ("Mon: 9 tokens",))


def page(*parts: Part) -> Page:
    return Page("", (Card("T", "S.", parts),))


# Bars.


def test_bars_are_scaled_to_the_highest_and_filled_by_what_stands_at_each_height() -> None:
    # Of eight lines: 8, 4 and 2; the second bar's lower half, the third's upper half is of the second kind.
    lines = inside(bars((8, 0), (2, 2), (1, 1), (0, 0)))
    assert lines == [
        "8M █████",
        *["   █████"] * 3,
        *["   █████ ▓▓▓▓▓"] * 2,
        "   █████ █████ ▓▓▓▓▓",
        "   █████ █████ █████",
        "   d0    d1    d2    d3",
    ]


def test_the_top_of_a_coloured_bar_is_drawn_in_eighths() -> None:
    lines = drawn(page(bars((64, 0), (11, 0))), 100, color=True).splitlines()
    # 11 of 64 eighths: one line and three eighths of the next.
    assert "\x1b[36m█████ ▃▃▃▃▃ \x1b[0m" in lines[9]
    assert "█████ █████" in lines[10]


def test_what_is_above_nothing_is_seen() -> None:
    assert inside(bars((1_000_000, 0), (1, 0)))[7] == " " * 9 + "█████ █████"


def test_ascii_bars_differ_in_their_filling() -> None:
    lines = inside(bars((4, 4)), ascii_only=True)
    assert lines[0].split() == ["8M", "====="]
    assert lines[7].split() == ["#####"]


def test_bars_that_do_not_fit_leave_the_oldest_out_and_say_so() -> None:
    many = bars(*((100.0, 0.0) if number == 0 else (1.0, 0.0) for number in range(200)))
    lines = inside(many, width=60)
    # 54 cells, of which "100M " takes five. The scale is that of the bars that are drawn.
    assert lines[0] == "  1M " + "█" * 49
    assert lines[-1] == "the newest 49 of 200"


def test_labels_below_bars_do_not_touch() -> None:
    labels = tuple(f"{number} Nov" for number in range(1, 31))
    below = inside(bars(*[(1.0, 0.0)] * 30, labels=labels))[8]
    shown = re.findall(r"\d+ Nov", below)
    assert shown[-1] == "30 Nov"
    assert re.findall(r"\S(?=\S* Nov)", below)
    assert all(len(gap) >= 3 for gap in re.findall(r"(?<=Nov)( +)(?=\d)", below))
    first = shown[0].split()[0]
    assert below.index(shown[0]) == len("1M ") + 3 * (int(first) - 1)  # below its bar


def test_nothing_is_drawn_of_nothing() -> None:
    assert inside(bars((0, 0)), Bars(TONES, (), ())) == []
    assert inside(bars((float("nan"), 0), (float("inf"), -1))) == []


def test_colours_of_bars_are_the_terminals_own() -> None:
    tones = (Tone.FIRST, Tone.SECOND, Tone.THIRD, Tone.FOURTH, Tone.DIM)
    chart = Bars(tones, (Bar("d", (1.0,) * 5, "5"),), ())
    assert codes(drawn(page(chart), 100, color=True)) == {"0", "1", "2", "36", "95", "92", "94"}


# Grids.


def test_a_grid_shows_a_shade_a_level() -> None:
    lines = inside(grid(("Mon", (0, 1, 2)), ("Tue", (3, 4, None)), columns=("a", "", "b")))
    assert lines == [
        "    a     b",
        "Mon ·  ░░ ▒▒",
        "Tue ▓▓ ██",
        "",
        "    ░ to 1   ▒ to 2   █ to 9",
    ]


def test_what_several_columns_are_called_stands_there_once() -> None:
    lines = inside(grid(("Mon", (1,) * 6), columns=("Oct", "Oct", "Nov", "Nov", "Nov", "Dec")))
    assert lines[0] == "    Oct   Nov      Dec"


def test_a_year_of_columns_is_one_cell_each_and_loses_the_oldest_where_it_does_not_fit() -> None:
    year = grid(("Mon", (4,) + (1,) * 52))
    assert inside(year, width=100)[1] == "Mon █" + "░" * 52
    assert inside(year, width=60)[1] == "Mon " + "░" * 50


def test_a_legend_that_is_too_long_takes_a_line_a_level() -> None:
    wordy = Grid(("",), (("Mon", (1,)),), ("to one hundred and one", "to two hundred", "to three hundred", ""), ())
    assert inside(wordy, width=60)[-3:] == ["░ to one hundred and one", "▒ to two hundred", "▓ to three hundred"]


def test_a_grid_in_ascii() -> None:
    lines = inside(grid(("Mon", (0, 1, 2, 3, 4))), ascii_only=True)
    assert lines[1] == "Mon .  -- ++ ** ##"


def test_an_empty_grid_is_not_drawn() -> None:
    assert inside(Grid((), (), ("", "", "", ""), ())) == []
    assert inside(Grid((), (("Mon", ()),), ("", "", "", ""), ())) == []


# Everywhere.


def test_in_words() -> None:
    stream = io.StringIO()
    plain.write_plainly(page(bars((8, 0)), grid(("Mon", (1,)))), stream)
    assert stream.getvalue() == "\nT\nS.\nd0: all of it\nMon: 9 tokens\n"


PICTURES = st.one_of(
    st.builds(
        Bars,
        st.just(TONES),
        st.lists(
            st.builds(Bar, ANY_TEXT, st.tuples(st.floats(), st.floats(0, 1e12)), st.sampled_from(["1M", "12.5K", ""])),
            max_size=130,
        ).map(tuple),
        st.just(()),
    ),
    st.integers(0, 130).flatmap(
        lambda count: st.builds(
            Grid,
            st.tuples(*[ANY_TEXT] * count) if count < 9 else st.just(("x",) * count),
            st.lists(
                st.tuples(
                    st.sampled_from(["Mon", "", "日本"]),
                    st.just((None, 0, 1, 2, 3, 4) * 30).map(lambda all: all[:count]),
                ),
                max_size=7,
            ).map(tuple),
            st.tuples(*[st.sampled_from(["", "to 1", "to 2"])] * 4),
            st.just(()),
        )
    ),
)


@settings(max_examples=150)
@given(picture=PICTURES, width=st.integers(60, 120), ascii_only=st.booleans())
def test_every_line_is_as_wide_as_the_card(*, picture: Part, width: int, ascii_only: bool) -> None:
    lines = drawn(page(picture), width, ascii_only=ascii_only).splitlines()
    assert {cell_len(line) for line in lines} == {min(width, 110)}
    assert not ascii_only or all(line.isascii() for line in lines)


@settings(max_examples=60)
@given(picture=PICTURES, width=st.integers(40, 120))
def test_pictures_lie_inside_the_svg(picture: Part, width: int) -> None:
    root = ElementTree.fromstring(svg.render_svg(page(picture), width=width, title="x"))
    across, down = float(root.get("width", "")), float(root.get("height", ""))
    for element in root.iter():
        length = element.get("width") or element.get("textLength")
        if not element.tag.endswith("}svg") and length:
            assert 0 <= float(element.get("x", "")) <= across - float(length) + 0.02
            assert 0 <= float(element.get("y", "")) <= down - float(element.get("height", "0")) + 0.02


def test_bars_of_an_svg_stand_on_each_other() -> None:
    """A bar of eight lines is eight shapes of 20 pixels without a gap, one of a quarter is two."""
    picture = svg.render_svg(page(bars((4, 4), (2, 0))), title="x")
    found = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="42.15" height="20" fill="(#\w+)"/>', picture)
    columns: dict[str, list[tuple[float, str]]] = {}
    for x, y, colour in found:
        columns.setdefault(x, []).append((float(y), colour))
    first, second = columns.values()
    assert [round(below - above) for (above, _), (below, _) in itertools.pairwise(first)] == [20] * 7
    assert [colour for _, colour in first] == ["#e59bc4"] * 4 + ["#5cc3c0"] * 4
    assert len(second) == 2


def test_shades_of_an_svg_are_opacities() -> None:
    picture = svg.render_svg(page(grid(("Mon", (1, 2, 3, 4)))), title="x")
    squares = re.findall(r'<rect[^>]* width="15.6" [^>]*fill="#6aa5ec"(?: fill-opacity="([\d.]+)")?/>', picture)
    assert squares == ["0.3", "0.5", "0.75", ""]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_texts_stay_texts(attack: str) -> None:
    chart = Bars(TONES, (Bar(attack, (1.0, 1.0), attack),), (attack,))
    shades = Grid((attack,) * 3, ((attack, (1, 2, 3)),), (attack,) * 4, (attack,))
    picture = page(chart, shades)
    assert forbidden(drawn(picture, 100).replace("\n", "")) == []
    stream = io.StringIO()
    plain.write_plainly(picture, stream)
    assert forbidden(stream.getvalue().replace("\n", "")) == []
    ElementTree.fromstring(svg.render_svg(picture, title="x"))
