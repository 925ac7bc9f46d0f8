"""Limits that were reached, as Claude Code says it in the conversation (T63): which, and when it resets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.reset_times import SAID, first_after, said_reset

SESSION, WEEK, MODEL, USAGE = "session", "week", "model", "usage"
FIVE_HOURS = 5 * 3_600_000  # ms
_RESET = re.compile(rf"resets?\s+(?:at\s+)?{SAID.pattern}", re.ASCII | re.IGNORECASE)
_EPOCH = re.compile(r"\|(\d{10})\b")  # how older versions tell it: "Claude AI usage limit reached|1753128000"
_MODEL = re.compile(r"\b(opus|sonnet|haiku|fable|mythos)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LimitReached:
    """`kind`: "session" (five hours), "week", "model" (a model's own, named in `model`), or
    "usage" where the message does not say which.

    `resets_at` None: not said, or in a zone that nobody knows. It is given in the reader's zone; `zone`: the one that
    the message names.
    """

    at: datetime | None
    kind: str
    model: str | None
    resets_at: datetime | None
    zone: str | None
    session_id: str
    said: str


def limits_reached(history: History) -> list[LimitReached]:
    """Every limit in scope, in the order of time. Needs Facet.TOOLS."""
    threads = history.store.threads
    return [
        _limit(history, notice.time, notice.text, threads[notice.thread].session_id)
        for notice in history.once(Activity).notices
        if notice.kind == "limit"
    ]


def resets_of(limits: Sequence[LimitReached], kind: str, span: int) -> list[int]:
    """When limits of a kind reset, ms since the epoch, the newest first; their window of `span` ms was open then."""
    longest, found = timedelta(milliseconds=span), []
    for one in reversed(limits):
        if one.kind == kind and one.at and one.resets_at and one.resets_at - one.at <= longest:
            found.append(round(one.resets_at.timestamp() * 1000))
    return found


def reset_of(text: str, time: int | None, zone: tzinfo | None) -> tuple[int | None, str | None]:
    """When a message of this time (ms) says that the limit resets (ms), and the zone that it names.

    `zone`: the reader's, where it names none.
    """
    if epoch := _EPOCH.search(text):
        return int(epoch[1]) * 1000, None
    found = _RESET.search(text)
    if found is None or time is None:
        return None, found["zone"] if found else None
    said = said_reset(found)
    return first_after(said, time, zone), said.zone


def _limit(history: History, time: int | None, text: str, session_id: str) -> LimitReached:
    local = history.scope.local
    resets, zone = reset_of(text, time, history.scope.zone)
    kind, model = _kind(text, time, resets)
    return LimitReached(
        None if time is None else local(time),
        kind,
        model,
        None if resets is None else local(resets),
        zone,
        session_id,
        text,
    )


def _kind(text: str, time: int | None, resets: int | None) -> tuple[str, str | None]:
    """A limit that does not say which it is, is the session's if it resets within five hours."""
    words = text.casefold()
    if model := _MODEL.search(text):
        return MODEL, model[1].casefold()
    if "week" in words:
        return WEEK, None
    within = time is not None and resets is not None and resets - time <= FIVE_HOURS
    return (SESSION if "session" in words or "5-hour" in words or within else USAGE), None
