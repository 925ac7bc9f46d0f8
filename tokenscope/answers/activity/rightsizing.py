"""Subagents that stand out, as candidates to check: what stood out, and what of their usage is nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tokenscope.behaviour.subagent_work import (
    OVER_POWERED,
    OVER_PROVISIONED,
    REPEATED_PROMPT,
    RUNAWAY,
    Life,
    Outlier,
    find_candidates,
    lives,
)
from tokenscope.history.history import History
from tokenscope.history.session_usage import thread_tallies
from tokenscope.history.usage import Tally, tally_by, total_of
from tokenscope.model import Usage
from tokenscope.process_pool import meanwhile
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

ADVICE = {
    OVER_PROVISIONED: "give that type fewer tools and a shorter task: each of its responses carries what it began with",
    REPEATED_PROMPT: "the same task again and again: keep its answer in a file, or make it a script",
    RUNAWAY: "start a new subagent for a new task; a resumed one carries all that it did before",
    OVER_POWERED: "try a smaller `model:` for this type of agent, on one task first",
}


class RightsizingCandidate(Value):
    """`claimed`: what neither another candidate nor a stretch of quota-audit claims; `usage`: all of the subagent.

    `handed_tokens`, `returned_tokens`: its first prompt and its last output (over-provisioned); `same_prompt`: how
    often it was given (repeated); `segment_prompts`: what each resumed segment began with (runaway).
    """

    finding: str
    session_id: str
    agent_id: str
    agent_type: str | None
    prompt: str | None
    model: str
    usage: Usage
    claimed: Usage
    handed_tokens: int | None
    returned_tokens: int | None
    same_prompt: int | None
    segment_prompts: list[int]


def start_candidates(history: History, found: list[Life]) -> Callable[[], list[RightsizingCandidate]]:
    """Begin to look for them, of a large history in another process; what is returned tells them, those that claim
    most first.
    """
    by_thread = {life.thread: life for life in found}

    def find() -> list[tuple[str, int, list[int], tuple[int, ...]]]:
        return [(one.kind, one.life.thread, one.claimed, one.figures) for one in find_candidates(history, found)]

    plain = meanwhile(find, len(history.store.messages))

    def candidates() -> list[RightsizingCandidate]:
        told = [
            _candidate(history, Outlier(kind, by_thread[thread], claimed, numbers))
            for kind, thread, claimed, numbers in plain()
        ]
        return sorted(told, key=lambda one: (-one.claimed.total_tokens, -one.usage.total_tokens, one.agent_id))

    return candidates


def usage_of(history: History, indices: list[int]) -> Usage:
    """The sum of some messages."""
    messages = [history.store.messages[index] for index in indices]
    return total_of(tally_by(messages, lambda message: message.model, history.pricer).values()).usage()


def life_sums(history: History) -> dict[int, dict[str, Tally]]:
    """What each subagent's own messages in scope came to, by its thread and by model."""
    sums: dict[int, dict[str, Tally]] = {life.thread: {} for life in history.once(lives)}
    for (thread, model), tally in history.once(thread_tallies).items():
        if thread in sums:
            sums[thread][model] = tally
    return sums


def _life_totals(history: History) -> dict[int, Tally]:
    """The same of all models together."""
    return {thread: total_of(by_model.values()) for thread, by_model in history.once(life_sums).items()}


def usage_of_lives(history: History, ones: Iterable[Life]) -> Usage:
    """All that some subagents used."""
    sums = history.once(_life_totals)
    return total_of(sums[life.thread] for life in ones).usage()


def _candidate(history: History, finding: Outlier) -> RightsizingCandidate:
    subagent, numbers = finding.life.subagent, finding.figures
    handed, returned = numbers if finding.kind == OVER_PROVISIONED else (None, None)
    return RightsizingCandidate(
        finding=finding.kind,
        session_id=subagent.session_id,
        agent_id=subagent.agent_id,
        agent_type=subagent.agent_type or None,
        prompt=subagent.description or subagent.prompt or None,
        model=history.store.messages[finding.life.messages[0]].model,
        usage=usage_of_lives(history, [finding.life]),
        claimed=usage_of(history, finding.claimed),
        handed_tokens=handed,
        returned_tokens=returned,
        same_prompt=numbers[0] if finding.kind == REPEATED_PROMPT else None,
        segment_prompts=list(numbers) if finding.kind == RUNAWAY else [],
    )


def candidates_card(found: list[RightsizingCandidate], drawing: Drawing) -> Card:
    """What stood out, one row a candidate."""
    title = "Right-sizing"
    if not found:
        return Card(title, "No subagent was over-powered, over-provisioned, repeated or running away.")
    shown = found[: drawing.limit]
    columns = (
        Column("finding", "label"),
        Column("what", "text"),
        Column("model", "path", spare=True),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        Column("why", "remark"),
    )
    rows = tuple(
        Row(
            (
                one.finding,
                one.prompt or one.agent_id,
                figures.model_name(one.model),
                figures.tokens(one.claimed.total_tokens),
                figures.dollars(one.claimed.list_price_usd),
                _remark(one),
            ),
            Tone.OUTPUT,
        )
        for one in shown
    )
    actions = tuple(ADVICE[kind] for kind in dict.fromkeys(one.finding for one in found))
    caption = "candidates to check, no proof · tokens that nothing else here or in quota-audit claims"
    return Card(title, _sentence(found), (Table(columns, rows, len(found) - len(shown)),), actions, caption)


def _sentence(found: list[RightsizingCandidate]) -> str:
    kind = found[0].finding
    same = [one for one in found if one.finding == kind]
    count = figures.plural(len(same), "subagent")
    tokens = figures.tokens(sum(one.usage.total_tokens for one in same))
    if kind == OVER_PROVISIONED:
        handed = figures.tokens(sum(one.handed_tokens or 0 for one in same) / len(same))
        said = figures.tokens(sum(one.returned_tokens or 0 for one in same) / len(same))
        was, on_average = ("were", " on average") if len(same) > 1 else ("was", "")
        return f"{count} {was} handed {handed} tokens{on_average} and said {said} in the end; {tokens} in all."
    what = {
        REPEATED_PROMPT: "began with a prompt that one before had begun with",
        RUNAWAY: "grew with every time they were resumed",
        OVER_POWERED: "ran a premium model on light work all through",
    }[kind]
    return f"{count}, {tokens} tokens, {what}."


def _remark(one: RightsizingCandidate) -> str:
    if one.finding == OVER_PROVISIONED:
        responses = figures.plural(one.usage.messages, "response")
        return f"{figures.tokens(one.handed_tokens)} in, {figures.tokens(one.returned_tokens)} out, {responses}"
    if one.finding == REPEATED_PROMPT:
        return f"one of {one.same_prompt} alike"
    if one.finding == RUNAWAY:
        first, last = one.segment_prompts[0], one.segment_prompts[-1]
        return f"grew {figures.tokens(first)} to {figures.tokens(last)}"
    return "more in quota-audit"
