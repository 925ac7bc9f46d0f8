"""What a fork copied of its original before an answer came: the same items in two files, that occurred once (T21).

Copied responses are credited to one file, and what came before them with them. What stands behind the last copied
response has no such mark. In the original the same items follow the same response, so that is where to look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from tokenscope.model import field_of_message
from tokenscope.store import MICROCOMPACTION, Context, Label, Store

Item = tuple[Label, int]  # label, bytes
_THREAD = field_of_message("thread")


def copied_items(store: Store) -> dict[int, range]:
    """The ordinals of such items, by the index of the context that copied them. Needs Facet.CONTENT."""
    threads = defaultdict(list)
    for number, context in enumerate(store.contexts):
        threads[context.thread].append(number)
    places: dict[int, dict[int, int]] = {}  # of each context that was copied from: the step of each message
    found = {}
    for number, context in enumerate(store.contexts):
        last = _last_copied(store, context)
        if last is None:
            continue
        message = context.messages[context.steps.places[last]]
        until = islice(context.steps, last + 1)
        first = sum(len(arrived) // 2 for place, arrived in until if place != MICROCOMPACTION)
        for other in threads[store.messages[message].thread]:
            original = store.contexts[other]
            if other not in places:
                places[other] = {
                    original.messages[place]: step for step, place in enumerate(original.steps.places) if place >= 0
                }
            if message in places[other]:
                same = _same(_after(context, last), _after(original, places[other][message]))
                found[number] = range(first, first + same)
                break
    return found


def _last_copied(store: Store, context: Context) -> int | None:
    """The step of the last response that belongs to another thread."""
    places = [place for place in context.steps.places if place >= 0]
    threads = list(map(_THREAD, map(store.messages.__getitem__, map(context.messages.__getitem__, places))))
    if threads.count(context.thread) == len(threads):  # nearly always
        return None
    others = {place for place, thread in zip(places, threads, strict=True) if thread != context.thread}
    return max(step for step, place in enumerate(context.steps.places) if place in others)


def _after(context: Context, step: int) -> Iterator[Item]:
    """What arrived after a response and before the next one."""
    for place, arrived in map(context.steps.__getitem__, range(step + 1, len(context.steps))):
        if place != MICROCOMPACTION:
            for label, size in zip(arrived[::2], arrived[1::2], strict=True):
                yield context.labels[label], size
        if place >= 0:
            return


def _same(one: Iterator[Item], other: Iterator[Item]) -> int:
    """How many items are the same in both, from the first one on."""
    count = 0
    for item, twin in zip(one, other, strict=False):
        if item != twin:
            break
        count += 1
    return count
