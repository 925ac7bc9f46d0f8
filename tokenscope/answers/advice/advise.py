"""What to change, ranked: the claims of levers beside what else was found, none of them claimed twice."""

from __future__ import annotations

from collections.abc import Mapping

from tokenscope.answers.advice.change import (
    PAUSES,
    AdviceReport,
    Change,
    Claim,
    LeftAlone,
    least_usd,
    rank,
    rank_ceilings,
)
from tokenscope.answers.advice.found_claims import (
    idle_servers,
    recurring_ceilings,
    repeat_claims,
    server_claims,
    trouble_ceiling,
)
from tokenscope.answers.advice.lever_words import LEVERS_TOLD, LIFETIMES_TOLD, LeverWords, title_of_lever
from tokenscope.answers.advice.token_savings import savings_in_tokens
from tokenscope.answers.context.floor import FloorReport, measure_floors
from tokenscope.answers.whatif.replay_facts import FLOOR_FIX, ReplayFacts
from tokenscope.answers.whatif.trial import CEILING, NotComputable, Trial
from tokenscope.answers.whatif.weigh import MODELS as EVERY_LEVER
from tokenscope.answers.whatif.weigh import (
    NEVER,
    Weighed,
    lacks_prices,
    refusal_of,
    unpriced_models,
    weigh_lever,
)
from tokenscope.answers.whatif.whatif_cards import WARNINGS, saves_for_certain, verdict_of
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import build_ledger
from tokenscope.ledger.replay import CostChange, ThreadTurns
from tokenscope.ledger.replay_results import with_smaller_floor
from tokenscope.value import Value, replace

# Levers that are weighed in passing, and the value where all would take too long: a tenth of the first screen's time.
CHEAP = {"cache": None, "subagent-cache": None, "window": "100K", "clear": None, "floor": None}


class LeverClaims(Value):
    """The levers as advice. `claims` save for certain."""

    claims: list[Claim]
    ceilings: list[Claim]
    leave_alone: list[LeftAlone]
    not_computable: list[NotComputable]


def claims_of_levers(facts: ReplayFacts, only: Mapping[str, str | None] | None = None) -> LeverClaims:
    """All levers weighed, or some of them by name, each at its value or, without one, at its best."""
    found = LeverClaims([], [], [], [])
    for model in EVERY_LEVER:
        if only is not None and model.lever not in only:
            continue
        weighed = weigh_lever(facts, model, only[model.lever] if only else None)
        if isinstance(weighed, NotComputable):
            found.not_computable.append(weighed)
        elif saves_for_certain(weighed.trial, dollars_of(facts.bill)):
            found.claims.append(_claim(facts, weighed))
        elif weighed.trial.basis == CEILING:
            if weighed.trial.delta_usd < 0:
                found.ceilings.append(_claim(facts, weighed))
        else:
            found.leave_alone.append(_left_alone(facts, weighed))
    return found


def _claim(facts: ReplayFacts, weighed: Weighed) -> Claim:
    """By session, what is left of a large promise."""
    trial, told = weighed.trial, LEVERS_TOLD[weighed.trial.lever]
    kept = trial.discounted_usd / trial.delta_usd if trial.delta_usd else 1.0
    by_session = {
        session_id: CostChange(round(one.tokens * kept), round(one.price * kept))
        for session_id, one in weighed.best.by_session.items()
    }
    tokens = -sum(one.tokens for one in by_session.values())
    return Claim(replace(_change(facts, trial, told), saving_tokens=tokens), by_session, frozenset(told.touches))


def apart_from_breaks(facts: ReplayFacts, claim: Claim, less: int) -> Claim:
    """A floor that is smaller by so many tokens, without the responses that wrote it again after a break: what those
    paid is claimed by the changes that are about breaks.
    """

    def after_breaks(series: ThreadTurns) -> CostChange:
        idle = series._replace(turns=[turn for turn in series.turns if turn.idle])
        return with_smaller_floor(idle, min(less, series.first_size)) if idle.turns else CostChange()

    others = facts.by_session(facts.series, after_breaks)
    by_session = {
        session_id: CostChange(one.tokens - others[session_id].tokens, one.price - others[session_id].price)
        for session_id, one in claim.by_session.items()
    }
    usd = -dollars_of(sum(one.price for one in by_session.values()))
    tokens = -sum(one.tokens for one in by_session.values())
    changed = replace(claim.change, saving_usd=usd, low_usd=usd, high_usd=usd, saving_tokens=tokens)
    return replace(claim, change=changed, by_session=by_session)


def _change(facts: ReplayFacts, trial: Trial, told: LeverWords) -> Change:
    setting = trial.setting
    return Change(
        name=f"{trial.lever}={trial.value}",
        title=title_of_lever(trial.lever, trial.value),
        saving_usd=-trial.discounted_usd,
        low_usd=-trial.high_usd,
        high_usd=-trial.low_usd,
        saving_tokens=-trial.delta_tokens,
        share=share_of(-trial.discounted_usd, dollars_of(facts.bill)),
        basis=trial.basis,
        evidence=told.evidence(facts, trial.value),
        assumed=list(trial.assumed),
        self_check=trial.self_check,
        second_half_usd=None if trial.second_half_usd is None else -trial.second_half_usd,
        halves_agree=trial.sign_stable,
        kind=told.kind,
        how=f"set {setting.key} to {setting.value} in {setting.file}" if setting else told.how or trial.how,
        setting=setting,
        since_version=trial.since_version,
        paste=told.paste,
        undo=trial.undo.removeprefix("a habit: "),
        question=told.shown_by,
    )


def _left_alone(facts: ReplayFacts, weighed: Weighed) -> LeftAlone:
    trial = weighed.trial
    told = LEVERS_TOLD[trial.lever]
    other = max(weighed.outcomes, key=lambda one: one.total.price)
    if trial.lever in ("cache", "subagent-cache") and other.total.price > 0:
        return LeftAlone(
            name=f"{trial.lever}={other.value}",
            title=_kept_lifetime(trial.lever, other.value),
            evidence=f"{LIFETIMES_TOLD[other.value]} instead",
            low_usd=dollars_of(min(other.low, other.total.price)),
            high_usd=dollars_of(max(other.high, other.total.price)),
            question=told.shown_by,
        )
    if trial.lever in WARNINGS:
        title = told.title
        evidence = "a shape, no proof" if trial.high_usd < 0 else told.evidence(facts, trial.value)
    else:
        title, evidence = title_of_lever(trial.lever, trial.value), verdict_of(trial)
    return LeftAlone(f"{trial.lever}={trial.value}", title, evidence, trial.low_usd, trial.high_usd, told.shown_by)


def _kept_lifetime(lever: str, other: str) -> str:
    kept = "1-hour" if other == "5m" else "5-minute"
    return f"The {kept} cache of {'subagents' if lever == 'subagent-cache' else 'main threads'}: keep it"


def advise(history: History) -> AdviceReport:
    """All that could be changed. Needs Facet.CONTENT and Facet.TOOLS."""
    history.once(start_walks)  # other processes build the ledger's parts while this one replays
    facts = history.once(ReplayFacts)
    levers = claims_of_levers(facts)
    floor = measure_floors(history, history.once(build_ledger))
    report = _report(facts, levers, floor, [] if refusal_of(facts) else trouble_ceiling(facts))
    return replace(report, not_computable=[*levers.not_computable, *NEVER])


def advise_in_short(history: History, floor: FloorReport) -> AdviceReport:
    """What one pass over the responses tells, for a screen that has to be there within a second: also of a history of
    which only the newest sessions were looked into. `floor`: as that screen has it already. Needs Facet.CONTENT.
    """
    return _report(history.once(ReplayFacts), history.once(cheap_levers), floor, [])


def cheap_levers(history: History) -> LeverClaims:
    """Those that are weighed in passing. Needs Facet.CONTENT, and no ledger."""
    return claims_of_levers(history.once(ReplayFacts), CHEAP)


def _report(facts: ReplayFacts, levers: LeverClaims, floor: FloorReport, more: list[Claim]) -> AdviceReport:
    """`more`: ceilings beside those that the ledger shows."""
    history, ledger = facts.history, facts.history.once(build_ledger)
    idle = [one.server for one in idle_servers(facts, ledger)]
    claims = [_with_servers(one, idle) if one.change.name.startswith("floor=") else one for one in levers.claims]
    ceilings = [*levers.ceilings, *more]
    has_figures, has_tokens = not refusal_of(facts), lacks_prices(facts)
    found = [*repeat_claims(facts), *server_claims(facts, ledger, floor)] if has_figures or has_tokens else []
    if has_figures:
        claims += found
        ceilings += recurring_ceilings(facts, ledger)
    if any(PAUSES in one.touches for one in claims):
        claims = [
            apart_from_breaks(facts, one, FLOOR_FIX) if one.change.name.startswith("floor=") else one for one in claims
        ]
    ranking = rank(claims, facts.bill)
    sessions = {history.store.threads[message.thread].session_id for message in history.messages}
    known = history.store.sessions_with_content
    return AdviceReport(
        advice=ranking.changes,
        ceilings=rank_ceilings(ceilings, facts.bill),
        overlaps=ranking.overlaps,
        leave_alone=levers.leave_alone,
        not_computable=levers.not_computable,
        in_tokens=savings_in_tokens(facts, found) if has_tokens else [],
        unpriced_models=unpriced_models(facts.history),
        bill_usd=dollars_of(facts.bill),
        least_usd=least_usd(facts.bill),
        sessions=len(sessions),
        looked_into=len(sessions if known is None else sessions & known),
        responses=len(history.messages),
        total=history.total.usage(),
    )


def _with_servers(claim: Claim, idle: list[str]) -> Claim:
    """A smaller floor, with the servers that nobody calls by their names."""
    if not idle:
        return claim
    servers = ", ".join(idle[:3])
    evidence = f"{claim.change.evidence}; never called: {servers}"
    return replace(claim, change=replace(claim.change, evidence=evidence))
