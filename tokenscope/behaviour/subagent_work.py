"""What each subagent did: its own responses in scope, who spawned it, and which of them stand out.

A subagent's responses are those that are credited to its thread: a side question repeats the main thread's, and they
stay there (T21). What a spawn reported of a subagent is never added to anything (T25).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

from tokenscope.behaviour.light_stretches import MIDDLE, NOTHING_DONE, find_stretches, is_premium, output_of
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.store import ResponseWork, Subagent

HANDED, RETURNED = 50_000, 1_000  # tokens: a first prompt that is large, and a last word that is little
REPEATED = 3  # times the same prompt
GROWN = 3  # times as large as its first prompt was what a resumed one began with
OVER_POWERED, OVER_PROVISIONED, REPEATED_PROMPT, RUNAWAY = "over-powered", "over-provisioned", "repeated", "runaway"


class Life(NamedTuple):
    """A subagent and its own messages in scope, in the order of time: indices into Store.messages, undated ones last.

    `parent`: the thread that spawned it, None where the log does not say.
    """

    subagent: Subagent
    thread: int
    parent: int | None
    messages: list[int]


class Outlier(NamedTuple):
    """Something to check. `claimed`: those of its responses that no other finding and no stretch of the audit claims.

    `figures`: over-provisioned: first prompt and last output; repeated: how often; runaway: the first prompt of each
    segment, the first and every resumed one; over-powered: none.
    """

    kind: str
    life: Life
    claimed: list[int]
    figures: tuple[int, ...]


def lives(history: History) -> list[Life]:
    """Every subagent that has a response of its own in scope, in the order of the store."""
    store = history.store
    own: dict[int, list[int]] = defaultdict(list)
    for index in history.indices:
        own[store.messages[index].thread].append(index)
    found = []
    activity = history.once(Activity)
    for thread, subagent in activity.subagents_by_thread.items():
        if thread not in own:
            continue
        spawns = activity.spawns(subagent)
        parent = spawns[0].thread if spawns else None
        messages = sorted(own[thread], key=lambda index: _moment(store.messages[index].time))
        found.append(Life(subagent, thread, parent, messages))
    return found


def _moment(time: int | None) -> tuple[bool, int]:
    return time is None, time or 0


def find_candidates(history: History, found: list[Life]) -> list[Outlier]:
    """The subagents that stand out, each response claimed once: the audit's stretches first, then in this order."""
    claimed = {index for run in find_stretches(history, MIDDLE) for index in run}
    light = set(claimed)
    findings = []
    for kind, life, messages, figures in (
        *_repeated(history, found),
        *_runaway(history, found),
        *_over_provisioned(history, found),
        *_over_powered(history, found, light),
    ):
        free = [index for index in messages if index not in claimed]
        claimed.update(free)
        findings.append(Outlier(kind, life, free, figures))
    return findings


_Found = list[tuple[str, Life, list[int], tuple[int, ...]]]


def _repeated(history: History, found: list[Life]) -> _Found:
    """All but the first of those that were told the same in the same project."""
    same: dict[tuple[str, str], list[Life]] = defaultdict(list)
    for life in found:
        if life.subagent.prompt_key and life.subagent.spawns and not life.subagent.kind:
            project = history.store.sessions[life.subagent.session_id].project
            same[project, life.subagent.prompt_key].append(life)
    together = [sorted(ones, key=lambda life: _began(history, life)) for ones in same.values() if len(ones) >= REPEATED]
    return [(REPEATED_PROMPT, life, life.messages, (len(ones),)) for ones in together for life in ones[1:]]


def _responses(history: History, life: Life) -> list[int]:
    """Its messages without requests inside a response (T28)."""
    return [index for index in life.messages if not history.store.messages[index].part]


def _began(history: History, life: Life) -> tuple[bool, int]:
    return _moment(history.store.messages[life.messages[0]].time)


def _runaway(history: History, found: list[Life]) -> _Found:
    """Resumed ones whose prompt grew from segment to segment; what is claimed begins with the second."""
    runaways: _Found = []
    for life in found:
        segments = _segments(history, life)
        firsts = tuple(history.store.messages[own[0]].prompt_tokens for own in segments)
        grows = all(before < after for before, after in pairwise(firsts))
        if len(firsts) > 1 and grows and firsts[-1] >= GROWN * max(firsts[0], 1):
            runaways.append((RUNAWAY, life, [index for own in segments[1:] for index in own], firsts))
    return runaways


def _segments(history: History, life: Life) -> list[list[int]]:
    """Its responses, apart where a later spawn resumed it."""
    store = history.store
    calls = sorted(call.time or 0 for call in history.once(Activity).spawns(life.subagent)[1:])
    segments: dict[int, list[int]] = defaultdict(list)
    for index in life.messages:
        time = store.messages[index].time
        if time is not None:
            segments[sum(call <= time for call in calls)].append(index)
    return [segments[number] for number in sorted(segments)]


def _over_provisioned(history: History, found: list[Life]) -> _Found:
    """Handed much, and little came back."""
    store = history.store
    over: _Found = []
    for life in found:
        if life.subagent.kind:
            continue
        responses = _responses(history, life)
        if not responses:
            continue
        handed, last = store.messages[responses[0]].prompt_tokens, responses[-1]
        work = ResponseWork._make(history.response_work.get(last, NOTHING_DONE))
        said = round(output_of(store.messages[last], work.visible_bytes + work.thinking_bytes))
        if handed >= HANDED and said <= RETURNED:
            over.append((OVER_PROVISIONED, life, life.messages, (handed, said)))
    return over


def _over_powered(history: History, found: list[Life], light: set[int]) -> _Found:
    """A premium model, light all through: its first response is never light by itself, all others were."""
    over: _Found = []
    for life in found:
        first, *others = _responses(history, life) or [-1]
        if others and is_premium(history.store.messages[first]) and light.issuperset(others):
            over.append((OVER_POWERED, life, life.messages, ()))
    return over
