"""The floor over time: a small chart a project, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tokenscope.answers.context.floor import FloorReport, ProjectFloor
from tokenscope.answers.context.floor_history import FloorPoint, ProjectFloorHistory
from tokenscope.draw import marks
from tokenscope.draw.markup import Markup, element
from tokenscope.view import figures
from tokenscope.view.card import Tone
from tokenscope.view.question import Drawing

_PROJECTS = 6
_THREADS = 3  # fewer make no line


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
    day = axis.drawing
    dots = [
        marks.dot(
            axis.x(point.started_at.timestamp()),
            axis.y(point.size),
            Tone.DIM,
            title=f"{figures.clock(point.started_at, day.zone, day.now)}: {figures.tokens(point.size)}",
        )
        for point in points
    ]
    label = f"{figures.tokens(project.size)} now"
    if project.steps:
        last = project.steps[-1]
        on = figures.calendar_day(last.date, day.zone, day.now)
        label += f"; {figures.tokens(last.before)} before {on}"
    if len(project.steps) > 1:
        label += f", {figures.plural(len(project.steps) - 1, 'step')} earlier"
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
