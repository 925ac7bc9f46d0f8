"""What was committed, pushed and opened, and how many tokens went by for each commit?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from tokenscope.answers.activity.pull_requests import LINKED, OPENED, PullRequest, pull_requests_card, pull_requests_of
from tokenscope.answers.usage.project_days import used_by_project_and_day
from tokenscope.answers.usage.usage_table import usage_of_all
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.store import Operation
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Question, Reading
from tokenscope.view.short_names import project_labels

FIRST = ("commit", "push", "branch", OPENED)  # on the card, before all others
NAMES = {OPENED: "pull request", "branch": "new branch"}
CAPTION = "git and gh in the shell, chains included · a failed command's operations count as failed"
RATIO_CAPTION = "each: all tokens by the commits, a plain ratio"


class OperationRow(Value):
    """`count`: those that succeeded."""

    operation: str
    count: int
    failed: int  # operations


class Committed(Value):
    """Commits, pushes and opened pull requests that succeeded, beside all usage; per commit, a plain ratio."""

    commits: int
    pushes: int
    pull_requests: int
    failed: int  # of all operations
    usage: Usage
    tokens_per_commit: int | None
    list_price_usd_per_commit: float | None


class ProjectGit(Value):
    project: str
    git: Committed


class DayGit(Value):
    date: date
    git: Committed


class GitReport(Value):
    """Projects with an operation and days with one; `all` is of everything in scope."""

    operations: list[OperationRow]
    pull_requests: list[PullRequest]
    projects: list[ProjectGit]
    days: list[DayGit]
    all: Committed
    total: Usage


def analyze(history: History) -> GitReport:
    """Git operations in scope by name, project and day."""
    activity = history.once(Activity)
    operations = [one for one in activity.operations if one.name != LINKED]
    by_project: dict[str, list[Operation]] = defaultdict(list)
    by_day: dict[date, list[Operation]] = defaultdict(list)
    for one in operations:
        by_project[activity.project(one.thread)].append(one)
        if (time := activity.time_of(one)) is not None:
            by_day[history.days.day(time)].append(one)
    of_projects, of_days = used_by_project_and_day(history)
    projects = [
        ProjectGit(name, _committed(found, of_projects[name].usage() if name in of_projects else Usage()))
        for name, found in by_project.items()
    ]
    projects.sort(key=lambda row: (-row.git.commits, -row.git.usage.total_tokens, row.project))
    days = [
        DayGit(day, _committed(by_day[day], of_days[day].usage() if day in of_days else Usage()))
        for day in sorted(by_day)
    ]
    total = history.total.usage()
    return GitReport(
        _rows(operations), pull_requests_of(activity), projects, days, _committed(operations, total), total
    )


def _rows(operations: Iterable[Operation]) -> list[OperationRow]:
    done, failed = Counter[str](), Counter[str]()
    for one in operations:
        (failed if one.failed else done)[one.name] += 1
    rows = [OperationRow(name, done[name], failed[name]) for name in {*done, *failed}]
    return sorted(rows, key=_place)


def _place(row: OperationRow) -> tuple[int, int, str]:
    first = FIRST.index(row.operation) if row.operation in FIRST else len(FIRST)
    return first, -(row.count + row.failed), row.operation


def _committed(operations: Sequence[Operation], usage: Usage) -> Committed:
    done = Counter(one.name for one in operations if not one.failed)
    failed = sum(one.failed for one in operations)
    return _of_counts(done["commit"], done["push"], done[OPENED], failed, usage=usage)


def _of_counts(commits: int, pushes: int, opened: int, failed: int, *, usage: Usage) -> Committed:
    price = usage.list_price_usd
    counts = (commits, pushes, opened, failed)
    return Committed(
        *counts,
        usage,
        tokens_per_commit=round(usage.total_tokens / commits) if commits else None,
        list_price_usd_per_commit=round(price / commits, 6) if commits and price is not None else None,
    )


def cards(report: GitReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.operations and not report.pull_requests:
        return (Card("Git", "No git command was run here."),)
    found = []
    if report.operations:
        found.append(_operations_card(report, drawing))
    if len(report.projects) > 1:
        found.append(_projects_card(report, drawing))
    if report.days:
        found.append(_days_card(report, drawing))
    if report.pull_requests:
        found.append(pull_requests_card(report.pull_requests, drawing))
    return tuple(found)


def _operations_card(report: GitReport, drawing: Drawing) -> Card:
    shown = report.operations[: drawing.limit]
    columns = (
        Column("operation", "label"),
        Column("done", "number"),
        Column("failed", "number"),
        Column("", "bar"),
    )
    rows = tuple(
        Row(
            (
                NAMES.get(row.operation, row.operation.replace("pr_", "pull request: ")),
                figures.count(row.count),
                figures.count(row.failed or None),
                float(row.count),
            ),
            tone=Tone.NEW,
        )
        for row in shown
    )
    table = Table(columns, rows, len(report.operations) - len(shown))
    return Card("Git", _sentence(report.all), (table,), (), CAPTION)


def _sentence(git: Committed) -> str:
    if not git.commits:
        return f"Nothing was committed; {figures.plural(git.failed, 'command')} failed."
    tokens, price = figures.tokens(git.tokens_per_commit), git.list_price_usd_per_commit
    priced = f" and {figures.dollars(price)} at list price" if price is not None else ""
    return f"{figures.plural(git.commits, 'commit')}: {tokens} tokens{priced} went by for each."


def _projects_card(report: GitReport, drawing: Drawing) -> Card:
    labels = project_labels(row.project for row in report.projects)
    rows = [(labels[row.project], row.git) for row in report.projects]
    most = report.projects[0]
    name = labels[most.project]
    sentence = f"Most commits were made in {name}: {most.git.commits:,} of {report.all.commits:,}."
    sentence = sentence if most.git.commits else f"Git was used in {len(rows):,} projects, and nothing was committed."
    table = _committed_table(Column("project", "path"), rows, drawing.limit)
    return Card("Git by project", sentence, (table,), (), _caption(git for _, git in rows))


def _days_card(report: GitReport, drawing: Drawing) -> Card:
    rows = [(figures.calendar_day(row.date, drawing.zone, drawing.now), row.git) for row in reversed(report.days)]
    most = max(report.days, key=lambda row: row.git.commits)
    on = figures.calendar_day(most.date, drawing.zone, drawing.now)
    sentence = f"Git was used on {figures.plural(len(rows), 'day')}; most commits on {on}: {most.git.commits:,}."
    if not most.git.commits:
        sentence = f"Git was used on {figures.plural(len(rows), 'day')}, and nothing was committed."
    table = _committed_table(Column("day", "number"), rows, drawing.limit)
    return Card("Git by day", sentence, (table,), (), f"newest first · {_caption(git for _, git in rows)}")


def _caption(shown: Iterable[Committed]) -> str:
    return RATIO_CAPTION + (" · PRs: opened" if any(git.pull_requests for git in shown) else "")


def _committed_table(label: Column, rows: Sequence[tuple[str, Committed]], limit: int) -> Table:
    columns = (
        label,
        Column("commits", "number"),
        Column("pushes", "number", spare=True),
        Column("PRs", "number", spare=True),
        Column("tokens", "number"),
        Column("each", "number"),
        Column("list price each", "dollars"),
        Column("", "bar"),
    )
    shown = rows[:limit]
    drawn = tuple(Row((*_committed_cells(name, git), float(git.commits)), tone=Tone.NEW) for name, git in shown)
    total = Row(_committed_cells(IN_ALL, _together([git for _, git in rows]))) if len(rows) > 1 else None
    return Table(columns, drawn, len(rows) - len(shown), total)


def _together(parts: Sequence[Committed]) -> Committed:
    """Of projects or days that git was used in."""
    sums = [sum(getattr(one, name) for one in parts) for name in ("commits", "pushes", "pull_requests", "failed")]
    return _of_counts(*sums, usage=usage_of_all([one.usage for one in parts]))


def _committed_cells(name: str, git: Committed) -> tuple[str, ...]:
    return (
        name,
        figures.count(git.commits or None),
        figures.count(git.pushes or None),
        figures.count(git.pull_requests or None),
        figures.tokens(git.usage.total_tokens),
        figures.tokens(git.tokens_per_commit),
        figures.dollars(git.list_price_usd_per_commit),
    )


QUESTION = Question(
    name="git",
    help="Commits, pushes and pull requests, and the tokens for each commit.",
    reading=Reading(Facet.GIT | Facet.SPAWNS),
    analyze=analyze,
    cards=cards,
    rows="operations",
    group="What was done",
    is_alone=True,
    next=("files", "projects", "daily"),
    examples=("", "--since 30d", "--json"),
)
