"""Tokens a byte by source, as docs/ledger.md tells how they are found: plainly, unknown by unknown, by names.

A second reading of the same method, for tests: a full table of normal equations, solved by Gauss with pivots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median

from tokenscope.ledger.densities import Measurement

FRAME, STEP = "(beside a response)", "(beside a step)"
UNSEEN = "unseen thinking"
Equation = tuple[float, dict[str, float]]  # tokens, and how often each unknown stands in them


def plain_densities(steps: list[Measurement]) -> tuple[dict[str, float], float, int]:
    """Tokens a byte by source, the largest scale, the number of equations."""
    seen = Counter(name for step in steps for name in {*step.own, *step.others})
    names = [name for name, _ in sorted(seen.items(), key=lambda one: (-one[1], one[0]))][:30]
    equations = [one for step in steps for one in equations_of(step, names) if is_believed(one)]
    if len(equations) < 100:
        return {}, 1.75, 0
    found = fitted(equations, names)
    ratios = sorted(ratios_of(steps, {name: found[name] for name in names}))
    largest = ratios[int(len(ratios) * 0.95 + 1e-9)] if len(ratios) >= 100 else 1.75
    return {name: found[name] for name in names}, min(1.75, max(1.1, largest)), len(equations)


def equations_of(step: Measurement, names: list[str]) -> Iterable[Equation]:
    if step.said is None:
        sizes = {**step.own, **step.others}
        yield named(step.growth, sizes, names, [FRAME, STEP] if step.own else [STEP])
    else:
        yield named(step.said, step.own, names, [FRAME])
        rest = step.growth - step.said
        if rest > 0 and step.others:
            yield named(rest, step.others, names, [STEP])


def named(tokens: float, sizes: dict[str, int], names: list[str], extra: list[str]) -> Equation:
    """Sources that are not among the names count 2.9 bytes a token."""
    terms: dict[str, float] = dict.fromkeys(extra, 1.0)
    for name, size in sizes.items():
        if name in names:
            terms[name] = float(size)
        else:
            tokens -= size / 2.9
    return tokens, terms


def is_believed(one: Equation) -> bool:
    """Between a third and three times what 2.9 bytes a token would say; with unseen thinking also more."""
    tokens, terms = one
    usual = sum(terms.values()) / 2.9
    return tokens > usual / 3 and (UNSEEN in terms or tokens < usual * 3)


def fitted(equations: list[Equation], names: list[str]) -> dict[str, float]:
    unknowns = [*names, FRAME, STEP]
    drawn_to = dict.fromkeys(names, (1 / 2.9, 0.3 * 2.9 * 2.9)) | dict.fromkeys((FRAME, STEP), (0.0, 0.3 / 3_600))
    if UNSEEN in names:
        beside = [tokens - sum(terms.values()) / 2.9 for tokens, terms in equations if UNSEEN in terms]
        drawn_to[UNSEEN] = (max(0.0, median(beside)) if beside else 0.0), 0.000_001
    found = {name: drawn_to[name][0] for name in unknowns}
    for narrowest in (1.5, 0.8, 0.4, 0.2, 0.0):
        estimates = [sum(found[name] * size for name, size in terms.items()) for _, terms in equations]
        errors = [
            (tokens - estimate) / (estimate + 30) for (tokens, _), estimate in zip(equations, estimates, strict=True)
        ]
        typical = median(map(abs, errors))
        width = max(narrowest, 4 * max(0.02, min(0.3, typical)))
        matrix = {name: dict.fromkeys(unknowns, 0.0) for name in unknowns}
        right = dict.fromkeys(unknowns, 0.0)
        for name, (middle, weight) in drawn_to.items():
            matrix[name][name] += weight
            right[name] += weight * middle
        for (tokens, terms), estimate, error in zip(equations, estimates, errors, strict=True):
            if abs(error) >= width:
                continue
            inside = 1 - (error / width) ** 2
            weight = inside * inside / ((estimate + 30) * (estimate + 30))
            for name, size in terms.items():
                right[name] += weight * size * tokens
                for other, factor in terms.items():
                    matrix[name][other] += weight * size * factor
        found = {name: believed(name, value) for name, value in solved(matrix, right, unknowns).items()}
    return found


def believed(name: str, value: float) -> float:
    if name in (FRAME, STEP, UNSEEN):
        return max(0.0, value)
    return max(1 / 9, min(1 / 1.2, value))


def solved(matrix: dict[str, dict[str, float]], right: dict[str, float], unknowns: list[str]) -> dict[str, float]:
    rows = [[*(matrix[name][other] for other in unknowns), right[name]] for name in unknowns]
    for column in range(len(rows)):
        best = max(range(column, len(rows)), key=lambda row: abs(rows[row][column]))
        rows[column], rows[best] = rows[best], rows[column]
        for row in range(len(rows)):
            if row != column:
                factor = rows[row][column] / rows[column][column]
                rows[row] = [value - factor * above for value, above in zip(rows[row], rows[column], strict=True)]
    return {name: rows[place][-1] / rows[place][place] for place, name in enumerate(unknowns)}


def ratios_of(steps: list[Measurement], by_source: dict[str, float]) -> Iterable[float]:
    """How many times its estimate each step grew; where it is known what was said, all the rest of it."""
    for step in steps:
        sizes = dict(step.others) if step.said is not None else {**step.own, **step.others}
        growth = step.growth if step.said is None else step.growth - step.said
        estimate = sum(size * by_source.get(name, 1 / 2.9) for name, size in sizes.items())
        if growth > 0 and estimate > 0:
            yield growth / estimate
