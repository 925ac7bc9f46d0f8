"""The counters of usage, of a response (T13, T28, T30, T58, T59) and as Claude Code sums a session up (T54)."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, NamedTuple

from tokenscope.ingest.rows.schema import CacheCreation, LoggedUsage, ServerToolUse
from tokenscope.model import Message

_USUAL_TIERS = ("standard", None, "")
_USUAL_SPEEDS = ("standard", None, "")
_USUAL_REGIONS = ("global", "not_available", None, "")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,32}")  # untrusted, and named in answers
LARGEST = 10**12  # tokens; a larger figure in one response is a broken one
REFUSED_ATTEMPT = "refused_attempt"  # a part: what a classifier stopped before another model served
REFUSED = "refused"  # a tariff: stopped before any output, which is not billed
FIRST_OUTPUT = 1  # tokens: what a response is said to have put out before it has


class Counters(NamedTuple):
    """Tokens of one request. `anomalies`: how many of the figures were not whole numbers."""

    input: int
    output: int
    cache_read: int
    cache_write: int  # 5m and 1h together
    cache_write_1h: int
    anomalies: int

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.cache_write


_made = partial(tuple.__new__, Counters)  # Counters._make without a call of Python's


def whole(value: Any) -> tuple[int, int]:
    """A counter and 0, or what can be made of anything else and 1: the whole part, or 0."""
    if value.__class__ is int and 0 <= value <= LARGEST:
        return value, 0
    number = 0.0
    if isinstance(value, float) and 0 <= value <= LARGEST:
        number = value
    elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 14:
        number = int(value)
    return (int(number) if number <= LARGEST else 0), 1


def counters(usage: LoggedUsage) -> Counters:
    """Read a usage object. A cache write without its total, or beside one of 0, is the sum of its split (T59)."""
    given, output = usage.input_tokens, usage.output_tokens
    read, write = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    odd = odd_write = 0
    if not given.__class__ is output.__class__ is read.__class__ is write.__class__ is int or not (
        0 <= given <= LARGEST and 0 <= output <= LARGEST and 0 <= read <= LARGEST and 0 <= write <= LARGEST
    ):  # nearly never
        (given, output, read, write), anomalies = zip(*map(whole, (given, output, read, write)), strict=True)
        odd, odd_write = sum(anomalies), anomalies[3]
    split = usage.cache_creation
    one_hour = odd_split = 0
    if split.__class__ is CacheCreation:
        one_hour = split.ephemeral_1h_input_tokens
        if one_hour.__class__ is not int or not 0 <= one_hour <= LARGEST:
            one_hour, odd_split = whole(one_hour)
        if usage.cache_creation_input_tokens is None or (not write and not odd_write):
            five_minutes, odd_five_minutes = whole(split.ephemeral_5m_input_tokens)
            write, odd_split = five_minutes + one_hour, odd_split + odd_five_minutes
        elif one_hour > write:
            one_hour, odd_split = write, odd_split + 1
    return _made((given, output, read, write, one_hour, odd + odd_split))


def prompt_counters(usage: LoggedUsage) -> tuple[int, int, int]:
    """What is the same in every copy of a response: input, cache read and cache write."""
    counted = counters(usage)
    return counted.input, counted.cache_read, counted.cache_write


def largest_request(usage: LoggedUsage, total: int) -> int:
    """The prompt size of the largest single request inside a response of `total` prompt tokens (T28)."""
    iterations = usage.iterations
    if iterations.__class__ is not list or len(iterations) < 2:
        return total
    sizes = [counters(one).prompt for one in iterations if one.__class__ is LoggedUsage and one.type == "message"]
    return max(sizes) if len(sizes) > 1 and 0 < sum(sizes) <= total else total


def outside_requests(usage: LoggedUsage) -> list[tuple[str, str, Counters]]:
    """(part, model or "", counters) of the requests that a response's own counters leave out (T28, T58)."""
    iterations = usage.iterations
    if iterations.__class__ is not list:
        return []
    outside, attempts = [], _refused_attempts(usage, iterations)
    for place, one in enumerate(iterations):
        if isinstance(one, LoggedUsage) and (one.type in ("advisor_message", "compaction") or place in attempts):
            part = REFUSED_ATTEMPT if place in attempts else str(one.type)
            outside.append((part, one.model if one.model.__class__ is str else "", counters(one)))
    return outside


def _refused_attempts(usage: LoggedUsage, iterations: list[Any]) -> set[int]:
    """Where the attempts stand before the last fallback, if the counters are those of what served and no others."""
    kinds = [one.type if one.__class__ is LoggedUsage else None for one in iterations]
    if "fallback_message" not in kinds:
        return set()
    served = len(kinds) - 1 - kinds[::-1].index("fallback_message")
    requests = [place for place, kind in enumerate(kinds) if kind in ("message", "fallback_message")]
    prompt = sum(counters(iterations[place]).prompt for place in requests if place >= served)
    return {place for place in requests if place < served} if prompt == counters(usage).prompt else set()


def tariff(usage: LoggedUsage) -> str:
    """What a request was served as, where that changes its price: "" or a sorted comma list.

    Of batch, fast, priority, us; a word that is none of those known is named with its field: tier=flex.
    """
    tier, speed, geo = usage.service_tier, usage.speed, usage.inference_geo
    if tier in _USUAL_TIERS and speed in _USUAL_SPEEDS and geo in _USUAL_REGIONS:
        return ""
    words = (
        _served("tier", tier, _USUAL_TIERS, ("batch", "priority")),
        _served("speed", speed, _USUAL_SPEEDS, ("fast",)),
        _served("region", geo, _USUAL_REGIONS, ("us",)),
    )
    return ",".join(sorted(filter(None, words)))


def refused_tariff(usage: LoggedUsage) -> str:
    """The same of a response that was refused before any output."""
    return ",".join(sorted(filter(None, (*tariff(usage).split(","), REFUSED))))


def miss_reason(diagnostics: Any) -> str:
    """The cache miss that the log itself explains, or ""."""
    reason = diagnostics.get("cache_miss_reason") if diagnostics.__class__ is dict else None
    if reason.__class__ is dict:
        reason = reason.get("type")
    return reason if reason.__class__ is str else ""


def _served(field: str, value: Any, usual: tuple[Any, ...], priced: tuple[str, ...]) -> str:
    if value.__class__ is not str or value in usual:  # what is no word says nothing (T13)
        return ""
    if value in priced:
        return str(value)
    return f"{field}={value}" if _WORD.fullmatch(value) else f"{field}=?"


def web_searches(usage: LoggedUsage) -> int:
    """How many web searches the server made for a response."""
    server = usage.server_tool_use
    return whole(server.web_search_requests)[0] if server.__class__ is ServerToolUse else 0


def beside(message: Message, request: tuple[Any, ...]) -> Message:
    """A request that a response's own counters leave out, as a message of its own (T28, T58): see extract.Columns."""
    kind, model, given, output, read, write, one_hour, _ = request
    return message._replace(
        model=model,
        input_tokens=given,
        output_tokens=output,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=write,
        ephemeral_1h_input_tokens=one_hour,
        context_tokens=given + read + write,
        web_search_requests=0,
        tariff=_tariff_beside(message.tariff, kind, output),
        is_floor=False,
        miss_reason="",
        part=kind,
    )


def _tariff_beside(served: str, part: str, output: int) -> str:
    """Of a request beside a response that was served so: an attempt that was refused before any output has none."""
    words = {word for word in served.split(",") if word and word != REFUSED}
    if part == REFUSED_ATTEMPT and output <= FIRST_OUTPUT:
        words.add(REFUSED)
    return ",".join(sorted(words))


LARGEST_COST = 10**9  # dollars
KEYS = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "webSearchRequests")

# When (ms), dollars, whether a model had no price, and by model: its name, five counters as in KEYS, dollars.
CostState = tuple[int | None, float, bool, list[tuple[str, int, int, int, int, int, float]]]


def cost_state(row: dict[str, Any], time: int | None) -> CostState | None:
    """What a row tells; None where it tells no dollars."""
    total = _dollars(row.get("totalCostUSD"))
    if total is None:
        return None
    told: Any = row.get("modelUsage")
    models = []
    for name, usage in told.items() if told.__class__ is dict else ():
        if usage.__class__ is dict:
            given, output, read, write, searches = (whole(usage.get(key, 0))[0] for key in KEYS)
            paid = _dollars(usage.get("costUSD")) or 0.0
            models.append((name, given, output, read, write, searches, paid))
    return time, total, row.get("hasUnknownModelCost") is True, models


def _dollars(value: Any) -> float | None:
    is_number = value.__class__ is int or value.__class__ is float
    return float(value) if is_number and 0 <= value < LARGEST_COST else None
