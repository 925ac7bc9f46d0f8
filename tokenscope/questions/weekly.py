"""What did each week use? Weeks begin on Monday, in the reader's zone (T50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenscope.answers.usage.period_cards import PeriodRow, Words, day_label, period_card
from tokenscope.answers.usage.usage_charts import AMOUNTS, ActivityOption, By, ByOption, ChartOption
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import WEEK, Timeline, sum_by_period, timeline
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question, Reading


@dataclass(frozen=True, slots=True)
class Week:
    """`week`: its Monday; `sessions` with a response in it; `tokens_by_day`: 7 sums."""

    week: date
    usage: Usage
    sessions: int
    tokens_by_day: list[int]
    activity: ActivityCounts | None


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """`total` is the sum of the weeks: responses without a readable time are in neither (T51)."""

    weeks: list[Week]
    total: Usage
    chart: Timeline[date] | None


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = By.MODEL, activity: ActivityOption = False
) -> WeeklyReport:
    """Usage by week, the oldest first; weeks without any are left out."""
    sums, total = sum_by_period(history, WEEK, activity=activity)
    rows = [Week(*one) for one in sums]
    return WeeklyReport(rows, total, timeline(history, WEEK, AMOUNTS[by]) if chart else None)


WORDS = Words("Week by week", "week", "in", "from", "the week from {}", "Mon-Sun", day_label)


def cards(report: WeeklyReport, drawing: Drawing) -> tuple[Card, ...]:
    rows = [PeriodRow(one.week, one.usage, one.tokens_by_day, one.sessions, one.activity) for one in report.weeks]
    return (period_card(WORDS, rows, report.total, report.chart, drawing),)


QUESTION = Question(
    name="weekly",
    help="Tokens and list price by week.",
    reading=Reading(Facet.USAGE, by_option={"activity": Facet.TOOLS}),
    analyze=analyze,
    cards=cards,
    rows="weeks",
    next=("daily", "monthly", "models"),
    examples=("", "--chart --by counter", "--activity"),
)
