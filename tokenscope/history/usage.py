"""Adding responses up: the four counters and their list price, exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from tokenscope.model import PICODOLLARS, SEARCHED, Message, Usage, field_of_message, sum_counters
from tokenscope.pricing.pricer import NOTHING, Price, Pricer

Key = TypeVar("Key", bound=Hashable)

_FLOOR, _PART, _SEARCHES, _MODEL, _TARIFF = map(
    field_of_message, ("is_floor", "part", "web_search_requests", "model", "tariff")
)


def dollars_of(picodollars: int) -> float:
    """US dollars, to the microdollar."""
    return round(picodollars / PICODOLLARS, 6)


def share_of(part: float, whole: float) -> float | None:
    """The fraction 0..1 that `part` is of `whole`, to six places; None where there is no whole."""
    return round(part / whole, 6) if whole else None


class Tally:
    """A running sum of messages. `price` (picodollars) leaves the messages out whose tokens are in `unpriced`.


    `refused`: before any output, at no price; `attempts`: those refused after some, at their price (T58).
    """

    __slots__ = (
        "attempts",
        "floors",
        "has_price",
        "messages",
        "price",
        "priority",
        "refused",
        "sums",
        "tool_searches",
        "unpriced",
    )

    def __init__(self) -> None:
        self.messages = self.floors = self.priority = self.tool_searches = self.refused = self.attempts = 0
        self.sums = (0, 0, 0, 0, 0)  # input, output, read, written, of that for 1 h
        self.price = NOTHING
        self.has_price = False
        self.unpriced: dict[str, int] = {}  # tokens by model, with the tariff where only that has no price

    def add(self, messages: Sequence[Message], pricer: Pricer) -> None:
        """Add messages of one model and tariff, at least one."""
        sums = sum_counters(messages)
        price, unpriced = pricer.price_together(messages, sums)
        lacking = sum(message.total_tokens for message in unpriced)
        self._add(sums, price, {pricer.unpriced_as(unpriced[0]): lacking} if lacking else {})
        parts = list(map(_PART, messages))
        self.messages += parts.count("")
        self.floors += sum(map(_FLOOR, messages))
        tariff = messages[0].tariff
        self.priority += len(messages) if "priority" in tariff else 0
        if SEARCHED in parts:
            self.tool_searches += sum(_SEARCHES(one) for one in messages if _PART(one) == SEARCHED)
        if "refused" in tariff:
            self.refused += len(messages)
        else:
            self.attempts += parts.count("refused_attempt")
        self.has_price |= len(unpriced) < len(messages)

    def include(self, other: Tally) -> None:
        """Add another sum."""
        self._add(other.sums, other.price, other.unpriced)
        self.messages += other.messages
        self.floors += other.floors
        self.priority += other.priority
        self.tool_searches += other.tool_searches
        self.refused += other.refused
        self.attempts += other.attempts
        self.has_price |= other.has_price

    def _add(self, sums: tuple[int, ...], price: Price, unpriced: dict[str, int]) -> None:
        given, output, read, written, one_hour = map(sum, zip(self.sums, sums, strict=True))
        self.sums = (given, output, read, written, one_hour)
        self.price = Price(*map(sum, zip(self.price, price, strict=True)))
        for model, tokens in unpriced.items():
            self.unpriced[model] = self.unpriced.get(model, 0) + tokens

    @property
    def total_tokens(self) -> int:
        return sum(self.sums[:4])

    @property
    def prompt_tokens(self) -> int:
        given, _, read, written, _ = self.sums
        return given + read + written

    @property
    def unpriced_tokens(self) -> int:
        return sum(self.unpriced.values())

    def usage(self) -> Usage:
        """The sum as reports print it. Its price is None only where tokens were used and none has a price."""
        given, output, read, written, one_hour = self.sums
        return Usage(
            messages=self.messages,
            input_tokens=given,
            output_tokens=output,
            cache_read_input_tokens=read,
            cache_creation_input_tokens=written,
            ephemeral_5m_input_tokens=written - one_hour,
            ephemeral_1h_input_tokens=one_hour,
            total_tokens=self.total_tokens,
            list_price_usd=dollars_of(self.price.total) if self.has_price or not self.unpriced else None,
        )


def tally_by(messages: Iterable[Message], key: Callable[[Message], Key], pricer: Pricer) -> dict[Key, Tally]:
    """One sum a key, in the order in which the keys were met."""
    messages = list(messages)
    return tally_groups(messages, map(key, messages), pricer)


def tally_groups(messages: Sequence[Message], groups: Iterable[Key], pricer: Pricer) -> dict[Key, Tally]:
    """The same, of messages whose keys are known, in their order."""
    alike: dict[tuple[Key, str, str], list[Message]] = defaultdict(list)
    for kind, message in zip(
        zip(groups, map(_MODEL, messages), map(_TARIFF, messages), strict=True), messages, strict=True
    ):
        alike[kind].append(message)
    tallies: dict[Key, Tally] = {}
    for (group, _, _), together in alike.items():
        tallies.setdefault(group, Tally()).add(together, pricer)
    return tallies


def total_of(tallies: Iterable[Tally]) -> Tally:
    """The sum of sums."""
    total = Tally()
    for one in tallies:
        total.include(one)
    return total
