"""Tokens over time as upright bars, and the year as a calendar: what --chart draws."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Annotated

from tokenscope.answers.usage.usage_table import CAPTION
from tokenscope.history.calendar_periods import Series
from tokenscope.view import figures
from tokenscope.view.card import Bar, Bars, Card, Column, Grid, Row, Table, Tone
from tokenscope.view.question import Drawing, Option


class By(StrEnum):
    """What the rows of a table, or the bars of a chart, are made of."""

    MODEL = "model"
    COUNTER = "counter"
    SKILL = "skill"
    PLUGIN = "plugin"
    SERVER = "server"
    TOOL = "tool"
    AGENT = "agent"
    EFFORT = "effort"
    BRANCH = "branch"
    ENTRYPOINT = "entrypoint"
    VERSION = "version"
    TIER = "tier"
    PERSON = "person"
    MACHINE = "machine"


ChartOption = Annotated[bool, Option("Draw bars over time instead of the table.")]
ActivityOption = Annotated[bool, Option("Show sessions, prompts, changed lines and commits beside tokens.")]
ByOption = Annotated[
    By | None,
    Option(
        "What rows and bars are made of; counter: bars alone. Or another period: hour, day, week, month.", "|".join(By)
    ),
]

LOPSIDED = 1.5  # times what hours would hold, were all alike
COUNTER_TONES = {"cache read": Tone.CARRIED, "cache write": Tone.NEW, "input": Tone.PLAIN, "output": Tone.OUTPUT}
NAMED_TONES = (Tone.FIRST, Tone.SECOND, Tone.THIRD, Tone.FOURTH)
WEEKS_A_YEAR = 53


def chart_card(
    title: str,
    sentence: str,
    labels: Sequence[str],
    series: Sequence[Series],
    drawing: Drawing,
    *,
    caption: str = CAPTION,
) -> Card:
    """Bars over time with the legend that tells their colours. Of more than four series the rest is one."""
    toned = _told_apart(series)
    bars = []
    for place, label in enumerate(labels):
        values = tuple(float(one.tokens[place]) for one, _ in toned)
        bars.append(Bar(label, values, figures.tokens(sum(values))))
    words = _words(bars, [one.name for one, _ in toned], drawing.limit)
    chart = Bars(tuple(tone for _, tone in toned), tuple(bars), words)
    return Card(title, sentence, (chart, _legend(toned)), (), caption)


def _told_apart(series: Sequence[Series]) -> list[tuple[Series, Tone]]:
    """The series with their colours, the largest first."""
    if all(one.name in COUNTER_TONES for one in series):
        return [(one, COUNTER_TONES[one.name]) for one in series if any(one.tokens)]
    named = list(zip(series, NAMED_TONES, strict=False))
    rest = series[len(named) :]
    if rest:
        tokens = [sum(amounts) for amounts in zip(*(one.tokens for one in rest), strict=True)]
        named.append((Series(figures.plural(len(rest), "other"), tokens), Tone.DIM))
    return named


def _legend(series: Sequence[tuple[Series, Tone]]) -> Table:
    sums = [sum(one.tokens) for one, _ in series]
    whole = sum(sums)
    shares = figures.shares([number / whole if whole else None for number in sums])
    columns = (Column("part", "path"), Column("tokens", "number"), Column("of tokens", "number"))
    rows = (
        Row((_shown(one.name), figures.tokens(number), part), tone, marker=True)
        for (one, tone), number, part in zip(series, sums, shares, strict=True)
    )
    return Table(columns, tuple(rows))


def _shown(name: str) -> str:
    """A project's path or a model's id, as people read them."""
    return figures.model_name(figures.home_path(name))


def _words(bars: Iterable[Bar], names: Sequence[str], limit: int) -> tuple[str, ...]:
    """The newest bars in words: a period, its tokens, and of what they are."""
    said = [bar for bar in bars if any(bar.values)]
    lines = []
    for bar in reversed(said[-limit:]):
        whole = sum(bar.values)
        parts = zip(names, figures.shares([value / whole for value in bar.values]), bar.values, strict=True)
        of_what = ", ".join(f"{_shown(name)} {part}" for name, part, value in parts if value)
        lines.append(f"{bar.label}: {bar.amount} tokens, {of_what}")
    left_out = len(said) - len(lines)
    return (*lines, f"and {figures.count(left_out)} more · --all") if left_out else tuple(lines)


def calendar_card(days: Sequence[tuple[date, int]], drawing: Drawing) -> Card:
    """The year up to the last day: a column a week, a shade a day. `days`: with tokens, the oldest first."""
    title = "The calendar"
    if not days:
        return Card(title, "No responses here: nothing was used.")
    last = days[-1][0]
    monday = last - timedelta(days=last.weekday())
    first = max(days[0][0] - timedelta(days=days[0][0].weekday()), monday - timedelta(weeks=WEEKS_A_YEAR - 1))
    shown = {day: tokens for day, tokens in days if day >= first}
    level, words = levels(list(shown.values()))

    def shade(day: date) -> int | None:
        return level(shown.get(day, 0)) if days[0][0] <= day <= last else None

    mondays = [first + timedelta(weeks=week) for week in range((monday - first).days // 7 + 1)]
    rows = tuple(
        (figures.weekday(number), tuple(shade(monday + timedelta(days=number)) for monday in mondays))
        for number in range(7)
    )
    names = tuple(figures.month(monday + timedelta(days=6), drawing.zone, drawing.now)[:3] for monday in mondays)
    grid = Grid(names, rows, words, tuple(_months(shown, drawing)))
    return Card(title, _calendar_sentence(shown, drawing), (grid,), (), "tokens a day · a column a week")


def levels(amounts: Sequence[int]) -> tuple[Callable[[int], int], tuple[str, str, str, str]]:
    """Four levels that each hold a quarter of the amounts above nothing, and what each goes up to.

    The largest amount is always of the fourth. With few amounts, or equal ones, some levels hold none.
    """
    known = sorted(filter(None, amounts))

    def level(amount: int) -> int:
        larger = len(known) - bisect_right(known, amount)
        return 4 - 4 * larger // len(known) if amount else 0

    most = {level(amount): amount for amount in known}
    one, two, three, four = (f"to {figures.tokens(most[number])}" if number in most else "" for number in range(1, 5))
    return level, (one, two, three, four)


def week_grid(days: Sequence[Sequence[int]], noun: str) -> Grid:
    """The hours of the week: for each day from Monday on 24 amounts, in tokens or in another unit (`noun`)."""
    level, words = levels([amount for amounts in days for amount in amounts])
    rows = tuple((figures.weekday(day), tuple(map(level, amounts))) for day, amounts in enumerate(days))
    columns = tuple(str(hour) if hour % 3 == 0 else "" for hour in range(24))
    said = tuple(_said_of_day(day, amounts, noun) for day, amounts in enumerate(days) if any(amounts))
    return Grid(columns, rows, words, said)


def _said_of_day(day: int, amounts: Sequence[int], noun: str) -> str:
    busiest = max(range(24), key=lambda hour: (amounts[hour], -hour))
    return f"{figures.weekday(day)}: {figures.tokens(sum(amounts))} {noun}, most from {figures.hour(busiest)}"


def busiest_hours(amounts: Sequence[int]) -> tuple[str, str, float]:
    """The shortest stretch of the day that holds half of the amounts by hour: from, to, and its share."""
    whole = sum(amounts)
    for length in range(1, 25):
        sums = [sum(amounts[(first + step) % 24] for step in range(length)) for first in range(24)]
        most = max(sums)
        if 2 * most >= whole:
            first = sums.index(most)
            return figures.hour(first), figures.hour(first + length), most / whole if whole else 0.0
    raise AssertionError("a whole day holds all")


def hours_sentence(amounts: Sequence[int], what: str) -> str:
    """When half of it was: only where that is a stretch that holds clearly more than any as long one would evenly."""
    first, last, part = busiest_hours(amounts)
    length = (int(last[:2]) - int(first[:2]) - 1) % 24 + 1
    if part * 24 < LOPSIDED * length:
        return f"{what[:1].upper()}{what[1:]} all over the day: no part of it stands out."
    return f"{figures.portion(part)} of {what} between {first} and {last}."


def _months(shown: dict[date, int], drawing: Drawing) -> list[str]:
    sums: dict[date, list[int]] = defaultdict(list)
    for day, tokens in shown.items():
        sums[day.replace(day=1)].append(tokens)
    return [
        f"{figures.month(first, drawing.zone, drawing.now)}: {figures.tokens(sum(tokens))} tokens on "
        f"{figures.plural(len(tokens), 'day')}"
        for first, tokens in reversed(sums.items())
    ]


def _calendar_sentence(shown: dict[date, int], drawing: Drawing) -> str:
    first, last = min(shown), max(shown)
    span = (last - first).days + 1
    runs = [len(list(run)) for _, run in groupby(enumerate(sorted(shown)), lambda one: one[1].toordinal() - one[0])]
    until = figures.calendar_day(last, drawing.zone, drawing.now)
    if span == 1:
        return f"All of it was used on {until}."
    used = f"You used it on {len(shown)} of the {span} days to {until}"
    return f"{used}; the longest run of days was {max(runs)}."
