"""Threads run again with large results cut, with a smaller floor, or at another model's prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from fractions import Fraction
from itertools import compress, count
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.history.rebuilds import ONE_HOUR
from tokenscope.ledger.densities import Densities
from tokenscope.ledger.replay import (
    COUNTS,
    CostChange,
    ThreadTurns,
    Turn,
    added_up,
    cost,
    difference,
    fields_of_turn,
    tokens_of,
)
from tokenscope.ledger.thread_facts import densities_of
from tokenscope.model import Sums
from tokenscope.pricing.table import Rates
from tokenscope.store import Context, Label

_CHARGED = fields_of_turn("sums", "size", "rates")
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
    found = set[int]()
    for context in store.contexts:
        if context.thread not in threads or store.threads[context.thread].agent_id:
            continue
        prompts = {number for number, label in enumerate(context.labels) if _is_prompt(label)}
        wanted = set(compress(count(), map(places.__contains__, context.messages)))
        for step, place in enumerate(context.steps.places):
            if place in wanted and not prompts.isdisjoint(context.steps[step][1][::2]):
                found.add(context.messages[place])
    return frozenset(found)


def _is_prompt(label: Label) -> bool:
    return label[0] == "prompt" and label[1] == "prompts"


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


RatesOf = Callable[[Turn], Rates | None]  # at another model; None: it stays as it was


def with_smaller_floor(series: ThreadTurns, tokens: int) -> CostChange:
    """Every prompt without so many tokens, at the price of reading them, or of writing them where nothing was read."""
    less, fewer, cheaper = min(tokens, series.first_size), 0, 0
    for turn in filter(COUNTS, series.turns):
        (given, _, read, written, _), size, rates = _CHARGED(turn)
        gone = less * (given + read + written) // size
        if gone <= read:  # nearly always
            fewer -= gone
            cheaper -= gone * rates.cache_read
        else:
            change = difference(turn, _lighter(turn, gone))
            fewer, cheaper = fewer + change.tokens, cheaper + change.price
    return CostChange(fewer, cheaper)


def _lighter(turn: Turn, gone: int) -> Sums:
    """Without so many tokens of its prompt."""
    given, output, read, written, one_hour = turn.sums
    unread = min(gone, read)
    unwritten = min(gone - unread, written)
    ungiven = min(gone - unread - unwritten, given)
    left = written - unwritten
    return given - ungiven, output, read - unread, left, one_hour * left // written if written else 0


def repriced(series: ThreadTurns, rates_of: RatesOf) -> CostChange:
    """The same tokens at another model's prices. A whole thread has no caches to write again."""
    return added_up(
        difference(turn, turn.sums, rates)
        for turn in series.turns
        if turn.counts and (rates := rates_of(turn)) is not None
    )


def switched(series: ThreadTurns, stretch: Collection[int], rates_of: RatesOf, lost: Fraction) -> CostChange:
    """One stretch of a thread at another model, with the switch to it and back.

    The other model's cache holds nothing of the context: the first response of the stretch writes it all. Of what the
    first response after it read, the part `lost` is written again, or all where the pause was longer than the cache's
    lifetime; at least what the stretch had added.
    """
    total, entered, begun = CostChange(), False, 0
    last = 0  # when the own model was asked last, in ms
    for turn in series.turns:
        if turn.place not in stretch:
            if entered:
                return total + _returned(turn, lost, added=turn.before - begun, pause=(turn.message.time or 0) - last)
            last = turn.message.time or 0
            continue
        rates = rates_of(turn)
        if rates is None:
            return CostChange()
        total += difference(turn, turn.sums if entered else _unread(turn, turn.sums[2]), rates)
        if not entered:
            entered, begun = True, turn.before
    return total


def _returned(turn: Turn, lost: Fraction, added: int, pause: int) -> CostChange:
    if turn.is_compacted:
        return CostChange()
    read = turn.sums[2]
    is_over = turn.is_longer_than(turn.lifetime) or pause > turn.lifetime
    again = read if is_over else max(int(read * lost), min(read, max(0, added)))
    return difference(turn, _unread(turn, again))


def _unread(turn: Turn, tokens: int) -> Sums:
    """So many tokens written that had been read."""
    given, output, read, written, one_hour = turn.sums
    return given, output, read - tokens, written + tokens, one_hour + (tokens if turn.lifetime == ONE_HOUR else 0)
