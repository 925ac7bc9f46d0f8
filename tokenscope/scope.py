"""Which part of the history a question is about: the same filters, with the same meaning, everywhere."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

from tokenscope.errors import UsageError
from tokenscope.value import Value

_AGO = re.compile(r"(\d+)\s*([mhdw])")
_DAYS = {"today": 0, "yesterday": 1}  # ago
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
QUARTER_HOUR = 900_000  # ms; every zone's offset since 1972 is a multiple of it


class Scope(Value):
    """The window is since <= time < until, in milliseconds since the epoch; None leaves that end open.

    `projects` and `models` match anywhere in the name, whatever the case; `sessions` match its beginning.
    `only`: a field of model.Stamps, and what has to be in it; all of them together.
    `zone` None is the machine's own zone, with its daylight saving.
    """

    now: int
    since: int | None = None
    until: int | None = None
    projects: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    only: tuple[tuple[str, str], ...] = ()
    zone: tzinfo | None = None
    zone_name: str = "UTC"

    @property
    def has_window(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def is_everything(self) -> bool:
        return not (self.has_window or self.projects or self.models or self.sessions or self.only)

    def has_project(self, *folders: str) -> bool:
        """Whether any of these folders is asked for."""
        return names_project(self.projects, *folders)

    def local(self, time: int) -> datetime:
        """A moment in the reader's zone."""
        return datetime.fromtimestamp(time / 1000, UTC).astimezone(self.zone)


def names_project(wanted: Iterable[str], *folders: str) -> bool:
    """Whether any of these words is in the path of any of these folders, however it is spelt; no word names all."""
    words = [_spelt(word) for word in wanted]
    return not words or any(word in _spelt(folder) + "/" for folder in folders if folder for word in words)


def _spelt(path: str) -> str:
    return unicodedata.normalize("NFC", path).replace("\\", "/").casefold()


class DayFinder:
    """The local day of a moment (T50). Remembers quarter hours: a history has few of them and many responses."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._days: dict[int, date] = {}

    def day(self, time: int) -> date:
        quarter = time // QUARTER_HOUR
        found = self._days.get(quarter)
        if found is None:
            found = self._days[quarter] = self._scope.local(quarter * QUARTER_HOUR).date()
        return found

    def days(self, times: Iterable[int]) -> set[date]:
        """The local days of many moments."""
        return {self.day(quarter * QUARTER_HOUR) for quarter in {time // QUARTER_HOUR for time in times}}


def parse_moment(text: str, *, now: int, zone: tzinfo | None, end_of_day: bool = False) -> int:
    """A moment as a person writes it: 7d, 12h, today, 2026-11-03, or an ISO time. Milliseconds since the epoch.

    A date alone (today and yesterday are dates) is its first moment in the reader's zone, or with `end_of_day` the
    first moment of the next.
    Raises UsageError.
    """
    text = text.strip()
    try:
        if ago := _AGO.fullmatch(text.lower()):
            span = timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return max(0, now - span // timedelta(milliseconds=1))
        if text.lower() in _DAYS:
            today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
            text = (today - timedelta(days=_DAYS[text.lower()])).isoformat()
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = date.fromisoformat(text) + timedelta(days=1 if end_of_day else 0)
            moment = _in_zone(datetime(day.year, day.month, day.day), zone)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else _in_zone(moment, zone)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        hint = "write 7d, 12h, today, 2026-11-03 or 2026-11-03T14:00"
        raise UsageError(f"cannot read {text!r} as a time", hint=hint) from None


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.replace(tzinfo=zone) if zone else moment.astimezone()


def find_zone(name: str | None) -> tuple[tzinfo | None, str]:
    """The reader's zone and its name; None for the machine's own. Raises UsageError for an unknown name."""
    if name is None:
        return None, local_zone_name()
    if name.upper() in ("UTC", "Z"):
        return UTC, "UTC"
    # zoneinfo costs 4 ms to import and only --tz needs it
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    try:
        return ZoneInfo(name), name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "use a name such as Europe/Berlin or UTC (on Windows, other names need the package tzdata)"
        raise UsageError(f"unknown time zone {name!r}", hint=hint) from None


def local_zone_name() -> str:
    """The name of the machine's zone where the machine tells it, else its abbreviation."""
    name = os.environ.get("TZ", "").lstrip(":")
    if name and not name.startswith("/"):
        return name
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        target = ""
    if "zoneinfo/" in target:
        return target.split("zoneinfo/", 1)[1]
    return datetime.now().astimezone().tzname() or "local"
