"""Where did my usage go? The first answer: what bare `tokenscope` prints."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.accounting.history import History
from tokenscope.card import Card
from tokenscope.model import Facet, Usage
from tokenscope.parts.composition import CompositionReport, compose, composition_card
from tokenscope.parts.rebuilds import RebuildsReport, measure_rebuilds, rebuilds_card
from tokenscope.parts.timeline import SessionRow, session_rows, sessions_card
from tokenscope.question import Analyzer, Drawing


@dataclass(frozen=True, slots=True)
class QuickstartReport:
    composition: CompositionReport
    rebuilds: RebuildsReport
    sessions: list[SessionRow]
    total: Usage


def analyze(history: History) -> QuickstartReport:
    """What the newest sessions used, what it was made of, and what was written twice."""
    return QuickstartReport(compose(history), measure_rebuilds(history), session_rows(history), history.total.usage())


def cards(report: QuickstartReport, drawing: Drawing) -> tuple[Card, ...]:
    return (
        composition_card(report.composition),
        rebuilds_card(report.rebuilds, drawing),
        sessions_card(report.sessions, drawing, title="Your newest sessions"),
    )


ANALYZER = Analyzer(
    name="quickstart",
    help="Where your usage went, over your newest sessions. This is what plain `tokenscope` prints.",
    facets=Facet.TITLES,
    analyze=analyze,
    cards=cards,
    rows="sessions",
    group="Start here",
    capped=True,
    next=("daily", "sessions"),
)
