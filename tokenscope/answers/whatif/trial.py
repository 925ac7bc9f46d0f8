"""What one lever came to: the report's row, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.ledger.replay import CostChange

EXACT, REPLAY, CEILING = "exact", "replay", "ceiling"


@dataclass(frozen=True, slots=True)
class TrialSetting:
    """Where a setting stands; `key` with a point is inside of an object."""

    file: str
    key: str
    value: str | int


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What the model rests on in this history: how many cases, and how far it was off as a share; None: no test."""

    n: int  # cases
    error: float | None  # as a share


@dataclass(frozen=True, slots=True)
class Trial:
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


@dataclass(frozen=True, slots=True)
class NotComputable:
    """A lever that gets no figure here, and why."""

    lever: str
    why: str


class Outcome(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Model:
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
