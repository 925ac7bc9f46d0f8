"""What did each day use? Days are local days of each response, not of its session's start (T50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tokenscope import figures
from tokenscope.accounting.history import History
from tokenscope.card import Card, Column
from tokenscope.model import Facet, Usage
from tokenscope.parts.usage_table import CAPTION, usage_card
from tokenscope.question import Analyzer, Drawing


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    usage: Usage


@dataclass(frozen=True, slots=True)
class DailyReport:
    """`total` is the sum of the days: responses without a readable time are in neither (T51)."""

    days: list[Day]
    total: Usage


def analyze(history: History) -> DailyReport:
    """Usage by local day, the oldest first; days without any are left out."""
    dated = history.dated()
    find = history.days.day
    days = dated.by(lambda message: find(message.time or 0))
    return DailyReport([Day(day, days[day].usage()) for day in sorted(days)], dated.total.usage())


def cards(report: DailyReport, drawing: Drawing) -> tuple[Card, ...]:
    title = "Day by day"
    if not report.days:
        return (Card(title, "No responses here: nothing was used."),)
    busiest = max(report.days, key=lambda day: day.usage.total_tokens)
    on = figures.calendar_day(busiest.date, drawing.zone, drawing.now)
    sentence = (
        f"{figures.tokens(report.total.total_tokens)} tokens on {figures.plural(len(report.days), 'day')}; "
        f"the busiest was {on} with {figures.tokens(busiest.usage.total_tokens)}."
    )
    newest_first = [
        (figures.calendar_day(day.date, drawing.zone, drawing.now), day.usage) for day in reversed(report.days)
    ]
    caption = CAPTION + " · newest first"
    return (usage_card(title, sentence, newest_first, drawing, label=Column("day", "number"), caption=caption),)


ANALYZER = Analyzer(
    name="daily",
    help="Tokens and list price by day.",
    facets=Facet.USAGE,
    analyze=analyze,
    cards=cards,
    rows="days",
    next=("models", "sessions"),
)
