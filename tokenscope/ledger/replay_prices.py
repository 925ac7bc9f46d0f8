"""Threads run again with a smaller floor, or at another model's prices, with or without a switch of caches."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from tokenscope.history.history import History
from tokenscope.history.rebuilds import ONE_HOUR
from tokenscope.ledger.replay import CostChange, ThreadTurns, Turn, added_up, all_series, difference
from tokenscope.model import Sums
from tokenscope.pricing.table import Rates

RatesOf = Callable[[Turn], Rates | None]  # at another model; None: it stays as it was


def with_smaller_floor(series: ThreadTurns, tokens: int) -> CostChange:
    """Every prompt without so many tokens, at the price of reading them, or of writing them where nothing was read."""
    less, fewer, cheaper = min(tokens, series.first_size), 0, 0
    for turn in series.turns:
        if not turn.counts:
            continue
        given, _, read, written, _ = turn.sums
        gone = less * (given + read + written) // turn.size
        if gone <= read:  # nearly always
            change = CostChange(-gone, -gone * turn.rates.cache_read)
        else:
            change = difference(turn, _lighter(turn, gone))
        fewer, cheaper = fewer + change.tokens, cheaper + change.price
    return CostChange(fewer, cheaper)


def floor_difference(history: History, tokens: int) -> CostChange:
    """All threads with a floor smaller by so many tokens, in the sessions whose context is known."""
    known = history.store.sessions_with_content
    every = (one for one in history.once(all_series) if known is None or one.session_id in known)
    return added_up(with_smaller_floor(one, tokens) for one in every)


def _lighter(turn: Turn, gone: int) -> Sums:
    """Without so many tokens of its prompt."""
    given, output, read, written, one_hour = turn.sums
    unread = min(gone, read)
    unwritten = min(gone - unread, written)
    ungiven = min(gone - unread - unwritten, given)
    left = written - unwritten
    return given - ungiven, output, read - unread, left, one_hour * left // written if written else 0


def repriced(series: ThreadTurns, rates_of: RatesOf) -> CostChange:
    """The same tokens at another model's prices. A whole thread has no caches to write again."""
    return added_up(
        difference(turn, turn.sums, rates)
        for turn in series.turns
        if turn.counts and (rates := rates_of(turn)) is not None
    )


def switched(series: ThreadTurns, stretch: Collection[int], rates_of: RatesOf, lost: Fraction) -> CostChange:
    """One stretch of a thread at another model, with the switch to it and back.

    The other model's cache holds nothing of the context: the first response of the stretch writes it all. Of what the
    first response after it read, the part `lost` is written again, or all where the pause was longer than the cache's
    lifetime; at least what the stretch had added.
    """
    total, entered, begun = CostChange(), False, 0
    last = 0  # when the own model was asked last, in ms
    for turn in series.turns:
        if turn.place not in stretch:
            if entered:
                return total + _returned(turn, lost, added=turn.before - begun, pause=(turn.message.time or 0) - last)
            last = turn.message.time or 0
            continue
        rates = rates_of(turn)
        if rates is None:
            return CostChange()
        total += difference(turn, turn.sums if entered else _unread(turn, turn.sums[2]), rates)
        if not entered:
            entered, begun = True, turn.before
    return total


def _returned(turn: Turn, lost: Fraction, added: int, pause: int) -> CostChange:
    if turn.is_compacted:
        return CostChange()
    read = turn.sums[2]
    is_over = turn.is_longer_than(turn.lifetime) or pause > turn.lifetime
    again = read if is_over else max(int(read * lost), min(read, max(0, added)))
    return difference(turn, _unread(turn, again))


def _unread(turn: Turn, tokens: int) -> Sums:
    """So many tokens written that had been read."""
    given, output, read, written, one_hour = turn.sums
    return given, output, read - tokens, written + tokens, one_hour + (tokens if turn.lifetime == ONE_HOUR else 0)
