"""Where work went round in circles or did not go through, as facts: what happened how often, and what it cost.

A response counts in one of these at most, the first that it is part of: LOOP, FAILING, RETRY, DENIED, INTERRUPTED.
What an API error or a limit cost is not in the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tokenscope.behaviour.session_steps import retries
from tokenscope.history.activity import Deeds
from tokenscope.history.history import History
from tokenscope.store import ToolUse

LOOP, FAILING, RETRY, DENIED, INTERRUPTED = "loop", "failing", "retry", "denied", "interrupted"
API_ERROR, API_MESSAGE, LIMIT = "api_error", "api_message", "limit"
KINDS = (LOOP, FAILING, RETRY, DENIED, INTERRUPTED, API_ERROR, API_MESSAGE, LIMIT)
REPEATS, WITHIN = 4, 6  # the same call so many times in so many calls of a thread is a loop
FAILURES, STRETCH = 5, 20  # so many of so many calls failing, more than a fifth, is a failing stretch


class Trouble(NamedTuple):
    """One finding. `times`: the calls that were the same, that failed, were denied or interrupted; or the errors.

    `messages`: of the responses that made those calls, those that no finding before it has.
    """

    kind: str
    thread: int
    tool: str  # "" where it was more than one
    what: str
    times: int
    calls: int  # that it stretched over
    started: int | None  # ms since the epoch
    ended: int | None
    messages: tuple[int, ...]


def find_trouble(history: History) -> list[Trouble]:
    """Every finding in scope, kind by kind, each kind thread by thread. Needs Facet.TOOLS."""
    threads: dict[int, list[ToolUse]] = defaultdict(list)
    for use in Deeds(history).tool_uses:
        threads[use.thread].append(use)
    found = [*_of_uses(threads), *_of_notices(history)]
    found.sort(key=lambda one: KINDS.index(one.kind))
    return list(_each_response_once(found))


def _of_uses(threads: dict[int, list[ToolUse]]) -> Iterator[Trouble]:
    for thread, uses in threads.items():
        for places in _loops([use.same for use in uses]):
            yield _trouble(LOOP, thread, [uses[place] for place in places], places[-1] - places[0] + 1)
        for places in _failing([use.outcome == "error" for use in uses]):
            yield _trouble(FAILING, thread, [uses[place] for place in places], places[-1] - places[0] + 1)
        again = retries(uses)
        for use in uses:
            if use.id in again:
                yield _trouble(RETRY, thread, [use], 1)
            if use.outcome in (DENIED, INTERRUPTED):
                yield _trouble(use.outcome, thread, [use], 1)


def _trouble(kind: str, thread: int, uses: Sequence[ToolUse], calls: int) -> Trouble:
    names, whats = {use.name for use in uses}, {use.what for use in uses}
    times = [time for use in uses for time in (use.time, use.ended) if time is not None]
    return Trouble(
        kind,
        thread,
        names.pop() if len(names) == 1 else "",
        whats.pop() if len(whats) == 1 else "",
        len(uses),
        calls,
        min(times, default=None),
        max(times, default=None),
        tuple(dict.fromkeys(use.message for use in uses if use.message is not None)),
    )


def _loops(calls: Sequence[str]) -> list[list[int]]:
    """The places of each run of the same call: REPEATS of it in any WITHIN that follow each other."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, same in enumerate(calls):
        places[same].append(place)
    return [run for ones in places.values() for run in _dense(ones, REPEATS, WITHIN)]


def _failing(failed: Sequence[bool]) -> list[list[int]]:
    """The places of the failures of each stretch: FAILURES of them in any STRETCH calls that follow each other."""
    return _dense([place for place, has_failed in enumerate(failed) if has_failed], FAILURES, STRETCH)


def _dense(places: Sequence[int], most: int, within: int) -> list[list[int]]:
    """Runs of places of which every one is among `most` within so many; runs that overlap are one."""
    runs: list[list[int]] = []
    for first in range(len(places) - most + 1):
        window = places[first : first + most]
        if window[-1] - window[0] >= within:
            continue
        if runs and runs[-1][-1] >= window[0]:
            runs[-1] += [place for place in window if place > runs[-1][-1]]
        else:
            runs.append(list(window))
    return runs


def _of_notices(history: History) -> Iterator[Trouble]:
    """Interrupted responses, each the last one before its notice, and what the program or the API said instead."""
    store, in_scope, orders = history.store, set(history.indices), dict[int, list[int]]()
    for notice in store.notices:
        if notice.kind not in KINDS or not history.covers(notice.thread, notice.time):
            continue
        messages: tuple[int, ...] = ()
        if notice.kind == INTERRUPTED and notice.time is not None:
            if notice.thread not in orders:
                orders[notice.thread] = store.in_order(store.threads[notice.thread])
            order = orders[notice.thread]
            before = (index for index in reversed(order) if (store.messages[index].time or 0) <= notice.time)
            messages = tuple(index for index in (next(before, None),) if index in in_scope and index is not None)
        yield Trouble(notice.kind, notice.thread, "", notice.text, 1, 0, notice.time, notice.time, messages)


def _each_response_once(found: Iterable[Trouble]) -> Iterator[Trouble]:
    claimed = set[int]()
    for one in found:
        messages = tuple(index for index in one.messages if index not in claimed)
        claimed.update(messages)
        yield one._replace(messages=messages)
