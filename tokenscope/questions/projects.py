"""What did each project use?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from tokenscope.answers.usage.trends import Trend, UsageGroup, largest_of, measure_groups, trend_card
from tokenscope.answers.usage.usage_charts import ChartOption
from tokenscope.answers.usage.usage_table import NamedUsage, StampOption, UsageRow, grouped_cards
from tokenscope.history.calendar_periods import Timeline
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.model import Facet, Message, Usage
from tokenscope.store import Session
from tokenscope.value import Value, replace
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.money import ranked
from tokenscope.view.question import Drawing, Option, Question, Reading
from tokenscope.view.short_names import project_labels


class ProjectRow(Value):
    """`project`: the folder that its sessions worked in, a worktree's being that of its repository (T62).

    `worktree`: with `worktrees`, the worktree that the row is about; null for the repository's own folder.
    `worktrees`: how many are part of the row.
    """

    project: str
    usage: Usage
    share: float | None  # of all tokens
    sessions: int
    trend: list[int]  # tokens in each period of the report's trend
    worktree: str | None
    worktrees: int
    group: str | None  # with `grouped_by`: the name that its responses have in common; null: the log does not say


class ProjectsReport(Value):
    projects: list[ProjectRow]
    total: Usage
    trend: Trend
    chart: Timeline[date] | None
    grouped_by: str | None
    groups: list[GroupSum]  # what each name came to over all projects


def analyze(
    history: History,
    *,
    chart: ChartOption = False,
    worktrees: Annotated[bool, Option("Show each worktree apart from its repository.")] = False,
    by: StampOption = None,
) -> ProjectsReport:
    """Usage by project, the most tokens first."""

    def folder_of(session: Session) -> str:
        return (session.worktree if worktrees else "") or session.project

    sessions: dict[str, dict[str, Session]] = defaultdict(dict)
    for thread in {message.thread for message in history.messages}:
        session = history.store.sessions[history.store.threads[thread].session_id]
        sessions[folder_of(session)][session.session_id] = session

    def amounts(message: Message) -> Iterable[tuple[str, int]]:
        return ((folder_of(history.session_of(message)), message.total_tokens),)

    def name(message: Message) -> str:
        return folder_of(history.session_of(message))

    found = measure_groups(history, name, amounts, chart=chart, by=by)
    rows = [_row(one, group, list(sessions[one.name].values())) for group, one in found.rows]
    return ProjectsReport(rows, history.total.usage(), found.trend, found.chart, by, found.groups)


def _row(group: UsageGroup, name: str | None, sessions: list[Session]) -> ProjectRow:
    project = sessions[0].project
    worktree = group.name if group.name != project else None
    worktrees = len({session.worktree for session in sessions if session.worktree})
    return ProjectRow(project, group.usage, group.share, len(sessions), group.trend, worktree, worktrees, name)


def cards(report: ProjectsReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Project by project"
    if not report.projects:
        return (Card(title, "No responses here: nothing was used."),)
    projects = ranked(report.projects, lambda row: row.usage, drawing.plan)
    labels = project_labels(row.worktree or row.project for row in projects)
    if report.grouped_by:
        named = [NamedUsage(labels[one.worktree or one.project], one.usage, one.group) for one in projects]
        return grouped_cards(title, ("project", "the most first"), named, report.groups, report.grouped_by, drawing)
    kind = "folders" if any(row.worktree for row in projects) else "projects"
    names = [labels[row.worktree or row.project] for row in projects]
    sentence = largest_of(names, projects[0].usage, report.total, drawing, kind=kind)
    rows = [UsageRow(name, row.usage, row.trend) for name, row in zip(names, projects, strict=True)]
    label = Column("project", "path")
    card = trend_card(title, sentence, rows, drawing, label=label, trend=report.trend, chart=report.chart)
    folded = sum(row.worktrees for row in projects if row.worktree is None)
    if folded and report.chart is None:
        whose = "its repository" if folded == 1 else "their repositories"
        note = f"{figures.plural(folded, 'worktree')} counted with {whose}: --worktrees shows each apart"
        card = replace(card, actions=(*card.actions, note))
    return (card,)


QUESTION = Question(
    name="projects",
    help="Tokens and list price by project.",
    reading=Reading(Facet.USAGE, by_option={"by": Facet.STAMPS}),
    analyze=analyze,
    cards=cards,
    rows="projects",
    next=("sessions", "daily"),
    examples=("", "--since 7d", "--chart", "--worktrees"),
)
