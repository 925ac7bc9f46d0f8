"""Everything that could be changed in a history, ranked; in full, or what is cheap to know beside the first screen."""

from __future__ import annotations

from dataclasses import replace

from tokenscope.answers.advice.change import PAUSES, AdviceReport, Claim, least_usd, rank, rank_ceilings
from tokenscope.answers.advice.found_claims import (
    idle_servers,
    recurring_ceilings,
    repeat_claims,
    server_claims,
    trouble_ceiling,
)
from tokenscope.answers.advice.lever_claims import CHEAP, LeverClaims, apart_from_breaks, claims_of_levers
from tokenscope.answers.context.floor import FLOOR_FIX, FloorReport, measure_floors
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.weigh import NEVER, refusal_of
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import build_ledger


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
    facts = history.once(ReplayFacts)
    return _report(facts, claims_of_levers(facts, CHEAP), floor, [])


def _report(facts: ReplayFacts, levers: LeverClaims, floor: FloorReport, more: list[Claim]) -> AdviceReport:
    """`more`: ceilings beside those that the ledger shows."""
    history, ledger = facts.history, facts.history.once(build_ledger)
    idle = [one.server for one in idle_servers(facts, ledger)]
    claims = [_with_servers(one, idle) if one.change.name.startswith("floor=") else one for one in levers.claims]
    ceilings = [*levers.ceilings, *more]
    if not refusal_of(facts):
        claims += [*repeat_claims(facts), *server_claims(facts, ledger, floor)]
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
    return claim._replace(change=replace(claim.change, evidence=evidence))
