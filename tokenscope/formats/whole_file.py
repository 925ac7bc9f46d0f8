"""A file that is there whole or not at all: written beside its place under another name, then put there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokenscope.errors import OutputError

THERE = "--force replaces it"


def check(path: Path, *, force: bool) -> None:
    """Raises OutputError where `path` cannot become a new file."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder", hint="name a file in it")
    if path.exists() and not force:
        raise OutputError(f"{path} is there already", hint=THERE)
    if not path.resolve().parent.is_dir():
        raise OutputError(f"cannot write {path}: there is no such folder", hint="name a file in a folder that exists")


@contextmanager
def whole_file(path: Path, *, force: bool) -> Iterator[Path]:
    """An empty file to fill, which only its owner may read; it becomes `path` at the end, or vanishes at an error.

    Raises OutputError; an OSError on the way is one.
    """
    path = path.resolve()  # a link stays one
    part: Path | None = None
    try:
        number, name = tempfile.mkstemp(prefix=".tokenscope-", suffix=".part", dir=path.parent)
        os.close(number)
        part = Path(name)
        yield part
        _put(part, path, force=force)
    except OSError as error:
        hint = "is its folder yours?" if isinstance(error, PermissionError) else "is there room for it?"
        raise OutputError(f"cannot write {path}: {error.strerror}", hint=hint) from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _put(part: Path, path: Path, *, force: bool) -> None:
    if not force:
        try:
            os.link(part, path)  # fails where somebody else was faster
            return
        except FileExistsError:
            raise OutputError(f"{path} is there already", hint=THERE) from None
        except OSError:
            pass  # a file system without links
    part.replace(path)
