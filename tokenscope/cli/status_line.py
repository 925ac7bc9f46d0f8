"""The status line of Claude Code: its JSON on standard input, one line on standard output, never a failure.

Whatever is wrong (the input, the transcript, the output) leaves an empty line, or less of one, and exit code 0:
a status line is no place for errors. Only a format with an unknown part is refused: whoever wrote it is told.
All of it has to be done in a tenth of a second, so that this door leads past the command line: typer alone takes
60 ms to import. What Claude Code hands over is used first; a transcript is read only for what it does not say.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

LARGEST_INPUT = 1 << 20  # bytes; Claude Code writes some 2,000
OPTION = "--statusline"
SETTINGS = f'{{"statusLine": {{"type": "command", "command": "tokenscope {OPTION}"}}}}'
USUAL = "{context} · {cache} · {session} · {limits}"
PARTS = (  # methods of StatusParts, which is imported only where a format is right
    *("context", "cache", "hits", "miss", "session", "limits", "limit"),
    *("model", "effort", "name", "folder", "repo", "worktree", "pr"),
)
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SEPARATOR = re.compile(r"(\s*\n\s*|\s+[^\w\s{}()\[\]]{1,2}\s+)")  # " · ", " | ", " // ", a new line
WRONG_FORMAT = 2  # exit code


def asks_for_status_line(arguments: Sequence[str]) -> bool:
    """Whether this command line is the status line's."""
    return any(one == OPTION or one.startswith(OPTION + "=") for one in arguments)


def print_status_line(arguments: Sequence[str]) -> None:
    """Read, print and end the process: with exit code 0, and with 2 for a format that cannot be understood."""
    gc.disable()
    wanted = _wanted(arguments)
    if problem := _problem(wanted):
        print(f"tokenscope: {problem}\nhint: there are {{{'}, {'.join(PARTS)}}}", file=sys.stderr)
        os._exit(WRONG_FORMAT)
    line = ""
    with suppress(Exception, KeyboardInterrupt):
        line = _line(wanted, _given(), time.time_ns() // 1_000_000)
    with suppress(OSError):
        os.write(1, line.encode("utf-8", "replace") + b"\n")
    os._exit(0)  # nothing is left to do, and taking the store apart would take 5 ms


def _wanted(arguments: Sequence[str]) -> str:
    """The format behind the option, with `=` or as the next argument; else the usual one."""
    for one, following in zip(arguments, [*arguments[1:], "-"], strict=True):
        if one.startswith(OPTION + "="):
            return one.removeprefix(OPTION + "=")
        if one == OPTION:
            return USUAL if following.startswith("-") else following
    return USUAL


def _problem(wanted: str) -> str:
    """What is wrong with a format, in words; "" where nothing is."""
    names = 0
    for found in _PART.finditer(wanted):
        if found[0] in ("{", "}"):
            return f"a brace of {wanted!r} has no other: write {{{{ or }}}} for one that is to be seen"
        if found[1] is not None and found[1] not in PARTS:
            return f"no part of the status line is called {found[1]!r}"
        names += found[1] is not None
    return "" if names else f"{wanted!r} names no part of the status line"


def _given() -> bytes:
    """Standard input, if it is as short as it should be."""
    if os.isatty(0):
        print(f"this is for Claude Code, which calls it when its settings say {SETTINGS}", file=sys.stderr)
        return b""
    given = b""
    while len(given) <= LARGEST_INPUT and (block := os.read(0, LARGEST_INPUT)):
        given += block
    return given if len(given) <= LARGEST_INPUT else b""


def _line(wanted: str, given: bytes, now: int) -> str:
    """What stands between two separators goes, with one of them, where all its parts are empty."""
    from tokenscope.cli.status_parts import StatusParts  # noqa: PLC0415 - inside, so that no import can fail outside
    from tokenscope.ingest.status_input import read_status  # noqa: PLC0415

    parts = StatusParts(read_status(given), now)
    line, separator = "", ""
    for number, piece in enumerate(_SEPARATOR.split(wanted)):
        if number % 2:
            separator = separator or piece
            continue
        said: list[str] = []
        text = _PART.sub(partial(_filled, parts, said), piece)
        if any(said) or (text and not said):
            line += (separator if line else "") + text
            separator = ""
    return line


def _filled(parts: object, said: list[str], found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0][0]
    with suppress(Exception):
        said.append(str(getattr(parts, found[1])()))
        return said[-1]
    said.append("")
    return ""
