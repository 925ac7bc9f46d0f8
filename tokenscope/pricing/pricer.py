"""What a response would have cost at Anthropic's API list price: the one place that turns tokens into money.

Prices are whole picodollars (10^-12 dollars). A model or a tariff without a published price has none: it is
None and never 0. On a subscription nothing of this is a bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from tokenscope.model import PICODOLLARS, Message, field_of_message
from tokenscope.pricing.model_id import normalise
from tokenscope.pricing.section import exists
from tokenscope.pricing.table import PER_MILLION, LongPrompt, Rates, Row, Table, overridden, packaged

__all__ = ["Dollars", "Price", "Pricer", "Rate", "load", "normalise", "user_prices_path"]

_DAY = 86_400_000  # milliseconds
_EPOCH = date(1970, 1, 1)
_BATCH = Decimal("0.5")
_INPUT, _OUTPUT, _READ, _WRITTEN, _ONE_HOUR, _SEARCHES, _TIME, _CONTEXT = (
    field_of_message(name)
    for name in (
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "ephemeral_1h_input_tokens",
        "web_search_requests",
        "time",
        "context_tokens",
    )
)


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


@dataclass(frozen=True, slots=True)
class Dollars:
    """List prices in dollars per million tokens."""

    input: float
    cache_write_5m: float
    cache_write_1h: float
    cache_read: float
    output: float


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the price table, for people and for JSON."""

    model: str
    valid_from: date | None  # midnight UTC; None: since the model exists
    price: Dollars
    long_above: int | None  # tokens; a request with a larger prompt costs `long_price` as a whole
    long_price: Dollars | None
    fast: float | None  # factors on every column; None: none published
    us: float | None
    source: str  # "packaged", or the path of the user's file


class _Charge(NamedTuple):
    """What one row asks for a token under one tariff."""

    start: int | None  # milliseconds since 1970-01-01 UTC; None: since the model exists
    rates: Rates | None  # None: no published price under this tariff
    long_prompt: LongPrompt | None


class Pricer:
    """Prices responses by one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        # One entry per (model id, tariff) seen, newest row first: normalising an id and multiplying factors
        # for each of half a million responses would take longer than reading them.
        self._charges: dict[tuple[str, str], tuple[_Charge, ...]] = {}
        self._smaller_models: dict[tuple[str, int | None], str | None] = {}  # by model and day

    @property
    def checked(self) -> date:
        """The day on which the packaged prices were last compared with what Anthropic publishes."""
        return self._table.checked

    @property
    def source(self) -> str:
        """Where the packaged prices come from, for people."""
        return self._table.source

    @property
    def web_search_usd_per_1000(self) -> float:
        """Dollars per 1,000 web searches."""
        return self._table.web_search * 1000 / PICODOLLARS

    def price(self, message: Message) -> Price | None:
        """What `message` cost when it was sent. None: its model, day or tariff has no known price."""
        rates = self._rates_of(message)
        if rates is None:
            return None
        one_hour = message.ephemeral_1h_input_tokens
        five_minutes = message.cache_creation_input_tokens - one_hour
        return Price(
            message.input_tokens * rates.input,
            five_minutes * rates.cache_write_5m + one_hour * rates.cache_write_1h,
            message.cache_read_input_tokens * rates.cache_read,
            message.output_tokens * rates.output,
            message.web_search_requests * self._table.web_search,
        )

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
            for model, rows in self._table.models.items()
            if any(name in model for family in smaller for name in family)
            and self._charge_of(message._replace(model=model)) is not None
        ]
        return max(known)[1] if known else None

    def price_together(self, messages: Sequence[Message]) -> tuple[Price, list[Message]]:
        """What messages of one model and tariff cost together, and those of them without a known price.

        The same as adding up `price`, a few times faster: what is charged alike is multiplied once.
        """
        if self._are_charged_alike(messages):
            charges = self._charges_of(messages[0])
            alike: dict[Rates | None, Sequence[Message]] = {charges[0].rates: messages}
        else:
            alike = {}
            for message in messages:
                alike.setdefault(self._rates_of(message), []).append(message)  # type: ignore[attr-defined]
        unpriced = alike.pop(None, ())
        costs = [self._cost(rates, group) for rates, group in alike.items() if rates is not None]
        return Price(*map(sum, zip(*costs, strict=True))) if costs else NOTHING, list(unpriced)

    def _are_charged_alike(self, messages: Sequence[Message]) -> bool:
        """Whether the newest row of their model is that of all of them, and none or no prompt is long."""
        charges = self._charges_of(messages[0])
        if not charges:
            return False
        start, _, long_prompt = charges[0]
        if start is not None and any(time is not None and time < start for time in map(_TIME, messages)):
            return False
        return long_prompt is None or max(map(_CONTEXT, messages)) <= long_prompt.above

    def _cost(self, rates: Rates, messages: Sequence[Message]) -> Price:
        one_hour = sum(map(_ONE_HOUR, messages))
        five_minutes = sum(map(_WRITTEN, messages)) - one_hour
        return Price(
            sum(map(_INPUT, messages)) * rates.input,
            five_minutes * rates.cache_write_5m + one_hour * rates.cache_write_1h,
            sum(map(_READ, messages)) * rates.cache_read,
            sum(map(_OUTPUT, messages)) * rates.output,
            sum(map(_SEARCHES, messages)) * self._table.web_search,
        )

    def rates(self) -> Iterator[Rate]:
        """Every row of the table, model by model, a model's oldest row first."""
        for rows in self._table.models.values():
            for row in rows:
                yield _rate(row)

    def _charges_of(self, message: Message) -> tuple[_Charge, ...]:
        """What the rows of a model ask under a tariff, the newest row first."""
        key = message.model, message.tariff
        charges = self._charges.get(key)
        if charges is None:
            rows = self._table.models.get(normalise(message.model), ())
            charges = self._charges[key] = tuple(_charge(row, message.tariff) for row in reversed(rows))
        return charges

    def _charge_of(self, message: Message) -> _Charge | None:
        """By the newest row that had begun when `message` was sent; for an unknown time the newest of all."""
        time = message.time
        for charge in self._charges.get((message.model, message.tariff)) or self._charges_of(message):
            if time is None or charge.start is None or charge.start <= time:
                return charge
        return None

    def _rates_of(self, message: Message) -> Rates | None:
        """The largest single request of a response decides whether its prompt was long."""
        charge = self._charge_of(message)
        if charge is None:
            return None
        if charge.long_prompt is not None and message.context_tokens > charge.long_prompt.above:
            return charge.long_prompt.rates
        return charge.rates


def load(prices_file: Path | None = None, *, user_file: Path | Literal["default"] | None = "default") -> Pricer:
    """A pricer by the packaged table, under the user's own file where there is one, under `prices_file`.

    `user_file` None: the user's own file is not looked for. A file that is no price table: UsageError.
    """
    table = packaged()
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


def _charge(row: Row, tariff: str) -> _Charge:
    start = None if row.valid_from is None else (row.valid_from - _EPOCH).days * _DAY
    factor = _factor(row, tariff)
    if factor is None:
        return _Charge(start, None, None)
    long_prompt = row.long_prompt
    if long_prompt is not None:
        long_prompt = LongPrompt(long_prompt.above, _times(long_prompt.rates, factor))
    return _Charge(start, _times(row.rates, factor), long_prompt)


def _factor(row: Row, tariff: str) -> Decimal | None:
    """What a tariff multiplies every token's price with. None: fast mode without a published factor.

    "priority" has no published factor, and neither has "us" before Claude 4.6: the standard price holds.
    """
    words = tariff.split(",")
    factor = Decimal(1)
    if "fast" in words:
        if row.fast is None:
            return None
        factor *= row.fast
    if "us" in words and row.us is not None:
        factor *= row.us
    return factor * _BATCH if "batch" in words else factor


def _times(rates: Rates, factor: Decimal) -> Rates:
    """`rates` times `factor`, exact for published prices; a fraction of a picodollar rounds half to even."""
    return Rates(*(int((rate * factor).to_integral_value(ROUND_HALF_EVEN)) for rate in rates))


def _rate(row: Row) -> Rate:
    long_prompt = row.long_prompt
    return Rate(
        model=row.model,
        valid_from=row.valid_from,
        price=_dollars(row.rates),
        long_above=None if long_prompt is None else long_prompt.above,
        long_price=None if long_prompt is None else _dollars(long_prompt.rates),
        fast=None if row.fast is None else float(row.fast),
        us=None if row.us is None else float(row.us),
        source=row.source,
    )


def _dollars(rates: Rates) -> Dollars:
    return Dollars(*(rate / PER_MILLION for rate in rates))
