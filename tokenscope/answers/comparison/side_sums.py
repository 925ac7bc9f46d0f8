"""What two sides of a history came to: session by session and model by model, by what the tokens were.

Where models are what is compared, they are not told apart any further: all of a side is of the model "".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from tokenscope.answers.comparison.decomposition import ModelCell, Total
from tokenscope.answers.comparison.session_states import count_asks
from tokenscope.answers.comparison.sides import NEITHER, Sides
from tokenscope.history.history import History
from tokenscope.history.rebuilds import Rebuild
from tokenscope.history.session_usage import pace_of
from tokenscope.history.usage import Tally, total_of
from tokenscope.ledger.all_threads import walk_parts
from tokenscope.ledger.ledger import FLOOR, INHERITED, KEPT, NOT_LOGGED
from tokenscope.ledger.ledger_rows import round_to_sum
from tokenscope.ledger.thread import Walked
from tokenscope.model import Message
from tokenscope.store import Context, ResponseWork
from tokenscope.value import Record, Value, field

OUTPUT, SEARCHES = "output", "web searches"
FAILED, OTHERS = "responses with a failed tool use", "all other responses"
_ERRORS = ResponseWork._fields.index("errors")
REBUILT = "rebuilt: "  # before the cause
WHATEVER = "whatever the cause"  # of what an exported file says was rebuilt
CONTEXT = "context"  # all of the prompts, where exported files do not say what sat in them

Key = tuple[str, int, str]  # session id, side, model


class Unit(Record):
    """One session's responses of one model on one side.

    `sources`: estimated tokens and picodollars of what sat in the contexts. `rebuilt`, `failed`: exact ones.
    `failures`: tool uses that failed.
    """

    tally: Tally = field(default_factory=Tally)
    sources: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    rebuilt: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    failed: Tally = field(default_factory=Tally)
    failures: int = 0
    responses: int = 0  # requests of their own inside a response included


class Sums(Value):
    """`asks` and `active`: by session and side, prompts and ms."""

    units: dict[Key, Unit]
    asks: Counter[tuple[str, int]]
    active: Counter[tuple[str, int]]

    def sessions(self, side: int) -> set[str]:
        return {session for session, one, _ in self.units if one == side}


def sum_sides(history: History, sides: Sides) -> Sums:
    """Needs Facet.CONTENT."""
    both = history.only([index for index in history.indices if sides.of[index] != NEITHER])
    messages, threads = both.store.messages, both.store.threads
    sessions = [thread.session_id for thread in threads]

    def model_of(message: Message) -> str:
        return "" if sides.are_models else message.model

    def part_of(index: int) -> tuple[int, str]:
        return sides.of[index], model_of(messages[index])

    units: dict[Key, Unit] = defaultdict(Unit)
    walks = () if sides.exported else walk_parts(both, part_of)
    keys = {index: (sessions[messages[index].thread], *part_of(index)) for index in both.indices}
    _add_responses(both, keys, units)
    _add_rebuilds(both, keys, units, exported=sides.exported)
    for (side, model), context, walked in walks:
        _add_sources(units[sessions[context.thread], side, model], context, walked)
    for unit in units.values():
        _add_rest(unit, CONTEXT if sides.exported else NOT_LOGGED[1])
    asks = _asks(both, sides, keys) if sides.asks_known else Counter()
    return Sums(dict(units), asks, _active(both, sides, sessions))


def _add_responses(history: History, keys: dict[int, Key], units: dict[Key, Unit]) -> None:
    alike: dict[tuple[Key, str, str, bool], list[Message]] = defaultdict(list)
    messages, work = history.store.messages, history.response_work
    for index, key in keys.items():
        message, errors = messages[index], 0
        if index in work and (errors := work[index][_ERRORS]):
            units[key].failures += errors
        alike[key, message.model, message.tariff, errors > 0].append(message)
    for (key, _, _, has_failed), together in alike.items():
        unit = units[key]
        tally = Tally()
        tally.add(together, history.pricer)
        unit.tally.include(tally)
        unit.responses += len(together)
        if has_failed:
            unit.failed.include(tally)


def _add_rebuilds(history: History, keys: dict[int, Key], units: dict[Key, Unit], *, exported: bool) -> None:
    """Where a side was exported, as the files say it, and by no cause: they do not say that."""
    rebuilds = history.rebuilds_in_scope
    if exported:
        found = {one.message: one.tokens for one in rebuilds}
        for file in history.store.exported:
            found.update(file.rebuilt)
        rebuilds = [Rebuild(index, tokens, WHATEVER, 0) for index, tokens in found.items() if tokens and index in keys]
    for rebuild in rebuilds:
        prices = history.price_rebuild(rebuild)
        sums = units[keys[rebuild.message]].rebuilt[rebuild.cause]
        sums[0] += rebuild.tokens
        sums[1] += prices[0] if prices else 0


def _add_sources(unit: Unit, context: Context, walked: Walked) -> None:
    behind = len(context.labels)
    names = {behind: KEPT[1], behind + 1: NOT_LOGGED[1]}
    for label, tokens, price in zip(walked.labels, walked.tokens, walked.price, strict=True):
        sums = unit.sources[names[label] if label >= behind else context.labels[label][1]]
        sums[0] += tokens
        sums[1] += price
    if walked.floor is not None:
        _, _, _, tokens, inherited, price, _ = walked.floor
        own = 1 - inherited / tokens if tokens else 1.0
        for name, part in ((FLOOR[1], own), (INHERITED[1], 1 - own)):
            if part:
                sums = unit.sources[name]
                sums[0] += tokens * part
                sums[1] += price * part


def _add_rest(unit: Unit, name: str) -> None:
    """What no thread accounts for, so that a unit's sources sum to its prompts."""
    price = unit.tally.price
    rest = unit.sources[name]
    rest[0] += unit.tally.prompt_tokens - sum(tokens for tokens, _ in unit.sources.values())
    rest[1] += price.input + price.cache_write + price.cache_read - sum(cost for _, cost in unit.sources.values())


def _asks(history: History, sides: Sides, keys: dict[int, Key]) -> Counter[tuple[str, int]]:
    """Of a file as it says, of any other side as contexts show them."""
    logged = {index: key[:2] for index, key in keys.items() if sides.files[key[1]] is None}
    asks = count_asks(history, logged)
    for side, file in enumerate(sides.files):
        told = (file and file.asks) or ()
        asks.update(keys[index][:2] for index in told if index in keys and keys[index][1] == side)
    return asks


def _active(history: History, sides: Sides, sessions: list[str]) -> Counter[tuple[str, int]]:
    times: dict[tuple[str, int], list[int]] = defaultdict(list)
    messages = history.store.messages
    for index in history.indices:
        message = messages[index]
        if message.time is not None:
            times[sessions[message.thread], sides.of[index]].append(message.time)
    return Counter({key: pace.active for key, found in times.items() if (pace := pace_of(found)) is not None})


# --- as what a side came to ---


def by_source(sums: Sums, side: int) -> Total:
    """By what sat in the contexts, and output."""
    return _total(sums, side, _sources)


def by_part(sums: Sums, side: int) -> Total:
    """Carried, new, rebuilt by cause, and output."""
    return _total(sums, side, _parts)


def by_failure(sums: Sums, side: int) -> Total:
    """What responses came to whose tool uses failed, and all others."""
    return _total(sums, side, _failures)


Components = dict[str, tuple[int, int]]


def _total(sums: Sums, side: int, components_of: Callable[[list[Unit]], Components]) -> Total:
    cells: dict[str, list[Unit]] = defaultdict(list)
    for (_, one, model), unit in sums.units.items():
        if one == side:
            cells[model].append(unit)
    asks = sum(count for (_, one), count in sums.asks.items() if one == side)
    found = {
        model: ModelCell(sum(unit.responses for unit in units), components_of(units)) for model, units in cells.items()
    }
    return Total(asks, found)


def _sources(units: list[Unit]) -> Components:
    """Rounded together: they sum to the prompts, exactly."""
    total = total_of(unit.tally for unit in units)
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for unit in units:
        for name, (tokens, price) in unit.sources.items():
            sums[name][0] += tokens
            sums[name][1] += price
    prompt_price = total.price.input + total.price.cache_write + total.price.cache_read
    whole = round_to_sum([found[0] for found in sums.values()], total.prompt_tokens)
    paid = round_to_sum([found[1] for found in sums.values()], prompt_price)
    return {**dict(zip(sums, zip(whole, paid, strict=True), strict=True)), **_written(total)}


def _written(total: Tally) -> Components:
    searches = {SEARCHES: (0, total.price.web_search)} if total.price.web_search else {}
    return {OUTPUT: (total.sums[1], total.price.output), **searches}


def _parts(units: list[Unit]) -> Components:
    total = total_of(unit.tally for unit in units)
    rebuilt: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for unit in units:
        for cause, (tokens, price) in unit.rebuilt.items():
            rebuilt[cause][0] += tokens
            rebuilt[cause][1] += price
    again, paid = (sum(found[place] for found in rebuilt.values()) for place in (0, 1))
    given, _, read, written, _ = total.sums
    return {
        "carried": (read, total.price.cache_read),
        "new": (given + written - again, total.price.input + total.price.cache_write - paid),
        **{REBUILT + cause: (tokens, price) for cause, (tokens, price) in rebuilt.items()},
        **_written(total),
    }


def _failures(units: list[Unit]) -> Components:
    total, failed = (total_of(getattr(unit, name) for unit in units) for name in ("tally", "failed"))
    tokens, price = failed.total_tokens, failed.price.total
    return {FAILED: (tokens, price), OTHERS: (total.total_tokens - tokens, total.price.total - price)}
