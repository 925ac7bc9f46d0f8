"""What did each day use? Days are local days of each response, not of its session's start (T50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenscope.answers.usage.period_cards import PeriodRow, Words, day_label, period_card
from tokenscope.answers.usage.usage_charts import AMOUNTS, ActivityOption, By, ByOption, ChartOption, calendar_card
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import DAY, Timeline, sum_by_period, timeline
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question, Reading


@dataclass(frozen=True, slots=True)
class Day:
    """`sessions` with a response on it; `tokens_by_hour`: 24 sums."""

    date: date
    usage: Usage
    sessions: int
    tokens_by_hour: list[int]
    activity: ActivityCounts | None


@dataclass(frozen=True, slots=True)
class DailyReport:
    """`total` is the sum of the days: responses without a readable time are in neither (T51)."""

    days: list[Day]
    total: Usage
    chart: Timeline[date] | None


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = By.MODEL, activity: ActivityOption = False
) -> DailyReport:
    """Usage by local day, the oldest first; days without any are left out."""
    sums, total = sum_by_period(history, DAY, activity=activity)
    rows = [Day(*one) for one in sums]
    return DailyReport(rows, total, timeline(history, DAY, AMOUNTS[by]) if chart else None)


WORDS = Words("Day by day", "day", "on", "day", "{}", "by hour", day_label)


def cards(report: DailyReport, drawing: Drawing) -> tuple[Card, ...]:
    rows = [PeriodRow(one.date, one.usage, one.tokens_by_hour, one.sessions, one.activity) for one in report.days]
    card = period_card(WORDS, rows, report.total, report.chart, drawing)
    if report.chart is None:
        return (card,)
    return (card, calendar_card([(one.date, one.usage.total_tokens) for one in report.days], drawing))


QUESTION = Question(
    name="daily",
    help="Tokens and list price by day.",
    reading=Reading(Facet.USAGE, by_option={"activity": Facet.TOOLS}),
    analyze=analyze,
    cards=cards,
    rows="days",
    next=("weekly", "models", "sessions"),
    examples=("", "--since 7d", "--chart", "--activity --json"),
)
