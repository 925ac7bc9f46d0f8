"""The ledger in whole tokens: each source and item with its part of the exact sum, rounded so that they add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tokenscope.ledger.ledger import FLOOR, INHERITED, Entry, Floor, Ledger


class Leaf(NamedTuple):
    """One item of one source. `tokens` and `price` (picodollars) are `entry`'s, rounded together with all others."""

    kind: str
    source: str
    item: str
    tokens: int
    price: int
    entry: Entry


def leaves_of(ledger: Ledger) -> list[Leaf]:
    """Everything that was in the context: tokens and prices sum to those of all prompts in scope, exactly."""
    entries = _entries(ledger)
    tokens = round_to_sum([entry.tokens for entry in entries.values()], ledger.prompt_tokens)
    prices = round_to_sum([entry.price for entry in entries.values()], ledger.prompt_price)
    return [
        Leaf(*name, size, cost, entry)
        for (name, entry), size, cost in zip(entries.items(), tokens, prices, strict=True)
    ]


def floor_of(ledger: Ledger) -> tuple[int, int]:
    """Tokens and picodollars of the floors together, as the ledger's own leaf has them."""
    return next(((leaf.tokens, leaf.price) for leaf in leaves_of(ledger) if leaf[:3] == FLOOR[:3]), (0, 0))


def _entries(ledger: Ledger) -> dict[tuple[str, str, str], Entry]:
    entries: dict[tuple[str, str, str], Entry] = defaultdict(Entry)
    known = ((label[:3], entry) for label, entry in ledger.entries.items())
    for name, entry in chain(known, _of_floors(ledger.floors)):
        sums = entries[name]
        sums.tokens += entry.tokens
        sums.price += entry.price
        sums.occurrences += entry.occurrences
        sums.carried_with += entry.carried_with
    return entries


def _of_floors(floors: list[Floor]) -> Iterator[tuple[tuple[str, str, str], Entry]]:
    for floor in floors:
        own = floor.own_share
        yield FLOOR[:3], Entry(floor.tokens * own, floor.price * own, 1, floor.responses)
        if own < 1:
            yield INHERITED[:3], Entry(floor.tokens * (1 - own), floor.price * (1 - own), 1, floor.responses)


def round_to_sum(amounts: Sequence[float], total: int) -> list[int]:
    """Whole numbers as near to `amounts` as can be that add up to `total`, exactly."""
    whole = [int(amount) for amount in amounts]
    missing = total - sum(whole)
    if not whole:
        return whole
    if missing < 0:  # the amounts add up to a little more than the total: the largest can spare it
        order = sorted(range(len(whole)), key=lambda index: (-whole[index], index))
    else:
        order = sorted(range(len(whole)), key=lambda index: (whole[index] - amounts[index], index))
    step = 1 if missing > 0 else -1
    each, rest = divmod(abs(missing), len(whole))
    for place, index in enumerate(order):
        whole[index] += step * (each + (place < rest))
    return whole
