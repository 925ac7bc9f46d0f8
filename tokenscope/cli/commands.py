"""The commands of the program, made of what the questions say of themselves."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer._click.core import Command, Context  # typer carries its own click from 0.26 on
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

from tokenscope import __version__
from tokenscope.app.ask import answer
from tokenscope.app.registry import answer_formats, find_question, history_formats, question_names, usual_format
from tokenscope.app.request import Request
from tokenscope.cli.help import (
    EXAMPLES_OF_CHECK,
    EXAMPLES_OF_EXPORT,
    EXAMPLES_OF_MCP,
    EXAMPLES_OF_THE_PROGRAM,
    HELP,
    QuestionCommand,
    examples_text,
    write_questions,
)
from tokenscope.cli.options import PART, cap_options, common_options, named_output_options, output
from tokenscope.view.format import Format
from tokenscope.view.question import Argument, Option, Question, Sessions, takes_argument

DEMO = "demo"
KINDS = ("", "FILE", "NAME")  # of options for outputs, in the order of help
EXPORT = "export"
CHECK = "check"
CHECK_HELP = "Whether budgets and floors were kept: an exit code and a line each, for hooks and pipelines."
EXPORT_HELP = "The history as a file: JSON, CSV, SQLite, OpenMetrics, Parquet."
MCP = "mcp"
MCP_HELP = "The questions for Claude Code and other clients, over the Model Context Protocol."
DEMO_HELP = "Any question on a made-up history: tokenscope demo, tokenscope demo daily."


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in parameters
    ]


def _own_options(question: Question) -> list[inspect.Parameter]:
    """What `analyze`, and the format that is written unasked, take from the command line."""
    takes = usual_format(question).takes
    functions = [question.analyze, *([takes] if takes else [])]
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


def _output_options(question: Question) -> list[inspect.Parameter]:
    """An option for each way to ask for an output."""
    found = {one.option: one for one in reversed(answer_formats(question)) if one.option and one.help}
    return [_output_option(one) for one in sorted(found.values(), key=lambda one: (KINDS.index(one.metavar), one.name))]


def _output_option(one: Format) -> inspect.Parameter:
    kind: Any = bool if not one.metavar else Path | None if one.metavar == "FILE" else str | None
    given = output(f"--{one.option}", help=one.help, metavar=one.metavar or None)
    return inspect.Parameter(
        str(one.option).replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=None if one.metavar else False,
        annotation=Annotated[kind, given],
    )


def _command(name: str, *, demo: bool) -> Command:
    """The click command of one question."""
    question = find_question(name)
    own, outputs = _own_options(question), _output_options(question)

    def ask(**values: Any) -> None:
        options = {parameter.name: values.pop(parameter.name) for parameter in own}
        asked = {parameter.name.replace("_", "-"): values.pop(parameter.name) for parameter in outputs}
        asked = {option: value for option, value in asked.items() if value}
        try:
            answer(question, Request(**values, demo=demo, options=options, outputs=asked), sys.stdout)
        except BrokenPipeError:
            raise SystemExit from None  # as typer does for its own output

    parameters = [*own, *_parameters(common_options), *outputs]
    parameters += _parameters(cap_options) if question.reading.sessions is Sessions.NEWEST else []
    takes_name = any(one.metavar == "NAME" for one in answer_formats(question))
    takes_file = takes_name and not takes_argument(question)  # else its own words stand where the file would
    parameters += _parameters(named_output_options) if takes_file else []
    return _made(name, question.help, examples_text(question), ask, parameters)


def _made(
    name: str, help_text: str, epilog: str, run: Callable[..., Any], parameters: list[inspect.Parameter]
) -> Command:
    """The click command that calls `run` with these parameters."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name=name, help=help_text, epilog=epilog, context_settings=HELP, cls=QuestionCommand)(run)
    return typer.main.get_command(app)


def _export_command(*, demo: bool) -> Command:
    """The click command of the export: which part of the history, and where to."""
    from tokenscope.app.export import Order, export, format_of  # noqa: PLC0415 - 5 ms that questions do without

    names = tuple(history_formats())
    Name = Enum("Name", {name: name for name in names})  # type: ignore[misc]  # noqa: N806 - what typer offers to choose from

    def options(
        *,
        out: Annotated[str, typer.Argument(help="The file, or - for standard output.", metavar="OUT")],
        format: Annotated[
            Name | None,
            typer.Option(metavar="FORMAT", help=f"One of {', '.join(names)}; default: by OUT's ending, for - ndjson."),
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
        with_text: Annotated[
            bool, typer.Option("--with-text/--no-text", help="With titles, prompts, commands and errors, or without.")
        ] = False,
    ) -> None: ...

    def run(*, out: str, format: Enum | None, force: bool, with_text: bool, **values: Any) -> None:
        try:
            export(Request(**values, demo=demo), Order(out, format_of(out, format and format.value), force, with_text))
        except BrokenPipeError:
            raise SystemExit from None

    own = inspect.signature(options, eval_str=True, locals=locals()).parameters.values()
    part = [one for one in _parameters(common_options) if one.annotation.__metadata__[0].rich_help_panel == PART]
    return _made(EXPORT, EXPORT_HELP, EXAMPLES_OF_EXPORT, run, [*own, *part])


def _check_command(*, demo: bool) -> Command:
    """The click command of the check: its conditions, and which part of the history."""
    from tokenscope.cli.other_commands import check_options, start_check  # noqa: PLC0415 - only here

    def run(**values: Any) -> int:
        return start_check(demo=demo, **values)

    part = [one for one in _parameters(common_options) if one.annotation.__metadata__[0].rich_help_panel == PART]
    return _made(CHECK, CHECK_HELP, EXAMPLES_OF_CHECK, run, [*_parameters(check_options), *part])


def _mcp_command(*, demo: bool) -> Command:
    """The click command of the server."""
    from tokenscope.cli.other_commands import mcp_options, start_server  # noqa: PLC0415 - only here

    def run(**values: Any) -> None:
        start_server(demo=demo, **values)

    return _made(MCP, MCP_HELP, EXAMPLES_OF_MCP, run, _parameters(mcp_options))


class Questions(TyperGroup):
    """Imports a question's module only when it is asked, or when help lists them all."""

    demo = False

    def list_commands(self, ctx: Context) -> list[str]:
        return [*question_names(), CHECK, EXPORT, MCP, DEMO]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name == DEMO:
            return Demo(name=DEMO, help=DEMO_HELP, rich_markup_mode=None)
        if cmd_name == EXPORT:
            return _export_command(demo=self.demo)
        if cmd_name == CHECK:
            return _check_command(demo=self.demo)
        if cmd_name == MCP:
            return _mcp_command(demo=self.demo)
        return _command(cmd_name, demo=self.demo) if cmd_name in question_names() else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        demo = (DEMO, DEMO_HELP) if DEMO in self.list_commands(ctx) else None
        write_questions(formatter, demo, ((CHECK, CHECK_HELP), (EXPORT, EXPORT_HELP), (MCP, MCP_HELP)))


class Demo(Questions):
    """The questions again, below `demo`: for help, and for a shell that completes their names."""

    demo = True

    def list_commands(self, ctx: Context) -> list[str]:
        return [*question_names(), CHECK, EXPORT, MCP]


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
