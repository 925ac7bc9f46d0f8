"""The walks of all threads, each for one part of a history: what sat in the contexts of the one, and of the others.

Nearly every thread lies in one part as a whole and is walked once. One that several parts share is walked for each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TypeVar

from tokenscope.history.history import History
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.thread import Walked, walk
from tokenscope.store import Context

Part = TypeVar("Part")


def walk_parts(history: History, part_of: Callable[[int], Part]) -> Iterator[tuple[Part, Context, Walked]]:
    """What each context came to in each part. `part_of`: of a message in scope, by its index. Needs Facet.CONTENT."""
    walks = history.once(start_walks)
    messages = history.store.messages
    parts: dict[int, dict[Part, list[int]]] = defaultdict(lambda: defaultdict(list))  # by thread: its messages
    for index in history.content_indices:
        parts[messages[index].thread][part_of(index)].append(index)
    for context, walked in walks.results():
        if len(parts.get(context.thread, ())) == 1:
            yield next(iter(parts[context.thread])), context, walked
    shared = {thread: found for thread, found in parts.items() if len(found) > 1}
    numbers = defaultdict(list)
    for number, context in enumerate(history.store.contexts):
        if context.thread in shared:
            numbers[context.thread].append(number)
    for thread, found in shared.items():
        longest_first = sorted(numbers[thread], key=lambda number: -len(history.store.contexts[number].steps))
        for part, indices in found.items():
            for other in found.values():
                for index in other:
                    walks.facts.pending[index] = 0
            for index in indices:
                walks.facts.pending[index] = 1
            for number in longest_first:
                yield part, history.store.contexts[number], walk(walks.facts, number)
