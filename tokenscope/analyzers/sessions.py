"""What did each session use?"""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.accounting.history import History
from tokenscope.card import Card
from tokenscope.model import Facet, Usage
from tokenscope.parts.timeline import SessionRow, session_rows, sessions_card
from tokenscope.question import Analyzer, Drawing


@dataclass(frozen=True, slots=True)
class SessionsReport:
    sessions: list[SessionRow]
    total: Usage


def analyze(history: History) -> SessionsReport:
    """Usage by session, subagents included, the newest first."""
    return SessionsReport(session_rows(history), history.total.usage())


def cards(report: SessionsReport, drawing: Drawing) -> tuple[Card, ...]:
    return (sessions_card(report.sessions, drawing, title="Session by session"),)


ANALYZER = Analyzer(
    name="sessions",
    help="Every session with its tokens, newest first.",
    facets=Facet.TITLES,
    analyze=analyze,
    cards=cards,
    rows="sessions",
    next=("daily", "projects"),
)
