"""How a session's context grew: the prompt of each response of its main thread, and what made it fall."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from tokenscope.history.history import History


class Point(NamedTuple):
    """One response. `rebuilt`: tokens that the cache had lost; `compacted`: a summary replaced what was before it."""

    time: int  # ms since the epoch
    context_tokens: int
    rebuilt: int
    compacted: bool


def growth_of(history: History, threads: list[int]) -> list[Point]:
    """The responses in scope of the main thread among `threads`, in the order of time; copies are left out."""
    store, in_scope = history.store, set(history.indices)
    points: list[Point] = []
    for number in threads:
        thread = store.threads[number]
        if thread.agent_id:
            continue
        compactions = [compaction.time for compaction in thread.compactions]
        behind = len(compactions)  # those before the first response replaced nothing
        for index in store.in_order(thread):
            message = store.messages[index]
            time = message.time or 0
            before, behind = behind, bisect_right(compactions, time)
            if index in in_scope and message.thread == number and not message.part:
                rebuild = history.rebuilds.get(index)
                tokens = rebuild.tokens if rebuild is not None else 0
                points.append(Point(time, message.context_tokens, tokens, before < behind))
    return points
