"""Pull requests: those that were opened, and those that sessions were tied to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tokenscope.history.activity import Activity
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing

OPENED, LINKED = "pr_create", "pr_link"


class PullRequest(Value):
    """`opened`: by a command in scope; else a session was tied to it. `link` None: the log does not name it."""

    link: str | None
    project: str
    session_id: str
    at: datetime | None
    opened: bool


def pull_requests_of(activity: Activity) -> list[PullRequest]:
    """Each link once, the oldest first; one that was opened without a link in the log stands by itself."""
    found: dict[str, PullRequest] = {}
    for number, one in enumerate(activity.operations):
        if one.failed or (one.name != OPENED and not (one.name == LINKED and one.detail)):
            continue
        key = one.detail or f"\0{number}"
        at = None if one.time is None else activity.history.scope.local(one.time)
        first = found.setdefault(
            key,
            PullRequest(
                one.detail or None, activity.project(one.thread), activity.session_id(one.thread), at, opened=False
            ),
        )
        if one.name == OPENED and not first.opened:
            found[key] = PullRequest(first.link, first.project, first.session_id, first.at, opened=True)
    return list(found.values())


def pull_requests_card(found: Sequence[PullRequest], drawing: Drawing) -> Card:
    newest = list(reversed(found))
    shown = newest[: drawing.limit]
    columns = (Column("day", "number"), Column("project", "label"), Column("link", "path"))
    rows = tuple(
        Row(
            (
                figures.day(one.at, drawing.zone, drawing.now),
                figures.project_name(one.project),
                one.link or "opened; the log does not name it",
            )
        )
        for one in shown
    )
    opened = sum(one.opened for one in found)
    sentence = f"{figures.plural(opened, 'pull request')} opened"
    sentence += f", {len(found) - opened:,} more worked on." if len(found) > opened else "."
    return Card("Pull requests", sentence, (Table(columns, rows, len(newest) - len(shown)),))
