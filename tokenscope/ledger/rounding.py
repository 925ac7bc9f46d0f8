"""Rounding that keeps the sum: the largest remainders are rounded up."""

from __future__ import annotations

from collections.abc import Sequence


def round_to_sum(amounts: Sequence[float], total: int) -> list[int]:
    """Whole numbers as near to `amounts` as can be that add up to `total`, exactly."""
    whole = [int(amount) for amount in amounts]
    missing = total - sum(whole)
    if not whole:
        return whole
    if missing < 0:  # the amounts add up to a little more than the total: the largest can spare it
        order = sorted(range(len(whole)), key=lambda index: (-whole[index], index))
    else:
        order = sorted(range(len(whole)), key=lambda index: (whole[index] - amounts[index], index))
    step = 1 if missing > 0 else -1
    each, rest = divmod(abs(missing), len(whole))
    for place, index in enumerate(order):
        whole[index] += step * (each + (place < rest))
    return whole
