"""Two sides of a history: what each came to, and what the difference is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from tokenscope.answers.comparison.chance import FEWEST, Ratio, Session, Verdict, judge
from tokenscope.answers.comparison.decomposition import Total, decompose, in_tokens, whole_parts
from tokenscope.answers.comparison.side_sums import (
    FAILED,
    OTHERS,
    OUTPUT,
    REBUILT,
    SEARCHES,
    Sums,
    Unit,
    by_failure,
    by_part,
    by_source,
    sum_sides,
)
from tokenscope.answers.comparison.sides import AFTER, BEFORE, NEITHER, Sides
from tokenscope.history.history import History
from tokenscope.history.usage import dollars, share, total_of
from tokenscope.model import PICODOLLARS, Usage

HOUR = 3_600_000  # ms
MICRO = 10**6  # picodollars in a microdollar; reports have dollars in six places
ASKS, RESPONSES, MIX, SIZE, PRICE = (
    "asks",
    "responses_per_ask",
    "mix_of_models",
    "tokens_per_response",
    "price_of_a_token",
)
SOURCES, PARTS, FAILURES = "sources", "parts", "failures"  # the levels
_TOTALS: dict[str, Callable[[Sums, int], Total]] = {SOURCES: by_source, PARTS: by_part, FAILURES: by_failure}


@dataclass(frozen=True, slots=True)
class SideFigures:
    """One side. `responses`: requests of their own inside a response included. `failures`: failed tool uses."""

    side: str
    sessions: int
    asks: int
    responses: int
    active_hours: float
    failures: int
    oldest: datetime | None
    newest: datetime | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Rate:
    """What a side came to for each response, ask or active hour. Tokens; dollars where `what` is list_price_usd."""

    per: str
    what: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of the difference; those of one level sum to it, in tokens and in dollars.

    `before` and `after`: asks; responses an ask; tokens a response, at one mix of models; dollars a million tokens.
    `low` and `high`: the interval of after - before. `could_be_chance` null: a fact, or too few sessions to say.
    """

    level: str
    what: str
    source: str | None
    before: float | None
    after: float | None
    delta_tokens: int
    delta_usd: float | None
    share: float | None  # of the difference in dollars
    share_of_tokens: float | None
    low: float | None
    high: float | None
    could_be_chance: bool | None


@dataclass(frozen=True, slots=True)
class Alike:
    """What both sides did with one model and one version of Claude Code. Tokens and dollars a response."""

    model: str
    version: str
    sessions_before: int
    sessions_after: int
    tokens_before: int
    tokens_after: int
    usd_before: float | None
    usd_after: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`enough`: whether both sides have the sessions that a verdict takes."""

    before: SideFigures
    after: SideFigures
    delta_tokens: int
    delta_usd: float | None
    enough: bool
    rates: list[Rate]
    differences: list[Difference]
    alike: list[Alike]


def compare_sides(history: History, sides: Sides) -> Comparison:
    """Needs Facet.CONTENT."""
    sums = sum_sides(history, sides)
    before, after = (_side(history, sides, sums, side) for side in (BEFORE, AFTER))
    verdicts = _verdicts(sums)
    differences = [one for level in _TOTALS for one in _differences(sums, level, verdicts)]
    paid = [one.usage.list_price_usd for one in (before, after)]
    return Comparison(
        before=before,
        after=after,
        delta_tokens=after.usage.total_tokens - before.usage.total_tokens,
        delta_usd=None if None in paid else round((paid[1] or 0) - (paid[0] or 0), 6),
        enough=min(before.sessions, after.sessions) >= FEWEST,
        rates=_rates(sums, before, after),
        differences=differences,
        alike=_alike(history, sums),
    )


def _side(history: History, sides: Sides, sums: Sums, side: int) -> SideFigures:
    units = [unit for (_, one, _), unit in sums.units.items() if one == side]
    messages = history.store.messages
    times = [
        time for index in history.indices if sides.of[index] == side and (time := messages[index].time) is not None
    ]
    first, last = (history.scope.local(end(times)) if times else None for end in (min, max))
    return SideFigures(
        side=sides.labels[side],
        sessions=len(sums.sessions(side)),
        asks=sum(count for (_, one), count in sums.asks.items() if one == side),
        responses=sum(unit.responses for unit in units),
        active_hours=round(sum(ms for (_, one), ms in sums.active.items() if one == side) / HOUR, 6),
        failures=sum(unit.failures for unit in units),
        oldest=first,
        newest=last,
        usage=total_of(unit.tally for unit in units).usage(),
    )


def _rates(sums: Sums, before: SideFigures, after: SideFigures) -> list[Rate]:
    sides = before, after
    parts = [_parts_of(by_part(sums, side)) for side in (BEFORE, AFTER)]
    for found, one in zip(parts, sides, strict=True):
        found["failed tool uses"] = float(one.failures)
        found["list_price_usd"] = one.usage.list_price_usd
    rates = []
    for per in ("responses", "asks", "active_hours"):
        for what in parts[0]:
            amounts = [
                None if (amount := found[what]) is None or not getattr(one, per) else amount / getattr(one, per)
                for found, one in zip(parts, sides, strict=True)
            ]
            rates.append(
                Rate(per.removesuffix("s"), what, *(None if one is None else round(one, 6) for one in amounts))
            )
    return rates


def _parts_of(total: Total) -> dict[str, float | None]:
    """Tokens carried, new, rebuilt and written, whatever the model."""
    found: dict[str, float | None] = {"carried": 0.0, "new": 0.0, "rebuilt": 0.0, OUTPUT: 0.0}
    for cell in total.cells.values():
        for name, (tokens, _) in cell.components.items():
            part = "rebuilt" if name.startswith(REBUILT) else name
            if part in found:
                found[part] = (found[part] or 0.0) + tokens
    return found


# --- the difference, level by level ---


def _differences(sums: Sums, level: str, verdicts: dict[str, Verdict]) -> list[Difference]:
    """The largest first. Rounded together, so that they sum to what the sides' own totals differ by."""
    before, after = (_TOTALS[level](sums, side) for side in (BEFORE, AFTER))
    costs, sizes = decompose(before, after), decompose(in_tokens(before), in_tokens(after))
    names = list(costs.sizes)
    effects = [
        [one.asks, one.responses, one.mix, one.price, *(one.sizes[name] for name in names)] for one in (costs, sizes)
    ]
    whole = round(after.cost / MICRO) - round(before.cost / MICRO)
    paid = whole_parts([effect / MICRO for effect in effects[0]], whole)
    tokens = whole_parts(effects[1], in_tokens(after).cost - in_tokens(before).cost)
    kinds = [(ASKS, None), (RESPONSES, None), (MIX, None), (PRICE, None), *((SIZE, name) for name in names)]
    is_priced = bool(before.cost or after.cost)
    found = []
    for (what, source), micros, delta in zip(kinds, paid, tokens, strict=True):
        verdict = verdicts.get(source or what)
        first, second = _levels(before, after, what, source)
        found.append(
            Difference(
                level=level,
                what=what,
                source=source,
                before=first,
                after=second,
                delta_tokens=delta,
                delta_usd=micros / 10**6 if is_priced else None,
                share=share(micros, whole),
                share_of_tokens=share(delta, sum(tokens)),
                low=None if verdict is None else round(verdict.low, 6),
                high=None if verdict is None else round(verdict.high, 6),
                could_be_chance=None if verdict is None else verdict.could_be_chance,
            )
        )
    return sorted(found, key=lambda one: (-abs(one.delta_usd or 0), -abs(one.delta_tokens)))


def _levels(before: Total, after: Total, what: str, source: str | None) -> tuple[float | None, float | None]:
    """What a factor was on each side, in what a reader can hold on to."""
    if what == ASKS:
        return float(before.asks), float(after.asks)
    if what == RESPONSES:
        first, second = (round(one.responses / one.asks, 6) if one.asks else None for one in (before, after))
        return first, second
    if what == MIX:
        return None, None
    weights = _weights(before, after)
    if what == PRICE:
        return _weighted(before, weights, _price), _weighted(after, weights, _price)
    name = source or ""
    first, second = (_weighted(one, weights, lambda side, model: _size(side, model, name)) for one in (before, after))
    return first, second


def _weights(before: Total, after: Total) -> dict[str, float]:
    """Of each model that both sides used, its share of the responses, halfway between them. They sum to 1."""
    both = [name for name, cell in before.cells.items() if cell.responses and _has(after, name)]
    shares = {
        name: before.cells[name].responses / before.responses + after.cells[name].responses / after.responses
        for name in both
    }
    return {name: one / sum(shares.values()) for name, one in shares.items()}


def _has(side: Total, model: str) -> bool:
    return model in side.cells and side.cells[model].responses > 0


def _weighted(side: Total, weights: dict[str, float], figure: Callable[[Total, str], float]) -> float | None:
    return round(sum(weight * figure(side, model) for model, weight in weights.items()), 6) if weights else None


def _size(side: Total, model: str, name: str) -> float:
    return side.cells[model].components.get(name, (0, 0))[0] / side.cells[model].responses


def _price(side: Total, model: str) -> float:
    """Dollars a million tokens."""
    components = side.cells[model].components.values()
    tokens, cost = (sum(found[place] for found in components) for place in (0, 1))
    return cost / tokens * 10**6 / PICODOLLARS if tokens else 0.0


# --- chance ---


def _verdicts(sums: Sums) -> dict[str, Verdict]:
    """By component, and of the responses an ask and the price of a token."""
    totals = [by_source(sums, side) for side in (BEFORE, AFTER)]
    weights = _weights(*totals)
    names = dict.fromkeys(
        name for one in (*totals, *(by_part(sums, side) for side in (BEFORE, AFTER))) for cell in one.cells.values()
        for name in cell.components if name != SEARCHES
    )  # fmt: skip

    def ratio(name: str, above: str, below: str) -> Ratio:
        return Ratio(name, tuple(((model, above), (model, below), weight) for model, weight in weights.items()))

    ratios = [ratio(name, name, "responses") for name in (*names, FAILED, OTHERS)]
    ratios.append(ratio(PRICE, "cost", "tokens"))
    if all(one.asks for one in totals):
        ratios.append(Ratio(RESPONSES, ((("", "all"), ("", "asks"), 1.0),)))
    return judge(_sessions(sums), ratios)


def _sessions(sums: Sums) -> list[Session]:
    counts: dict[tuple[str, int], dict[tuple[str, str], float]] = defaultdict(dict)
    main: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for (session, side, model), unit in sums.units.items():
        found = counts[session, side]
        found["", "all"] = found.get(("", "all"), 0.0) + unit.responses
        found["", "asks"] = float(sums.asks[session, side])
        main[session, side][model] = unit.responses
        found.update(((model, name), amount) for name, amount in _counted(unit))
    return [
        Session(side, max(main[session, side], key=lambda model: main[session, side][model]), found)
        for (session, side), found in sorted(counts.items())
    ]


def _counted(unit: Unit) -> Iterable[tuple[str, float]]:
    given, output, read, written, _ = unit.tally.sums
    rebuilt = sum(tokens for tokens, _ in unit.rebuilt.values())
    yield "responses", float(unit.responses)
    yield "tokens", float(unit.tally.total_tokens)
    yield "cost", unit.tally.price.total * 10**6 / PICODOLLARS
    yield OUTPUT, float(output)
    yield "carried", float(read)
    yield "new", float(given + written - rebuilt)
    yield FAILED, float(unit.failed.total_tokens)
    yield OTHERS, float(unit.tally.total_tokens - unit.failed.total_tokens)
    for cause, (tokens, _) in unit.rebuilt.items():
        yield REBUILT + cause, float(tokens)
    for name, (size, _) in unit.sources.items():
        yield name, size


# --- the same model and version ---


def _alike(history: History, sums: Sums) -> list[Alike]:
    """The models and versions that both sides have, those with the most responses first."""
    groups: dict[tuple[str, str], dict[int, list[Unit]]] = defaultdict(lambda: defaultdict(list))
    for (session, side, model), unit in sums.units.items():
        groups[model, history.store.sessions[session].version][side].append(unit)
    both = {key: found for key, found in groups.items() if key[0] and len(found) == NEITHER}
    rows = [
        (sum(unit.responses for units in found.values() for unit in units), key, found) for key, found in both.items()
    ]
    return [_alike_row(key, found) for _, key, found in sorted(rows, key=lambda row: (-row[0], row[1]))]


def _alike_row(key: tuple[str, str], found: dict[int, list[Unit]]) -> Alike:
    tokens, paid = [], []
    for side in (BEFORE, AFTER):
        total, responses = total_of(unit.tally for unit in found[side]), sum(unit.responses for unit in found[side])
        tokens.append(round(total.total_tokens / responses) if responses else 0)
        paid.append(dollars(round(total.price.total / responses)) if responses and total.has_price else None)
    return Alike(*key, len(found[BEFORE]), len(found[AFTER]), *tokens, *paid)
