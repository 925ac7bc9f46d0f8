"""What a difference between two sums is made of, adding up to it exactly.

What a side came to is a product: asks, times responses an ask, times the shares of the models among them, times the
tokens a response carried of each component, times what a token of it cost. Each factor gets its Shapley value: what it
adds when the factors change one after another, averaged over every order in which they may. So no factor is favoured by
its place, and the values sum to the difference. All of it is in fractions: nothing is lost.

A model that one side alone used has no size and no price on the other: it takes those that it has, so that whatever
comes with it counts as the mix of models and never as a change of sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import factorial, floor

from tokenscope.value import Value

ASKS, RESPONSES, MIX, SIZE, PRICE = range(5)  # the factors
FACTORS = 5
NOTHING = Fraction(0)

Volumes = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]  # of each side: asks, responses an ask


class ModelCell(Value):
    """One model on one side. `components`: tokens and their cost by what they were."""

    responses: int
    components: Mapping[str, tuple[int, int]]


class Total(Value):
    """One side. `cells`: by model. `asks` 0: nobody asked, or nobody knows."""

    asks: int
    cells: Mapping[str, ModelCell]

    @property
    def responses(self) -> int:
        return sum(cell.responses for cell in self.cells.values())

    @property
    def cost(self) -> int:
        return sum(cost for cell in self.cells.values() for _, cost in cell.components.values())


class Effects(Value):
    """What each factor adds to the first side's cost, `sizes` by component. They sum to the difference."""

    asks: Fraction
    responses: Fraction
    mix: Fraction
    sizes: dict[str, Fraction]
    price: Fraction

    @property
    def whole(self) -> Fraction:
        return self.asks + self.responses + self.mix + sum(self.sizes.values(), NOTHING) + self.price


def decompose(before: Total, after: Total) -> Effects:
    """What the difference of the costs is made of. What has a cost and no tokens belongs to the price."""
    components = list(dict.fromkeys(name for side in (before, after) for cell in side.cells.values()
                                    for name in cell.components))  # fmt: skip
    volumes = _volumes(before, after)
    values = {
        (mix, size, price): _costs(components, *_models(before, after, mix=mix, size=size, price=price))
        for mix, size, price in product((0, 1), repeat=3)
    }

    found = {name: _shapley(volumes, {state: costs[name] for state, costs in values.items()}) for name in components}
    asks, responses, mix, price = (
        sum((effects[factor] for effects in found.values()), NOTHING) for factor in (ASKS, RESPONSES, MIX, PRICE)
    )
    sizes = {name: effects[SIZE] for name, effects in found.items()}
    known = asks + responses + mix + price + sum(sizes.values(), NOTHING)
    return Effects(asks, responses, mix, sizes, price + (after.cost - before.cost - known))


_STATES = tuple(product((0, 1), repeat=FACTORS))  # of each factor, whether it has changed
_WEIGHTS = [  # of a change, by how many other factors have changed before it
    Fraction(factorial(changed) * factorial(FACTORS - 1 - changed), factorial(FACTORS)) for changed in range(FACTORS)
]


def _shapley(volumes: Volumes, costs: Mapping[tuple[int, int, int], Fraction]) -> list[Fraction]:
    """What each factor adds to one component. `costs`: of a response, by mix, size and price."""
    value = {
        (asks, responses, *rest): volumes[asks][0] * volumes[responses][1] * costs[rest[0], rest[1], rest[2]]
        for asks, responses, *rest in _STATES
    }
    effects = []
    for factor in range(FACTORS):
        by_others = [NOTHING] * FACTORS
        for state in _STATES:
            if state[factor]:
                before = (*state[:factor], 0, *state[factor + 1 :])
                by_others[sum(state) - 1] += value[state] - value[before]
        effects.append(sum((weight * one for weight, one in zip(_WEIGHTS, by_others, strict=True)), NOTHING))
    return effects


def _volumes(before: Total, after: Total) -> Volumes:
    """Asks, and responses an ask, of each side. Where a side has no ask, all of it is responses."""
    sides = before, after
    if not (before.asks and after.asks):
        first, second = ((Fraction(1), Fraction(side.responses)) for side in sides)
    else:
        first, second = ((Fraction(side.asks), Fraction(side.responses, side.asks)) for side in sides)
    return first, second


Model = tuple[Fraction, Mapping[str, tuple[Fraction, Fraction]]]  # its share of the responses; sizes and prices


def _models(before: Total, after: Total, *, mix: int, size: int, price: int) -> tuple[Model, ...]:
    """Each model as it would be with some of the factors changed."""
    sides = before, after
    found = []
    for model in dict.fromkeys((*before.cells, *after.cells)):
        share = Fraction(_responses(sides[mix], model), sides[mix].responses or 1)
        sized = _known(sides[size], sides[1 - size], model)
        names = dict.fromkeys((*before.cells.get(model, _EMPTY).components, *after.cells.get(model, _EMPTY).components))
        each = {}
        for name in names:
            tokens = Fraction(sized.components.get(name, (0, 0))[0], sized.responses or 1)
            each[name] = tokens, _price(sides[price], sides[1 - price], model, name)
        found.append((share, each))
    return tuple(found)


_EMPTY = ModelCell(0, {})


def _responses(side: Total, model: str) -> int:
    return side.cells.get(model, _EMPTY).responses


def _known(side: Total, other: Total, model: str) -> ModelCell:
    """A model on a side, or on the other where this one did not use it."""
    return side.cells[model] if _responses(side, model) else other.cells.get(model, _EMPTY)


def _price(side: Total, other: Total, model: str, name: str) -> Fraction:
    for one in (side, other):
        tokens, cost = one.cells.get(model, _EMPTY).components.get(name, (0, 0))
        if tokens:
            return Fraction(cost, tokens)
    return NOTHING


def _costs(components: list[str], *models: Model) -> dict[str, Fraction]:
    """What a response came to on average, by component."""
    sums = dict.fromkeys(components, NOTHING)
    for share, each in models:
        for name, (tokens, price) in each.items():
            sums[name] += share * tokens * price
    return sums


def in_tokens(side: Total) -> Total:
    """The same, where a token costs one: what the difference in tokens is made of."""
    cells = {
        model: ModelCell(cell.responses, {name: (tokens, tokens) for name, (tokens, _) in cell.components.items()})
        for model, cell in side.cells.items()
    }
    return Total(side.asks, cells)


def whole_parts(effects: Sequence[Fraction], total: int) -> list[int]:
    """Effects as whole numbers that sum to `total`, which their sum is but for rounding. What is nothing stays so."""
    parts = [floor(effect) for effect in effects]
    order = sorted(range(len(effects)), key=lambda place: (parts[place] - effects[place], place))
    missing = total - sum(parts)
    for place in order[:missing] if missing > 0 else order[missing:] if missing < 0 else ():
        parts[place] += 1 if missing > 0 else -1
    return parts
