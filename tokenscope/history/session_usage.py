"""What each session in scope used, and when."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.history.usage import Tally
from tokenscope.store import Session


class SessionSums(NamedTuple):
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
