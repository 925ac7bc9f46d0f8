"""What would have left fewer tokens of every kind, for histories whose models have no known price."""

from __future__ import annotations

from collections.abc import Iterable

from tokenscope.answers.advice.change import Claim, TokenSaving
from tokenscope.answers.advice.lever_words import LEVERS_TOLD, title_of_lever
from tokenscope.answers.whatif.price_models import FLOOR
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.size_models import CLEAR
from tokenscope.answers.whatif.trial import Model
from tokenscope.history.usage import share_of
from tokenscope.ledger.replay import added_up

WORTH = 0.005  # of all tokens: less is not worth anybody's time
LARGE = 0.05  # of all tokens: of a promise beyond it, as much is told as experience left of such promises in dollars


def savings_in_tokens(facts: ReplayFacts, found: Iterable[Claim]) -> list[TokenSaving]:
    """What was found, a smaller floor, and /clear after breaks; each alone, the most tokens first.

    Only what adds no tokens of a dearer kind: that saves at any price. What compacts a context earlier writes again
    what would have been read, so that whether it saves depends on prices.
    """
    every = facts.history.total.total_tokens
    saved = [*(_found(one, every) for one in found), *(_by_lever(facts, model, every) for model in (FLOOR, CLEAR))]
    worth_it = [one for one in saved if one is not None and one.saving_tokens > WORTH * every]
    return sorted(worth_it, key=lambda one: (-one.saving_tokens, one.name))


def _found(claim: Claim, every: int) -> TokenSaving:
    one, tokens = claim.change, -added_up(claim.by_session.values()).tokens
    return TokenSaving(
        name=one.name,
        title=one.title,
        saving_tokens=tokens,
        share=share_of(tokens, every),
        evidence=one.evidence,
        kind=one.kind,
        how=one.how,
        paste=one.paste,
        undo=one.undo,
        question=one.question,
    )


def _by_lever(facts: ReplayFacts, model: Model, every: int) -> TokenSaving | None:
    if isinstance(model.check(facts), str):
        return None
    value, told = model.values[0], LEVERS_TOLD[model.lever]
    tokens = -model.run(facts, value).total.tokens
    tokens = round(tokens * model.kept) if tokens > LARGE * every else tokens
    return TokenSaving(
        name=f"{model.lever}={value}",
        title=title_of_lever(model.lever, value),
        saving_tokens=tokens,
        share=share_of(tokens, every),
        evidence=told.evidence(facts, value),
        kind=told.kind,
        how=told.how or model.how,
        paste=told.paste,
        undo=model.undo.removeprefix("a habit: "),
        question=told.shown_by,
    )
