"""`tokenscope export`: which part of the history, and where to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import typer

from tokenscope.app.registry import history_formats
from tokenscope.app.request import Request
from tokenscope.cli.help import ELSEWHERE
from tokenscope.cli.options import part_options
from tokenscope.cli.own_command import OwnCommand, Parameters


def _make(demo: bool) -> tuple[Callable[..., Any], Parameters]:  # noqa: FBT001 - of a value's signature
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
    return run, [*own, *part_options()]


EXPORT = OwnCommand(
    name="export",
    help="The history as a file: JSON, CSV, SQLite, OpenMetrics, Parquet.",
    group=ELSEWHERE,
    examples=("tokenscope export usage.csv --since 30d", "tokenscope export usage.sqlite", "tokenscope demo export -"),
    make=_make,
)
