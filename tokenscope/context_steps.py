"""What went into a thread's context, step by step, in flat arrays.

As lists of numbers it would take many times the room, and many times as long to hand to another process.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

# A response's place or a mark; what arrived before it (label, bytes, label, bytes, …), or what a mark says of it.
Step = tuple[int, list[int]]
Packed = tuple[bytes, bytes, bytes]  # places, ends, numbers

_NUMBER = "q"  # 8 bytes


def pack(steps: Sequence[Step]) -> Packed:
    """Steps as bytes, which only this machine reads again."""
    ends, end = array(_NUMBER), 0
    for _, numbers in steps:
        end += len(numbers)
        ends.append(end)
    places = array(_NUMBER, [place for place, _ in steps])
    every = array(_NUMBER, chain.from_iterable(numbers for _, numbers in steps))
    return places.tobytes(), ends.tobytes(), every.tobytes()


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
