"""What a thread held before anything that the log shows: the floor, and what it had inherited above it.

Where the log says that a thread began with the context of a session, its floor is that session's, and all above it
is inherited. Else: the floors of a project's threads of one kind lie close together, so a first response far above
them did not start empty. It was a fork, a side question or a resumed conversation, and the excess is inherited.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from tokenscope.accounting.history import History
from tokenscope.accounting.ledger import Floor, Ledger

FAR_TOKENS = 8_000  # above the usual size, and …
FAR = 1.5  # … times the usual size of the same project's threads
FAR_FROM_ALL = 3.0  # … or of all threads, where a project has too few of its own: projects differ
ALIKE = 0.1  # of its size: how far a floor may lie from another one of the same level
FEWEST = 3  # threads that make a usual size


class SplitFloor(NamedTuple):
    """A thread's floor and the part of it that is inherited, as sizes and as carried in scope."""

    floor: Floor
    own_size: float
    own_share: float  # of what the thread carried as its floor


def split_floors(history: History, ledger: Ledger) -> list[SplitFloor]:
    """Tell floor from inherited, thread by thread."""
    forks = {floor.thread for floor in ledger.floors if _is_fork(history, floor)}
    sizes: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for floor in ledger.floors:
        if floor.thread not in forks or len(forks) == len(ledger.floors):
            for key in _alike(history, floor):
                sizes[key].append(floor.size)
    for found in sizes.values():
        found.sort()
    usual = {key: _usual(key, found) for key, found in sizes.items() if len(found) >= FEWEST or len(key) == 1}
    mains = _main_floors(history, ledger, forks)
    split = []
    for floor in ledger.floors:
        key = next((key for key in _alike(history, floor) if key in usual), ())
        level = usual.get(key, floor.size)
        if floor.thread in forks:
            level = mains.get(history.store.threads[floor.thread].forked_from, level)
            is_inherited = floor.size > level
        else:
            is_inherited = _is_far(floor.size, level, sizes[key], of_project=len(key) > 1)
        own, part = (level, level / floor.size) if is_inherited else (floor.size, 1.0)
        split.append(SplitFloor(floor, own, part))
    return split


def _is_fork(history: History, floor: Floor) -> bool:
    """Whether the log says that a thread began with another one's context, which its own file does not hold."""
    thread = history.store.threads[floor.thread]
    if not thread.forked_from:
        return False
    first = next(iter(history.store.in_order(thread)), None)
    return first is not None and history.store.messages[first].thread == floor.thread


def _main_floors(history: History, ledger: Ledger, forks: set[int]) -> dict[str, float]:
    """The floor of each session's main thread that began empty."""
    threads = history.store.threads
    return {
        threads[floor.thread].session_id: floor.size
        for floor in ledger.floors
        if floor.thread not in forks and not threads[floor.thread].agent_id
    }


def _is_far(size: float, level: float, sizes: list[float], *, of_project: bool) -> bool:
    """Whether a thread did not start empty. A level that several threads share is a step of the floor itself.

    `sizes`: of the threads that it is compared with, in order.
    """
    if size <= max(level * (FAR if of_project else FAR_FROM_ALL), level + FAR_TOKENS):
        return False
    if size > level * FAR_FROM_ALL:
        return True
    alike = bisect_right(sizes, size * (1 + ALIKE)) - bisect_left(sizes, size * (1 - ALIKE))
    return alike < FEWEST


def _alike(history: History, floor: Floor) -> Sequence[tuple[str, ...]]:
    """What a thread is compared with, the most alike first: its kind in project and month, in project, anywhere."""
    thread = history.store.threads[floor.thread]
    kind = "subagent" if thread.agent_id else "main"
    project = history.store.sessions[thread.session_id].project
    month = "" if floor.time is None else history.scope.local(floor.time).strftime("%Y-%m")
    return (kind, project, month), (kind, project), (kind,)


def _usual(key: tuple[str, ...], sizes: list[float]) -> float:
    """In one project, what a quarter of the sizes does not exceed: inheritance only ever comes on top."""
    return sizes[(len(sizes) - 1) // (4 if len(key) > 1 else 2)]
