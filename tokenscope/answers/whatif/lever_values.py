"""Values of levers as they are typed: 100K, -5K, 4000, 5m, 1h, sonnet; and as they are told again."""

from __future__ import annotations

import re

from tokenscope.errors import UsageError
from tokenscope.history.rebuilds import FIVE_MINUTES, ONE_HOUR
from tokenscope.pricing.pricer import FAMILIES
from tokenscope.view import figures

LIFETIMES = {"5m": FIVE_MINUTES, "1h": ONE_HOUR}
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_MINUTE = 60_000  # ms


def number_of(value: str) -> int:
    """A number with a unit, 100K or 1M. Raises UsageError."""
    found = re.fullmatch(r"-?(\d+(?:\.\d+)?)([km]?)", value.strip().casefold())
    if found is None:
        raise UsageError(f"{value!r} is no number of tokens", hint="write 4000, 4K or 1M")
    return round(float(found[1]) * _UNITS[found[2]])


def number_within(value: str, least: int, most: int) -> str:
    """A number inside of what the setting takes, told again. Raises UsageError."""
    number = number_of(value)
    if not least <= number <= most:
        raise UsageError(f"{value} is outside of what it takes", hint=f"from {_told(least)} to {_told(most)}")
    return _told(number)


def lifetime(value: str) -> str:
    """Raises UsageError for what is no lifetime of the cache."""
    if value not in LIFETIMES:
        raise UsageError(f"{value!r} is no lifetime of the cache", hint="it is 5m or 1h")
    return value


def pause(value: str) -> str:
    """ "pause" for any pause that the cache does not outlive, or minutes and hours. Raises UsageError."""
    if value != "pause" and not re.fullmatch(r"\d+[mh]", value):
        raise UsageError(f"{value!r} is no length of a pause", hint="write pause, 30m or 2h")
    return value


def length_of_pause(value: str) -> int:
    """Milliseconds of a pause; 0 for "pause"."""
    return 0 if value == "pause" else int(value[:-1]) * _MINUTE * (60 if value.endswith("h") else 1)


def model_alias(value: str) -> str:
    """A family of models. Raises UsageError."""
    names = [name for names in FAMILIES for name in names]
    if value not in ("smaller", *names):
        raise UsageError(f"{value!r} is no family of models", hint=", ".join(names))
    return value


def _told(number: int) -> str:
    return figures.tokens(number) if number_of(figures.tokens(number)) == number else str(number)
