"""What did subagents use, who spawned them, and which of them stand out?"""

from __future__ import annotations

from collections import Counter

from tokenscope.answers.activity.rightsizing import (
    RightsizingCandidate,
    candidates_card,
    start_candidates,
    usage_of_lives,
)
from tokenscope.answers.activity.subagent_rows import (
    NO_TYPE,
    Missing,
    ModelGroup,
    SubagentGroup,
    SubagentRow,
    TypeGroup,
    by_model,
    by_session,
    by_type,
    missing_ones,
    subagent_rows,
)
from tokenscope.answers.activity.subagent_tree import tree_card
from tokenscope.behaviour.subagent_work import lives
from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.model import Facet, Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Note, Row, Table, Tone
from tokenscope.view.money import amount, counted, part, ranked
from tokenscope.view.question import Drawing, Question, Reading

ROWS = 12  # a card's, where nobody wants all


class SubagentsReport(Value):
    """`total` is the sum of the subagents, of the types, of the models and of the sessions; spawns without a file
    are in none of them. `share`: of all tokens in scope.
    """

    subagents: list[SubagentRow]
    by_agent_type: list[TypeGroup]
    by_model: list[ModelGroup]
    by_session: list[SubagentGroup]
    candidates: list[RightsizingCandidate]
    missing: list[Missing]
    share: float | None
    total: Usage


def analyze(history: History) -> SubagentsReport:
    """Every subagent with a response of its own in scope."""
    found = history.once(lives)
    candidates = start_candidates(history, found)
    total = usage_of_lives(history, found)
    return SubagentsReport(
        subagents=subagent_rows(history, found),
        by_agent_type=by_type(history, found),
        by_model=by_model(history, found),
        by_session=by_session(history, found),
        missing=missing_ones(history),
        share=share_of(total.total_tokens, history.total.total_tokens),
        total=total,
        candidates=candidates(),
    )


def cards(report: SubagentsReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.subagents:
        return (Card("Subagents", "No subagents here.", _missing_notes(report)),)
    return (
        _overview(report, drawing),
        tree_card(report.subagents, drawing),
        candidates_card(report.candidates, drawing),
    )


def _overview(report: SubagentsReport, drawing: Drawing) -> Card:
    types = ranked(report.by_agent_type, lambda one: one.usage, drawing.plan)
    first = max(types, key=lambda one: counted(one.usage, drawing.plan))
    taken, _ = part(first.usage, report.total, drawing.plan)
    count = figures.plural(len(report.subagents), "subagent")
    of_all = f", {figures.share(report.share)} of all tokens" if report.share is not None else ""
    name = first.agent_type or first.kind or "those without a type"
    sentence = f"{count} used {amount(report.total, drawing.plan)}{of_all}"
    sentence += f"; {name} took {figures.share(taken)} of theirs." if len(types) > 1 else "."
    columns = (
        Column("which", "path"),
        Column("subagents", "number"),
        Column("tokens", "number"),
        Column("of theirs", "number", spare=True),
        Column("list price", "dollars"),
        Column("", "bar"),
    )
    table = _groups(report, drawing)
    several = len(report.subagents) > 1
    cells = _group((IN_ALL, len(report.subagents), report.total), figures.share(1), drawing).cells
    whole = Row(cells[:-1]) if several else None
    caption = "exact tokens at API list prices · a subagent's own responses"
    caption += " · each of the lists sums to the last row" if several else ""
    return Card("Subagents", sentence, (Table(columns, *table, whole), *_notes(report)), (), caption)


def _groups(report: SubagentsReport, drawing: Drawing) -> tuple[tuple[Row, ...], int]:
    """Rows by type, beside the conversation, by model and by session; and how many were left out."""
    types = [(one.agent_type or NO_TYPE, one.subagents, one.usage) for one in report.by_agent_type if not one.kind]
    beside = [(one.kind, one.subagents, one.usage) for one in report.by_agent_type if one.kind]
    models = [(figures.model_name(one.model), one.subagents, one.usage) for one in report.by_model]
    sessions = [(one.title or one.session_id[:8], one.subagents, one.usage) for one in report.by_session]
    rows, left_out = [], 0
    sections = [("by type", types, 3), ("beside the conversation", beside, 2), ("by model", models, 2)]
    sections.append(("by session", sessions, 2 if beside else 3))
    for title, groups, most in sections:
        shown = groups if drawing.limit > ROWS else groups[:most]
        left_out += len(groups) - len(shown)
        parts = figures.shares([share_of(usage.total_tokens, report.total.total_tokens) for _, _, usage in shown])
        rows += [Row((title,), Tone.DIM)] if shown else []
        rows += [_group(group, text, drawing) for group, text in zip(shown, parts, strict=True)]
    return tuple(rows), left_out


def _group(group: tuple[str, int, Usage], part_of_theirs: str, drawing: Drawing) -> Row:
    name, subagents, usage = group
    cells = (
        name,
        figures.count(subagents),
        figures.tokens(usage.total_tokens),
        part_of_theirs,
        figures.dollars(usage.list_price_usd),
        counted(usage, drawing.plan),
    )
    return Row(cells, Tone.CARRIED, indent=1)


def _notes(report: SubagentsReport) -> tuple[Note, ...]:
    facts = Counter({"ran in the background": sum(row.background for row in report.subagents)})
    facts["were spawned by a subagent"] = sum(row.parent_agent_id is not None for row in report.subagents)
    facts["belonged to a workflow"] = sum(row.run is not None for row in report.subagents)
    facts["were resumed"] = sum(row.resumed > 0 for row in report.subagents)
    told = [f"{number:,} {words}" for words, number in facts.items() if number]
    notes = (Note(", ".join(told), Tone.DIM),) if told else ()
    return (*notes, *_missing_notes(report))


def _missing_notes(report: SubagentsReport) -> tuple[Note, ...]:
    if not report.missing:
        return ()
    reported = [figures.tokens(one.reported_tokens) for one in report.missing if one.reported_tokens]
    count = figures.plural(len(report.missing), "spawn")
    text = f"{count} left no file and {'is' if len(report.missing) == 1 else 'are'} in no sum here"
    if reported:
        more = f", and {len(reported) - 3:,} more" if len(reported) > 3 else ""
        were = "its context was" if len(reported) == 1 else "their contexts were"
        text += f"; at the end {were} reported as {', '.join(reported[:3])} tokens{more}"
    return (Note(text, Tone.DIM),)


QUESTION = Question(
    name="subagents",
    help="What subagents used, who spawned them, and which stand out.",
    reading=Reading(Facet.WORK | Facet.SPAWNS | Facet.COUNTS | Facet.TITLES),
    analyze=analyze,
    cards=cards,
    rows="subagents",
    is_alone=True,
    next=("quota-audit", "sessions"),
)
