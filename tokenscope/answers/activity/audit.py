"""Stretches of premium models that were shaped like a smaller model's work: what they came to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from shlex import quote

from tokenscope.answers.whatif.price_models import LOST_AT_A_SWITCH, SMALLER, light_at_smaller
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.behaviour.light_stretches import MIDDLE, RULES, find_stretches, is_premium
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.usage import Tally, dollars_of, share_of, tally_by, total_of
from tokenscope.ledger.replay import series_of
from tokenscope.model import Message, Usage
from tokenscope.value import Value

_Key = tuple[str, str, str]  # of a response: its project, its month, its kind of thread
PROJECT, MONTH, AGENT_TYPE = range(3)  # places in it
MAIN_THREAD, OTHER_AGENT = "main thread", "subagent without a type"
CAVEAT = "light is a shape of the log, never proof that a smaller model would have done it"


class Sensitivity(Value):
    """What another rule finds: shares of the premium tokens and of the premium list price."""

    rule: str
    share_of_premium: float | None
    price_share_of_premium: float | None
    stretches: int


class ListedStretch(Value):
    """`first_prompt`: the session's title or first words; `resume`: the command that reopens it."""

    session_id: str
    agent_id: str | None
    model: str
    started_at: datetime | None
    messages: int
    usage: Usage
    first_prompt: str | None
    resume: str
    ended_at: datetime | None
    project: str


class Group(Value):
    """Candidates of one project, month or kind of thread, and the premium usage that they are part of.

    `share_of_premium`: of the list price where it is known, else of the tokens. `smaller_model`: see the report, the
    one that would have served most of the candidates; None: none known, or no candidates.
    """

    label: str
    premium: Usage
    candidates: Usage
    share_of_premium: float | None
    smaller_model: str | None


class QuotaAuditReport(Value):
    """Premium: models of the Opus, Fable and Mythos families. Candidates: light stretches by the middle rule.

    `list_price_usd_at_smaller_model`: the candidates' four counters at the newest model of the next smaller family
    that had a price on their day; None where that is unknown for any of them.
    """

    premium: Usage
    candidates: Usage
    share_of_premium: float | None
    price_share_of_premium: float | None
    sensitivity: list[Sensitivity]
    sessions: int
    stretches: list[ListedStretch]
    list_price_usd_at_smaller_model: float | None
    smaller_models: list[str]
    output_floor_share: float | None  # of the candidates
    by_project: list[Group]
    by_month: list[Group]
    caveat: str
    total: Usage
    by_agent_type: list[Group]  # MAIN_THREAD, else the subagent's type
    list_price_usd_after_switch: float | None  # as the one at smaller models, with both caches written again


class AuditSummary(Value):
    """The middle rule's answer in a line."""

    premium: Usage
    candidates: Usage
    share_of_premium: float | None
    price_share_of_premium: float | None
    stretches: int
    caveat: str


def summarise(history: History) -> AuditSummary:
    """The audit by the middle rule alone, of the sessions whose context is known."""
    known = [history.store.messages[index] for index in history.content_indices]
    total = _sum(history, [message for message in known if is_premium(message)])
    found = find_stretches(history, MIDDLE)
    chosen = _sum(history, [history.store.messages[index] for run in found for index in run])
    return AuditSummary(
        total.usage(),
        chosen.usage(),
        share_of(chosen.total_tokens, total.total_tokens),
        share_of(chosen.price.total, total.price.total),
        len(found),
        CAVEAT,
    )


def audit(history: History) -> QuotaAuditReport:
    """The premium responses in scope, judged by three rules."""
    messages, key = history.store.messages, _keys(history)
    groups = history.by_group([key(message) if is_premium(message) else None for message in history.messages])
    every = {group: tally for group, tally in groups.items() if group is not None}
    total = total_of(every.values())
    found = {rule: find_stretches(history, rule) for rule in RULES}
    candidates = [messages[index] for run in found[MIDDLE] for index in run]
    smaller = list(map(history.pricer.smaller_model, candidates))
    light = tally_by(candidates, key, history.pricer)
    sums = {rule: _sum(history, [messages[index] for run in runs for index in run]) for rule, runs in found.items()}
    chosen = sums[MIDDLE]
    at_smaller, smaller_models = _at_smaller_model(history, candidates, smaller)
    stretches = [_stretch(history, run) for run in found[MIDDLE]]
    stretches.sort(key=lambda stretch: (-stretch.usage.total_tokens, stretch.session_id))
    together = partial(_groups, every, light, list(zip(map(key, candidates), smaller, strict=True)))
    return QuotaAuditReport(
        premium=total.usage(),
        candidates=chosen.usage(),
        share_of_premium=share_of(chosen.total_tokens, total.total_tokens),
        price_share_of_premium=share_of(chosen.price.total, total.price.total),
        sensitivity=[_sensitivity(rule.name, sums[rule], total, len(runs)) for rule, runs in found.items()],
        sessions=len({stretch.session_id for stretch in stretches}),
        stretches=stretches,
        list_price_usd_at_smaller_model=at_smaller,
        smaller_models=smaller_models,
        output_floor_share=share_of(chosen.floors, chosen.messages),
        by_project=together(PROJECT),
        by_month=together(MONTH),
        caveat=CAVEAT,
        total=history.total.usage(),
        by_agent_type=together(AGENT_TYPE),
        list_price_usd_after_switch=None if at_smaller is None else _after_switch(history, found[MIDDLE], chosen),
    )


def _after_switch(history: History, runs: list[list[int]], chosen: Tally) -> float:
    """The candidates at smaller models, and what the switches there and back would have written again."""
    facts = history.once(ReplayFacts)
    threads = {history.store.messages[run[0]].thread for run in runs}
    changed = light_at_smaller(facts, SMALLER, LOST_AT_A_SWITCH, series_of(history, threads))
    return dollars_of(chosen.price.total + sum(one.price for one in changed.values()))


def _sum(history: History, messages: list[Message]) -> Tally:
    return total_of(tally_by(messages, lambda message: message.model, history.pricer).values())


def _sensitivity(rule: str, chosen: Tally, total: Tally, stretches: int) -> Sensitivity:
    return Sensitivity(
        rule,
        share_of(chosen.total_tokens, total.total_tokens),
        share_of(chosen.price.total, total.price.total),
        stretches,
    )


def _at_smaller_model(
    history: History, candidates: list[Message], smaller: list[str | None]
) -> tuple[float | None, list[str]]:
    """The candidates' price, each at its own smaller model, and these, those of the most responses first."""
    price, models = 0, Counter[str]()
    for message, model in zip(candidates, smaller, strict=True):
        cost = None if model is None else history.pricer.price(message._replace(model=model, tariff=""))
        if model is None or cost is None:
            return None, []
        price += cost.total
        models[model] += 1
    return dollars_of(price), [model for model, _ in models.most_common()]


def _stretch(history: History, run: list[int]) -> ListedStretch:
    messages = [history.store.messages[index] for index in run]
    thread = history.thread_of(messages[0])
    session = history.session_of(messages[0])
    local = history.scope.local
    started, ended = messages[0].time, messages[-1].time
    return ListedStretch(
        session_id=session.session_id,
        agent_id=thread.agent_id or None,
        model=messages[0].model,
        started_at=None if started is None else local(started),
        messages=len(messages),
        usage=_sum(history, messages).usage(),
        first_prompt=session.title or None,
        resume=f"claude --resume {quote(session.session_id)}",
        ended_at=None if ended is None else local(ended),
        project=session.project,
    )


def _keys(history: History) -> Callable[[Message], _Key]:
    """What a message's project, month and kind of thread are: the main thread, or a subagent of some type."""
    threads, sessions = history.store.threads, history.store.sessions
    subagents = history.once(Activity).subagents_by_thread
    types = {number: one.agent_type or one.kind or OTHER_AGENT for number, one in subagents.items()}
    of_threads = [
        (sessions[thread.session_id].project, types.get(number, OTHER_AGENT if thread.agent_id else MAIN_THREAD))
        for number, thread in enumerate(threads)
    ]

    def key(message: Message) -> _Key:
        project, agent_type = of_threads[message.thread]
        month = "undated" if message.time is None else str(history.days.day(message.time))[:7]
        return project, month, agent_type

    return key


def _groups(
    every: dict[_Key, Tally], light: dict[_Key, Tally], smaller: list[tuple[_Key, str | None]], place: int
) -> list[Group]:
    """All keys put together that are the same at one place."""
    sums: dict[str, tuple[Tally, Tally]] = defaultdict(lambda: (Tally(), Tally()))
    for which, tallies in enumerate((every, light)):
        for key, tally in tallies.items():
            sums[key[place]][which].include(tally)
    models: dict[str, Counter[str]] = defaultdict(Counter)
    for key, model in smaller:
        if model:
            models[key[place]][model] += 1
    labels = sorted(sums, key=lambda label: (-sums[label][0].total_tokens, label))
    return [_group(label, *sums[label], models[label]) for label in labels]


def _group(label: str, premium: Tally, candidates: Tally, smaller: Counter[str]) -> Group:
    part = share_of(candidates.price.total, premium.price.total)
    if part is None:
        part = share_of(candidates.total_tokens, premium.total_tokens)
    model = smaller.most_common(1)[0][0] if smaller else None
    return Group(label, premium.usage(), candidates.usage(), part, model)
