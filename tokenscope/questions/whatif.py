"""What would other settings and habits have cost, on this history?"""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.whatif.weigh import WhatIfReport, levers_asked, weigh_levers
from tokenscope.answers.whatif.whatif_cards import whatif_cards
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.view.question import Argument, Needs, Question, Reading


def analyze(
    history: History,
    *,
    levers: Annotated[
        list[str] | None,
        Argument(
            "A lever and its value: window=100K, cache=5m, floor=-5K. Beside --export-config also a new file.",
            "LEVER=VALUE",
            is_one=lambda word: "=" in word,
        ),
    ] = None,
) -> WhatIfReport:
    """The levers that were asked for, or all."""
    return weigh_levers(history, levers_asked(levers or []))


def prepare(_: Scope, *, levers: list[str] | None) -> Needs:
    """Nothing more than the history. Raises UsageError for what is no lever or no value."""
    levers_asked(levers or [])
    return Needs()


QUESTION = Question(
    name="whatif",
    help="What other settings and habits would have cost, replayed on your history.",
    reading=Reading(Facet.ITEMS),
    analyze=analyze,
    cards=whatif_cards,
    prepare=prepare,
    rows="levers",
    group="Start here",
    next=("context", "quota-audit"),
    examples=("", "window=100K cache=5m", "floor=-5K read=4K", "--export-config claude-code"),
)
