"""What each session in scope used, when, how long it took, and how much of that something happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from operator import sub
from typing import TypeVar

from tokenscope.history.history import History
from tokenscope.history.usage import Tally, total_of
from tokenscope.model import field_of_message
from tokenscope.store import Session, Thread
from tokenscope.value import Value

PAUSE = 300_000  # ms: what is longer is no work, but a break
BREAK = 1_800_000  # ms: what is longer is no part of a session's length
ACTIVE_FOR = 300_000  # ms since the last activity
_MODEL, _TIME, _THREAD = map(field_of_message, ("model", "time", "thread"))
Key = TypeVar("Key", bound=Hashable)
ACTIVE, IDLE, STALE, CLOSED = "active", "idle", "stale", "closed"


class Pace(Value):
    """All in ms. `active`: the wall time without the breaks."""

    wall: int
    active: int


def pace_of(times: Iterable[int]) -> Pace | None:
    """From the moments (ms since the epoch) at which something happened; None where there are none."""
    order = sorted(times)
    if not order:
        return None
    wall, gaps = order[-1] - order[0], map(sub, order[1:], order)
    return Pace(wall, wall - sum(filter(PAUSE.__lt__, gaps)))


def status_of(last: int, *, now: int, idle_for: float) -> str:
    """active, idle or stale, by when a session was last heard of. `idle_for`: ms until it is stale."""
    silent = now - last
    return ACTIVE if silent <= ACTIVE_FOR else IDLE if silent <= idle_for else STALE


class SessionSums(Value):
    """`started` and `ended`: ms since the epoch of its first and last response in scope, None if all are undated."""

    session: Session
    tally: Tally
    started: int | None
    ended: int | None
    subagents: int  # that began in scope


def by_thread(history: History, told: Callable[[Thread], Key]) -> list[Key]:
    """Of each message in scope, what is the same for all of its thread, which is asked once."""
    return list(map(list(map(told, history.store.threads)).__getitem__, map(_THREAD, history.messages)))


def _session_ids(history: History) -> list[str]:
    return by_thread(history, lambda thread: thread.session_id)


def session_tallies(history: History) -> dict[tuple[str, str], Tally]:
    """What each session used of each model, whose name is without the mark of its context's size."""
    models = list(map(_MODEL, history.messages))
    plain = {model: plain_model(model) for model in set(models)}
    return history.by_group(zip(history.once(_session_ids), map(plain.__getitem__, models), strict=True))


def thread_tallies(history: History) -> dict[tuple[int, str], Tally]:
    """What each thread used of each model: of a subagent all that it used."""
    return history.by_group(zip(map(_THREAD, history.messages), map(_MODEL, history.messages), strict=True))


def session_times(history: History) -> dict[str, list[int]]:
    """When each session's responses in scope were made, in ms since the epoch."""
    times: dict[str, list[int]] = defaultdict(list)
    for session_id, time in zip(history.once(_session_ids), map(_TIME, history.messages), strict=True):
        if time is not None:
            times[session_id].append(time)
    return times


def plain_model(model: str) -> str:
    """A model without the mark of its context's size: claude-opus-5-5[1m]."""
    return model.partition("[")[0]


def session_sums(history: History) -> list[SessionSums]:
    """Every session that has a response in scope, the one that ended last first."""
    threads, times = history.store.threads, history.once(session_times)
    subagents = Counter(threads[number].session_id for number in history.started_subagents)
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for (session_id, _), tally in history.once(session_tallies).items():
        tallies[session_id].append(tally)
    sums = [
        SessionSums(
            history.store.sessions[session_id],
            total_of(own),
            min(times.get(session_id, ()), default=None),
            max(times.get(session_id, ()), default=None),
            subagents[session_id],
        )
        for session_id, own in tallies.items()
    ]
    return sorted(sums, key=lambda one: (-(one.ended or 0), one.session.session_id))
