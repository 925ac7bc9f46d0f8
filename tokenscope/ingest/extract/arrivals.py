"""What arrived in a thread between two of its responses, in the order of time."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from tokenscope.context_steps import Packed, pack
from tokenscope.ingest.extract.ids import root_of
from tokenscope.store import COMPACTION

Event = tuple[str, Any, int, str]  # time, a label or a response's key or a mark, bytes, tool use id


def threads_of(
    events: dict[str, list[Event]], places: dict[str, int], chain: dict[str, Any], *, notes_ordinals: bool
) -> list[tuple[str, Packed]]:
    """Each thread's agent and steps, in the order of time. `events`: by agent; `chain`: see root_of."""
    threads: dict[str, list[Event]] = {}
    roots: dict[str, str] = {}
    for agent, arrived in events.items():
        threads.setdefault(root_of(agent, chain, roots), []).extend(arrived)
    return [(agent, steps_of(arrived, places, notes_ordinals=notes_ordinals)) for agent, arrived in threads.items()]


def steps_of(events: list[Event], places: dict[str, int], *, notes_ordinals: bool) -> Packed:
    """The steps of a thread. `places`: of the responses, by key; `notes_ordinals`: whether some item is taken out."""
    told: list[int] = []  # what stands first in each step
    ends: list[int] = []
    numbers: list[int] = []
    end = 0  # of the last step: behind it stands what has arrived since
    ordinals: dict[str, list[int]] = {}  # of the items of each tool use
    count, met = 0, set()
    for _, what, size, reference in sorted(events, key=itemgetter(0)):
        if what.__class__ is str:
            place = places.get(what)
            if place is not None and place not in met:
                met.add(place)
                told.append(place)
                end = len(numbers)
                ends.append(end)
        elif what >= 0:
            numbers += (what, size)
            if notes_ordinals:
                if reference:
                    ordinals.setdefault(reference, []).append(count)
                count += 1
        else:
            if what == COMPACTION:
                end = len(numbers)
            else:
                removed = ordinals.pop(reference, [])
                numbers[end:end] = removed
                end += len(removed)
            told.append(what)
            ends.append(end)
    return pack(told, ends, numbers[:end])
