"""Charts over time for the report page: what the usage was made of, and the floor of each project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import fsum
from typing import NamedTuple

from tokenscope.answers.context.composition import DayComposition
from tokenscope.answers.context.floor import FloorReport, ProjectFloor
from tokenscope.answers.context.floor_history import FloorPoint, ProjectFloorHistory
from tokenscope.draw import marks
from tokenscope.draw.html_page import marker, table
from tokenscope.draw.marks import Span, plot
from tokenscope.draw.markup import Markup, element, joined
from tokenscope.view import figures
from tokenscope.view.card import Column, Row, Table, Tone
from tokenscope.view.money import AT_LIST_PRICE, arranged_table
from tokenscope.view.question import Drawing

TONES = (Tone.CARRIED, Tone.NEW, Tone.OUTPUT, Tone.REBUILT)
MOST = 120  # columns; what is older is not drawn
_HEIGHT = 150.0  # pixels, of a panel


class ChartPeriod(NamedTuple):
    """A day, a week or a month: what it is called, and by tone its tokens and its dollars."""

    name: str
    tokens: tuple[float, ...]
    usd: tuple[float, ...]


def composition_over_time(days: Sequence[DayComposition], drawing: Drawing) -> Markup:
    """Columns of tokens and of list price, each made of carried, new, output and rebuilt; and the same as a table."""
    if not days:
        return Markup("")
    unit, found = periods(days, drawing)
    panels = [_panel([period.tokens for period in found], found, figures.tokens, f"Tokens by {unit}")]
    if any(fsum(period.usd) for period in found):
        prices = _panel([period.usd for period in found], found, _usd, f"{_price_name(drawing)} by {unit}")
        panels.insert(0 if drawing.plan.pays_by_token else 1, prices)
    legend = [element("li", marker(tone), tone) for tone in TONES]
    older = [element("p", f"the newest {MOST} {unit}s", class_="dim")] if len(found) == MOST else []
    return element(
        "figure",
        element("ul", *legend, class_="legend"),
        *panels,
        *older,
        _details(f"These figures as a table, by {unit}", _periods_table(found, unit, drawing)),
    )


def _price_name(drawing: Drawing) -> str:
    return AT_LIST_PRICE[0].upper() + AT_LIST_PRICE[1:] if drawing.plan.is_subscription else "List price"


def _usd(dollars: float) -> str:
    """Dollars of a scale have no cents: $5."""
    return f"${dollars:,g}" if dollars == round(dollars, 1) else figures.dollars(dollars)


def periods(days: Sequence[DayComposition], drawing: Drawing) -> tuple[str, list[ChartPeriod]]:
    """The unit and the newest MOST periods: days up to three months, weeks up to two years, else months."""
    span = (days[-1].date - days[0].date).days
    unit, begin = ("day", _day) if span < 92 else ("week", _monday) if span < 731 else ("month", _first)
    starts = [begin(days[-1].date)]
    while starts[-1] > days[0].date and len(starts) < MOST:
        starts.append(begin(starts[-1] - timedelta(days=1)))
    sums = {start: ([0.0] * len(TONES), [0.0] * len(TONES)) for start in reversed(starts)}
    for day in days:
        tokens, usd = sums.get(begin(day.date), ([0.0] * len(TONES), [0.0] * len(TONES)))
        for place, tone in enumerate(TONES):
            part = getattr(day.composition, tone)
            tokens[place] += part.tokens
            usd[place] += part.list_price_usd or 0.0
    return unit, [
        ChartPeriod(figures.calendar_day(start, drawing.zone, drawing.now), tuple(tokens), tuple(usd))
        for start, (tokens, usd) in sums.items()
    ]


def _day(day: date) -> date:
    return day


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first(day: date) -> date:
    return day.replace(day=1)


def _panel(
    values: Sequence[tuple[float, ...]], found: Sequence[ChartPeriod], words: Callable[[float], str], title: str
) -> Markup:
    largest = max(map(fsum, values)) or 1.0
    drawn = []
    for across, column, period in zip(marks.columns_across(len(values)), values, found, strict=True):
        height = fsum(column) / largest * _HEIGHT
        listed = ", ".join(f"{tone} {words(value)}" for tone, value in zip(TONES, column, strict=True) if value)
        boxes = [
            marks.box(across, Span(_HEIGHT - down.start - down.length, down.length), tone)
            for tone, down in zip(TONES, marks.stacked(column, height), strict=True)
            if down.length
        ]
        told = element("title", f"{period.name}: {words(fsum(column))} ({listed})")
        hover = marks.box(Span(across.start, across.length), Span(0, _HEIGHT), "hover")
        drawn += [element("g", told, *boxes, hover)] if boxes else []
    busiest = max(range(len(values)), key=lambda place: fsum(values[place]))
    label = f"{title}: the most at {found[busiest].name} with {words(largest)}"
    heading = element("p", title, class_="panel-title")
    scale = [(value / largest, words(value)) for value in marks.ticks(largest)]
    return joined([heading, plot(drawn, scale, label, names=[period.name for period in found], height=_HEIGHT)])


def _periods_table(found: Sequence[ChartPeriod], unit: str, drawing: Drawing) -> Markup:
    columns = (
        Column(unit, "number"),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        *(Column(tone, "number") for tone in TONES),
    )
    rows = tuple(
        Row(
            (
                period.name,
                figures.tokens(sum(period.tokens)),
                figures.dollars(fsum(period.usd)) if fsum(period.usd) else "",
                *map(figures.tokens, period.tokens),
            )
        )
        for period in reversed(found)
        if sum(period.tokens)
    )
    return table(arranged_table(Table(columns, rows), drawing.plan), f"Tokens and list price by {unit}")


def _details(summary: str, content: Markup) -> Markup:
    return element("details", element("summary", summary), content)


_PROJECTS = 6
_THREADS = 3  # fewer make no line
_DOTS = 200  # of a project: with more of them no line would be seen


def floors_over_time(floor: FloorReport, found: Sequence[ProjectFloorHistory], drawing: Drawing) -> Markup:
    """A dot each main thread, a line for the level and its steps."""
    points = {one.project: one.points for one in found}
    shown = [project for project in floor.projects if len(points.get(project.project, ())) >= _THREADS][:_PROJECTS]
    if not shown:
        return Markup("")
    every = [point for project in shown for point in points[project.project]]
    largest = max(point.size for point in every) or 1
    times = [point.started_at.timestamp() for point in every]
    axis = _Axis(min(times), max(times), largest, drawing)
    left_out = sum(1 for one in found if len(one.points) >= _THREADS) - len(shown)
    more = [element("p", f"and {figures.plural(left_out, 'more project')} with several threads", class_="dim")]
    charts = [_floor(project, points[project.project], axis) for project in shown]
    return element("div", element("div", *charts, class_="multiples"), *(more if left_out > 0 else ()))


class _Axis(NamedTuple):
    first: float  # seconds since the epoch
    last: float
    largest: float
    drawing: Drawing

    def x(self, moment: float) -> float:
        span = self.last - self.first
        return 1 + 98 * min(max((moment - self.first) / span, 0), 1) if span else 50.0

    def y(self, size: float) -> float:
        return 72 - size / self.largest * 66


def _floor(project: ProjectFloor, points: Sequence[FloorPoint], axis: _Axis) -> Markup:
    day, every = axis.drawing, -(-len(points) // _DOTS)
    dots = [
        marks.dot(
            axis.x(point.started_at.timestamp()),
            axis.y(point.size),
            Tone.DIM,
            title=f"{figures.clock(point.started_at, day.zone, day.now)}: {figures.tokens(point.size)}",
        )
        for point in points[::every]
    ]
    label = f"{figures.tokens(project.size)} now"
    if project.steps:
        last = project.steps[-1]
        on = figures.calendar_day(last.date, day.zone, day.now)
        label += f"; {figures.tokens(last.before)} before {on}"
    if len(project.steps) > 1:
        label += f", {figures.plural(len(project.steps) - 1, 'step')} earlier"
    label += f"; a dot for {every} threads" if every > 1 else ""
    caption = element("figcaption", element("b", figures.project_name(project.project)), label)
    drawn = [marks.rule((0, 72), (100, 72), "grid"), *dots, *_levels(project, points, axis)]
    return element("figure", caption, marks.figure(76, *drawn, label=f"Floor of {label}"))


def _levels(project: ProjectFloor, points: Sequence[FloorPoint], axis: _Axis) -> list[Markup]:
    """The level that held, as a line from step to step."""
    start = points[0].started_at
    bounds = [start.timestamp()]
    sizes = [project.steps[0].before if project.steps else project.size or 0]
    for step in project.steps:
        begun = next((point.started_at for point in points if point.started_at.date() >= step.date), start)
        bounds.append(begun.timestamp())
        sizes.append(step.after)
    bounds.append(max(points[-1].started_at.timestamp(), bounds[-1]))
    lines = [
        marks.rule((axis.x(first), axis.y(size)), (axis.x(last), axis.y(size)), "level")
        for (first, last), size in zip(pairwise(bounds), sizes, strict=True)
    ]
    rises = [
        marks.rule((axis.x(at), axis.y(old)), (axis.x(at), axis.y(new)), "level")
        for at, (old, new) in zip(bounds[1:-1], pairwise(sizes), strict=True)
    ]
    return [*lines, *rises]
