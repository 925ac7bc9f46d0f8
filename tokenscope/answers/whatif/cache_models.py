"""The lifetime of the cache, of main threads and of subagents apart."""

from __future__ import annotations

from collections.abc import Callable

from tokenscope.answers.whatif import lever_values
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.trial import REPLAY, Model, Outcome, SelfCheck, TrialSetting
from tokenscope.ledger.replay import ThreadTurns
from tokenscope.ledger.replay_lifetime import PauseCheck, lifetime_saving, pause_effect
from tokenscope.view import figures

USER_FILE = "~/.claude/settings.json"
FEWEST_PAUSES = 5
LARGEST_ERROR = 0.3  # of the tokens that pauses cost: beyond it the model does not know these caches


def check_of_pauses(found: PauseCheck) -> SelfCheck | str:
    """Whether pauses tell what they lost here."""
    if found.pauses < FEWEST_PAUSES or found.error is None:
        return f"{figures.plural(found.pauses, 'pause')} outlasted the cache here, too few to check the model on"
    if found.error > LARGEST_ERROR:
        return f"what pauses lost here is not what pauses foretell: {figures.share(found.error)} off"
    return SelfCheck(found.pauses, found.error)


def cache_model(
    lever: str,
    key: str,
    threads: Callable[[ReplayFacts], list[ThreadTurns]],
    pauses: Callable[[ReplayFacts], PauseCheck],
    kept: float,
) -> Model:
    """The lever of one kind of threads."""

    def run(facts: ReplayFacts, value: str) -> Outcome:
        lifetime, every = lever_values.LIFETIMES[value], threads(facts)
        changed = facts.by_session(every, lambda one: lifetime_saving(one, lifetime))
        total = sum(one.price for one in changed.values())
        error = int(sum(pause_effect(one, lifetime) for one in every) * (pauses(facts).error or 0.0))
        return Outcome(value, changed, total - error, total + error)

    return Model(
        lever=lever,
        values=("5m", "1h"),
        basis=REPLAY,
        assumed=("the same pauses",),
        read=lever_values.lifetime,
        check=lambda facts: check_of_pauses(pauses(facts)),
        run=run,
        setting=lambda facts, value: TrialSetting(USER_FILE, key, value),
        since="2.1.243",
        kept=kept,
        how="before that version, for all threads: ENABLE_PROMPT_CACHING_1H=1 or FORCE_PROMPT_CACHING_5M=1",
        undo=f"take {key} out again",
    )


CACHE = cache_model("cache", "promptCacheTtl", lambda facts: facts.main, lambda facts: facts.main_pauses, 0.5)
SUBAGENT_CACHE = cache_model(
    "subagent-cache",
    "subagentPromptCacheTtl",
    lambda facts: facts.subagents,
    lambda facts: facts.subagent_pauses,
    0.39,
)
