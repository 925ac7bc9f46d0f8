"""How the growth of a prompt is shared among what had arrived (T35), and what a fork copied of its original (T21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from tokenscope.model import field_of_message
from tokenscope.store import MICROCOMPACTION, Context, Label, Store

OTHERS, VISIBLE, THOUGHT = range(3)  # what others brought, what the model said and one sees, what it thought
# Without thinking, an output was 1.4 times its visible words (est.) in the middle of 572 real responses, 3.7 times in
# the 99th percentile and 4.8 times at most, where a short command stands in a long frame.
MOST_FRAMED = 5.0


# What each estimate is multiplied by, by OTHERS, VISIBLE and THOUGHT.
Factors = tuple[float, float, float]


def share_growth(growth: float, estimates: Sequence[float], said: int | None, most: float) -> tuple[Factors, float]:
    """Scale estimates (tokens, by OTHERS, VISIBLE and THOUGHT) to a growth of at least 0 tokens; what nothing explains.

    `said`: the output of the response before, thinking included, where the log has it. What was thought is the
    part of it that the visible words leave, if it thought at all; the rest of the growth is of others, who are scaled
    up by `most` at most.
    """
    others, visible, thought = estimates
    if said is None or not visible + thought:
        estimate = others + visible + thought
        scale = min(growth / estimate, most) if estimate else 0.0
        return (scale, scale, scale), growth - estimate * scale
    seen = min(float(said), visible * (1 if thought else MOST_FRAMED))
    least = others / most
    unseen = min(said - seen, max(0.0, growth - seen - least))  # some of it may be gone already
    left = growth - seen - unseen
    if left < least:  # more had arrived than there is room for
        fit = growth / (seen + others)
        return (fit, _ratio(seen * fit, visible), 0.0), 0.0
    scale = min(left / others, most) if others else 0.0
    unexplained = left - others * scale + (0.0 if thought else unseen)
    return (scale, _ratio(seen, visible), _ratio(unseen, thought)), unexplained


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def estimated(
    flat: list[int], each: Sequence[float], voices: Sequence[int]
) -> tuple[list[int], list[float], list[float], int]:
    """The labels and the tokens (est.) of what has arrived, one by one; the tokens' sums by OTHERS, VISIBLE and
    THOUGHT; the bytes of what the model had said. `flat`: label, bytes, label, bytes, …; the others are by label.
    """
    labels, own = flat[::2], 0
    others = visible = thought = 0.0
    tokens: list[float] = []
    for label, size in zip(labels, flat[1::2], strict=True):
        estimate, voice = size * each[label], voices[label]
        tokens.append(estimate)
        if voice == OTHERS:
            others += estimate
            continue
        own += size
        if voice == VISIBLE:
            visible += estimate
        else:
            thought += estimate
    return labels, tokens, [others, visible, thought], own


def scaled(
    labels: list[int], estimates: list[float], voices: Sequence[int], factors: Factors, nowhere: int
) -> list[float]:
    """The tokens of each item, so many times its estimate. What comes to nothing gets the label `nowhere`."""
    others, visible, thought = factors
    if others == visible == thought:
        tokens = [estimate * others for estimate in estimates]
    else:
        tokens = [estimate * factors[voices[label]] for label, estimate in zip(labels, estimates, strict=True)]
    if 0.0 in tokens and min(factors) <= 0:
        labels[:] = [label if size else nowhere for label, size in zip(labels, tokens, strict=True)]
    return tokens


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
