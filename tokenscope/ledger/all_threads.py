"""All threads of a history, walked: by several processes where that is worth it.

Threads know nothing of each other, and what each came to is added up in one order, whoever walked it: so the sums are
the same, to the last digit, whatever the number of processes.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

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
    """The walks of all threads; other processes take part from `start` on."""

    def __init__(self, history: History) -> None:
        contexts = history.store.contexts
        steps = sum(len(context.steps) for context in contexts)
        processes = max(1, min(process_pool.processors(), MOST_PROCESSES, steps // WORTHWHILE))
        self._contexts = contexts
        self._order = sorted(range(len(contexts)), key=lambda number: -len(contexts[number].steps))
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
