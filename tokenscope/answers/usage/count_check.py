"""What Claude Code itself counted (T54) beside what rows hold, over all sessions that have such a count.

Neither is added to the other. Each difference of a model in a session has one reason, so that reasons add up to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from math import fsum
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.history.session_usage import plain_model, session_tallies
from tokenscope.history.usage import Tally, dollars_of
from tokenscope.model import ToldModel
from tokenscope.store import Session
from tokenscope.value import Value

NO_ROW, WITHOUT_ROW, LATER, MORE_ROWS, RATES, NO_MODEL = (
    "model_without_rows",
    "requests_without_rows",
    "rows_after_its_count",
    "rows_that_it_did_not_count",
    "other_rates",
    "under_no_model",
)


class CheckedModel(Value):
    """`tokens`, `usd`, `web_searches`: as Claude Code counted; `row_tokens`, `row_usd`: of rows of these sessions."""

    model: str
    sessions: int
    tokens: int
    usd: float
    web_searches: int
    row_tokens: int
    row_usd: float | None
    difference_usd: float


class CountDifference(Value):
    """What came of one reason. `tokens` and `usd`: its count less that of the rows; they add up over the reasons."""

    reason: str
    sessions: int
    tokens: int
    usd: float


class CountCheck(Value):
    """`sessions`: that have a count of Claude Code's; `without`: those that have none. Dollars are of the former."""

    sessions: int
    without: int  # sessions
    usd: float
    row_usd: float
    difference_usd: float
    has_unknown_model: bool  # Claude Code had no price for some model
    models: list[CheckedModel]
    differences: list[CountDifference]


class _Pair(NamedTuple):
    """One model in one session. `later`: tokens of rows after the count."""

    told: ToldModel
    tally: Tally
    later: int


def check_counts(history: History) -> CountCheck | None:
    """None of a part of the history, which Claude Code does not count. Needs Facet.TOOLS."""
    scope, store = history.scope, history.store
    if scope.has_window or scope.models or scope.only:
        return None
    tallies = history.once(session_tallies)
    ids = {session_id for session_id, _ in tallies}
    told = [one for session_id, one in store.sessions.items() if one.told is not None and session_id in ids]
    later = _later_tokens(history, told)
    models: dict[str, list[_Pair]] = defaultdict(list)
    reasons: dict[str, list[tuple[str, int, float]]] = defaultdict(list)
    for session in told:
        assert session.told is not None
        for one in _told_models(session, tallies):
            key = session.session_id, one.model
            pair = _Pair(one, tallies.get(key, Tally()), later[key])
            models[one.model].append(pair)
            tokens, usd = _tokens(one) - pair.tally.total_tokens, round(one.usd - _dollars(pair.tally), 9)
            if tokens or usd:
                reasons[_reason(pair, tokens)].append((session.session_id, tokens, usd))
        if rest := round(session.told.usd - fsum(one.usd for one in session.told.models), 9):
            reasons[NO_MODEL].append((session.session_id, 0, rest))
    usd = fsum(one.told.usd for one in told if one.told is not None)
    ours = fsum(_dollars(pair.tally) for pairs in models.values() for pair in pairs)
    rows = [_checked(model, pairs) for model, pairs in models.items()]
    return CountCheck(
        len(told),
        len(ids) - len(told),
        round(usd, 6),
        round(ours, 6),
        round(usd - ours, 6),
        any(one.told is not None and one.told.has_unknown_model for one in told),
        sorted(rows, key=lambda one: (-max(one.usd, one.row_usd or 0), one.model)),
        sorted((_summed(reason, parts) for reason, parts in reasons.items()), key=lambda one: -abs(one.usd)),
    )


def _told_models(session: Session, tallies: dict[tuple[str, str], Tally]) -> Iterator[ToldModel]:
    """Every model of a session once, whoever names it; two spellings of one are put together."""
    assert session.told is not None
    counts: dict[str, ToldModel] = {}
    for one in session.told.models:
        name = plain_model(one.model)
        before = counts.get(name)
        counts[name] = one._replace(model=name) if before is None else _together(before, one)
    yield from counts.values()
    nothing = ToldModel("", 0, 0, 0, 0, 0, 0.0)
    yield from (
        nothing._replace(model=model)
        for session_id, model in tallies
        if session_id == session.session_id and model not in counts
    )


def _together(one: ToldModel, other: ToldModel) -> ToldModel:
    return ToldModel(
        one.model,
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        one.cache_read_input_tokens + other.cache_read_input_tokens,
        one.cache_creation_input_tokens + other.cache_creation_input_tokens,
        one.web_searches + other.web_searches,
        one.usd + other.usd,
    )


def _later_tokens(history: History, told: list[Session]) -> Counter[tuple[str, str]]:
    """By session and model, what came after its last count."""
    ends = {one.session_id: one.told.time for one in told if one.told is not None and one.told.time is not None}
    found: Counter[tuple[str, str]] = Counter()
    for message in history.messages:
        session_id = history.store.session_of(message).session_id
        if session_id in ends and message.time is not None and message.time > ends[session_id]:
            found[session_id, plain_model(message.model)] += message.total_tokens
    return found


def _reason(pair: _Pair, tokens: int) -> str:
    if not pair.tally.total_tokens:
        return NO_ROW
    if tokens > 0:
        return WITHOUT_ROW
    if tokens < 0:
        return LATER if pair.later >= -tokens else MORE_ROWS
    return RATES


def _checked(model: str, pairs: list[_Pair]) -> CheckedModel:
    usd, ours = fsum(pair.told.usd for pair in pairs), fsum(_dollars(pair.tally) for pair in pairs)
    is_priced = all(pair.tally.usage().list_price_usd is not None for pair in pairs)
    return CheckedModel(
        model,
        len(pairs),
        sum(_tokens(pair.told) for pair in pairs),
        round(usd, 6),
        sum(pair.told.web_searches for pair in pairs),
        sum(pair.tally.total_tokens for pair in pairs),
        round(ours, 6) if is_priced else None,
        round(usd - ours, 6),
    )


def _summed(reason: str, parts: list[tuple[str, int, float]]) -> CountDifference:
    sessions = {session_id for session_id, _, _ in parts}
    usd = fsum(usd for _, _, usd in parts)
    return CountDifference(reason, len(sessions), sum(tokens for _, tokens, _ in parts), round(usd, 6))


def _tokens(told: ToldModel) -> int:
    return told.input_tokens + told.output_tokens + told.cache_read_input_tokens + told.cache_creation_input_tokens


def _dollars(tally: Tally) -> float:
    """At list price; what has none counts nothing."""
    return dollars_of(tally.price.total)
