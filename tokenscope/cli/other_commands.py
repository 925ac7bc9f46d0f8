"""Commands that ask no question: what they take, and what they start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenscope.app.request import Request
from tokenscope.cli.options import PART, output
from tokenscope.errors import UsageError

OF_THE_EXTRA = ("mcp", "mcp_types", "anyio")


def mcp_options(
    *,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Answers hold titles, prompts, commands and errors too.")
    ] = False,
    root: Annotated[
        list[Path] | None,
        typer.Option(help="Read this folder, not the default ones. Repeatable.", metavar="DIR", rich_help_panel=PART),
    ] = None,
    tz: Annotated[
        str | None,
        typer.Option(
            help="Time zone for days and times; default: the machine's.", metavar="ZONE", rich_help_panel=PART
        ),
    ] = None,
    prices: Annotated[
        Path | None,
        typer.Option(help="A TOML file whose prices go over the packaged ones.", metavar="FILE", rich_help_panel=PART),
    ] = None,
) -> None:
    """What whoever starts the server decides; only the signature is used."""


def start_server(*, demo: bool, with_text: bool, root: list[Path] | None, tz: str | None, prices: Path | None) -> None:
    """Serve until the client has gone. Raises UsageError where the extra is not installed."""
    try:
        from tokenscope.mcp_server.asker import Setting  # noqa: PLC0415 - 1.5 s, with what the extra brings
        from tokenscope.mcp_server.server import serve  # noqa: PLC0415 - as above
    except ImportError as error:
        if str(error.name).partition(".")[0] not in OF_THE_EXTRA:
            raise
        raise UsageError("mcp is an extra: uvx --from 'tokenscope-cli[mcp]' tokenscope mcp") from None
    options = [f"--{name}={value}" for name, value in (("tz", tz), ("prices", prices)) if value is not None]
    serve(Setting(with_text, demo, tuple(root or ()), tuple(options)))


def check_options(
    *,
    max_usd: Annotated[str | None, typer.Option(help="At most so much list price.", metavar="USD")] = None,
    max_tokens: Annotated[str | None, typer.Option(help="At most so many tokens: 5M.", metavar="N")] = None,
    max_floor: Annotated[str | None, typer.Option(help="A floor of at most so many tokens: 25K.", metavar="N")] = None,
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
) -> None:
    """What is checked; only the signature is used."""


def start_check(*, demo: bool, that: list[str] | None, where: list[str] | None, json: bool, **values: Any) -> int:
    """Say whether conditions were kept. Returns the exit code. Raises TokenscopeError."""
    from tokenscope.app.conditions import parse_condition  # noqa: PLC0415 - as below
    from tokenscope.app.keep import check_conditions, short_condition  # noqa: PLC0415 - 5 ms that questions do without

    limits = {name: values.pop(name) for name in ("max_usd", "max_tokens", "max_floor", "max_rebuilt")}
    given = [short_condition(name.replace("_", "-"), limit) for name, limit in limits.items() if limit is not None]
    request = Request(**values, demo=demo)
    return check_conditions(
        request, [*given, *map(parse_condition, that or ())], where or [], as_json=json, stream=sys.stdout
    )
