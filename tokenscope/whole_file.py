"""A file that the reader named: there whole or not at all, and never over somebody else's unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokenscope.errors import OutputError

_MARK = b"<title>tokenscope"  # early in every picture and page of ours
_EARLY = 4096  # bytes
_PRIVATE, _USUAL = 0o600, 0o666  # as far as the user's mask allows it


def save(text: str, path: Path, *, is_private: bool = False) -> None:
    """Write `text` to `path`; where it is private, a file that only its owner may read. Raises OutputError.

    A file is replaced only where it is empty or one of ours: a mistyped name costs nobody a file. Devices and
    pipes take the text as it comes.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        if path.exists() and not _is_ours(path):
            hint = "name another file, or remove that one first"
            raise OutputError(f"{path} is there already, and tokenscope did not write it", hint=hint)
    except OSError as error:
        raise _told(error, path) from None
    with whole_file(path, force=True, mode=_PRIVATE if is_private else _USUAL) as part:
        part.write_bytes(text.encode())


def check(path: Path, *, force: bool) -> None:
    """Raises OutputError where `path` cannot become a new file."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder", hint="name a file in it")
    if path.exists() and not force:
        raise OutputError(f"{path} is there already", hint="--force replaces it")
    if not path.resolve().parent.is_dir():
        raise OutputError(f"cannot write {path}: there is no such folder", hint="name a file in a folder that exists")


@contextmanager
def whole_file(path: Path, *, force: bool, mode: int = _PRIVATE) -> Iterator[Path]:
    """An empty file to fill, beside `path`; it becomes `path` at the end, or vanishes at an error.

    `force`: whether it may replace a file. `mode`: who may read it. Raises OutputError; an OSError on the way is one.
    """
    place = path.resolve()  # a link stays one
    part = place.with_name(f".tokenscope-{os.urandom(4).hex()}.part")
    try:
        try:  # an interruption behind the first byte of it must find it here
            part.touch(mode, exist_ok=False)
            yield part
            _put(part, place, force=force)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _told(error, path) from None


def _is_ours(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(_EARLY)
    return not start or _MARK in start


def _put(part: Path, path: Path, *, force: bool) -> None:
    if not force:
        try:
            os.link(part, path)  # fails where somebody else was faster
            return
        except FileExistsError:
            raise OutputError(f"{path} is there already", hint="name another file") from None
        except OSError:
            pass  # a file system without links
    part.replace(path)


def _told(error: OSError, path: Path) -> OutputError:
    hint = "is there room for it?"
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        hint = "name a file in a folder that exists"
    elif isinstance(error, PermissionError):
        hint = "is its folder yours?"
    return OutputError(f"cannot write {path}: {error.strerror}", hint=hint)
