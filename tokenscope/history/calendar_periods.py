"""Usage by day, week, month or hour of the day, in the reader's zone, of each response (T50)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from tokenscope.history.activity_counts import ActivityCounts, count_by_time
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import Name, split
from tokenscope.history.usage import Tally
from tokenscope.model import Message, Usage, fields_of_message
from tokenscope.scope import QUARTER_HOUR, Scope
from tokenscope.value import Value

MOST_PERIODS = 1000  # of a timeline: one response with a wild date must not make it endless
TREND_PERIODS = 14  # of a trend beside a row
CHART_PERIODS = 62  # of bars over time

Start = TypeVar("Start", date, int)
# Fields of many messages, read twice as fast as by attribute.
_COUNTED = fields_of_message(
    "time", "thread", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"
)


class Period(NamedTuple, Generic[Start]):
    """A way to cut time: where a local time belongs, and what each piece is divided into in turn."""

    name: str  # "day"
    start: Callable[[datetime], Start]
    after: Callable[[Start], Start]
    part: Callable[[datetime], int]
    parts: int
    every: tuple[Start, ...] = ()  # where they come again and again: the hours of the day


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


DAY = Period("day", datetime.date, lambda day: day + timedelta(days=1), lambda moment: moment.hour, 24)
WEEK = Period("week", _monday, lambda monday: monday + timedelta(days=7), datetime.weekday, 7)
MONTH = Period("month", lambda moment: moment.date().replace(day=1), _next_month, lambda moment: moment.day - 1, 31)
HOUR = Period("hour", lambda moment: moment.hour, lambda hour: hour + 1, datetime.weekday, 7, tuple(range(24)))


class Places(dict[int, tuple[Start, int]], Generic[Start]):
    """Period and part of each quarter of an hour since the epoch: a history has few of them, and many responses."""

    def __init__(self, scope: Scope, period: Period[Start]) -> None:
        super().__init__()
        self._scope = scope
        self._period: Period[Start] = period

    def __missing__(self, quarter: int) -> tuple[Start, int]:
        moment = self._scope.local(quarter * QUARTER_HOUR)
        place = self[quarter] = (self._period.start(moment), self._period.part(moment))
        return place

    def start(self, time: int) -> Start:
        """The period of a time in milliseconds since the epoch."""
        return self[time // QUARTER_HOUR][0]


class PeriodSum(NamedTuple, Generic[Start]):
    """`sessions` with a response in it; `tokens` by part: the hours of a day, the days of a week or a month.

    `group`: the name that its responses have in common; None where nothing says, and where all are together.
    """

    start: Start
    usage: Usage
    sessions: int
    tokens: list[int]
    activity: ActivityCounts | None
    group: str | None = None


def sum_by_period(history: History, period: Period[Start], *, activity: bool) -> tuple[list[PeriodSum[Start]], Usage]:
    """Every period with a response, the oldest first, and their sum. What has no time is in neither (T51).

    `activity` (needs Facet.TOOLS): say also what was done in each, and in others in which something was done.
    """
    dated = history.dated()
    places = Places(history.scope, period)
    tallies: dict[Start, Tally] = dated.by(lambda message: places[(message.time or 0) // QUARTER_HOUR][0])
    tokens: dict[tuple[int, int], int] = defaultdict(int)  # by quarter of an hour and thread
    for time, thread, given, output, read, written in map(_COUNTED, dated.messages):
        tokens[time // QUARTER_HOUR, thread] += given + output + read + written
    parts: dict[Start, list[int]] = {start: [0] * period.parts for start in tallies}
    sessions: dict[Start, set[str]] = defaultdict(set)
    for (quarter, thread), number in tokens.items():
        start, part = places[quarter]
        parts[start][part] += number
        sessions[start].add(history.store.threads[thread].session_id)
    done: dict[Start, ActivityCounts] = {}
    if activity:
        done = count_by_time(history, lambda time: places[time // QUARTER_HOUR][0])
    nothing = ActivityCounts() if activity else None
    sums = []
    for start in sorted(tallies.keys() | done.keys()):
        usage = tallies[start].usage() if start in tallies else Usage()
        tokens_by_part = parts.get(start, [0] * period.parts)
        sums.append(PeriodSum(start, usage, len(sessions[start]), tokens_by_part, done.get(start, nothing)))
    return sums, dated.total.usage()


def sum_by_period_and_name(history: History, period: Period[Start], name: Name) -> tuple[list[PeriodSum[Start]], Usage]:
    """The same, each period once for every name in it."""
    dated = history.dated()
    sums = [
        one._replace(group=group or None)
        for group, part in split(dated, name).items()
        for one in sum_by_period(part, period, activity=False)[0]
    ]
    return sorted(sums, key=lambda one: one.start), dated.total.usage()


class Series(Value):
    """Tokens of one model, project or counter in each period of a timeline."""

    name: str
    tokens: list[int]


class Timeline(Value, Generic[Start]):
    """Tokens over time, without gaps. `periods`: first days, or hours of the day. The largest series first."""

    unit: str
    periods: list[Start]
    series: list[Series]


Amounts = Callable[[Message], Iterable[tuple[str, int]]]  # the series that a response counts in, with its tokens


def model_tokens(message: Message) -> Iterable[tuple[str, int]]:
    return ((message.model, message.total_tokens),)


def counter_tokens(message: Message) -> Iterable[tuple[str, int]]:
    return (
        ("cache read", message.cache_read_input_tokens),
        ("cache write", message.cache_creation_input_tokens),
        ("input", message.input_tokens),
        ("output", message.output_tokens),
    )


def timeline(history: History, period: Period[Start], amounts: Amounts, *, most: int = MOST_PERIODS) -> Timeline[Start]:
    """The newest `most` periods, those without a response included."""
    places = Places(history.scope, period)
    sums: dict[str, Counter[Start]] = defaultdict(Counter)
    starts: set[Start] = set()
    for message in history.dated().messages:
        start = places.start(message.time or 0)
        starts.add(start)
        for name, tokens in amounts(message):
            sums[name][start] += tokens
    periods = _without_gaps(period, starts, most)
    series = [Series(name, [found[start] for start in periods]) for name, found in sums.items()]
    series.sort(key=lambda one: (-sum(one.tokens), one.name))
    return Timeline(period.name, periods, series)


def _without_gaps(period: Period[Start], starts: set[Start], most: int) -> list[Start]:
    """Every period from the first to the last, the newest `most` of them."""
    if period.every or not starts:
        return list(period.every) if starts else []
    last, filled = max(starts), [min(starts)]
    while filled[-1] < last:
        filled.append(period.after(filled[-1]))
    return filled[-most:]


def fitting_period(history: History, most: int) -> Period[date]:
    """Days, weeks or months: the shortest of which no more than `most` span the responses in scope."""
    times = [message.time for message in history.messages if message.time is not None]
    days = (max(times) - min(times)) / 86_400_000 if times else 0
    return DAY if days < most else WEEK if days < 7 * most else MONTH
