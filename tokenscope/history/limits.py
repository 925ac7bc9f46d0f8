"""Limits that were reached, as Claude Code says it in the conversation (T63): which, and when it resets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from tokenscope.errors import UsageError
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.scope import find_zone
from tokenscope.value import Value

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SAID = re.compile(
    rf"(?:(?P<month>{'|'.join(MONTHS)})[a-z]*\.?\s+(?P<day>\d{{1,2}}),?\s+(?:at\s+)?"
    rf"|(?P<weekday>{'|'.join(WEEKDAYS)})[a-z]*,?\s+(?:at\s+)?)?"
    r"(?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?!\s*[ap]m)"
    r"|(?P<of_twelve>0?[1-9]|1[0-2])(?::(?P<past>[0-5]\d))?\s*(?P<half>[ap]m))"
    r"(?:\s*\((?P<zone>[A-Za-z0-9_/+-]+)\))?",
    re.ASCII | re.IGNORECASE,
)


class SaidReset(NamedTuple):
    """`day`: month and day of it; `weekday`: 0 is Monday; with neither, a time of any day. `zone` None: not said."""

    day: tuple[int, int] | None
    weekday: int | None
    hour: int  # of the day, from 0
    minute: int  # of the hour
    zone: str | None


def said_reset(found: re.Match[str]) -> SaidReset:
    """What a match of SAID says."""
    hour = int(found["hour"] or found["of_twelve"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    month, weekday = found["month"], found["weekday"]
    return SaidReset(
        (MONTHS.index(month.lower()) + 1, int(found["day"])) if month else None,
        WEEKDAYS.index(weekday.lower()) if weekday else None,
        hour,
        int(found["minute"] or found["past"] or 0),
        found["zone"],
    )


def moments(said: SaidReset, around: int, zone: tzinfo | None) -> list[int]:
    """Every moment (ms since the epoch) near `around` that is meant by it, in order; `zone`: where none is said.

    Raises UsageError for a zone that nobody knows.
    """
    where = zone if said.zone is None else find_zone(said.zone)[0]
    today = (
        datetime.fromtimestamp(around / 1000, where).date() if where else datetime.fromtimestamp(around / 1000).date()
    )
    if said.day is not None:
        days = [day for year in (-1, 0, 1) if (day := _day(today.year + year, *said.day)) is not None]
    else:
        days = [today + timedelta(days=ahead) for ahead in range(-8, 9)]
        days = [day for day in days if said.weekday in (None, day.weekday())]
    local = (datetime(day.year, day.month, day.day, said.hour, said.minute) for day in days)
    return [round((one.replace(tzinfo=where) if where else one.astimezone()).timestamp() * 1000) for one in local]


def first_after(said: SaidReset, time: int, zone: tzinfo | None) -> int | None:
    """The first such moment (ms since the epoch) after a time; None for a zone that nobody knows."""
    try:
        return next((moment for moment in moments(said, time, zone) if moment > time), None)
    except UsageError:
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 29 February
        return None


SESSION, WEEK, MODEL, USAGE = "session", "week", "model", "usage"
FIVE_HOURS = 5 * 3_600_000  # ms
_RESET = re.compile(rf"resets?\s+(?:at\s+)?{SAID.pattern}", re.ASCII | re.IGNORECASE)
_EPOCH = re.compile(r"\|(\d{10})\b")  # how older versions tell it: "Claude AI usage limit reached|1753128000"
_MODEL = re.compile(r"\b(opus|sonnet|haiku|fable|mythos)\b", re.IGNORECASE)


class LimitReached(Value):
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
