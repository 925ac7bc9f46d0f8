"""What changed, and when: what the log names, with the figures around it, and where floors shifted for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from statistics import median_low
from typing import TypedDict

from tokenscope.answers.comparison.floor_shifts import FoundShift, find_shifts
from tokenscope.answers.comparison.session_states import (
    AROUND,
    MODEL,
    SERVERS,
    SUBAGENTS,
    Event,
    SessionState,
    find_events,
    session_states,
    sessions_by_project,
)
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.value import Value
from tokenscope.view.figures import model_name

COMING = {SERVERS: "MCP server", SUBAGENTS: "subagent"}  # what comes and goes by its name
# Figures of at most AROUND sessions of one project and model on each side. A dict, for `from` is no name of a field.
LoggedChange = TypedDict(
    "LoggedChange",
    {
        "at": datetime,
        "kind": str,
        "from": str,
        "to": str,
        "project": str,
        "model": str,
        "sessions_before": int,
        "sessions_after": int,
        "floor_before": int | None,
        "floor_after": int | None,
        "rebuilt_share_before": float | None,
        "rebuilt_share_after": float | None,
        "usd_per_ask_before": float | None,
        "usd_per_ask_after": float | None,
    },
)


class FloorShift(Value):
    """`date`: of the first session with the other floor. `before`, `after`: the middle floors, in tokens (est.).

    `model`: of most sessions right after it. `named`: what the log says was otherwise since that session, and whether
    most sessions ran on another model; empty: nothing logged changed. None of it is a cause.
    """

    date: date
    project: str
    model: str
    before: int
    after: int
    sessions_before: int
    sessions_after: int
    named: list[str]
    could_be_chance: bool


class ChangesReport(Value):
    """`expected_by_chance`: how many shifts the same sessions show in shuffled order, on average."""

    sessions: int
    projects: int
    events: list[LoggedChange]
    shifts: list[FloorShift]
    expected_by_chance: float


def find_changes(history: History) -> ChangesReport:
    """Needs Facet.CONTENT. The newest first."""
    states = session_states(history)
    projects = sessions_by_project(states)
    events, found = find_events(projects), find_shifts(states)
    logged = [_logged(history, projects[event.project], event) for event in events]
    return ChangesReport(
        sessions=len(states),
        projects=len(projects),
        events=sorted(logged, key=lambda one: one["at"], reverse=True),
        shifts=sorted(
            (_shift(history, one, projects, events) for one in found.shifts), key=lambda one: one.date, reverse=True
        ),
        expected_by_chance=round(found.expected, 6),
    )


def _logged(history: History, states: Sequence[SessionState], event: Event) -> LoggedChange:
    at = states[event.place]
    is_alike = [event.kind == MODEL or one.model == at.model for one in states]
    before = [one for one, alike in zip(states, is_alike, strict=True) if alike and one.started < at.started][-AROUND:]
    after = [one for one, alike in zip(states, is_alike, strict=True) if alike and one.started >= at.started][:AROUND]
    return {
        "at": history.scope.local(at.started),
        "kind": event.kind,
        "from": event.before,
        "to": event.after,
        "project": event.project,
        "model": at.model,
        "sessions_before": len(before),
        "sessions_after": len(after),
        "floor_before": _floor(before),
        "floor_after": _floor(after),
        "rebuilt_share_before": _rebuilt(before),
        "rebuilt_share_after": _rebuilt(after),
        "usd_per_ask_before": _usd_per_ask(before),
        "usd_per_ask_after": _usd_per_ask(after),
    }


def _floor(states: Sequence[SessionState]) -> int | None:
    sizes = [one.floor for one in states if one.floor is not None]
    return round(median_low(sizes)) if sizes else None


def _rebuilt(states: Sequence[SessionState]) -> float | None:
    return share_of(sum(one.rebuilt for one in states), sum(one.tokens for one in states))


def _usd_per_ask(states: Sequence[SessionState]) -> float | None:
    asks, price = sum(one.asks for one in states), sum(one.price for one in states)
    return dollars_of(round(price / asks)) if asks and price else None


def _shift(
    history: History, found: FoundShift, projects: dict[str, list[SessionState]], events: Sequence[Event]
) -> FloorShift:
    sessions, place = found.sessions, found.place
    first, last = sessions[place], sessions[place - 1]
    named = [
        change_words(event.kind, event.before, event.after)
        for event in events
        if event.project == first.project
        and event.kind != MODEL
        and last.started < projects[event.project][event.place].started <= first.started
    ]
    models = found.models
    if models[0] != models[1]:
        named.insert(0, change_words(MODEL, *map(model_name, models)))
    return FloorShift(
        date=history.days.day(first.started),
        project=first.project,
        model=models[1],
        before=round(found.before),
        after=round(found.after),
        sessions_before=place,
        sessions_after=len(sessions) - place,
        named=named,
        could_be_chance=found.could_be_chance,
    )


def change_words(kind: str, before: str, after: str) -> str:
    """What changed, in words."""
    if kind in COMING:
        return f"{COMING[kind]} {after} came" if after else f"{COMING[kind]} {before} went"
    return f"{kind.replace('_', ' ')} {before} → {after}"
