"""A change that would have saved something, and the ranking: what one change saves, no other one claims.

What each would have saved alone is known session by session. Changes that touch the same kind of tokens could be about
the same ones, and how much of them nobody knows: so in each session the smaller one is left only what goes beyond the
larger ones. Together they never promise more than the largest of them in any session.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tokenscope.answers.whatif.trial import CEILING, NotComputable, SelfCheck, TrialSetting
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.ledger.replay import CostChange
from tokenscope.model import Usage
from tokenscope.value import Value, field, replace

MOST = 7  # changes that are told; of ceilings, MOST_CEILINGS
MOST_CEILINGS = 3
WORTH_SHARE, WORTH_USD = 0.005, 0.50  # below either of the two a change is not worth anybody's time
FLOOR, CONTEXT, PAUSES = "floor", "context", "pauses"  # the kinds of tokens that a change touches
MODELS = "models"  # it changes no token but its price

SETTING, COMMAND, MEMORY, HABIT = "setting", "command", "memory", "habit"


class Change(Value):
    """Dollars at list price and tokens that it would have saved in the window; low <= saving <= high, in dollars.

    `kind`: a setting to set, a command to type, a text for a memory file (CLAUDE.md), or a habit. `paste`: that text or
    command, to be copied. `question`: what to ask for more, as it is typed behind `tokenscope`.
    """

    name: str  # for scripts: clear=pause, cache=1h, repeated-files
    title: str  # what to do, in one plain sentence
    saving_usd: float
    low_usd: float
    high_usd: float
    saving_tokens: int
    share: float | None  # of the list price of all in scope
    basis: str  # exact, replay or ceiling
    evidence: str
    kind: str
    how: str
    question: str
    paste: str = ""
    undo: str = ""
    setting: TrialSetting | None = None
    since_version: str | None = None  # of Claude Code
    assumed: list[str] = field(default_factory=list)
    self_check: SelfCheck | None = None
    second_half_usd: float | None = None  # dollars saved in the later half by what the first half would have advised
    halves_agree: bool = True
    taken_usd: float = 0.0  # dollars that it shares with changes above it, and that are counted there


class LeftAlone(Value):
    """What is well as it is. Dollars more than the bill that another choice would have come to; below 0: less.

    `title`: that choice, or what to keep; `evidence`: why not.
    """

    name: str
    title: str
    evidence: str
    low_usd: float
    high_usd: float
    question: str


class Overlap(Value):
    """What would have saved so many dollars alone, and next to nothing beside the changes that are told."""

    name: str
    title: str
    saving_usd: float


class TokenSaving(Value):
    """What would have saved so many tokens, where no dollars can be told: fewer of every kind, so less at any price.

    Alone: they overlap and are never added up. `question`: what to ask for more, as it is typed behind `tokenscope`.
    """

    name: str
    title: str
    saving_tokens: int
    share: float | None  # of all tokens in scope
    evidence: str
    kind: str
    how: str
    paste: str
    undo: str
    question: str


class AdviceReport(Value):
    """`advice`: the most saving first, none of it twice. `ceilings`: what each could have saved at most; they rest on
    something that the log does not show, overlap, and are added to nothing. `in_tokens`: in place of both where too
    many tokens are of `unpriced_models`, which have no known price (the most tokens first).

    `least_usd`: dollars below which nothing is told. `sessions`, `responses`: in scope; `looked_into`: sessions whose
    contexts were read.
    """

    advice: list[Change]
    ceilings: list[Change]
    overlaps: list[Overlap]
    leave_alone: list[LeftAlone]
    not_computable: list[NotComputable]
    in_tokens: list[TokenSaving]
    unpriced_models: list[str]
    bill_usd: float
    least_usd: float
    sessions: int
    looked_into: int
    responses: int
    total: Usage


class Claim(Value):
    """A change as if it were alone. `by_session`: what it changes of tokens and picodollars, negative where it saves;
    `touches`: the kinds of tokens.
    """

    change: Change
    by_session: Mapping[str, CostChange]
    touches: frozenset[str]


class Ranking(Value):
    """`overlaps`: what would save much alone, and next to nothing beside the changes."""

    changes: list[Change]
    overlaps: list[Overlap]


def rank(claims: Iterable[Claim], bill: int) -> Ranking:
    """The changes that are worth it, the most saving first, each without what those above it save.

    `bill`: picodollars of all in scope.
    """
    left = [one for one in claims if one.change.saving_usd >= least_usd(bill)]
    ranked, overlaps = list[Change](), list[Overlap]()
    taken: dict[tuple[str, str], CostChange] = defaultdict(CostChange)
    while left:
        rests = [_rest(one, taken) for one in left]
        best = min(range(len(left)), key=lambda number: (rests[number].total.price, left[number].change.name))
        claim, rest = left.pop(best), rests[best]
        change = _beyond(claim, rest.total, bill)
        if change.saving_usd < least_usd(bill):
            overlaps.append(Overlap(claim.change.name, claim.change.title, claim.change.saving_usd))
            continue
        if len(ranked) == MOST:
            break
        ranked.append(change)
        for session_id, saved in rest.by_session.items():
            for kind in claim.touches:
                taken[session_id, kind] += CostChange(min(0, saved.tokens), min(0, saved.price))
    return Ranking(ranked, overlaps)


def rank_ceilings(claims: Iterable[Claim], bill: int) -> list[Change]:
    """The largest of those that are ceilings; each is one of its own kind."""
    found = [one.change for one in claims if one.change.saving_usd >= least_usd(bill)]
    return sorted(found, key=lambda one: (-one.saving_usd, one.name))[:MOST_CEILINGS]


def least_usd(bill: int) -> float:
    """Dollars below which a change is not worth anybody's time, for a bill in picodollars."""
    return max(WORTH_USD, WORTH_SHARE * dollars_of(bill))


def first_of(report: AdviceReport, most: int = 3) -> list[Change]:
    """The first changes for a short answer: those that are worth it, then ceilings that cost no quality."""
    habits = [one for one in report.ceilings if not one.name.startswith(("model=", "subagent-model="))]
    return [*report.advice, *habits][:most]


class _Rest(Value):
    by_session: dict[str, CostChange]

    @property
    def total(self) -> CostChange:
        return CostChange(
            sum(one.tokens for one in self.by_session.values()), sum(one.price for one in self.by_session.values())
        )


def _rest(claim: Claim, taken: Mapping[tuple[str, str], CostChange]) -> _Rest:
    """What a claim saves in each session beyond what is taken there; where it costs more, all that it costs."""
    rest = {}
    for session_id, own in claim.by_session.items():
        others = [taken.get((session_id, kind), CostChange()) for kind in claim.touches]
        tokens = min((one.tokens for one in others), default=0)
        price = min((one.price for one in others), default=0)
        rest[session_id] = CostChange(_beyond_taken(own.tokens, tokens), _beyond_taken(own.price, price))
    return _Rest(rest)


def _beyond_taken(own: int, taken: int) -> int:
    return own if own >= 0 else min(0, own - taken)


def _beyond(claim: Claim, rest: CostChange, bill: int) -> Change:
    """The change with what is left of its figures: its range shrinks as its saving does."""
    change, saving = claim.change, dollars_of(-rest.price)
    part = saving / change.saving_usd if change.saving_usd else 0.0
    if change.basis == CEILING or part >= 1:
        return replace(change, share=share_of(-rest.price, bill))
    return replace(
        change,
        saving_usd=saving,
        low_usd=round(change.low_usd * part, 6),
        high_usd=round(change.high_usd * part, 6),
        saving_tokens=-rest.tokens,
        share=share_of(-rest.price, bill),
        taken_usd=round(change.saving_usd - saving, 6),
    )
