"""The last 30 days, today, and how both compare with the time before: numbers for the first screen.

Where the newest sessions alone were read, nothing is said of a time before all of it was read: `covered_since`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from tokenscope.answers.comparison.decomposition import ModelCell, Total
from tokenscope.answers.comparison.differences import PARTS, SideDifference, level_differences
from tokenscope.answers.comparison.session_states import count_asks
from tokenscope.answers.context.composition import Composition, composition_of
from tokenscope.history.history import History
from tokenscope.history.usage import Tally, total_of
from tokenscope.model import Message, Usage
from tokenscope.value import Value

DAY = 86_400_000  # ms
LONG, SHORT = 30, 7  # days that are told, and days that are compared where there are not twice as many
DAYS, COVERED, WINDOW, EVERYTHING = "days", "covered", "window", "everything"


class UsageSpan(Value):
    """What was used in one stretch of time, which begins at `since`; null: with the first response that was read."""

    since: datetime | None
    sessions: int
    usage: Usage
    composition: Composition


class UsageChange(Value):
    """The last `days` days beside as many before. `differences`: what it is made of, each level's part once."""

    days: int
    before: UsageSpan
    after: UsageSpan
    asks_before: int | None  # null: not all contexts were looked into
    asks_after: int | None
    delta_tokens: int
    delta_usd: float | None
    differences: list[SideDifference]


class RecentUsage(Value):
    """`basis`: what `span` is about: "days", the last 30; "covered", as far as the newest sessions reach; "window", the
    one that was asked for; "everything" that was read, where nothing was used in the last 30 days.

    `today`: since midnight in the reader's zone; null where the window ends before now. `newest`: the last response.
    """

    basis: str
    span: UsageSpan
    today: UsageSpan | None
    change: UsageChange | None
    covered_since: datetime | None
    newest: datetime | None


class _Slices:
    """The responses in scope from the first of some moments on, cut at them, and summed by model: in one pass."""

    def __init__(self, history: History, moments: Iterable[int]) -> None:
        self._history = history
        self._bounds = sorted(set(moments))
        alike: dict[tuple[int, str, str], list[Message]] = defaultdict(list)
        bounds = self._bounds
        first = bounds[0]
        for message in history.messages:
            time = message.time
            if time is not None and time >= first:
                alike[bisect_right(bounds, time), message.model, message.tariff].append(message)
        self.tallies: dict[tuple[int, str], Tally] = defaultdict(Tally)
        self.counts: Counter[tuple[int, str]] = Counter()
        self._threads: dict[int, set[int]] = defaultdict(set)
        for (place, model, _), together in alike.items():
            self.tallies[place, model].add(together, history.pricer)
            self.counts[place, model] += len(together)
            self._threads[place].update(message.thread for message in together)
        self.rebuilt: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])  # tokens, picodollars
        messages = history.store.messages
        for rebuild, price in zip(history.rebuilds_in_scope, history.rebuild_prices, strict=True):
            message = messages[rebuild.message]
            if message.time is not None and message.time >= first:
                sums = self.rebuilt[bisect_right(bounds, message.time), message.model]
                sums[0] += rebuild.tokens
                sums[1] += price[0] if price else 0

    def places(self, since: int, until: int | None) -> range:
        """The slices of a span between two of the moments; None: to the last."""
        behind = len(self._bounds) if until is None else self._bounds.index(until)
        return range(self._bounds.index(since) + 1, behind + 1)

    def span(self, since: int, until: int | None = None) -> UsageSpan:
        places = self.places(since, until)
        total = total_of(tally for (place, _), tally in self.tallies.items() if place in places)
        sums = [sums for (place, _), sums in self.rebuilt.items() if place in places]
        threads = {thread for place in places for thread in self._threads[place]}
        store, local = self._history.store, self._history.scope.local
        return UsageSpan(
            local(since),
            len({store.threads[thread].session_id for thread in threads}),
            total.usage(),
            composition_of(total, sum(one[0] for one in sums), sum(one[1] for one in sums)),
        )

    def total(self, since: int, until: int | None, asks: int) -> Total:
        """As the comparison takes it apart: by model, carried, new, rebuilt and written."""
        places = self.places(since, until)
        models = dict.fromkeys(model for place, model in self.tallies if place in places)
        return Total(asks, {model: self._cell(model, places) for model in models})

    def _cell(self, model: str, places: range) -> ModelCell:
        tally = total_of(self.tallies[place, model] for place in places if (place, model) in self.tallies)
        rebuilt = [self.rebuilt[place, model] for place in places if (place, model) in self.rebuilt]
        again, paid = (sum(one[kind] for one in rebuilt) for kind in (0, 1))
        given, output, read, written, _ = tally.sums
        price = tally.price
        parts = {
            "carried": (read, price.cache_read),
            "new": (given + written - again, price.input + price.cache_write - paid),
            "rebuilt": (again, paid),
            "output": (output, price.output),
            **({"web searches": (0, price.web_search)} if price.web_search else {}),
        }
        return ModelCell(sum(self.counts[place, model] for place in places), parts)


def measure_recent(history: History) -> RecentUsage:
    """What was used lately, in scope. Asks are told where Facet.CONTENT was read of all that is compared."""
    scope = history.scope
    now = scope.now
    midnight = _midnight(scope.local(now))
    covered = _covered_since(history)
    starts = [now - days * DAY for days in (2 * LONG, LONG, 2 * SHORT, SHORT)]
    newest = max([one.time for one in history.messages if one.time is not None], default=None)
    basis, since = _basis(history, covered, newest)
    slices = _Slices(history, [midnight, *((since, *starts) if basis in (DAYS, COVERED) else ())])
    has_today = (scope.until is None or scope.until > now) and (scope.since is None or scope.since <= midnight)
    today = slices.span(midnight) if has_today else None
    if basis in (WINDOW, EVERYTHING):
        rebuilt, paid = history.rebuilds_in_scope, history.rebuild_prices
        composition = composition_of(
            history.total, sum(one.tokens for one in rebuilt), sum(one[0] for one in paid if one)
        )
        threads = {history.store.threads[one.thread].session_id for one in history.messages}
        begun = None if scope.since is None else scope.local(scope.since)
        span = UsageSpan(begun, len(threads), history.total.usage(), composition)
    else:
        span = slices.span(since)
    change = _change(history, slices, covered) if basis in (DAYS, COVERED) else None
    local = [None if time is None else scope.local(time) for time in (covered, newest)]
    return RecentUsage(basis, span, today, change, *local)


def _midnight(now: datetime) -> int:
    return round(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _covered_since(history: History) -> int | None:
    """From when on (ms) every response there is was read; None: all that there is was read.

    The newest sessions are those whose last rows are the newest: what was left out has none behind these.
    """
    if not history.store.coverage.capped:
        return None
    threads = history.store.threads
    latest = [0] * len(threads)
    for message in history.store.messages:
        time = message.time
        if time is not None and time > latest[message.thread]:
            latest[message.thread] = time
    ended: dict[str, int] = {}
    for thread, time in zip(threads, latest, strict=True):
        if time:
            ended[thread.session_id] = max(time, ended.get(thread.session_id, 0))
    return min(ended.values(), default=None)


def _basis(history: History, covered: int | None, newest: int | None) -> tuple[str, int]:
    start = history.scope.now - LONG * DAY
    if history.scope.has_window:
        return WINDOW, start
    if newest is None or newest < start:
        return EVERYTHING, start
    return (COVERED, covered) if covered is not None and covered > start else (DAYS, start)


def _change(history: History, slices: _Slices, covered: int | None) -> UsageChange | None:
    """Of 30 days, or of 7 where what was read does not reach as far back; None where not even that."""
    oldest = covered if covered is not None else history.store.dates()[0]
    now = history.scope.now
    for days in (LONG, SHORT):
        start, middle = now - 2 * days * DAY, now - days * DAY
        if oldest is None or oldest > start + DAY:  # the first day of work is rarely a whole one
            continue
        before, after = slices.span(start, middle), slices.span(middle)
        if not before.usage.total_tokens or not after.usage.total_tokens:
            return None
        asks = _asks(history, start, middle)
        sides = slices.total(start, middle, asks[0]), slices.total(middle, None, asks[1])
        paid = [one.usage.list_price_usd for one in (before, after)]
        return UsageChange(
            days,
            before,
            after,
            asks[0] or None,
            asks[1] or None,
            after.usage.total_tokens - before.usage.total_tokens,
            None if None in paid else round((paid[1] or 0) - (paid[0] or 0), 6),
            level_differences(*sides, PARTS, {}),
        )
    return None


def _asks(history: History, start: int, middle: int) -> tuple[int, int]:
    """Prompts before and after a moment; none where not every context that is compared was looked into."""
    side_of = {
        index: int(message.time >= middle)
        for index, message in zip(history.indices, history.messages, strict=True)
        if message.time is not None and message.time >= start
    }
    known = history.store.sessions_with_content
    threads, messages = history.store.threads, history.store.messages
    if known is not None and not all(threads[messages[index].thread].session_id in known for index in side_of):
        return 0, 0
    found = count_asks(history, side_of)
    return (found[0], found[1]) if found[0] and found[1] else (0, 0)
