"""`--export-config claude-code`: settings to try. To a file that did not exist, which only its owner may read."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TextIO

from tokenscope.errors import UsageError
from tokenscope.view.format import Answer, Format


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.settings_to_try import settings_to_try  # noqa: PLC0415 - only here

    text = settings_to_try(answer.report)
    if answer.file is None:
        stream.flush()
        stream.buffer.write(text)
    else:
        _write_new(text, answer.file)


def _write_new(text: bytes, path: Path) -> None:
    try:
        with open(path, "xb", opener=partial(os.open, mode=0o600)) as new:
            new.write(text)
    except OSError as error:
        hint = "name a file that does not exist, in a folder that does"
        raise UsageError(f"cannot write {path}: {error.strerror}", hint=hint) from None


FORMAT = Format(
    "claude-code",
    option="export-config",
    metavar="NAME",
    help="Settings to try, with why: claude-code.",
    write=_write,
    only=("quota-audit", "whatif"),
)
