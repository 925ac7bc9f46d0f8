"""`tokenscope mcp`: whose transcripts the server answers from, and whether their words may be told."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenscope.cli.help import NOW
from tokenscope.cli.options import common_options, parameters_of
from tokenscope.cli.own_command import OwnCommand, Parameters
from tokenscope.errors import UsageError

TAKEN = ("root", "tz", "prices")  # of the options that questions share


def _make(demo: bool) -> tuple[Callable[..., Any], Parameters]:  # noqa: FBT001 - of a value's signature
    def run(*, with_text: bool, root: list[Path] | None, tz: str | None, prices: Path | None) -> None:
        try:
            from tokenscope.mcp_server.asker import Setting  # noqa: PLC0415 - 1.5 s, with what the extra brings
            from tokenscope.mcp_server.server import serve  # noqa: PLC0415 - as above
        except ImportError as error:
            if str(error.name).partition(".")[0] not in ("mcp", "mcp_types", "anyio"):
                raise
            message = "mcp is an extra: uvx --from 'tokenscope-cli[mcp]' tokenscope mcp"
            raise UsageError(message) from None
        options = [f"--{name}={value}" for name, value in (("tz", tz), ("prices", prices)) if value is not None]
        serve(Setting(with_text, demo, tuple(root or ()), tuple(options)))

    help_text = "Answers hold titles, prompts, commands and errors too."
    own = inspect.Parameter(
        "with_text",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("--with-text", help=help_text)],
    )
    return run, [own, *(one for one in parameters_of(common_options) if one.name in TAKEN)]


MCP = OwnCommand(
    name="mcp",
    help="The questions for Claude Code and other clients, over the Model Context Protocol.",
    group=NOW,
    examples=(
        "claude mcp add tokenscope -- uvx --from 'tokenscope-cli[mcp]' tokenscope mcp",
        "tokenscope mcp --root ~/.claude",
        "tokenscope demo mcp",
    ),
    make=_make,
)
