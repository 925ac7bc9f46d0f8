"""What went round in circles, failed, was denied or interrupted, and what did it cost?"""

from __future__ import annotations

from tokenscope.answers.activity.failure_costs import TroubleReport, kinds_card, largest_card, measure_trouble
from tokenscope.answers.activity.limit_notices import limits_card
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question, Reading


def analyze(history: History) -> TroubleReport:
    """Loops, failures, retries, denials, interruptions and API errors of everything in scope."""
    return measure_trouble(history)


def cards(report: TroubleReport, drawing: Drawing) -> tuple[Card, ...]:
    largest = largest_card(report, drawing)
    limits = (limits_card(report.limits, drawing),) if report.limits else ()
    return (kinds_card(report), *((largest,) if largest else ()), *limits)


QUESTION = Question(
    name="health",
    help="Loops, failures, denials and interruptions, and what they cost.",
    reading=Reading(Facet.TITLES | Facet.REPEATS | Facet.NOTICES | Facet.SPAWNS),
    analyze=analyze,
    cards=cards,
    rows="findings",
    group="What happened",
    next=("sessions", "session"),
    examples=("", "--since 7d", "--json"),
)
