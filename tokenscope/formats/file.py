"""A file that the reader named: written whole or not at all, and never over somebody else's."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from tokenscope.errors import OutputError

_MARK = b"<title>tokenscope"  # early in every picture and page of ours
_EARLY = 4096  # bytes


def save(text: str, path: Path, *, is_private: bool = False) -> None:
    """Write `text` to `path`; where it is private, a file that only its owner may read. Raises OutputError.

    A file is replaced only where it is empty or one of ours: a mistyped name costs nobody a file. Devices and
    pipes take the text as it comes.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")
        elif path.exists() and not _is_ours(path):
            hint = "name another file, or remove that one first"
            raise OutputError(f"{path} is there already, and tokenscope did not write it", hint=hint)
        else:
            _replace(path.resolve(), text, 0o600 if is_private else 0o666)  # a link stays one
    except OSError as error:
        hint = "name a file in a folder that exists"
        raise OutputError(f"cannot write {path}: {error.strerror}", hint=hint) from None


def _is_ours(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(_EARLY)
    return not start or _MARK in start


def _replace(path: Path, text: str, mode: int) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        opener = partial(os.open, mode=mode)
        with open(part, "w", encoding="utf-8", newline="\n", opener=opener) as stream:
            stream.write(text)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
