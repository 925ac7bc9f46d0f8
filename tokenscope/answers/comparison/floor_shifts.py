"""When the floor of a project's sessions shifted for good, and how many such shifts chance alone would show.

A shift: the middle of the next AROUND sessions of a project lies STEP tokens from the middle of the last ones. Floors
differ for many reasons, so the same rule is asked of the same sessions in shuffled order: what it finds there is
chance. A shift stands out where hardly any shuffled order has one that parts the sessions before and after as clearly.

Tokens an ask and the share of what was rebuilt fluctuate too much for such a rule: it finds as many changes in
shuffled sessions as in real ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import sqrt
from random import Random
from statistics import median_low
from typing import NamedTuple

from tokenscope.answers.comparison.session_states import SessionState

STEP = 4_000  # tokens
AROUND = 5  # sessions on each side, at least
SHUFFLES = 99
CONVINCING = 0.05  # of all shuffled orders, how many may have a shift as clear
SEED = 20_261_129


class FoundShift(NamedTuple):
    """`place`: of the first session with the other floor, among `sessions`, those of its project.

    `before` and `after`: the middle floors on each side, in tokens.
    """

    sessions: Sequence[SessionState]
    place: int
    before: float
    after: float
    could_be_chance: bool

    @property
    def models(self) -> tuple[str, str]:
        """Those of most of the sessions right before and right after it."""
        around = self.sessions[self.place - AROUND : self.place], self.sessions[self.place : self.place + AROUND]
        before, after = (Counter(one.model for one in part).most_common(1)[0][0] for part in around)
        return before, after


class FoundShifts(NamedTuple):
    """`expected`: how many chance alone would show, clear or not."""

    shifts: list[FoundShift]
    expected: float


class _Shift(NamedTuple):
    """`clearness`: how far the ranks of the sessions before and after it lie apart, in standard errors."""

    place: int
    before: float
    after: float
    clearness: float


def find_shifts(states: Sequence[SessionState]) -> FoundShifts:
    """Every shift of a floor, project by project."""
    groups: dict[str, list[SessionState]] = defaultdict(list)
    for one in states:
        if one.floor is not None:
            groups[one.project].append(one)
    able = [(group, sizes) for group in groups.values() if _may_shift(sizes := [one.floor or 0.0 for one in group])]
    shuffled = _shuffled([sizes for _, sizes in able])
    clearest = [max((shift.clearness for shift in order), default=0.0) for order in shuffled]
    found = []
    for group, sizes in able:
        for shift in _shifts(sizes, _ranks(sizes)):
            as_clear = sum(other >= shift.clearness * (1 - 1e-9) for other in clearest)
            could_be_chance = (1 + as_clear) / (1 + SHUFFLES) > CONVINCING
            found.append(FoundShift(group, shift.place, shift.before, shift.after, could_be_chance))
    return FoundShifts(found, sum(map(len, shuffled)) / SHUFFLES)


def _may_shift(sizes: Sequence[float]) -> bool:
    return len(sizes) >= 2 * AROUND and max(sizes) - min(sizes) >= STEP


def _shuffled(groups: Sequence[list[float]]) -> list[list[_Shift]]:
    """What each shuffled order shows. By a fixed seed: the same history has the same answer."""
    random, ranks = Random(SEED), [_ranks(sizes) for sizes in groups]
    found = []
    for _ in range(SHUFFLES):
        shifts: list[_Shift] = []
        for sizes, ranks_of in zip(groups, ranks, strict=True):
            order = random.sample(range(len(sizes)), len(sizes))
            shifts += _shifts([sizes[place] for place in order], [ranks_of[place] for place in order])
        found.append(shifts)
    return found


def _ranks(sizes: Sequence[float]) -> list[float]:
    """Where each size stands among all, ties in the middle: one that is far off weighs no more than the largest."""
    order = sorted(sizes)
    return [(bisect_left(order, size) + bisect_right(order, size)) / 2 for size in sizes]


def _shifts(sizes: Sequence[float], ranks: Sequence[float]) -> list[_Shift]:
    found: list[tuple[int, float, float]] = []
    middles = [median_low(sizes[place : place + AROUND]) for place in range(len(sizes) - AROUND + 1)]
    start = 0  # of the level that holds
    for place in range(AROUND, len(middles)):
        if place - start < AROUND:
            continue
        old, new = middles[place - AROUND], middles[place]
        if abs(new - old) >= STEP and abs(sizes[place] - new) < abs(sizes[place] - old):
            found.append((place, old, new))
            start = place
    ends = [0, *(place for place, _, _ in found), len(sizes)]
    return [
        _Shift(*one, _clearness(ranks[ends[number] : one[0]], ranks[one[0] : ends[number + 2]]))
        for number, one in enumerate(found)
    ]


def _clearness(before: Sequence[float], after: Sequence[float]) -> float:
    both = [*before, *after]
    mean = sum(both) / len(both)
    spread = sqrt(sum((one - mean) ** 2 for one in both) / len(both))
    apart = abs(sum(after) / len(after) - sum(before) / len(before))
    return apart / spread * sqrt(len(before) * len(after) / len(both)) if spread else 0.0
