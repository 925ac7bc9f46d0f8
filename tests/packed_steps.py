"""Steps of a context as a list of them says it, packed as reading a transcript packs them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain

from tokenscope.context_steps import Packed, Step, pack


def packed(steps: Sequence[Step]) -> Packed:
    """As bytes: the places of the steps, where each one's numbers end, and all numbers."""
    every = [numbers for _, numbers in steps]
    return pack([place for place, _ in steps], [*accumulate(map(len, every))], [*chain.from_iterable(every)])
