"""Where /compact would have helped, and what past compactions did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from tokenscope import figures
from tokenscope.accounting.history import History
from tokenscope.accounting.ledger import Ledger
from tokenscope.card import Card, Column, Note, Row, Table, Tone
from tokenscope.question import Drawing

LISTED = 20
GROWTH = 20  # stretches that a thread is drawn in
WORTHWHILE = 500_000  # tokens: less than that is not worth a summary


@dataclass(frozen=True, slots=True)
class Candidate:
    """`tokens`: carried in the second half of the main thread from items older than its middle."""

    session_id: str
    project: str
    title: str | None
    tokens: int
    responses: int  # of the second half
    started_at: datetime | None
    growth: list[int]  # prompt sizes through the whole main thread, the largest of each of 20 stretches
    compactions: int


@dataclass(frozen=True, slots=True)
class CompactionReport:
    """What happened at compactions of the sessions in scope; sizes are prompts of the responses around them."""

    candidates: list[Candidate]
    compactions: int
    tokens_before: int
    tokens_after: int


def measure_compaction(history: History, ledger: Ledger) -> CompactionReport:
    """Main threads since their last compaction, the most tokens first."""
    backlogs = [one for one in ledger.backlogs if one.tokens >= WORTHWHILE and one.responses]
    backlogs.sort(key=lambda one: (-one.tokens, one.thread))
    candidates = []
    for one in backlogs[:LISTED]:
        thread = history.store.threads[one.thread]
        session = history.store.sessions[thread.session_id]
        order = history.store.in_order(thread)
        first = history.store.messages[order[0]].time if order else None
        started = None if first is None else history.scope.local(first)
        candidates.append(
            Candidate(
                session_id=session.session_id,
                project=session.project,
                title=session.title or None,
                tokens=round(one.tokens),
                responses=one.responses,
                started_at=started,
                growth=_growth([history.store.messages[index].context_tokens for index in order]),
                compactions=len(thread.compactions),
            )
        )
    sizes = _sizes_around(history)
    return CompactionReport(candidates, len(sizes), sum(size[0] for size in sizes), sum(size[1] for size in sizes))


def _growth(sizes: list[int]) -> list[int]:
    bounds = [len(sizes) * place // GROWTH for place in range(GROWTH + 1)]
    return [max(sizes[start:end]) for start, end in pairwise(bounds) if end > start]


def _sizes_around(history: History) -> list[tuple[int, int]]:
    """The prompt before and after each compaction that a response in scope came after."""
    in_scope, messages, sizes = set(history.indices), history.store.messages, []
    for thread in history.store.threads:
        if thread.agent_id:
            continue  # a copy of the main thread begins with its compactions
        times = [compaction.time for compaction in thread.compactions]
        before = 0
        for index in history.store.in_order(thread) if times else ():
            message = messages[index]
            passed = bool(times) and times[0] <= (message.time or 0)
            while times and times[0] <= (message.time or 0):
                times.pop(0)
            if passed and before and index in in_scope:
                sizes.append((before, message.context_tokens))
            before = message.context_tokens
    return sizes


def compaction_card(report: CompactionReport, drawing: Drawing) -> Card:
    """The sessions that went on longest with old context."""
    title = "Where /compact would have helped"
    past = _past(report)
    if not report.candidates:
        return Card(title, "No session carried much old context through its second half.", past)
    tokens = sum(one.tokens for one in report.candidates)
    count = figures.plural(len(report.candidates), "session")
    sentence = f"In {count} the second half carried {figures.tokens(tokens)} tokens that were older than the middle."
    columns = (
        Column("started", "number"),
        Column("project", "path"),
        Column("what", "text"),
        Column("tokens", "number"),
        Column("responses", "number"),
        Column("its context", "spark"),
    )
    shown = report.candidates[: min(6, drawing.limit)]
    rows = tuple(
        Row(
            (
                figures.clock(one.started_at, drawing.zone, drawing.now),
                figures.project_name(one.project),
                one.title or "",
                figures.tokens(one.tokens),
                figures.count(one.responses),
                _spark(one.growth),
            ),
            tone=Tone.CARRIED,
        )
        for one in shown
    )
    table = Table(columns, rows, len(report.candidates) - len(shown))
    action = "/compact (or /clear, where the task is another one) halfway keeps a summary instead"
    caption = "est. · main threads, since their last compaction · a summary would have been carried too"
    return Card(title, sentence, (table, *past), (action,), caption)


def _spark(growth: list[int]) -> tuple[float, ...]:
    """Fractions of the largest prompt; a fall to a fraction of it is a compaction."""
    largest = max(growth, default=0)
    return tuple(size / largest for size in growth) if largest else ()


def _past(report: CompactionReport) -> tuple[Note, ...]:
    if not report.compactions:
        return ()
    before, after = report.tokens_before / report.compactions, report.tokens_after / report.compactions
    text = (
        f"{figures.plural(report.compactions, 'compaction')} took the prompt from {figures.tokens(before)} "
        f"to {figures.tokens(after)} tokens on average"
    )
    return (Note(text, Tone.DIM),)
