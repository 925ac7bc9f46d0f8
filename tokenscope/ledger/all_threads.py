"""All threads of a history, walked, whole or for one part of it: by several processes where that is worth it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from functools import partial
from typing import Any, TypeVar

from tokenscope import process_pool
from tokenscope.history.history import History
from tokenscope.ledger.thread import Walked, walk
from tokenscope.ledger.thread_facts import ThreadFacts
from tokenscope.store import Context

WORTHWHILE = 6_000  # steps a process: walked in 50 ms, where starting it costs 10
MOST_PROCESSES = 8
TASKS = 200  # at most about so many: a task is some threads

Numbers = list[int]  # of contexts


def start_walks(history: History) -> Walks:
    """Begin to walk: what is worked out before `results` is asked for is worked out meanwhile."""
    walks = Walks(history)
    walks.start()
    return walks


class Walks:
    """The walks of all threads, or of some; other processes take part from `start` on."""

    def __init__(self, history: History, threads: Container[int] | None = None) -> None:
        contexts = history.store.contexts
        chosen = [number for number, one in enumerate(contexts) if threads is None or one.thread in threads]
        steps = sum(len(contexts[number].steps) for number in chosen)
        processes = max(1, min(process_pool.processors(), MOST_PROCESSES, steps // WORTHWHILE))
        self._contexts = contexts
        self._order = sorted(chosen, key=lambda number: -len(contexts[number].steps))
        self._tasks = _tasks(contexts, self._order, steps // TASKS)
        self.facts = ThreadFacts(history)
        self._team = process_pool.Team(partial(_walk, self.facts, self._tasks), len(self._tasks), processes)

    def start(self) -> None:
        """Start the other processes, where any are worthwhile."""
        self._team.start()

    def results(self) -> list[tuple[Context, Walked]]:
        """What each context came to, the longest first."""
        found = dict[int, tuple[Any, ...]]()
        for numbers, walked in zip(self._tasks, self._team.finish(), strict=True):
            found.update(zip(numbers, walked, strict=True))
        return [(self._contexts[number], Walked._make(found[number])) for number in self._order]


def _walk(facts: ThreadFacts, tasks: list[Numbers], task: int) -> list[tuple[Any, ...]]:
    return [tuple(walk(facts, number)) for number in tasks[task]]


def _tasks(contexts: list[Context], order: Numbers, size: int) -> list[Numbers]:
    """The contexts in parts of at least so many steps: those of one thread together, the longest of them first, as a
    response counts in the longest context that its thread has.
    """
    threads: dict[int, Numbers] = defaultdict(list)
    for number in order:
        threads[contexts[number].thread].append(number)
    tasks: list[Numbers] = []
    filled = size
    for numbers in threads.values():
        if filled >= size:
            tasks.append([])
            filled = 0
        tasks[-1] += numbers
        filled += sum(len(contexts[number].steps) for number in numbers)
    return tasks


Part = TypeVar("Part")


def walk_parts(history: History, part_of: Callable[[int], Part]) -> Iterator[tuple[Part, Context, Walked]]:
    """What each context came to in each part. `part_of`: of a message in scope, by its index. Needs Facet.CONTENT."""
    messages = history.store.messages
    parts: dict[int, dict[Part, list[int]]] = defaultdict(lambda: defaultdict(list))  # by thread: its messages
    for index in history.content_indices:
        parts[messages[index].thread][part_of(index)].append(index)
    walks = Walks(history, {thread for thread, found in parts.items() if len(found) == 1})
    walks.start()
    for context, walked in walks.results():
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
