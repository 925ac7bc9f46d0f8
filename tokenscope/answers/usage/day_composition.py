"""What each day's usage was made of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from tokenscope.answers.context.composition import Composition, composition_of
from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing


@dataclass(frozen=True, slots=True)
class DayComposition:
    """`messages`: responses of that local day."""

    date: date
    messages: int
    total_tokens: int
    list_price_usd: float | None
    composition: Composition


def compose_days(history: History) -> list[DayComposition]:
    """Every local day that has responses in scope, the oldest first; responses without a time are on none (T51)."""
    dated, find = history.dated(), history.days.day
    tallies = dated.by(lambda message: find(message.time or 0))
    rebuilt: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for rebuild, price in zip(dated.rebuilds_in_scope, dated.rebuild_prices, strict=True):
        sums = rebuilt[find(history.store.messages[rebuild.message].time or 0)]
        sums[0] += rebuild.tokens
        sums[1] += price[0] if price else 0
    days = []
    for day in sorted(tallies):
        usage = tallies[day].usage()
        composition = composition_of(tallies[day], *rebuilt[day])
        days.append(DayComposition(day, usage.messages, usage.total_tokens, usage.list_price_usd, composition))
    return days


def days_card(days: list[DayComposition], drawing: Drawing) -> Card:
    """How much on how many days, and the busiest."""
    title = "Day by day"
    if not days:
        return Card(title, "No responses here that have a time.")
    tokens = sum(day.total_tokens for day in days)
    busiest = max(days, key=lambda day: day.total_tokens)
    on = figures.calendar_day(busiest.date, drawing.zone, drawing.now)
    sentence = f"{figures.tokens(tokens)} tokens on {figures.plural(len(days), 'day')}"
    if len(days) > 1:
        sentence += f"; the busiest was {on} with {figures.tokens(busiest.total_tokens)}"
    return Card(title, sentence + ".", caption="exact tokens at API list prices · days of each response")
