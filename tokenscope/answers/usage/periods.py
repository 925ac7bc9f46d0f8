"""What days, weeks, months and hours have in common: their sums, by name where that is asked for, and their cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from tokenscope.answers.usage.usage_charts import By, chart_card
from tokenscope.answers.usage.usage_table import CAPTION, NamedUsage, UsageRow, activity_card, grouped_cards, usage_card
from tokenscope.errors import UsageError
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import (
    Amounts,
    Period,
    PeriodSum,
    Timeline,
    counter_tokens,
    model_tokens,
    sum_by_period,
    sum_by_period_and_name,
    timeline,
)
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum, Name, StampField, by_stamp, sum_by_name
from tokenscope.model import Facet, Usage
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.money import amount, counted
from tokenscope.view.question import Drawing, Reading

READING = Reading(Facet.USAGE, by_option={"activity": Facet.TOOLS, "by": Facet.STAMPS})


class Periods(NamedTuple):
    """`sums`: the oldest first. `groups`: what each name came to in all of them together, where a name is asked for."""

    sums: list[PeriodSum[Any]]
    total: Usage
    chart: Timeline[Any] | None
    by: By | None
    groups: list[GroupSum]


def measure_periods(history: History, period: Period[Any], *, chart: bool, by: By | None, activity: bool) -> Periods:
    """Usage by period, and with `by` by name in each. Raises UsageError for what excludes each other."""
    bars = timeline(history, period, _amounts(history, by or By.MODEL)) if chart else None
    if by is None or chart:
        return Periods(*sum_by_period(history, period, activity=activity), bars, by, [])
    if activity:
        raise UsageError("--by and --activity exclude each other", hint="use one of them")
    if by is By.COUNTER:
        raise UsageError("every row has all counters", hint="--by counter is for bars: add --chart")
    name = _name(history, by)
    return Periods(*sum_by_period_and_name(history, period, name), None, by, sum_by_name(history.dated(), name))


def _name(history: History, by: By) -> Name:
    return (lambda message: message.model) if by is By.MODEL else by_stamp(history, StampField(by))


def _amounts(history: History, by: By) -> Amounts:
    if by is By.COUNTER:
        return counter_tokens
    if by is By.MODEL:
        return model_tokens
    name = _name(history, by)
    return lambda message: ((name(message) or f"no {by}", message.total_tokens),)


class Words(NamedTuple):
    """How a question about periods speaks of them."""

    title: str
    noun: str
    on: str  # what stands before so many of them
    column: str  # above the periods of the table
    busiest: str  # how one is named in a sentence
    spread: str  # above the sparks
    label: Callable[[date, Drawing], str]


def day_label(day: date, drawing: Drawing) -> str:
    return figures.calendar_day(day, drawing.zone, drawing.now)


def month_label(first: date, drawing: Drawing) -> str:
    return figures.month(first, drawing.zone, drawing.now)


class PeriodRow(NamedTuple):
    """What a card needs to know of a period. `tokens`: by its parts."""

    start: date
    usage: Usage
    tokens: list[int]
    sessions: int
    activity: ActivityCounts | None
    group: str | None = None
    gone: str = ""  # how many of its sessions have no transcript any more


def period_card(
    words: Words, rows: Sequence[PeriodRow], total: Usage, timeline: Timeline[date] | None, drawing: Drawing
) -> Card:
    """A table of the periods, newest first, or bars over time where a timeline is given. `rows`: oldest first."""
    if not rows:
        return Card(words.title, "No responses here: nothing was used.")
    sentence = _sentence(words, rows, total, drawing)
    if timeline is not None:
        labels = [words.label(start, drawing) for start in timeline.periods]
        return chart_card(words.title, sentence, labels, timeline.series, drawing)
    table = [
        UsageRow(words.label(row.start, drawing), row.usage, row.tokens, row.sessions, row.activity, row.gone)
        for row in reversed(rows)
    ]
    label = Column(words.column, "number")
    if rows[0].activity is not None:
        return activity_card(words.title, sentence, table, drawing, label=label, caption="newest first")
    caption = f"{CAPTION} · newest first · {words.spread}: each line on its own scale"
    return usage_card(words.title, sentence, table, drawing, label=label, spread=words.spread, caption=caption)


def grouped_period_cards(
    words: Words, rows: Sequence[PeriodRow], groups: Sequence[GroupSum], by: str, drawing: Drawing
) -> tuple[Card, ...]:
    """What each name came to, and then in each period, newest first."""
    named = [NamedUsage(words.label(row.start, drawing), row.usage, row.group) for row in reversed(rows)]
    return grouped_cards(words.title, (words.column, "newest first"), named, groups, by, drawing)


def _sentence(words: Words, rows: Sequence[PeriodRow], total: Usage, drawing: Drawing) -> str:
    most = max(rows, key=lambda row: counted(row.usage, drawing.plan))
    busiest = words.busiest.format(words.label(most.start, drawing))
    used = amount(total, drawing.plan)
    if len(rows) == 1:
        return f"{used}, all {words.on} {busiest}."
    return (
        f"{used} {words.on} {figures.plural(len(rows), words.noun)}; the busiest was {busiest} with "
        f"{amount(most.usage, drawing.plan).removesuffix(' tokens')}."
    )
