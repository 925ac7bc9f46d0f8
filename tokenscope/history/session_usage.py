"""What each session in scope used, when, how long it took, and how much of that something happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from tokenscope.history.history import History
from tokenscope.history.usage import Tally
from tokenscope.store import Session
from tokenscope.value import Value

PAUSE = 300_000  # ms: what is longer is no work, but a break
BREAK = 1_800_000  # ms: what is longer is no part of a session's length
ACTIVE_FOR = 300_000  # ms since the last activity
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
    gaps = (later - earlier for earlier, later in pairwise(order))
    return Pace(order[-1] - order[0], sum(gap for gap in gaps if gap <= PAUSE))


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


def session_sums(history: History) -> list[SessionSums]:
    """Every session that has a response in scope, the one that ended last first."""
    threads = history.store.threads
    tallies = history.by(lambda message: threads[message.thread].session_id)
    times: dict[str, list[int]] = defaultdict(list)
    subagents = Counter(threads[number].session_id for number in history.started_subagents)
    for message in history.messages:
        thread = threads[message.thread]
        if message.time is not None:
            times[thread.session_id].append(message.time)
    sums = [
        SessionSums(
            history.store.sessions[session_id],
            tally,
            min(times[session_id], default=None),
            max(times[session_id], default=None),
            subagents[session_id],
        )
        for session_id, tally in tallies.items()
    ]
    return sorted(sums, key=lambda one: (-(one.ended or 0), one.session.session_id))
