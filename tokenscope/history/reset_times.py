"""Moments at which a limit resets, as Claude Code writes them: 7:20pm (Europe/Berlin), Nov 24, 9am (UTC), Mon 9am.

They name no year, and mostly no day: which moment is meant is told by what they are said of.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from tokenscope.errors import UsageError
from tokenscope.scope import find_zone

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
