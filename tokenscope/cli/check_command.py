"""`tokenscope check`: its conditions, and which part of the history they are about."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from tokenscope.app.request import Request
from tokenscope.cli.help import ELSEWHERE
from tokenscope.cli.options import output, part_options
from tokenscope.cli.own_command import OwnCommand, Parameters


def _make(demo: bool) -> tuple[Callable[..., Any], Parameters]:  # noqa: FBT001 - of a value's signature
    from tokenscope.app.conditions import parse_condition  # noqa: PLC0415 - as below
    from tokenscope.app.keep import check_conditions, short_condition  # noqa: PLC0415 - 5 ms that questions do without

    def options(
        *,
        max_usd: Annotated[str | None, typer.Option(help="At most so much list price.", metavar="USD")] = None,
        max_tokens: Annotated[str | None, typer.Option(help="At most so many tokens: 5M.", metavar="N")] = None,
        max_floor: Annotated[
            str | None, typer.Option(help="A floor of at most so many tokens: 25K.", metavar="N")
        ] = None,
        max_rebuilt: Annotated[
            str | None, typer.Option(help="At most so much of all tokens written again: 10%.", metavar="SHARE")
        ] = None,
        that: Annotated[
            list[str] | None,
            typer.Option(
                help="Any figure of a question: 'daily:total.list_price_usd<20'. Repeatable.", metavar="CONDITION"
            ),
        ] = None,
        where: Annotated[
            list[str] | None,
            typer.Option(help="Only rows with this in a field: project=shop. Repeatable.", metavar="FIELD=TEXT"),
        ] = None,
        json: Annotated[bool, output("--json", help="Print one JSON object.")] = False,
    ) -> None: ...

    def run(*, that: list[str] | None, where: list[str] | None, json: bool, **values: Any) -> int:
        limits = {name: values.pop(name) for name in ("max_usd", "max_tokens", "max_floor", "max_rebuilt")}
        given = [short_condition(name.replace("_", "-"), limit) for name, limit in limits.items() if limit is not None]
        request = Request(**values, demo=demo)
        return check_conditions(
            request, [*given, *map(parse_condition, that or ())], where or [], as_json=json, stream=sys.stdout
        )

    own = inspect.signature(options, eval_str=True, locals=locals()).parameters.values()
    return run, [*own, *part_options()]


CHECK = OwnCommand(
    name="check",
    help="Whether budgets and floors were kept: an exit code and a line each, for hooks and pipelines.",
    group=ELSEWHERE,
    examples=(
        "tokenscope check --max-usd 20 --since 1d",
        "tokenscope check --max-floor 25K --max-rebuilt 10%",
        "tokenscope check --that 'sessions:sessions[*].usage.total_tokens<50M' --where project=shop",
        "tokenscope demo check --max-usd 500",
    ),
    make=_make,
)
