"""The command of the board, and what `sessions --watch` makes of its options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typer._click.core import Command

from tokenscope.app.request import Request
from tokenscope.cli.help import EXAMPLES_OF_LIVE
from tokenscope.cli.options import common_options, live_options, made_command, parameters_of
from tokenscope.errors import UsageError

LIVE_TAKES = ("project", "root", "tz", "prices", "no_text", "color")  # of the options that questions share
LIVE = "live"
LIVE_HELP = "Sessions as they go on: a board that follows, with what each waits for, uses and costs."
WATCHED = "sessions"  # the question that `--watch` makes a board of


def live_command(*, demo: bool) -> Command:
    """The click command of the board."""
    own = parameters_of(live_options)
    shared = [one for one in parameters_of(common_options) if one.name in LIVE_TAKES]

    def run(**values: Any) -> None:
        given = {parameter.name: values.pop(parameter.name) for parameter in own}
        watch(Request(**values, demo=demo), given)

    return made_command(LIVE, LIVE_HELP, EXAMPLES_OF_LIVE, run, [*own, *shared])


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
