"""The difference between two sides, part by part: what each adds, in tokens and dollars; could it be chance?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from tokenscope.answers.comparison.chance import Ratio, SessionCounts, Verdict, judge
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
)
from tokenscope.answers.comparison.sides import AFTER, BEFORE
from tokenscope.history.usage import share_of
from tokenscope.model import PICODOLLARS
from tokenscope.value import Value

MICRO = 10**6  # picodollars in a microdollar; reports have dollars in six places
ASKS, RESPONSES, VOLUME, MIX, SIZE, PRICE = (
    "asks",
    "responses_per_ask",
    "responses",  # where a side has no ask, or does not know of any
    "mix_of_models",
    "tokens_per_response",
    "price_of_a_token",
)
SOURCES, PARTS, FAILURES = "sources", "parts", "failures"  # the levels
_TOTALS: dict[str, Callable[[Sums, int], Total]] = {SOURCES: by_source, PARTS: by_part, FAILURES: by_failure}


class SideDifference(Value):
    """A part of the difference; those of one level sum to it, in tokens and in dollars.

    `before` and `after`: asks; responses, or those an ask; tokens a response, at one mix of models; dollars a million
    tokens.
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


def level_differences(before: Total, after: Total, level: str, verdicts: dict[str, Verdict]) -> list[SideDifference]:
    """The largest first. Rounded together, so that they sum to what the sides' own totals differ by."""
    costs, sizes = decompose(before, after), decompose(in_tokens(before), in_tokens(after))
    names = list(costs.sizes)
    effects = [
        [one.asks, one.responses, one.mix, one.price, *(one.sizes[name] for name in names)] for one in (costs, sizes)
    ]
    whole = round(after.cost / MICRO) - round(before.cost / MICRO)
    paid = whole_parts([effect / MICRO for effect in effects[0]], whole)
    tokens = whole_parts(effects[1], in_tokens(after).cost - in_tokens(before).cost)
    volume = RESPONSES if before.asks and after.asks else VOLUME
    kinds = [(ASKS, None), (volume, None), (MIX, None), (PRICE, None), *((SIZE, name) for name in names)]
    is_priced = bool(before.cost or after.cost)
    found = []
    for (what, source), micros, delta in zip(kinds, paid, tokens, strict=True):
        verdict = verdicts.get(source or what)
        first, second = _levels(before, after, what, source)
        found.append(
            SideDifference(
                level=level,
                what=what,
                source=source,
                before=first,
                after=second,
                delta_tokens=delta,
                delta_usd=micros / 10**6 if is_priced else None,
                share=share_of(micros, whole),
                share_of_tokens=share_of(delta, sum(tokens)),
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
        return round(before.responses / before.asks, 6), round(after.responses / after.asks, 6)
    if what == VOLUME:
        return float(before.responses), float(after.responses)
    if what == MIX:
        return None, None
    weights = shared_models(before, after)
    if what == PRICE:
        return _weighted(before, weights, _price), _weighted(after, weights, _price)
    name = source or ""
    first, second = (_weighted(one, weights, lambda side, model: _size(side, model, name)) for one in (before, after))
    return first, second


def shared_models(before: Total, after: Total) -> dict[str, float]:
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


def find_differences(sums: Sums, verdicts: dict[str, Verdict], *, failures: bool = True) -> list[SideDifference]:
    """Those of every level; that of failures only where both sides know of them."""
    levels = [level for level in _TOTALS if failures or level != FAILURES]
    sides = {level: [_TOTALS[level](sums, side) for side in (BEFORE, AFTER)] for level in levels}
    return [one for level, both in sides.items() for one in level_differences(both[0], both[1], level, verdicts)]


def judge_sides(sums: Sums) -> dict[str, Verdict]:
    """By component, and of the responses an ask and the price of a token."""
    totals = [by_source(sums, side) for side in (BEFORE, AFTER)]
    weights = shared_models(*totals)
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


def _sessions(sums: Sums) -> list[SessionCounts]:
    counts: dict[tuple[str, int], dict[tuple[str, str], float]] = defaultdict(dict)
    main: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for (session, side, model), unit in sums.units.items():
        found = counts[session, side]
        found["", "all"] = found.get(("", "all"), 0.0) + unit.responses
        found["", "asks"] = float(sums.asks[session, side])
        main[session, side][model] = unit.responses
        found.update(((model, name), amount) for name, amount in _counted(unit))
    return [
        SessionCounts(side, max(main[session, side], key=lambda model: main[session, side][model]), found)
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
