"""The options that questions share: a parameter each, whose name, type and help are those of the option."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer._click.core import Command

from tokenscope.cli.help import HELP, QuestionCommand
from tokenscope.view.money import Plan

PART = "Which part of the history"
OUTPUT = "Output"


def _part(*names: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=PART)


def output(*names: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=OUTPUT)


def common_options(  # noqa: PLR0913 - one parameter an option
    *,
    since: Annotated[
        str | None, _part(help="Only from then on: 7d, 12h, today, 2026-11-03 or an ISO time.", metavar="WHEN")
    ] = None,
    until: Annotated[str | None, _part(help="Only until then; a date includes its day.", metavar="WHEN")] = None,
    project: Annotated[
        list[str] | None, _part(help="Only projects with this in their path. Repeatable.", metavar="TEXT")
    ] = None,
    model: Annotated[
        list[str] | None, _part(help="Only models with this in their name. Repeatable.", metavar="TEXT")
    ] = None,
    session: Annotated[
        list[str] | None, _part(help="Only sessions whose id begins so. Repeatable.", metavar="ID")
    ] = None,
    only: Annotated[
        list[str] | None,
        _part(help="Only responses with this in their stamp: skill=review, branch=main. Repeatable.", metavar="STAMP"),
    ] = None,
    root: Annotated[
        list[Path] | None,
        _part(help="Read this folder or exported file, no other. Repeatable.", metavar="DIR"),
    ] = None,
    team: Annotated[
        bool, _part("--team", help="Ask the team's history that `tokenscope login` leads to, not this machine's.")
    ] = False,
    tz: Annotated[
        str | None, _part(help="Time zone for days and times; default: the machine's.", metavar="ZONE")
    ] = None,
    prices: Annotated[
        Path | None, _part(help="A TOML file whose prices go over the packaged ones.", metavar="FILE")
    ] = None,
    plan: Annotated[Plan | None, output(help="What you pay by: order and words, never figures.")] = None,
    limit: Annotated[
        int | None, typer.Option(help="At most N rows a table.", metavar="N", min=1, rich_help_panel=OUTPUT)
    ] = None,
    all: Annotated[bool, output("--all", help="Every row of every table.")] = False,
    plain: Annotated[bool, output("--plain", help="One fact a line, without boxes and bars.")] = False,
    no_text: Annotated[
        bool, output("--no-text", help="Hide what transcripts say: titles, prompts, commands, errors.")
    ] = False,
    color: Annotated[bool | None, output("--color/--no-color", help="Colour or none.")] = None,
) -> None:
    """The options that every question has beside those of outputs; only their signature is used."""


def cap_options(
    *,
    full: Annotated[bool, _part("--full", help="Read every session.")] = False,
    max_sessions: Annotated[
        int | None, typer.Option(help="Read the N newest sessions.", metavar="N", min=1, rich_help_panel=PART)
    ] = None,
) -> None:
    """The options of a question that reads only the newest sessions."""


def named_output_options(
    *,
    file: Annotated[Path | None, typer.Argument(help="Where it goes, if not to the screen: a new file.")] = None,
) -> None:
    """Where an output goes that is asked for by its name."""


def watch_options(
    *, watch: Annotated[bool, output("--watch", help="As a board that follows: the same as `tokenscope live`.")] = False
) -> None:
    """The option of `sessions` that makes it a board."""


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a function, as options by name; what they are is in their annotations."""
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in parameters
    ]


def part_options() -> list[inspect.Parameter]:
    """Of the options that questions share, those which say what part of the history is meant."""
    return [one for one in parameters_of(common_options) if one.annotation.__metadata__[0].rich_help_panel == PART]


def made_command(
    name: str,
    help_text: str,
    epilog: str,
    run: Callable[..., Any],
    parameters: list[inspect.Parameter],
    kind: type[QuestionCommand] = QuestionCommand,
) -> Command:
    """The click command that calls `run` with these parameters."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name=name, help=help_text, epilog=epilog, context_settings=HELP, cls=kind)(run)
    return typer.main.get_command(app)
