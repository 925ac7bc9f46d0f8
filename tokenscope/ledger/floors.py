"""What threads started with: the size of each one's first prompt above what the log shows, and how much of it is floor.

Where the log says that a thread began with the context of a session, its floor is that session's, and all above it
is inherited. Else: the floors of a project's threads of one kind lie close together, so a first response far above
them did not start empty. It was a fork, a side question or a resumed conversation, and the excess is inherited.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.ledger.densities import Densities, measure_densities
from tokenscope.store import COMPACTION, MICROCOMPACTION, Context, Store

FAR_TOKENS = 8_000  # above the usual size, and …
FAR = 1.5  # … times the usual size of the same project's threads
FAR_FROM_ALL = 3.0  # … or of all threads, where a project has too few of its own: projects differ
ALIKE = 0.1  # of its size: how far a floor may lie from another one of the same level
FEWEST = 3  # threads that make a usual size


class Start(NamedTuple):
    """A thread's first prompt. `size`: its tokens beside the items that the log shows (est.)."""

    thread: int
    time: int | None  # ms since the epoch
    size: float


def own_sizes(history: History) -> dict[int, float]:
    """The size of each thread's own floor: all of its start, or what is usual where the rest is inherited.

    By `history.once`. Needs Facet.CONTENT.
    """
    starts = _starts(history.store, history.of_store(measure_densities))
    forks = {start.thread for start in starts if _is_fork(history, start)}
    sizes: dict[tuple[str, ...], list[float]] = defaultdict(list)
    alike = [_alike(history, start) for start in starts]
    for start, keys in zip(starts, alike, strict=True):
        if start.thread not in forks:
            for key in keys:
                sizes[key].append(start.size)
    for found in sizes.values():
        found.sort()
    usual = {key: _usual(key, found) for key, found in sizes.items() if len(found) >= FEWEST or len(key) == 1}
    threads = history.store.threads
    mains = {threads[one.thread].session_id: one.size for one in starts if not threads[one.thread].agent_id}
    own = {}
    for start, keys in zip(starts, alike, strict=True):
        key = next((key for key in keys if key in usual), ())
        level = usual.get(key, start.size)
        if start.thread in forks:
            own[start.thread] = min(start.size, mains.get(threads[start.thread].forked_from, level))
        else:
            is_inherited = _is_far(start.size, level, sizes[key], of_project=len(key) > 1)
            own[start.thread] = level if is_inherited else start.size
    return own


def _starts(store: Store, densities: Densities) -> list[Start]:
    """Each thread's start, as its longest file tells it."""
    found: dict[int, Start] = {}
    for context in sorted(store.contexts, key=lambda context: -len(context.steps)):
        start = None if context.thread in found else _start(store, context, densities)
        if start is not None:
            found[context.thread] = start
    return list(found.values())


def _start(store: Store, context: Context, densities: Densities) -> Start | None:
    arrived: list[int] = []
    for step in range(len(context.steps)):  # of which the first few tell it
        place, items = context.steps[step]
        if place == MICROCOMPACTION:
            continue
        if place == COMPACTION:
            arrived = []
            continue
        arrived = arrived + items
        message = store.messages[context.messages[place]]
        if message.context_tokens:
            flat = zip(arrived[::2], arrived[1::2], strict=True)
            visible = fsum(size * densities.of(context.labels[label]) for label, size in flat)
            return Start(context.thread, message.time, max(0.0, message.context_tokens - visible))
    return None


def _is_fork(history: History, start: Start) -> bool:
    """Whether the log says that a thread began with another one's context, which its own file does not hold."""
    thread = history.thread_of(start)
    if not thread.forked_from:
        return False
    first = next(iter(history.store.in_order(thread)), None)
    return first is not None and history.store.messages[first].thread == start.thread


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


def _alike(history: History, start: Start) -> Sequence[tuple[str, ...]]:
    """What a thread is compared with, the most alike first: its kind in project and month, in project, anywhere."""
    thread = history.thread_of(start)
    kind = "subagent" if thread.agent_id else "main"
    project = history.session_of(start).project
    month = "" if start.time is None else str(history.days.day(start.time))[:7]
    return (kind, project, month), (kind, project), (kind,)


def _usual(key: tuple[str, ...], sizes: list[float]) -> float:
    """In one project, what a quarter of the sizes does not exceed: inheritance only ever comes on top."""
    return sizes[(len(sizes) - 1) // (4 if len(key) > 1 else 2)]
