"""`--patch`: what advice would change, as one diff of Claude Code's settings and texts to paste. Nothing is applied."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from tokenscope.view.format import Answer, Format

USUAL_FOLDER = "~/.claude"


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.settings_diff import advice_patch  # noqa: PLC0415 - only here
    from tokenscope.ingest.files.claude_settings import FileText, settings_file  # noqa: PLC0415 - only here

    roots = answer.envelope.scope.roots
    if answer.drawing.made_up or not roots:
        stream.write(advice_patch(answer.report, USUAL_FOLDER, FileText()))
        return
    root = Path(roots[0])
    config = root.parent if root.name == "projects" else root
    stream.write(advice_patch(answer.report, str(config), settings_file(config)))


FORMAT = Format(
    "patch",
    option="patch",
    help="What it would change, as a diff of settings and as texts to paste; nothing is applied.",
    write=_write,
    only=("advice",),
)
