"""What the log says has changed, and when: version, model, cache lifetimes, effort, MCP servers, subagents that may be
used. Events, not causes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tokenscope.answers.comparison.session_states import SessionState

AROUND = 5  # sessions before and after
VERSION, MODEL, LIFETIME, SUBAGENT_LIFETIME, EFFORT = (
    *("version", "model", "cache_lifetime", "subagent_cache_lifetime", "effort"),
)
SERVERS, SUBAGENTS = "mcp_server", "subagent"  # each by its name; one that is offered may be used


class Event(NamedTuple):
    """Something was otherwise from a session on. `before` and `after`: the values; "" for what was not there.

    `place`: of that session among those of its project.
    """

    project: str
    place: int
    kind: str
    before: str
    after: str


_FACTS: tuple[tuple[str, Callable[[SessionState], str]], ...] = (
    (VERSION, lambda one: one.version),
    (MODEL, lambda one: one.model),
    (LIFETIME, lambda one: one.lifetime),
    (SUBAGENT_LIFETIME, lambda one: one.subagent_lifetime),
    (EFFORT, lambda one: one.effort),
)
_SETS: tuple[tuple[str, Callable[[SessionState], frozenset[str] | None]], ...] = (
    (SERVERS, lambda one: one.servers),
    (SUBAGENTS, lambda one: one.subagents),
)


def sessions_by_project(states: Sequence[SessionState]) -> dict[str, list[SessionState]]:
    projects: dict[str, list[SessionState]] = defaultdict(list)
    for one in states:
        projects[one.project].append(one)
    return dict(projects)


def find_events(projects: dict[str, list[SessionState]]) -> list[Event]:
    """What was otherwise from a session on: a value that none of the AROUND sessions before had, and that stayed."""
    found = []
    for project, states in projects.items():
        for kind, fact in _FACTS:
            values = [fact(one) for one in states]
            found += [Event(project, place, kind, before, after) for place, before, after in _changes(values)]
        for kind, known in _SETS:
            found += [Event(project, place, kind, *names) for place, names in _comings([known(one) for one in states])]
    return found


def _changes(values: Sequence[str]) -> list[tuple[int, str, str]]:
    """Where a value came that the sessions before had not and that at least half of the next ones have."""
    known = [(place, value) for place, value in enumerate(values) if value]
    found = []
    for number, (place, value) in enumerate(known):
        past = [one for _, one in known[max(0, number - AROUND) : number]]
        coming = [one for _, one in known[number : number + AROUND]]
        if past and value not in past and coming.count(value) * 2 >= len(coming):
            found.append((place, past[-1], value))
    return found


def _comings(sets: Sequence[frozenset[str] | None]) -> list[tuple[int, tuple[str, str]]]:
    """Where something came or went, among the sessions that announce what they have: ("", what) or (what, "")."""
    known = [(place, names) for place, names in enumerate(sets) if names is not None]
    found = []
    for name in sorted(set[str]().union(*(names for _, names in known))):
        values = [("there" if name in names else "gone") for _, names in known]
        for number, before, _ in _changes(values):
            found.append((known[number][0], (name, "") if before == "there" else ("", name)))
    return found
