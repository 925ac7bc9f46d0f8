"""Changes in words: what would have saved most, how to make and to undo each, ceilings, what is well as it is."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.answers.advice.change import (
    COMMAND,
    MEMORY,
    SETTING,
    AdviceReport,
    Change,
    TokenSaving,
)
from tokenscope.answers.whatif.trial import CEILING, EXACT
from tokenscope.answers.whatif.weigh import models_told
from tokenscope.answers.whatif.whatif_cards import price_action
from tokenscope.value import replace
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

TITLE = "What to change"
COUNTS = ("no", "One", "Two", "Three", "Four", "Five", "Six", "Seven")


def advice_cards(report: AdviceReport, drawing: Drawing) -> tuple[Card, ...]:
    """The changes; how to make each; ceilings; what to leave alone. Cards without anything to say are left out."""
    cards = [_changes_card(report, drawing)]
    cards += [_change_card(one, number, drawing) for number, one in enumerate(report.advice[: drawing.limit], 1)]
    if report.ceilings:
        cards.append(_ceilings_card(report.ceilings[: drawing.limit], drawing))
    if report.leave_alone or report.overlaps:
        cards.append(_leave_card(report, drawing))
    return tuple(cards)


def advice_sentence(report: AdviceReport) -> str:
    """What all changes together would have saved; or that nothing is worth it, and below what."""
    if not report.responses:
        return "No response in scope, so nothing to change."
    if report.in_tokens:
        return f"{_lacking(report)}, so savings are told in tokens."
    if not report.bill_usd:
        return f"{_lacking(report)}, so no change has a figure."
    if not (report.advice or report.leave_alone or report.ceilings) and report.not_computable:
        return f"What a change would have saved cannot be told here: {report.not_computable[0].why}."
    if not report.advice:
        least = figures.dollars(report.least_usd)
        return f"Nothing here is worth your time: no change would have saved {least} for certain."
    saved = sum(one.saving_usd for one in report.advice)
    count = COUNTS[len(report.advice)]
    changes = "change" if len(report.advice) == 1 else "changes"
    bill = figures.dollars(report.bill_usd)
    part = figures.share(saved / report.bill_usd)
    return f"{count} {changes} would have saved about {figures.dollars(saved)}, {part} of {bill}."


def _lacking(report: AdviceReport) -> str:
    models = models_told(report.unpriced_models)
    return f"No price is known for {models}{', the most of it' if report.bill_usd else ''}"


def savings_table(savings: Sequence[TokenSaving]) -> Table:
    """A row a change: what to do, how, and what it would have saved in tokens."""
    columns = (
        Column("change", "label"),
        Column("tokens", "number"),
        Column("of tokens", "number"),
        Column("how", "text"),
    )
    parts = figures.shares([one.share for one in savings])
    rows = (
        Row((f"{number} {one.title}", figures.tokens(one.saving_tokens), part, step_of(one)))
        for number, (one, part) in enumerate(zip(savings, parts, strict=True), 1)
    )
    return Table(columns, tuple(rows))


def changes_table(changes: Sequence[Change]) -> Table:
    """A row a change: what to do, what it would have saved and the most that it could have, what of all that is."""
    columns = (
        Column("change", "label"),
        Column("saves", "dollars"),
        Column("up to", "dollars"),
        Column("tokens", "number", spare=True),
        Column("share", "number"),
    )
    parts = figures.shares([one.share for one in changes])
    rows = [
        Row(
            (
                f"{number} {one.title}",
                figures.dollars(one.saving_usd),
                figures.dollars(one.high_usd),
                figures.tokens(max(0, one.saving_tokens)),
                part,
            ),
            Tone.DIM if one.basis == CEILING else Tone.PLAIN,
        )
        for number, (one, part) in enumerate(zip(changes, parts, strict=True), 1)
    ]
    return Table(columns, tuple(rows))


def range_of(one: Change) -> str:
    """From the least to the most that it would have saved; one figure where that is exact."""
    low, high = figures.dollars(max(0.0, one.low_usd)), figures.dollars(one.high_usd)
    return low if low == high else f"{low} to {high}"


def step_of(one: Change | TokenSaving) -> str:
    """What to type or to set, as short as it goes: /clear, promptCacheTtl = 1h, a line in CLAUDE.md."""
    if isinstance(one, Change) and one.kind == SETTING and one.setting is not None:
        return f"{one.setting.key.removeprefix('env.')} = {one.setting.value}"
    if one.kind == COMMAND:
        return one.paste
    return "a line in CLAUDE.md" if one.kind == MEMORY else "/mcp, CLAUDE.md"


def _changes_card(report: AdviceReport, drawing: Drawing) -> Card:
    if report.in_tokens:
        table = savings_table(report.in_tokens[: drawing.limit])
        table = replace(table, left_out=len(report.in_tokens) - len(table.rows))
        caption = f"replayed on {figures.plural(report.sessions, 'session')} · each alone: they overlap"
        return Card(TITLE, advice_sentence(report), (table,), (price_action(drawing.command),), caption)
    if not report.advice:
        actions = (price_action(drawing.command),) if report.unpriced_models and not report.bill_usd else ()
        return Card(TITLE, advice_sentence(report), (), actions, _caption(report) if report.bill_usd else "")
    shown = report.advice[: drawing.limit]
    table = replace(changes_table(shown), left_out=len(report.advice) - len(shown))
    notes = [Note("nothing was applied: make one change at a time, and look again after a week", Tone.DIM)]
    if len(report.advice) > 1:
        notes.insert(0, Note("no token is counted twice: what two share stands with the upper one", Tone.DIM))
    actions = (f"{drawing.command} advice --patch: the settings as a diff, the texts to paste",)
    return Card(TITLE, advice_sentence(report), (table, *notes), actions, _caption(report))


def _caption(report: AdviceReport) -> str:
    sessions = figures.plural(report.sessions, "session")
    looked = f" · {figures.count(report.looked_into)} looked into" if report.looked_into < report.sessions else ""
    least = figures.dollars(report.least_usd)
    return f"replayed on {sessions}{looked} · at API list prices · nothing below {least} is told"


def _change_card(one: Change, number: int, drawing: Drawing) -> Card:
    """One change: what shows it, what it would have saved, how to make it and how to undo it, how sure it is."""
    tokens = f" and {figures.tokens(one.saving_tokens)} tokens" if one.saving_tokens > 0 else ""
    besides = f"; {figures.dollars(one.taken_usd)} besides, which a change above saves" if one.taken_usd else ""
    lines = [f"it would have saved {range_of(one)} at list price{tokens}{besides}", how_sure(one)]
    if one.assumed:
        lines.append(f"assumed: {'; '.join(one.assumed)}")
    lines.append(f"to undo: {one.undo}")
    notes = [Note(line, Tone.DIM) for line in lines]
    if one.kind == MEMORY:
        notes.insert(0, Note(one.paste))
    since = f" (since {one.since_version})" if one.since_version else ""
    actions = (f"{one.how}{since}", f"{drawing.command} {one.question} shows more")
    return Card(f"{number} {one.title}", f"{one.evidence[:1].upper()}{one.evidence[1:]}.", tuple(notes), actions)


def how_sure(one: Change) -> str:
    """What its figure rests on: its basis, its check on this history, whether both halves agree."""
    parts = ["exact" if one.basis == EXACT else "at most" if one.basis == CEILING else "replayed"]
    if one.self_check is not None:
        cases = figures.plural(one.self_check.n, "case")
        error = one.self_check.error
        parts.append(f"on {cases}" if error is None else f"checked on {cases}, {figures.share(error)} off")
    if one.basis != CEILING:
        parts.append("both halves agree" if one.halves_agree else "the halves disagree")
    return "; ".join(parts)


def _ceilings_card(changes: Sequence[Change], drawing: Drawing) -> Card:
    columns = (
        Column("change", "label"),
        Column("at most", "dollars"),
        Column("share", "number"),
        Column("evidence", "remark"),
    )
    rows = tuple(
        Row((one.title, figures.dollars(one.saving_usd), figures.share(one.share), one.evidence)) for one in changes
    )
    sentence = "These rest on what the log does not show, so they are the most that each could have saved."
    action = f"{drawing.command} {changes[0].question} shows what the first of them rests on"
    caption = "at list price · same tokens, same quality, or none of it needed · they overlap and are not added up"
    return Card("At most", sentence, (Table(columns, rows),), (action,), caption)


def _leave_card(report: AdviceReport, drawing: Drawing) -> Card:
    """What another choice would have cost, and what a change above saves already."""
    ones = sorted(report.leave_alone, key=lambda one: (-one.high_usd, one.name))
    rows = [Row((one.title, _signed(one.low_usd), _signed(one.high_usd), one.evidence)) for one in ones]
    rows += [Row((one.title, _signed(-one.saving_usd), "", "saved above")) for one in report.overlaps]
    columns = (
        Column("change", "label"),
        Column("at best", "number"),
        Column("at worst", "number"),
        Column("verdict", "remark"),
    )
    shown = tuple(rows[: drawing.limit])
    sentence = "None of these would have saved for certain, or not beside the changes above."
    caption = "− would have been less, + more, at list price"
    return Card("Leave alone", sentence, (Table(columns, shown, len(rows) - len(shown)),), (), caption)


def _signed(usd: float) -> str:
    return f"{'+' if usd > 0 else '−' if usd < 0 else ''}{figures.dollars(abs(usd))}"
