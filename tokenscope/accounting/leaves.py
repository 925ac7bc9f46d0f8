"""The ledger in whole tokens: each source and item with its part of the exact sum."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from tokenscope.accounting.floors import SplitFloor
from tokenscope.accounting.ledger import FLOOR, INHERITED, Entry, Ledger
from tokenscope.accounting.rounding import round_to_sum


class Leaf(NamedTuple):
    """One item of one source. `tokens` and `price` (picodollars) are `entry`'s, rounded together with all others."""

    kind: str
    source: str
    item: str
    tokens: int
    price: int
    entry: Entry


def leaves_of(ledger: Ledger, floors: list[SplitFloor]) -> list[Leaf]:
    """Everything that was in the context: tokens and prices sum to those of all prompts in scope, exactly."""
    entries = _entries(ledger, floors)
    tokens = round_to_sum([entry.tokens for entry in entries.values()], ledger.prompt_tokens)
    prices = round_to_sum([entry.price for entry in entries.values()], ledger.prompt_price)
    return [
        Leaf(*name, size, cost, entry)
        for (name, entry), size, cost in zip(entries.items(), tokens, prices, strict=True)
    ]


def _entries(ledger: Ledger, floors: list[SplitFloor]) -> dict[tuple[str, str, str], Entry]:
    entries: dict[tuple[str, str, str], Entry] = defaultdict(Entry)

    def enter(name: tuple[str, str, str], tokens: float, price: float, occurrences: int, carried_with: int) -> None:
        entry = entries[name]
        entry.tokens += tokens
        entry.price += price
        entry.occurrences += occurrences
        entry.carried_with += carried_with

    for label, entry in ledger.entries.items():
        enter(label[:3], entry.tokens, entry.price, entry.occurrences, entry.carried_with)
    for floor, _, own in floors:
        enter(FLOOR[:3], floor.tokens * own, floor.price * own, 1, floor.responses)
        if own < 1:
            enter(INHERITED[:3], floor.tokens * (1 - own), floor.price * (1 - own), 1, floor.responses)
    return entries
