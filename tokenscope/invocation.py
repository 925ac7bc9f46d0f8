"""How the reader typed this command, so that the next one they are shown works as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

USUAL = "tokenscope"
VARIABLE = "TOKENSCOPE_COMMAND"  # set by the npm package
NAMED = ("npx tokenscope", USUAL)
_UV_CACHE = re.compile(r"(?:archive|environments)-v\d+")  # where uvx keeps what it runs once


def typed_command(environ: Mapping[str, str], prefix: PurePath) -> str:
    """`prefix`: the folder of the environment that runs this. Installed, or unknown: tokenscope."""
    if environ.get(VARIABLE) in NAMED:
        return environ[VARIABLE]
    if any(_UV_CACHE.fullmatch(folder) for folder in prefix.parts):
        return "uvx tokenscope-cli"
    if prefix.parent.name == ".cache" and "pipx" in prefix.parent.parent.name:
        return "pipx run tokenscope-cli"
    return USUAL


def as_typed(text: str, command: str) -> str:
    """A text with the commands in it as the reader has to type them. In a text they stand behind a backtick."""
    return text.replace(f"`{USUAL} ", f"`{command} ").replace(f"`{USUAL}`", f"`{command}`")
