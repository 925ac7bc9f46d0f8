"""Two sides of a history: what each came to, and what the difference is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenscope.answers.comparison.chance import FEWEST
from tokenscope.answers.comparison.decomposition import Total
from tokenscope.answers.comparison.differences import SideDifference, find_differences
from tokenscope.answers.comparison.same_model import Alike, find_alike
from tokenscope.answers.comparison.side_sums import OUTPUT, REBUILT, Sums, by_part, sum_sides
from tokenscope.answers.comparison.side_verdicts import judge_sides
from tokenscope.answers.comparison.sides import AFTER, BEFORE, Sides
from tokenscope.history.history import History
from tokenscope.history.usage import total_of
from tokenscope.model import Usage

HOUR = 3_600_000  # ms


@dataclass(frozen=True, slots=True)
class SideFigures:
    """One side. `responses`: requests of their own inside a response included. `failures`: failed tool uses.

    `asks`, `failures`: null where a side is an exported file that does not say it; SQLite files do.
    """

    side: str
    sessions: int
    asks: int | None
    responses: int
    active_hours: float
    failures: int | None
    oldest: datetime | None
    newest: datetime | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class SideRate:
    """What a side came to for each response, ask or active hour.

    `before` and `after`: tokens; dollars where `what` is list_price_usd; a count where it is failed tool uses.
    """

    per: str
    what: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`enough`: whether both sides have the sessions that a verdict takes. `exported`: whether a side is a file."""

    before: SideFigures
    after: SideFigures
    delta_tokens: int
    delta_usd: float | None
    enough: bool
    rates: list[SideRate]
    differences: list[SideDifference]
    alike: list[Alike]
    exported: bool


def compare_sides(history: History, sides: Sides) -> Comparison:
    """Needs Facet.CONTENT."""
    sums = sum_sides(history, sides)
    before, after = (_side(history, sides, sums, side) for side in (BEFORE, AFTER))
    paid = [one.usage.list_price_usd for one in (before, after)]
    return Comparison(
        before=before,
        after=after,
        delta_tokens=after.usage.total_tokens - before.usage.total_tokens,
        delta_usd=None if None in paid else round((paid[1] or 0) - (paid[0] or 0), 6),
        enough=min(before.sessions, after.sessions) >= FEWEST,
        rates=_rates(sums, before, after),
        differences=find_differences(sums, judge_sides(sums), failures=sides.failures_known),
        alike=find_alike(history, sums),
        exported=sides.exported,
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
        asks=_asks(sums, side) if sides.asks_known else None,
        responses=sum(unit.responses for unit in units),
        active_hours=round(sum(ms for (_, one), ms in sums.active.items() if one == side) / HOUR, 6),
        failures=sum(unit.failures for unit in units) if sides.failures_known else None,
        oldest=first,
        newest=last,
        usage=total_of(unit.tally for unit in units).usage(),
    )


def _asks(sums: Sums, side: int) -> int:
    return sum(count for (_, one), count in sums.asks.items() if one == side)


def _rates(sums: Sums, before: SideFigures, after: SideFigures) -> list[SideRate]:
    sides = before, after
    parts = [_parts_of(by_part(sums, side)) for side in (BEFORE, AFTER)]
    for found, one in zip(parts, sides, strict=True):
        found["failed tool uses"] = None if one.failures is None else float(one.failures)
        found["list_price_usd"] = one.usage.list_price_usd
    rates = []
    for per in ("responses", "asks", "active_hours"):
        for what in parts[0]:
            amounts = [
                None if (amount := found[what]) is None or not getattr(one, per) else amount / getattr(one, per)
                for found, one in zip(parts, sides, strict=True)
            ]
            rates.append(
                SideRate(per.removesuffix("s"), what, *(None if one is None else round(one, 6) for one in amounts))
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
