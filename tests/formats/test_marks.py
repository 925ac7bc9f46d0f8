"""Where marks lie: in order, without gaps, inside their place, as long as what they stand for."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscope.draw import marks
from tokenscope.draw.marks import Node, Span
from tokenscope.view.card import Tone

VALUES = st.lists(st.floats(0, 1e12), max_size=20)


@given(VALUES, st.floats(1, 1000))
def test_stacked_values_fill_their_axis_in_order(values: list[float], length: float) -> None:
    spans = marks.stacked(values, length)
    assert len(spans) == len(values)
    end = 0.0
    for value, span in zip(values, spans, strict=True):
        assert span.start == pytest.approx(end)
        assert span.length == pytest.approx(value / sum(values) * length if sum(values) else 0)
        end += span.length
    assert end == pytest.approx(length if sum(values) else 0)


def test_what_is_no_number_takes_no_place() -> None:
    spans = marks.stacked([1, math.nan, math.inf, -4, 3], 100)
    assert spans == [Span(0, 25), Span(25, 0), Span(25, 0), Span(25, 0), Span(25, 75)]


def test_columns_stand_apart() -> None:
    assert marks.columns_across(4, gap=0.2) == [Span(2.5, 20), Span(27.5, 20), Span(52.5, 20), Span(77.5, 20)]
    assert marks.columns_across(0) == []


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (0, []),
        (-1, []),
        (math.inf, []),
        (math.nan, []),
        (1, [0.5, 1.0]),
        (3, [1, 2, 3]),
        (7.9, [2, 4, 6]),
        (12.7, [5, 10]),
        (18_500_000, [5_000_000, 10_000_000, 15_000_000]),
        (99, [50]),
        (100, [50, 100]),
    ],
)
def test_a_scale_has_round_steps(largest: float, expected: list[float]) -> None:
    assert marks.ticks(largest) == pytest.approx(expected)


@given(st.floats(1e-6, 1e15))
def test_a_scale_has_one_to_three_steps_and_ends_below_the_largest(largest: float) -> None:
    found = marks.ticks(largest)
    assert 1 <= len(found) <= 3
    assert found[-1] <= largest * (1 + 1e-9)


@pytest.mark.parametrize(
    ("value", "level"),
    [(0, 0), (1, 1), (89, 1), (90, 2), (252, 2), (254, 3), (464, 3), (465, 4), (715, 4), (716, 5), (1000, 5)],
)
def test_warmth_rises_faster_than_what_it_stands_for(value: float, level: int) -> None:
    """Of 1,000: a fifth of the levels is passed at 0.2 ^ 1.5 = 0.0894 of it, then 0.2530, 0.4648, 0.7155."""
    assert marks.heat(value, 1000) == level


def test_nothing_is_never_warm() -> None:
    assert (marks.heat(0, 0), marks.heat(-1, 5), marks.heat(3, 0)) == (0, 0, 0)


def leaf(name: str, value: float) -> Node:
    return Node(name, value, "", Tone.CARRIED)


def test_an_icicle_gives_each_part_its_share_beside_its_whole() -> None:
    tree = Node("all", 100, "", "", (Node("a", 60, "", "", (leaf("x", 45), leaf("y", 15))), leaf("b", 40)))
    found = [(cell.node.name, cell.depth, cell.down) for cell in marks.icicle(tree, 200)]
    assert found == [
        ("all", 0, Span(0, 200)),
        ("a", 1, Span(0, 120)),
        ("x", 2, Span(0, 90)),
        ("y", 2, Span(90, 30)),
        ("b", 1, Span(120, 80)),
    ]


@given(st.recursive(st.integers(0, 1000), lambda inner: st.lists(inner, min_size=1, max_size=5), max_leaves=30))
def test_no_cell_of_an_icicle_leaves_its_whole(shape: object) -> None:
    def grown(part: object) -> Node:
        if isinstance(part, list):
            children = tuple(map(grown, part))
            return Node("", sum(child.value for child in children), "", "", children)
        assert isinstance(part, int)
        return leaf("", part)

    found = list(marks.icicle(grown(shape), 300))
    for cell in found:
        assert cell.down.start >= 0
        assert cell.down.start + cell.down.length <= 300 + 1e-6
    by_depth: dict[int, list[Span]] = {}
    for cell in found:
        by_depth.setdefault(cell.depth, []).append(cell.down)
    for spans in by_depth.values():
        for above, below in pairwise(spans):
            assert above.start + above.length <= below.start + 1e-6


def test_a_line_goes_from_side_to_side_and_touches_the_top_at_the_largest() -> None:
    assert marks.line_points([0, 50, 100], 100, 21) == [(0, 21), (50, 11), (100, 1)]
    assert marks.line_points([7], 100, 21) == [(0, 1), (100, 1)]
    assert marks.line_points([], 100, 21) == []
    assert marks.line_points([0, 0], 100, 21) == []


def test_an_area_stands_on_its_foot() -> None:
    assert 'd="M0 21L0 21L50 11L100 1L100 21Z"' in marks.area([0, 50, 100], Tone.CARRIED, height=21)
    assert marks.area([], Tone.CARRIED) == ""


@pytest.mark.parametrize(("fraction", "width"), [(1, "100%"), (0.5, "50%"), (1e-9, "0.4%"), (0, "0%"), (7, "100%")])
def test_a_bar_is_as_long_as_its_fraction_and_never_unseen(fraction: float, width: str) -> None:
    assert re.findall(r'<rect[^>]* width="([^"]+)"', marks.bar(fraction, Tone.NEW)) == [width]


def test_a_spark_has_a_column_a_fraction_and_a_line_for_a_mark() -> None:
    drawn = re.findall(
        r'class="(\w+)" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"',
        marks.spark((0, 1, -1, 0.5), Tone.NEW),
    )
    assert drawn == [
        ("new", "2.5%", "15", "20%", "1"),
        ("new", "27.5%", "0", "20%", "16"),
        ("dim", "52.5%", "0", "6.67%", "16"),
        ("new", "77.5%", "7.5", "20%", "8.5"),
    ]
