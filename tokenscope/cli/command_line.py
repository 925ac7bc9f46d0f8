"""A command line, run: which question it asks, and what becomes of errors. Exit codes are given here."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap

import typer
from typer._click.exceptions import ClickException, NoSuchOption

from tokenscope.app.registry import question_names
from tokenscope.app.request import as_typed, typed_command
from tokenscope.cli.commands import DEMO, Questions, app, own_commands, own_names
from tokenscope.errors import AmbiguousError, OutputError, TokenscopeError, UsageError

DEFAULT = "quickstart"
FLAGS_OF_THE_PROGRAM = ("--help", "-h", "--version", "-V", "--statusline", "--install-completion", "--show-completion")
INTERRUPTED = 130
# What other programs call these questions, with the options that make it that.
ALIASES = {
    "blocks": ("windows",),
    "cost": ("daily",),
    "usage": ("daily",),
    "stats": ("daily",),
    "today": ("daily", "--since", "today"),
    "top": ("sessions", "--sort", "tokens"),
    "optimize": ("advice",),
    "optimise": ("advice",),
    "tune": ("advice",),
    "summary": (DEFAULT,),
}
PERIODS = {"hour": "hourly", "day": "daily", "week": "weekly", "month": "monthly"}  # questions that --by leads to


def _arguments(given: Sequence[str]) -> tuple[list[str], bool]:
    """The arguments with the question they leave unsaid, and whether they ask about the demo."""
    arguments, demo = list(given), False
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    if arguments[:1] == [DEMO]:
        arguments, demo = arguments[1:], True
        if arguments[:1] in (["--help"], ["-h"]):
            return [DEMO, "--help"], False
        if arguments[:1] == [DEMO]:
            raise UsageError("the demo of the demo is no question", hint="`tokenscope demo daily`, for example")
    arguments = _with_period(_without_alias(arguments))
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in FLAGS_OF_THE_PROGRAM):
        arguments.insert(0, DEFAULT)
    elif not arguments[0].startswith("-") and not _is_command(arguments[0], demo=demo):
        near = get_close_matches(arguments[0], _names(demo=demo), n=1)
        hint = f"did you mean `tokenscope {near[0]}`?" if near else "`tokenscope --help` lists the questions"
        raise UsageError(f"no question is called {arguments[0]!r}", hint=hint)
    return arguments, demo


def _is_command(word: str, *, demo: bool) -> bool:
    return word in question_names() or word == DEMO or word in own_names(demo=demo)


def _names(*, demo: bool) -> list[str]:
    return [*question_names(), *own_names(demo=demo)]


def _without_alias(arguments: list[str]) -> list[str]:
    """The question itself where another program's name for it was typed, which is said on stderr."""
    meant = ALIASES.get(arguments[0]) if arguments else None
    if meant is None:
        return arguments
    if sys.stderr is not None:
        _say("tokenscope: ", f"{arguments[0]} is called `tokenscope {' '.join(meant)}` here")
    return [*meant, *arguments[1:]]


def _with_period(arguments: list[str]) -> list[str]:
    """`daily --by week` is weekly: of the questions about periods any leads to any other."""
    if not arguments or arguments[0] not in PERIODS.values():
        return arguments
    for place, word in enumerate(arguments):
        name, sign, value = word.partition("=")
        width = 1 if sign else 2
        value = value if sign else "".join(arguments[place + 1 : place + 2])
        if name == "--by" and value in PERIODS:
            rest = [*arguments[1:place], *arguments[place + width :]]
            return _with_period([PERIODS[value], *rest])
    return arguments


def run(given: Sequence[str]) -> int:
    """Answer one command line; returns the exit code: 0, 2 usage, 3 no transcripts, 4 a broken condition, 130
    interrupted."""
    try:
        return _run(given)
    except BrokenPipeError:
        return discard_output()
    except OSError as error:
        discard_output()
        return _tell(OutputError(f"cannot write the answer: {error.strerror}", hint="is there room for it?"))


def discard_output() -> int:
    """Whoever read our output has seen enough; Python would complain once more at exit. Returns the exit code 0."""
    with suppress(OSError, ValueError, AttributeError):  # else there is nothing to discard
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(given: Sequence[str]) -> int:
    if sys.stdout is None:
        return _tell(OutputError("stdout is closed", hint="send it to a file, or leave it open"))
    try:
        arguments, Questions.demo = _arguments(given)
        code = typer.main.get_command(app).main(arguments, prog_name="tokenscope", standalone_mode=False)
        sys.stdout.flush()
    except TokenscopeError as error:
        return _fail(error, given)
    except ClickException as error:
        return _fail(_usage_error(error, given), given)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit:  # typer's way of telling that the reader of a pipe has gone
        return discard_output()
    return code if isinstance(code, int) else 0


def _usage_error(error: ClickException, given: Sequence[str]) -> UsageError:
    """What click says, or better: of options that look like a wrong one, it names too many."""
    if isinstance(error, NoSuchOption):
        near = get_close_matches(error.option_name, error.possibilities or (), n=1)
        hint = f"did you mean {near[0]}?" if near else _usage_hint(given)
        return UsageError(f"there is no option {error.option_name}", hint=hint)
    return UsageError(error.format_message(), hint=_usage_hint(given))


def _usage_hint(given: Sequence[str]) -> str:
    asked = given[given[:1] == [DEMO] :]
    question = asked[0] if asked and asked[0] in (*question_names(), *own_commands()) else ""
    if any(word in question_names() for word in asked[1:]) and not question:
        return "the question comes first: `tokenscope daily --since 7d`"
    return f"`tokenscope {question} --help` lists the options".replace("  ", " ")


def _fail(error: TokenscopeError, given: Sequence[str]) -> int:
    if "--json" not in given:
        return _tell(error)
    from tokenscope.formats import json  # noqa: PLC0415 - only here, with orjson

    sys.stdout.flush()
    json.write_error(error, sys.stdout.buffer)
    sys.stdout.flush()
    return error.exit_code


def _tell(error: TokenscopeError) -> int:
    if sys.stderr is not None:
        command = typed_command(os.environ, Path(sys.prefix))
        _say("tokenscope: ", error.message)
        if isinstance(error, AmbiguousError):
            from tokenscope.draw.harmless import harmless  # noqa: PLC0415 - only for texts of transcripts

            print(*("  " + harmless(choice) for choice in error.choices), sep="\n", file=sys.stderr)
        for line in error.hint.splitlines():
            _say("hint: ", as_typed(line, command))
    return error.exit_code


def _say(start: str, text: str) -> None:
    """One line on stderr; in a terminal as many as it takes, without a word broken between two."""
    lines = [start + text]
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        indent = " " * len(start)
        lines = (
            wrap(
                text,
                width,
                initial_indent=start,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            or lines
        )
    print(*lines, sep="\n", file=sys.stderr)
