"""Whether a difference between two sides could be chance, by the sessions themselves.

Sessions of one person differ a lot, and what two sides would differ by if the line between them meant nothing is seen
by drawing it again: the sessions are dealt out anew, as many to each side as before, those of one main model among
themselves. A difference counts only where hardly any of the drawings has one as large anywhere, for whoever looks at
thirty figures finds one of them by chance. The interval comes from sessions drawn again with replacement.

Many sessions are put into blocks first, all of one size: the drawings then take the same time for any history. The
numbers are drawn by a fixed seed: the same history has the same answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations, compress, product
from math import comb, fsum, prod, sqrt
from operator import itemgetter
from random import Random

from tokenscope.value import Value

FEWEST = 5  # sessions a side, below which nothing is said
DRAWINGS, RESAMPLES = 300, 100
BLOCKS = 80  # of both sides together, at most about so many
LEVEL = 0.01  # of all drawings, how many may have a difference as large
INTERVAL = 0.9  # of the resamples lie inside
SEED = 20_261_129

Column = tuple[str, str]  # model ("" for all), what is counted


class SessionCounts(Value):
    """One session on one side. `stratum`: its main model."""

    side: int
    stratum: str
    counts: Mapping[Column, float]


class Ratio(Value):
    """A figure of a side: of each model what is counted for each of what it is counted by, weighted."""

    name: str
    terms: tuple[tuple[Column, Column, float], ...]  # numerator, denominator, weight


class Verdict(Value):
    """The difference of a ratio, in its own unit, and whether chance alone might bring it about.

    `low` and `high`: the interval that the difference lies in.
    """

    difference: float
    low: float
    high: float
    could_be_chance: bool


def judge(sessions: Sequence[SessionCounts], ratios: Sequence[Ratio]) -> dict[str, Verdict]:
    """A verdict for each ratio; none where a side has too few sessions."""
    if min(sum(one.side == side for one in sessions) for side in (0, 1)) < FEWEST:
        return {}
    blocks = _blocks(sessions)
    names = list(dict.fromkeys(column for ratio in ratios for term in ratio.terms for column in term[:2]))
    columns = {name: [block.counts.get(name, 0.0) for block in blocks] for name in names}
    is_after = [block.side == 1 for block in blocks]
    observed = _differences(ratios, *_split(columns, is_after))
    drawn = _drawings(blocks, columns, ratios)
    spread = [_spread(found) for found in zip(*drawn, strict=True)]
    largest = [
        max((abs(one) / by for one, by in zip(found, spread, strict=True) if by > 0), default=0.0) for found in drawn
    ]
    resampled = list(zip(*_resamples(is_after, columns, ratios), strict=True))
    verdicts = {}
    for ratio, difference, by, found in zip(ratios, observed, spread, resampled, strict=True):
        size = abs(difference) / by if by > 0 else 0.0
        as_large = sum(one >= size * (1 - 1e-9) for one in largest)
        low, high = _interval(found)
        chance = by <= 0 or as_large / len(largest) > LEVEL
        verdicts[ratio.name] = Verdict(difference, min(low, difference), max(high, difference), chance)
    return verdicts


def _blocks(sessions: Sequence[SessionCounts]) -> list[SessionCounts]:
    """Sessions of one side and stratum put together, by so many that no more than about BLOCKS are left."""
    size = -(-len(sessions) // BLOCKS)
    if size == 1:
        return list(sessions)
    alike: dict[tuple[int, str], list[SessionCounts]] = defaultdict(list)
    for one in sessions:
        alike[one.side, one.stratum].append(one)
    blocks = []
    for (side, stratum), found in alike.items():
        for start in range(0, len(found), size):
            counts: Counter[Column] = Counter()
            for one in found[start : start + size]:
                counts.update(one.counts)
            blocks.append(SessionCounts(side, stratum, counts))
    return blocks


Sums = Mapping[Column, float]


def _split(columns: Mapping[Column, list[float]], is_after: Iterable[bool]) -> tuple[Sums, Sums]:
    mask = list(is_after)
    after = {name: sum(compress(counts, mask)) for name, counts in columns.items()}
    return {name: sum(counts) - after[name] for name, counts in columns.items()}, after


def _differences(ratios: Sequence[Ratio], before: Sums, after: Sums) -> list[float]:
    return [
        sum(
            weight * (after[above] / after[below] - before[above] / before[below])
            for above, below, weight in ratio.terms
            if after[below] > 0 and before[below] > 0
        )
        for ratio in ratios
    ]


def _drawings(
    blocks: Sequence[SessionCounts], columns: Mapping[Column, list[float]], ratios: Sequence[Ratio]
) -> list[list[float]]:
    """What the ratios would differ by, with the line drawn anew; that as it is among them.

    Where there are no more than DRAWINGS ways to draw it, each of them once.
    """
    random = Random(SEED)
    strata: dict[str, list[int]] = defaultdict(list)
    for place, block in enumerate(blocks):
        strata[block.stratum].append(place)
    dealt = [(places, sum(blocks[one].side == 1 for one in places)) for places in strata.values()]
    is_after: Iterable[Iterable[int]]
    if prod(comb(len(places), count) for places, count in dealt) <= DRAWINGS:
        every = product(*(combinations(places, count) for places, count in dealt))
        is_after = (chain.from_iterable(parts) for parts in every)
    else:
        as_it_is = [place for place, block in enumerate(blocks) if block.side == 1]
        anew = ([one for places, count in dealt for one in random.sample(places, count)] for _ in range(DRAWINGS))
        is_after = chain([as_it_is], anew)
    found = []
    for after in is_after:
        mask = [False] * len(blocks)
        for place in after:
            mask[place] = True
        found.append(_differences(ratios, *_split(columns, mask)))
    return found


def _resamples(
    is_after: Sequence[bool], columns: Mapping[Column, list[float]], ratios: Sequence[Ratio]
) -> list[list[float]]:
    """What the ratios differ by over sessions that are drawn from each side with replacement."""
    random = Random(SEED)
    sides = [
        {name: list(compress(counts, [after is side for after in is_after])) for name, counts in columns.items()}
        for side in (False, True)
    ]
    sizes = [sum(after is side for after in is_after) for side in (False, True)]
    found = []
    for _ in range(RESAMPLES):
        sums = []
        for counts_of, size in zip(sides, sizes, strict=True):
            drawn = itemgetter(*random.choices(range(size), k=size))
            sums.append({name: sum(drawn(counts)) for name, counts in counts_of.items()})
        found.append(_differences(ratios, *sums))
    return found


def _spread(found: Sequence[float]) -> float:
    """The standard deviation; a fiftieth of the time that the one of `statistics` takes."""
    mean = fsum(found) / len(found)
    return sqrt(fsum((one - mean) ** 2 for one in found) / len(found))


def _interval(found: Sequence[float]) -> tuple[float, float]:
    order = sorted(found)
    outside = round(len(order) * (1 - INTERVAL) / 2)
    return order[outside], order[-1 - outside]
