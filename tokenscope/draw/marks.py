"""What charts are drawn of: bars, columns, lines, areas, heat cells, icicles, as inline SVG; and where each lies.

Lengths across are percent of the chart's width and lengths down are pixels, so that a chart is as wide as its
place without its letters growing or shrinking. Colours are classes of the style sheet, named after tones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from math import fsum
from typing import NamedTuple

from tokenscope.draw.markup import Markup, element, number
from tokenscope.view.card import Tone

_LEAST = 0.4  # percent: what is there is seen


class Span(NamedTuple):
    """A stretch of an axis."""

    start: float  # percent across, pixels down
    length: float  # the same


def stacked(values: Sequence[float], length: float) -> list[Span]:
    """Values one after the other, together as long as the axis; nothing where their sum is nothing."""
    known = [value if math.isfinite(value) and value > 0 else 0.0 for value in values]
    whole = fsum(known)
    spans, start = [], 0.0
    for value in known:
        part = value / whole * length if whole else 0.0
        spans.append(Span(start, part))
        start += part
    return spans


def columns_across(count: int, gap: float = 0.2) -> list[Span]:
    """So many columns of one width, side by side over the whole width. gap: as a share of a column."""
    room = 100 / count if count else 0.0
    return [Span(place * room + room * gap / 2, room * (1 - gap)) for place in range(count)]


def ticks(largest: float, most: int = 3) -> list[float]:
    """Round values above nothing and up to the largest one: multiples of 1, 2 or 5 times a power of ten."""
    if not math.isfinite(largest) or largest <= 0:
        return []
    step = 10.0 ** math.floor(math.log10(largest / most))
    size = next(step * factor for factor in (1, 2, 5, 10) if largest / (step * factor) < most + 1)
    return [size * place for place in range(1, math.floor(largest / size) + 1)]


def heat(value: float, largest: float, levels: int = 5) -> int:
    """The level of a cell: 0 is nothing, `levels` the largest. Not in equal steps: small ones are told apart too."""
    if value <= 0 or largest <= 0:
        return 0
    return min(levels, max(1, math.ceil(math.pow(value / largest, 2 / 3) * levels)))


def figure(
    height: float, *drawn: str, label: str = "", class_: str | None = None, width: str = "100%", view: str | None = None
) -> Markup:
    """An SVG as wide as its place. label: what it shows, in words; "" where the text beside it says it all.

    view: its own measures, stretched to its place, for what has no letters.
    """
    spoken: dict[str, str] = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    fit = None if view is None else "none"
    size = {"width": width, "height": number(height), "viewBox": view, "preserveAspectRatio": fit}
    return element("svg", *drawn, class_=class_, **size, **spoken)


def box(across: Span, down: Span, tone: str, *, title: str = "", rounded: float = 0) -> Markup:
    """A filled rectangle. tone: its class; title: what a pointer over it is told."""
    inner = (element("title", title),) if title else ()
    return element(
        "rect", *inner, class_=tone, x=f"{number(across.start)}%", y=down.start,
        width=f"{number(across.length)}%", height=down.length, rx=rounded or None,
    )  # fmt: skip


def text(words: str, x: float, y: float, *, anchor: str = "start", indent: float = 0, class_: str = "") -> Markup:
    """Words at a place. x: percent; indent: pixels beside it; anchor: start, middle or end."""
    return element(
        "text", words, x=f"{number(x)}%", y=y, dx=indent or None,
        text_anchor=None if anchor == "start" else anchor, class_=class_ or None,
    )  # fmt: skip


def rule(start: tuple[float, float], end: tuple[float, float], class_: str) -> Markup:
    """A straight line between two places, each percent across and pixels down."""
    return element(
        "line", x1=f"{number(start[0])}%", y1=start[1], x2=f"{number(end[0])}%", y2=end[1], class_=class_
    )  # fmt: skip


def dot(x: float, y: float, tone: str, *, radius: float = 2.5, title: str = "") -> Markup:
    inner = (element("title", title),) if title else ()
    return element("circle", *inner, cx=f"{number(x)}%", cy=y, r=radius, class_=tone)


def bar(fraction: float, tone: Tone) -> Markup:
    """A table's bar: the share of the largest one, at least a sliver."""
    length = min(max(fraction * 100, _LEAST), 100) if fraction > 0 else 0.0
    return figure(10, box(Span(0, length), Span(0, 10), tone, rounded=1), class_="bar")


def stacked_bar(shares: Sequence[tuple[Tone, float]], label: str) -> Markup:
    """One bar over the whole width: shares of one whole."""
    spans = stacked([share for _, share in shares], 100)
    drawn = [box(span, Span(0, 18), tone) for (tone, _), span in zip(shares, spans, strict=True) if span.length]
    return figure(18, *drawn, label=label, class_="stack")


def spark(fractions: Sequence[float], tone: Tone) -> Markup:
    """Small columns, each a fraction of the height; one below 0 is a mark between two columns."""
    drawn = []
    for across, fraction in zip(columns_across(len(fractions)), fractions, strict=True):
        if fraction < 0:
            drawn.append(box(Span(across.start, across.length / 3), Span(0, 16), Tone.DIM))
        else:
            height = min(fraction, 1.0) * 15 + 1
            drawn.append(box(across, Span(16 - height, height), tone))
    return figure(16, *drawn, class_="spark")


def area(values: Sequence[float], tone: str, *, height: float = 24, label: str = "") -> Markup:
    """A filled line through the values, from nothing at the foot to the largest at the top."""
    points = line_points(values, 100, height)
    if not points:
        return Markup("")
    outline, foot = "L".join([f"{number(x)} {number(y)}" for x, y in points]), number(height)
    # Nothing but numbers: for thousands of sessions, to look them through for what may harm takes longer than this.
    filled = Markup(f'<path class="{tone} filled" d="M0 {foot}L{outline}L100 {foot}Z"></path>')
    line = Markup(f'<path class="{tone} line" d="M{outline}"></path>')
    return figure(height, filled, line, label=label, class_="area", view=f"0 0 100 {number(height)}")


def line_points(values: Sequence[float], width: float, height: float) -> list[tuple[float, float]]:
    """Where a line through the values runs: from left to right at equal steps, the largest a pixel below the top."""
    largest = max(values, default=0)
    if largest <= 0:
        return []
    steps = max(len(values) - 1, 1)
    shown = list(values) if len(values) > 1 else [values[0], values[0]]
    return [
        (place / steps * width, height - max(value, 0) / largest * (height - 1)) for place, value in enumerate(shown)
    ]


class Node(NamedTuple):
    """A part of a whole with its own parts. link: where it leads, "" for nowhere."""

    name: str
    value: float  # in the unit of the whole
    words: str  # its figures
    tone: str
    children: tuple[Node, ...] = ()
    link: str = ""


class Cell(NamedTuple):
    """A node in an icicle: its column, and where it lies down."""

    node: Node
    depth: int  # its column: 0 is the whole
    down: Span


def icicle(root: Node, height: float) -> list[Cell]:
    """Every node in its column, its parts beside it from the top down; as high as its share of the whole."""
    return list(_cells(root, 0, Span(0, height)))


def _cells(node: Node, depth: int, down: Span) -> Iterable[Cell]:
    yield Cell(node, depth, down)
    whole = max(node.value, fsum(child.value for child in node.children))
    start = down.start
    for child in node.children:
        length = child.value / whole * down.length if whole else 0.0
        yield from _cells(child, depth + 1, Span(start, length))
        start += length


def plot(
    drawn: Sequence[Markup], scale: Sequence[tuple[float, str]], label: str, *, names: Sequence[str], height: float
) -> Markup:
    """Drawn marks in their frame.

    scale: how far up, as a share of the height, and what it is called. names: of places in equal steps. label: what
    the chart shows, in words.
    """
    lines = [(height - share * height, words) for share, words in scale]
    axis = [text(words, 100, max(y + 4, 10), anchor="end") for y, words in lines]
    grid = [rule((0, y), (100, y), "grid") for y in (*(y for y, _ in lines), height - 0.5)]
    return element(
        "div",
        figure(height, *axis, class_="axis"),
        figure(height, *grid, *drawn, label=label),
        figure(20, *_names(names), class_="axis below"),
        class_="plot",
    )


def _names(names: Sequence[str]) -> list[Markup]:
    """At most four names: the first, the last, and two between where there is room."""
    if len(names) < 2:
        return [text(name, 50, 15, anchor="middle") for name in names]
    last = len(names) - 1
    places = sorted({0, last, *((round(last / 3), round(last * 2 / 3)) if last >= 6 else ())})
    drawn = [text(names[0], 0, 15), text(names[last], 100, 15, anchor="end")]
    for place in places[1:-1]:
        drawn.append(text(names[place], 100 * (place + 0.5) / len(names), 15, anchor="middle"))
    return drawn
