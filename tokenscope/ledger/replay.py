"""A thread's logged responses in order, run again under other rules; and under another lifetime of the cache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.history.rebuilds import FIVE_MINUTES, GRACE, IDLE, ONE_HOUR
from tokenscope.ledger.thread_facts import NO_RATES
from tokenscope.model import Message, Sums, counters_of
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
    rates: Rates

    @property
    def is_priced(self) -> bool:
        """Whether its price is known."""
        return self.rates is not NO_RATES

    def is_longer_than(self, lifetime: int) -> bool:
        """Whether the pause before it outlasted a cache of this lifetime, in ms (T60)."""
        return self.gap is not None and not self.is_compacted and self.gap > lifetime + GRACE


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
        return 2 * sum(turn.sums[4] for turn in self.turns) > sum(turn.sums[3] for turn in self.turns)

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
    store, found = history.store, []
    for number, thread in enumerate(store.threads):
        turns = list(_turns(history, number))
        if turns:
            found.append(ThreadTurns(number, thread.session_id, bool(thread.agent_id), turns))
    return found


def _turns(history: History, number: int) -> Iterator[Turn]:
    store, rebuilds, rates = history.store, history.rebuilds, history.rates
    thread = store.threads[number]
    pending = list(thread.compactions)
    before, last, lifetime, is_first = 0, 0, FIVE_MINUTES, True
    for index in store.in_order(thread):
        message = store.messages[index]
        time, size = message.time or 0, message.context_tokens
        is_compacted = False
        while pending and pending[0].time <= time:
            pending.pop(0)
            is_compacted = not is_first
        if message.thread == number and not message.part and size:
            rebuild = rebuilds.get(index)
            rebuilt = 0 if rebuild is None else rebuild.tokens
            idle = rebuilt if rebuild is not None and rebuild.cause == IDLE else 0
            yield Turn(
                index,
                message,
                counters_of(message),
                size,
                before,
                None if is_first else time - last,
                lifetime,
                rebuilt,
                idle,
                is_compacted,
                history.includes(index),
                rates[index] or NO_RATES,
            )
        if message.cache_creation_input_tokens:
            lifetime = ONE_HOUR if message.ephemeral_1h_input_tokens else FIVE_MINUTES
        if size and not message.part:
            before, last, is_first = size, time, False


def bill_of(series: ThreadTurns) -> int:
    """Picodollars of a thread's responses in scope, web searches aside."""
    return sum(cost(turn.rates, turn.sums) for turn in series.turns if turn.counts)


class PauseCheck(NamedTuple):
    """Tokens lost to pauses longer than the lifetime: as the log has them, and as the pauses alone foretell."""

    pauses: int
    observed: int  # tokens
    foretold: int  # tokens

    @property
    def error(self) -> float | None:
        """Relative to what was observed; None: nothing was."""
        return abs(self.foretold - self.observed) / self.observed if self.observed else None


def with_lifetime(series: ThreadTurns, lifetime: int) -> CostChange:
    """What a thread would have been at this lifetime (ms), beside the bill."""
    return added_up(
        difference(turn, sums) for turn in series.turns if turn.counts and (sums := _at(turn, lifetime)) != turn.sums
    )


def lifetime_saving(series: ThreadTurns, lifetime: int) -> CostChange:
    """Likewise beside the thread run again at its own lifetime: nothing at that one."""
    new, old = with_lifetime(series, lifetime), with_lifetime(series, series.lifetime)
    return CostChange(new.tokens - old.tokens, new.price - old.price)


def pause_effect(series: ThreadTurns, lifetime: int) -> int:
    """Picodollars of it that rest on what pauses lose, as an absolute figure; the rest is prices of writes."""
    return sum(_effect(turn, lifetime) for turn in series.turns if turn.counts)


def identity_error(every: Iterable[ThreadTurns]) -> float:
    """How far the bill is missed when each thread runs again under its own rules, as a share of the bill."""
    bill = missed = 0
    for series in every:
        bill += bill_of(series)
        missed += with_lifetime(series, series.lifetime).price
    return abs(missed) / bill if bill else 0.0


def check_pauses(every: Iterable[ThreadTurns]) -> PauseCheck:
    """Whether the pauses of these threads tell what was lost to them."""
    pauses = observed = foretold = 0
    for series in every:
        if not any(turn.sums[3] for turn in series.turns):
            continue  # a gateway that logs no writes: nothing says how long it keeps what
        for turn in series.turns:
            if turn.counts and turn.is_longer_than(turn.lifetime):
                pauses += 1
                observed += turn.rebuilt
                foretold += min(turn.before, turn.size)
    return PauseCheck(pauses, observed, foretold)


def _moved(turn: Turn, lifetime: int) -> int:
    """Tokens that would have been written again and were read, or, below 0, read and not written again."""
    gap = turn.gap
    if gap is None or turn.is_compacted or lifetime == turn.lifetime:
        return 0
    is_over = gap > lifetime + GRACE
    if is_over == (gap > turn.lifetime + GRACE):
        return 0
    return turn.sums[2] if is_over else -turn.idle


def _at(turn: Turn, lifetime: int) -> Sums:
    given, output, read, written, _ = turn.sums
    moved = _moved(turn, lifetime)
    return given, output, read - moved, written + moved, written + moved if lifetime == ONE_HOUR else 0


def _effect(turn: Turn, lifetime: int) -> int:
    moved = abs(_moved(turn, lifetime))
    return moved * (turn.rates.cache_write_1h if lifetime == ONE_HOUR else turn.rates.cache_write_5m)
