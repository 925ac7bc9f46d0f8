"""The command of the board, and what `sessions --watch` makes of its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from tokenscope.app.request import Request
from tokenscope.cli.help import NOW
from tokenscope.cli.options import common_options, parameters_of
from tokenscope.cli.own_command import OwnCommand, Parameters
from tokenscope.errors import UsageError

LIVE_TAKES = ("project", "root", "tz", "prices", "no_text", "color")  # of the options that questions share


def _options(
    *,
    once: Annotated[bool, typer.Option("--once", help="Print the board as it is now, and end.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for whatever changes; with --once what is now.")
    ] = False,
    notify: Annotated[
        list[str] | None,
        typer.Option(
            help="Ring the bell when this comes true: context>80%, cache<60s, usd>5, limit, loop, waiting. Repeatable.",
            metavar="CONDITION",
        ),
    ] = None,
    idle_hours: Annotated[
        float, typer.Option(help="A session is stale after so many hours without activity.", metavar="N")
    ] = 4.0,
) -> None:
    """The board's own options."""


def _make(demo: bool) -> tuple[Callable[..., Any], Parameters]:  # noqa: FBT001 - of a value's signature
    own = parameters_of(_options)
    shared = [one for one in parameters_of(common_options) if one.name in LIVE_TAKES]

    def run(**values: Any) -> None:
        given = {parameter.name: values.pop(parameter.name) for parameter in own}
        watch(Request(**values, demo=demo), given)

    return run, [*own, *shared]


def watch(request: Request, given: Mapping[str, Any]) -> None:
    """Show the board. `given`: the values of its own options. Raises TokenscopeError."""
    from tokenscope.live.command import watched  # noqa: PLC0415 - 20 ms that questions do without

    notify = given.get("notify") or ()
    try:
        watched(
            request,
            once=given.get("once", False),
            json=given.get("json", False),
            notify=notify,
            idle_hours=given["idle_hours"],
        )
    except BrokenPipeError:
        raise SystemExit from None


def board_request(
    values: Mapping[str, Any], options: Mapping[str, Any], asked: Mapping[str, Any], *, demo: bool
) -> Request:
    """What a board is asked for by `--watch`. Raises UsageError for what a board cannot heed."""
    usual = {"sort": "ended", "where": None, "by": None}
    unheeded = [name for name, value in usual.items() if options[name] != value]
    unheeded += [name for name in asked if name != "json"]
    unheeded += [name for name, value in values.items() if name not in LIVE_TAKES and value]
    if unheeded:
        hint = "`tokenscope live --help` lists what it takes"
        raise UsageError(f"--watch does not go with --{unheeded[0].replace('_', '-')}", hint=hint)
    return Request(**{name: value for name, value in values.items() if name in LIVE_TAKES}, demo=demo)


LIVE = OwnCommand(
    name="live",
    help="Sessions as they go on: a board that follows, with what each waits for, uses and costs.",
    group=NOW,
    examples=(
        "tokenscope live",
        "tokenscope live --once",
        "tokenscope live --notify 'context>80%' --notify limit",
        "tokenscope live --json",
        "tokenscope demo live --once",
    ),
    make=_make,
)
