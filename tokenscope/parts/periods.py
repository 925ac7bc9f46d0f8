"""What day by day, week by week and month by month have in common on cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tokenscope import figures
from tokenscope.accounting.periods import Timeline
from tokenscope.card import Card, Column
from tokenscope.model import Usage
from tokenscope.parts.charts import chart_card
from tokenscope.parts.usage_table import CAPTION, UsageRow, usage_card
from tokenscope.question import Drawing


@dataclass(frozen=True, slots=True)
class Words:
    """How a question about periods speaks of them."""

    title: str
    noun: str
    column: str  # above the periods of the table
    busiest: str  # how one is named in a sentence
    spread: str  # above the sparks
    label: Callable[[date, Drawing], str]


def day_label(day: date, drawing: Drawing) -> str:
    return figures.calendar_day(day, drawing.zone, drawing.now)


def month_label(first: date, drawing: Drawing) -> str:
    return figures.month(first, drawing.zone, drawing.now)


def period_card(
    words: Words,
    rows: Sequence[tuple[date, Usage, list[int]]],
    total: Usage,
    timeline: Timeline[date] | None,
    drawing: Drawing,
) -> Card:
    """A table of the periods, newest first, or bars over time where a timeline is given. `rows`: oldest first."""
    if not rows:
        return Card(words.title, "No responses here: nothing was used.")
    start, most, _ = max(rows, key=lambda row: row[1].total_tokens)
    busiest = words.busiest.format(words.label(start, drawing))
    sentence = (
        f"{figures.tokens(total.total_tokens)} tokens in {figures.plural(len(rows), words.noun)}; "
        f"the busiest was {busiest} with {figures.tokens(most.total_tokens)}."
    )
    if len(rows) == 1:
        sentence = f"{figures.tokens(total.total_tokens)} tokens, all in {busiest}."
    if timeline is not None:
        labels = [words.label(start, drawing) for start in timeline.periods]
        return chart_card(words.title, sentence, labels, timeline.series, drawing)
    table = [UsageRow(words.label(start, drawing), usage, spread) for start, usage, spread in reversed(rows)]
    caption = f"{CAPTION} · newest first · {words.spread}: each line on its own scale"
    return usage_card(
        words.title,
        sentence,
        table,
        drawing,
        label=Column(words.column, "number"),
        spread=words.spread,
        caption=caption,
    )
