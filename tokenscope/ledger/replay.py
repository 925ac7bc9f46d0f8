"""A thread's logged responses in order, to be run again under other rules: what they were, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from tokenscope.history.history import History
from tokenscope.history.rebuilds import FIVE_MINUTES, GRACE, IDLE, ONE_HOUR
from tokenscope.ledger.thread_facts import NO_RATES
from tokenscope.model import Message, Sums, counters_of, fields_of_message
from tokenscope.pricing.table import Rates


class Turn(NamedTuple):
    """One response of a thread. `gap`: ms since the response before, None for the first of a thread.

    `place`: in Store.messages; `size`: its context; `before`: that of the response before; `lifetime`: ms that the
    cache was to live since the last write; `rebuilt`: tokens written again, `idle`: those that a pause had lost.
    """

    place: int
    message: Message
    sums: Sums
    size: int
    before: int
    gap: int | None
    lifetime: int
    rebuilt: int
    idle: int
    is_compacted: bool  # the first after a compaction
    counts: bool  # in scope
    rates: Rates  # NO_RATES: no price is known

    def is_longer_than(self, lifetime: int) -> bool:
        """Whether the pause before it outlasted a cache of this lifetime, in ms (T60)."""
        return self.gap is not None and not self.is_compacted and self.gap > lifetime + GRACE


def fields_of_turn(*names: str) -> Callable[[Turn], Any]:
    """Reads these fields of a turn, or the one: as `fields_of_message`, for sums over many."""
    return itemgetter(*map(Turn._fields.index, names))


_make = partial(tuple.__new__, Turn)  # Turn._make without a call of Python's
_SUMS, _RATES, COUNTS = map(fields_of_turn, ("sums", "rates", "counts"))
_FIELDS = fields_of_message("thread", "time", "context_tokens", "part")
_NO_SUMS: Sums = (0, 0, 0, 0, 0)


class ThreadTurns(NamedTuple):
    """A thread's own responses: copies of another thread's are that one's."""

    thread: int
    session_id: str
    is_subagent: bool
    turns: list[Turn]

    @property
    def first_size(self) -> int:
        """Tokens that it began with: nothing that is dropped later goes below them."""
        return self.turns[0].size

    @property
    def keeps_an_hour(self) -> bool:
        """Whether more of what it wrote was to be kept for an hour than for five minutes."""
        _, _, _, written, one_hour = summed(self.turns)
        return 2 * one_hour > written

    @property
    def lifetime(self) -> int:
        """Its own lifetime of the cache, in ms."""
        return ONE_HOUR if self.keeps_an_hour else FIVE_MINUTES


class CostChange(NamedTuple):
    """Tokens and picodollars more than were billed; negative: a saving."""

    tokens: int = 0
    price: int = 0

    def __add__(self, other: CostChange) -> CostChange:  # type: ignore[override]
        return CostChange(self.tokens + other.tokens, self.price + other.price)


def cost(rates: Rates, sums: Sums) -> int:
    """Picodollars of these counters."""
    given, output, read, written, one_hour = sums
    return given * rates.input + output * rates.output + read * rates.cache_read + rates.of_writes(written, one_hour)


def tokens_of(sums: Sums) -> int:
    """Tokens of input, output, cache read and cache write together."""
    return sums[0] + sums[1] + sums[2] + sums[3]


def summed(turns: Iterable[Turn]) -> Sums:
    """The counters of some responses together."""
    given, output, read, written, one_hour = map(sum, zip(_NO_SUMS, *map(_SUMS, turns), strict=True))
    return given, output, read, written, one_hour


def difference(turn: Turn, sums: Sums, rates: Rates | None = None) -> CostChange:
    """What a response would have been beside what it was, with other counters, or at other prices."""
    if not turn.counts:
        return CostChange()
    instead = turn.rates if rates is None else rates
    return CostChange(tokens_of(sums) - tokens_of(turn.sums), cost(instead, sums) - cost(turn.rates, turn.sums))


def added_up(differences: Iterable[CostChange]) -> CostChange:
    """Their sum."""
    tokens = price = 0
    for one in differences:
        tokens += one.tokens
        price += one.price
    return CostChange(tokens, price)


def all_series(history: History) -> list[ThreadTurns]:
    """Every thread that has responses of its own in the order of time."""
    return list(series_of(history, range(len(history.store.threads))))


def series_of(history: History, threads: Iterable[int]) -> Iterator[ThreadTurns]:
    """Those of these threads that have responses of their own."""
    for number in threads:
        turns = _turns(history, number)
        if turns:
            thread = history.store.threads[number]
            yield ThreadTurns(number, thread.session_id, bool(thread.agent_id), turns)


def _turns(history: History, number: int) -> list[Turn]:
    store, rebuilds, rates, counts = history.store, history.rebuilds, history.rates, history.includes
    thread, turns = store.threads[number], list[Turn]()
    pending = list(thread.compactions)
    before, last, lifetime, is_first = 0, 0, FIVE_MINUTES, True
    for index in store.in_order(thread):
        message = store.messages[index]
        (whose, time, size, part), sums = _FIELDS(message), counters_of(message)
        is_compacted = False
        while pending and pending[0].time <= time:
            pending.pop(0)
            is_compacted = not is_first
        if size and not part:
            if whose == number:
                rebuilt = idle = 0
                if (rebuild := rebuilds.get(index)) is not None:
                    _, rebuilt, cause, _ = rebuild
                    idle = rebuilt if cause == IDLE else 0
                gap, is_counted, charged = None if is_first else time - last, counts(index), rates[index] or NO_RATES
                told = (
                    index,
                    message,
                    sums,
                    size,
                    before,
                    gap,
                    lifetime,
                    rebuilt,
                    idle,
                    is_compacted,
                    is_counted,
                    charged,
                )
                turns.append(_make(told))
            before, last, is_first = size, time, False
        if sums[3]:
            lifetime = ONE_HOUR if sums[4] else FIVE_MINUTES
    return turns


def sums_by_rates(series: ThreadTurns) -> list[tuple[Rates, Sums]]:
    """The counters of a thread's responses in scope, added up stretch by stretch of what was charged alike."""
    return [(rates, summed(alike)) for rates, alike in groupby(filter(COUNTS, series.turns), _RATES)]


def bill_of(series: ThreadTurns) -> int:
    """Picodollars of a thread's responses in scope, web searches aside."""
    return sum([cost(*alike) for alike in sums_by_rates(series)])
