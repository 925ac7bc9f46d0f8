"""The commands of the program, made of what the questions say of themselves."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.core import Command, Context  # typer carries its own click from 0.26 on
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

from tokenscope import __version__
from tokenscope.app.ask import answer
from tokenscope.app.registry import answer_formats, find_question, question_names, usual_format
from tokenscope.app.request import Request
from tokenscope.cli.help import (
    EXAMPLES_OF_THE_PROGRAM,
    HELP,
    OwnCommandHelp,
    as_written,
    examples_text,
    write_questions,
)
from tokenscope.cli.options import (
    cap_options,
    common_options,
    made_command,
    named_output_options,
    output,
    parameters_of,
    watch_options,
)
from tokenscope.cli.own_command import OwnCommand
from tokenscope.view.format import Format
from tokenscope.view.question import Argument, Option, Question, Sessions, file_among, takes_argument

DEMO = "demo"
KINDS = ("", "FILE", "NAME")  # of options for outputs, in the order of help
WATCHED = "sessions"  # the question that `--watch` makes a board of
DEMO_HELP = "Any question on a made-up history: tokenscope demo, tokenscope demo daily."


@cache
def own_commands() -> Mapping[str, OwnCommand]:
    """Those that ask no question, by name. Imported when one is asked for, or may be meant."""
    from tokenscope.cli.check_command import CHECK  # noqa: PLC0415 - 8 ms together, which a question does not pay
    from tokenscope.cli.export_command import EXPORT  # noqa: PLC0415
    from tokenscope.cli.live_command import LIVE  # noqa: PLC0415
    from tokenscope.cli.mcp_command import MCP  # noqa: PLC0415
    from tokenscope.cli.team_commands import TEAM_COMMANDS  # noqa: PLC0415

    return {one.name: one for one in (LIVE, MCP, CHECK, EXPORT, *TEAM_COMMANDS)}


def _own_options(question: Question) -> list[inspect.Parameter]:
    """What `analyze`, and the format that is written unasked, take from the command line."""
    takes = usual_format(question).takes
    functions = [question.analyze, *([takes] if takes else [])]
    parameters = []
    for parameter in (parameter for function in functions for parameter in parameters_of(function)):
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
        if named & asked.keys() and (file := file_among(question, options)):
            values["file"] = Path(file)
        if values.pop("watch", False):
            from tokenscope.cli.live_command import board_request, watch  # noqa: PLC0415

            watch(board_request(values, options, asked, demo=demo), {"json": "json" in asked, **options})
            return
        try:
            answer(question, Request(**values, demo=demo, options=options, outputs=asked), sys.stdout)
        except BrokenPipeError:
            raise SystemExit from None  # as typer does for its own output

    parameters = [*own, *parameters_of(common_options), *outputs]
    parameters += parameters_of(cap_options) if question.reading.sessions is Sessions.NEWEST else []
    parameters += parameters_of(watch_options) if name == WATCHED else []
    named = {str(one.option) for one in answer_formats(question) if one.metavar == "NAME"}
    takes_file = named and not takes_argument(question)  # else the file is among its own words
    parameters += parameters_of(named_output_options) if takes_file else []
    return made_command(name, question.help, examples_text(question), ask, parameters)


def _own_command(one: OwnCommand, *, demo: bool) -> Command:
    """The click command of what asks no question."""
    run, parameters = one.make(demo)
    return made_command(one.name, one.help, as_written(one.examples), run, parameters, kind=OwnCommandHelp)


def own_names(*, demo: bool) -> list[str]:
    """The commands that ask no question, of the program or of its demo."""
    return [name for name, one in own_commands().items() if one.on_demo or not demo]


class Questions(TyperGroup):
    """Imports a question's module only when it is asked, or when help lists them all."""

    demo = False

    def list_commands(self, ctx: Context) -> list[str]:
        return [*question_names(), *own_commands(), DEMO]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name == DEMO:
            return Demo(name=DEMO, help=DEMO_HELP, rich_markup_mode=None)
        if cmd_name in question_names():
            return _command(cmd_name, demo=self.demo)
        is_own = cmd_name in own_names(demo=self.demo)
        return _own_command(own_commands()[cmd_name], demo=self.demo) if is_own else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        demo = (DEMO, DEMO_HELP) if DEMO in self.list_commands(ctx) else None
        write_questions(formatter, demo, [own_commands()[name] for name in own_names(demo=self.demo)])


class Demo(Questions):
    """The questions again, below `demo`: for help, and for a shell that completes their names."""

    demo = True

    def list_commands(self, ctx: Context) -> list[str]:
        return [*question_names(), *own_names(demo=True)]


app = typer.Typer(
    cls=Questions,
    name="tokenscope",
    help="Where did my Claude Code usage go, and what can I change? Reads local transcripts, sends nothing unasked.",
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
        bool,
        typer.Option(
            "--statusline",
            help="Print one line for Claude Code's status line, which hands over JSON; behind it may be a format.",
        ),
    ] = False,
) -> None:
    assert not statusline, "__main__ answers it, past all that is imported here"
    if version:
        print(f"tokenscope {__version__}")
        raise typer.Exit
