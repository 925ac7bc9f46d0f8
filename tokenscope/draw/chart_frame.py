"""The frame of a chart over time: a scale at its left, a grid behind it, names of places below."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.draw import marks
from tokenscope.draw.markup import Markup, element


def plot(
    drawn: Sequence[Markup], scale: Sequence[tuple[float, str]], label: str, *, names: Sequence[str], height: float
) -> Markup:
    """Drawn marks in their frame.

    scale: how far up, as a share of the height, and what it is called. names: of places in equal steps. label: what
    the chart shows, in words.
    """
    lines = [(height - share * height, words) for share, words in scale]
    axis = [marks.text(words, 100, max(y + 4, 10), anchor="end") for y, words in lines]
    grid = [marks.rule((0, y), (100, y), "grid") for y in (*(y for y, _ in lines), height - 0.5)]
    return element(
        "div",
        marks.figure(height, *axis, class_="axis"),
        marks.figure(height, *grid, *drawn, label=label),
        marks.figure(20, *_names(names), class_="axis below"),
        class_="plot",
    )


def _names(names: Sequence[str]) -> list[Markup]:
    """At most four names: the first, the last, and two between where there is room."""
    if len(names) < 2:
        return [marks.text(name, 50, 15, anchor="middle") for name in names]
    last = len(names) - 1
    places = sorted({0, last, *((round(last / 3), round(last * 2 / 3)) if last >= 6 else ())})
    drawn = [marks.text(names[0], 0, 15), marks.text(names[last], 100, 15, anchor="end")]
    for place in places[1:-1]:
        drawn.append(marks.text(names[place], 100 * (place + 0.5) / len(names), 15, anchor="middle"))
    return drawn
