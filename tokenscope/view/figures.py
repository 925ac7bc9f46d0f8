"""Numbers into words: the one place where figures are rounded and written for people.

Unknown (None) is blank. Three significant digits stand before a unit, and zeros at the end of a fraction
are dropped: 12.4K, 3.91B, 64M. Halves are rounded up, and a figure that rounds to the next unit is
written in it (999,950 is 1M). Reports keep the exact numbers; only cards come here.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False  # a status line has no time for typing (3 ms), re (5 ms) and datetime (1 ms) where it needs none
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

# Not strftime("%b"): that speaks the machine's language.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = (("K", 10**3), ("M", 10**6), ("B", 10**9), ("T", 10**12))
_CLAUDE = r"claude-(?:([a-z]+)-(\d{1,2}(?:-\d{1,2})?)|(\d(?:-\d)?)-([a-z]+))(?:-\d{8}|-latest)?"


def tokens(number: float | None) -> str:
    """A number of tokens in three significant digits with its unit: 941, 12.4K, 3.91B."""
    if number is None:
        return ""
    whole = round(number)
    if whole < 0:
        return f"-{tokens(-whole)}"
    if whole < 1000:
        return str(whole)
    for unit, size in _UNITS:
        for decimals in (2, 1, 0):
            scaled = (2 * whole * 10**decimals + size) // (2 * size)  # exact, halves up
            if scaled < 1000:
                return _without_trailing_zeros(scaled, decimals) + unit
    return f"{(2 * whole + size) // (2 * size):,}{unit}"


def _without_trailing_zeros(scaled: int, decimals: int) -> str:
    whole, fraction = divmod(scaled, 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole}.{digits}" if digits else str(whole)


def size(number: int) -> str:
    """A size in bytes, in three significant digits with its unit: 941 bytes, 12.4 KB, 3.31 GB."""
    if number < 1000:
        return plural(number, "byte")
    digits = tokens(number)
    return f"{digits[:-1]} {'GB' if digits[-1] == 'B' else digits[-1] + 'B'}"


def count(number: int | None) -> str:
    """A whole number with its thousands marked: 66,607."""
    return "" if number is None else f"{number:,}"


def plural(number: int, singular: str, many: str = "") -> str:
    """A number with its noun: 1 session, 1,023 sessions. `many` is for nouns that take no plain s."""
    return f"{number:,} {singular if number == 1 else many or singular + 's'}"


def singular(noun: str) -> str:
    """A plain English plural as one of it: sessions, pushes, stretches; what is no plural stays as it is."""
    plain = noun[:-1] if noun.endswith("s") and noun[-2:-1] not in ("", "s") else noun
    return noun[:-2] if noun.endswith(("shes", "ches")) else plain


def dollars(usd: float | None) -> str:
    """US dollars, with cents below 100: $3.20, $2,066. Above nothing, but below a cent: <$0.01."""
    if usd is None:
        return ""
    if usd < 0:
        return f"-{dollars(-usd)}"
    if usd == 0:
        return "$0"
    if usd < 0.01:
        return "<$0.01"
    with_cents = f"{usd:.2f}"
    return f"${with_cents}" if float(with_cents) < 100 else f"${usd:,.0f}"


def share(fraction: float | None) -> str:
    """A share of one whole (1.0 is all of it): 41 %, or 0.4 % where that would read 0 %."""
    return shares((fraction,))[0]


def shares(fractions: Sequence[float | None]) -> list[str]:
    """The shares of one column, all with a digit after the point or all without.

    The digit is there when a share above nothing would read 0 % without it, or one below all 100 %.
    """
    decimals = int(any(_reads_as_all_or_nothing(fraction) for fraction in fractions))
    return [_share(fraction, decimals) for fraction in fractions]


def _reads_as_all_or_nothing(fraction: float | None) -> bool:
    return fraction not in {None, 0, 1} and _half_up(fraction, 0) in {0, 100}


def _share(fraction: float | None, decimals: int) -> str:
    if fraction is None:
        return ""
    if fraction in {0, 1}:
        return f"{fraction * 100:.0f} %"  # exactly nothing and exactly all never have a digit more
    percent = _half_up(fraction, decimals)
    if decimals and percent == 0:
        return "<0.1 %"
    if decimals and percent == 100:
        return ">99.9 %" if fraction < 1 else "100 %"
    return f"{percent:.{decimals}f} %"


def _half_up(fraction: float | None, decimals: int) -> float:
    """Percent of a fraction, rounded. The inner round() takes away what binary fractions add (0.145)."""
    steps = 10 if decimals else 1  # in one percent
    return math.floor(round((fraction or 0) * 100 * steps, 6) + 0.5) / steps


def duration(milliseconds: float | None) -> str:
    """How long, in the largest unit and the next one where that matters: 42 s, 3 min, 2 h 10 min, 3 d 4 h."""
    if milliseconds is None:
        return ""
    if 0 < milliseconds < 1000:
        return "<1 s"
    seconds = math.floor(max(milliseconds, 0) / 1000 + 0.5)
    minutes = math.floor(max(milliseconds, 0) / 60_000 + 0.5)
    hours = math.floor(max(milliseconds, 0) / 3_600_000 + 0.5)
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two_units(minutes, 60, "h", "min")
    return _two_units(hours, 24, "d", "h")


def _two_units(number: int, size: int, large: str, small: str) -> str:
    return f"{number // size} {large} {number % size} {small}" if number % size else f"{number // size} {large}"


def day(time: int | datetime | None, zone: tzinfo | None, now: int) -> str:
    """The day of a time in a zone (None: the machine's): 21 Nov, with the year only when it is not now's.

    `time` is a datetime or, as `now`, milliseconds since 1970-01-01 UTC. A time no calendar holds is blank.
    """
    local, today = _local(time, zone), _local(now, zone)
    if local is None:
        return ""
    year = f" {local.year}" if today is None or local.year != today.year else ""
    return f"{local.day} {_MONTHS[local.month - 1]}{year}"


def day_span(first: int | datetime, last: int | datetime, zone: tzinfo | None, now: int) -> str:
    """From a day to another: 21 Oct to 20 Nov; the year at both ends where either needs it; one day alone once."""
    ends = [day(first, zone, now), day(last, zone, now)]
    if ends[0] == ends[1]:
        return ends[0]
    if len({end.count(" ") for end in ends}) > 1:
        this_year = _local(now, zone)
        ends = [end if end.count(" ") > 1 or this_year is None else f"{end} {this_year.year}" for end in ends]
    return " to ".join(ends)


def calendar_day(day_of: date, zone: tzinfo | None, now: int) -> str:
    """A calendar day, the same in every zone: 21 Nov, with the year only when it is not now's."""
    from datetime import datetime  # noqa: PLC0415

    return day(datetime(day_of.year, day_of.month, day_of.day, 12, tzinfo=zone).astimezone(zone), zone, now)


def month(day_of: date, zone: tzinfo | None, now: int) -> str:
    """A month: Nov, with the year only when it is not now's."""
    return calendar_day(day_of, zone, now).partition(" ")[2]


def weekday(number: int) -> str:
    """A day of the week: 0 is Mon."""
    return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[number]


def hour(of_day: int) -> str:
    """When an hour of the day begins: 09:00; after the last one comes 00:00."""
    return f"{of_day % 24:02d}:00"


def clock(time: int | datetime | None, zone: tzinfo | None, now: int) -> str:
    """The day and the time of day, in a zone: 21 Nov 14:05. Units and blanks as in `day`."""
    local = _local(time, zone)
    return f"{day(time, zone, now)} {time_of_day(time, zone)}" if local else ""


def time_of_day(time: int | datetime | None, zone: tzinfo | None) -> str:
    """The time of day in a zone: 14:05. Units and blanks as in `day`."""
    local = _local(time, zone)
    return f"{local.hour:02d}:{local.minute:02d}" if local else ""


def _local(time: int | datetime | None, zone: tzinfo | None) -> datetime | None:
    if time is None:
        return None
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    try:
        if isinstance(time, datetime):
            return time.astimezone(zone)
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return None


_PORTIONS = ((0.2, "a fifth"), (0.25, "a quarter"), (1 / 3, "a third"), (0.5, "half"), (2 / 3, "two thirds"),
             (0.75, "three quarters"), (1.0, "all"))  # fmt: skip


def portion(fraction: float) -> str:
    """A share as a sentence begins with it: Half, Two thirds; 41 % where no plain word is within two points."""
    for value, words in _PORTIONS:
        if fraction == value or (value < 1 and abs(fraction - value) <= 0.02):
            return words[0].upper() + words[1:]
    return share(fraction)


def project_name(path: str) -> str:
    """What a project is called in a table: the last part of its working directory."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def model_name(model: str) -> str:
    """What a model is called for people: claude-opus-4-7-20251101 is Opus 4.7; other makers' ids stay as they are."""
    import re  # noqa: PLC0415

    found = re.fullmatch(_CLAUDE, model)
    if found is None:
        return model.removeprefix("claude-")
    family, number = found[1] or found[4], found[2] or found[3]
    return f"{family.capitalize()} {number.replace('-', '.')}"


def home_path(path: str) -> str:
    """A path with the home folder written ~, on whatever system the transcript was made."""
    import re  # noqa: PLC0415

    return re.sub(r"^(?:/home/[^/]+|/Users/[^/]+|/root|[A-Za-z]:\\Users\\[^\\]+)(?=[/\\]|$)", "~", path)


def shortened(text: str, most: int = 60) -> str:
    """The beginning of a text, in at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
