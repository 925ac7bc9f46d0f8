"""What sat in the context, who put it there, and what carrying it cost?"""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.context.compaction import (
    CompactionCandidate,
    CompactionReport,
    compaction_card,
)
from tokenscope.answers.context.composition import Composition, composition_card, measure_context
from tokenscope.answers.context.extensions import ExtensionsReport, extensions_card
from tokenscope.answers.context.floor import FloorReport, floor_card
from tokenscope.answers.context.heaviest import HeaviestReport, HeavyMessage, heaviest_card
from tokenscope.answers.context.ledger_sources import LedgerReport, ledger_card
from tokenscope.answers.context.rebuild_card import rebuilds_card
from tokenscope.answers.context.rebuild_causes import RebuildsReport
from tokenscope.answers.context.recurring import Recurring, find_recurring, recurring_card
from tokenscope.history.history import History
from tokenscope.ledger.all_threads import start_walks
from tokenscope.model import Facet, Usage
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Option, Question, Reading


class ContextReport(Value):
    """The ledger's sources sum to `prompt_tokens`, and so do carried, new and rebuilt."""

    composition: Composition
    prompt_tokens: int
    ledger: LedgerReport
    floor: FloorReport
    rebuilds: RebuildsReport
    recurring: list[Recurring]
    compact_candidates: list[CompactionCandidate]
    compactions: CompactionReport
    extensions: ExtensionsReport
    heaviest_messages: list[HeavyMessage]
    heaviest: HeaviestReport
    total: Usage


def analyze(
    history: History,
    *,
    min_sessions: Annotated[int, Option("A file, search or command recurs from so many sessions on.")] = 3,
    min_times: Annotated[int, Option("A prompt or an output recurs from so many times on.")] = 3,
    min_output: Annotated[int, Option("An output recurs if it has so many characters, 2,000 at least.")] = 2_000,
) -> ContextReport:
    """Every prompt token in scope by source, and what could have been less."""
    found = measure_context(history)
    return ContextReport(
        composition=found.composition,
        prompt_tokens=found.built.prompt_tokens,
        ledger=found.ledger,
        floor=found.floor,
        rebuilds=found.rebuilds,
        recurring=find_recurring(found.built, min_sessions=min_sessions, min_times=min_times, min_output=min_output),
        compact_candidates=found.compactions.candidates,
        compactions=found.compactions,
        extensions=found.extensions,
        heaviest_messages=found.heaviest.messages,
        heaviest=found.heaviest,
        total=history.total.usage(),
    )


def cards(report: ContextReport, drawing: Drawing) -> tuple[Card, ...]:
    return (
        composition_card(report.composition, drawing.plan),
        ledger_card(report.ledger, drawing),
        floor_card(report.floor, drawing),
        rebuilds_card(report.rebuilds, drawing, detailed=True),
        recurring_card(report.recurring, drawing, prompt_tokens=report.prompt_tokens),
        compaction_card(report.compactions, drawing),
        heaviest_card(report.heaviest, drawing),
        extensions_card(report.extensions, drawing),
    )


QUESTION = Question(
    name="context",
    help="What sat in the context, who put it there, what carrying it cost.",
    reading=Reading(Facet.CONTENT | Facet.TITLES),
    analyze=analyze,
    cards=cards,
    begin=start_walks,
    group="Start here",
    next=("sessions", "daily"),
)
