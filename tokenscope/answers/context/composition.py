"""What the usage was made of, in all and day by day; and all that sat in the context, measured once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import fsum

from tokenscope.answers.context.compaction import CompactionReport, measure_compaction, past_compactions
from tokenscope.answers.context.extensions import ExtensionsReport, measure_extensions
from tokenscope.answers.context.floor import FloorReport, measure_floors
from tokenscope.answers.context.heaviest import HeaviestReport, measure_heaviest
from tokenscope.answers.context.ledger_sources import LedgerReport, measure_ledger
from tokenscope.answers.context.rebuild_causes import RebuildsReport, measure_rebuilds
from tokenscope.answers.whatif.weigh import saved_by_smaller_floors
from tokenscope.behaviour.tool_sums import servers_by_session
from tokenscope.history.history import History
from tokenscope.history.usage import Tally, dollars_of, share_of
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import Ledger, build_ledger
from tokenscope.model import field_of_message
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Note, Row, Stack, Table, Tone
from tokenscope.view.money import Plan
from tokenscope.view.question import Drawing

_TIME = field_of_message("time")
REMARKS = {
    "carried": "read from cache",
    "new": "added to context",
    "output": "written by model",
    "rebuilt": "written again",
}
SENTENCES = {
    "carried": "of what you used, {basis}, was old context, carried again with every response.",
    "new": "of what you used, {basis}, was new to the context: prompts, files and tool output.",
    "output": "of what you used, {basis}, was written by the model.",
    "rebuilt": "of what you used, {basis}, was context that the cache had lost and that was written again.",
}


class Part(Value):
    """Tokens, their share of all tokens, their list price and its share of the whole list price."""

    tokens: int
    share: float | None
    list_price_usd: float | None
    price_share: float | None


class Composition(Value):
    """carried + new + rebuilt = the prompt tokens, exactly. The parts' prices and the searches' sum to the total's."""

    carried: Part
    new: Part
    rebuilt: Part
    output: Part
    web_search_usd: float
    unpriced_tokens: int
    output_floor_share: float | None  # of the responses


def compose(history: History) -> Composition:
    """Split every token of the messages in scope, and its price."""
    return composition_of(history.total, *_rebuilt(history))


def composition_of(total: Tally, rebuilt: int, rebuilt_price: int) -> Composition:
    """Split a sum, of which so many tokens and picodollars were written again."""
    given, output, read, written, _ = total.sums
    tokens = {"carried": read, "new": given + written - rebuilt, "rebuilt": rebuilt, "output": output}
    price = {
        "carried": total.price.cache_read,
        "new": total.price.input + total.price.cache_write - rebuilt_price,
        "rebuilt": rebuilt_price,
        "output": total.price.output,
    }

    def part(name: str) -> Part:
        usd = dollars_of(price[name]) if total.has_price or not total.unpriced else None
        return Part(
            tokens[name], share_of(tokens[name], total.total_tokens), usd, share_of(price[name], total.price.total)
        )

    return Composition(
        carried=part("carried"),
        new=part("new"),
        rebuilt=part("rebuilt"),
        output=part("output"),
        web_search_usd=dollars_of(total.price.web_search),
        unpriced_tokens=total.unpriced_tokens,
        output_floor_share=share_of(total.floors, total.messages),
    )


def _rebuilt(history: History) -> tuple[int, int]:
    """Tokens and picodollars of what was written again by the messages in scope."""
    tokens = sum([rebuild.tokens for rebuild in history.rebuilds_in_scope])
    return tokens, sum([price[0] for price in history.rebuild_prices if price])


def composition_card(report: Composition, plan: Plan = Plan.UNKNOWN) -> Card:
    """The first card: one bar, four rows."""
    title = "Where your usage went"
    parts = {name: getattr(report, name) for name in REMARKS}
    if not any(part.tokens for part in parts.values()):
        return Card(title, "No responses here: nothing was used.")
    by_price = any(part.price_share for part in parts.values())
    weight = {name: (part.price_share if by_price else part.share) or 0.0 for name, part in parts.items()}
    order = sorted(parts, key=lambda name: -weight[name])
    largest = order[0]
    basis = "by list price" if by_price else "by tokens"
    if by_price and plan.pays_by_token:
        basis = f"{figures.dollars(parts[largest].list_price_usd)} at list price"
    stack = Stack(tuple((Tone(name), weight[name]) for name in order))
    return Card(
        title,
        f"{figures.portion(weight[largest])} " + SENTENCES[largest].format(basis=basis),
        (stack, _table(parts, order, report.web_search_usd), *_notes(report)),
        caption=_caption(report),
    )


def _table(parts: dict[str, Part], order: list[str], searches: float) -> Table:
    """`searches`: dollars that belong to no part."""
    of_tokens = figures.shares([parts[name].share for name in order])
    of_price = figures.shares([parts[name].price_share for name in order])
    columns = (
        Column("part"),
        Column("tokens", "number"),
        Column("of tokens", "number", spare=True),
        Column("list price", "dollars"),
        Column("of list price", "dollars"),
        Column("what it is", "remark"),
    )
    rows = tuple(
        Row(
            (
                name,
                figures.tokens(parts[name].tokens),
                of_tokens[place],
                figures.dollars(parts[name].list_price_usd),
                of_price[place],
                REMARKS[name],
            ),
            tone=Tone(name),
            marker=True,
        )
        for place, name in enumerate(order)
    )
    prices = [part.list_price_usd for part in parts.values() if part.list_price_usd is not None]
    price = figures.dollars(fsum([*prices, searches]) if prices else None)
    tokens = figures.tokens(sum(part.tokens for part in parts.values()))
    return Table(columns, rows, total=Row((IN_ALL, tokens, "", price)))


def _notes(report: Composition) -> tuple[Note, ...]:
    notes = []
    if report.web_search_usd:
        notes.append(Note(f"with {figures.dollars(report.web_search_usd)} for web searches", Tone.DIM))
    if report.unpriced_tokens:
        text = f"{figures.tokens(report.unpriced_tokens)} tokens of models without a known price are not in the dollars"
        notes.append(Note(text, Tone.DIM))
    return tuple(notes)


def _caption(report: Composition) -> str:
    floor = report.output_floor_share
    unfinished = f" · {figures.share(floor)} of the output figures unfinished" if floor else ""
    return "exact tokens at API list prices" + unfinished


class DayComposition(Value):
    """`messages`: responses of that local day."""

    date: date
    messages: int
    total_tokens: int
    list_price_usd: float | None
    composition: Composition


def compose_days(history: History) -> list[DayComposition]:
    """Every local day that has responses in scope, the oldest first; responses without a time are on none (T51)."""
    dated, find, messages = history.dated(), history.days.day, history.store.messages
    tallies = dated.by_group([find(time or 0) for time in map(_TIME, dated.messages)])
    rebuilt, paid = dict.fromkeys(tallies, 0), dict.fromkeys(tallies, 0)  # tokens and picodollars
    for (index, tokens, _, _), price in zip(dated.rebuilds_in_scope, dated.rebuild_prices, strict=True):
        day = find(_TIME(messages[index]) or 0)
        rebuilt[day] += tokens
        paid[day] += price[0] if price else 0
    days = []
    for day in sorted(tallies):
        usage = tallies[day].usage()
        composition = composition_of(tallies[day], rebuilt[day], paid[day])
        days.append(DayComposition(day, usage.messages, usage.total_tokens, usage.list_price_usd, composition))
    return days


def days_card(days: list[DayComposition], drawing: Drawing) -> Card:
    """How much on how many days, and the busiest."""
    title = "Day by day"
    if not days:
        return Card(title, "No responses here that have a time.")
    tokens = sum(day.total_tokens for day in days)
    busiest = max(days, key=lambda day: day.total_tokens)
    on = figures.calendar_day(busiest.date, drawing.zone, drawing.now)
    sentence = f"{figures.tokens(tokens)} tokens on {figures.plural(len(days), 'day')}"
    if len(days) > 1:
        sentence += f"; the busiest was {on} with {figures.tokens(busiest.total_tokens)}"
    return Card(title, sentence + ".", caption="exact tokens at API list prices · days of each response")


class MeasuredContext(Value):
    """`built`: the ledger itself, `ledger` what is shown of it. Tokens are those of all prompts in scope."""

    composition: Composition
    rebuilds: RebuildsReport
    heaviest: HeaviestReport
    built: Ledger
    ledger: LedgerReport
    floor: FloorReport
    compactions: CompactionReport
    extensions: ExtensionsReport


# Those parts of what is measured that are found while others walk.
NEED_NO_LEDGER: tuple[Callable[[History], object], ...] = (
    *(compose, measure_rebuilds, measure_heaviest, saved_by_smaller_floors, servers_by_session, past_compactions),
)


def measure_context(history: History) -> MeasuredContext:
    """Needs Facet.CONTENT and Facet.TITLES."""
    history.once(start_walks)  # other processes build the ledger's parts while this one finds what needs no ledger
    for part in NEED_NO_LEDGER:
        history.once(part)
    ledger = history.once(build_ledger)
    floor = measure_floors(history, ledger)
    return MeasuredContext(
        history.once(compose),
        history.once(measure_rebuilds),
        history.once(measure_heaviest),
        ledger,
        measure_ledger(history, ledger),
        floor,
        measure_compaction(history, ledger),
        measure_extensions(history, ledger, floor),
    )
