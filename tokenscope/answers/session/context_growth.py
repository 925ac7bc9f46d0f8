"""The context of one session through time, drawn."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Chart

NOTABLE = 0.1  # of a prompt: less than that written again is not marked
FEWEST = 3  # responses that are worth a picture
CAPTION = "exact tokens of each prompt of the main thread, response by response"
LEGEND = ("compacted into a summary", "rebuilt: the cache had lost it")


class Point(NamedTuple):
    """One response. `rebuilt`: tokens that the cache had lost; `compacted`: a summary replaced what was before it."""

    time: int  # ms since the epoch
    context_tokens: int
    rebuilt: int
    compacted: bool


class ContextPoint(Value):
    """One response of the main thread. `rebuilt_tokens`: of its prompt, written again because the cache had lost it."""

    time: datetime
    context_tokens: int
    rebuilt_tokens: int
    compacted: bool  # a compaction lies before it


def context_series(history: History, threads: list[int]) -> list[ContextPoint]:
    """Every response in scope of a session's main thread, in the order of time."""
    return [_point(history, point) for point in growth_of(history, threads)]


def _point(history: History, point: Point) -> ContextPoint:
    return ContextPoint(history.scope.local(point.time), point.context_tokens, point.rebuilt, point.compacted)


def growth_card(series: list[ContextPoint]) -> Card:
    """A chart whose columns are responses, not minutes: a break takes no room."""
    title = "Its context"
    largest = max((point.context_tokens for point in series), default=0)
    if not largest:
        return Card(title, "No response of its main thread here.")
    compactions = sum(point.compacted for point in series)
    marks = [
        (place / len(series), kind)
        for place, point in enumerate(series)
        for kind, marked in enumerate((point.compacted, _is_notable(point)))
        if marked
    ]
    sentence = _sentence(series, largest, compactions, sum(point.rebuilt_tokens for point in series))
    if len(series) < FEWEST:
        return Card(title, sentence, caption=CAPTION)
    chart = Chart(
        tuple(point.context_tokens / largest for point in series),
        figures.tokens(largest),
        f"{figures.tokens(series[0].context_tokens)} at first, {figures.tokens(series[-1].context_tokens)} at last.",
        tuple(marks),
        LEGEND,
    )
    return Card(title, sentence, (chart,), caption=CAPTION)


def _is_notable(point: ContextPoint) -> bool:
    return point.rebuilt_tokens >= NOTABLE * point.context_tokens > 0


def _sentence(series: list[ContextPoint], largest: int, compactions: int, rebuilt: int) -> str:
    grew = (
        f"It grew from {figures.tokens(series[0].context_tokens)} tokens to {figures.tokens(largest)}"
        f" in {figures.plural(len(series), 'response')}"
    )
    if largest == series[0].context_tokens:
        grew = f"It held {at_most(largest)}, in {figures.plural(len(series), 'response')}"
    then = f", was compacted {_times(compactions)}" if compactions else ""
    lost = f" and {figures.tokens(rebuilt)} had to be written again" if rebuilt else ""
    return f"{grew}{then}{lost}."


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


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


def at_most(tokens: int) -> str:
    """How large a context was: 1 token at most, 12.4K tokens at most."""
    return f"{figures.tokens(tokens)} {'token' if tokens == 1 else 'tokens'} at most"
