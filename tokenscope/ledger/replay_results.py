"""Results of tools as they arrived in contexts, and a thread run again with the large ones cut.

What is cut is carried by no later response until the next compaction. Some of it is asked for again: a response more
for each cut result, which reads the context once more, and the part that comes back stays.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.history.rebuilds import ONE_HOUR
from tokenscope.ledger.densities import Densities
from tokenscope.ledger.replay import CostChange, ThreadTurns, Turn, cost, difference, tokens_of
from tokenscope.ledger.thread_facts import densities_of
from tokenscope.model import Sums
from tokenscope.store import Context, Label

ASKING_AGAIN = 100  # output tokens of a call that asks for the rest


class SentResult(NamedTuple):
    """One result of a tool: its size as it was sent, and estimated in tokens."""

    bytes: int
    tokens: int


class Arrivals(NamedTuple):
    """By the response that something arrived with. `asks`: those that a prompt of a person or a program came before."""

    asks: frozenset[int]
    results: dict[str, dict[int, list[SentResult]]]  # by tool, then by index into Store.messages


def find_arrivals(history: History) -> Arrivals:
    """What arrived before each response, in the thread that it is credited to. Needs Facet.CONTENT."""
    densities, seen = history.once(densities_of), set[int]()
    asks, results = set[int](), dict[str, dict[int, list[SentResult]]]()
    for tool in ("Read", "Bash"):
        results[tool] = defaultdict(list)
    for context in sorted(history.store.contexts, key=lambda one: -len(one.steps)):
        _add(history, context, densities, seen, asks, results)
    return Arrivals(frozenset(asks), results)


def asks_among(history: History, places: frozenset[int]) -> frozenset[int]:
    """Those of some responses in main threads that a prompt came right before. Needs Facet.CONTENT."""
    store = history.store
    threads = {store.messages[place].thread for place in places}
    main = {number for number in threads if not store.threads[number].agent_id}
    found = set[int]()
    for context in store.contexts if main else ():
        if context.thread not in main:
            continue
        prompts = {number for number, label in enumerate(context.labels) if _is_prompt(label)}
        for place, arrived in context.steps:
            if place >= 0 and context.messages[place] in places and not prompts.isdisjoint(arrived[::2]):
                found.add(context.messages[place])
    return frozenset(found)


def _is_prompt(label: Label) -> bool:
    return label[:2] == ("prompt", "prompts")


def _add(
    history: History,
    context: Context,
    densities: Densities,
    seen: set[int],
    asks: set[int],
    results: dict[str, dict[int, list[SentResult]]],
) -> None:
    tools = [
        results.get(label[1].removesuffix(" results")) if label[0] == "tool_result" else None
        for label in context.labels
    ]
    prompts = list(map(_is_prompt, context.labels))
    each, messages = densities.each(context.labels), history.store.messages
    for place, arrived in context.steps:
        if place < 0:
            continue
        index = context.messages[place]
        if index in seen or messages[index].thread != context.thread:
            continue
        seen.add(index)
        for label, size in zip(arrived[::2], arrived[1::2], strict=True):
            if prompts[label]:
                asks.add(index)
            tool = tools[label]
            if tool is not None:
                tool[index].append(SentResult(size, round(size * each[label])))


class Cut(NamedTuple):
    """What a limit would have cut of the results that came with one response."""

    tokens: int
    results: int


def cuts_in_tokens(results: dict[int, list[SentResult]], limit: int) -> dict[int, Cut]:
    """By response, what lies beyond so many tokens of each result."""
    found = {index: [one.tokens - limit for one in ones if one.tokens > limit] for index, ones in results.items()}
    return {index: Cut(sum(over), len(over)) for index, over in found.items() if over}


def cuts_in_bytes(results: dict[int, list[SentResult]], limit: int) -> dict[int, Cut]:
    """By response, the tokens of what lies beyond so many characters of each result."""
    found = {
        index: [one.tokens * (one.bytes - limit) // one.bytes for one in ones if one.bytes > limit]
        for index, ones in results.items()
    }
    return {index: Cut(sum(over), len(over)) for index, over in found.items() if over}


def run_cut(series: ThreadTurns, cuts: dict[int, Cut], given_back: Fraction) -> CostChange:
    """A thread with its results cut, of which this part was asked for again."""
    total, dropped = CostChange(), 0
    for turn in series.turns:
        dropped = 0 if turn.is_compacted else min(dropped, turn.size)
        cut = cuts.get(turn.place, Cut(0, 0))
        if not dropped and not cut.tokens:
            continue
        sums, gone = _without_results(turn, dropped, cut.tokens)
        total += difference(turn, sums)
        back = int(gone * given_back)
        if back:
            total += _asked_again(turn, turn.size - dropped - gone, back, cut.results)
        dropped += gone - back
    return total


def _without_results(turn: Turn, dropped: int, cut: int) -> tuple[Sums, int]:
    """The counters without what had been cut before and what is cut now; how much the latter came to."""
    given, output, read, written, one_hour = turn.sums
    old = min(dropped, read)
    fresh = written - turn.rebuilt
    gone = min(cut, fresh)
    left = written - gone - min(dropped - old, turn.rebuilt)
    return (given, output, read - old, left, one_hour * left // written if written else 0), gone


def _asked_again(turn: Turn, size: int, back: int, results: int) -> CostChange:
    if not turn.counts:
        return CostChange()
    one_hour = back if turn.lifetime == ONE_HOUR else 0
    request: Sums = (0, ASKING_AGAIN * results, max(0, size) * results, back, one_hour)
    return CostChange(tokens_of(request), cost(turn.rates, request))
