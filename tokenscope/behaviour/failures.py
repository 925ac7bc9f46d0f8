"""Where work went round in circles or did not go through, as facts: what happened how often, and what it cost.

A response counts in one of these at most, the first that it is part of: LOOP, FAILING, RETRY, DENIED, INTERRUPTED.
What an API error or a limit cost is not in the log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from tokenscope.behaviour.session_steps import retries
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.store import ToolUse

LOOP, FAILING, RETRY, DENIED, INTERRUPTED = "loop", "failing", "retry", "denied", "interrupted"
API_ERROR, API_MESSAGE, LIMIT = "api_error", "api_message", "limit"
KINDS = (LOOP, FAILING, RETRY, DENIED, INTERRUPTED, API_ERROR, API_MESSAGE, LIMIT)
POLLS = frozenset({"BashOutput", "TaskOutput", "AgentOutputTool"})  # they ask how far a task in the background has come
REPEATS, WITHIN = 4, 6  # the same call so many times in so many calls of a thread is a loop
_SAME, _OUTCOME = attrgetter("same"), attrgetter("outcome")
_UNTROUBLED = frozenset(("ok", ""))  # outcomes
FAILURES, STRETCH = 5, 20  # so many of so many calls failing, more than a fifth, is a failing stretch


class Trouble(NamedTuple):
    """One finding. `times`: the calls that were the same, that failed, were denied or interrupted; or the errors.

    `messages`: of the responses that made those calls, those that no finding before it has.
    """

    kind: str
    thread: int  # index into Store.threads
    tool: str  # "" where it was more than one
    what: str
    times: int
    calls: int  # that it stretched over
    started: int | None  # ms since the epoch
    ended: int | None  # ms since the epoch, as `started`
    messages: tuple[int, ...]
    uses: tuple[ToolUse, ...] = ()
    begins: bool = True  # its first call is in scope: there it counts as found


def find_trouble(history: History) -> list[Trouble]:
    """Every finding in scope, kind by kind, each kind thread by thread. Needs Facet.TOOLS."""
    activity = history.once(Activity)
    found = [*_of_uses(activity), *_of_notices(history, activity)]
    found.sort(key=lambda one: KINDS.index(one.kind))
    return [part for one in _each_response_once(found) if (part := _in_scope(history, activity, one)) is not None]


def _in_scope(history: History, activity: Activity, one: Trouble) -> Trouble | None:
    """What of a finding is in scope. Findings are made of whole threads, so that their parts add up to them."""
    if not one.uses:
        return one._replace(messages=tuple(filter(history.includes, one.messages)))
    uses = tuple(use for use in one.uses if activity.includes(use))
    if not uses:
        return None
    return _trouble(one.kind, one.thread, uses, one.calls)._replace(
        tool=one.tool,
        what=one.what,
        begins=uses[0] is one.uses[0],
        messages=tuple(filter(history.includes, one.messages)),
    )


def _of_uses(activity: Activity) -> Iterator[Trouble]:
    for thread, uses in activity.thread_tool_uses.items():
        outcomes = list(map(_OUTCOME, uses))
        for places in _loops(uses):
            yield _trouble(LOOP, thread, [uses[place] for place in places], places[-1] - places[0] + 1)
        for places in _failing([outcome == "error" for outcome in outcomes]):
            yield _trouble(FAILING, thread, [uses[place] for place in places], places[-1] - places[0] + 1)
        if _UNTROUBLED.issuperset(outcomes):
            continue
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
        tuple(uses),
    )


def _loops(uses: Sequence[ToolUse]) -> list[list[int]]:
    """The places of each run of the same call: REPEATS of it in any WITHIN that follow each other.

    A task that is asked how far it is answers something else each time: waiting is no loop.
    """
    often = {same for same, times in Counter(map(_SAME, uses)).items() if times >= REPEATS and same}
    if not often:
        return []
    places: dict[str, list[int]] = defaultdict(list)
    for place, use in enumerate(uses):
        if use.same in often and use.name not in POLLS:
            places[use.same].append(place)
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


def _of_notices(history: History, activity: Activity) -> Iterator[Trouble]:
    """Interrupted responses, each the last one before its notice, and what the program or the API said instead."""
    for notice in activity.notices:
        if notice.kind not in KINDS:
            continue
        broken = activity.interrupted(notice)
        messages = () if broken is None else (broken,)
        yield Trouble(notice.kind, notice.thread, "", notice.text, 1, 0, notice.time, notice.time, messages)


def _each_response_once(found: Iterable[Trouble]) -> Iterator[Trouble]:
    claimed = set[int]()
    for one in found:
        messages = tuple(index for index in one.messages if index not in claimed)
        claimed.update(messages)
        yield one._replace(messages=messages)
