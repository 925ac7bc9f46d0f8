"""What went into a thread's context, step by step, in flat arrays.

As lists of numbers it would take many times the room, and many times as long to hand to another process.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

# A response's place or a mark; what arrived before it (label, bytes, label, bytes, …), or what a mark says of it.
Step = tuple[int, list[int]]
Packed = tuple[bytes, bytes, bytes]  # places, ends, numbers

_NUMBER = "q"  # 8 bytes


def pack(places: Sequence[int], ends: Sequence[int], numbers: Sequence[int]) -> Packed:
    """Steps as bytes, which only this machine reads again. `numbers`: those of all steps, of each up to its end."""
    first, second, third = (array(_NUMBER, given).tobytes() for given in (places, ends, numbers))
    return first, second, third


class Steps:
    """Steps as they were packed. `places`: of each, what stands first in it."""

    __slots__ = ("_ends", "_numbers", "places")

    def __init__(self, packed: Packed) -> None:
        self.places, self._ends, self._numbers = (array(_NUMBER, data) for data in packed)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Step]:
        numbers, start = self._numbers.tolist(), 0
        for place, end in zip(self.places, self._ends, strict=True):
            yield place, numbers[start:end]
            start = end

    def __getitem__(self, step: int) -> Step:
        start = self._ends[step - 1] if step else 0
        return self.places[step], self._numbers[start : self._ends[step]].tolist()
