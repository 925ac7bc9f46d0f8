"""A smaller floor, and other models: as a ceiling for whole threads, with both caches' rewrites for light stretches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from statistics import median

from tokenscope.answers.whatif import trial
from tokenscope.answers.whatif.replay_facts import FLOOR_FIX, ReplayFacts
from tokenscope.answers.whatif.size_models import USER_FILE
from tokenscope.answers.whatif.trial import CEILING, EXACT, REPLAY, Model, Outcome, SelfCheck, TrialSetting
from tokenscope.behaviour.light_stretches import MIDDLE, find_stretches
from tokenscope.ledger.replay import CostChange, ThreadTurns, Turn
from tokenscope.ledger.replay_results import RatesOf, repriced, switched, with_smaller_floor
from tokenscope.pricing.pricer import FAMILIES
from tokenscope.pricing.table import Rates

LOST_AT_A_SWITCH = Fraction(72, 100)  # of the context: the mean of real switches inside five minutes
NOTHING_LOST, ALL_LOST = Fraction(0), Fraction(1)
SMALLER = "smaller"


# --- the floor ---


def _run_floor(facts: ReplayFacts, value: str) -> Outcome:
    less = trial.number_of(value)
    changed = (
        facts.with_smaller_floors
        if less == FLOOR_FIX
        else facts.by_session(facts.series, lambda one: with_smaller_floor(one, less))
    )
    total = sum(one.price for one in changed.values())
    return Outcome(value, changed, total, total)


def _check_floor(facts: ReplayFacts) -> SelfCheck | str:
    """Whether both halves say the same share of their bill."""
    responses = sum(turn.counts for series in facts.series for turn in series.turns)
    changed = facts.with_smaller_floors
    first = sum(one.price for session_id, one in changed.items() if session_id in facts.first_half)
    every = sum(one.price for one in changed.values())
    return SelfCheck(responses, abs(2 * first - every) / facts.bill) if facts.bill else "no response with a price"


def _floor_value(value: str) -> str:
    return f"-{trial.number_within(value, 0, 100_000)}"


# --- models ---


def rates_at(facts: ReplayFacts, family: str) -> RatesOf:
    """Prices at the newest model of a family, for models of larger families; of SMALLER, one family down."""
    pricer = facts.history.pricer
    newest = _newest_of(facts, family)

    def rates_of(turn: Turn) -> Rates | None:
        if family == SMALLER:
            model = pricer.smaller_model(turn.message)
        else:
            model = newest(turn) if _rank(turn.message.model) < _rank(family) else None
        return None if model is None else pricer.rates_of(turn.message._replace(model=model, tariff=""))

    return rates_of


def _rank(model: str) -> int:
    """From the largest family on; what belongs to none is the smallest."""
    return next((place for place, names in enumerate(FAMILIES) if any(name in model for name in names)), len(FAMILIES))


def _newest_of(facts: ReplayFacts, family: str) -> Callable[[Turn], str | None]:
    """The model of a family that had the newest price on a turn's day."""
    table, known = facts.history.pricer.table, dict[int, str | None]()
    rows = [(row.valid_from, model) for model, rows in table.models.items() if family in model for row in rows[:1]]

    def newest(turn: Turn) -> str | None:
        day = (turn.message.time or 0) // 86_400_000
        if day not in known:
            there = [
                (since.toordinal() if since else 0, model)
                for since, model in rows
                if facts.history.pricer.rates_of(turn.message._replace(model=model, tariff="")) is not None
            ]
            known[day] = max(there)[1] if there else None
        return known[day]

    return newest


def smaller_alias(facts: ReplayFacts, every: list[ThreadTurns]) -> str | None:
    """The family below the one that most responses of these threads ran on."""
    ranks = Counter(_rank(turn.message.model) for series in every for turn in series.turns if turn.counts)
    larger = {rank: count for rank, count in ranks.items() if rank < len(FAMILIES) - 1}
    return FAMILIES[max(larger, key=lambda rank: larger[rank]) + 1][0] if larger else None


def _ceiling(lever: str, key: str, threads: Callable[[ReplayFacts], list[ThreadTurns]]) -> Model:
    def run(facts: ReplayFacts, value: str) -> Outcome:
        rates_of = rates_at(facts, value)
        changed = facts.by_session(threads(facts), lambda one: repriced(one, rates_of))
        total = sum(one.price for one in changed.values())
        return Outcome(value, changed, min(total, 0), max(total, 0))

    def check(facts: ReplayFacts) -> SelfCheck | str:
        if smaller_alias(facts, threads(facts)) is None:
            return "nothing here ran on a model that a smaller one is known for"
        return SelfCheck(sum(turn.counts for series in threads(facts) for turn in series.turns), None)

    def values(facts: ReplayFacts) -> tuple[str, ...]:
        alias = smaller_alias(facts, threads(facts))
        return (alias,) if alias else ()

    return Model(
        lever=lever,
        values=(),
        basis=CEILING,
        kept=1.0,
        assumed=("the same tokens", "the same quality"),
        read=trial.model_alias,
        check=check,
        run=run,
        setting=lambda facts, value: TrialSetting(USER_FILE, key, value),
        undo=f"take {key.removeprefix('env.')} out again",
        values_here=values,
    )


# --- light stretches ---


def light_at_smaller(
    facts: ReplayFacts, family: str, lost: Fraction, every: Iterable[ThreadTurns] | None = None
) -> dict[str, CostChange]:
    """By session, what light stretches would have been at a smaller model, both caches written again.

    `every`: the threads that have any; None: look through all.
    """
    by_thread: dict[int, list[list[int]]] = {}
    for run in find_stretches(facts.history, MIDDLE):
        by_thread.setdefault(facts.history.store.messages[run[0]].thread, []).append(run)
    rates_of = rates_at(facts, family)

    def change(series: ThreadTurns) -> CostChange:
        runs = by_thread.get(series.thread, [])
        places = {turn.place: number for number, turn in enumerate(series.turns)} if runs else {}
        total = CostChange()
        for run in runs:
            turns = [places[index] for index in run if index in places]  # what used no tokens is no turn
            if not turns:
                continue
            start, end = turns[0], turns[-1]
            around = series._replace(turns=series.turns[max(0, start - 1) : end + 2])
            total += switched(around, frozenset(run), rates_of, lost)
        return total

    return facts.by_session(facts.series if every is None else every, change)


def _run_light(facts: ReplayFacts, value: str) -> Outcome:
    parts = (NOTHING_LOST, LOST_AT_A_SWITCH, ALL_LOST)
    low, figure, high = (light_at_smaller(facts, value, lost) for lost in parts)
    prices = [sum(one.price for one in found.values()) for found in (low, figure, high)]
    return Outcome(value, figure, min(prices), max(prices))


def _check_light(facts: ReplayFacts) -> SelfCheck | str:
    """What switches of models lost here, beside what is assumed."""
    if not find_stretches(facts.history, MIDDLE):
        return "no stretch of a premium model was light here"
    lost = [
        turn.rebuilt / turn.before
        for series in facts.series
        for last, turn in zip(series.turns, series.turns[1:], strict=False)
        if turn.counts and turn.before and last.message.model != turn.message.model
        if not turn.is_longer_than(turn.lifetime) and not turn.is_compacted
    ]
    return SelfCheck(len(lost), abs(median(lost) - float(LOST_AT_A_SWITCH)) if lost else None)


FLOOR = Model(
    lever="floor",
    values=("-1K",),
    basis=EXACT,
    kept=1.0,
    assumed=(),
    read=_floor_value,
    check=_check_floor,
    run=_run_floor,
    setting=lambda facts, value: None,
    how="shorten CLAUDE.md, disconnect an MCP server that is not used: `tokenscope context` shows the floor",
    undo="put it back",
)
LIGHT = Model(
    lever="light",
    values=(SMALLER,),
    basis=REPLAY,
    assumed=("the smaller model's cache starts empty", "coming back loses 72 % of the context", "the same quality"),
    read=trial.model_alias,
    check=_check_light,
    run=_run_light,
    setting=lambda facts, value: None,
    how="a model for a whole thread or for subagents has no switch to pay for",
    undo="a habit: nothing to take back",
)
SUBAGENT_MODEL = _ceiling("subagent-model", "env.CLAUDE_CODE_SUBAGENT_MODEL", lambda facts: facts.subagents)
MAIN_MODEL = _ceiling("model", "model", lambda facts: facts.main)
