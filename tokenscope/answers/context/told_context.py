"""What sat in the contexts of a history whose rows say it by source alone: a team's. No single item is handed on."""

from __future__ import annotations

from tokenscope.answers.context.composition import Composition, compose, composition_card
from tokenscope.answers.context.ledger_sources import LedgerReport, ledger_card, measure_ledger
from tokenscope.answers.context.rebuild_card import rebuilds_card
from tokenscope.answers.context.rebuild_causes import Cause, RebuildsReport, Writes, measure_rebuilds
from tokenscope.history.history import History
from tokenscope.ledger.ledger import build_ledger
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing


class ToldContext(Value):
    """The fields of `context` that rows of a team can say; its other ones are not there, for they are not known.

    `list_price_usd_as_reads`: what the rebuilt tokens would have cost as cache reads.
    """

    composition: Composition
    prompt_tokens: int
    ledger: LedgerReport
    causes: list[Cause]
    list_price_usd_as_reads: float
    sessions_with_half: int  # the fewest sessions that hold half of the rebuilt tokens
    total: Usage


def analyze_told(history: History) -> ToldContext:
    """Every prompt token in scope by source, and what the cache had lost."""
    ledger, rebuilds = history.once(build_ledger), measure_rebuilds(history)
    return ToldContext(
        composition=compose(history),
        prompt_tokens=ledger.prompt_tokens,
        ledger=measure_ledger(history, ledger),
        causes=rebuilds.causes,
        list_price_usd_as_reads=rebuilds.list_price_usd_as_reads,
        sessions_with_half=rebuilds.sessions_with_half,
        total=history.total.usage(),
    )


def told_cards(report: ToldContext, drawing: Drawing) -> tuple[Card, ...]:
    """As `context` draws the same parts."""
    nothing = Writes("thread_end", 0, 0, None)
    as_reads, sessions = report.list_price_usd_as_reads, report.sessions_with_half
    rebuilds = RebuildsReport(report.causes, [], as_reads, sessions, None, None, None, [], nothing)
    return (
        composition_card(report.composition, drawing.plan),
        ledger_card(report.ledger, drawing),
        rebuilds_card(rebuilds, drawing),
    )
