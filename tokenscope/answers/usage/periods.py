"""What days, weeks, months and hours have in common: their sums, by name where that is asked for, and bars."""

from __future__ import annotations

from typing import Any, NamedTuple

from tokenscope.answers.usage.usage_charts import By
from tokenscope.errors import UsageError
from tokenscope.history.calendar_periods import (
    Amounts,
    Period,
    PeriodSum,
    Timeline,
    counter_tokens,
    model_tokens,
    sum_by_period,
    sum_by_period_and_name,
    timeline,
)
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum, Name, StampField, by_stamp, sum_by_name
from tokenscope.model import Facet, Usage
from tokenscope.view.question import Reading

READING = Reading(Facet.USAGE, by_option={"activity": Facet.TOOLS, "by": Facet.STAMPS})


class Periods(NamedTuple):
    """`sums`: the oldest first. `groups`: what each name came to in all of them together, where a name is asked for."""

    sums: list[PeriodSum[Any]]
    total: Usage
    chart: Timeline[Any] | None
    by: By | None
    groups: list[GroupSum]


def measure_periods(history: History, period: Period[Any], *, chart: bool, by: By | None, activity: bool) -> Periods:
    """Usage by period, and with `by` by name in each. Raises UsageError for what excludes each other."""
    bars = timeline(history, period, _amounts(history, by or By.MODEL)) if chart else None
    if by is None or chart:
        return Periods(*sum_by_period(history, period, activity=activity), bars, by, [])
    if activity:
        raise UsageError("--by and --activity exclude each other", hint="use one of them")
    if by is By.COUNTER:
        raise UsageError("every row has all counters", hint="--by counter is for bars: add --chart")
    name = _name(history, by)
    return Periods(*sum_by_period_and_name(history, period, name), None, by, sum_by_name(history.dated(), name))


def _name(history: History, by: By) -> Name:
    return (lambda message: message.model) if by is By.MODEL else by_stamp(history, StampField(by))


def _amounts(history: History, by: By) -> Amounts:
    if by is By.COUNTER:
        return counter_tokens
    if by is By.MODEL:
        return model_tokens
    name = _name(history, by)
    return lambda message: ((name(message) or f"no {by}", message.total_tokens),)
