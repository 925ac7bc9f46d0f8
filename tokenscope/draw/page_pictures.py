"""The pictures of cards on a web page: upright bars over time, and fields of shades."""

from __future__ import annotations

from math import fsum, isfinite

from tokenscope.draw import marks
from tokenscope.draw.marks import Span, plot
from tokenscope.draw.markup import Markup, element
from tokenscope.view.card import Bars, Chart, Grid, Tone

_HIGH = 150.0  # pixels
_SQUARE, _MARGIN, _TOP, _LETTER = 17, 40, 18, 7  # pixels
_HEAT = (0, 1, 2, 4, 5)  # of the five shades of a page those that stand for a grid's levels from 0 to 4


def page_bars(picture: Bars) -> Markup:
    """Every bar from the oldest to the newest, as wide as the page; nothing where there is nothing."""
    values = [[value if isfinite(value) and value > 0 else 0.0 for value in bar.values] for bar in picture.bars]
    highest = max(map(fsum, values), default=0.0)
    if highest <= 0:
        return Markup("")
    drawn = []
    for bar, parts, across in zip(picture.bars, values, marks.columns_across(len(values)), strict=True):
        spans = marks.stacked(parts, fsum(parts) / highest * _HIGH)
        boxes = [
            marks.box(across, Span(_HIGH - span.start - span.length, span.length), tone)
            for tone, span in zip(picture.tones, spans, strict=False)
            if span.length
        ]
        told = element("title", f"{bar.label}: {bar.amount}")
        drawn.append(element("g", told, *boxes, marks.box(across, Span(0, _HIGH), "hover")))
    top = picture.bars[[fsum(parts) for parts in values].index(highest)]
    label = f"{len(values)} bars, the highest {top.label}: {top.amount}"
    return plot(drawn, [(1.0, top.amount)], label, names=[bar.label for bar in picture.bars], height=_HIGH)


def page_chart(picture: Chart) -> Markup:
    """A size through time as columns without gaps, with a dot below at each mark; nothing where there is nothing."""
    heights = [min(height, 1.0) if isfinite(height) and height > 0 else 0.0 for height in picture.heights]
    if not any(heights):
        return Markup("")
    drawn = [
        marks.box(across, Span(_HIGH * (1 - height), _HIGH * height), picture.tone)
        for across, height in zip(marks.columns_across(len(heights), gap=0), heights, strict=True)
        if height
    ]
    for at, which in picture.marks:
        drawn.append(marks.dot(at * 100, _HIGH + 8, _mark_tone(which), title=picture.legend[which]))
    words = " ".join(filter(None, (f"{picture.top} at most.", picture.words)))
    return element(
        "figure", marks.figure(_HIGH + 16, *drawn, label=words), element("figcaption", words), _dots(picture)
    )


def _dots(picture: Chart) -> Markup:
    """What the dots below a chart mean."""
    entries = []
    for which in sorted({which for _, which in picture.marks}):
        dot = element("circle", cx=5, cy=5, r=2.5, class_=_mark_tone(which))
        square = element("svg", dot, class_="marker", width=10, height=10, aria_hidden="true")
        entries.append(element("li", square, picture.legend[which]))
    return element("ul", *entries, class_="legend") if entries else Markup("")


def _mark_tone(which: int) -> Tone:
    return Tone.REBUILT if which else Tone.ACTION


def page_grid(picture: Grid) -> Markup:
    """Squares with their rows' names at the left and their columns' above; and what the shades stand for."""
    count = len(picture.columns)
    if not count:
        return Markup("")
    width = _MARGIN + count * _SQUARE
    across = [Span((_MARGIN + place * _SQUARE) / width * 100, (_SQUARE - 3) / width * 100) for place in range(count)]
    drawn = [marks.text(name, across[place].start, 11) for place, name in _apart(picture.columns)]
    for number, (name, levels) in enumerate(picture.rows):
        down = Span(_TOP + number * _SQUARE, _SQUARE - 3)
        drawn.append(marks.text(name, 0, down.start + 11))
        drawn += [
            marks.box(place, down, f"heat-{_HEAT[level]}", rounded=2)
            for place, level in zip(across, levels, strict=False)
            if level is not None
        ]
    height = _TOP + len(picture.rows) * _SQUARE
    label = ". ".join(picture.words)
    drawing = marks.figure(height, *drawn, label=label or "A field of shades", width=str(width), class_="calendar")
    field = element("div", drawing, class_="scroll", tabindex=0, role="region", aria_label="A field of shades")
    return element("figure", field, _legend(picture))


def _apart(columns: tuple[str, ...]) -> list[tuple[int, str]]:
    """Where names stand: what several columns in a row are called stands there once, and none runs into another."""
    placed: list[tuple[int, str]] = []
    for place, name in enumerate(columns):
        before, last = placed[-1] if placed else (-_SQUARE, "")
        if name not in ("", last) and (place - before) * _SQUARE > _LETTER * (len(last) + 1):
            placed.append((place, name))
    return placed


def _legend(picture: Grid) -> Markup:
    entries = [element("li", _swatch(_HEAT[level]), words) for level, words in enumerate(picture.levels, 1) if words]
    return element("ul", *entries, class_="legend")


def _swatch(level: int) -> Markup:
    square = element("rect", width=10, height=10, rx=2, class_=f"heat-{level}")
    return element("svg", square, class_="marker", width=10, height=10, aria_hidden="true")
