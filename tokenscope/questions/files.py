"""Which files were changed and read most, and what reading them cost to carry?"""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.activity.file_groups import (
    FileRow,
    FilesBy,
    file_rows,
    seen_from,
)
from tokenscope.history.activity import CHANGES, READS, Activity
from tokenscope.history.history import History
from tokenscope.ledger.all_threads import start_walks
from tokenscope.model import Facet
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Option, Question, Reading
from tokenscope.view.short_names import short_path

CAPTION = "by Edit and Write that succeeded: what Bash changed cannot be seen"
IN_A_SENTENCE = 48  # characters of a path
READ_CAPTION = "carried: est. tokens of what was read, with every later response"


class FilesReport(Value):
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


def analyze(
    history: History, *, by: Annotated[FilesBy, Option("What a row is.", "file|folder|extension")] = FilesBy.FILE
) -> FilesReport:
    """Files that tools read, edited or wrote, those with the most changed lines first, then the most carried."""
    history.once(start_walks)  # other processes begin with the ledger while this one adds up
    uses = [use for use in history.once(Activity).tool_uses if use.path and use.outcome == "ok"]
    rows = file_rows(history, uses, by)
    return FilesReport(
        files=rows,
        by=by,
        files_changed=len({use.path for use in uses if use.name in CHANGES}),
        files_read=len({use.path for use in uses if use.name in READS}),
        reads=sum(row.reads for row in rows),
        edits=sum(row.edits for row in rows),
        writes=sum(row.writes for row in rows),
        lines_added=sum(row.lines_added for row in rows),
        lines_removed=sum(row.lines_removed for row in rows),
        tokens_carried=sum(row.tokens_carried for row in rows),
    )


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
    sums = [sum(getattr(row, name) for row in changed) for name in ("edits", "writes", "lines_added", "lines_removed")]
    whole = Row((IN_ALL, *(figures.count(one or None) for one in sums))) if len(changed) > 1 else None
    sentence = (
        f"{figures.plural(report.lines_added, 'line')} {'was' if report.lines_added == 1 else 'were'} added and "
        f"{figures.count(report.lines_removed)} removed in "
        f"{figures.plural(report.files_changed, 'file')}; most in {short_path(names[0], IN_A_SENTENCE)}."
    )
    return Card(title, sentence, (Table(columns, rows, len(changed) - len(shown), whole),), (), CAPTION)


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
    first, name = read[0], short_path(names[0], IN_A_SENTENCE)
    sentence = (
        f"{figures.plural(report.reads, 'read')} of {figures.plural(report.files_read, 'file')}; what "
        f"{name} held was carried most: {figures.tokens(first.tokens_carried)} tokens."
    )
    reads, tokens = sum(row.reads for row in read), sum(row.tokens_carried for row in read)
    whole = Row((IN_ALL, figures.count(reads or None), "", figures.tokens(tokens))) if len(read) > 1 else None
    table = Table(columns, rows, len(read) - len(shown), whole)
    return Card(title, sentence, (table,), _read_actions(report, first, name), READ_CAPTION)


def _read_actions(report: FilesReport, first: FileRow, name: str) -> tuple[str, ...]:
    if report.by is not FilesBy.FILE or first.reads < 3:
        return ()
    return (
        f"say in CLAUDE.md what matters in {name}, or ask for a range of its lines: it was read {first.reads:,} times",
    )


def _names(report: FilesReport, rows: list[FileRow]) -> list[str]:
    """Paths as seen from their project, with its name in front where there are several."""
    if report.by is FilesBy.EXTENSION:
        return [row.path for row in rows]
    several = len({row.project for row in report.files}) > 1
    return [seen_from(row.project, row.path, several=several) for row in rows]


QUESTION = Question(
    name="files",
    help="Files by changed lines and by reads, and what reading them cost.",
    reading=Reading(Facet.ITEMS | Facet.TOUCHED),
    analyze=analyze,
    cards=cards,
    begin=start_walks,
    rows="files",
    group="What was done",
    next=("tools", "git", "context"),
    examples=("", "--by folder", "--since 7d --csv"),
)
