"""The status line of Claude Code: its JSON on standard input, one line on standard output, never a failure.

Whatever is wrong (the input, the transcript, the output) leaves an empty line, or less of one, and exit code 0:
a status line is no place for errors. Only a format with an unknown part is refused: whoever wrote it is told.
All of it has to be done in a tenth of a second, so that this door leads past the command line: typer alone takes
60 ms to import. What Claude Code hands over is used first; a transcript is read only for what it does not say.
"""

from __future__ import annotations

import gc
import os
import sys
import time

TYPE_CHECKING = False  # typing takes 3 ms to import, re 5, contextlib 2: a line of which nothing is read has 10
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenscope.cli.status_parts import StatusParts

LARGEST_INPUT = 1 << 20  # bytes; Claude Code writes some 2,000
OPTION = "--statusline"
SETTINGS = f'{{"statusLine": {{"type": "command", "command": "tokenscope {OPTION}"}}}}'
USUAL = "{context} · {cache} · {session} · {limits}"
PARTS = (  # methods of StatusParts, which is imported only where a format is right
    *("context", "cache", "hits", "miss", "session", "limits", "limit"),
    *("model", "effort", "name", "folder", "repo", "worktree", "pr"),
)
NO_SEPARATOR = "_{}()[]"  # of what is neither a letter, nor a digit, nor white space
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
    try:  # noqa: SIM105
        line = _line(wanted, _given(), time.time_ns() // 1_000_000)
    except (Exception, KeyboardInterrupt):
        pass
    try:  # noqa: SIM105
        os.write(1, line.encode("utf-8", "replace") + b"\n")
    except OSError:
        pass
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
    for text, is_name in _parted(wanted):
        if is_name and text not in PARTS:
            return f"no part of the status line is called {text!r}"
        if not is_name and text in ("{", "}"):
            return f"a brace of {wanted!r} has no other: write {{{{ or }}}} for one that is to be seen"
        names += is_name
    return "" if names else f"{wanted!r} names no part of the status line"


def _parted(text: str) -> Iterator[tuple[str, bool]]:
    """What a format is made of, and whether it is the name of a part: else it is plain, "{{", "}}", or a lone brace."""
    start = 0
    while start < len(text):
        if text[start] not in "{}":
            ends = [end for brace in "{}" if (end := text.find(brace, start)) >= 0]
            end = min(ends, default=len(text))
            yield text[start:end], False
        elif text[start : start + 2] in ("{{", "}}"):
            end = start + 2
            yield text[start:end], False
        else:
            end = text.find("}", start) + 1
            if text[start] == "}" or not end or "{" in text[start + 1 : end]:
                end = start + 1
                yield text[start], False
            else:
                yield text[start + 1 : end - 1], True
        start = end


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

    parts = StatusParts(read_status(given), now, sums="{session}" in wanted)
    line, separator = "", ""
    for number, piece in enumerate(_separated(wanted)):
        if number % 2:
            separator = separator or piece
            continue
        said, text = [], ""
        for one, is_name in _parted(piece):
            if is_name:
                said.append(_said(parts, one))
            text += said[-1] if is_name else one[0] if one in ("{{", "}}") else one
        if any(said) or (text and not said):
            line += (separator if line else "") + text
            separator = ""
    return line


def _separated(text: str) -> list[str]:
    """A format's pieces, and what stands between two of them: " · ", " | ", " // ", a new line."""
    pieces, start, place = [""], 0, 0
    while place < len(text):
        end = place
        while end < len(text) and text[end].isspace():
            end += 1
        if end == place:
            place += 1
            continue
        if "\n" not in text[place:end]:
            mark = end
            while end < len(text) and not (text[end].isspace() or text[end].isalnum() or text[end] in NO_SEPARATOR):
                end += 1
            behind = end
            while end < len(text) and text[end].isspace():
                end += 1
            if not 1 <= behind - mark <= 2 or end == behind:
                place = behind if behind > mark else mark
                continue
        pieces[-1] = text[start:place]
        pieces += [text[place:end], ""]
        start = place = end
    pieces[-1] = text[start:]
    return pieces


def _said(parts: StatusParts, name: str) -> str:
    try:
        return str(getattr(parts, name)())
    except Exception:
        return ""
