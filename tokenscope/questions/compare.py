"""What differs between two windows, versions, models, projects, branches, settings or exported files, and why?"""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.comparison.compare_cards import comparison_cards
from tokenscope.answers.comparison.compare_sides import Comparison, compare_sides
from tokenscope.answers.comparison.sides import USUAL, find_sides, needs_of_sides
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.view.question import Argument, Needs, Option, Question, Reading


def analyze(
    history: History,
    *,
    first: Annotated[
        str, Argument("One side: 7d, last-week, 2026-10-01..2026-10-31, version:2.1.237, october.sqlite, …", "[A]")
    ] = USUAL,
    second: Annotated[str, Argument("The other side. After a length of time: the newest part.", "[B]")] = USUAL,
    before: Annotated[str | None, Option("One side is all that lies before this moment.", "WHEN")] = None,
    after: Annotated[str | None, Option("The other side is all from this moment on.", "WHEN")] = None,
) -> Comparison:
    """Both sides, and what makes the difference; by itself the last seven days against the seven before."""
    return compare_sides(history, find_sides(history, (first, second), before, after))


def prepare(scope: Scope, *, first: str, second: str, before: str | None, after: str | None) -> Needs:
    """What both sides need. Raises UsageError where they are none."""
    return needs_of_sides(scope, (first, second), before, after)


QUESTION = Question(
    name="compare",
    help="Two windows, versions, models, projects, branches or exports: what differs, and why.",
    reading=Reading(Facet.ITEMS),
    analyze=analyze,
    cards=comparison_cards,
    prepare=prepare,
    rows="differences",
    group="Before and after",
    next=("context", "daily"),
    examples=("", "last-week this-week", "30d 30d", "--before 2026-11-01", "model:opus model:sonnet"),
)
