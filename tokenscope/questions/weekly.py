"""What did each week use? Weeks begin on Monday, in the reader's zone (T50)."""

from __future__ import annotations

from datetime import date

from tokenscope.answers.usage.periods import (
    READING,
    PeriodRow,
    Words,
    day_label,
    grouped_period_cards,
    measure_periods,
    period_card,
)
from tokenscope.answers.usage.usage_charts import ActivityOption, ByOption, ChartOption
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import WEEK, Timeline
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question


class Week(Value):
    """`week`: its Monday; `sessions` with a response in it; `tokens_by_day`: 7 sums."""

    week: date
    usage: Usage
    sessions: int
    tokens_by_day: list[int]
    activity: ActivityCounts | None
    group: str | None  # with `grouped_by`: the name that its responses have in common; null: the log does not say


class WeeklyReport(Value):
    """`total` is the sum of the weeks: responses without a readable time are in neither (T51)."""

    weeks: list[Week]
    total: Usage
    chart: Timeline[date] | None
    grouped_by: str | None
    groups: list[GroupSum]  # what each name came to in all together


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = None, activity: ActivityOption = False
) -> WeeklyReport:
    """Usage by week, the oldest first; weeks without any are left out."""
    found = measure_periods(history, WEEK, chart=chart, by=by, activity=activity)
    rows = [Week(*one) for one in found.sums]
    return WeeklyReport(rows, found.total, found.chart, found.by, found.groups)


WORDS = Words("Week by week", "week", "in", "from", "the week from {}", "Mon-Sun", day_label)


def cards(report: WeeklyReport, drawing: Drawing) -> tuple[Card, ...]:
    rows = [
        PeriodRow(one.week, one.usage, one.tokens_by_day, one.sessions, one.activity, one.group) for one in report.weeks
    ]
    if report.grouped_by and report.chart is None:
        return grouped_period_cards(WORDS, rows, report.groups, report.grouped_by, drawing)
    return (period_card(WORDS, rows, report.total, report.chart, drawing),)


QUESTION = Question(
    name="weekly",
    help="Tokens and list price by week.",
    group="Over time",
    reading=READING,
    analyze=analyze,
    cards=cards,
    rows="weeks",
    next=("daily", "monthly", "models"),
    examples=("", "--chart --by counter", "--activity"),
)
