"""When the floor of a project's sessions shifted for good, and how many such shifts chance alone would show.

A shift: the middle of the next AROUND sessions of a project lies STEP tokens from the middle of the last ones. Floors differ for many reasons, so the same rule is asked of the same sessions in shuffled order: what it finds
there is chance. Tokens an ask and the share of what was rebuilt fluctuate too much for such a rule: it finds as many
changes in shuffled sessions as in real ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random
from statistics import median_low
from typing import NamedTuple

from tokenscope.answers.comparison.session_states import SessionState

STEP = 4_000  # tokens
AROUND = 5  # sessions on each side, at least
SHUFFLES = 99
SEED = 20_261_129


class FoundShift(NamedTuple):
    """`place`: of the first session with the other floor, among `sessions`, those of its project."""

    sessions: Sequence[SessionState]
    place: int
    before: float
    after: float

    @property
    def models(self) -> tuple[str, str]:
        """Those of most of the sessions right before and right after it."""
        around = self.sessions[self.place - AROUND : self.place], self.sessions[self.place : self.place + AROUND]
        before, after = (Counter(one.model for one in part).most_common(1)[0][0] for part in around)
        return before, after


class FoundShifts(NamedTuple):
    """`expected`: how many chance alone would show; `p`: how often it shows at least as many as were found."""

    shifts: list[FoundShift]
    expected: float
    p: float


def find_shifts(states: Sequence[SessionState]) -> FoundShifts:
    """Every shift of a floor, project by project."""
    groups: dict[str, list[SessionState]] = defaultdict(list)
    for one in states:
        if one.floor is not None:
            groups[one.project].append(one)
    able = [group for group in groups.values() if _may_shift([one.floor or 0.0 for one in group])]
    found = [FoundShift(group, *shift) for group in able for shift in _shifts([one.floor or 0.0 for one in group])]
    counts = _by_chance([[one.floor or 0.0 for one in group] for group in able])
    as_many = sum(count >= len(found) for count in counts)
    return FoundShifts(found, sum(counts) / SHUFFLES, (1 + as_many) / (1 + SHUFFLES) if found else 1.0)


def _may_shift(sizes: Sequence[float]) -> bool:
    return len(sizes) >= 2 * AROUND and max(sizes) - min(sizes) >= STEP


def _by_chance(groups: Sequence[list[float]]) -> list[int]:
    """How many shifts each of the shuffles has. By a fixed seed: the same history has the same answer."""
    random, counts = Random(SEED), []
    for _ in range(SHUFFLES):
        counts.append(sum(len(_shifts(random.sample(sizes, len(sizes)))) for sizes in groups))
    return counts


def _shifts(sizes: Sequence[float]) -> list[tuple[int, float, float]]:
    """Where a shift begins, and the sizes before and after it."""
    found = []
    middles = [median_low(sizes[place : place + AROUND]) for place in range(len(sizes) - AROUND + 1)]
    start = 0  # of the level that holds
    for place in range(AROUND, len(middles)):
        if place - start < AROUND:
            continue
        old, new = middles[place - AROUND], middles[place]
        if abs(new - old) >= STEP and abs(sizes[place] - new) < abs(sizes[place] - old):
            found.append((place, old, new))
            start = place
    return found
