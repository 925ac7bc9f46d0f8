"""What can I change? Everything that would have saved something, over all questions, with no token counted twice."""

from __future__ import annotations

from tokenscope.answers.advice.advice_cards import advice_cards
from tokenscope.answers.advice.advise import advise
from tokenscope.answers.advice.change import AdviceReport
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.view.question import Question, Reading


def analyze(history: History) -> AdviceReport:
    """All changes, of the whole history or of what the filters leave."""
    return advise(history)


def _next(report: AdviceReport) -> tuple[str, ...]:
    """The questions behind the first changes."""
    asked = dict.fromkeys(one.question for one in (*report.advice, *report.ceilings))
    return (*list(asked)[:2], "whatif") if asked else ("whatif", "context")


QUESTION = Question(
    name="advice",
    help="What to change, by what it would have saved: how, how sure, and how to undo it.",
    reading=Reading(Facet.CONTENT | Facet.TOOLS),
    analyze=analyze,
    cards=advice_cards,
    rows="advice",
    group="Start here",
    next=_next,
    examples=("", "--since 30d", "--patch"),
)
