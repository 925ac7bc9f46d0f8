"""Levers on a context: the lifetime of the cache, the window of compaction, /clear and /compact around a pause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tokenscope.answers.whatif import trial
from tokenscope.answers.whatif.replay_facts import ReplayFacts, leave_one_out_error
from tokenscope.answers.whatif.trial import REPLAY, Model, Outcome, SelfCheck, TrialSetting, length_of_pause
from tokenscope.ledger.replay import CostChange, ThreadTurns, added_up
from tokenscope.ledger.replay_lifetimes import PauseCheck, lifetime_saving, pause_effect
from tokenscope.ledger.replay_sizes import Decide, clear_after_pause, compact_at, compact_before_pause, run_smaller
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
        lifetime, every = trial.LIFETIMES[value], threads(facts)
        changed = facts.by_session(every, lambda one: lifetime_saving(one, lifetime))
        total = sum(one.price for one in changed.values())
        error = int(sum(pause_effect(one, lifetime) for one in every) * (pauses(facts).error or 0.0))
        return Outcome(value, changed, total - error, total + error)

    return Model(
        lever=lever,
        values=("5m", "1h"),
        basis=REPLAY,
        assumed=("the same pauses",),
        read=trial.lifetime,
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


FEWEST_COMPACTIONS = 5
FOUND_AGAIN = 2_200  # tokens read again in the 20 responses after a compaction, the middle of real ones
SMALLEST_WINDOW, LARGEST_WINDOW = 100_000, 1_000_000
OWN_SIZE = "your own usual size after a compaction"

DecideFor = Callable[[ThreadTurns, int], Decide | None]  # of a thread, and what is left of its context


def _check_sizes(facts: ReplayFacts) -> SelfCheck | str:
    sizes = facts.sizes_after_compaction
    if len(sizes) < FEWEST_COMPACTIONS:
        return f"{len(sizes)} compactions here: fewer than {FEWEST_COMPACTIONS} do not tell what one leaves"
    return SelfCheck(len(sizes), leave_one_out_error(sizes))


def _check_compact(facts: ReplayFacts) -> SelfCheck | str:
    sizes, pauses = _check_sizes(facts), check_of_pauses(facts.main_pauses)
    return pauses if isinstance(pauses, str) else sizes


def _three(facts: ReplayFacts) -> tuple[int, int, int]:
    """Sizes after a compaction: small, middle, large with what is found again."""
    sizes = facts.sizes_after_compaction
    last = len(sizes) - 1
    low, middle, high = (sizes[round(last * part)] for part in (0.1, 0.5, 0.9))
    return low, middle, high + FOUND_AGAIN


def _outcome(
    facts: ReplayFacts, every: list[ThreadTurns], value: str, sizes: tuple[int, int, int], of: DecideFor
) -> Outcome:
    def change(series: ThreadTurns, size: int) -> CostChange:
        return run_smaller(facts.history, series, of(series, size)).difference

    low, figure, high = (facts.by_session(every, partial(change, size=size)) for size in sizes)
    prices = [sum(one.price for one in found.values()) for found in (low, figure, high)]
    return Outcome(value, figure, min(prices), max(prices))


def _leaves_more(facts: ReplayFacts, value: str) -> str:
    size = _three(facts)[1]
    is_smaller = size < trial.number_of(value)
    return "" if is_smaller else f"your compactions leave {figures.tokens(size)} tokens, no less than {value}"


def _with_chances(facts: ReplayFacts) -> list[ThreadTurns]:
    """Threads where somebody could have typed before a pause; no other is changed."""
    asks = facts.asks_after_pauses
    return [one for one in facts.main if any(turn.place in asks for turn in one.turns)]


def compacting_at_pauses(facts: ReplayFacts) -> CostChange | None:
    """What /compact before each such pause would have been beside the bill; None: its check refuses."""
    if isinstance(_check_compact(facts), str):
        return None
    asks, size = facts.asks_after_pauses, _three(facts)[1]
    return added_up(
        run_smaller(facts.history, one, compact_before_pause(asks, 0, one.first_size, size)).difference
        for one in _with_chances(facts)
    )


def _run_window(facts: ReplayFacts, value: str) -> Outcome:
    window = trial.number_of(value)
    large, began_with = list[ThreadTurns](), dict[int, int]()  # from the first prompt that is too large on
    for one in facts.series:
        first = next((number for number, turn in enumerate(one.turns) if turn.size > window), None)
        if first is not None:
            large.append(one._replace(turns=one.turns[first:]))
            began_with[one.thread] = one.first_size
    return _outcome(
        facts, large, value, _three(facts), lambda one, size: compact_at(window, size, began_with[one.thread])
    )


def _run_compact(facts: ReplayFacts, value: str) -> Outcome:
    asks, pause = facts.asks_after_pauses, length_of_pause(value)
    return _outcome(
        facts,
        _with_chances(facts),
        value,
        _three(facts),
        lambda one, size: compact_before_pause(asks, pause, one.first_size, size),
    )


def _run_clear(facts: ReplayFacts, value: str) -> Outcome:
    asks, pause, again = facts.asks_after_pauses, length_of_pause(value), facts.usual_growth
    return _outcome(
        facts,
        _with_chances(facts),
        value,
        (0, again, 2 * again),
        lambda one, size: clear_after_pause(asks, pause, one.first_size, size),
    )


WINDOW = Model(
    lever="window",
    values=("100K", "150K", "200K"),
    basis=REPLAY,
    assumed=(OWN_SIZE, "compactions of your own stay where they were"),
    read=lambda value: trial.number_within(value, SMALLEST_WINDOW, LARGEST_WINDOW),
    check=_check_sizes,
    run=_run_window,
    refuses=_leaves_more,
    setting=lambda facts, value: TrialSetting(USER_FILE, "autoCompactWindow", trial.number_of(value)),
    kept=0.57,
    how="CLAUDE_AUTOCOMPACT_PCT_OVERRIDE is reported to be ignored in the settings' env",
    undo="take autoCompactWindow out again",
)
CLEAR = Model(
    lever="clear",
    values=("pause",),
    basis=REPLAY,
    assumed=("one usual first growth is read again",),
    read=trial.pause,
    check=lambda facts: check_of_pauses(facts.main_pauses),
    run=_run_clear,
    setting=lambda facts, value: None,
    how="type /clear when you come back after a pause to another task",
    undo="a habit: nothing to take back; `claude --resume` reopens what was cleared",
)
COMPACT = Model(
    lever="compact",
    values=("pause",),
    basis=REPLAY,
    assumed=(OWN_SIZE, "you knew that the pause would be long"),
    read=trial.pause,
    check=_check_compact,
    run=_run_compact,
    setting=lambda facts, value: None,
    how="type /compact before a pause longer than the cache lives; Claude Code may do so itself (idleCompaction)",
    undo="a habit: nothing to take back",
)
