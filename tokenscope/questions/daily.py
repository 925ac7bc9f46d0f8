"""What did each day use? Days are local days of each response, not of its session's start (T50)."""

from __future__ import annotations

from datetime import date

from tokenscope.answers.data.retention import SweptDay, gone_words, measure_swept, swept_note
from tokenscope.answers.usage.periods import (
    READING,
    PeriodRow,
    Words,
    day_label,
    grouped_period_cards,
    measure_periods,
    period_card,
)
from tokenscope.answers.usage.usage_charts import ActivityOption, ByOption, ChartOption, calendar_card
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import DAY, Timeline
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.machine import OtherFiles
from tokenscope.model import Usage
from tokenscope.value import Value, replace
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question


class Day(Value):
    """`sessions` with a response on it; `tokens_by_hour`: 24 sums.

    `sessions_gone`: that began on it, and have no transcript any more: figures are a lower bound. Null: nobody knows.
    """

    date: date
    usage: Usage
    sessions: int
    tokens_by_hour: list[int]
    activity: ActivityCounts | None
    group: str | None  # with `grouped_by`: the name that its responses have in common; null: the log does not say
    sessions_gone: int | None = None


class DailyReport(Value):
    """`total` is the sum of the days: responses without a readable time are in neither (T51).

    `swept`: days with sessions that have no transcript any more, those included of which nothing is left.
    """

    days: list[Day]
    total: Usage
    chart: Timeline[date] | None
    grouped_by: str | None
    groups: list[GroupSum]  # what each name came to in all together
    swept: list[SweptDay]


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = None, activity: ActivityOption = False
) -> DailyReport:
    """Usage by local day, the oldest first; days without any are left out."""
    found = measure_periods(history, DAY, chart=chart, by=by, activity=activity)
    swept = measure_swept(history)
    gone = {one.date: one.gone for one in swept}
    is_known = bool(history.store.machine.prompted)
    rows = [Day(*one, gone.get(one.start, 0) if is_known else None) for one in found.sums]
    return DailyReport(rows, found.total, found.chart, found.by, found.groups, swept)


WORDS = Words("Day by day", "day", "on", "day", "{}", "by hour", day_label)


def cards(report: DailyReport, drawing: Drawing) -> tuple[Card, ...]:
    swept = {one.date: gone_words(one) for one in report.swept}
    rows = [
        PeriodRow(
            one.date, one.usage, one.tokens_by_hour, one.sessions, one.activity, one.group, swept.get(one.date, "")
        )
        for one in report.days
    ]
    if report.grouped_by and report.chart is None:
        first, *others = grouped_period_cards(WORDS, rows, report.groups, report.grouped_by, drawing)
        return (_noted(first, report), *others)
    card = _noted(period_card(WORDS, rows, report.total, report.chart, drawing), report)
    if report.chart is None:
        return (card,)
    return (card, calendar_card([(one.date, one.usage.total_tokens) for one in report.days], drawing))


def _noted(card: Card, report: DailyReport) -> Card:
    if not report.swept:
        return card
    return replace(card, parts=(*card.parts, swept_note(report.swept, {one.date for one in report.days})))


QUESTION = Question(
    name="daily",
    help="Tokens and list price by day.",
    group="Over time",
    reading=replace(READING, other_files=OtherFiles.PROMPTS),
    analyze=analyze,
    cards=cards,
    rows="days",
    next=("weekly", "models", "sessions"),
    examples=("", "--since 7d", "--chart", "--activity --json"),
)
