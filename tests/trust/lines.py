"""Every way to ask: each question in each output, with each of its own options, and each export.

Shared by what attacks, fuzzes and watches the program.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.asking import Answer, ask
from tokenscope.app.registry import answer_formats, find_question, history_formats, question_names, usual_format

FILE = "FILE"  # stands for the file to write
CHARTS = (("--chart",), ("--chart", "--by", "counter"), ("--activity",), ("--by", "branch"))
LATEST = ("--idle-hours", "1")
# By question: its own options, each at least once. A test holds this against the program.
VIEWS: dict[str, tuple[tuple[str, ...], ...]] = {
    "compare": (("--before", "2026-06-03", "--after", "2026-06-03"),),
    "context": (("--min-sessions", "1", "--min-times", "1", "--min-output", "2000"),),
    "daily": CHARTS,
    "files": (("--by", "folder"), ("--by", "extension")),
    "hourly": CHARTS,
    "models": (("--chart",), ("--by", "skill"), ("--check",)),
    "monthly": CHARTS,
    "projects": (("--chart",), ("--worktrees",), ("--by", "agent")),
    "prompts": (("--min-times", "1"),),
    "quickstart": (("--cards",),),
    "session": (
        ("--timeline", "--depth", "9", "--steps", "9999"),
        ("--timeline", "--full-text", "--newest-first"),
        ("--map", *LATEST),
    ),
    "sessions": (
        ("--by", "run"),
        ("--by", "project"),
        ("--sort", "title", *LATEST),
        ("--where", "tokens>0"),
    ),
    "weekly": CHARTS,
    "windows": (("--resets-at", "19:20", "--week-resets-at", "2026-06-01T09:00"),),
    "wrapped": (("--weekly", "--names"), ("--monthly",)),
}
OUTPUTS = ("--json", "--csv", "--plain", "--no-color", "--color", "--svg", "--html")
OUTPUTS_OF_A_VIEW = ("--json", "--no-color", "--html")


class Line(NamedTuple):
    """One command line. `output`: what its answer is, and so how it is checked; the suffix of a file with `FILE`."""

    words: tuple[str, ...]
    output: str


def views(question: str) -> tuple[tuple[str, ...], ...]:
    """The ways to ask one question, the plain one first."""
    return ((), *VIEWS.get(question, ()))


def lines_of(question: str) -> list[Line]:
    analyzer = find_question(question)
    found = []
    for view in views(question):
        for output in OUTPUTS_OF_A_VIEW if view else OUTPUTS:
            if output == "--csv" and not analyzer.rows:
                continue
            file = (FILE,) if output in ("--svg", "--html") else ()
            found.append(Line((question, *view, "--all", "--tz", "UTC", output, *file), output.strip("-")))
    named = [one for one in answer_formats(analyzer) if one.metavar == "NAME"]
    found += [Line((question, f"--{one.option}", one.name), "config") for one in named]
    if usual_format(analyzer).only:  # a page of its own, in place of cards
        found = [line for line in found if line.output in ("json", "svg", "html")]
        found.append(Line((question, FILE), "html"))
    return found


def exports() -> list[Line]:
    """The history in each format, with what transcripts say and without."""
    formats = [name for name, one in history_formats().items() if not one.problem()]
    return [Line(("export", FILE, "--format", one, *text), one) for one in formats for text in ((), ("--with-text",))]


def every_line() -> list[Line]:
    return [*(line for question in question_names() for line in lines_of(question)), *exports()]


def asked(line: Line, root: Path, folder: Path) -> tuple[Answer, bytes]:
    """The answer to a command line, and what it wrote, be it into a new file in `folder` or to stdout."""
    file = folder / f"answer.{line.output}"
    file.unlink(missing_ok=True)
    answer = ask(*(file if word == FILE else word for word in line.words), root=root)
    return answer, file.read_bytes() if FILE in line.words and file.exists() else answer.out.encode()
