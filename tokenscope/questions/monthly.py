"""What did each month use? Months are calendar months in the reader's zone (T50)."""

from __future__ import annotations

from datetime import date

from tokenscope.answers.usage.periods import (
    READING,
    PeriodRow,
    Words,
    grouped_period_cards,
    measure_periods,
    month_label,
    period_card,
)
from tokenscope.answers.usage.usage_charts import ActivityOption, ByOption, ChartOption
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import MONTH, Timeline
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question


class Month(Value):
    """`month`: year and month, 2026-11; `sessions` with a response in it; `tokens_by_day`: 31 sums."""

    month: str
    usage: Usage
    sessions: int
    tokens_by_day: list[int]
    activity: ActivityCounts | None
    group: str | None  # with `grouped_by`: the name that its responses have in common; null: the log does not say


class MonthlyReport(Value):
    """`total` is the sum of the months: responses without a readable time are in neither (T51)."""

    months: list[Month]
    total: Usage
    chart: Timeline[date] | None
    grouped_by: str | None
    groups: list[GroupSum]  # what each name came to in all together


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = None, activity: ActivityOption = False
) -> MonthlyReport:
    """Usage by month, the oldest first; months without any are left out."""
    found = measure_periods(history, MONTH, chart=chart, by=by, activity=activity)
    rows = [Month(one.start.isoformat()[:7], *one[1:]) for one in found.sums]
    return MonthlyReport(rows, found.total, found.chart, found.by, found.groups)


WORDS = Words("Month by month", "month", "in", "month", "{}", "by day", month_label)


def cards(report: MonthlyReport, drawing: Drawing) -> tuple[Card, ...]:
    rows = [
        PeriodRow(_first_day(one.month), one.usage, one.tokens_by_day, one.sessions, one.activity, one.group)
        for one in report.months
    ]
    if report.grouped_by and report.chart is None:
        return grouped_period_cards(WORDS, rows, report.groups, report.grouped_by, drawing)
    return (period_card(WORDS, rows, report.total, report.chart, drawing),)


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


QUESTION = Question(
    name="monthly",
    help="Tokens and list price by month.",
    group="Over time",
    reading=READING,
    analyze=analyze,
    cards=cards,
    rows="months",
    next=("weekly", "projects", "models"),
    examples=("", "--chart", "--activity"),
)
