"""A thread run again under another lifetime of the cache, or under its own: what pauses lose (T60)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tokenscope.history.rebuilds import GRACE, ONE_HOUR
from tokenscope.ledger.replay import COUNTS, CostChange, ThreadTurns, Turn, added_up, difference
from tokenscope.model import Sums


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
    is_hour = lifetime == ONE_HOUR
    others = [  # of nearly all nothing would be another: that is seen without counters of their own
        turn
        for turn in filter(COUNTS, series.turns)
        if turn.lifetime != lifetime or turn.sums[4] != (turn.sums[3] if is_hour else 0)
    ]
    return added_up(difference(turn, sums) for turn in others if (sums := _at(turn, lifetime)) != turn.sums)


def lifetime_saving(series: ThreadTurns, lifetime: int) -> CostChange:
    """Likewise beside the thread run again at its own lifetime: nothing at that one."""
    new, old = with_lifetime(series, lifetime), with_lifetime(series, series.lifetime)
    return CostChange(new.tokens - old.tokens, new.price - old.price)


def pause_effect(series: ThreadTurns, lifetime: int) -> int:
    """Picodollars of it that rest on what pauses lose, as an absolute figure; the rest is prices of writes."""
    return sum(_effect(turn, lifetime) for turn in series.turns if turn.counts)


def identity_error(every: Iterable[ThreadTurns], bill: int) -> float:
    """How far the bill (picodollars) is missed when each thread runs again under its own rules, as a share of it."""
    missed = sum([with_lifetime(series, series.lifetime).price for series in every]) if bill else 0
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
