"""Where did my usage go? The first answer: what bare `tokenscope` prints."""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.activity.audit import AuditSummary, summarise
from tokenscope.answers.advice.advise import advise_in_short
from tokenscope.answers.advice.change import AdviceReport
from tokenscope.answers.context.composition import Composition, compose, composition_card
from tokenscope.answers.context.floor import FloorReport, floor_fix, measure_floors
from tokenscope.answers.context.ledger_sources import LedgerReport, ledger_card, measure_ledger, with_items
from tokenscope.answers.context.rebuild_card import rebuilds_card
from tokenscope.answers.context.rebuild_causes import RebuildsReport, measure_rebuilds
from tokenscope.answers.context.recurring import Recurring, advice, best_of_each_kind, find_recurring
from tokenscope.answers.data.anomalies import UnloggedRequests, measure_unlogged, unlogged_note
from tokenscope.answers.session.newest_sessions import SessionRow, session_rows, sessions_card
from tokenscope.answers.usage.first_screen import (
    context_in_short,
    light_in_short,
    newest_in_short,
    savings_card,
)
from tokenscope.answers.usage.recent_card import recent_card
from tokenscope.answers.usage.recent_usage import RecentUsage, measure_recent
from tokenscope.history.history import History
from tokenscope.ledger.ledger import build_ledger
from tokenscope.model import Facet, Usage
from tokenscope.value import Value, replace
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Option, Question, Reading, Sessions

WORTH_A_LOOK = 0.1  # of the premium tokens
SEVERAL = 3  # projects
ITEMS = 5  # of each source, in the shortened ledger


class QuickstartReport(Value):
    """Composition, rebuilds and sessions are of all sessions that were read; ledger, recurring, floor and audit of
    those of them that were looked into, the newest (`ledger.sessions`; None: all). `recurring`: the largest one of
    each kind.
    """

    composition: Composition
    prompt_tokens: int
    ledger: LedgerReport
    rebuilds: RebuildsReport
    recurring: list[Recurring]
    floor: FloorReport
    quota_audit: AuditSummary
    sessions: list[SessionRow]
    total: Usage
    unlogged: UnloggedRequests  # of all sessions that were read
    recent: RecentUsage
    advice: AdviceReport  # in short: `tokenscope advice` looks closer
    cards: str  # which cards are drawn: "short" or "all"


def analyze(
    history: History, *, cards: Annotated[bool, Option("All four cards at length, in place of one screen.")] = False
) -> QuickstartReport:
    """What was used lately, what would have saved most, what was in the context, and what was written twice."""
    sessions = session_rows(history)  # the first of all sums: the total comes with it
    ledger = history.once(build_ledger)
    sources = measure_ledger(history, ledger)
    floor = measure_floors(history, ledger)
    return QuickstartReport(
        composition=compose(history),
        prompt_tokens=history.total.total_tokens - history.total.sums[1],
        ledger=with_items(sources, ITEMS),
        rebuilds=measure_rebuilds(history),
        recurring=best_of_each_kind(find_recurring(ledger)),
        floor=floor,
        quota_audit=summarise(history),
        sessions=sessions,
        total=history.total.usage(),
        unlogged=measure_unlogged(history),
        recent=measure_recent(history),
        advice=advise_in_short(history, floor),
        cards="all" if cards else "short",
    )


def cards(report: QuickstartReport, drawing: Drawing) -> tuple[Card, ...]:
    """One screen: what was used lately, what would have saved most, and small cards that name where to go on."""
    if report.cards == "all":
        return _long_cards(report, drawing)
    headline = recent_card(report.recent, drawing)
    if not report.total.total_tokens:
        return (headline,)
    return (
        headline,
        savings_card(report.advice, drawing, only_newest=report.recent.covered_since is not None),
        context_in_short(report.ledger, report.recurring, drawing),
        newest_in_short(report.sessions, drawing),
        light_in_short(report.quota_audit, drawing),
    )


def _long_cards(report: QuickstartReport, drawing: Drawing) -> tuple[Card, ...]:
    context = ledger_card(report.ledger, drawing, items=1, floor=report.floor.size)
    composition = composition_card(report.composition, drawing.plan)
    return (
        replace(
            composition, parts=(*composition.parts, *(unlogged_note(report.unlogged) if report.total.messages else ()))
        ),
        replace(context, actions=tuple(_fixes(report)[:3])),
        rebuilds_card(report.rebuilds, drawing),
        sessions_card(report.sessions, drawing, title="Your newest sessions"),
    )


def _fixes(report: QuickstartReport) -> list[str]:
    """What could be changed, the most tokens first: none speaks of the same tokens as another."""
    floor = floor_fix(report.floor)
    fixes = [(one.tokens, advice(one)) for one in report.recurring]
    if floor:
        fixes.append((report.floor.tokens_of_fix, floor))
    return [fix for _, fix in sorted(fixes, key=lambda one: -one[0])]


def _next(report: QuickstartReport) -> tuple[str, ...]:
    """The three questions that this history gives most reason to ask."""
    if not report.total.messages:
        return "doctor", "demo"
    candidates = (
        ("quota-audit", (report.quota_audit.share_of_premium or 0) >= WORTH_A_LOOK),
        ("projects", len({row.project for row in report.sessions}) >= SEVERAL),
        ("sessions", len(report.sessions) > 1),
        ("daily", True),
        ("models", True),
    )
    return ("context", *(name for name, is_worth_it in candidates if is_worth_it))[:3]


QUESTION = Question(
    name="quickstart",
    help="Where your usage went, over your newest sessions. This is what plain `tokenscope` prints.",
    reading=Reading(
        Facet.TITLES | Facet.CONTENT,
        sessions=Sessions.NEWEST,
        # Sessions may be of any size, and the first card is to be there within a second or so.
        max_bytes=256 << 20,
        # Looking into what went into the context takes three times as long as counting: 300 sessions of 1 MB each
        # would take 1.3 s, so that the first card would not be there within one.
        max_content=64 << 20,
    ),
    analyze=analyze,
    cards=cards,
    rows="sessions",
    group="Start here",
    next=_next,
)
