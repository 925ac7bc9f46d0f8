"""The levers of `whatif` in the words of advice: what to do, what it rests on here, and which tokens it touches."""

from __future__ import annotations

from collections.abc import Callable

from tokenscope.answers.advice.change import COMMAND, CONTEXT, FLOOR, HABIT, MODELS, PAUSES, SETTING
from tokenscope.answers.whatif import trial
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.ledger.replay import ThreadTurns
from tokenscope.ledger.replay_lifetimes import PauseCheck
from tokenscope.value import Value
from tokenscope.view import figures

LIFETIMES_TOLD = {"5m": "five minutes", "1h": "an hour"}


class LeverWords(Value):
    """How a lever is told. `title`: of its value; `evidence`: a sentence with what it rests on here."""

    title: str
    evidence: Callable[[ReplayFacts, str], str]
    kind: str
    touches: tuple[str, ...]
    paste: str = ""
    shown_by: str = ""  # the question that shows more
    how: str = ""  # where the lever's own words are not for a card


def _breaks(found: PauseCheck, _: str) -> str:
    return (
        f"{figures.plural(found.pauses, 'break')} outlasted the cache; "
        f"{figures.tokens(found.observed)} tokens were written to it again"
    )


def _beyond_window(facts: ReplayFacts, value: str) -> str:
    window = trial.number_of(value)
    held = sum(turn.counts and turn.size > window for one in facts.series for turn in one.turns)
    return f"{figures.plural(held, 'response')} had more than {value} tokens in the context"


def _beyond_limit(tool: str, unit: str) -> Callable[[ReplayFacts, str], str]:
    def evidence(facts: ReplayFacts, value: str) -> str:
        limit = trial.number_of(value)
        every = [one for ones in facts.arrivals.results[tool].values() for one in ones]
        large = [one for one in every if (one.tokens if unit == "tokens" else one.bytes) > limit]
        return f"{len(large):,} of {figures.plural(len(every), 'result')} of {tool} had more than {value} {unit}"

    return evidence


def _with_floor(facts: ReplayFacts, _: str) -> str:
    responses = figures.plural(sum(map(responses_in_scope, facts.series)), "response")
    return f"system prompt, tools and memory files came with {responses}"


def _responses_of(threads: Callable[[ReplayFacts], list[ThreadTurns]], whose: str) -> Callable[[ReplayFacts, str], str]:
    def evidence(facts: ReplayFacts, _: str) -> str:
        return f"{figures.plural(sum(map(responses_in_scope, threads(facts))), 'response')} were of {whose}"

    return evidence


def responses_in_scope(series: ThreadTurns) -> int:
    """How many responses of a thread are in scope."""
    return sum(turn.counts for turn in series.turns)


LEVERS_TOLD = {
    "cache": LeverWords(
        "Keep the cache of main threads for {lifetime}",
        lambda facts, value: _breaks(facts.main_pauses, value),
        SETTING,
        (PAUSES,),
        shown_by="context",
    ),
    "subagent-cache": LeverWords(
        "Keep the cache of subagents for {lifetime}",
        lambda facts, value: _breaks(facts.subagent_pauses, value),
        SETTING,
        (PAUSES,),
        shown_by="context",
    ),
    "window": LeverWords(
        "Let a context be compacted at {value} tokens", _beyond_window, SETTING, (CONTEXT, PAUSES), shown_by="context"
    ),
    "clear": LeverWords(
        "After a break, type /clear where another task begins",
        lambda facts, value: _breaks(facts.main_pauses, value),
        COMMAND,
        (CONTEXT, PAUSES),
        paste="/clear",
        shown_by="context",
    ),
    "compact": LeverWords(
        "Before a long break, type /compact",
        lambda facts, value: _breaks(facts.main_pauses, value),
        COMMAND,
        (CONTEXT, PAUSES),
        paste="/compact",
        shown_by="context",
    ),
    "read": LeverWords(
        "Let Read send at most {value} tokens of a file at once",
        _beyond_limit("Read", "tokens"),
        SETTING,
        (CONTEXT, PAUSES),
        shown_by="files",
    ),
    "bash": LeverWords(
        "Let Bash send at most {value} characters of an output",
        _beyond_limit("Bash", "characters"),
        SETTING,
        (CONTEXT, PAUSES),
        shown_by="tools",
    ),
    "floor": LeverWords(
        "Start every request with {value} tokens less",
        _with_floor,
        HABIT,
        (FLOOR,),
        shown_by="context",
        how="shorten CLAUDE.md, or turn off MCP servers that nobody calls",
    ),
    "light": LeverWords(
        "Switching to a smaller model for light work",
        lambda facts, value: "caches written anew",
        HABIT,
        (MODELS,),
        shown_by="quota-audit",
    ),
    "subagent-model": LeverWords(
        "Run subagents on {model}",
        _responses_of(lambda facts: facts.subagents, "subagents"),
        SETTING,
        (MODELS,),
        shown_by="subagents",
    ),
    "model": LeverWords(
        "Run main threads on {model}",
        _responses_of(lambda facts: facts.main, "main threads"),
        SETTING,
        (MODELS,),
        shown_by="quota-audit",
    ),
}


def title_of_lever(lever: str, value: str) -> str:
    """What to do, with the value in it."""
    lifetime = LIFETIMES_TOLD.get(value, value)
    return LEVERS_TOLD[lever].title.format(value=value.removeprefix("-"), lifetime=lifetime, model=value.capitalize())
