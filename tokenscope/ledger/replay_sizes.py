"""A thread run again with a smaller context: compacted at a window, cleared or compacted around a pause.

What was dropped leaves every later prompt until the log's own next compaction. It is taken from what was read and what
was rebuilt, in proportion; what a response added stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.history.rebuilds import ONE_HOUR
from tokenscope.ledger.replay import CostChange, ThreadTurns, Turn, added_up, cost, difference, tokens_of
from tokenscope.model import Sums
from tokenscope.pricing.table import Rates


class Reset(NamedTuple):
    """The context is made smaller before a response. `size`: what that one holds; `kept`: what of it is read.

    `summary`: output tokens of the request that makes it, which reads all that was there; 0: no request.
    """

    size: int
    kept: int
    summary: int = 0


# What happens before a turn whose context would be `size`, after one of `before`; None: nothing.
Decide = Callable[[Turn, int, int], Reset | None]


class Shrunk(NamedTuple):
    """`resets`: how often the context was made smaller, beside the log's own compactions; in scope only."""

    difference: CostChange
    resets: int


def run_smaller(history: History, series: ThreadTurns, decide: Decide | None) -> Shrunk:
    """A thread with its context made smaller where `decide` says so; None: nowhere."""
    if decide is None:
        return Shrunk(CostChange(), 0)
    changes, resets = list[CostChange](), 0
    dropped = least = 0  # tokens that are gone; what is left of the last reset
    for turn in series.turns:
        if turn.is_compacted:
            dropped = least = 0
        before, size = turn.before, turn.size
        if dropped:
            # Where the log's context shrank by itself, no more is gone than leaves what the last reset left.
            dropped = max(0, min(dropped, size - least))
            before, size = max(0, before - dropped), size - dropped
        reset = None if turn.is_compacted else decide(turn, before, size)
        if reset is not None and reset.size < size:
            changes.append(_reset(history, turn, reset, before))
            least, dropped = reset.size, turn.size - reset.size
            resets += turn.counts
        elif dropped and turn.counts:
            changes.append(_without(turn, dropped, _rates(history, turn, size)))
    return Shrunk(added_up(changes), resets)


def _without(turn: Turn, dropped: int, rates: Rates) -> CostChange:
    """What a response would have been without so much of the older context, at these prices."""
    given, _, read, written, one_hour = turn.sums
    old = read + turn.rebuilt
    if not old:
        gone = unwritten = 0
    else:
        gone = min(old, dropped * (given + read + written) // turn.size)
        unwritten = gone * turn.rebuilt // old
    for_an_hour = one_hour - one_hour * (written - unwritten) // written if unwritten else 0
    price = -cost(rates, (0, 0, gone - unwritten, unwritten, for_an_hour))
    if rates is not turn.rates:
        price += cost(rates, turn.sums) - cost(turn.rates, turn.sums)
    return CostChange(-gone, price)


def _reset(history: History, turn: Turn, reset: Reset, before: int) -> CostChange:
    """The response after which, and the request with which, the context is smaller."""
    given, output, read, written, _ = turn.sums
    again = (given + read + written - turn.size) * reset.size // turn.size  # of a response with several requests
    kept = min(reset.kept, reset.size)
    own = max(0, reset.size - kept - given)
    sums = given, output, kept + max(0, again), own, own if turn.lifetime == ONE_HOUR else 0
    changed = difference(turn, sums, _rates(history, turn, reset.size))
    if not reset.summary or not turn.counts:
        return changed
    request: Sums = (0, reset.summary, before, 0, 0)
    return changed + CostChange(tokens_of(request), cost(_rates(history, turn, before), request))


def _rates(history: History, turn: Turn, size: int) -> Rates:
    """The prices of a prompt of this size: a long one may cost more."""
    return history.pricer.rates_of(turn.message, size) or turn.rates


def compact_at(window: int, after: int, first: int) -> Decide | None:
    """Compact where the context would outgrow `window`, down to `after` tokens; `first`: what a thread begins with."""
    if after >= window:
        return None

    def decide(turn: Turn, before: int, size: int) -> Reset | None:
        if size <= window or not turn.before:
            return None
        return Reset(after, min(first, after), max(1, after - first))

    return decide


def clear_after_pause(asks: frozenset[int], pause: int, first: int, again: int) -> Decide:
    """At an ask after a pause longer than the cache lives and than `pause` (ms): back to the first prompt.

    `again`: tokens that are read once more.
    """

    def decide(turn: Turn, before: int, size: int) -> Reset | None:
        if not _is_chance(turn, asks, pause):
            return None
        return Reset(first + again + max(0, size - before), min(turn.sums[2], first))

    return decide


def compact_before_pause(asks: frozenset[int], pause: int, first: int, after: int) -> Decide:
    """Before such a pause: a request that reads all while the cache still holds it, and a summary to go on with."""

    def decide(turn: Turn, before: int, size: int) -> Reset | None:
        if not _is_chance(turn, asks, pause) or before <= after:
            return None
        return Reset(after + max(0, size - before), min(turn.sums[2], first, after), max(1, after - first))

    return decide


def _is_chance(turn: Turn, asks: frozenset[int], pause: int) -> bool:
    return turn.place in asks and turn.is_longer_than(turn.lifetime) and (turn.gap or 0) > pause
