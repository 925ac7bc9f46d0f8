"""What is there to hand on? A whole history as one web page; formats/report.py draws it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tokenscope.answers.advice.advise import advise_in_short, cheap_levers
from tokenscope.answers.advice.change import AdviceReport
from tokenscope.answers.context.compaction import CompactionReport, compaction_card
from tokenscope.answers.context.composition import (
    NEED_NO_LEDGER,
    Composition,
    DayComposition,
    compose_days,
    composition_card,
    days_card,
    measure_context,
)
from tokenscope.answers.context.extensions import ExtensionsReport, extensions_card
from tokenscope.answers.context.floor import FloorReport, floor_card
from tokenscope.answers.context.floor_history import ProjectFloorHistory, floor_history
from tokenscope.answers.context.heaviest import HeaviestReport, heaviest_card
from tokenscope.answers.context.ledger_sources import LedgerReport, ledger_card
from tokenscope.answers.context.rebuild_card import rebuilds_card
from tokenscope.answers.context.rebuild_causes import RebuildsReport
from tokenscope.answers.context.recurring import Recurring, find_recurring, recurring_card
from tokenscope.answers.session.newest_sessions import SessionGrowth, measure_growth, sessions_card
from tokenscope.answers.usage.first_screen import savings_card
from tokenscope.answers.usage.recent_card import recent_card
from tokenscope.answers.usage.recent_usage import RecentUsage, measure_recent
from tokenscope.history.history import History
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import build_ledger
from tokenscope.ledger.repeats import find_repeats
from tokenscope.model import Facet, Usage
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question, Reading


class PageReport(Value):
    """The days sum to the total but for responses without a time; everything else as in its own question.

    What the page shows of the questions that it includes is not in here: they answer for themselves.
    """

    composition: Composition
    days: list[DayComposition]
    prompt_tokens: int
    ledger: LedgerReport
    floor: FloorReport
    floors: list[ProjectFloorHistory]
    rebuilds: RebuildsReport
    recurring: list[Recurring]
    compactions: CompactionReport
    heaviest: HeaviestReport
    extensions: ExtensionsReport
    sessions: list[SessionGrowth]
    total: Usage
    recent: RecentUsage
    advice: AdviceReport  # in short, as the first screen has it


def find_until_ledger(history: History) -> None:
    """The ledger, and all that needs none: found while other processes build the ledger's parts."""
    history.once(start_walks)
    for part in (compose_days, measure_growth, measure_recent, cheap_levers, find_repeats, *NEED_NO_LEDGER):
        history.once(part)
    history.once(build_ledger)


def analyze(history: History) -> PageReport:
    """Every part that the page shows, of the whole history or of what the filters leave."""
    history.once(find_until_ledger)
    found = measure_context(history)
    return PageReport(
        composition=found.composition,
        days=history.once(compose_days),
        prompt_tokens=found.built.prompt_tokens,
        ledger=found.ledger,
        floor=found.floor,
        floors=floor_history(history, found.built.floors),
        rebuilds=found.rebuilds,
        recurring=find_recurring(found.built),
        compactions=found.compactions,
        heaviest=found.heaviest,
        extensions=found.extensions,
        sessions=history.once(measure_growth),
        total=history.total.usage(),
        recent=history.once(measure_recent),
        advice=advise_in_short(history, found.floor),
    )


class ReportSection(NamedTuple):
    """A part of the page: its place, what its link is called, and its cards."""

    name: str
    title: str
    cards: Callable[[PageReport, Drawing], tuple[Card, ...]]


# In the order of the page; behind them stand the included questions. draw/report_page.py has the pictures that stand in
# some of them, by name.
SECTIONS = (
    ReportSection(
        "lately",
        "Lately",
        lambda report, drawing: (
            recent_card(report.recent, drawing),
            savings_card(report.advice, drawing, only_newest=False),
        ),
    ),
    ReportSection("composition", "Composition", lambda report, _: (composition_card(report.composition),)),
    ReportSection("days", "Day by day", lambda report, drawing: (days_card(report.days, drawing),)),
    ReportSection("context", "Context", lambda report, drawing: (ledger_card(report.ledger, drawing),)),
    ReportSection("floor", "Floor", lambda report, drawing: (floor_card(report.floor, drawing),)),
    ReportSection(
        "rebuilds", "Rebuilds", lambda report, drawing: (rebuilds_card(report.rebuilds, drawing, detailed=True),)
    ),
    ReportSection(
        "recurring",
        "Recurring",
        lambda report, drawing: (recurring_card(report.recurring, drawing, prompt_tokens=report.prompt_tokens),),
    ),
    ReportSection("compaction", "Compaction", lambda report, drawing: (compaction_card(report.compactions, drawing),)),
    ReportSection("prompts", "Largest prompts", lambda report, drawing: (heaviest_card(report.heaviest, drawing),)),
    ReportSection("extensions", "Extensions", lambda report, drawing: (extensions_card(report.extensions, drawing),)),
    ReportSection(
        "sessions",
        "Sessions",
        lambda report, drawing: (
            sessions_card([one.session for one in report.sessions], drawing, title="Session by session"),
        ),
    ),
)


def cards(report: PageReport, drawing: Drawing) -> tuple[Card, ...]:
    """The page without its pictures, for `--svg` and `--html`."""
    return tuple(card for section in SECTIONS for card in section.cards(report, drawing))


QUESTION = Question(
    name="report",
    help="One web page of your whole history, to keep or to hand on.",
    reading=Reading(Facet.CONTENT | Facet.TITLES),
    analyze=analyze,
    cards=cards,
    group="Start here",
    next=("context", "quota-audit"),
    begin=start_walks,
    halfway=find_until_ledger,
    includes=("compare", "changes", "subagents", "tools", "files", "git", "quota-audit"),
    examples=("", "page.html --since 30d"),
)
