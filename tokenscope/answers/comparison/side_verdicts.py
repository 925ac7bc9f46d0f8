"""What is asked of chance: of each component's size, of the price of a token and of the responses an ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tokenscope.answers.comparison.chance import Ratio, SessionCounts, Verdict, judge
from tokenscope.answers.comparison.differences import PRICE, RESPONSES, shared_models
from tokenscope.answers.comparison.side_sums import (
    FAILED,
    OTHERS,
    OUTPUT,
    REBUILT,
    SEARCHES,
    Sums,
    Unit,
    by_part,
    by_source,
)
from tokenscope.answers.comparison.sides import AFTER, BEFORE
from tokenscope.model import PICODOLLARS


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
