"""What changed, and when? Shifts of floors with what was logged then, and all else that the log names."""

from __future__ import annotations

from tokenscope.answers.comparison.compare_cards import VERDICTS
from tokenscope.answers.comparison.session_states import MODEL
from tokenscope.answers.comparison.what_changed import (
    ChangesReport,
    FloorShift,
    LoggedChange,
    change_words,
    find_changes,
)
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing, Question, Reading

NOTHING = "nothing logged changed"
NAMED = 6  # shifts whose time is looked at on the card
KINDS = {"cache_lifetime": "cache lifetime", "subagent_cache_lifetime": "subagents' cache"}


def changes_cards(report: ChangesReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.sessions:
        return (Card("What changed", "No sessions here, so nothing that could have changed."),)
    return (_shifts_card(report, drawing), _events_card(report, drawing))


def _shifts_card(report: ChangesReport, drawing: Drawing) -> Card:
    title = "Where the floor shifted"
    if not report.shifts:
        sentence = "No floor shifted by 4K tokens or more with five sessions on each side."
        return Card(title, sentence, (), (), _population(report))
    columns = (
        Column("project", "path"),
        Column("since", "number"),
        Column("before", "number"),
        Column("after", "number"),
        Column("sessions", "number", spare=True),
        Column("chance?", "number"),
    )
    shown = report.shifts[: drawing.limit]
    table = Table(columns, tuple(_shift_row(one, drawing) for one in shown), len(report.shifts) - len(shown))
    chance = f"{len(report.shifts)} found, {report.expected_by_chance:.1f} in shuffled order"
    caption = f"est. · {chance} · {_population(report)} · at the same time is not why"
    notes = tuple(_named(one, drawing) for one in shown[:NAMED])
    return Card(title, _sentence(report, drawing), (table, *notes), (), caption)


def _named(one: FloorShift, drawing: Drawing) -> Note:
    """What was logged at the time of a shift."""
    day = figures.calendar_day(one.date, drawing.zone, drawing.now)
    return Note(f"{figures.project_name(one.project)}, {day}: {', '.join(one.named) or NOTHING}", Tone.DIM)


def _population(report: ChangesReport) -> str:
    projects = figures.plural(report.projects, "project")
    return f"{figures.plural(report.sessions, 'session')} of {projects}"


def _sentence(report: ChangesReport, drawing: Drawing) -> str:
    expected = f"{report.expected_by_chance:.1f}"
    clear = [one for one in report.shifts if not one.could_be_chance]
    if not clear:
        count = figures.plural(len(report.shifts), "shift")
        return f"{count} of a floor found, none clearer than chance may bring ({expected} found in shuffled order)."
    newest, more = clear[0], len(clear) - 1
    change = newest.after - newest.before
    size = f"{'+' if change > 0 else '−'}{figures.tokens(abs(change))}"
    day = figures.calendar_day(newest.date, drawing.zone, drawing.now)
    others = f"; {figures.plural(more, 'other shift')} beside it" if more else ""
    where = figures.project_name(newest.project)
    return f"The floor of {where} shifted by {size} tokens on {day}{others}, clearer than chance brings."


def _shift_row(one: FloorShift, drawing: Drawing) -> Row:
    return Row(
        (
            figures.project_name(one.project),
            figures.calendar_day(one.date, drawing.zone, drawing.now),
            figures.tokens(one.before),
            figures.tokens(one.after),
            f"{one.sessions_before:,} · {one.sessions_after:,}",
            VERDICTS[one.could_be_chance],
        )
    )


def _events_card(report: ChangesReport, drawing: Drawing) -> Card:
    title = "What the log says changed"
    if not report.events:
        return Card(title, "Nothing logged changed: no version, model, cache lifetime, effort, MCP server or subagent.")
    columns = (
        Column("since", "number"),
        Column("project", "path"),
        Column("what", "label"),
        Column("floor", "number", spare=True),
        Column("rebuilt", "number", spare=True),
        Column("an ask", "dollars", spare=True),
    )
    shown = report.events[: drawing.limit]
    table = Table(columns, tuple(_event_row(one, drawing) for one in shown), len(report.events) - len(shown))
    newest = report.events[0]
    day = figures.day(newest["at"], drawing.zone, drawing.now)
    what = _what(newest)
    sentence = f"{figures.plural(len(report.events), 'change')} logged, the newest on {day}: {what}."
    caption = (
        "an ask: at list price · before → after over at most five sessions of a project and model: too few to judge by"
    )
    return Card(title, sentence, (table,), (), caption)


def _what(one: LoggedChange) -> str:
    before, after = one["from"], one["to"]
    if one["kind"] == MODEL:
        before, after = figures.model_name(before), figures.model_name(after)
    return change_words(KINDS.get(one["kind"], one["kind"]), before, after)


def _event_row(one: LoggedChange, drawing: Drawing) -> Row:
    rebuilt = figures.shares([one["rebuilt_share_before"], one["rebuilt_share_after"]])
    asks = [figures.dollars(one[name]) for name in ("usd_per_ask_before", "usd_per_ask_after")]
    return Row(
        (
            figures.day(one["at"], drawing.zone, drawing.now),
            figures.project_name(one["project"]),
            _what(one),
            _pair(figures.tokens(one["floor_before"]), figures.tokens(one["floor_after"])),
            _pair(*rebuilt),
            _pair(*asks),
        )
    )


def _pair(before: str, after: str) -> str:
    return f"{before} → {after}" if before and after else ""


def analyze(history: History) -> ChangesReport:
    """What the log names, and where floors shifted for good."""
    return find_changes(history)


QUESTION = Question(
    name="changes",
    help="What changed when: versions, models, efforts, cache lifetimes, MCP servers, floors.",
    reading=Reading(Facet.ITEMS | Facet.EFFORTS),
    analyze=analyze,
    cards=changes_cards,
    rows="shifts",
    group="Before and after",
    next=("compare", "context"),
    examples=("", "--since 30d", "--project shop"),
)
