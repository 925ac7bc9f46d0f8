"""The small cards of the first screen: what would have saved most, what was in the context, light work, new sessions.

Each names the question that goes on from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.answers.activity.audit import AuditSummary
from tokenscope.answers.advice.advice_cards import advice_sentence, range_of, savings_table, step_of
from tokenscope.answers.advice.change import AdviceReport, first_of
from tokenscope.answers.context.ledger_sources import LedgerReport
from tokenscope.answers.context.recurring import Recurring
from tokenscope.answers.session.newest_sessions import SessionRow
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Place, Row, Table, Tone
from tokenscope.view.question import Drawing
from tokenscope.view.short_names import project_labels

PLAIN = {"floor": "start of every request"}  # what other cards call by a word of the glossary
SOURCES, SESSIONS = 2, 5  # rows: the whole screen has 29 lines, and one is left for the prompt of the shell


def savings_card(report: AdviceReport, drawing: Drawing, *, only_newest: bool) -> Card:
    """The three changes that would have saved most, each with its range and how it is made. `only_newest`: there are
    older sessions, which were not read.
    """
    title = "What would have saved most"
    found = first_of(report)
    more = f"{drawing.command} advice"
    if report.in_tokens:
        table = savings_table(report.in_tokens[:2])  # beside the sentence there is no room for more
        return Card(title, advice_sentence(report), (table,), (), f"each alone · {more}", Place.LINE)
    if not found:
        return Card(title, advice_sentence(report), caption=more, place=Place.LINE)
    columns = (
        Column("change", "label"),
        Column("saves", "dollars"),
        Column("range", "dollars", spare=True),
        Column("how", "text"),
    )
    rows = tuple(
        Row((f"{number} {one.title}", figures.dollars(one.saving_usd), range_of(one), step_of(one)))
        for number, one in enumerate(found, 1)
    )
    whose = f"the newest {figures.plural(report.looked_into, 'session')}"
    if report.looked_into == report.sessions and not only_newest:
        whose = f"all {figures.plural(report.sessions, 'session')}" if report.sessions > 1 else "one session"
    return Card(title, "", (Table(columns, rows),), (), f"at list price, replayed on {whose} · {more}", Place.LINE)


def context_in_short(report: LedgerReport, recurring: Sequence[Recurring], drawing: Drawing) -> Card:
    """The largest sources of the context, and what recurred most."""
    title = "What was in the context"
    more = f"{drawing.command} context"
    if not report.sources:
        return Card(title, "Nothing: no response had a prompt.", caption=more, place=Place.HALF)
    shown = report.sources[:SOURCES]
    rows = [
        Row((PLAIN.get(one.source, one.source), figures.tokens(one.tokens), part), Tone.PLAIN)
        for one, part in zip(shown, figures.shares([one.share for one in shown]), strict=True)
    ]
    notes = []
    if recurring:
        most = recurring[0]
        name = figures.project_name(most.label) if most.kind == "file" else most.label
        times = figures.plural(most.occurrences, "time")
        notes.append(Note(f"again: {figures.shortened(name, 16)}, {times}, {figures.tokens(most.tokens)}", Tone.DIM))
    columns = (Column("est.", "path"), Column("tokens", "number"), Column("of all", "number"))
    whose = f"newest {report.sessions:,} · " if report.sessions is not None else ""
    return Card(title, "", (Table(columns, tuple(rows)), *notes), (), f"{whose}{more}", Place.HALF)


def light_in_short(summary: AuditSummary, drawing: Drawing) -> Card:
    """What premium models were used for: how much of it was shaped like a smaller one's work."""
    title = "Premium models on light work"
    if not summary.premium.messages:
        sentence = "No premium model was used."
    elif not summary.stretches:
        sentence = "None: no stretch of it was light."
    else:
        by_price = summary.price_share_of_premium is not None
        part = summary.price_share_of_premium if by_price else summary.share_of_premium
        basis = "list price" if by_price else "tokens"
        count = figures.plural(summary.stretches, "stretch", "stretches")
        sentence = f"{figures.share(part)} of their {basis}: {count}."
    return Card(title, sentence, (), (), f"{drawing.command} quota-audit", Place.HALF)


def newest_in_short(sessions: Sequence[SessionRow], drawing: Drawing) -> Card:
    """The sessions that were used last."""
    labels = project_labels(one.project for one in sessions)
    columns = (
        Column("last used", "number"),
        Column("project", "path", spare=True),
        Column("what", "text"),
        Column("tokens", "number"),
    )
    rows = tuple(
        Row(
            (
                _last_used(one, drawing),
                labels[one.project],
                one.title or "",
                figures.tokens(one.usage.total_tokens),
            )
        )
        for one in sessions[:SESSIONS]
    )
    return Card("Newest sessions", "", (Table(columns, rows),), (), f"{drawing.command} sessions", Place.HALF)


def _last_used(session: SessionRow, drawing: Drawing) -> str:
    """The day; today the time of day."""
    day = figures.day(session.ended_at, drawing.zone, drawing.now)
    is_today = day == figures.day(drawing.now, drawing.zone, drawing.now)
    return figures.time_of_day(session.ended_at, drawing.zone) if is_today else day
