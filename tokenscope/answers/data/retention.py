"""Where transcripts lie, which of them Claude Code is about to delete (T52), and which it has deleted."""

from __future__ import annotations

import math
from datetime import date, datetime

from tokenscope.history.history import History
from tokenscope.machine import NOT_THERE, File, Root
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

TITLE = "What is gone"


class SweptDay(Value):
    """A day on which sessions began that have no transcript any more. `sessions`: of all that began on it."""

    date: date
    gone: int  # sessions
    sessions: int


def measure_swept(history: History, *, is_all: bool = False) -> list[SweptDay]:
    """By local day, the oldest first. Of the window, projects and sessions asked for, unless `is_all`.

    Needs OtherFiles.PROMPTS.
    """
    store, scope, counts = history.store, history.scope, dict[date, list[int]]()
    since, until = scope.since or 0, math.inf if scope.until is None else scope.until
    for session_id, (time, project) in store.machine.prompted.items():
        is_meant = since <= time < until and scope.has_project(project)
        is_meant = is_meant and session_id.startswith(scope.sessions or ("",))
        if is_all or is_meant:
            day = counts.setdefault(history.days.day(time), [0, 0])
            day[0] += session_id not in store.sessions
            day[1] += 1
    return [SweptDay(day, gone, sessions) for day, (gone, sessions) in sorted(counts.items()) if gone]


def swept_card(days: list[SweptDay], drawing: Drawing) -> Card:
    """On which days how many sessions are gone, the newest first. For one day at least."""
    gone, known = sum(one.gone for one in days), sum(one.sessions for one in days)
    on = f"on {figures.plural(len(days), 'day')}"
    have = "has" if gone == 1 else "have"
    sentence = f"Of {figures.plural(known, 'session')} that began {on}, {gone:,} {have} no transcript any more."
    columns = (Column("day", "number"), Column("gone", "number"), Column("of", "number"))
    shown = days[::-1][: drawing.limit]
    rows = tuple(
        Row(
            (
                figures.calendar_day(one.date, drawing.zone, drawing.now),
                figures.count(one.gone),
                figures.plural(one.sessions, "session"),
            )
        )
        for one in shown
    )
    caption = "as history.jsonl says, which outlives transcripts · what is counted on such a day is a lower bound"
    return Card(TITLE, sentence, (Table(columns, rows, len(days) - len(shown)),), (), caption)


def gone_words(day: SweptDay) -> str:
    """Beside the figures of a day: how many of its sessions are gone."""
    return f"{day.gone:,} of {day.sessions:,}"


def swept_note(days: list[SweptDay], counted: set[date]) -> Note:
    """That figures are a lower bound. `counted`: days with any figures. For one swept day at least."""
    gone, known = sum(one.gone for one in days), sum(one.sessions for one in days)
    without = [one for one in days if one.date not in counted]
    text = (
        f"Of {figures.plural(known, 'session')} that began on {figures.plural(len(days), 'day')}, {gone:,} "
        f"{'has' if gone == 1 else 'have'} no transcript any more: what is counted is a lower bound"
    )
    if without:
        text += f"; on {figures.plural(len(without), 'day')} nothing is left to count"
    return Note(text + ".", Tone.DIM)


DEFAULT_DAYS = 30
DAY = 86_400_000  # ms
SOON = 7  # days: what goes within them is about to be deleted


class Folder(Value):
    """A folder that was looked in. Claude Code deletes a file `cleanup_period_days` after it was last written to.

    `settings`: the settings file that decides, there or not. The due files
    are those that reach that age within seven days.
    """

    path: str
    chosen_by: str
    found: bool
    problem: str | None
    files: int
    bytes: int
    sessions: int
    settings: str | None
    settings_problem: str | None
    cleanup_period_days: float
    is_default_period: bool
    oldest_file: str | None
    oldest_written_at: datetime | None
    due_files: int
    due_bytes: int
    due_sessions: int


def measure_folders(history: History) -> list[Folder]:
    """Every folder that was looked in, in the order of looking."""
    roots = history.store.machine.roots or [Root(path, "", "") for path in history.store.coverage.roots]
    return [_folder(history, root) for root in roots]


def _folder(history: History, root: Root) -> Folder:
    files = [file for file in history.store.survey.files if _lies_in(file.path, root.path)]
    days = DEFAULT_DAYS if root.cleanup_days is None else root.cleanup_days
    limit = history.scope.now - (days - SOON) * DAY
    due = [file for file in files if file.modified < limit] if days else files
    oldest = min(files, key=lambda file: (file.modified, file.path), default=None)
    return Folder(
        path=root.path,
        chosen_by=root.chosen_by,
        found=root.problem != NOT_THERE,
        problem=root.problem or None,
        files=len(files),
        bytes=sum(file.bytes for file in files),
        sessions=_sessions(files),
        settings=root.settings or None,
        settings_problem=root.settings_problem or None,
        cleanup_period_days=days,
        is_default_period=root.cleanup_days is None,
        oldest_file=oldest.path if oldest else None,
        oldest_written_at=history.scope.local(oldest.modified) if oldest else None,
        due_files=len(due),
        due_bytes=sum(file.bytes for file in due),
        due_sessions=_sessions(due),
    )


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith((f"{folder}/", f"{folder}\\"))


def _sessions(files: list[File]) -> int:
    return len({file.session_id for file in files})


def folders_card(folders: list[Folder], drawing: Drawing) -> Card:
    """Where transcripts were looked for and found."""
    files, size = sum(one.files for one in folders), sum(one.bytes for one in folders)
    columns = (
        Column("folder", "path"),
        Column("files", "number"),
        Column("on disk", "number"),
        Column("note", "remark"),
    )
    rows = tuple(
        Row((figures.home_path(one.path), figures.count(one.files), figures.size(one.bytes), _remark(one)))
        if one.files
        else Row((figures.home_path(one.path), None, None, _remark(one)))
        for one in folders
    )
    title, table = "Where it looked", Table(columns, rows)
    if files:
        return Card(title, f"{figures.plural(files, 'transcript')} found, {figures.size(size)} together.", (table,))
    looked = "the folder" if len(folders) == 1 else f"any of the {len(folders)} folders"
    actions = (
        "if Claude Code keeps its files elsewhere, name the folder: --root FOLDER, or CLAUDE_CONFIG_DIR",
        "under WSL the Windows side is /mnt/c/Users/NAME/.claude",
        f"{drawing.command} demo shows every card on a made-up history",
    )
    return Card(title, f"No transcripts in {looked} it looked in.", (table,), actions)


def _remark(one: Folder) -> str:
    """What is to be said of a folder."""
    where = "" if one.chosen_by in ("", "default") else f"from {one.chosen_by}"
    state = one.problem or ("" if one.files else "no transcripts")
    return ", ".join(filter(None, (state, where)))


def retention_card(folders: list[Folder], drawing: Drawing) -> Card:
    """What goes, when, and how to keep it."""
    title, kept = "What Claude Code will delete", [one for one in folders if one.files]
    if not kept:
        return Card(title, "Nothing: there are no transcripts.")
    due, size = sum(one.due_files for one in kept), sum(one.due_bytes for one in kept)
    sessions = sum(one.due_sessions for one in kept)
    sentence = "Nothing within the next seven days."
    if due:
        sentence = (
            f"Within seven days {figures.plural(due, 'file')} of {figures.plural(sessions, 'session')}, "
            f"{figures.size(size)}, will be old enough to go."
        )
    columns = (
        *(Column("folder", "path"), Column("kept for"), Column("oldest"), Column("due", "number")),
        Column("why", "remark"),
    )
    table = Table(columns, tuple(_kept_row(one, drawing) for one in kept))
    caption = "age since a file was last written to · deleted when Claude Code starts"
    return Card(title, sentence, (table,), tuple(_advice(one) for one in kept if one.due_files), caption)


def _kept_row(one: Folder, drawing: Drawing) -> Row:
    remark = f"in {figures.home_path(one.settings or '')}"
    if one.is_default_period:
        remark = f"the default: {one.settings_problem or 'cleanupPeriodDays is not set'}"
    days = f"{one.cleanup_period_days:g}"
    return Row(
        (
            figures.home_path(one.path),
            f"{days} {'day' if days == '1' else 'days'}",
            figures.day(one.oldest_written_at, drawing.zone, drawing.now),
            figures.plural(one.due_files, "file"),
            remark,
        )
    )


def _advice(one: Folder) -> str:
    where = figures.home_path(one.settings) if one.settings else "settings.json"
    return f'"cleanupPeriodDays": 365 in {where} keeps them a year'
