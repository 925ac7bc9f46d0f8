"""What every lever needs of a history, worked out once: the series, the bill, its halves, sizes after compactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import chain
from statistics import median, median_low

from tokenscope.history.history import History
from tokenscope.ledger.replay import CostChange, ThreadTurns, all_series, cost, summed, sums_by_rates
from tokenscope.ledger.replay_lifetimes import PauseCheck, check_pauses, identity_error
from tokenscope.ledger.replay_results import Arrivals, asks_among, find_arrivals, with_smaller_floor
from tokenscope.ledger.thread_facts import NO_RATES
from tokenscope.model import Sums
from tokenscope.pricing.table import Rates

FLOOR_FIX = 1_000  # tokens that a smaller floor is reckoned with


class ReplayFacts:
    """Ask for it by `history.once(ReplayFacts)`. Needs Facet.CONTENT."""

    def __init__(self, history: History) -> None:
        self.history = history

    @cached_property
    def series(self) -> list[ThreadTurns]:
        return self.history.once(all_series)

    @cached_property
    def main(self) -> list[ThreadTurns]:
        return [one for one in self.series if not one.is_subagent]

    @cached_property
    def subagents(self) -> list[ThreadTurns]:
        return [one for one in self.series if one.is_subagent]

    @cached_property
    def arrivals(self) -> Arrivals:
        return find_arrivals(self.history)

    @cached_property
    def asks_after_pauses(self) -> frozenset[int]:
        """Responses of main threads that a prompt came before, after a pause that the cache did not outlive."""
        turns = (turn for series in self.main for turn in series.turns)
        return asks_among(self.history, frozenset(turn.place for turn in turns if turn.is_longer_than(turn.lifetime)))

    @cached_property
    def bill(self) -> int:
        """Picodollars of all in scope."""
        return self.history.total.price.total

    @cached_property
    def identity_error(self) -> float:
        """How far the replay misses the bill at its own rules, as a share of the bill."""
        return identity_error(self.series, sum(self._bills))

    @cached_property
    def _sums(self) -> list[list[tuple[Rates, Sums]]]:
        """Of each of the series."""
        return list(map(sums_by_rates, self.series))

    @cached_property
    def _bills(self) -> list[int]:
        """Picodollars of each of the series, as `bill_of` tells them."""
        return [sum([cost(*alike) for alike in sums]) for sums in self._sums]

    @cached_property
    def unpriced_share(self) -> float:
        """Of the tokens of prompts: those of responses without a known price."""
        unpriced = [turn for one in self.series for turn in one.turns if turn.counts and turn.rates is NO_RATES]
        every = sum([_prompt_of(sums) for _, sums in chain.from_iterable(self._sums)])
        return _prompt_of(summed(unpriced)) / every if every else 0.0

    @cached_property
    def first_half(self) -> frozenset[str]:
        """The sessions that began first and came to half of the bill."""
        bills: dict[str, int] = defaultdict(int)
        begun: dict[str, int] = {}
        for series, bill in zip(self.series, self._bills, strict=True):
            bills[series.session_id] += bill
            start = series.turns[0].message.time or 0
            begun[series.session_id] = min(start, begun.get(series.session_id, start))
        half, reached, first = sum(bills.values()) / 2, 0, set[str]()
        for session_id in sorted(begun, key=lambda one: (begun[one], one)):
            if reached + bills[session_id] > half and first:
                break
            first.add(session_id)
            reached += bills[session_id]
        return frozenset(first)

    @cached_property
    def with_smaller_floors(self) -> dict[str, CostChange]:
        """By session, what floors smaller by FLOOR_FIX tokens would have changed."""
        return self.by_session(self.series, lambda one: with_smaller_floor(one, FLOOR_FIX))

    @cached_property
    def sizes_after_compaction(self) -> list[int]:
        """Tokens, in order of size: what a main thread's first response after a compaction held."""
        turns = (turn for series in self.main for turn in series.turns)
        return sorted(turn.size for turn in turns if turn.is_compacted and turn.counts and turn.size < turn.before)

    @cached_property
    def usual_growth(self) -> int:
        """Tokens: what a main thread's second response adds to its first prompt."""
        growths = [max(0, one.turns[1].size - one.turns[0].size) for one in self.main if len(one.turns) > 1]
        return median_low(growths) if growths else 0

    @cached_property
    def main_pauses(self) -> PauseCheck:
        return check_pauses(self.main)

    @cached_property
    def subagent_pauses(self) -> PauseCheck:
        return check_pauses(self.subagents)

    def by_session(
        self, every: Iterable[ThreadTurns], run: Callable[[ThreadTurns], CostChange]
    ) -> dict[str, CostChange]:
        """What a rule changes, session by session."""
        found: dict[str, CostChange] = {}
        for series in every:
            found[series.session_id] = found.get(series.session_id, CostChange()) + run(series)
        return found


def _prompt_of(sums: Sums) -> int:
    """Tokens."""
    return sums[0] + sums[2] + sums[3]


def leave_one_out_error(sizes: list[int]) -> float | None:
    """How far each size is from the median of the others: the middle one of these, relative to the size."""
    if len(sizes) < 2:
        return None
    errors = []
    for place, size in enumerate(sizes):
        others = sizes[:place] + sizes[place + 1 :]
        errors.append(abs(median(others) - size) / size if size else 0.0)
    return median(errors)
