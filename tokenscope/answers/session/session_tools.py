"""What one session did with tools, which files it touched, and what went wrong there."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from tokenscope.behaviour.session_steps import Step
from tokenscope.history.history import History
from tokenscope.store import ToolUse
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Part, Row, Table, Tone
from tokenscope.view.question import Drawing
from tokenscope.view.short_names import path_below

_TAG = re.compile(r"</?tool_use_error>")
SAID = 160  # characters of an error
FEW = 6  # rows of each of the tables that share a card


class ToolCount(Value):
    """`result_bytes`: of what its results put before the model."""

    tool: str
    calls: int
    errors: int
    denied: int  # uses
    result_bytes: int


class FileCount(Value):
    """A file that tools read or changed; what a shell command does to files is not in the log."""

    path: str
    reads: int
    edits: int
    lines_added: int
    lines_removed: int
    created: bool


class ErrorRow(Value):
    """One tool use that failed, was denied or was interrupted."""

    time: datetime | None
    tool: str
    what: str
    outcome: str
    error: str | None
    agent_id: str | None


class ToolsOfSession(Value):
    tools: list[ToolCount]
    files: list[FileCount]
    errors: list[ErrorRow]


def measure_tools(history: History, steps: Iterable[Step]) -> ToolsOfSession:
    """Of all steps, subagents' included."""
    uses = [(step.agent_id, use.tool) for step in steps for use in step.uses]
    tools: dict[str, list[ToolUse]] = defaultdict(list)
    files: dict[str, list[ToolUse]] = defaultdict(list)
    for _, use in uses:
        tools[use.name].append(use)
        if use.path and use.outcome in ("ok", ""):
            files[use.path].append(use)
    failed = [(agent, use) for agent, use in uses if use.outcome not in ("ok", "")]
    return ToolsOfSession(
        sorted((_tool(name, those) for name, those in tools.items()), key=lambda row: (-row.calls, row.tool)),
        sorted(
            (_file(path, those) for path, those in files.items()), key=lambda row: (-row.edits, -row.reads, row.path)
        ),
        [_error(history, agent, use) for agent, use in failed],
    )


def _tool(name: str, uses: Sequence[ToolUse]) -> ToolCount:
    outcomes = Counter(use.outcome for use in uses)
    return ToolCount(name, len(uses), outcomes["error"], outcomes["denied"], sum(use.result_bytes for use in uses))


def _file(path: str, uses: Sequence[ToolUse]) -> FileCount:
    reads = sum("Read" in use.name for use in uses)
    added, removed = sum(use.lines_added for use in uses), sum(use.lines_removed for use in uses)
    return FileCount(path, reads, len(uses) - reads, added, removed, any(use.created for use in uses))


def _error(history: History, agent: str, use: ToolUse) -> ErrorRow:
    return ErrorRow(
        time=None if use.time is None else history.scope.local(use.time),
        tool=use.name,
        what=use.what,
        outcome=use.outcome,
        error=history.store.texts.errors.get(use.id) or use.error or None,
        agent_id=agent or None,
    )


def tools_card(report: ToolsOfSession, project: str, drawing: Drawing) -> Card | None:
    """Tools and files; None where no tool was used. `project`: paths below it are shown without it."""
    calls = sum(tool.calls for tool in report.tools)
    if not calls:
        return None
    errors = sum(tool.errors for tool in report.tools)
    edited = [file for file in report.files if file.edits]
    failed = f", {errors:,} failed" if errors else ""
    changed = (
        f", {figures.plural(len(edited), 'file')} {'was' if len(edited) == 1 else 'were'} changed" if edited else ""
    )
    sentence = f"{figures.plural(calls, 'call')} of {figures.plural(len(report.tools), 'tool')}{failed}{changed}."
    most = FEW if drawing.limit <= 2 * FEW else drawing.limit
    parts: list[Part] = [_tools(report.tools, most)]
    if report.files:
        parts.append(_files(report.files, project, most))
    caption = "subagents included · added, removed: lines by tools; what the shell changed is not logged"
    return Card("What it did", sentence, tuple(parts), (), caption)


def _tools(tools: Sequence[ToolCount], most: int) -> Table:
    columns = (
        Column("tool", "label"),
        Column("calls", "number"),
        Column("", "bar"),
        Column("errors", "number"),
        Column("denied", "number"),
        Column("results", "number"),
    )
    rows = tuple(
        Row(
            (
                tool.tool,
                figures.count(tool.calls),
                float(tool.calls),
                figures.count(tool.errors) if tool.errors else "",
                figures.count(tool.denied) if tool.denied else "",
                figures.size(tool.result_bytes) if tool.result_bytes else "",
            ),
            tone=Tone.NEW,
        )
        for tool in tools[:most]
    )
    return Table(columns, rows, max(0, len(tools) - most))


def _files(files: Sequence[FileCount], project: str, most: int) -> Table:
    columns = (
        Column("file", "path"),
        Column("reads", "number"),
        Column("edits", "number"),
        Column("added", "number"),
        Column("removed", "number"),
        Column("note", "remark"),
    )
    rows = tuple(
        Row(
            (
                path_below(file.path, project),
                figures.count(file.reads) if file.reads else "",
                figures.count(file.edits) if file.edits else "",
                f"+{file.lines_added:,}" if file.lines_added else "",
                f"-{file.lines_removed:,}" if file.lines_removed else "",
                "new" if file.created else "",
            )
        )
        for file in files[:most]
    )
    return Table(columns, rows, max(0, len(files) - most))


def _said(error: ErrorRow) -> str:
    return _TAG.sub("", " ".join((error.error or "").split()))[:SAID]


def errors_card(errors: Sequence[ErrorRow], project: str, drawing: Drawing) -> Card | None:
    """The last things that went wrong; None where nothing did."""
    if not errors:
        return None
    outcomes = Counter(error.outcome for error in errors)
    names = (("error", "failed"), ("denied", "denied by you or your rules"), ("interrupted", "interrupted"))
    told = [f"{figures.count(outcomes[outcome])} {words}" for outcome, words in names if outcomes[outcome]]
    every = figures.plural(len(errors), "call")
    only = next(words for outcome, words in names if outcomes[outcome])
    sentence = f"{every} did not go through: {', '.join(told)}." if len(told) > 1 else f"{every} {only}."
    columns = (Column("when", "number"), Column("tool", "label"), Column("on", "text"), Column("it said", "text"))
    most = min(drawing.limit, FEW) if drawing.limit <= 2 * FEW else drawing.limit
    shown = errors[-most:]
    rows = tuple(
        Row(
            (
                figures.clock(error.time, drawing.zone, drawing.now),
                error.tool,
                path_below(error.what, project),
                error.outcome if error.outcome != "error" else _said(error),
            )
        )
        for error in shown
    )
    return Card("What went wrong", sentence, (Table(columns, rows, len(errors) - len(shown)),), (), "the newest last")
