"""What a thread carried before anything that the log shows: the floor, and what it had inherited above it."""

from __future__ import annotations

from typing import NamedTuple

from tokenscope.accounting.history import History
from tokenscope.accounting.ledger import Floor, Ledger


class SplitFloor(NamedTuple):
    """A thread's start and the part of it that is its own floor, as sizes and as carried in scope."""

    floor: Floor
    own_size: float
    own_share: float  # of what the thread carried of its start


def split_floors(history: History, ledger: Ledger) -> list[SplitFloor]:
    """Tell floor from inherited, thread by thread. `history`: what the ledger was built of."""
    return [
        SplitFloor(floor, floor.own_size, 1 - floor.inherited / floor.tokens if floor.tokens else 1.0)
        for floor in ledger.floors
    ]
