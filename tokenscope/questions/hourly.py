"""When was it used? By hour of the day and day of the week, in the reader's zone (T50)."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.answers.usage.usage_charts import (
    AMOUNTS,
    ActivityOption,
    By,
    ByOption,
    ChartOption,
    busiest_hours,
    chart_card,
    week_grid,
)
from tokenscope.answers.usage.usage_table import CAPTION, UsageRow, activity_card, usage_card
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import HOUR, Timeline, sum_by_period, timeline
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.question import Drawing, Question, Reading

TITLE = "Hour by hour"


@dataclass(frozen=True, slots=True)
class Hour:
    """`hour` of the day, 0 to 23; `sessions` with a response in it; `tokens_by_weekday`: 7 sums from Monday on."""

    hour: int
    usage: Usage
    sessions: int
    tokens_by_weekday: list[int]
    activity: ActivityCounts | None


@dataclass(frozen=True, slots=True)
class HourlyReport:
    """`total` is the sum of the hours: responses without a readable time are in neither (T51)."""

    hours: list[Hour]
    total: Usage
    chart: Timeline[int] | None


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = By.MODEL, activity: ActivityOption = False
) -> HourlyReport:
    """Usage by local hour of the day, from midnight on; hours without any are left out."""
    sums, total = sum_by_period(history, HOUR, activity=activity)
    rows = [Hour(*one) for one in sums]
    return HourlyReport(rows, total, timeline(history, HOUR, AMOUNTS[by]) if chart else None)


def cards(report: HourlyReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.hours:
        return (Card(TITLE, "No responses here: nothing was used."),)
    tokens = {one.hour: one.usage.total_tokens for one in report.hours}
    first, last, part = busiest_hours([tokens.get(hour, 0) for hour in range(24)])
    sentence = f"{figures.portion(part)} of your tokens were used between {first} and {last}."
    if report.chart is not None:
        labels = [figures.hour(hour) for hour in report.chart.periods]
        return (chart_card(TITLE, sentence, labels, report.chart.series, drawing),)
    busiest_first = sorted(report.hours, key=lambda one: (-one.usage.total_tokens, one.hour))
    rows = [
        UsageRow(figures.hour(one.hour), one.usage, one.tokens_by_weekday, one.sessions, one.activity)
        for one in busiest_first
    ]
    busiest = (
        f"The busiest hour began at {rows[0].name}: {figures.tokens(rows[0].usage.total_tokens)} tokens on all days "
        "together."
    )
    label = Column("from", "number")
    if report.hours[0].activity is not None:
        table = activity_card(TITLE, busiest, rows, drawing, label=label, caption="busiest first")
    else:
        caption = f"{CAPTION} · Mon-Sun: each line on its own scale"
        table = usage_card(TITLE, busiest, rows, drawing, label=label, spread="Mon-Sun", caption=caption)
    found = {one.hour: one.tokens_by_weekday for one in report.hours}
    week = [[found[hour][day] if hour in found else 0 for hour in range(24)] for day in range(7)]
    grid = week_grid(week, "tokens")
    return (Card("The hours of the week", sentence, (grid,), (), "tokens an hour, all weeks together"), table)


QUESTION = Question(
    name="hourly",
    help="Tokens and list price by hour of the day and day of the week.",
    reading=Reading(Facet.USAGE, by_option={"activity": Facet.TOOLS}),
    analyze=analyze,
    cards=cards,
    rows="hours",
    next=("daily", "weekly", "sessions"),
    examples=("", "--chart", "--since 30d"),
)
