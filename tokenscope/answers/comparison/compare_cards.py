"""A comparison in words: what each side came to, what makes the difference, and what is left where both are alike."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.answers.comparison.chance import FEWEST
from tokenscope.answers.comparison.compare_sides import Comparison, SideFigures, SideRate, alike_card, relative_change
from tokenscope.answers.comparison.differences import (
    ASKS,
    FAILURES,
    MIX,
    PARTS,
    PRICE,
    RESPONSES,
    SIZE,
    SOURCES,
    VOLUME,
    SideDifference,
)
from tokenscope.answers.comparison.side_sums import REBUILT, WHATEVER
from tokenscope.answers.context.rebuild_card import WORDS
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.money import Plan
from tokenscope.view.question import Drawing

CHANCE = "could be chance"
VERDICTS = {True: "maybe", False: "no", None: ""}
SAID = 3  # differences that get a sentence of their own
NAMES = {
    ASKS: "asks",
    RESPONSES: "responses an ask",
    VOLUME: "responses",
    MIX: "mix of models",
    PRICE: "price of a million tokens",
}
_WINDOWS = ("the", "before", "last", "this", "today", "yesterday")  # what a window's label begins with
PER = ("response", "ask", "active_hour")


def comparison_cards(report: Comparison, drawing: Drawing) -> tuple[Card, ...]:
    """All of them; one alone where a side has no response."""
    empty = [one.side for one in (report.before, report.after) if not one.responses]
    if empty:
        return (Card("Before and after", f"No responses here for {' or '.join(empty)}: nothing to compare."),)
    cards = [_sides_card(report), _differences_card(report, drawing), _parts_card(report, drawing)]
    return (*cards, *([alike_card(report.alike, drawing)] if report.alike else []))


def _sides_card(report: Comparison) -> Card:
    columns = (
        Column("what"),
        Column("a response", "number"),
        Column("an ask", "number", spare=True),
        Column("an active hour", "number", spare=True),
    )
    whats = dict.fromkeys(rate.what for rate in report.rates if rate.before or rate.after)
    rows = [_rates_row(what, [rate for rate in report.rates if rate.what == what]) for what in whats]
    told = [_population(one) for one in (report.before, report.after)]
    population = tuple(Note(line, Tone.DIM) for line in (*told, *([_unknown(report)] if report.exported else [])))
    caption = "exact, at API list prices · an active hour: without pauses of more than five minutes"
    return Card("Before and after", _headline(report), (Table(columns, tuple(rows)), *population), (), caption)


def _rates_row(what: str, rates: Sequence[SideRate]) -> Row:
    """Before and after, for each response, ask and active hour."""
    words = {"list_price_usd": figures.dollars, "failed tool uses": _few}.get(what, figures.tokens)
    name = "list price" if what == "list_price_usd" else what
    known = {rate.per: rate for rate in rates if rate.before is not None and rate.after is not None}
    cells = (known.get(per) for per in PER)
    return Row((name, *(f"{words(one.before)} → {words(one.after)}" if one else "" for one in cells)))


def _headline(report: Comparison) -> str:
    before, after = report.before.usage, report.after.usage
    if before.list_price_usd and after.list_price_usd is not None:
        first, second = before.list_price_usd, after.list_price_usd
        said = figures.dollars(first), figures.dollars(second)
    else:
        first, second = float(before.total_tokens), float(after.total_tokens)
        said = f"{figures.tokens(first)} tokens", figures.tokens(second)
    change = f" ({relative_change(first, second)})" if first else ""
    name = report.before.side
    name = name[:1].upper() + name[1:] if name.split(" ")[0] in _WINDOWS else name  # names stay as they are
    return f"{name}: {said[0]}; {report.after.side}: {said[1]}{change}."


def _population(side: SideFigures) -> str:
    counts = [(side.sessions, "session"), (side.asks, "ask"), (side.responses, "response")]
    return f"{side.side}: {', '.join(figures.plural(count, word) for count, word in counts if count is not None)}"


def _unknown(report: Comparison) -> str:
    """What exported files do not say, and which of them says more."""
    missing = ["what sat in the contexts", "why caches were lost"]
    counted = {"asks": report.before.asks, "failed tool uses": report.before.failures}
    unknown = [name for name, count in counted.items() if count is None]
    more = f"; {' and '.join(unknown)} are in SQLite exports alone" if unknown else ""
    return f"an export or a team's row does not say {' or '.join(missing)}: context and rebuilt are one row each{more}"


def _few(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


# --- what the difference is made of ---


def _differences_card(report: Comparison, drawing: Drawing) -> Card:
    ranked = _ranked(report, SOURCES, drawing.plan)
    sentences = [_sentence(one, report, drawing.plan) for one in ranked[:SAID]]
    proven = [one for one in ranked if one.could_be_chance is False]
    if not report.enough:
        first = f"With fewer than {FEWEST} sessions on a side, these are figures without a verdict."
    elif proven:
        first = _sentence(proven[0], report, drawing.plan)
        sentences = [one for one in sentences if one != first]
    else:
        first = "What differs between the sides, beside how much was asked of which model, could all be chance."
    notes = tuple(Note(sentence) for sentence in sentences)
    basis = "exact" if report.exported else "est. by source"
    caption = f"{basis}, sums to the difference · each at the same mix of models, a response of its own"
    return Card("What the difference is made of", first, (*notes, _table(ranked, drawing)), (), caption)


def _parts_card(report: Comparison, drawing: Drawing) -> Card:
    ranked = [one for one in _ranked(report, PARTS, drawing.plan) if one.what == SIZE]
    proven = [one for one in ranked if one.could_be_chance is False]
    if proven:
        sentence = _sentence(proven[0], report, drawing.plan)
    elif report.enough:
        sentence = "Carried, new, rebuilt and written tokens a response differ by no more than chance may bring."
    else:
        sentence = "Carried, new, rebuilt and written tokens a response, before and after."
    failures = [one for one in _ranked(report, FAILURES, drawing.plan) if one.what == SIZE]
    caption = "exact · with asks, responses, models and price as above, each part sums to the difference"
    return Card("By what the tokens were", sentence, (_table([*ranked, *failures], drawing),), (), caption)


def _ranked(report: Comparison, level: str, plan: Plan) -> list[SideDifference]:
    """Those of a level that differ at all, the largest first in what the reader counts in."""
    found = [one for one in report.differences if one.level == level and (one.delta_tokens or one.delta_usd)]
    return sorted(found, key=lambda one: -abs(_amount(one, plan)))


def _amount(one: SideDifference, plan: Plan) -> float:
    return float(one.delta_tokens) if plan.is_subscription or one.delta_usd is None else one.delta_usd


def _table(shown: Sequence[SideDifference], drawing: Drawing) -> Table:
    columns = (
        Column("what", "label"),
        Column("before", "number"),
        Column("after", "number"),
        Column("tokens", "number", spare=True),
        Column("list price", "dollars"),
        Column("chance?", "number", spare=True),
    )
    rows = tuple(_row(one) for one in shown[: drawing.limit])
    return Table(columns, rows, max(0, len(shown) - drawing.limit))


def _row(one: SideDifference) -> Row:
    before, after = (_level(one, figure) for figure in (one.before, one.after))
    tokens = _signed(one.delta_tokens, figures.tokens(abs(one.delta_tokens)))
    usd = "" if one.delta_usd is None else _signed(one.delta_usd, figures.dollars(abs(one.delta_usd)))
    return Row((_name(one), before, after, tokens, usd, VERDICTS[one.could_be_chance]))


def _signed(number: float, words: str) -> str:
    return words if not number or words.startswith("<") else f"{'+' if number > 0 else '−'}{words}"


def _level(one: SideDifference, figure: float | None) -> str:
    if figure is None:
        return ""
    if one.what in (ASKS, VOLUME):
        return figures.count(round(figure))
    if one.what == RESPONSES:
        return f"{figure:.1f}"
    return figures.dollars(figure) if one.what == PRICE else figures.tokens(figure)


def _name(one: SideDifference) -> str:
    source = one.source or ""
    if source.startswith(REBUILT):
        cause = source.removeprefix(REBUILT)
        if cause == WHATEVER:
            return "rebuilt"
        return f"rebuilt {WORDS.get(cause, (cause.replace('_', ' '),))[0]}"
    return source or NAMES[one.what]


def _sentence(one: SideDifference, report: Comparison, plan: Plan) -> str:
    """A difference, what it explains, and whether it could be chance."""
    if one.what == MIX:
        said = "Another mix of models"
    else:
        before, after = (_level(one, figure) for figure in (one.before, one.after))
        name = _name(one)
        each = {ASKS: "", VOLUME: "", RESPONSES: "", PRICE: " at the same models"}.get(one.what, " with each response")
        verb = "went from" if one.what != SIZE else "grew from" if (one.after or 0) > (one.before or 0) else "fell from"
        article = "The floor" if name == "floor" else name[:1].upper() + name[1:]
        said = f"{article} {verb} {before} to {after}{each}" if before else f"{article}"
    explains = f": {_effect(one, plan)}{_part(one, report, plan)}"
    return f"{said}{explains}{'; ' + CHANCE if one.could_be_chance else ''}."


def _effect(one: SideDifference, plan: Plan) -> str:
    if plan.is_subscription or one.delta_usd is None:
        return f"{_signed(one.delta_tokens, figures.tokens(abs(one.delta_tokens)))} tokens"
    return _signed(one.delta_usd, figures.dollars(abs(one.delta_usd)))


def _part(one: SideDifference, report: Comparison, plan: Plan) -> str:
    """How much of the rise or fall it explains, where it is a part of it."""
    by_tokens = plan.is_subscription or one.delta_usd is None
    fraction = one.share_of_tokens if by_tokens else one.share
    if fraction is None or not 0 < fraction <= 1:
        return ""
    whole = report.delta_tokens if by_tokens else report.delta_usd or 0
    return f", {figures.share(fraction)} of the {'rise' if whole > 0 else 'fall'}"
