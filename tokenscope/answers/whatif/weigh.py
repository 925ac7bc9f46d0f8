"""Each lever weighed on a history: its check, its best value, its range, and what the halves say."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.answers.whatif.price_models import FLOOR, LIGHT, MAIN_MODEL, SUBAGENT_MODEL
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.result_models import BASH, READ
from tokenscope.answers.whatif.size_models import CACHE, CLEAR, COMPACT, SUBAGENT_CACHE, WINDOW, compacting_at_pauses
from tokenscope.answers.whatif.trial import CEILING, Model, NotComputable, Outcome, Trial
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of
from tokenscope.ledger.replay import added_up
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures

MODELS = (CACHE, SUBAGENT_CACHE, WINDOW, CLEAR, COMPACT, READ, BASH, FLOOR, LIGHT, SUBAGENT_MODEL, MAIN_MODEL)
LARGEST_IDENTITY_ERROR = 0.005  # of the bill
LARGE_PROMISE = 0.05  # of the bill: what was promised beyond it was not kept
MOST_UNPRICED = 0.25  # of the tokens
NEVER = (
    NotComputable("thinking and effort", "the log does not say how large thinking would have been at another effort"),
    NotComputable("MCP servers off, tool search", "the size of tool definitions is not in the log"),
    NotComputable("opusplan", "the log does not say what was planning"),
)


class WhatIfReport(Value):
    """Savings overlap: they are never added up. `identity_error`: how far the replay misses the bill at its own rules.

    `versions`: of Claude Code, the lowest and the highest that the sessions show.
    """

    bill_usd: float
    levers: list[Trial]
    not_computable: list[NotComputable]
    identity_error: float
    versions: list[str]
    unpriced_models: list[str]  # without a known price, the most tokens first
    total: Usage


class Weighed(Value):
    """A lever with its figures, and what it came to session by session: at its best value, and at every one."""

    trial: Trial
    best: Outcome
    outcomes: list[Outcome]


def weigh_levers(history: History, asked: dict[str, str]) -> WhatIfReport:
    """Those asked for by name and value, else all of them."""
    facts = history.once(ReplayFacts)
    wanted = [(one, asked.get(one.lever)) for one in MODELS if not asked or one.lever in asked]
    weighed = [weigh_lever(facts, model, value) for model, value in wanted]
    trials = [one.trial for one in weighed if isinstance(one, Weighed)]
    refused = [one for one in weighed if isinstance(one, NotComputable)]
    return WhatIfReport(
        bill_usd=dollars_of(facts.bill),
        levers=sorted(trials, key=lambda one: (one.basis == CEILING, one.discounted_usd)),
        not_computable=[*refused, *(() if asked else NEVER)],
        identity_error=facts.identity_error,
        versions=_versions(history),
        unpriced_models=unpriced_models(history),
        total=history.total.usage(),
    )


def levers_asked(words: list[str]) -> dict[str, str]:
    """LEVER=VALUE by lever, each value as it is told again. Raises UsageError."""
    models = {one.lever: one for one in MODELS}
    asked = {}
    for word in words:
        name, sign, value = word.partition("=")
        if name not in models or not sign:
            raise UsageError(f"{word!r} is no lever with a value", hint="levers: " + ", ".join(models))
        asked[name] = models[name].read(value)
    return asked


def refusal_of(facts: ReplayFacts) -> str:
    """Why no lever gets a figure; "" where all may."""
    if not facts.history.messages:
        return "no response is in scope"
    if lacks_prices(facts):
        part = "" if not facts.bill else f", which {facts.unpriced_share * 100:.0f} % of the tokens ran on"
        return f"no price is known for {models_told(unpriced_models(facts.history))}{part}"
    if facts.identity_error > LARGEST_IDENTITY_ERROR:
        return f"run again at its own rules, the history misses its bill by {facts.identity_error * 100:.1f} %"
    return ""


def lacks_prices(facts: ReplayFacts) -> bool:
    """Whether so much ran on models without a known price that no figure in dollars would tell anything."""
    return bool(facts.history.messages) and (not facts.bill or facts.unpriced_share > MOST_UNPRICED)


def unpriced_models(history: History) -> list[str]:
    """The models in scope without a known price, the most tokens first."""
    unpriced = history.total.unpriced
    return sorted(unpriced, key=lambda model: (-unpriced[model], model))


def models_told(models: Sequence[str]) -> str:
    """Their names, of many the first two: acme/large, acme/small and 3 others."""
    named = [figures.shortened(figures.model_name(one), 40) for one in models[:2]]
    others = [figures.plural(len(models) - 2, "other")] if len(models) > 2 else []
    *first, last = [*named, *others] or ["its models"]
    return f"{', '.join(first)} and {last}" if first else last


def weigh_lever(facts: ReplayFacts, model: Model, value: str | None = None) -> Weighed | NotComputable:
    """One lever at a value, or at the best of its own."""
    refusal = refusal_of(facts)
    if refusal:
        return NotComputable(model.lever, refusal)
    check = model.check(facts)
    if isinstance(check, str):
        return NotComputable(model.lever, check)
    values = (value,) if value else model.values_here(facts) if model.values_here else model.values
    refused = [model.refuses(facts, one) for one in values]
    if all(refused):
        return NotComputable(model.lever, refused[-1])
    values = tuple(one for one, why in zip(values, refused, strict=True) if not why)
    outcomes = [model.run(facts, one) for one in values]
    best = min(outcomes, key=lambda one: (_changes_nothing(one), one.total.price))
    first, second = _halves(facts, best)
    total = best.total.price
    discounted = round(total * model.kept) if -total > LARGE_PROMISE * facts.bill else total
    trial = Trial(
        lever=model.lever,
        value=best.value,
        setting=model.setting(facts, best.value),
        since_version=model.since,
        delta_usd=dollars_of(total),
        low_usd=dollars_of(max(-facts.bill, min(best.low, total))),
        high_usd=dollars_of(max(best.high, total, discounted)),
        delta_tokens=best.total.tokens,
        basis=model.basis,
        assumed=list(model.assumed),
        self_check=check,
        second_half_usd=_later(facts, outcomes),
        sign_stable=first * second > 0 or (first == 0 and second == 0),
        discounted_usd=dollars_of(discounted),
        how=model.how,
        undo=model.undo,
    )
    return Weighed(trial, best, outcomes)


def saved_by_compacting(facts: ReplayFacts) -> int | None:
    """Picodollars that /compact before pauses would have saved, a large promise discounted; None: not computable.

    As `weigh_lever` of COMPACT, without the range and the halves.
    """
    change = None if refusal_of(facts) else compacting_at_pauses(facts)
    if change is None:
        return None
    return round(-change.price * COMPACT.kept) if -change.price > LARGE_PROMISE * facts.bill else -change.price


def saved_by_smaller_floors(history: History) -> tuple[int, int | None]:
    """What FLOOR_FIX tokens off each floor would have saved, in tokens and in picodollars; None: not computable.

    In the sessions whose context is known.
    """
    facts, known = history.once(ReplayFacts), history.store.sessions_with_content
    by_session = facts.with_smaller_floors.items()
    change = added_up(one for session_id, one in by_session if known is None or session_id in known)
    return -change.tokens, None if refusal_of(facts) else -change.price


def _changes_nothing(outcome: Outcome) -> bool:
    return not any(one.price or one.tokens for one in outcome.by_session.values())


def _halves(facts: ReplayFacts, outcome: Outcome) -> tuple[int, int]:
    """Picodollars of each half."""
    first = sum(one.price for session_id, one in outcome.by_session.items() if session_id in facts.first_half)
    return first, outcome.total.price - first


def _later(facts: ReplayFacts, outcomes: list[Outcome]) -> float | None:
    """Dollars of the second half at the value that the first half would have advised; None: it advised none."""
    first, second = min(_halves(facts, one) for one in outcomes)
    return dollars_of(second) if first < 0 else None


def _versions(history: History) -> list[str]:
    """The lowest and the highest; as numbers, part by part."""
    ids = {history.store.threads[message.thread].session_id for message in history.messages}
    found = {history.store.sessions[one].version for one in ids} - {""}
    ordered = sorted(found, key=lambda one: [int(part) if part.isdecimal() else 0 for part in one.split(".")])
    return [ordered[0], ordered[-1]] if ordered else []
