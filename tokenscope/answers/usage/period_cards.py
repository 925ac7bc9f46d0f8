"""What day by day, week by week and month by month have in common on cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from tokenscope.answers.usage.grouped import NamedUsage, grouped_cards
from tokenscope.answers.usage.usage_charts import chart_card
from tokenscope.answers.usage.usage_table import CAPTION, UsageRow, activity_card, usage_card
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import Timeline
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.model import Usage
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.money import amount, counted
from tokenscope.view.question import Drawing


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
