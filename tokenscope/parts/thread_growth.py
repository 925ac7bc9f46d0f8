"""How the context of a thread grew from response to response, and where it was compacted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from tokenscope.accounting.history import History

STRETCHES = 20  # that a thread is drawn in
MARK = -1.0  # in a spark: the context was compacted here


def growth_of(history: History, thread: int) -> tuple[list[int], list[int]]:
    """Prompt sizes through a whole thread, the largest of each of 20 stretches; and before which of these stretches,
    counted from 0, its context was compacted. A compaction inside of a stretch stands behind it.
    """
    store = history.store
    order = store.in_order(store.threads[thread])
    sizes = [store.messages[index].context_tokens for index in order]
    times = [store.messages[index].time or 0 for index in order]
    bounds = [len(sizes) * place // STRETCHES for place in range(STRETCHES + 1)]
    stretches = [(start, end) for start, end in pairwise(bounds) if end > start]
    starts = [start for start, _ in stretches]
    after = {bisect_left(times, compaction.time) for compaction in store.threads[thread].compactions}
    compacted = {bisect_left(starts, place) for place in after if 0 < place < len(sizes)}
    return [max(sizes[start:end]) for start, end in stretches], sorted(compacted)


def spark(growth: Sequence[int], compacted: Sequence[int]) -> tuple[float, ...]:
    """Fractions of the largest prompt, and a mark before each stretch in which a compaction lies."""
    largest = max(growth, default=0)
    if not largest:
        return ()
    drawn: list[float] = []
    for number, size in enumerate(growth):
        drawn += [MARK] if number in compacted else []
        drawn.append(size / largest)
    return tuple(drawn + [MARK] * (len(growth) in compacted))
