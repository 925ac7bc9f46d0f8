"""When was it used? By hour of the day and day of the week, in the reader's zone (T50)."""

from __future__ import annotations

from tokenscope.answers.usage.periods import READING, measure_periods
from tokenscope.answers.usage.usage_charts import (
    ActivityOption,
    ByOption,
    ChartOption,
    chart_card,
    hours_sentence,
    week_grid,
)
from tokenscope.answers.usage.usage_table import CAPTION, NamedUsage, UsageRow, activity_card, grouped_cards, usage_card
from tokenscope.history.activity_counts import ActivityCounts
from tokenscope.history.calendar_periods import HOUR, Timeline
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.question import Drawing, Question

TITLE = "Hour by hour"


class Hour(Value):
    """`hour` of the day, 0 to 23; `sessions` with a response in it; `tokens_by_weekday`: 7 sums from Monday on."""

    hour: int
    usage: Usage
    sessions: int
    tokens_by_weekday: list[int]
    activity: ActivityCounts | None
    group: str | None  # with `grouped_by`: the name that its responses have in common; null: the log does not say


class HourlyReport(Value):
    """`total` is the sum of the hours: responses without a readable time are in neither (T51)."""

    hours: list[Hour]
    total: Usage
    chart: Timeline[int] | None
    grouped_by: str | None
    groups: list[GroupSum]  # what each name came to in all together


def analyze(
    history: History, *, chart: ChartOption = False, by: ByOption = None, activity: ActivityOption = False
) -> HourlyReport:
    """Usage by local hour of the day, from midnight on; hours without any are left out."""
    found = measure_periods(history, HOUR, chart=chart, by=by, activity=activity)
    rows = [Hour(*one) for one in found.sums]
    return HourlyReport(rows, found.total, found.chart, found.by, found.groups)


def cards(report: HourlyReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.hours:
        return (Card(TITLE, "No responses here: nothing was used."),)
    if report.grouped_by and report.chart is None:
        named = [NamedUsage(figures.hour(one.hour), one.usage, one.group) for one in report.hours]
        return grouped_cards(TITLE, ("from", "from midnight on"), named, report.groups, report.grouped_by, drawing)
    tokens = {one.hour: one.usage.total_tokens for one in report.hours}
    sentence = hours_sentence([tokens.get(hour, 0) for hour in range(24)], "your tokens were used")
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
    help="Tokens and list price by hour of the day and day of the week, as a heat map.",
    group="Over time",
    reading=READING,
    analyze=analyze,
    cards=cards,
    rows="hours",
    next=("daily", "weekly", "sessions"),
    examples=("", "--chart", "--since 30d"),
)
