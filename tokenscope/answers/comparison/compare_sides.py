"""Two sides of a history: what each came to, what makes the difference, and what is left within one model."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from tokenscope.answers.comparison.chance import FEWEST
from tokenscope.answers.comparison.decomposition import Total
from tokenscope.answers.comparison.differences import SideDifference, find_differences, judge_sides
from tokenscope.answers.comparison.side_sums import OUTPUT, REBUILT, Sums, Unit, by_part, sum_sides
from tokenscope.answers.comparison.sides import AFTER, BEFORE, Sides
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of, total_of
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing


class Alike(Value):
    """What both sides did with one model and one version of Claude Code. Tokens and dollars a response."""

    model: str
    version: str
    sessions_before: int
    sessions_after: int
    tokens_before: int
    tokens_after: int
    usd_before: float | None
    usd_after: float | None


def find_alike(history: History, sums: Sums) -> list[Alike]:
    """The models and versions that both sides have, those with the most responses first."""
    groups: dict[tuple[str, str], dict[int, list[Unit]]] = defaultdict(lambda: defaultdict(list))
    for (session, side, model), unit in sums.units.items():
        groups[model, history.store.sessions[session].version][side].append(unit)
    both = {key: found for key, found in groups.items() if key[0] and len(found) == 2}
    rows = [
        (sum(unit.responses for units in found.values() for unit in units), key, found) for key, found in both.items()
    ]
    return [_alike_row(key, found) for _, key, found in sorted(rows, key=lambda row: (-row[0], row[1]))]


def _alike_row(key: tuple[str, str], found: dict[int, list[Unit]]) -> Alike:
    tokens, paid = [], []
    for side in (BEFORE, AFTER):
        total, responses = total_of(unit.tally for unit in found[side]), sum(unit.responses for unit in found[side])
        tokens.append(round(total.total_tokens / responses) if responses else 0)
        paid.append(dollars_of(round(total.price.total / responses)) if responses and total.has_price else None)
    return Alike(*key, len(found[BEFORE]), len(found[AFTER]), *tokens, *paid)


def alike_card(alike: list[Alike], drawing: Drawing) -> Card:
    columns = (
        Column("model", "label"),
        Column("version", "text"),
        Column("sessions", "number", spare=True),
        Column("before", "number"),
        Column("after", "number"),
        Column("change", "number"),
        Column("list price", "dollars", spare=True),
    )
    shown = alike[: drawing.limit]
    table = Table(columns, tuple(map(_card_row, shown)), len(alike) - len(shown))
    first = alike[0]
    change = relative_change(float(first.tokens_before), float(first.tokens_after)) or "no change"
    version = f" and Claude Code {first.version}" if first.version else ""
    sentence = f"With {figures.model_name(first.model)}{version} on both sides, tokens a response: {change}."
    return Card("The same model and version", sentence, (table,), (), "tokens and list price a response")


def _card_row(one: Alike) -> Row:
    before, after = float(one.tokens_before), float(one.tokens_after)
    usd = relative_change(one.usd_before, one.usd_after)
    return Row(
        (
            figures.model_name(one.model),
            one.version,
            f"{one.sessions_before} · {one.sessions_after}",
            figures.tokens(before),
            figures.tokens(after),
            relative_change(before, after),
            usd,
        )
    )


def relative_change(before: float | None, after: float | None) -> str:
    """How much more or less it became: +12 %, −3 %; blank where it was nothing or is not known."""
    if not before or after is None:
        return ""
    by = after / before - 1
    return f"{'+' if by >= 0 else '−'}{figures.share(abs(by))}"


HOUR = 3_600_000  # ms


class SideFigures(Value):
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


class SideRate(Value):
    """What a side came to for each response, ask or active hour.

    `before` and `after`: tokens; dollars where `what` is list_price_usd; a count where it is failed tool uses.
    """

    per: str
    what: str
    before: float | None
    after: float | None


class Comparison(Value):
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
