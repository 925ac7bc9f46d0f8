"""A size through time in characters: columns of eighths, and signs below them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tokenscope.draw.glyphs import Glyphs, Line, Run
from tokenscope.draw.harmless import cells, wrap
from tokenscope.view.card import Chart, Tone

ROWS = 6


def growth_chart(picture: Chart, width: int, glyphs: Glyphs) -> list[Line]:
    """The columns with the largest size at their left, the marks below, and what the marks mean."""
    top = glyphs.text(picture.top)
    gutter, room = " " * (cells(top) + 1), width - cells(top) - 1
    rows = growth_columns(picture.heights, room, glyphs.spark)
    labels = [f"{top} ", *[gutter] * (len(rows) - 1)]
    lines: list[Line] = [
        (Run(label, Tone.DIM), Run(row, picture.tone)) for label, row in zip(labels, rows, strict=False)
    ]
    if picture.marks:
        lines.append((Run(gutter), Run(marks_below(picture.marks, room, glyphs.marks))))
    met = {which for _, which in picture.marks}
    signs = [f"{glyphs.marks[which]} {glyphs.text(picture.legend[which])}" for which in sorted(met)]
    return [*lines, *((Run(line, Tone.DIM),) for line in wrap("   ".join(signs), width) if line)]


def growth_columns(heights: Sequence[float], width: int, glyphs: str) -> list[str]:
    """The rows of a chart, the highest first. `glyphs`: from the lowest to a whole cell.

    Where there are more heights than columns each column is the largest of its stretch.
    """
    if not heights or width < 1:
        return []
    steps = len(glyphs)
    levels = [_level(_highest(heights, place, width), ROWS * steps) for place in range(width)]
    return ["".join(_cell(level - base * steps, glyphs) for level in levels) for base in reversed(range(ROWS))]


def marks_below(marks: Sequence[tuple[float, int]], width: int, signs: str) -> str:
    """One line with a sign at each mark. Where several fall together the first kind is seen."""
    line = [" "] * width
    for at, which in sorted(marks, key=lambda mark: -mark[1]):
        line[min(int(at * width), width - 1)] = signs[which]
    return "".join(line).rstrip()


def _highest(heights: Sequence[float], place: int, width: int) -> float:
    start = place * len(heights) // width
    return max(heights[start : max((place + 1) * len(heights) // width, start + 1)])


def _level(height: float, most: int) -> int:
    """What is above nothing shows."""
    if not math.isfinite(height) or height <= 0:
        return 0
    return max(1, round(min(height, 1.0) * most))


def _cell(level: int, glyphs: str) -> str:
    return " " if level <= 0 else glyphs[min(level, len(glyphs)) - 1]
