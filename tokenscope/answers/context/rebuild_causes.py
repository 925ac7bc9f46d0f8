"""What the cache had lost: how often, how much, and why, in numbers."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from heapq import nlargest

from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.weigh import saved_by_compacting
from tokenscope.history.history import History
from tokenscope.history.rebuilds import IDLE, Rebuild, first_writes
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.value import Value

LARGEST = 10
LARGE = 1_000  # tokens

Priced = tuple[Rebuild, tuple[int, int] | None]  # picodollars: what it cost, what it would have cost as a read


class Cause(Value):
    """`list_price_usd`: what writing this context again cost; None: no price known.

    Most rebuilds are a handful of tokens, the end of a prompt that no cache entry covered: `large_count`
    counts those of at least LARGE tokens.
    """

    cause: str
    count: int
    large_count: int
    tokens: int
    list_price_usd: float | None


class LargestRebuild(Value):
    """`gap_ms`: since the response before."""

    session_id: str
    agent_id: str | None
    at: datetime
    cause: str
    tokens: int
    gap_ms: int
    list_price_usd: float | None


class Writes(Value):
    """Cache writes of some responses: session_start, subagent_start, after_compaction, thread_end."""

    cause: str
    count: int
    tokens: int
    list_price_usd: float | None


class RebuildsReport(Value):
    """`cold_starts`: written where there was nothing to read; `dead_writes`: by the last response of a thread, so
    never read again. `list_price_usd_as_reads`: what the rebuilt tokens would have cost as cache reads.
    """

    causes: list[Cause]
    largest: list[LargestRebuild]
    list_price_usd_as_reads: float
    sessions_with_half: int  # the fewest sessions that hold half of the rebuilt tokens
    tokens_a_break: int | None  # rebuilt on average after a break longer than the cache lives
    list_price_usd_a_break: float | None  # … and what that cost more than reading it would have
    shortest_break_ms: int | None  # of those
    cold_starts: list[Writes]
    dead_writes: Writes
    untyped_share_of_breaks: float | None = None  # of the tokens that breaks cost: where nobody could have typed
    list_price_usd_of_breaks: float | None = None  # over reading: of those that an ask ended
    list_price_usd_saved_by_compacting: float | None = None  # before these, run again (est.); null: not computable


def measure_rebuilds(history: History) -> RebuildsReport:
    """The rebuilds of the messages in scope: by cause, the largest ones, and what was written cold or for nothing."""
    by_cause: dict[str, list[Priced]] = defaultdict(list)
    every = list(zip(history.rebuilds_in_scope, history.rebuild_prices, strict=True))
    for one in every:
        by_cause[one[0].cause].append(one)
    causes = [_cause(cause, found) for cause, found in by_cause.items()]
    causes.sort(key=lambda cause: (-cause.tokens, cause.cause))
    idle = [(rebuild, price) for rebuild, price in by_cause[IDLE] if rebuild.tokens >= LARGE]
    writes = _first_writes(history)
    breaks = _breaks(history, idle)
    return RebuildsReport(
        causes=causes,
        largest=[_largest(history, *one) for one in _the_largest(every)],
        list_price_usd_as_reads=dollars_of(sum([price[1] for price in history.rebuild_prices if price])),
        sessions_with_half=_sessions_with_half(history),
        tokens_a_break=sum(rebuild.tokens for rebuild, _ in idle) // len(idle) if idle else None,
        list_price_usd_a_break=_cost_a_break(idle),
        shortest_break_ms=min((rebuild.gap for rebuild, _ in idle), default=None),
        cold_starts=writes[:-1],
        dead_writes=writes[-1],
        untyped_share_of_breaks=breaks.untyped_share,
        list_price_usd_of_breaks=breaks.usd,
        list_price_usd_saved_by_compacting=breaks.usd_saved,
    )


def _the_largest(every: list[Priced]) -> list[Priced]:
    least = min(nlargest(LARGEST, [rebuild.tokens for rebuild, _ in every]), default=0)
    large = [(rebuild, price) for rebuild, price in every if rebuild.tokens >= least]
    return sorted(large, key=lambda one: (-one[0].tokens, one[0].message))[:LARGEST]


def _cost_a_break(idle: list[Priced]) -> float | None:
    """Dollars over what reading would have cost, on average over those with a known price."""
    over = [price[0] - price[1] for _, price in idle if price]
    return dollars_of(sum(over) // len(over)) if over else None


class _Breaks(Value):
    untyped_share: float | None
    usd: float | None
    usd_saved: float | None


def _breaks(history: History, idle: list[Priced]) -> _Breaks:
    """In sessions whose context is known: the part of breaks inside an ask or a subagent, and what the rest cost."""
    known = set(history.content_indices) if history.store.contexts else set()
    found = [one for one in idle if one[0].message in known]
    if not found:
        return _Breaks(None, None, None)
    facts = history.once(ReplayFacts)
    asked = facts.asks_after_pauses
    typed = [one for one in found if one[0].message in asked]
    tokens, of_typed = (sum(rebuild.tokens for rebuild, _ in some) for some in (found, typed))
    over = [price[0] - price[1] for _, price in typed if price]
    saved = saved_by_compacting(facts) if over else None
    return _Breaks(
        share_of(tokens - of_typed, tokens),
        dollars_of(sum(over)) if over else None,
        None if saved is None else dollars_of(saved),
    )


def _first_writes(history: History) -> list[Writes]:
    in_scope = set(history.indices)
    writes = []
    for cause, indices in first_writes(history.store).items():
        written = [index for index in indices if index in in_scope]
        tokens = sum(history.store.messages[index].cache_creation_input_tokens for index in written)
        prices = [None if (price := history.price(index)) is None else price.cache_write for index in written]
        writes.append(Writes(cause, len(written), tokens, _usd(prices)))
    return writes


def _sessions_with_half(history: History) -> int:
    by_session: dict[str, int] = defaultdict(int)
    messages, sessions_of = history.store.messages, [thread.session_id for thread in history.store.threads]
    for rebuild in history.rebuilds_in_scope:
        by_session[sessions_of[messages[rebuild.message].thread]] += rebuild.tokens
    half, sessions = sum(by_session.values()) / 2, 0
    for tokens in sorted(by_session.values(), reverse=True):
        if half <= 0:
            break
        half -= tokens
        sessions += 1
    return sessions


def _usd(costs: list[int | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return dollars_of(sum(known)) if known or not costs else None


def _cause(cause: str, found: list[Priced]) -> Cause:
    tokens = [rebuild.tokens for rebuild, _ in found]
    large = sum([size >= LARGE for size in tokens])
    return Cause(cause, len(found), large, sum(tokens), _usd([price[0] if price else None for _, price in found]))


def _largest(history: History, rebuild: Rebuild, price: tuple[int, int] | None) -> LargestRebuild:
    message = history.store.messages[rebuild.message]
    thread = history.thread_of(message)
    return LargestRebuild(
        thread.session_id,
        thread.agent_id or None,
        history.scope.local(message.time or 0),
        rebuild.cause,
        rebuild.tokens,
        rebuild.gap,
        None if price is None else dollars_of(price[0]),
    )
