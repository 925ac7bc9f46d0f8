"""Adding responses up: the four counters and their list price, exactly."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from tokenscope.model import PICODOLLARS, Message, Usage
from tokenscope.pricing.pricer import Price

Key = TypeVar("Key", bound=Hashable)


def dollars(picodollars: int) -> float:
    """US dollars, to the microdollar."""
    return round(picodollars / PICODOLLARS, 6)


def share(part: float, whole: float) -> float | None:
    """The fraction 0..1 that `part` is of `whole`, to six places; None where there is no whole."""
    return round(part / whole, 6) if whole else None


class Tally:
    """A running sum of messages. `price` is in picodollars and leaves the `unpriced_tokens` out."""

    __slots__ = ("_sums", "messages", "price", "priced", "unpriced_tokens")

    def __init__(self) -> None:
        self.messages = self.price = self.priced = self.unpriced_tokens = 0
        self._sums = [0, 0, 0, 0, 0]

    def add(self, message: Message, price: Price | None) -> None:
        sums = self._sums
        sums[0] += message[4]
        sums[1] += message[5]
        sums[2] += message[6]
        sums[3] += message[7]
        sums[4] += message[8]
        if not message[14]:
            self.messages += 1
        if price is None:
            self.unpriced_tokens += message[4] + message[5] + message[6] + message[7]
        else:
            self.priced += 1
            self.price += price[0] + price[1] + price[2] + price[3] + price[4]

    @property
    def total_tokens(self) -> int:
        return sum(self._sums[:4])

    def usage(self) -> Usage:
        """The sum as reports print it. Its price is None only where tokens were used and none has a price."""
        given, output, read, write, one_hour = self._sums
        return Usage(
            messages=self.messages,
            input_tokens=given,
            output_tokens=output,
            cache_read_input_tokens=read,
            cache_creation_input_tokens=write,
            ephemeral_5m_input_tokens=write - one_hour,
            ephemeral_1h_input_tokens=one_hour,
            total_tokens=self.total_tokens,
            list_price_usd=dollars(self.price) if self.priced or not self.unpriced_tokens else None,
        )


def tally(messages: Iterable[Message], prices: Iterable[Price | None]) -> Tally:
    """The sum of all of them."""
    total = Tally()
    for message, price in zip(messages, prices, strict=True):
        total.add(message, price)
    return total


def tally_by(
    messages: Sequence[Message], prices: Sequence[Price | None], key: Callable[[Message], Key]
) -> dict[Key, Tally]:
    """One sum a key, in the order in which the keys were met."""
    tallies: dict[Key, Tally] = {}
    for message, price in zip(messages, prices, strict=True):
        group = key(message)
        found = tallies.get(group)
        if found is None:
            found = tallies[group] = Tally()
        found.add(message, price)
    return tallies
