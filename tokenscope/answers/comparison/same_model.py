"""What both sides did with one model and one version of Claude Code: what is left where these are alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tokenscope.answers.comparison.side_sums import Sums, Unit
from tokenscope.answers.comparison.sides import AFTER, BEFORE
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of, total_of
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing


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
