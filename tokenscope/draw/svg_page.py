"""A page as a picture: one SVG file that needs nothing from outside, its text selectable.

Frames, bars and sparks are shapes, not letters, so that they meet whatever font the reader's machine has.
The picture brings its own dark background: it looks the same on a light page and on a dark one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from tokenscope.draw import layout
from tokenscope.draw.glyphs import COLOURED, Line, Run
from tokenscope.draw.harmless import cells, cut, harmless
from tokenscope.draw.layout import FRAME, Pile
from tokenscope.view.card import Page, Tone

# In pixels.
_CELL = 8.43  # the advance of a 14 px monospace letter
_LINE = 20.0
_BASELINE = 14.5  # below the top of a line
_MARGIN = 18.0
_EIGHTH = 1.6  # of the height of a bar
_BETWEEN = 0.6  # lines between two cards
_INSIDE = 0.35  # lines between a frame's title or caption and what it holds
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

_BACKGROUND = "#161a20"
_BORDER = "#3b4450"
COLOURS = {
    Tone.PLAIN: "#d3d9e0",
    Tone.CARRIED: "#6aa5ec",
    Tone.NEW: "#7bc18a",
    Tone.OUTPUT: "#cc92d8",
    Tone.REBUILT: "#ea7f78",
    Tone.DIM: "#8d97a4",
    Tone.ACTION: "#e2bc67",
    Tone.FIRST: "#5cc3c0",
    Tone.SECOND: "#e59bc4",
    Tone.THIRD: "#b3d17a",
    Tone.FOURTH: "#8d9df2",
}
# How many eighths of a cell the character fills: in height from below, in width from the left.
_HEIGHTS = {character: eighths for eighths, character in enumerate("▁▂▃▄▅▆▇█", 1)}
_WIDTHS = {character: eighths for eighths, character in enumerate("▏▎▍▌▋▊▉▇", 1)}
_OPACITIES = dict(zip(COLOURED.shades[1:], (0.3, 0.5, 0.75, 1.0), strict=True))
_MARKER = COLOURED.marker
_DRAWN = {*_HEIGHTS, *_WIDTHS, *_OPACITIES, _MARKER}


def render_svg(page: Page, *, width: int = 100, title: str) -> str:
    """The text of an SVG file. width: of the cards, in letters; title: what a screen reader says it is."""
    head = layout.header(page.header, width, COLOURED)
    foot = [line for text in page.footer for line in layout.facts_in_lines(text, width, COLOURED, Tone.DIM)]
    elements = [*_lines(head, column=0, top=0)]
    top: float = len(head) + bool(head)
    for piles in layout.piled(page.cards, width, COLOURED):
        bottom = top + max(map(_height, piles))
        for pile in piles:
            elements += _pile(pile, top, bottom)
        top = bottom + _BETWEEN
    top += bool(foot) - bool(page.cards) * _BETWEEN
    elements += _lines(foot, column=0, top=top)
    return _document(elements, width, top + len(foot), harmless(title))


def render_lines(lines: Sequence[Line], *, width: int, title: str) -> str:
    """Lines of a screen as the text of an SVG file. width: in letters; title: what a screen reader says it is."""
    return _document(list(_lines(lines, column=0, top=0)), width, len(lines), harmless(title))


def _height(pile: Pile) -> float:
    """In lines, from the first card's frame to the last one's."""
    return pile.height + len(pile.cards) * (2 * _INSIDE + _BETWEEN) - _BETWEEN


def _pile(pile: Pile, top: float, bottom: float) -> Iterator[str]:
    """Cards below each other, the last one as far down as the row."""
    for place, one in enumerate(pile.cards, 1):
        height = len(one.lines) + 2 + 2 * _INSIDE if place < len(pile.cards) else bottom - top
        title = cut(harmless(one.card.title), pile.width - FRAME)
        yield from _frame(title, one.caption, pile, top, height)
        yield from _lines(one.lines, column=pile.left + FRAME // 2, top=top + 1 + _INSIDE)
        top += height + _BETWEEN


def _document(elements: Sequence[str], width: int, height: float, title: str) -> str:
    across, down = width * _CELL + 2 * _MARGIN, height * _LINE + 2 * _MARGIN
    size = f'width="{_pixels(across)}" height="{_pixels(down)}"'
    view = f'viewBox="0 0 {_pixels(across)} {_pixels(down)}"'
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view}>',
        f"<title>{escape(title)}</title>",
        _rectangle(0, 0, across, down, f'rx="10" fill="{_BACKGROUND}"'),
        f'<g font-family="{_FONTS}" font-size="14">',
    )
    return "\n".join([*start, *elements, "</g>", "</svg>", ""])


def _frame(title: str, caption: str, pile: Pile, top: float, height: float) -> Iterator[str]:
    """A frame through the middle of its first and last line, open where its title and caption stand."""
    look = f'rx="8" fill="none" stroke="{_BORDER}"'
    left = pile.left
    yield _rectangle(*_place(left + 0.5, top + 0.5), (pile.width - 1) * _CELL, (height - 1) * _LINE, look)
    for label, line in ((Run(title, bold=True), top), (Run(caption, Tone.DIM), top + height - 1)):
        if label.text:
            behind = f'fill="{_BACKGROUND}"'
            yield _rectangle(*_place(left + 2, line), (cells(label.text) + 2) * _CELL, _LINE, behind)
            yield from _run(label, left + FRAME // 2, line)


def _lines(lines: Sequence[Line], *, column: int, top: float) -> Iterator[str]:
    for number, line in enumerate(lines):
        place = column
        for run in line:
            yield from _run(run, place, top + number)
            place += cells(run.text)


def _run(run: Run, column: int, line: float) -> Iterator[str]:
    """Words as text, block characters as shapes."""
    colour = COLOURS[run.tone]
    is_bar = set(run.text.strip()) <= _WIDTHS.keys()
    for is_drawn, group in groupby(run.text, key=_DRAWN.__contains__):
        text = "".join(group)
        if not is_drawn:
            yield from _words(text, column, line, colour, is_bold=run.bold)
        elif run.solid:
            yield from _column_of_bars(text, column, line, colour)
        elif set(text) <= _OPACITIES.keys() and len(set(text)) == 1:
            yield _block(column, line, len(text) - 0.15, 8, colour, opacity=_OPACITIES[text[0]])
        elif is_bar:
            yield _block(column, line, sum(_WIDTHS[character] for character in text) / 8, 7, colour)
        else:
            for place, character in enumerate(text, column):
                width = 1.0 if character == _MARKER else 0.85  # the columns of a spark stand apart
                yield _block(place, line, width, _HEIGHTS.get(character, 6), colour)
        column += cells(text)


def _column_of_bars(text: str, column: int, line: float, colour: str) -> Iterator[str]:
    """Parts of upright bars, as high as the line where they fill it, so that they meet those above."""
    for character, group in groupby(text):
        count = len(list(group))
        x, y = _place(column, line)
        height = _HEIGHTS[character] * _LINE / 8
        yield _rectangle(x, y + _LINE - height, count * _CELL, height, f'fill="{colour}"')
        column += count


def _words(text: str, column: int, line: float, colour: str, *, is_bold: bool) -> Iterator[str]:
    words = text.strip()
    if words:
        x, y = _place(column + cells(text) - cells(text.lstrip()), line)
        # The length makes columns meet in any font, and wide characters take two cells.
        weight = ' font-weight="bold"' if is_bold else ""
        look = f'fill="{colour}" textLength="{_pixels(cells(words) * _CELL)}"{weight}'
        look += ' xml:space="preserve"' if "  " in words else ""
        yield f'<text x="{_pixels(x)}" y="{_pixels(y + _BASELINE)}" {look}>{escape(words)}</text>'


def _block(column: float, line: float, width: float, eighths: int, colour: str, *, opacity: float = 1.0) -> str:
    """A filled part of some cells that stands on the line's foot. width: in cells."""
    x, y = _place(column, line)
    top, height = y + _BASELINE + 1 - eighths * _EIGHTH, eighths * _EIGHTH
    look = f'fill="{colour}"' + (f' fill-opacity="{opacity}"' if opacity < 1 else "")
    return _rectangle(x, top, width * _CELL, height, look)


def _rectangle(x: float, y: float, width: float, height: float, look: str) -> str:
    size = f'width="{_pixels(width)}" height="{_pixels(height)}"'
    return f'<rect x="{_pixels(x)}" y="{_pixels(y)}" {size} {look}/>'


def _place(column: float, line: float) -> tuple[float, float]:
    """The upper left corner of a cell."""
    return _MARGIN + column * _CELL, _MARGIN + line * _LINE


def _pixels(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".")
