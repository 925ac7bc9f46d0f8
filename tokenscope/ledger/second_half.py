"""What the second half of a thread carried of what was there at its middle."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from tokenscope.ledger.live import Left

# A thread after one of its responses: tokens of all items, how they had shrunk before, times in scope, what of them
# had left before. A bare tuple: there is one for each response.
Moment = tuple[float, float, float, Sequence[Left]]


def old_tokens(past: Sequence[Moment]) -> tuple[float, int] | None:
    """Tokens that the second half carried of what was older than its middle, and its responses in scope.

    `past`: since the last compaction. None where there is no second half.
    """
    middle = len(past) // 2
    if not middle:
        return None
    old, tokens, responses = past[middle][0], 0.0, 0
    for _, shrunk, times, left in past[middle + 1 :]:
        if left:
            old -= fsum(size for place, size in left if place <= middle)
        old *= shrunk
        tokens += max(0.0, old) * times
        responses += times > 0
    return tokens, responses
