"""What changed, and when: versions, models, cache lifetimes, efforts, MCP servers, subagents, and the floor?"""

from __future__ import annotations

from tokenscope.answers.comparison.changes_cards import changes_cards
from tokenscope.answers.comparison.what_changed import ChangesReport, find_changes
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.view.question import Question, Reading


def analyze(history: History) -> ChangesReport:
    """What the log names, and where floors shifted for good."""
    return find_changes(history)


QUESTION = Question(
    name="changes",
    help="What changed when: versions, models, efforts, cache lifetimes, MCP servers, floors.",
    reading=Reading(Facet.CONTENT | Facet.STAMPS),
    analyze=analyze,
    cards=changes_cards,
    rows="shifts",
    group="Before and after",
    next=("compare", "context"),
    examples=("", "--since 30d", "--project shop"),
)
