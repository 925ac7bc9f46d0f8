"""How a session's context grew: the prompt of each response of its main thread, and what made it fall."""

from __future__ import annotations

from typing import NamedTuple

from tokenscope.accounting.history import History


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
        compactions = [compaction.time for compaction in thread.compactions]
        is_first = True
        for index in store.in_order(thread) if not thread.agent_id else ():
            message, compacted = store.messages[index], False
            while compactions and compactions[0] <= (message.time or 0):
                compacted = bool(compactions.pop(0))
            if index in in_scope and message.thread == number and not message.part:
                rebuild = history.rebuilds.get(index)
                tokens = rebuild.tokens if rebuild is not None else 0
                points.append(Point(message.time or 0, message.context_tokens, tokens, compacted and not is_first))
            is_first = False
    return points
