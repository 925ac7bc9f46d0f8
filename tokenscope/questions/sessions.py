"""What did each session use, how long did it take, and is it still going on?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

from tokenscope.answers.session.session_columns import (
    NAMES,
    QUALITIES,
    chosen_by,
    sorted_by,
    written,
    written_sum,
)
from tokenscope.answers.session.session_details import SessionDetails, session_details
from tokenscope.answers.session.session_groups import SessionGroup, by_name, by_project, by_run, groups_card
from tokenscope.answers.usage.count_check import CountCheck, check_counts
from tokenscope.answers.usage.count_check_cards import check_note
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.history.session_usage import ACTIVE, IDLE
from tokenscope.history.stamp_groups import StampField
from tokenscope.machine import OtherFiles
from tokenscope.model import Facet, Usage
from tokenscope.value import Value, field, replace
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Cell, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Option, Question, Reading
from tokenscope.view.short_names import project_labels

GROUPINGS: dict[str, Callable[[History], list[SessionGroup]]] = {
    "project": by_project,
    "run": by_run,
    **{field.value: partial(by_name, field=field) for field in StampField},
}
KINDS = {"text": "text", "dollars": "dollars"}  # of columns; every other quality is a number
READ = Facet.TITLES | Facet.CHANGES | Facet.GIT | Facet.PROMPTS | Facet.NOTICES | Facet.SPAWNS | Facet.COUNTED
SHOWN = ("active", "price", "subagents", "errors")  # beside what every row shows


class SessionsReport(Value):
    """`total` is of the sessions listed. `groups` only with `--by`: of all sessions in scope, as `claude_code` is: what
    Claude Code itself counted (null: of a part of them nothing can be compared).
    """

    sessions: list[SessionDetails]
    total: Usage
    sorted_by: str
    groups: list[SessionGroup] = field(default_factory=list)
    grouped_by: str | None = None
    claude_code: CountCheck | None = None


def analyze(
    history: History,
    *,
    sort: Annotated[str, Option(f"Largest or newest first: {NAMES}.", "COLUMN")] = "ended",
    where: Annotated[
        list[str] | None,
        Option("Only sessions like 'errors>3', 'active>30m', 'status=closed'. Repeatable.", "CONDITION"),
    ] = None,
    by: Annotated[str | None, Option(f"Put sessions together: by {', '.join(GROUPINGS)}.", "GROUP")] = None,
    idle_hours: Annotated[float, Option("A session is stale after so many hours without activity.", "N")] = 4.0,
) -> SessionsReport:
    """Every session in scope, subagents included."""
    if by is not None and by not in GROUPINGS:
        raise UsageError(f"sessions cannot be put together by {by!r}", hint=f"--by {' or --by '.join(GROUPINGS)}")
    if by is not None and where:
        raise UsageError("--by is about all sessions, --where about some", hint="use one of them")
    every = session_details(history, idle_hours=idle_hours)
    rows = sorted_by(chosen_by(every, where or (), history), sort)
    chosen = {row.session_id for row in rows}
    total = history.total.usage() if len(rows) == len(every) else _usage_of(history, chosen)
    return SessionsReport(rows, total, sort, GROUPINGS[by](history) if by else [], by, check_counts(history))


def _usage_of(history: History, session_ids: set[str]) -> Usage:
    threads = history.store.threads
    sums = history.by(lambda message: threads[message.thread].session_id in session_ids)
    return sums[True].usage() if True in sums else Usage()


def cards(report: SessionsReport, drawing: Drawing) -> tuple[Card, ...]:
    if report.grouped_by:
        return (groups_card(report.groups, drawing),)
    title = "Session by session"
    if not report.sessions:
        return (Card(title, "No sessions here."),)
    shown = report.sessions[: drawing.limit]
    names = (*SHOWN, "terminal") if any(row.terminal for row in shown) else SHOWN
    names = names if report.sorted_by in (*names, *_ALWAYS) else (*names, report.sorted_by)
    columns = (
        Column("state", spare=True),
        Column("started" if report.sorted_by == "started" else "last used", "number"),
        Column("project", "path"),
        Column("what", "text"),
        Column("tokens", "number"),
        Column("", "bar"),
        *(_column(name, is_sorted_by=name == report.sorted_by) for name in names),
    )
    labels = project_labels(row.repository for row in report.sessions)
    rows = tuple(
        Row(_cells(row, names, labels[row.repository], report.sorted_by, drawing), tone=Tone.CARRIED) for row in shown
    )
    whole = Row(_sums(report, names, drawing)) if len(report.sessions) > 1 else None
    table = Table(columns, rows, len(report.sessions) - len(shown), whole)
    alike = {row.status for row in report.sessions}, set(labels.values())
    table = _without_alike(table, [place for place, values in zip((0, 2), alike, strict=True) if len(values) == 1])
    actions = (f"{drawing.command} session {shown[0].session_id[:8]} tells one of them",)
    caption = "exact tokens at API list prices · active: without gaps over 5 min · " + (
        "newest first" if report.sorted_by == "ended" else f"by {QUALITIES[report.sorted_by].title or 'status'}"
    )
    return (Card(title, _sentence(report), (table, *check_note(report.claude_code)), actions, caption),)


def _without_alike(table: Table, places: Sequence[int]) -> Table:
    """The table without the columns that say the same of every session, where there are several."""
    if table.total is None or not places:
        return table
    kept = [place for place in range(len(table.columns)) if place not in places]
    rows = [replace(row, cells=tuple(row.cells[place] for place in kept)) for row in (*table.rows, table.total)]
    return replace(table, columns=tuple(table.columns[place] for place in kept), rows=tuple(rows[:-1]), total=rows[-1])


def _column(name: str, *, is_sorted_by: bool) -> Column:
    """Tokens and list price stay where room is short, and what the rows are sorted by."""
    kind = KINDS.get(QUALITIES[name].kind, "number")
    return Column(QUALITIES[name].title, kind, spare=kind != "dollars" and not is_sorted_by)


_ALWAYS = ("started", "ended", "status", "title", "project", "tokens")


def _cells(row: SessionDetails, names: Sequence[str], project: str, order: str, drawing: Drawing) -> tuple[Cell, ...]:
    return (
        row.status if row.status in (ACTIVE, IDLE) else "",
        figures.clock(row.started_at if order == "started" else row.ended_at, drawing.zone, drawing.now),
        project,
        row.title or "",
        figures.tokens(row.usage.total_tokens),
        float(row.usage.total_tokens),
        *(written(row, name, drawing) for name in names),
    )


def _sums(report: SessionsReport, names: Sequence[str], drawing: Drawing) -> tuple[Cell, ...]:
    """Of all sessions listed, in each column that can be added up."""
    usage = report.total
    return ("", IN_ALL, "", "", figures.tokens(usage.total_tokens), None,
            *(written_sum(report.sessions, name, usage) for name in names))  # fmt: skip


def _sentence(report: SessionsReport) -> str:
    rows, tokens = report.sessions, figures.tokens(report.total.total_tokens)
    going = sum(row.status == ACTIVE for row in rows)
    is_active = f"; {going:,} {'is' if going == 1 else 'are'} active now" if going else ""
    if len(rows) == 1:
        return f"One session used {tokens} tokens{is_active}."
    largest = max(rows, key=lambda row: row.usage.total_tokens)
    part = largest.usage.total_tokens / report.total.total_tokens if report.total.total_tokens else 0
    return (
        f"{figures.plural(len(rows), 'session')} used {tokens} tokens; "
        f"the largest took {figures.share(part)} of them{is_active}."
    )


QUESTION = Question(
    name="sessions",
    help="Every session: tokens, time, errors, changes, and whether it is still going on.",
    reading=Reading(
        READ,
        by_option={"by": Facet.STAMPS, "where": Facet.STAMPS},
        other_files=OtherFiles.RUNNING,
    ),
    analyze=analyze,
    cards=cards,
    rows="sessions",
    next=("session", "health", "daily"),
    examples=("", "--sort errors", "--where 'active>30m' --where 'errors>5'", "--by project"),
)
