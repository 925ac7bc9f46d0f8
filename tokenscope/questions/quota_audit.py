"""Which stretches of premium models were shaped like a smaller model's work?"""

from __future__ import annotations

from shlex import quote

from tokenscope.answers.activity.audit import CAVEAT, Group, ListedStretch, QuotaAuditReport, audit
from tokenscope.answers.activity.levers import find_levers
from tokenscope.behaviour.light_stretches import RULES, Rule
from tokenscope.model import Facet
from tokenscope.value import replace
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing, Question, Reading
from tokenscope.view.short_names import project_labels

ROWS = 12  # a card's, where nobody wants all


def cards(report: QuotaAuditReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Premium models on light work"
    if not report.premium.messages:
        return (Card(title, "No responses here of an Opus, Fable or Mythos model."),)
    if not report.stretches:
        sentence = "No stretch of your premium responses was shaped like a smaller model's work."
        return (Card(title, sentence, (_rules(report),), (), CAVEAT),)
    sentence = _sentence(report, drawing)
    card = Card(title, sentence, (_rules(report), *_notes(report)), _actions(report, drawing), CAVEAT)
    return (card, _groups_card(report, drawing), _stretches_card(report, drawing))


def _sentence(report: QuotaAuditReport, drawing: Drawing) -> str:
    part = report.price_share_of_premium or report.share_of_premium or 0
    basis = "list price" if report.price_share_of_premium else "tokens"
    usd = report.candidates.list_price_usd
    dollars = f" ({figures.dollars(usd)})" if usd and drawing.plan.pays_by_token else ""
    count = figures.plural(len(report.stretches), "stretch", "stretches")
    shares = f"{figures.share(part)} of your premium {basis}{dollars}"
    if drawing.plan.is_subscription and basis == "list price":
        shares = (
            f"{figures.share(report.share_of_premium)} of your premium tokens, {figures.share(part)} by list price,"
        )
    return f"{shares} went to {count} shaped like a smaller model's work."


def _rules(report: QuotaAuditReport) -> Table:
    columns = (
        Column("rule", "label"),
        Column("of premium price", "dollars"),
        Column("of premium tokens", "number"),
        Column("stretches", "number"),
        Column("", "bar"),
        Column("what it takes", "remark"),
    )
    remarks = {rule.name: _rule_words(rule) for rule in RULES}
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


def _rule_words(rule: Rule) -> str:
    return f"at most {rule.new:,} new, {rule.output} out, {figures.plural(rule.tool_uses, 'tool')}"


def _notes(report: QuotaAuditReport) -> tuple[Note, ...]:
    notes = []
    if report.list_price_usd_at_smaller_model is not None and report.candidates.list_price_usd:
        names = ", ".join(map(figures.model_name, report.smaller_models[:2])) + (
            " …" if len(report.smaller_models) > 2 else ""
        )
        after = figures.dollars(report.list_price_usd_after_switch)
        notes.append(
            f"{figures.dollars(report.candidates.list_price_usd)} at list price; at {names}, with both caches written "
            f"again: {after}{', no saving' if not _pays(report) else ''}"
        )
    if report.output_floor_share:
        notes.append(
            f"{figures.share(report.output_floor_share)} of their output figures are unfinished: estimated from text"
        )
    return tuple(Note(note, Tone.DIM) for note in notes)


def _pays(report: QuotaAuditReport) -> bool:
    """Whether the switches there and back would have left a saving."""
    return (report.list_price_usd_after_switch or 0.0) < (report.candidates.list_price_usd or 0.0)


def _actions(report: QuotaAuditReport, drawing: Drawing) -> tuple[str, ...]:
    first = f"look at one before you decide: {_timeline(report.stretches[0], drawing)}"
    if not find_levers(report):
        return (first,)
    settings = f"{drawing.command} quota-audit --export-config claude-code"
    whole = "a model for whole threads or for subagents has no switch to pay for"
    return (first, f"{whole}; settings to try, each with its reason: {settings}")


def _timeline(stretch: ListedStretch, drawing: Drawing) -> str:
    """The command that shows it; resuming the session would cost."""
    return f"{drawing.command} session {quote(stretch.session_id)} --timeline"


# --- where they lie ---


def _groups_card(report: QuotaAuditReport, drawing: Drawing) -> Card:
    first = max(report.by_project, key=lambda group: group.candidates.total_tokens)
    part = first.candidates.total_tokens / report.candidates.total_tokens if report.candidates.total_tokens else 0
    labels = project_labels(group.label for group in report.by_project)
    name, projects = labels[first.label], len(report.by_project)
    sentence = f"{name} holds {figures.share(part)} of the tokens in light stretches, the most of {projects} projects."
    if projects == 1:
        sentence = f"{name} holds all of the light stretches."
    columns = (
        Column("where", "path"),
        Column("premium", "number"),
        Column("light", "number"),
        Column("of its price", "dollars"),
        Column("list price", "dollars", spare=True),
        Column("", "bar"),
    )
    newest = sorted(report.by_month, key=lambda group: group.label, reverse=True)
    sections = (
        ("by project", _lightest([replace(group, label=labels[group.label]) for group in report.by_project]), 4),
        ("by month", newest, 3),
        ("by thread", _lightest(report.by_agent_type), 2),
    )
    whole = drawing.limit > ROWS
    rows, left_out = [], 0
    for title, groups, most in sections:
        shown = groups if whole else groups[:most]
        left_out += len(groups) - len(shown)
        parts = figures.shares([group.share_of_premium for group in shown])
        rows.append(Row((title,), Tone.DIM))
        rows += [_group_row(group, text) for group, text in zip(shown, parts, strict=True)]
    light = report.candidates
    sums = (IN_ALL, figures.tokens(report.premium.total_tokens), figures.tokens(light.total_tokens),
             figures.share(report.price_share_of_premium), figures.dollars(light.list_price_usd))  # fmt: skip
    caption = "tokens of premium models, and those in light stretches by the middle rule"
    return Card("Where they lie", sentence, (Table(columns, tuple(rows), left_out, Row(sums)),), (), caption)


def _lightest(groups: list[Group]) -> list[Group]:
    """Those with the most tokens in light stretches first."""
    return sorted(groups, key=lambda group: -group.candidates.total_tokens)


def _group_row(group: Group, part: str) -> Row:
    usage = group.candidates
    cells = (
        group.label,
        figures.tokens(group.premium.total_tokens),
        figures.tokens(usage.total_tokens),
        part,
        figures.dollars(usage.list_price_usd),
        float(usage.total_tokens),
    )
    return Row(cells, Tone.OUTPUT, indent=1)


# --- one by one ---


def _stretches_card(report: QuotaAuditReport, drawing: Drawing) -> Card:
    columns = (
        Column("started", "number"),
        Column("model", "path", spare=True),
        Column("session", "text"),
        Column("responses", "number", spare=True),
        Column("tokens", "number"),
        Column("list price", "dollars"),
    )
    shown = report.stretches[: drawing.limit]
    rows = tuple(
        Row(
            (
                figures.clock(one.started_at, drawing.zone, drawing.now),
                figures.model_name(one.model),
                one.first_prompt or one.session_id[:8],
                figures.count(one.messages),
                figures.tokens(one.usage.total_tokens),
                figures.dollars(one.usage.list_price_usd),
            )
        )
        for one in shown
    )
    sentence = f"They lie in {figures.plural(report.sessions, 'session')}; check a few before you change anything."
    actions = tuple(dict.fromkeys(_timeline(one, drawing) for one in shown))[:3]
    table = Table(columns, rows, len(report.stretches) - len(shown))
    return Card("The stretches", sentence, (table,), actions, "by the middle rule, the largest first")


QUESTION = Question(
    name="quota-audit",
    help="Premium stretches that were shaped like a smaller model's work.",
    reading=Reading(Facet.WORK | Facet.TITLES | Facet.SPAWNS),
    analyze=audit,
    cards=cards,
    rows="stretches",
    is_alone=True,
    next=("subagents", "models"),
    examples=("", "--since 30d", "--export-config claude-code"),
)
