"""One lever: its value as it is typed and told again, and what it came to: the report's row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.errors import UsageError
from tokenscope.history.rebuilds import FIVE_MINUTES, ONE_HOUR
from tokenscope.ledger.replay import CostChange
from tokenscope.pricing.pricer import FAMILIES
from tokenscope.value import Value, field
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


EXACT, REPLAY, CEILING = "exact", "replay", "ceiling"


class TrialSetting(Value):
    """Where a setting stands; `key` with a point is inside of an object."""

    file: str
    key: str
    value: str | int


class SelfCheck(Value):
    """What the model rests on in this history: how many cases, and how far it was off as a share; None: no test."""

    n: int  # cases
    error: float | None  # as a share


class Trial(Value):
    """Dollars at list price and tokens more than the bill; negative: a saving. low <= delta, discounted <= high.

    `discounted_usd`: what is left of a large promise by experience. `second_half_usd`: what the second half of the
    history would have got from advice taken from the first; None: that would not have advised it. `sign_stable`: both
    halves say the same, saving or not.
    """

    lever: str
    value: str
    setting: TrialSetting | None
    since_version: str | None
    delta_usd: float
    low_usd: float
    high_usd: float
    delta_tokens: int
    basis: str
    assumed: list[str]
    self_check: SelfCheck
    second_half_usd: float | None
    sign_stable: bool
    discounted_usd: float
    how: str
    undo: str


class NotComputable(Value):
    """A lever that gets no figure here, and why."""

    lever: str
    why: str


class Outcome(Value):
    """A value of a lever, run. `low`, `high`: picodollars under the kindest and the harshest assumption."""

    value: str
    by_session: Mapping[str, CostChange]
    low: int
    high: int

    @property
    def total(self) -> CostChange:
        return CostChange(
            sum(one.tokens for one in self.by_session.values()), sum(one.price for one in self.by_session.values())
        )


class Model(Value):
    """How a lever is computed. `check` gives a reason in words where it cannot be.

    `kept`: what is left of a promise above LARGE_PROMISE of the bill. `read`: a value as it was typed, told again;
    UsageError for what is none. `refuses`: why a value cannot be computed here, or "".
    """

    lever: str
    values: tuple[str, ...]
    basis: str
    assumed: tuple[str, ...]
    read: Callable[[str], str]
    check: Callable[[ReplayFacts], SelfCheck | str]
    run: Callable[[ReplayFacts, str], Outcome]
    setting: Callable[[ReplayFacts, str], TrialSetting | None]
    since: str | None = None
    kept: float = 0.5
    how: str = ""
    undo: str = ""
    refuses: Callable[[ReplayFacts, str], str] = field(default=lambda facts, value: "")
    values_here: Callable[[ReplayFacts], tuple[str, ...]] | None = field(default=None)
