"""What did each month use? Months are calendar months in the reader's zone (T50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenscope.answers.usage.period_cards import PeriodRow, Words, month_label, period_card
from tokenscope.answers.usage.usage_charts import AMOUNTS, ActivityOption, By, ByOption, ChartOption
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import MONTH, Timeline, sum_by_period, timeline
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question, Reading


@dataclass(frozen=True, slots=True)
class Month:
    """`month`: year and month, 2026-11; `sessions` with a response in it; `tokens_by_day`: 31 sums."""

    month: str
    usage: Usage
    sessions: int
    tokens_by_day: list[int]
    activity: ActivityCounts | None


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """`total` is the sum of the months: responses without a readable time are in neither (T51)."""

    months: list[Month]
    total: Usage
    chart: Timeline[date] | None


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = By.MODEL, activity: ActivityOption = False
) -> MonthlyReport:
    """Usage by month, the oldest first; months without any are left out."""
    sums, total = sum_by_period(history, MONTH, activity=activity)
    rows = [Month(one.start.isoformat()[:7], *one[1:]) for one in sums]
    return MonthlyReport(rows, total, timeline(history, MONTH, AMOUNTS[by]) if chart else None)


WORDS = Words("Month by month", "month", "in", "month", "{}", "by day", month_label)


def cards(report: MonthlyReport, drawing: Drawing) -> tuple[Card, ...]:
    rows = [
        PeriodRow(date.fromisoformat(f"{one.month}-01"), one.usage, one.tokens_by_day, one.sessions, one.activity)
        for one in report.months
    ]
    return (period_card(WORDS, rows, report.total, report.chart, drawing),)


QUESTION = Question(
    name="monthly",
    help="Tokens and list price by month.",
    reading=Reading(Facet.USAGE, by_option={"activity": Facet.TOOLS}),
    analyze=analyze,
    cards=cards,
    rows="months",
    next=("weekly", "projects", "models"),
    examples=("", "--chart", "--activity"),
)
