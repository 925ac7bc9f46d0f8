"""Which files were changed and read most, and what reading them cost to carry?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from tokenscope.history.activity import EDITS, READS, WRITES, Activity
from tokenscope.history.history import History
from tokenscope.ledger.context_costs import carried_by_tools
from tokenscope.model import Facet
from tokenscope.store import ToolUse
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Option, Question, Reading

CAPTION = "by Edit and Write that succeeded: what Bash changed cannot be seen"
IN_A_SENTENCE = 48  # characters of a path
READ_CAPTION = "carried: est. tokens of what was read, with every later response"
NO_EXTENSION = "(none)"


class FilesBy(StrEnum):
    """What a row of the table is."""

    FILE = "file"
    FOLDER = "folder"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, or all files of a folder or an extension together (`files`). Only uses that succeeded are counted.

    `project`: of the session that used it first. Lines are those of edits and writes (T44); through Bash they are
    unseen. `tokens_carried` (est.): what was read of it, by every later response in scope. A file of which only an
    older read was carried has no reads.
    """

    path: str
    project: str
    files: int
    reads: int
    edits: int
    writes: int
    created: int
    lines_added: int
    lines_removed: int
    sessions: int
    tokens_carried: int


@dataclass(frozen=True, slots=True)
class FilesReport:
    """`by`: "file", "folder" or "extension". Reads to tokens are sums over the rows."""

    files: list[FileRow]
    by: FilesBy
    files_changed: int
    files_read: int
    reads: int
    edits: int
    writes: int
    lines_added: int
    lines_removed: int
    tokens_carried: int


@dataclass(slots=True)
class _Sums:
    project: str = ""
    paths: set[str] = field(default_factory=set)
    reads: int = 0
    edits: int = 0
    writes: int = 0
    created: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    sessions: set[str] = field(default_factory=set)
    tokens: int = 0


def analyze(
    history: History, *, by: Annotated[FilesBy, Option("What a row is.", "file|folder|extension")] = FilesBy.FILE
) -> FilesReport:
    """Files that tools read, edited or wrote, those with the most changed lines first, then the most carried."""
    activity = history.once(Activity)
    sums: dict[str, _Sums] = defaultdict(_Sums)
    key = KEYS[by]
    uses = [use for use in activity.tool_uses if use.path and use.outcome == "ok"]
    for use in uses:
        _enter(sums[key(use.path)], use, activity)
    projects = activity.projects_by_path
    for path, tokens in history.once(carried_by_tools).by_path.items():
        if path and tokens:
            one = sums[key(path)]
            one.tokens += tokens
            one.paths.add(path)
            one.project = one.project or projects.get(path, "")
    rows = sorted((_row(name, one) for name, one in sums.items()), key=_order)
    return FilesReport(
        files=rows,
        by=by,
        files_changed=len({use.path for use in uses if use.name in EDITS | WRITES}),
        files_read=len({use.path for use in uses if use.name in READS}),
        reads=sum(row.reads for row in rows),
        edits=sum(row.edits for row in rows),
        writes=sum(row.writes for row in rows),
        lines_added=sum(row.lines_added for row in rows),
        lines_removed=sum(row.lines_removed for row in rows),
        tokens_carried=sum(row.tokens_carried for row in rows),
    )


def _enter(sums: _Sums, use: ToolUse, activity: Activity) -> None:
    sums.project = sums.project or activity.project(use.thread)
    sums.paths.add(use.path)
    sums.reads += use.name in READS
    sums.edits += use.name in EDITS
    sums.writes += use.name in WRITES
    sums.created += use.created
    sums.lines_added += use.lines_added
    sums.lines_removed += use.lines_removed
    sums.sessions.add(activity.session_id(use.thread))


def _row(name: str, one: _Sums) -> FileRow:
    return FileRow(
        path=name,
        project=one.project,
        files=len(one.paths),
        reads=one.reads,
        edits=one.edits,
        writes=one.writes,
        created=one.created,
        lines_added=one.lines_added,
        lines_removed=one.lines_removed,
        sessions=len(one.sessions),
        tokens_carried=one.tokens,
    )


def _order(row: FileRow) -> tuple[int, int, int, str]:
    return -(row.lines_added + row.lines_removed), -(row.edits + row.writes), -row.tokens_carried, row.path


def _separator(path: str) -> str:
    return "\\" if "\\" in path and "/" not in path else "/"


def folder_of(path: str) -> str:
    """Where a file is; "" where its path does not say."""
    return path.rpartition(_separator(path))[0]


def extension_of(path: str) -> str:
    """What its name ends in, with the dot."""
    name = path.rpartition(_separator(path))[2]
    stem, dot, ending = name.rpartition(".")
    return dot + ending if stem and ending else NO_EXTENSION


KEYS: dict[FilesBy, Callable[[str], str]] = {
    FilesBy.FILE: lambda path: path,
    FilesBy.FOLDER: folder_of,
    FilesBy.EXTENSION: extension_of,
}
PLURALS = {FilesBy.FILE: "files", FilesBy.FOLDER: "folders", FilesBy.EXTENSION: "extensions"}


def cards(report: FilesReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.files:
        return (Card("Files", "No file was read, edited or written here."),)
    return _changed_card(report, drawing), _read_card(report, drawing)


def _changed_card(report: FilesReport, drawing: Drawing) -> Card:
    title = "What was changed"
    changed = [row for row in report.files if row.edits + row.writes]
    if not changed:
        return Card(title, "No file was edited or written.", (), (), CAPTION)
    columns = (
        Column(report.by, "path"),
        Column("edits", "number"),
        Column("writes", "number", spare=True),
        Column("+lines", "number"),
        Column("-lines", "number"),
        Column("sessions", "number", spare=True),
        Column("", "bar"),
    )
    shown = changed[: drawing.limit]
    names = _names(report, shown)
    rows = tuple(
        Row(
            (
                name,
                figures.count(row.edits or None),
                figures.count(row.writes or None),
                figures.count(row.lines_added),
                figures.count(row.lines_removed),
                figures.count(row.sessions),
                float(row.lines_added + row.lines_removed),
            ),
            tone=Tone.OUTPUT,
        )
        for name, row in zip(names, shown, strict=True)
    )
    sentence = (
        f"{figures.plural(report.lines_added, 'line')} {'was' if report.lines_added == 1 else 'were'} added and "
        f"{figures.count(report.lines_removed)} removed in "
        f"{figures.plural(report.files_changed, 'file')}; most in {figures.short_path(names[0], IN_A_SENTENCE)}."
    )
    return Card(title, sentence, (Table(columns, rows, len(changed) - len(shown)),), (), CAPTION)


def _read_card(report: FilesReport, drawing: Drawing) -> Card:
    title = "What was read"
    read = sorted(
        (row for row in report.files if row.reads + row.tokens_carried),
        key=lambda row: (-row.tokens_carried, -row.reads, row.path),
    )
    if not read:
        return Card(title, "No file was read.")
    columns = (
        Column(report.by, "path"),
        Column("reads", "number"),
        Column("sessions", "number", spare=True),
        Column("carried", "number"),
        Column("", "bar"),
    )
    shown = read[: drawing.limit]
    names = _names(report, shown)
    rows = tuple(
        Row(
            (
                name,
                figures.count(row.reads or None),
                figures.count(row.sessions or None),
                figures.tokens(row.tokens_carried),
                float(row.tokens_carried),
            ),
            tone=Tone.CARRIED,
        )
        for name, row in zip(names, shown, strict=True)
    )
    first, name = read[0], figures.short_path(names[0], IN_A_SENTENCE)
    sentence = (
        f"{figures.plural(report.reads, 'read')} of {figures.plural(report.files_read, 'file')}; what "
        f"{name} held was carried most: {figures.tokens(first.tokens_carried)} tokens."
    )
    table = Table(columns, rows, len(read) - len(shown))
    return Card(title, sentence, (table,), _read_actions(report, first, name), READ_CAPTION)


def _read_actions(report: FilesReport, first: FileRow, name: str) -> tuple[str, ...]:
    if report.by is not FilesBy.FILE or first.reads < 3:
        return ()
    return (
        f"say in CLAUDE.md what matters in {name}, or ask for a range of its lines: it was read {first.reads:,} times",
    )


def _names(report: FilesReport, rows: list[FileRow]) -> list[str]:
    """Paths as seen from their project, with its name in front where there are several."""
    several = len({row.project for row in report.files}) > 1
    return [row.path if report.by is FilesBy.EXTENSION else _seen_from(row, several=several) for row in rows]


def _seen_from(row: FileRow, *, several: bool) -> str:
    project = row.project.rstrip("/\\")
    rest = row.path.removeprefix(project)
    if not project or rest == row.path or rest[:1] not in ("", "/", "\\"):
        return figures.home_path(row.path) or "."
    name = figures.project_name(project)
    if several or not rest:
        return name + rest
    return rest[1:]


QUESTION = Question(
    name="files",
    help="Files by changed lines and by reads, and what reading them cost.",
    reading=Reading(Facet.CONTENT | Facet.TOOLS),
    analyze=analyze,
    cards=cards,
    rows="files",
    group="What was done",
    next=("tools", "git", "context"),
    examples=("", "--by folder", "--since 7d --csv"),
)
