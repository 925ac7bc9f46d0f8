"""A calendar of tokens: a cell a day, warmer the more was used. A short one hangs on a wall, a long one is a strip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from tokenscope.answers.context.composition import DayComposition
from tokenscope.draw import marks
from tokenscope.draw.marks import Span
from tokenscope.draw.markup import Markup, element
from tokenscope.view import figures
from tokenscope.view.question import Drawing

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
