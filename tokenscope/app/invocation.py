"""How the reader typed this command, so that the next one they are shown works as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

USUAL = "tokenscope"
VARIABLE = "TOKENSCOPE_COMMAND"  # set by the npm package
NAMED = ("npx tokenscope", USUAL)
_UV_CACHE = re.compile(r"(?:archive|environments)-v\d+")  # where uvx keeps what it runs once
_PIPX_RUN = re.compile(r"[0-9a-f]{10,}")  # what pipx calls the environment of a run; an installed one has a name


def typed_command(environ: Mapping[str, str], prefix: PurePath) -> str:
    """`prefix`: the folder of the environment that runs this. Installed, or unknown: tokenscope."""
    if environ.get(VARIABLE) in NAMED:
        return environ[VARIABLE]
    if any(_UV_CACHE.fullmatch(folder) for folder in prefix.parts):
        return "uvx tokenscope-cli"
    if "pipx" in prefix.parts and _PIPX_RUN.fullmatch(prefix.name):
        return "pipx run tokenscope-cli"
    return USUAL


def as_typed(text: str, command: str) -> str:
    """A text with the commands in it as the reader has to type them. In a text they stand behind a backtick."""
    return text.replace(f"`{USUAL} ", f"`{command} ").replace(f"`{USUAL}`", f"`{command}`")
