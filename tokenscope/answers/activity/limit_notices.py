"""Limits: those that were reached, and what /usage said last (T63)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from tokenscope.history.history import History
from tokenscope.history.limits import MODEL, SESSION, USAGE, WEEK, LimitReached
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

NAMES = {SESSION: "session (5 h)", WEEK: "week", MODEL: "model", USAGE: "usage"}
TOLD_NAMES = {SESSION: "five-hour", WEEK: "weekly"}
LENGTHS = {SESSION: 5 * 3_600_000, WEEK: 7 * 86_400_000, MODEL: 7 * 86_400_000}  # ms
MINUTE = 60_000  # ms


class LastToldLimit(Value):
    """`kind` as in LimitReached, or what Claude Code calls it. `is_over`: its window has closed since."""

    kind: str
    model: str | None
    used_share: float  # of the limit; 1 is all of it
    resets_at: datetime | None
    is_over: bool


class LastUsageReport(Value):
    """What /usage said last, as Claude Code kept it: as old as `told_at`. The limits used up most come first."""

    told_at: datetime
    limits: list[LastToldLimit]


def measure_last_usage(history: History) -> LastUsageReport | None:
    """None where nothing was kept. Needs OtherFiles.LIMITS."""
    told, scope = history.store.machine.told_limits, history.scope
    if told is None:
        return None
    limits = []
    for one in sorted(told.limits, key=lambda one: -one.used_percent):
        resets = None if one.resets is None else round(one.resets / MINUTE) * MINUTE  # it is told to the millisecond
        closed = told.fetched + LENGTHS.get(one.kind, LENGTHS[WEEK]) if resets is None else resets
        limits.append(
            LastToldLimit(
                one.kind,
                one.model or None,
                round(one.used_percent / 100, 6),
                None if resets is None else scope.local(resets),
                closed <= scope.now,
            )
        )
    return LastUsageReport(scope.local(told.fetched), limits)


def told_resets(report: LastUsageReport | None, kind: str, span: int) -> list[int]:
    """When a window of `span` ms that was open then closes, ms since the epoch."""
    if report is None:
        return []
    resets = [one.resets_at for one in report.limits if one.kind == kind and one.resets_at]
    longest = timedelta(milliseconds=span)
    return [round(one.timestamp() * 1000) for one in resets if timedelta() < one - report.told_at <= longest]


def last_usage_card(report: LastUsageReport, drawing: Drawing) -> Card:
    """What it said, how long ago, and which of it is past."""
    age = figures.duration(drawing.now - report.told_at.timestamp() * 1000)
    current = [one for one in report.limits if not one.is_over]
    if current:
        first = current[0]
        used = figures.share(first.used_share)
        sentence = f"{age} ago /usage said that {used} of the {_called(first)} limit was used."
    else:
        sentence = f"What /usage said last is {age} old: every window in it has closed since."
    columns = (
        Column("limit", "label"),
        Column("used", "number"),
        Column("resets", "number"),
        Column("", "bar"),
        Column("state", "remark"),
    )
    shown = report.limits[: drawing.limit]
    rows = tuple(_told_row(one, drawing) for one in shown)
    told = figures.clock(report.told_at, drawing.zone, drawing.now)
    caption = f"Anthropic's own count, kept by Claude Code · told {told}: later use is not in it"
    return Card(
        "What /usage said last", sentence, (Table(columns, rows, len(report.limits) - len(shown)),), (), caption
    )


def _called(one: LastToldLimit) -> str:
    return one.model or TOLD_NAMES.get(one.kind, one.kind.replace("_", " "))


def _told_row(one: LastToldLimit, drawing: Drawing) -> Row:
    resets = figures.clock(one.resets_at, drawing.zone, drawing.now) if one.resets_at else "not said"
    cells = (_called(one), figures.share(one.used_share), resets, one.used_share, "closed since" if one.is_over else "")
    return Row(cells, Tone.DIM if one.is_over else Tone.CARRIED)


def limits_card(limits: Sequence[LimitReached], drawing: Drawing) -> Card:
    """Which limits were reached, and when each was to reset; the newest first. For one limit at least."""
    kinds = Counter(limit_name(one) for one in limits)
    counted = ", ".join(f"{name} {number:,}" for name, number in kinds.most_common())
    sentence = f"A limit was reached {figures.plural(len(limits), 'time')}: {counted}."
    columns = (Column("told", "number"), Column("limit", "label"), Column("resets", "number"), Column("zone", "text"))
    shown = limits[::-1][: drawing.limit]
    rows = tuple(_row(one, drawing) for one in shown)
    caption = "as its messages say · times in your zone, beside the one that they name"
    return Card("Limits", sentence, (Table(columns, rows, len(limits) - len(shown)),), (), caption)


def limit_name(one: LimitReached) -> str:
    """Which limit it is: the session's, the week's, a model's own."""
    return f"{one.model} limit" if one.model else NAMES[one.kind]


def _row(one: LimitReached, drawing: Drawing) -> Row:
    told = figures.clock(one.at, drawing.zone, drawing.now) if one.at else ""
    resets = figures.clock(one.resets_at, drawing.zone, drawing.now) if one.resets_at else "not said"
    return Row((told, limit_name(one), resets, _place(one.zone or "")))


def _place(zone: str) -> str:
    """The place of a zone, which tells it as well and fits into a narrow card: New York of America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")
