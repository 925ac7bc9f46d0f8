"""The headline: what was used lately and today, of what it was made, and how it compares with the time before."""

from __future__ import annotations

from tokenscope.answers.comparison.differences import ASKS, MIX, PRICE, RESPONSES, SideDifference
from tokenscope.answers.context.composition import REMARKS
from tokenscope.answers.usage.recent_usage import (
    COVERED,
    DAYS,
    EVERYTHING,
    LONG,
    RecentUsage,
    UsageChange,
    UsageSpan,
)
from tokenscope.model import Usage
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Place, Row, Stack, Table, Tone
from tokenscope.view.money import Plan
from tokenscope.view.question import Drawing

NOTHING_USED = "No responses here: nothing was used."
ALIKE = 0.005  # below it two figures are called the same


def recent_card(report: RecentUsage, drawing: Drawing) -> Card:
    """A sentence with the sums, the bar with its four parts, and the difference with what made most of it."""
    span = report.span
    title = recent_title(report, drawing)
    if not span.usage.total_tokens:
        return Card(title, _nothing(report, drawing), place=Place.HEADLINE)
    parts = {name: getattr(span.composition, name) for name in REMARKS}
    by_price = any(part.price_share for part in parts.values())
    weight = {name: (part.price_share if by_price else part.share) or 0.0 for name, part in parts.items()}
    order = sorted(parts, key=lambda name: -weight[name])
    stack = Stack(tuple((Tone(name), weight[name]) for name in order))
    change = [] if report.change is None else [Note(change_sentence(report.change, drawing.plan))]
    sentence = recent_sentence(report, drawing)
    table = _table(report, order, drawing)
    return Card(title, sentence, (stack, table, *change), (), _caption(report, drawing), Place.HEADLINE)


def recent_title(report: RecentUsage, drawing: Drawing) -> str:
    """What stretch of time the headline is about."""
    if report.basis == DAYS:
        return f"The last {LONG} days"
    if report.basis == COVERED:
        return f"Since {figures.day(report.covered_since, drawing.zone, drawing.now)}"
    return "All that was read" if report.basis == EVERYTHING else "In this window"


def _nothing(report: RecentUsage, drawing: Drawing) -> str:
    return NOTHING_USED if report.newest is None else f"Nothing was used {_lately(report, drawing)}."


def _lately(report: RecentUsage, drawing: Drawing) -> str:
    """As a sentence ends with it."""
    if report.basis == COVERED:
        return f"since {figures.day(report.covered_since, drawing.zone, drawing.now)}"
    return {DAYS: f"in the last {LONG} days", EVERYTHING: "before that"}.get(report.basis, "in this window")


def recent_sentence(report: RecentUsage, drawing: Drawing) -> str:
    """What was used in all and today, dollars or tokens first as the plan has it."""
    used = f"{_amounts(report.span.usage, drawing.plan)} {_lately(report, drawing)}"
    if report.basis == EVERYTHING:
        when = figures.day(report.newest, drawing.zone, drawing.now) if report.newest else ""
        last = f", the last time on {when}" if when else ""
        return f"Nothing was used in the last {LONG} days; {used}{last}."
    if report.today is None:
        return f"{used}."
    today = report.today.usage
    return f"{used}; {_amounts_today(today, drawing.plan)} today."


def _amounts(usage: Usage, plan: Plan) -> str:
    """Both figures: $187 and 254M tokens; where tokens come first, dollars are said to be a measure."""
    tokens = f"{figures.tokens(usage.total_tokens)} tokens"
    if usage.list_price_usd is None:
        return f"{tokens} without a known price"
    usd = figures.dollars(usage.list_price_usd)
    return f"{tokens} ({usd} at list price)" if plan.is_subscription else f"{usd} at list price and {tokens}"


def _amounts_today(usage: Usage, plan: Plan) -> str:
    """Without the words that stand before it."""
    if not usage.total_tokens:
        return "nothing"
    figure, usd = figures.tokens(usage.total_tokens), figures.dollars(usage.list_price_usd)
    return " and ".join(filter(None, (figure, usd) if plan.is_subscription else (usd, figure)))


def _table(report: RecentUsage, order: list[str], drawing: Drawing) -> Table:
    span = report.span
    before = report.change.before if report.change is not None and report.change.days == LONG else None
    in_tokens = span.usage.list_price_usd is None
    counted = "number" if in_tokens else "dollars"
    of_tokens = figures.shares([getattr(span.composition, name).share for name in order])
    of_price = figures.shares([getattr(span.composition, name).price_share for name in order])
    columns = (
        Column("part"),
        Column("tokens", "number"),
        Column("of tokens", "number", spare=True),
        Column("list price", "dollars"),
        Column("of list price", "dollars", spare=True),
        Column("today", counted, spare=True),
        Column(f"{LONG} days before", counted, spare=True),
        Column("what it is", "remark"),
    )
    others = (report.today, before)
    rows = tuple(
        Row(
            (
                name,
                figures.tokens(getattr(span.composition, name).tokens),
                of_tokens[place],
                figures.dollars(getattr(span.composition, name).list_price_usd),
                of_price[place],
                *(_part(one, name, in_tokens=in_tokens) for one in others),
                REMARKS[name],
            ),
            tone=Tone(name),
            marker=True,
        )
        for place, name in enumerate(order)
    )
    usage = span.usage
    searches = span.composition.web_search_usd
    whole = (
        "in all",
        figures.tokens(usage.total_tokens),
        "",
        figures.dollars(usage.list_price_usd),
        "",
        *(_whole(one, in_tokens=in_tokens) for one in others),
        f"with {figures.dollars(searches)} for web searches" if searches else "",
    )
    return Table(columns, rows, total=Row(whole))


def _part(span: UsageSpan | None, name: str, *, in_tokens: bool) -> str:
    if span is None or not span.usage.total_tokens:
        return ""
    part = getattr(span.composition, name)
    return figures.tokens(part.tokens) if in_tokens else figures.dollars(part.list_price_usd)


def _whole(span: UsageSpan | None, *, in_tokens: bool) -> str:
    if span is None or not span.usage.total_tokens:
        return ""
    return figures.tokens(span.usage.total_tokens) if in_tokens else figures.dollars(span.usage.list_price_usd)


def _caption(report: RecentUsage, drawing: Drawing) -> str:
    parts = ["exact, at API list prices" if report.span.usage.list_price_usd is not None else "exact"]
    if report.basis == COVERED:
        parts.append("as far as the newest sessions reach")
    if report.change is not None:
        parts.append(f"{drawing.command} compare {report.change.days}d {report.change.days}d")
    return " · ".join(parts)


def change_sentence(change: UsageChange, plan: Plan) -> str:
    """How much more or less than before, and which factor moved it most in that direction."""
    in_tokens = plan.is_subscription or change.delta_usd is None or not change.before.usage.list_price_usd
    first, second = (_figure(one, in_tokens=in_tokens) for one in (change.before, change.after))
    said_before, said_after = (
        f"{figures.tokens(one)} tokens" if in_tokens else figures.dollars(one) for one in (first, second)
    )
    days = f"{change.days} days"
    ratio = second / first - 1
    if abs(ratio) < ALIKE:
        return f"As much in the last {days} as in the {days} before: {said_after}."
    arrow, word = ("↑", "more") if ratio > 0 else ("↓", "less")
    size = f"{second / first:.1f} times as much as" if ratio >= 1 else f"{figures.share(abs(ratio))} {word} than"
    now = "" if change.days == LONG else f"the last {days}: {said_after}, "
    reason = _reason(change, in_tokens=in_tokens)
    return f"{arrow} {now}{size} in the {days} before ({said_before}){reason}."


def _figure(span: UsageSpan, *, in_tokens: bool) -> float:
    return float(span.usage.total_tokens) if in_tokens else span.usage.list_price_usd or 0.0


def _reason(change: UsageChange, *, in_tokens: bool) -> str:
    """The factor that moved it most in the direction in which it went, by arithmetic."""

    def effect(one: SideDifference) -> float:
        return float(one.delta_tokens) if in_tokens else one.delta_usd or 0.0

    whole = float(change.delta_tokens) if in_tokens else change.delta_usd or 0.0
    alike = [one for one in change.differences if effect(one) * whole > 0]
    if not alike:
        return ""
    most = max(alike, key=lambda one: abs(effect(one)))
    amount = figures.tokens(abs(effect(most))) if in_tokens else figures.dollars(abs(effect(most)))
    words = f"{_factor(most, change, is_more=whole > 0)}: {'+' if whole > 0 else '−'}{amount}"
    return f", above all {words}"


def _factor(one: SideDifference, change: UsageChange, *, is_more: bool) -> str:
    """A factor of the difference, in words, with what it was before and after."""
    more = "more" if is_more else "fewer"
    if one.what == ASKS:
        return f"{more} asks ({figures.count(change.asks_before)} → {figures.count(change.asks_after)})"
    if one.what == RESPONSES:
        if one.before is None or one.after is None:
            counts = (figures.count(side.usage.messages) for side in (change.before, change.after))
            return f"{more} responses ({' → '.join(counts)})"
        return f"{more} responses an ask ({one.before:.1f} → {one.after:.1f})"
    if one.what == MIX:
        return f"a mix of {'dearer' if is_more else 'cheaper'} models"
    if one.what == PRICE:
        return f"{'dearer' if is_more else 'cheaper'} tokens of the same models"
    sizes = ""
    if one.before is not None and one.after is not None:
        sizes = f" ({figures.tokens(one.before)} → {figures.tokens(one.after)})"
    what = "that every request starts with" if one.source == "floor" else f"{one.source} with each response"
    return f"{'more' if is_more else 'less'} {what}{sizes}"
