"""Is anything wrong? Where transcripts were looked for, what of them could be read, and what runs where."""

from __future__ import annotations

from collections.abc import Iterator

from tokenscope.answers.data.anomalies import (
    Problem,
    UnloggedRequests,
    find_problems,
    measure_unlogged,
    problems_card,
    unlogged_card,
)
from tokenscope.answers.data.retention import (
    Folder,
    SweptDay,
    folders_card,
    measure_folders,
    measure_swept,
    retention_card,
    swept_card,
)
from tokenscope.answers.data.versions import Version, find_versions, versions_card
from tokenscope.answers.usage.count_check import CountCheck, check_counts
from tokenscope.answers.usage.count_check_cards import CAPTION, TITLE, check_sentence
from tokenscope.history.history import History
from tokenscope.machine import OtherFiles, Program, Terminal
from tokenscope.model import Facet
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing, Question, Reading


class DoctorReport(Value):
    """`repeated_rows`: further rows of a response in its file; `copied_responses`: those that stand in another one."""

    folders: list[Folder]
    problems: list[Problem]
    files: int
    rows: int
    responses: int
    repeated_rows: int
    copied_responses: int
    claude_code: list[Version]
    terminal: Terminal
    program: Program
    unlogged: UnloggedRequests
    swept: list[SweptDay]
    counts: CountCheck | None = None  # what Claude Code itself counted; null: of a part nothing can be compared


def analyze(history: History) -> DoctorReport:
    """Everything that may explain a figure, or the lack of one. Files are all that were found, whatever the window."""
    store = history.store
    return DoctorReport(
        folders=measure_folders(history),
        problems=find_problems(history),
        files=store.coverage.files,
        rows=store.coverage.rows,
        responses=sum(not message.part for message in store.messages),
        repeated_rows=store.survey.repeated_rows,
        copied_responses=store.survey.copied_responses,
        claude_code=find_versions(history),
        terminal=store.machine.terminal,
        program=store.machine.program,
        unlogged=measure_unlogged(history),
        swept=measure_swept(history, is_all=True),
        counts=check_counts(history),
    )


def cards(report: DoctorReport, drawing: Drawing) -> tuple[Card, ...]:
    """A home without transcripts is told where to look; the other cards then have nothing to say but the last."""
    first, last = folders_card(report.folders, drawing), _machine_card(report)
    if not report.files and not report.problems:
        return first, last
    return (
        first,
        problems_card(report.problems, report.rows, drawing),
        _copies_card(report),
        *((_counts_card(report.counts, drawing),) if report.counts is not None and report.counts.sessions else ()),
        unlogged_card(report.unlogged),
        *((swept_card(report.swept, drawing),) if report.swept else ()),
        versions_card(report.claude_code, drawing),
        retention_card(report.folders, drawing),
        last,
    )


def _counts_card(counts: CountCheck, drawing: Drawing) -> Card:
    actions = (f"{drawing.command} models --check tells them apart by model, and why",)
    return Card(TITLE, check_sentence(counts), (), actions, CAPTION)


def _copies_card(report: DoctorReport) -> Card:
    title = "What is there more than once"
    if not report.repeated_rows and not report.copied_responses:
        return Card(title, "Nothing: every response is one row in one file.")
    sentence = (
        f"{figures.plural(report.responses, 'response')} in {figures.count(report.files)} files, each counted once; "
        f"{figures.plural(report.repeated_rows + report.copied_responses, 'row')} more hold them again."
    )
    rows = (
        Row(("further rows of a response", figures.count(report.repeated_rows), "one for each block that it wrote")),
        Row(("copies in other files", figures.count(report.copied_responses), "of forks, resumed and side sessions")),
    )
    return Card(title, sentence, (Table((Column(""), Column("", "number"), Column("", "remark")), rows),))


def _machine_card(report: DoctorReport) -> Card:
    terminal, program = report.terminal, report.program
    frames = "frames and bars" if terminal.unicode else "frames and bars of ASCII"
    colors = "colour" if terminal.colors != "none" else "no colour"
    sentence = f"Cards are drawn {terminal.columns} columns wide, with {frames} and {colors}."
    table = Table((Column(""), Column("", "text")), tuple(Row(cells) for cells in _facts(terminal, program)))
    actions: tuple[str, ...] = ()
    if not terminal.unicode:
        actions = ("a UTF-8 locale, or PYTHONUTF8=1, brings smooth bars and frames",)
    return Card("What runs here", sentence, (table,), actions)


def _facts(terminal: Terminal, program: Program) -> Iterator[tuple[str, str]]:
    yield "tokenscope", program.tokenscope
    yield "Python", program.python
    yield "system", program.system
    yield "libraries", ", ".join(f"{name} {version}" for name, version in program.libraries.items())
    yield "output", "a terminal" if terminal.is_terminal else "no terminal: a pipe or a file"
    yield "encoding", terminal.encoding
    yield "colours", terminal.colors
    for name, value in terminal.variables.items():
        yield name, value or "(set, and empty)"


def _next(report: DoctorReport) -> tuple[str, ...]:
    if not report.files:
        return ("demo",)
    return ("models", "prices") if any(one.kind == "unknown_model" for one in report.problems) else ("quickstart",)


QUESTION = Question(
    name="doctor",
    help="Where it looked, what could not be read, what Claude Code will delete, what runs here.",
    reading=Reading(Facet.USAGE | Facet.FILES | Facet.TOOLS, other_files=OtherFiles.PROMPTS),
    analyze=analyze,
    cards=cards,
    rows="problems",
    group="About tokenscope",
    next=_next,
)
