"""Sessions that the history of prompts names, and of which no transcript is left: what is counted is less than was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing

TITLE = "What is gone"


@dataclass(frozen=True, slots=True)
class SweptDay:
    """A day on which sessions began that have no transcript any more. `sessions`: of all that began on it."""

    date: date
    gone: int  # how many sessions
    sessions: int


def measure_swept(history: History) -> list[SweptDay]:
    """By local day, the oldest first."""
    store, counts = history.store, dict[date, list[int]]()
    for session_id, time in store.machine.prompted.items():
        day = counts.setdefault(history.days.day(time), [0, 0])
        day[0] += session_id not in store.sessions
        day[1] += 1
    return [SweptDay(day, gone, sessions) for day, (gone, sessions) in sorted(counts.items()) if gone]


def swept_card(days: list[SweptDay], drawing: Drawing) -> Card:
    """On which days how many sessions are gone, the newest first. For one day at least."""
    gone, known = sum(one.gone for one in days), sum(one.sessions for one in days)
    on = f"on {figures.plural(len(days), 'day')}"
    sentence = f"Of {figures.plural(known, 'session')} that began {on}, {gone:,} have no transcript any more."
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
