"""Which stretches of premium models were shaped like a smaller model's work?"""

from __future__ import annotations

from tokenscope import figures
from tokenscope.accounting.light import RULES
from tokenscope.card import Card, Column, Note, Row, Table, Tone
from tokenscope.model import Facet
from tokenscope.parts.audit import CAVEAT, QuotaAuditReport, audit
from tokenscope.question import Analyzer, Drawing


def cards(report: QuotaAuditReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Premium models on light work"
    if not report.premium.messages:
        return (Card(title, "No responses here of an Opus, Fable or Mythos model."),)
    if not report.stretches:
        sentence = "No stretch of your premium responses was shaped like a smaller model's work."
        return (Card(title, sentence, (_rules(report),), (), CAVEAT),)
    part = report.price_share_of_premium or report.share_of_premium or 0
    basis = "list price" if report.price_share_of_premium else "tokens"
    count = figures.plural(len(report.stretches), "stretch", "stretches")
    sentence = f"{figures.share(part)} of your premium {basis} went to {count} shaped like a smaller model's work."
    card = Card(title, sentence, (_rules(report), *_notes(report)), _actions(report), CAVEAT)
    return (card, _stretches_card(report, drawing))


def _rules(report: QuotaAuditReport) -> Table:
    columns = (
        Column("rule", "label"),
        Column("of premium price", "dollars"),
        Column("of premium tokens", "number"),
        Column("stretches", "number"),
        Column("", "bar"),
        Column("", "remark"),
    )
    remarks = {rule.name: f"at most {rule.new:,} new, {rule.output} out, tools {rule.tool_uses}" for rule in RULES}
    return Table(
        columns,
        tuple(
            Row(
                (
                    one.rule,
                    figures.share(one.price_share_of_premium),
                    figures.share(one.share_of_premium),
                    figures.count(one.stretches),
                    one.share_of_premium or 0.0,
                    remarks[one.rule],
                ),
                tone=Tone.OUTPUT,
            )
            for one in report.sensitivity
        ),
    )


def _notes(report: QuotaAuditReport) -> tuple[Note, ...]:
    notes = []
    if report.list_price_usd_at_smaller_model is not None and report.candidates.list_price_usd:
        notes.append(
            f"{figures.dollars(report.candidates.list_price_usd)} at list price; the same tokens of "
            f"{report.smaller_models[0]}: {figures.dollars(report.list_price_usd_at_smaller_model)}"
        )
    if report.output_floor_share:
        notes.append(
            f"{figures.share(report.output_floor_share)} of the output figures are floors: estimated from text"
        )
    return tuple(Note(note, Tone.DIM) for note in notes)


def _actions(report: QuotaAuditReport) -> tuple[str, ...]:
    first = report.stretches[0]
    return (f"look at one before you decide: {first.resume}",)


def _stretches_card(report: QuotaAuditReport, drawing: Drawing) -> Card:
    columns = (
        Column("started", "number"),
        Column("model", "path"),
        Column("session", "text"),
        Column("responses", "number"),
        Column("tokens", "number"),
        Column("list price", "dollars"),
    )
    shown = report.stretches[: drawing.limit]
    rows = tuple(
        Row(
            (
                figures.clock(one.started_at, drawing.zone, drawing.now),
                one.model,
                one.first_prompt or one.session_id[:8],
                figures.count(one.messages),
                figures.tokens(one.usage.total_tokens),
                figures.dollars(one.usage.list_price_usd),
            )
        )
        for one in shown
    )
    sentence = f"They lie in {figures.plural(report.sessions, 'session')}; check a few before you change anything."
    return Card(
        "The stretches", sentence, (Table(columns, rows, len(report.stretches) - len(shown)),), (), "middle rule"
    )


ANALYZER = Analyzer(
    name="quota-audit",
    help="Premium stretches that were shaped like a smaller model's work.",
    facets=Facet.CONTENT | Facet.TITLES,
    analyze=audit,
    cards=cards,
    rows="stretches",
    next=("models", "context"),
)
