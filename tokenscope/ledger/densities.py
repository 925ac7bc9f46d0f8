"""How many tokens a byte comes to, source by source, as a history's own steps show (T35).

Prose has more bytes a token than code, and code more than numbers; models differ too. Each step between two
responses is an equation: the growth of the prompt is known to the token, and so is what arrived, in bytes. Where
the log has a response's final output figure, the step is two: what the model had said is as large as its output,
and the rest of the growth is everything else. A robust least squares over some of the steps, drawn towards
BYTES_A_TOKEN, gives the densities. The number of steps that are looked at is bounded, and so is the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from math import fsum, sqrt
from operator import mul
from statistics import median
from typing import NamedTuple

from tokenscope.model import Message
from tokenscope.store import Context, Label, Store
from tokenscope.value import Value, field

BYTES_A_TOKEN = 2.9  # the median of real histories
# What a history does not show of its own. Over 2,356 steps of real histories growth was 0.81, 1.09 and 1.76 times
# the estimate (10th, 50th and 90th percentile).
LARGEST_SCALE = 1.75
FEWEST, MOST = 100, 1_000  # equations that densities are taken from; steps that are looked at
MOST_SOURCES = 30
SPREADS = (1.5, 0.8, 0.4, 0.2, 0.0)  # relative errors beyond which an equation does not count, by round
OUTLIER = 3.0  # times more or less than at BYTES_A_TOKEN: something else had arrived, or left
DENSEST, LIGHTEST = 1 / 1.2, 1 / 9  # tokens a byte that are believed
PRIOR = 0.3  # equations that agree with BYTES_A_TOKEN, for each source
FRAME = 60.0  # tokens: what a response or a step may have beside its bytes
OWN = frozenset({"model_text", "tool_input"})
THINKING = "thinking"
UNSEEN = "unseen thinking"  # has no bytes: its unknown is tokens a time
ALIKE = {"summaries": "model text", "spawn prompts": "model text"}  # the model's prose, which has no growth of its own


class Densities(Value):
    """Tokens a byte by source; how far a step's estimate is scaled up at most; on how many equations that rests."""

    by_source: dict[str, float] = field(default_factory=dict)
    largest_scale: float = LARGEST_SCALE  # a factor
    equations: int = 0

    def of(self, label: Label) -> float:
        return self.of_source(_name(label))

    def of_source(self, name: str) -> float:
        found = self.by_source.get(name)
        return found if found is not None else self.by_source.get(ALIKE.get(name, ""), 1 / BYTES_A_TOKEN)

    def each(self, labels: Sequence[Label]) -> list[float]:
        """Those of many labels: `of`, worked out once a source."""
        known = cache(self.of_source)
        return [known(_name(label)) for label in labels]


def _name(label: Label) -> str:
    return UNSEEN if label[0] == THINKING and label[2] else label[1]


class Measurement(NamedTuple):
    """What made a prompt grow. `said`: the tokens of the model's own words, where the log tells them."""

    growth: int  # tokens
    said: int | None
    own: dict[str, int]  # bytes by source
    others: dict[str, int]


class _Equation(NamedTuple):
    tokens: float
    bytes: tuple[tuple[int, float], ...]  # of each unknown, in order


def said_by(message: Message, visible_bytes: int) -> int | None:
    """The tokens of everything the model said in a response, thinking included; None where the log does not tell.

    A figure that was never final (T27) is none, nor is one that its visible words cannot fit in.
    """
    output = message.output_tokens
    known = not message.is_floor and output > 8 and output * 6 >= visible_bytes
    return output if known else None


def measure_densities(store: Store) -> Densities:
    """The densities of a store's contexts; those of BYTES_A_TOKEN alone where it has few steps. Needs Facet.CONTENT."""
    steps = list(_steps(store))
    names = _names(steps)
    equations = [one for step in steps for one in _equations(step, names) if _is_plausible(one, names.get(UNSEEN))]
    if len(equations) < FEWEST:
        return Densities()
    found = _fit(equations, len(names) + 2, names.get(UNSEEN))
    by_source = {name: found[place] for name, place in names.items()}
    ratios = sorted(_ratios(steps, by_source))
    largest = ratios[len(ratios) * 19 // 20] if len(ratios) >= FEWEST else LARGEST_SCALE
    return Densities(by_source, min(max(largest, 1.1), LARGEST_SCALE), len(equations))


# --- steps ---


def _steps(store: Store) -> Iterator[Measurement]:
    """Every so many steps of all threads, the same for the same history; copies are left out (T21)."""
    stride = max(1, sum(len(context.steps) for context in store.contexts) // MOST)
    messages, turn = store.messages, 0  # pairs of steps until the next one that is looked at
    for context in store.contexts:
        steps = context.steps
        for number in range(turn + 1, len(steps), stride):
            before, (place, arrived) = steps.places[number - 1], steps[number]
            if place < 0 or before < 0 or not arrived:
                continue
            earlier, later = messages[context.messages[before]], messages[context.messages[place]]
            growth = later.context_tokens - earlier.context_tokens
            if growth > 0 and earlier.context_tokens and later.thread == context.thread:
                yield _step(context, arrived, growth, earlier)
        turn = (turn - max(0, len(steps) - 1)) % stride


def _step(context: Context, arrived: list[int], growth: int, earlier: Message) -> Measurement:
    own: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for number, size in zip(arrived[::2], arrived[1::2], strict=True):
        label = context.labels[number]
        (own if label[0] in OWN or label[0] == THINKING else others)[_name(label)] += size
    return Measurement(growth, said_by(earlier, own.total()) if own else None, dict(own), dict(others))


def _names(steps: list[Measurement]) -> dict[str, int]:
    """The sources that stand in the most steps, numbered."""
    found: Counter[str] = Counter()
    for step in steps:
        found.update(step.own.keys() | step.others.keys())
    best = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:MOST_SOURCES]
    return {name: place for place, (name, _) in enumerate(best)}


# --- equations ---


def _equations(step: Measurement, names: dict[str, int]) -> Iterator[_Equation]:
    """The last two unknowns are what every response and every step has beside its bytes: frames, thinking."""
    framed, stepped = len(names), len(names) + 1
    if step.said is None:
        extra = {framed: 1.0, stepped: 1.0} if step.own else {stepped: 1.0}
        yield _equation(step.growth, step.own | step.others, names, extra)
        return
    yield _equation(step.said, step.own, names, {framed: 1.0})
    if step.others and step.growth > step.said:
        yield _equation(step.growth - step.said, step.others, names, {stepped: 1.0})


def _equation(tokens: float, sizes: dict[str, int], names: dict[str, int], extra: dict[int, float]) -> _Equation:
    """What is not among the names counts at BYTES_A_TOKEN."""
    unnamed = sum(size for name, size in sizes.items() if name not in names)
    known = {names[name]: float(size) for name, size in sizes.items() if name in names}
    return _Equation(tokens - unnamed / BYTES_A_TOKEN, tuple(sorted((known | extra).items())))


def _is_plausible(one: _Equation, unseen: int | None) -> bool:
    estimate = sum(size for _, size in one.bytes) / BYTES_A_TOKEN
    has_unseen = any(place == unseen for place, _ in one.bytes)
    return estimate / OUTLIER < one.tokens and (one.tokens < estimate * OUTLIER or has_unseen)


def _fit(equations: list[_Equation], unknowns: int, unseen: int | None) -> list[float]:
    """Least squares of relative errors, in which an equation counts the less the worse it fits (Tukey's weights).

    What counts as a bad fit becomes narrower round by round, so that no source stays where it was at first.
    """
    first = [1 / BYTES_A_TOKEN] * (unknowns - 2) + [0.0, 0.0]
    drawn = [PRIOR * BYTES_A_TOKEN**2] * (unknowns - 2) + [PRIOR / FRAME**2] * 2
    free = {unknowns - 2, unknowns - 1}  # not tokens a byte
    if unseen is not None:
        first[unseen], drawn[unseen] = _middle_thought(equations, unseen), 1e-6
        free.add(unseen)
    found = list(first)
    for spread in SPREADS:
        scaled = [_residual(one, found) for one in equations]
        usual = 4 * min(0.3, max(0.02, median(abs(error) for error, _ in scaled)))
        table = [[0.0] * (unknowns + 1) for _ in range(unknowns)]
        for one, (error, scale) in zip(equations, scaled, strict=True):
            if abs(error) < max(spread, usual):
                _enter(one, (1 - (error / max(spread, usual)) ** 2) ** 2 / scale**2, table)
        for place in range(unknowns):
            table[place][place] += drawn[place]
            table[place][-1] += drawn[place] * first[place]
        solved = _solve(table)
        found = [
            max(0.0, value) if place in free else min(max(value, LIGHTEST), DENSEST)
            for place, value in enumerate(solved)
        ]
    return found


def _middle_thought(equations: list[_Equation], unseen: int) -> float:
    """Tokens that responses with unseen thinking have beside their bytes."""
    beside = [
        one.tokens - sum(size for _, size in one.bytes) / BYTES_A_TOKEN
        for one in equations
        if any(place == unseen for place, _ in one.bytes)
    ]
    return max(0.0, median(beside)) if beside else 0.0


def _residual(one: _Equation, found: list[float]) -> tuple[float, float]:
    """The error of an equation as a share of its size, and that size."""
    estimate = fsum([found[place] * size for place, size in one.bytes])
    scale = estimate + 30
    return (one.tokens - estimate) / scale, scale


def _enter(one: _Equation, weight: float, table: list[list[float]]) -> None:
    """Add an equation to the lower half of the normal equations."""
    for number, (place, size) in enumerate(one.bytes, 1):
        row, weighted = table[place], weight * size
        for other, factor in one.bytes[:number]:
            row[other] += weighted * factor
        row[-1] += weighted * one.tokens


def _solve(table: list[list[float]]) -> list[float]:
    """The solution of symmetric positive definite equations by Cholesky's method; the right side is the last column."""
    size = len(table)
    for place, row in enumerate(table):
        for column in range(place + 1):
            above = table[column]
            rest = row[column] - fsum(map(mul, row[:column], above[:column]))
            row[column] = sqrt(max(rest, 1e-12)) if column == place else rest / above[column]
    solved = [0.0] * size
    for place, row in enumerate(table):
        solved[place] = (row[-1] - fsum(map(mul, row[:place], solved[:place]))) / row[place]
    for place in reversed(range(size)):
        below = fsum(table[other][place] * solved[other] for other in range(place + 1, size))
        solved[place] = (solved[place] - below) / table[place][place]
    return solved


def _ratios(steps: list[Measurement], by_source: dict[str, float]) -> Iterator[float]:
    """How much larger than its estimate the growth of each step was, the model's own words aside where known."""
    for step in steps:
        sizes = step.others if step.said is not None else step.own | step.others
        estimate = fsum(size * by_source.get(name, 1 / BYTES_A_TOKEN) for name, size in sizes.items())
        growth = step.growth - (step.said or 0)
        if estimate > 0 and growth > 0:
            yield growth / estimate
