"""Limits on what the Read and Bash tools send."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from tokenscope.answers.whatif import trial
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.size_models import USER_FILE
from tokenscope.answers.whatif.trial import REPLAY, Model, Outcome, SelfCheck, TrialSetting
from tokenscope.ledger.replay_results import Cut, SentResult, cuts_in_bytes, cuts_in_tokens, run_cut

NOTHING, HALF, ALL = Fraction(0), Fraction(1, 2), Fraction(1)  # asked for again
READ_VARIABLE = "CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS"

CutsAt = Callable[[dict[int, list[SentResult]], int], dict[int, Cut]]


def _check(tool: str) -> Callable[[ReplayFacts], SelfCheck | str]:
    def check(facts: ReplayFacts) -> SelfCheck | str:
        found = sum(map(len, facts.arrivals.results[tool].values()))
        return SelfCheck(found, None) if found else f"no result of {tool} here"

    return check


def _run(tool: str, cuts_at: CutsAt) -> Callable[[ReplayFacts, str], Outcome]:
    def run(facts: ReplayFacts, value: str) -> Outcome:
        cuts = cuts_at(facts.arrivals.results[tool], trial.number_of(value))
        touched = [one for one in facts.series if any(turn.place in cuts for turn in one.turns)]
        found = [
            facts.by_session(touched, lambda one, back=back: run_cut(one, cuts, back))  # type: ignore[misc]
            for back in (NOTHING, HALF, ALL)
        ]
        prices = [sum(one.price for one in changed.values()) for changed in found]
        return Outcome(value, found[1], min(prices), max(prices))

    return run


READ = Model(
    lever="read",
    values=("4K",),
    basis=REPLAY,
    assumed=("half of what is cut is asked for again, with a response more each time", "sizes estimated from bytes"),
    read=lambda value: trial.number_within(value, 500, 1_000_000),
    check=_check("Read"),
    run=_run("Read", cuts_in_tokens),
    setting=lambda facts, value: TrialSetting(USER_FILE, f"env.{READ_VARIABLE}", str(trial.number_of(value))),
    undo=f"take {READ_VARIABLE} out again: the default is 25,000 tokens",
)
BASH = Model(
    lever="bash",
    values=("8K",),
    basis=REPLAY,
    assumed=("half of what is cut is asked for again, with a response more each time", "sizes estimated from bytes"),
    read=lambda value: trial.number_within(value, 500, 1_000_000),
    check=_check("Bash"),
    run=_run("Bash", cuts_in_bytes),
    setting=lambda facts, value: TrialSetting(USER_FILE, "bashOutputMaxChars", trial.number_of(value)),
    since="2.1.261",
    undo="take bashOutputMaxChars out again: the default is 30,000 characters",
)
