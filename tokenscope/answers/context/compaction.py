"""Where /compact would have helped, and what past compactions really did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tokenscope.answers.context.heaviest import growth_in_thread, growth_table
from tokenscope.history.history import History
from tokenscope.ledger.ledger import Ledger
from tokenscope.store import Thread
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Tone
from tokenscope.view.question import Drawing

LISTED = 20
WORTHWHILE = 500_000  # tokens: less than that is not worth a summary


class CompactionCandidate(Value):
    """`tokens`: carried in the second half of the main thread from items older than its middle.

    `growth` and `compacted`: of the whole main thread.
    """

    session_id: str
    project: str
    title: str | None
    tokens: int
    responses: int  # of the second half
    started_at: datetime | None
    growth: list[int]
    compactions: int
    compacted: list[int]


class PastCompaction(Value):
    """`tokens_before` and `tokens_after`: prompts of the responses around it. `carried_tokens`: prompts of all
    `responses` since the compaction before it, or since the beginning. `trigger`: auto, manual, or "".
    """

    session_id: str
    at: datetime
    trigger: str
    tokens_before: int
    tokens_after: int
    carried_tokens: int
    responses: int


class CompactionReport(Value):
    """What happened at compactions of the sessions in scope: sums over `past`."""

    candidates: list[CompactionCandidate]
    compactions: int
    tokens_before: int
    tokens_after: int
    past: list[PastCompaction]


def measure_compaction(history: History, ledger: Ledger) -> CompactionReport:
    """Main threads since their last compaction, the most tokens first."""
    backlogs = [one for one in ledger.backlogs if one.tokens >= WORTHWHILE and one.responses]
    backlogs.sort(key=lambda one: (-one.tokens, one.thread))
    candidates = []
    for one in backlogs[:LISTED]:
        thread = history.thread_of(one)
        session = history.session_of(one)
        order = history.store.in_order(thread)
        first = history.store.messages[order[0]].time if order else None
        growth, compacted = growth_in_thread(history, one.thread)
        candidates.append(
            CompactionCandidate(
                session_id=session.session_id,
                project=session.project,
                title=session.title or None,
                tokens=round(one.tokens),
                responses=one.responses,
                started_at=None if first is None else history.scope.local(first),
                growth=growth,
                compactions=len(thread.compactions),
                compacted=compacted,
            )
        )
    past = history.once(past_compactions)
    before, after = sum(one.tokens_before for one in past), sum(one.tokens_after for one in past)
    return CompactionReport(candidates, len(past), before, after, past)


def past_compactions(history: History) -> list[PastCompaction]:
    """Those that a response in scope came after, in the order of their time."""
    in_scope = set(history.indices)
    found = [
        one
        for thread in history.store.threads
        if thread.compactions and not thread.agent_id  # a copy of the main thread begins with its compactions
        for one in _compactions_of(history, thread, in_scope)
    ]
    return sorted(found, key=lambda one: (one.at, one.session_id))


def _compactions_of(history: History, thread: Thread, in_scope: set[int]) -> Iterator[PastCompaction]:
    pending = list(thread.compactions)
    before = carried = responses = 0
    for index in history.store.in_order(thread):
        message = history.store.messages[index]
        passed = None
        while pending and pending[0].time <= (message.time or 0):
            passed = pending.pop(0)
        if passed is not None:
            if before and index in in_scope:
                at, after = history.scope.local(passed.time), message.context_tokens
                yield PastCompaction(thread.session_id, at, passed.trigger, before, after, carried, responses)
            carried = responses = 0
        before = message.context_tokens
        carried += message.prompt_tokens
        responses += 1


def compaction_card(report: CompactionReport, drawing: Drawing) -> Card:
    """The sessions that went on longest with old context."""
    title = "Where /compact would have helped"
    past = _past(report)
    if not report.candidates:
        return Card(title, "No session carried much old context through its second half.", past)
    tokens = sum(one.tokens for one in report.candidates)
    count = figures.plural(len(report.candidates), "session")
    sentence = f"In {count} the second half carried {figures.tokens(tokens)} tokens that were older than the middle."
    rows = [(one, one.started_at, one.tokens, figures.count(one.responses)) for one in report.candidates]
    table = growth_table(rows, drawing, at="started", other=Column("responses", "number", spare=True))
    caption = "est. · main threads, since their last compaction (╎) · a summary would have been carried too"
    return Card(title, sentence, (table, *past), (_advice(report.candidates[0]),), caption)


def _advice(first: CompactionCandidate) -> str:
    """What to do, and what it is based on: the session that carried the most."""
    return (
        f"the last {figures.plural(first.responses, 'response')} of the first one carried "
        f"{figures.tokens(first.tokens)} old tokens: /compact halfway would have left a summary of them "
        "(/clear, where another task began, nothing)"
    )


def _past(report: CompactionReport) -> tuple[Note, ...]:
    if not report.compactions:
        return ()
    before, after = report.tokens_before / report.compactions, report.tokens_after / report.compactions
    manual = sum(one.trigger == "manual" for one in report.past)
    by_you = f" ({manual:,} by you)" if manual else ""
    responses = sum(one.responses for one in report.past) / report.compactions
    carried = sum(one.carried_tokens for one in report.past) / report.compactions
    text = (
        f"{figures.plural(report.compactions, 'compaction')}{by_you} took the prompt from {figures.tokens(before)} "
        f"to {figures.tokens(after)} tokens on average, after {figures.plural(round(responses), 'response')} that had "
        f"carried {figures.tokens(carried)}"
    )
    return (Note(text, Tone.DIM),)
