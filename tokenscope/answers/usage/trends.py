"""How the tokens of models or projects went over time: a trend beside each row, or bars over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from tokenscope.answers.usage.periods import day_label, month_label
from tokenscope.answers.usage.usage_charts import chart_card
from tokenscope.answers.usage.usage_table import CAPTION, UsageRow, usage_card
from tokenscope.errors import UsageError
from tokenscope.history.calendar_periods import (
    CHART_PERIODS,
    DAY,
    MONTH,
    TREND_PERIODS,
    WEEK,
    Amounts,
    Timeline,
    fitting_period,
    timeline,
)
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum, Name, StampField, by_stamp, split, sum_by_name
from tokenscope.history.usage import share_of as usage_share
from tokenscope.model import Message, Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column
from tokenscope.view.money import part
from tokenscope.view.question import Drawing

PERIODS = {one.name: one for one in (DAY, WEEK, MONTH)}
LABELS: dict[str, Callable[[date, Drawing], str]] = {"day": day_label, "week": day_label, "month": month_label}


class Trend(Value):
    """Which days, weeks or months (`unit`) the rows' trends are about, without gaps; by their first days."""

    unit: str
    periods: list[date]


def measure_trends(history: History, amounts: Amounts) -> tuple[Trend, dict[str, list[int]]]:
    """The newest days, weeks or months, whichever the scope's time holds few enough of, and the tokens by name."""
    found = timeline(history, fitting_period(history, TREND_PERIODS), amounts, most=TREND_PERIODS)
    nothing = [0] * len(found.periods)  # of what has no time (T51)
    return Trend(found.unit, found.periods), defaultdict(
        lambda: nothing, {one.name: one.tokens for one in found.series}
    )


class UsageGroup(NamedTuple):
    """What one model or project came to. `trend`: tokens in each period."""

    name: str
    usage: Usage
    share: float | None  # of all tokens
    trend: list[int]


def group_usage(history: History, key: Callable[[Message], str], amounts: Amounts) -> tuple[list[UsageGroup], Trend]:
    """Usage by name, the most tokens first; `amounts` are those of the trend."""
    sums = history.by(key)
    trend, tokens = measure_trends(history, amounts)
    everything = history.total.total_tokens
    order = sorted(sums, key=lambda name: (-sums[name].total_tokens, name))
    groups = [
        UsageGroup(name, sums[name].usage(), usage_share(sums[name].total_tokens, everything), tokens[name])
        for name in order
    ]
    return groups, trend


class Groups(NamedTuple):
    """Models or projects, the most tokens first, each with the name that its responses have in common, if any."""

    rows: list[tuple[str | None, UsageGroup]]
    trend: Trend
    chart: Timeline[date] | None
    groups: list[GroupSum]  # what each name came to


def measure_groups(
    history: History, key: Callable[[Message], str], amounts: Amounts, *, chart: bool, by: StampField | None
) -> Groups:
    """Usage by model or project, and with `by` by what the log says of each response. Raises UsageError."""
    if by is None:
        groups, trend = group_usage(history, key, amounts)
        return Groups([(None, one) for one in groups], trend, chart_of(history, amounts) if chart else None, [])
    if chart:
        raise UsageError("--by and --chart exclude each other", hint="use one of them")
    name = by_stamp(history, by)
    rows, trend = group_usage_by_name(history, key, amounts, name)
    return Groups(rows, trend, None, sum_by_name(history, name))


def group_usage_by_name(
    history: History, key: Callable[[Message], str], amounts: Amounts, name: Name
) -> tuple[list[tuple[str | None, UsageGroup]], Trend]:
    """The same, every model or project once for each name in it; trends are about the same periods for all."""
    trend, _ = measure_trends(history, amounts)
    everything, found = history.total.total_tokens, list[tuple[str | None, UsageGroup]]()
    period = PERIODS[trend.unit]
    for one, alike in split(history, name).items():
        own = timeline(alike, period, amounts, most=TREND_PERIODS)
        tokens = {series.name: dict(zip(own.periods, series.tokens, strict=True)) for series in own.series}
        for group, tally in alike.by(key).items():
            spread = [tokens.get(group, {}).get(start, 0) for start in trend.periods]
            usage = tally.usage()
            found.append((one or None, UsageGroup(group, usage, usage_share(usage.total_tokens, everything), spread)))
    return sorted(found, key=lambda row: (-row[1].usage.total_tokens, row[1].name, row[0] or "")), trend


def chart_of(history: History, amounts: Amounts) -> Timeline[date]:
    """The same over all of the time, for bars."""
    return timeline(history, fitting_period(history, CHART_PERIODS), amounts)


def largest_of(names: Sequence[str], first: Usage, total: Usage, drawing: Drawing, *, kind: str) -> str:
    """What the first of these models or projects took of all, in a sentence."""
    if len(names) == 1:
        return f"{names[0]} took all of your tokens."
    taken, basis = part(first, total, drawing.plan)
    return f"{names[0]} took {figures.share(taken)} of your {basis}, the most of {len(names)} {kind}."


def trend_card(
    title: str,
    sentence: str,
    rows: Sequence[UsageRow],
    drawing: Drawing,
    *,
    label: Column,
    trend: Trend,
    chart: Timeline[date] | None,
) -> Card:
    """A table with a trend beside each row, or bars over time where a chart was asked for."""
    if chart is not None:
        labels = [LABELS[chart.unit](start, drawing) for start in chart.periods]
        return chart_card(title, sentence, labels, chart.series, drawing, caption=f"{CAPTION} · a bar a {chart.unit}")
    spread = f"by {trend.unit}"
    caption = f"{CAPTION} · {spread}: each line on its own scale"
    return usage_card(title, sentence, rows, drawing, label=label, spread=spread, caption=caption)
