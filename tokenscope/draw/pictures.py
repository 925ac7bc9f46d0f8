"""Pictures of several figures at once: stacked bar, upright bars over time, a size through time, grid of shades."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, groupby
from math import fsum

from tokenscope.draw.glyphs import Glyphs, Line, Run, width_of
from tokenscope.draw.harmless import cells, pad, wrap
from tokenscope.view.card import Bars, Chart, Grid, Stack, Tone

BAR_LINES = 8
_WIDEST_BAR = 6  # cells of an upright bar, the gap behind it included
_WIDEST_SQUARE = 3
_APART = 3  # cells between two labels below a chart
Square = tuple[str, Tone]  # a character and its colour
ROWS = 6


def stack(picture: Stack, width: int, glyphs: Glyphs) -> list[Line]:
    """One line, exactly as wide as asked for: the largest remainders get the cells that rounding left."""
    shares = [(tone, share) for tone, share in picture.shares if math.isfinite(share) and share > 0]
    if not shares:
        return []
    whole = fsum(share for _, share in shares)
    exact = [share / whole * width for _, share in shares]
    lengths = [max(int(length), 1) for length in exact]  # what is there is seen
    by_remainder = sorted(range(len(exact)), key=lambda index: lengths[index] - exact[index])
    for index in by_remainder[: max(width - sum(lengths), 0)]:
        lengths[index] += 1
    for _ in range(sum(lengths) - width):
        lengths[lengths.index(max(lengths))] -= 1
    return [tuple(Run(glyphs.fills[tone] * n, tone) for (tone, _), n in zip(shares, lengths, strict=True))]


def bars(picture: Bars, width: int, glyphs: Glyphs) -> list[Line]:
    """Bars with the scale at their left and their labels below; nothing where there is nothing."""
    margin = max((cells(glyphs.text(bar.amount)) for bar in picture.bars), default=0) + 1
    shown = picture.bars[-max(width - margin, 1) :]
    heights = [fsum(_finite(bar.values)) for bar in shown]
    highest = max(heights, default=0.0)
    if highest <= 0:
        return []
    top = glyphs.text(shown[heights.index(highest)].amount)
    pitch = min(_WIDEST_BAR, max((width - margin) // len(shown), 1))
    columns = [_upright(_finite(bar.values), highest, picture.tones, glyphs) for bar in shown]
    lines = []
    for row in reversed(range(BAR_LINES)):
        scale = Run(pad(top if row == BAR_LINES - 1 else "", margin - 1, right=True) + " ", Tone.DIM)
        lines.append((scale, *_row_of_bars([column[row] for column in columns], pitch)))
    lines.append(_labels_below([glyphs.text(bar.label) for bar in shown], pitch, margin, width))
    left_out = f"the newest {len(shown):,} of {len(picture.bars):,}"
    return [*lines, (Run(left_out, Tone.DIM),)] if len(shown) < len(picture.bars) else lines


def _finite(values: Sequence[float]) -> list[float]:
    return [value if math.isfinite(value) and value > 0 else 0.0 for value in values]


def _upright(values: Sequence[float], highest: float, tones: Sequence[Tone], glyphs: Glyphs) -> list[Square]:
    """One bar from its foot up. A cell shows what its middle stands for; all above nothing is seen."""
    whole = fsum(values)
    if not whole:
        return [(" ", Tone.PLAIN)] * BAR_LINES
    heights = list(accumulate(values))
    eighths = max(round(whole / highest * BAR_LINES * 8), 1)
    squares = []
    for row in range(BAR_LINES):
        filled = min(max(eighths - 8 * row, 0), 8)
        middle = (8 * row + filled / 2) / eighths * whole
        tone = tones[min(bisect_left(heights, middle), len(tones) - 1)]
        squares.append((_filling(filled, tone, glyphs, is_foot=row == 0), tone))
    return squares


def _filling(eighths: int, tone: Tone, glyphs: Glyphs, *, is_foot: bool) -> str:
    if not eighths:
        return " "
    full = glyphs.spark[-1]
    if glyphs.tells_by_colour:
        return full if eighths == 8 else glyphs.spark[eighths - 1]
    fill = full if glyphs.fills[tone] == glyphs.bar else glyphs.fills[tone]
    return fill if eighths >= 4 or is_foot else " "


def _row_of_bars(squares: Sequence[Square], pitch: int) -> Line:
    """One line of all bars, with a gap behind each where there is room for one."""
    thick, gap = max(pitch - 1, 1), " " * (pitch > 1)
    return tuple(
        Run("".join(square[0] * thick + gap for square in group), tone, solid=True)
        for tone, group in groupby(squares, key=lambda square: square[1])
    )


def _labels_below(labels: Sequence[str], pitch: int, margin: int, width: int) -> Line:
    """As many labels as fit apart from each other, each at its bar; the last one goes first."""
    placed: list[tuple[int, str]] = []
    free = width
    for place in reversed(range(len(labels))):
        start = min(margin + place * pitch, width - cells(labels[place]))
        if labels[place] and start >= margin and start + cells(labels[place]) <= free:
            placed.append((start, labels[place]))
            free = start - _APART
    return _spread(placed)


def _spread(placed: Sequence[tuple[int, str]]) -> Line:
    """A line with each text at its place."""
    line: Line = ()
    for start, text in sorted(placed):
        line = (*line, Run(" " * (start - width_of(line))), Run(text, Tone.DIM))
    return line


def grid(picture: Grid, width: int, glyphs: Glyphs) -> list[Line]:
    """Rows of squares with their labels at the left and the columns' above, and below what a shade stands for."""
    names = [glyphs.text(name) for name, _ in picture.rows]
    margin = max(map(cells, names), default=0) + 1
    count = min(len(picture.columns), max(width - margin, 0))
    if not count:
        return []
    size = min(_WIDEST_SQUARE, (width - margin) // count)
    lines = [_labels_above(picture.columns[-count:], size, margin, glyphs)]
    for name, (_, levels) in zip(names, picture.rows, strict=True):
        squares = (_square(level, size, picture.tone, glyphs) for level in levels[-count:])
        lines.append((Run(pad(name, margin), Tone.DIM), *squares))
    return [*lines, *_legend(picture, margin, width, glyphs)]


def _labels_above(columns: Sequence[str], size: int, margin: int, glyphs: Glyphs) -> Line:
    """The labels of the columns; what several in a row are called stands there once."""
    placed: list[tuple[int, str]] = []
    free, before, end = 0, "", margin + len(columns) * size
    for place, column in enumerate(columns):
        label, start = glyphs.text(column), margin + place * size
        if label not in ("", before) and start >= free and start + cells(label) <= end:
            placed.append((start, label))
            free, before = start + cells(label) + 1, label
    return _spread(placed)


def _square(level: int | None, size: int, tone: Tone, glyphs: Glyphs) -> Run:
    if level is None:
        return Run(" " * size)
    if level == 0:
        return Run(pad(glyphs.shades[0], size), Tone.DIM)
    return Run(pad(glyphs.shades[level] * max(size - 1, 1), size), tone)


def _legend(picture: Grid, margin: int, width: int, glyphs: Glyphs) -> list[Line]:
    """What the shades stand for, in one line or in one each where that is too long."""
    entries = [
        (Run(glyphs.shades[level], picture.tone), Run(f" {glyphs.text(words)}", Tone.DIM))
        for level, words in enumerate(picture.levels, 1)
        if words
    ]
    line: Line = (Run(" " * margin),)
    for number, entry in enumerate(entries):
        line = (*line, Run("   " * (number > 0)), *entry)
    return [(), line] if width_of(line) <= width else [(), *entries]


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
