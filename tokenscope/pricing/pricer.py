"""What a response would have cost at Anthropic's API list price: the one place that turns tokens into money.

Prices are whole picodollars (10^-12 dollars). A model or a tariff without a published price has none: it is
None and never 0. On a subscription nothing of this is a bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from tokenscope.model import (
    PICODOLLARS,
    Contract,
    Message,
    Sums,
    counters_of,
    field_of_message,
    fields_of_message,
    sum_counters,
)
from tokenscope.pricing.contract import contracted
from tokenscope.pricing.model_id import REGIONAL, normalise, read_model_id
from tokenscope.pricing.section import exists
from tokenscope.pricing.table import LongPrompt, PriceRow, PriceTable, Rates, overridden, packaged

__all__ = ["Price", "Pricer", "load_pricer", "normalise", "user_prices_path"]

_DAY = 86_400_000  # milliseconds
_LATEST = 1 << 62  # ms: what has no time has the newest price
_EPOCH = date(1970, 1, 1)
_SEARCHES, _TIME, _CONTEXT = map(field_of_message, ("web_search_requests", "time", "context_tokens"))
_OCCASION = fields_of_message("time", "context_tokens", "model", "tariff")


class Price(NamedTuple):
    """What one response cost, in whole picodollars."""

    input: int
    cache_write: int
    cache_read: int
    output: int
    web_search: int

    @property
    def total(self) -> int:
        return sum(self)


# From the largest to the smallest; the first two are what "premium" means.
FAMILIES = (("fable", "mythos"), ("opus",), ("sonnet",), ("haiku",))
NOTHING = Price(0, 0, 0, 0, 0)


class _Charge(NamedTuple):
    """What one row asks for a token under one tariff."""

    start: int | None  # milliseconds since 1970-01-01 UTC; None: since the model exists
    rates: Rates | None  # None: no published price under this tariff
    long_prompt: LongPrompt | None


class Pricer:
    """Prices responses by one table."""

    def __init__(self, table: PriceTable) -> None:
        self.table = table
        # One entry per (model id, tariff) seen, newest row first: normalising an id and multiplying factors
        # for each of half a million responses would take longer than reading them.
        self._charges: dict[tuple[str, str], tuple[_Charge, ...]] = {}
        self._smaller_models: dict[tuple[str, int | None], str | None] = {}  # by model and day

    @property
    def checked(self) -> date:
        """The day on which the packaged prices were last compared with what Anthropic publishes."""
        return self.table.checked

    @property
    def source(self) -> str:
        """Where the packaged prices come from, for people."""
        return self.table.source

    @property
    def web_search_usd_per_1000(self) -> float:
        """Dollars per 1,000 web searches."""
        return self.table.web_search * 1000 / PICODOLLARS

    def price(self, message: Message) -> Price | None:
        """What `message` cost when it was sent. None: its model, day or tariff has no known price."""
        rates = self.rates_of(message)
        if rates is None:
            return None
        return self._cost(rates, counters_of(message), message.web_search_requests)

    def smaller_model(self, message: Message) -> str | None:
        """The newest model of the next smaller family that had a price when `message` was sent; None: none known."""
        key = message.model, None if message.time is None else message.time // _DAY  # a row begins with a day
        if key not in self._smaller_models:
            self._smaller_models[key] = self._find_smaller_model(message)
        return self._smaller_models[key]

    def _find_smaller_model(self, message: Message) -> str | None:
        names = [names for names in FAMILIES if any(name in message.model for name in names)]
        smaller = FAMILIES[FAMILIES.index(names[0]) + 1 :][:1] if names else ()
        known = [
            (rows[0].valid_from or date.min, model)
            for model, rows in self.table.models.items()
            if any(name in model for family in smaller for name in family)
            and any(
                charge.start is None or message.time is None or charge.start <= message.time
                for charge in self._charges_of(message._replace(model=model))
            )
        ]
        return max(known)[1] if known else None

    def price_together(self, messages: Sequence[Message], sums: Sums) -> tuple[Price, list[Message]]:
        """What messages of one model and tariff cost together, and those of them without a known price.

        `sums`: of all of them. The same as adding up `price`, a few times faster: what is charged alike is multiplied
        once.
        """
        if (alike := self._rates_of_all(messages)) is not None:
            [rates] = alike
            return (NOTHING, list(messages)) if rates is None else (self._cost(rates, sums, _searches(messages)), [])
        groups: dict[Rates | None, list[Message]] = {}
        for message in messages:
            groups.setdefault(self.rates_of(message), []).append(message)
        unpriced = groups.pop(None, [])
        costs = [self._cost(rates, sum_counters(group), _searches(group)) for rates, group in groups.items() if rates]
        return Price(*map(sum, zip(*costs, strict=True))) if costs else NOTHING, unpriced

    def _rates_of_all(self, messages: Sequence[Message]) -> tuple[Rates | None] | None:
        """The rates of all of them, as one; None where they differ. Only of short prompts."""
        times = [_LATEST if time is None else time for time in map(_TIME, messages)]
        first, last = min(times), max(times)
        for start, rates, long_prompt in self._charges_of(messages[0]):
            if start is not None and first < start:
                if last < start:
                    continue
                return None
            is_short = long_prompt is None or max(map(_CONTEXT, messages)) <= long_prompt.above
            return (rates,) if is_short else None
        return (None,)

    def _cost(self, rates: Rates, sums: Sums, searches: int) -> Price:
        given, output, read, written, one_hour = sums
        return Price(
            given * rates.input,
            rates.of_writes(written, one_hour),
            read * rates.cache_read,
            output * rates.output,
            searches * self.table.web_search,
        )

    def _charges_of(self, message: Message) -> tuple[_Charge, ...]:
        """What the rows of a model ask under a tariff, the newest row first."""
        key = message.model, message.tariff
        charges = self._charges.get(key)
        if charges is None:
            model, words = _served(*key)
            rows = self.table.models.get(model, ())
            charges = self._charges[key] = tuple(_charge(row, words) for row in reversed(rows))
        return charges

    def unpriced_as(self, message: Message) -> str:
        """What to call a response without a price: its model, with how it was served where only that has none."""
        model, words = _served(message.model, message.tariff)
        lacking = sorted(word for word in words if word == "fast" or "=" in word)
        is_known = self.price(message._replace(model=model, tariff="")) is not None
        return f"{message.model} ({', '.join(lacking)})" if lacking and is_known else message.model

    def rates_of(self, message: Message, size: int | None = None) -> Rates | None:
        """What a token of a response cost, or would have with a prompt of `size` tokens.

        Its largest single request decides whether its prompt was long.
        """
        time, context, model, tariff = _OCCASION(message)
        context = context if size is None else size
        for start, rates, long_prompt in self._charges.get((model, tariff)) or self._charges_of(message):
            if time is None or start is None or start <= time:
                return long_prompt.rates if long_prompt is not None and context > long_prompt.above else rates
        return None


def load_pricer(
    prices_file: Path | None = None,
    *,
    user_file: Path | Literal["default"] | None = "default",
    contract: Contract | None = None,
) -> Pricer:
    """A pricer by the packaged table, under `contract`, under the user's own file if there is one, under `prices_file`.

    `user_file` None: the user's own file is not looked for. A file that is no price table: UsageError.
    """
    table = packaged() if contract is None else contracted(packaged(), contract)
    path = user_prices_path() if user_file == "default" else user_file
    if path is not None and exists(path):
        table = overridden(table, path)
    if prices_file is not None:
        table = overridden(table, prices_file)
    return Pricer(table)


def user_prices_path() -> Path:
    """Where a price table of the user's own is looked for on this machine."""
    import platformdirs  # noqa: PLC0415  16 ms alone, and not wanted where a caller names the file

    return platformdirs.user_config_path("tokenscope") / "prices.toml"


def _searches(messages: Sequence[Message]) -> int:
    return sum(map(_SEARCHES, messages))


def _served(model: str, tariff: str) -> tuple[str, set[str]]:
    """A model's name in the table, and every word that its id and its tariff say of how it was served."""
    served = read_model_id(model)
    return served.name, {*filter(None, tariff.split(",")), *served.tariff}


def _charge(row: PriceRow, words: set[str]) -> _Charge:
    start = None if row.valid_from is None else (row.valid_from - _EPOCH).days * _DAY
    factor = _factor(row, words)
    if factor is None:
        return _Charge(start, None, None)
    long_prompt = row.long_prompt
    if long_prompt is not None:
        long_prompt = LongPrompt(long_prompt.above, long_prompt.rates.times(factor))
    return _Charge(start, row.rates.times(factor), long_prompt)


def _factor(row: PriceRow, words: set[str]) -> Decimal | None:
    """What a tariff multiplies every token's price with. None: one without a published price.

    That is fast mode where the row has no factor, and any word that is not known (`tier=flex`). "priority" has no
    published factor, and neither has a region before the first models with one: the standard price holds. Where the id
    and the response both name a region, they mean the same one. What was refused before any output costs nothing.
    """
    if "refused" in words:
        return Decimal(0)
    factor = row.fast if "fast" in words else Decimal(1)
    if factor is None or any("=" in word for word in words):
        return None
    places = [row.us if "us" in words else None, row.regional if REGIONAL in words else None]
    factor *= max((place for place in places if place is not None), default=Decimal(1))
    return factor * row.batch if "batch" in words else factor
