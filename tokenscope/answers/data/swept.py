"""Sessions that the history of prompts names, and of which no transcript is left: what is counted is less than was."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

TITLE = "What is gone"


@dataclass(frozen=True, slots=True)
class SweptDay:
    """A day on which sessions began that have no transcript any more. `sessions`: of all that began on it."""

    date: date
    gone: int  # sessions
    sessions: int


def measure_swept(history: History, *, is_all: bool = False) -> list[SweptDay]:
    """By local day, the oldest first. Of the window, projects and sessions asked for, unless `is_all`.

    Needs OtherFiles.PROMPTS.
    """
    store, scope, counts = history.store, history.scope, dict[date, list[int]]()
    since, until = scope.since or 0, math.inf if scope.until is None else scope.until
    for session_id, (time, project) in store.machine.prompted.items():
        is_meant = since <= time < until and scope.has_project(project)
        is_meant = is_meant and session_id.startswith(scope.sessions or ("",))
        if is_all or is_meant:
            day = counts.setdefault(history.days.day(time), [0, 0])
            day[0] += session_id not in store.sessions
            day[1] += 1
    return [SweptDay(day, gone, sessions) for day, (gone, sessions) in sorted(counts.items()) if gone]


def swept_card(days: list[SweptDay], drawing: Drawing) -> Card:
    """On which days how many sessions are gone, the newest first. For one day at least."""
    gone, known = sum(one.gone for one in days), sum(one.sessions for one in days)
    on = f"on {figures.plural(len(days), 'day')}"
    have = "has" if gone == 1 else "have"
    sentence = f"Of {figures.plural(known, 'session')} that began {on}, {gone:,} {have} no transcript any more."
    columns = (Column("", "number"), Column("gone", "number"), Column("of", "number"), Column("", "remark"))
    shown = days[::-1][: drawing.limit]
    rows = tuple(
        Row(
            (
                figures.calendar_day(one.date, drawing.zone, drawing.now),
                figures.count(one.gone),
                figures.plural(one.sessions, "session"),
                "what is counted on it is a lower bound",
            )
        )
        for one in shown
    )
    caption = "as history.jsonl says, which outlives transcripts"
    return Card(TITLE, sentence, (Table(columns, rows, len(days) - len(shown)),), (), caption)


def gone_words(day: SweptDay) -> str:
    """Beside the figures of a day: how many of its sessions are gone."""
    return f"{day.gone:,} of {day.sessions:,}"


def swept_note(days: list[SweptDay], counted: set[date]) -> Note:
    """That figures are a lower bound. `counted`: days with any figures. For one swept day at least."""
    gone, known = sum(one.gone for one in days), sum(one.sessions for one in days)
    without = [one for one in days if one.date not in counted]
    text = (
        f"Of {figures.plural(known, 'session')} that began on {figures.plural(len(days), 'day')}, {gone:,} "
        f"{'has' if gone == 1 else 'have'} no transcript any more: what is counted is a lower bound"
    )
    if without:
        text += f"; on {figures.plural(len(without), 'day')} nothing is left to count"
    return Note(text + ".", Tone.DIM)
