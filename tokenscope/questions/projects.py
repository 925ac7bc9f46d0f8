"""What did each project use?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tokenscope.answers.usage.trends import Trend, chart_of, group_usage, largest_of, trend_card
from tokenscope.answers.usage.usage_charts import ChartOption
from tokenscope.answers.usage.usage_table import UsageRow
from tokenscope.history.calendar_periods import Timeline
from tokenscope.history.history import History
from tokenscope.model import Facet, Message, Usage
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.money import ranked
from tokenscope.view.question import Drawing, Question, Reading


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """`project`: the working directory that its sessions started in."""

    project: str
    usage: Usage
    share: float | None  # of all tokens
    sessions: int
    trend: list[int]  # tokens in each period of the report's trend


@dataclass(frozen=True, slots=True)
class ProjectsReport:
    projects: list[ProjectRow]
    total: Usage
    trend: Trend
    chart: Timeline[date] | None


def analyze(history: History, *, chart: ChartOption = False) -> ProjectsReport:
    """Usage by project, the most tokens first."""
    sessions: dict[str, set[str]] = defaultdict(set)
    for thread in {message.thread for message in history.messages}:
        session = history.store.sessions[history.store.threads[thread].session_id]
        sessions[session.project].add(session.session_id)

    def amounts(message: Message) -> Iterable[tuple[str, int]]:
        return ((history.session_of(message).project, message.total_tokens),)

    groups, trend = group_usage(history, lambda message: history.session_of(message).project, amounts)
    rows = [ProjectRow(one.name, one.usage, one.share, len(sessions[one.name]), one.trend) for one in groups]
    return ProjectsReport(rows, history.total.usage(), trend, chart_of(history, amounts) if chart else None)


def cards(report: ProjectsReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Project by project"
    if not report.projects:
        return (Card(title, "No responses here: nothing was used."),)
    projects = ranked(report.projects, lambda row: row.usage, drawing.plan)
    names = [figures.project_name(row.project) for row in projects]
    sentence = largest_of(names, projects[0].usage, report.total, drawing, kind="projects")
    rows = [UsageRow(figures.home_path(row.project), row.usage, row.trend) for row in projects]
    label = Column("project", "path")
    return (trend_card(title, sentence, rows, drawing, label=label, trend=report.trend, chart=report.chart),)


QUESTION = Question(
    name="projects",
    help="Tokens and list price by project.",
    reading=Reading(Facet.USAGE),
    analyze=analyze,
    cards=cards,
    rows="projects",
    next=("sessions", "daily"),
    examples=("", "--since 7d", "--chart"),
)
