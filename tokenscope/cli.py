"""From the command line to an answer: flags -> Scope -> load once -> ask -> write. Errors become exit codes here."""

from __future__ import annotations

import gc
import inspect
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, get_type_hints

import typer
from typer._click.core import Command, Context  # typer carries its own click from 0.26 on
from typer._click.exceptions import ClickException, NoSuchOption
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

from tokenscope import __version__
from tokenscope.ask import Request, answer, writer_of
from tokenscope.errors import AmbiguousError, OutputError, TokenscopeError, UsageError
from tokenscope.help import (
    EXAMPLES_OF_EXPORT,
    EXAMPLES_OF_THE_PROGRAM,
    HELP,
    QuestionCommand,
    examples_text,
    write_questions,
)
from tokenscope.invocation import as_typed, typed_command
from tokenscope.plan import Plan
from tokenscope.question import Analyzer, Argument, Option
from tokenscope.registry import find_question, question_names

DEFAULT = "quickstart"
DEMO = "demo"
EXPORT = "export"
EXPORT_HELP = "The history as a file: JSON, CSV, SQLite, OpenMetrics, Parquet."
DEMO_HELP = "Any question on a made-up history: tokenscope demo, tokenscope demo daily."
FLAGS_OF_THE_PROGRAM = ("--help", "-h", "--version", "-V", "--statusline", "--install-completion", "--show-completion")
INTERRUPTED = 130


_PART = "Which part of the history"


def _list(help_text: str, metavar: str) -> Any:
    return typer.Option(help=help_text, metavar=metavar, rich_help_panel=_PART)


def common_options(  # noqa: PLR0913 - one parameter an option
    *,
    since: Annotated[str | None, _list("Only from then on: 7d, 12h, 2026-11-03 or an ISO time.", "WHEN")] = None,
    until: Annotated[str | None, _list("Only until then; a date includes its day.", "WHEN")] = None,
    project: Annotated[list[str] | None, _list("Only projects with this in their path. Repeatable.", "TEXT")] = None,
    model: Annotated[list[str] | None, _list("Only models with this in their name. Repeatable.", "TEXT")] = None,
    session: Annotated[list[str] | None, _list("Only sessions whose id begins so. Repeatable.", "ID")] = None,
    root: Annotated[list[Path] | None, _list("Read this folder, not the default ones. Repeatable.", "DIR")] = None,
    tz: Annotated[str | None, _list("Time zone for days and times; default: the machine's.", "ZONE")] = None,
    prices: Annotated[Path | None, _list("A TOML file whose prices go over the packaged ones.", "FILE")] = None,
    plan: Annotated[
        Plan | None, typer.Option(help="What you pay by: order and words, never figures.", rich_help_panel="Output")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.", rich_help_panel="Output")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the table as CSV.", rich_help_panel="Output")] = False,
    svg: Annotated[
        Path | None, typer.Option(help="Draw the cards into this file.", metavar="FILE", rich_help_panel="Output")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Write the cards as a web page into this file.", metavar="FILE", rich_help_panel="Output"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="At most N rows a table.", metavar="N", min=1, rich_help_panel="Output")
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Every row of every table.", rich_help_panel="Output")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="One fact a line, without boxes and bars.", rich_help_panel="Output")
    ] = False,
    no_text: Annotated[
        bool,
        typer.Option(
            "--no-text", help="Hide what transcripts say: titles, prompts, commands, errors.", rich_help_panel="Output"
        ),
    ] = False,
    color: Annotated[
        bool | None, typer.Option("--color/--no-color", help="Colour or none.", rich_help_panel="Output")
    ] = None,
) -> None:
    """The options that every question has; only their signature is used."""


def cap_options(
    *,
    full: Annotated[bool, typer.Option("--full", help="Read every session.", rich_help_panel=_PART)] = False,
    max_sessions: Annotated[
        int, typer.Option(help="Read the N newest sessions.", metavar="N", min=1, rich_help_panel=_PART)
    ] = 300,
) -> None:
    """The options of a question that reads only the newest sessions."""


def export_options(
    *,
    file: Annotated[Path | None, typer.Argument(help="Where it goes, if not to the screen: a new file.")] = None,
    export_config: Annotated[
        str | None,
        typer.Option(help="Settings to try, with why: claude-code.", metavar="NAME", rich_help_panel="Output"),
    ] = None,
) -> None:
    """The options of a question that can say what to change in another program's settings."""


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in parameters
    ]


def _own_options(analyzer: Analyzer) -> list[inspect.Parameter]:
    """What `analyze`, and the format that writes the answer, take from the command line."""
    functions = [analyzer.analyze, *([writer_of(analyzer)] if analyzer.output else [])]
    parameters = []
    for parameter in (parameter for function in functions for parameter in _parameters(function)):
        given = next(iter(getattr(parameter.annotation, "__metadata__", ())), None)
        if not isinstance(given, Option | Argument):
            continue  # the history, the report, …
        kind = parameter.annotation.__origin__
        names = [f"--{parameter.name.replace('_', '-')}"] if kind is bool else []  # without a --no-…
        make: Callable[..., Any] = typer.Option if isinstance(given, Option) else typer.Argument
        annotation = Annotated[kind, make(*names, help=given.help, metavar=given.metavar)]  # type: ignore[valid-type]
        parameters.append(parameter.replace(annotation=annotation))
    return parameters


def _command(name: str, *, demo: bool) -> Command:
    """The click command of one question."""
    analyzer = find_question(name)
    own = _own_options(analyzer)

    def ask(**values: Any) -> None:
        options = {parameter.name: values.pop(parameter.name) for parameter in own}
        try:
            answer(analyzer, Request(**{**values, "demo": demo, "options": options}), sys.stdout)
        except BrokenPipeError:
            raise SystemExit from None  # as typer does for its own output

    parameters = own + _parameters(common_options) + (_parameters(cap_options) if analyzer.capped else [])
    parameters += _parameters(export_options) if analyzer.exports else []
    return _made(name, analyzer.help, examples_text(analyzer), ask, parameters)


def _made(
    name: str, help_text: str, epilog: str, run: Callable[..., None], parameters: list[inspect.Parameter]
) -> Command:
    """The click command that calls `run` with these parameters."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name=name, help=help_text, epilog=epilog, context_settings=HELP, cls=QuestionCommand)(run)
    return typer.main.get_command(app)


def _export_command(*, demo: bool) -> Command:
    """The click command of the export: which part of the history, and where to."""
    from tokenscope.export import Format, Order, export, format_of  # noqa: PLC0415 - 5 ms that questions do without

    def options(
        *,
        out: Annotated[str, typer.Argument(help="The file, or - for standard output.", metavar="OUT")],
        format: Annotated[
            Format | None,
            typer.Option(metavar="FORMAT", help=f"One of {', '.join(Format)}; default: by OUT's ending, for - ndjson."),
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
        with_text: Annotated[
            bool, typer.Option("--with-text/--no-text", help="With titles, prompts, commands and errors, or without.")
        ] = False,
    ) -> None: ...

    def run(*, out: str, format: Format | None, force: bool, with_text: bool, **values: Any) -> None:
        try:
            export(Request(**values, demo=demo), Order(out, format_of(out, format), force, with_text))
        except BrokenPipeError:
            raise SystemExit from None

    own = inspect.signature(options, eval_str=True, locals=locals()).parameters.values()
    part = [one for one in _parameters(common_options) if one.annotation.__metadata__[0].rich_help_panel == _PART]
    return _made(EXPORT, EXPORT_HELP, EXAMPLES_OF_EXPORT, run, [*own, *part])


class Questions(TyperGroup):
    """Imports a question's module only when it is asked, or when help lists them all."""

    demo = False

    def list_commands(self, ctx: Context) -> list[str]:
        return [*question_names(), EXPORT, DEMO]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name == DEMO:
            return Demo(name=DEMO, help=DEMO_HELP, rich_markup_mode=None)
        if cmd_name == EXPORT:
            return _export_command(demo=self.demo)
        return _command(cmd_name, demo=self.demo) if cmd_name in question_names() else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        demo = (DEMO, DEMO_HELP) if DEMO in self.list_commands(ctx) else None
        write_questions(formatter, demo, (EXPORT, EXPORT_HELP))


class Demo(Questions):
    """The questions again, below `demo`: for help, and for a shell that completes their names."""

    demo = True

    def list_commands(self, ctx: Context) -> list[str]:
        return [*question_names(), EXPORT]


app = typer.Typer(
    cls=Questions,
    name="tokenscope",
    help="Where did my Claude Code usage go, and what can I change? Reads local transcripts, sends nothing.",
    no_args_is_help=False,
    rich_markup_mode=None,
    epilog=EXAMPLES_OF_THE_PROGRAM,
    subcommand_metavar="[QUESTION] [OPTIONS]",
    options_metavar="",
    context_settings=HELP,
)


@app.callback()
def _program(
    *,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and exit.")] = False,
    statusline: Annotated[
        bool, typer.Option("--statusline", help="Print one line for Claude Code's status line; it hands over JSON.")
    ] = False,
) -> None:
    assert not statusline, "__main__ answers it, past all that is imported here"
    if version:
        print(f"tokenscope {__version__}")
        raise typer.Exit


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
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in FLAGS_OF_THE_PROGRAM):
        arguments.insert(0, DEFAULT)
    elif not arguments[0].startswith("-") and arguments[0] not in (*question_names(), EXPORT, DEMO):
        near = get_close_matches(arguments[0], question_names(), n=1)
        hint = f"did you mean `tokenscope {near[0]}`?" if near else "`tokenscope --help` lists the questions"
        raise UsageError(f"no question is called {arguments[0]!r}", hint=hint)
    return arguments, demo


def run(given: Sequence[str]) -> int:
    """Answer one command line; returns the exit code: 0, 2 usage, 3 no transcripts, 130 interrupted."""
    gc.disable()  # a short run that builds much and drops little: 10 % faster, same memory
    try:
        return _run(given)
    except BrokenPipeError:
        return discard_output()
    except OSError as error:
        discard_output()
        return _tell(OutputError(f"cannot write the answer: {error.strerror}", hint="is there room for it?"))


def discard_output() -> int:
    """Whoever read our output has seen enough; Python would complain about it once more at exit. Returns 0."""
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
    question = asked[0] if asked and asked[0] in (*question_names(), EXPORT) else ""
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
            from tokenscope.formats.harmless import harmless  # noqa: PLC0415 - only for texts of transcripts

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
