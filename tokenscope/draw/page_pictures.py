"""The pictures of cards on a web page: upright bars over time, fields of shades, and the calendar of a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import fsum, isfinite

from tokenscope.answers.context.composition import DayComposition
from tokenscope.draw import marks
from tokenscope.draw.marks import Span, plot
from tokenscope.draw.markup import Markup, element
from tokenscope.view import figures
from tokenscope.view.card import Bars, Chart, Grid, Tone
from tokenscope.view.question import Drawing

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


_ON_A_WALL = 10  # weeks
_A_STRIP = 53  # weeks side by side; what is older stands in strips above
_STRIPS = 3  # and what is older still is not drawn
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LEVELS = 5
_LABEL_WEEKS = 4  # columns that a month with its year takes


def calendar(days: Sequence[DayComposition], drawing: Drawing) -> Markup:
    """The days from the first to the last one with usage."""
    if not days:
        return Markup("")
    first, last = _monday(days[0].date), days[-1].date
    weeks = (last - first).days // 7 + 1
    by_day = {day.date: day for day in days}
    if weeks <= _ON_A_WALL:
        drawn = [_wall(first, weeks, by_day, drawing)]
    else:
        starts = sorted({0, *range(weeks - _A_STRIP, 0, -_A_STRIP)})
        starts, ends = starts[-_STRIPS:], [*starts[1:], weeks][-_STRIPS:]
        drawn = [
            _strip(first + timedelta(weeks=start), end - start, by_day, drawing)
            for start, end in zip(starts, ends, strict=True)
        ]
    years = f", the newest {_STRIPS} years" if weeks > _STRIPS * _A_STRIP else ""
    return element("figure", element("p", f"Tokens a day{years}", class_="panel-title"), *drawn, _scale(by_day))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _scale(by_day: Mapping[date, DayComposition]) -> Markup:
    squares = [
        element("svg", element("rect", width=12, height=12, rx=2, class_=f"heat-{level}"), width=12, height=12,
                aria_hidden="true")
        for level in range(_LEVELS + 1)
    ]  # fmt: skip
    return element("p", "nothing", *squares, f"{figures.tokens(_largest(by_day))} tokens", class_="heat-legend")


def _largest(by_day: Mapping[date, DayComposition]) -> int:
    return max(day.total_tokens for day in by_day.values())


def _level(day: DayComposition | None, largest: int) -> int:
    return marks.heat(day.total_tokens, largest, _LEVELS) if day else 0


def _wall(first: date, weeks: int, by_day: Mapping[date, DayComposition], drawing: Drawing) -> Markup:
    """A row a week, as wide as the page, with the day and its tokens in each cell."""
    top, high = 22, 46
    columns = marks.columns_across(7, 0.03)
    drawn = [marks.text(name, across.start, 12) for name, across in zip(_WEEKDAYS, columns, strict=True)]
    largest = _largest(by_day)
    for place in range(weeks * 7):
        on = first + timedelta(days=place)
        day, across, down = by_day.get(on), columns[place % 7], top + place // 7 * high
        level = _level(day, largest)
        name = figures.calendar_day(on, drawing.zone, drawing.now)
        short = name if on.day == 1 or not place else str(on.day)
        cell = [
            element("title", _told(on, day, drawing)),
            marks.box(across, Span(down, high - 4), f"heat-{level}", rounded=3),
            marks.text(short, across.start, down + 15, indent=6),
        ]
        if day:
            cell.append(marks.text(figures.tokens(day.total_tokens), across.start, down + 32, indent=6))
        drawn.append(element("g", *cell, class_="warm" if level >= _LEVELS - 1 else None))
    return marks.figure(top + weeks * high, *drawn, label=_label(by_day, drawing), class_="calendar wall")


def _strip(first: date, weeks: int, by_day: Mapping[date, DayComposition], drawing: Drawing) -> Markup:
    """A column a week, Monday on top."""
    size, left, top = 16, 36, 18
    width = left + max(weeks, _LABEL_WEEKS) * size
    largest = _largest(by_day)
    drawn = [marks.text(_WEEKDAYS[place], 0, top + place * size + 11) for place in (0, 2, 4)]
    for week in range(weeks):
        monday = first + timedelta(weeks=week)
        across = Span((left + week * size) / width * 100, (size - 3) / width * 100)
        if monday.day <= 7 and (week < weeks - 1 or not week):
            name = figures.month(monday, drawing.zone, drawing.now)
            has_room = week + _LABEL_WEEKS <= max(weeks, _LABEL_WEEKS)
            drawn.append(marks.text(name if has_room else name[:3], across.start, 11))
        for weekday in range(7):
            on = monday + timedelta(days=weekday)
            day, down = by_day.get(on), Span(top + weekday * size, size - 3)
            told = _told(on, day, drawing) if day else ""
            drawn.append(marks.box(across, down, f"heat-{_level(day, largest)}", rounded=2, title=told))
    picture = marks.figure(
        top + 7 * size, *drawn, label=_label(by_day, drawing), width=str(width), class_="calendar"
    )  # fmt: skip
    return element("div", picture, class_="scroll", tabindex=0, role="region", aria_label="Calendar")


def _told(on: date, day: DayComposition | None, drawing: Drawing) -> str:
    name = figures.calendar_day(on, drawing.zone, drawing.now)
    if day is None:
        return f"{name}: nothing"
    usd = f", {figures.dollars(day.list_price_usd)}" if day.list_price_usd else ""
    return f"{name}: {figures.tokens(day.total_tokens)} tokens{usd}"


def _label(by_day: Mapping[date, DayComposition], drawing: Drawing) -> str:
    busiest = max(by_day.values(), key=lambda day: day.total_tokens)
    days = figures.plural(len(by_day), "day")
    return f"Calendar of {days} with usage; the most: {_told(busiest.date, busiest, drawing)}"
