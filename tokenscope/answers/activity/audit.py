"""Stretches of premium models that were shaped like a smaller model's work: what they came to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from shlex import quote

from tokenscope.answers.whatif.price_models import LOST_AT_A_SWITCH, SMALLER, light_at_smaller
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.behaviour.light_stretches import MIDDLE, RULES, find_stretches, is_premium
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.usage import Tally, dollars_of, share_of, tally_by, total_of
from tokenscope.model import Message, Usage
from tokenscope.value import Value

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
    premium = [message for message in history.messages if is_premium(message)]
    total = _sum(history, premium)
    found = {rule: find_stretches(history, rule) for rule in RULES}
    messages = history.store.messages
    candidates = [messages[index] for run in found[MIDDLE] for index in run]
    chosen = _sum(history, candidates)
    at_smaller, smaller = _at_smaller_model(history, candidates)
    stretches = [_stretch(history, run) for run in found[MIDDLE]]
    stretches.sort(key=lambda stretch: (-stretch.usage.total_tokens, stretch.session_id))
    return QuotaAuditReport(
        premium=total.usage(),
        candidates=chosen.usage(),
        share_of_premium=share_of(chosen.total_tokens, total.total_tokens),
        price_share_of_premium=share_of(chosen.price.total, total.price.total),
        sensitivity=[
            _sensitivity(rule.name, _sum(history, [messages[index] for run in runs for index in run]), total, len(runs))
            for rule, runs in found.items()
        ],
        sessions=len({stretch.session_id for stretch in stretches}),
        stretches=stretches,
        list_price_usd_at_smaller_model=at_smaller,
        smaller_models=smaller,
        output_floor_share=share_of(chosen.floors, chosen.messages),
        by_project=_groups(history, premium, candidates, lambda message: history.session_of(message).project),
        by_month=_groups(history, premium, candidates, lambda message: _month(history, message)),
        caveat=CAVEAT,
        total=history.total.usage(),
        by_agent_type=_groups(history, premium, candidates, _agent_type(history)),
        list_price_usd_after_switch=None if at_smaller is None else _after_switch(history, chosen),
    )


def _after_switch(history: History, chosen: Tally) -> float:
    """The candidates at smaller models, and what the switches there and back would have written again."""
    facts = history.once(ReplayFacts)
    changed = light_at_smaller(facts, SMALLER, LOST_AT_A_SWITCH)
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


def _at_smaller_model(history: History, candidates: list[Message]) -> tuple[float | None, list[str]]:
    price, models = 0, Counter[str]()
    for message in candidates:
        model = history.pricer.smaller_model(message)
        smaller = None if model is None else history.pricer.price(message._replace(model=model, tariff=""))
        if model is None or smaller is None:
            return None, []
        price += smaller.total
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


def _agent_type(history: History) -> Callable[[Message], str]:
    """What a message's thread is: the main thread, or a subagent of some type."""
    subagents = history.once(Activity).subagents_by_thread
    types = {number: one.agent_type or one.kind or OTHER_AGENT for number, one in subagents.items()}
    threads = history.store.threads
    return lambda message: types.get(message.thread, OTHER_AGENT if threads[message.thread].agent_id else MAIN_THREAD)


def _month(history: History, message: Message) -> str:
    return "undated" if message.time is None else history.days.day(message.time).strftime("%Y-%m")


def _groups(
    history: History, premium: list[Message], candidates: list[Message], key: Callable[[Message], str]
) -> list[Group]:
    every = tally_by(premium, key, history.pricer)
    chosen = tally_by(candidates, key, history.pricer)
    smaller: dict[str, Counter[str]] = defaultdict(Counter)
    for message in candidates:
        if model := history.pricer.smaller_model(message):
            smaller[key(message)][model] += 1
    labels = sorted(every, key=lambda label: (-every[label].total_tokens, label))
    return [_group(label, every[label], chosen.get(label, Tally()), smaller[label]) for label in labels]


def _group(label: str, premium: Tally, candidates: Tally, smaller: Counter[str]) -> Group:
    part = share_of(candidates.price.total, premium.price.total)
    if part is None:
        part = share_of(candidates.total_tokens, premium.total_tokens)
    model = smaller.most_common(1)[0][0] if smaller else None
    return Group(label, premium.usage(), candidates.usage(), part, model)
