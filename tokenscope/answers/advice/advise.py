"""Everything that could be changed in a history, ranked; in full, or what is cheap to know beside the first screen."""

from __future__ import annotations

from tokenscope.answers.advice.change import FLOOR, PAUSES, AdviceReport, Claim, least_usd, rank, rank_ceilings
from tokenscope.answers.advice.lever_claims import CHEAP, apart_from_breaks, claims_of_levers
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.weigh import NEVER
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of


def advise(history: History, *, thorough: bool = True) -> AdviceReport:
    """Needs Facet.CONTENT. Not `thorough`: only what one pass over the responses tells, for a screen that has to be
    there within a second; also where only the newest sessions were looked into.
    """
    facts = history.once(ReplayFacts)
    levers = claims_of_levers(facts, None if thorough else CHEAP)
    sessions = {history.store.threads[message.thread].session_id for message in history.messages}
    known = history.store.sessions_with_content
    claims = levers.claims
    if any(PAUSES in one.touches for one in claims):
        claims = [_without_breaks(facts, one) if FLOOR in one.touches else one for one in claims]
    ranking = rank(claims, facts.bill)
    return AdviceReport(
        advice=ranking.changes,
        ceilings=rank_ceilings(levers.ceilings, facts.bill),
        overlaps=ranking.overlaps,
        leave_alone=levers.leave_alone,
        not_computable=[*levers.not_computable, *(NEVER if thorough else ())],
        bill_usd=dollars_of(facts.bill),
        least_usd=least_usd(facts.bill),
        sessions=len(sessions),
        looked_into=len(sessions if known is None else sessions & known),
        responses=len(history.messages),
        total=history.total.usage(),
    )


def _without_breaks(facts: ReplayFacts, claim: Claim) -> Claim:
    return apart_from_breaks(facts, claim, facts.series, 1_000)
