"""What arrived in a thread between two of its responses, in the order of time."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from tokenscope.context_steps import Step
from tokenscope.store import COMPACTION, MICROCOMPACTION

Event = tuple[str, Any, int, str]  # time, a label or a response's key or a mark, bytes, tool use id
Thread = tuple[str, list[Step]]  # agent, steps


def steps_of(events: list[Event], places: dict[str, int], *, notes_ordinals: bool) -> list[Step]:
    """The steps of a thread. `places`: of the responses, by key; `notes_ordinals`: whether some item is taken out."""
    steps: list[Step] = []
    arrived: list[int] = []
    ordinals: dict[str, list[int]] = {}  # of the items of each tool use
    count, met = 0, set()
    for _, what, size, reference in sorted(events, key=itemgetter(0)):
        if what.__class__ is str:
            place = places.get(what)
            if place is not None and place not in met:
                met.add(place)
                steps.append((place, arrived))
                arrived = []
        elif what >= 0:
            arrived += (what, size)
            if notes_ordinals:
                if reference:
                    ordinals.setdefault(reference, []).append(count)
                count += 1
        elif what == COMPACTION:
            steps.append((COMPACTION, arrived))
            arrived = []
        else:
            steps.append((MICROCOMPACTION, ordinals.pop(reference, [])))
    return steps
