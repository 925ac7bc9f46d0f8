"""How long a session took, how much of that something happened, and whether it is still going on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

PAUSE = 300_000  # ms: what is longer is no work, but a break
BREAK = 1_800_000  # ms: what is longer is no part of a session's length
ACTIVE_FOR = 300_000  # ms since the last activity
ACTIVE, IDLE, STALE, CLOSED = "active", "idle", "stale", "closed"


class Pace(NamedTuple):
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
