"""Runs the program as a person does: a command line in, exit code, stdout and stderr out."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenscope.cli.command_line import run

REPOSITORY = Path(__file__).parent.parent
PATIENCE = 900  # seconds: only what hangs takes so long, however busy the machine is


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """All of stdout as one JSON object; fails where anything else stands there."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["report"]
        return found

    @property
    def table(self) -> list[dict[str, str]]:
        """All of stdout as CSV: one dictionary a line. Fails where a line is longer or shorter than the header."""
        header, *lines = list(csv.reader(io.StringIO(self.out)))
        assert len(set(header)) == len(header), f"two columns of the same name: {header}"
        return [dict(zip(header, line, strict=True)) for line in lines]


def ask(*words: object, root: Path | None = None) -> Answer:
    """The program's answer, in this process. `root`: the config folder to read."""
    given = [str(word) for word in words] + ([] if root is None else ["--root", str(root)])
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    err = io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(given)
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return Answer(code, out.buffer.getvalue().decode(), err.getvalue())


def ask_outside(
    *words: object, root: Path | None = None, env: Mapping[str, str] | None = None, code: str = ""
) -> Answer:
    """The program's answer in a process of its own. `code`: Python to run instead of the program's own door."""
    given = [str(word) for word in words] + ([] if root is None else ["--root", str(root)])
    door = ["-c", code] if code else ["-m", "tokenscope"]
    done = subprocess.run(
        [sys.executable, *door, *given],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8", **(env or {})},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
