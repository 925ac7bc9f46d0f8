"""All threads of a history, walked, whole or for one part of it: by several processes where that is worth it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from typing import Any, Generic, TypeVar

from tokenscope import process_pool
from tokenscope.history.history import History
from tokenscope.ledger.thread import Walked, walk
from tokenscope.ledger.thread_facts import ThreadFacts
from tokenscope.store import Context, Label

WORTHWHILE = 6_000  # steps a process: walked in 50 ms, where starting it costs 10
MOST_PROCESSES = 8
TASKS = 200  # at most about so many: a task is some threads

Found = TypeVar("Found")
Numbers = list[int]  # of contexts

# What one label's items came to in some threads: the number of a context that has it and its place there (see Walked);
# tokens, picodollars, occurrences and responses as in an Entry; the threads that it occurred in.
Sum = tuple[int, int, float, float, int, int, list[int]]
# Sums by label; the fields of Floors, and of Backlogs; responses, tokens and picodollars of prompts. All plain values,
# that another process can hand over.
Together = tuple[list[Sum], list[tuple[Any, ...]], list[tuple[Any, ...]], tuple[int, int, int]]


def start_walks(history: History) -> Walks[Together]:
    """Begin to walk all threads: what is worked out before `results` is asked for is worked out meanwhile."""
    walks = Walks(history, _add_up)
    walks.start()
    return walks


class Walks(Generic[Found]):
    """The walks of all threads, or of some, in tasks; other processes take part from `start` on.

    `find`: what is handed over of a task, of which it is given the numbers of the contexts.
    """

    def __init__(
        self,
        history: History,
        find: Callable[[ThreadFacts, Numbers], Found],
        threads: Container[int] | None = None,
    ) -> None:
        contexts = history.store.contexts
        chosen = [number for number, one in enumerate(contexts) if threads is None or one.thread in threads]
        steps = sum(len(contexts[number].steps) for number in chosen)
        processes = max(1, min(process_pool.processors(), MOST_PROCESSES, steps // WORTHWHILE))
        self.tasks = _tasks(contexts, _longest_first(contexts, chosen), steps // TASKS)
        self.facts = ThreadFacts(history)
        work = partial(_do, find, self.facts, self.tasks)
        self._team = process_pool.Team(work, len(self.tasks), processes, self.facts.told)

    def start(self) -> None:
        """Start the other processes, where any are worthwhile."""
        self._team.start()

    def results(self) -> list[Found]:
        """What was found, task by task: the longest threads first."""
        told = self._team.begun()
        if told is not None:
            self.facts.take(told)
        return self._team.finish()


def _do(find: Callable[[ThreadFacts, Numbers], Found], facts: ThreadFacts, tasks: list[Numbers], task: int) -> Found:
    return find(facts, tasks[task])


def _add_up(facts: ThreadFacts, numbers: Numbers) -> Together:
    """What some threads came to together. A task is added up by itself: the figures are the same whoever walked it."""
    sums: dict[Label | int, list[Any]] = {}
    floors, backlogs, counts = list[tuple[Any, ...]](), list[tuple[Any, ...]](), list[tuple[int, int, int]]()
    for number in numbers:
        thread, labels, *_ = facts.store.contexts[number]
        walked, behind = walk(facts, number), len(labels)
        for place, tokens, price, occurrences, carried_with in zip(*walked[:5], strict=True):
            label = labels[place] if place < behind else place - behind
            known = sums.get(label)
            if known is None:
                own = [thread] if occurrences else []
                sums[label] = [number, place, tokens, price, occurrences, carried_with, own]
                continue
            known[2] += tokens
            known[3] += price
            known[5] += carried_with
            if occurrences:
                known[4] += occurrences
                known[6].append(thread)
        if walked.floor is not None:
            floors.append((thread, *walked.floor))
        if walked.backlog is not None:
            backlogs.append((thread, *walked.backlog))
        counts.append(walked.counted)
    responses, tokens, paid = map(sum, zip(*counts, strict=True))
    return [tuple(one) for one in sums.values()], floors, backlogs, (responses, tokens, paid)


def walk_each(history: History) -> Iterator[tuple[Context, Walked]]:
    """What each context came to by itself, the longest first."""
    return _each_of(Walks(history, _walk))


def _walk(facts: ThreadFacts, numbers: Numbers) -> list[tuple[Any, ...]]:
    return [tuple(walk(facts, number)) for number in numbers]


def _each_of(walks: Walks[list[tuple[Any, ...]]]) -> Iterator[tuple[Context, Walked]]:
    walks.start()
    contexts, found = walks.facts.store.contexts, dict[int, tuple[Any, ...]]()
    for numbers, walked in zip(walks.tasks, walks.results(), strict=True):
        found.update(zip(numbers, walked, strict=True))
    for number in _longest_first(contexts, found):
        yield contexts[number], Walked._make(found[number])


def _longest_first(contexts: list[Context], numbers: Iterable[int]) -> Numbers:
    return sorted(numbers, key=lambda number: (-len(contexts[number].steps), number))


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
    walks = Walks(history, _walk, {thread for thread, found in parts.items() if len(found) == 1})
    for context, walked in _each_of(walks):
        yield next(iter(parts[context.thread])), context, walked
    shared = {thread: found for thread, found in parts.items() if len(found) > 1}
    numbers = defaultdict(list)
    for number, context in enumerate(history.store.contexts):
        if context.thread in shared:
            numbers[context.thread].append(number)
    for thread, found in shared.items():
        longest_first = _longest_first(history.store.contexts, numbers[thread])
        for part, indices in found.items():
            for other in found.values():
                for index in other:
                    walks.facts.pending[index] = 0
            for index in indices:
                walks.facts.pending[index] = 1
            for number in longest_first:
                yield part, history.store.contexts[number], walk(walks.facts, number)
