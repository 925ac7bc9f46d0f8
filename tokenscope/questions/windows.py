"""What was used in five hours and in seven days, as plans count it, and what was in the busiest of them?

How much a plan allows, and what a token weighs in it, is not published: here are tokens and list price, never
a share of a limit.
"""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.activity.limit_notices import (
    LastUsageReport,
    last_usage_card,
    limits_card,
    measure_last_usage,
    told_resets,
)
from tokenscope.answers.usage.window_usage import Window, window_of
from tokenscope.history.history import History
from tokenscope.history.limits import SESSION, WEEK, LimitReached, limits_reached, resets_of
from tokenscope.history.rolling_windows import (
    FIVE_HOURS,
    SEVEN_DAYS,
    RollingTimeline,
    now_of,
    parse_reset,
    reaches_back,
)
from tokenscope.history.usage import share_of
from tokenscope.machine import OtherFiles
from tokenscope.model import Facet, Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Option, Question, Reading

LIMITS = "what limits weigh is not published"


class Rolling(Value):
    """The last `hours` before now, and the `hours` with the most tokens. None: not all of it is in scope."""

    hours: int
    last: Window | None
    busiest: Window | None


class WindowsReport(Value):
    """`windows` of five hours and `weeks` of seven days, the oldest first: each of them adds up to `total`.

    `limits`: what Claude Code said about limits; their resets put windows in place, as those that are given do, and as
    those of `last_usage` do: what /usage said last (null: nothing of it was kept).
    """

    windows: list[Window]
    weeks: list[Window]
    rolling: list[Rolling]
    total: Usage
    limits: list[LimitReached]
    last_usage: LastUsageReport | None = None


def analyze(
    history: History,
    *,
    resets_at: Annotated[
        str | None, Option("When a 5-hour window resets, as /usage says: 7:20pm (Europe/Berlin), an ISO time.", "WHEN")
    ] = None,
    week_resets_at: Annotated[
        str | None, Option("When the week resets, as /usage says: Nov 24, 9am (UTC), Mon 9am, an ISO time.", "WHEN")
    ] = None,
) -> WindowsReport:
    """Usage by five-hour and by seven-day windows, and the busiest stretches of both lengths."""
    scope = history.scope
    limits = limits_reached(history)
    anchors = [] if resets_at is None else [parse_reset(resets_at, scope, FIVE_HOURS)]
    weeks = [] if week_resets_at is None else [parse_reset(week_resets_at, scope, SEVEN_DAYS)]
    told = measure_last_usage(history)
    anchors += [*told_resets(told, SESSION, FIVE_HOURS), *resets_of(limits, SESSION, FIVE_HOURS)]
    weeks += [*told_resets(told, WEEK, SEVEN_DAYS), *resets_of(limits, WEEK, SEVEN_DAYS)]
    dated = history.dated()
    timeline = RollingTimeline(dated)
    return WindowsReport(
        [window_of(dated, stretch, "estimated") for stretch in timeline.opened(FIVE_HOURS, *anchors)],
        [
            window_of(dated, stretch, "rolling")
            for stretch in timeline.side_by_side(SEVEN_DAYS, (*weeks, now_of(scope))[0], is_anchored=bool(weeks))
        ],
        [_rolling(dated, timeline, span) for span in (FIVE_HOURS, SEVEN_DAYS)],
        dated.total.usage(),
        limits,
        told,
    )


def _rolling(history: History, timeline: RollingTimeline, span: int) -> Rolling:
    scope, now = history.scope, now_of(history.scope)
    is_whole = reaches_back(scope, now - span)
    busiest = timeline.busiest(span) if is_whole else None
    return Rolling(
        span // 3_600_000,
        window_of(history, timeline.between(now - span, now), "rolling") if is_whole else None,
        None if busiest is None else window_of(history, busiest, "rolling"),
    )


def cards(report: WindowsReport, drawing: Drawing) -> tuple[Card, ...]:
    limits = (limits_card(report.limits, drawing),) if report.limits else ()
    if report.last_usage is not None:
        limits = (last_usage_card(report.last_usage, drawing), *limits)
    if not report.windows:
        return (Card("Five hours and seven days", "No responses here: nothing was used."), *limits)
    rolling = [one for one in report.rolling if one.last is not None]
    first = (_rolling_card(rolling, drawing),) if rolling else ()
    return (*first, _windows_card(report, drawing), _weeks_card(report, drawing), *limits)


def _rolling_card(rolling: list[Rolling], drawing: Drawing) -> Card:
    rows: list[tuple[str, Window]] = []
    for one in rolling:
        length = f"{one.hours} h" if one.hours < 48 else f"{one.hours // 24} d"
        if one.last is not None:
            rows.append((f"last {length}", one.last))
        if one.busiest is not None:
            rows.append((f"busiest {length}", one.busiest))
    last = rows[0][1]
    columns = (
        Column("window"),
        Column("tokens", "number"),
        Column("carried", "number"),
        Column("new", "number"),
        Column("rebuilt", "number", spare=True),
        Column("output", "number", spare=True),
        Column("list price", "dollars"),
        Column("when", "remark"),
    )
    table = Table(columns, tuple(_rolling_row(name, window, drawing) for name, window in rows))
    caption = f"exact tokens at API list prices · until {figures.clock(last.ended_at, drawing.zone, drawing.now)}"
    return Card("Five hours and seven days", _rolling_sentence(rolling[0]), (table,), (), f"{caption} · {LIMITS}")


def _rolling_sentence(shortest: Rolling) -> str:
    length = f"{shortest.hours} hours"
    used = shortest.last.usage.total_tokens if shortest.last is not None else 0
    sentence = f"The last {length} used {figures.tokens(used)} tokens" if used else f"Nothing in the last {length}"
    if shortest.busiest is not None:
        sentence += f"; the most in any {length} was {figures.tokens(shortest.busiest.usage.total_tokens)} tokens"
    return sentence + "."


def _rolling_row(name: str, window: Window, drawing: Drawing) -> Row:
    made_of = window.composition
    return Row(
        (
            name,
            figures.tokens(window.usage.total_tokens),
            *(figures.tokens(part.tokens) for part in (made_of.carried, made_of.new, made_of.rebuilt, made_of.output)),
            figures.dollars(window.usage.list_price_usd),
            f"from {figures.clock(window.started_at, drawing.zone, drawing.now)}",
        )
    )


def _windows_card(report: WindowsReport, drawing: Drawing) -> Card:
    busiest_first = sorted(report.windows, key=lambda one: -one.usage.total_tokens)
    busiest = busiest_first[0]
    sentence = (
        f"{figures.plural(len(report.windows), 'window')} of 5 hours; the busiest used "
        f"{figures.tokens(busiest.usage.total_tokens)} tokens{_mostly(busiest)}."
    )
    largest = busiest.sessions[0].session_id[:8]
    actions = [f"look into its largest session: {drawing.command} context --session {largest}"]
    if all(window.bounds != "told" for window in report.windows):
        actions.append("put the newest where it was, with the reset that /usage shows: --resets-at 19:20")
    caption = "est.: a window opens with the first response after the last one closed · busiest first"
    table = _table(busiest_first, report.total, drawing)
    return Card("Windows of five hours", sentence, (table,), tuple(actions), caption)


def _weeks_card(report: WindowsReport, drawing: Drawing) -> Card:
    newest_first = report.weeks[::-1]
    busiest = max(newest_first, key=lambda one: one.usage.total_tokens)
    sentence = (
        f"{figures.plural(len(report.weeks), 'window')} of 7 days; the busiest used "
        f"{figures.tokens(busiest.usage.total_tokens)} tokens{_mostly(busiest)}."
    )
    is_told = "told" in (window.bounds for window in report.weeks)
    caption = "from reset to reset" if is_told else "counted back from now, unless --week-resets-at says otherwise"
    return Card(
        "Windows of seven days",
        sentence,
        (_table(newest_first, report.total, drawing),),
        (),
        caption + " · newest first",
    )


def _mostly(window: Window) -> str:
    """Whose most of a window was, where one project had most of it."""
    by_project: dict[str, int] = {}
    for session in window.sessions:
        by_project[session.project] = by_project.get(session.project, 0) + session.usage.total_tokens
    project = max(by_project, key=lambda name: by_project[name])
    part = share_of(by_project[project], window.usage.total_tokens) or 0
    if part <= 0.5:
        return ""
    return f", {'all' if part == 1 else figures.share(part)} of them in {figures.project_name(project)}"


def _table(windows: list[Window], total: Usage, drawing: Drawing) -> Table:
    columns = (
        Column("opened", "number"),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        Column("", "bar"),
        Column("sessions", "number", spare=True),
        Column("largest session", "text"),
        Column("model", "remark"),
    )
    sums = Row((IN_ALL, figures.tokens(total.total_tokens), figures.dollars(total.list_price_usd)))
    rows = tuple(_row(window, drawing) for window in windows[: drawing.limit])
    return Table(columns, rows, len(windows) - len(rows), sums if len(windows) > 1 else None)


def _row(window: Window, drawing: Drawing) -> Row:
    usage, largest = window.usage, window.sessions[0]
    cells = (
        figures.clock(window.started_at, drawing.zone, drawing.now),
        figures.tokens(usage.total_tokens),
        figures.dollars(usage.list_price_usd),
        float(usage.total_tokens),
        figures.count(len(window.sessions)),
        largest.title or figures.project_name(largest.project),
        figures.model_name(window.models[0].model),
    )
    return Row(cells, tone=Tone.CARRIED)


QUESTION = Question(
    name="windows",
    help="Tokens in five hours and in seven days, and the busiest of them.",
    group="Over time",
    reading=Reading(Facet.TITLES | Facet.TOOLS, other_files=OtherFiles.LIMITS),
    analyze=analyze,
    cards=cards,
    rows="windows",
    next=("daily", "sessions"),
)
