"""What the doctor has to know of this machine and cannot find out itself: folders, settings, terminal, versions."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from tokenscope import __version__
from tokenscope.ingest.files.claude_settings import retention
from tokenscope.ingest.files.discover import candidate_roots, projects_folder, readable
from tokenscope.machine import NOT_THERE, Machine, Program, Root

LIBRARIES = ("typer", "rich", "orjson", "platformdirs")


def examine(
    given: Sequence[Path], environ: Mapping[str, str], home: Path, stream: TextIO, *, color: bool | None = None
) -> Machine:
    """`given`: the folders that were named on the command line; `stream`: where answers go."""
    from tokenscope.draw.terminal_page import capabilities  # noqa: PLC0415 - rich takes 50 ms

    chosen_by = "--root" if given else "CLAUDE_CONFIG_DIR" if _names_roots(environ) else "default"
    roots = tuple(_root(root, chosen_by) for root in candidate_roots(given, environ, home))
    return Machine(roots, capabilities(stream, environ, color=color), program())


def _names_roots(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("CLAUDE_CONFIG_DIR", "").strip(" ,"))


def _root(root: Path, chosen_by: str) -> Root:
    folder = projects_folder(root)
    config = root.parent if root.name == "projects" else root
    found = retention(config, sys.platform)
    return Root(readable(str(folder)), chosen_by, _problem(folder), readable(found.path), found.problem, found.days)


def _problem(folder: Path) -> str:
    if folder.is_file():
        return ""
    try:
        with os.scandir(folder):
            return ""
    except FileNotFoundError:
        return NOT_THERE
    except OSError as error:
        return error.strerror or "it cannot be read"


def program() -> Program:
    """The versions of all that runs here. The library that knows them all would bring network code with it."""
    return Program(
        tokenscope=__version__,
        python=f"{sys.implementation.name.replace('cpython', 'CPython')} {'.'.join(map(str, sys.version_info[:3]))}",
        system=_system(),
        libraries={name: _version(name) for name in LIBRARIES},
    )


def _system() -> str:
    if sys.platform == "win32":
        return "Windows " + ".".join(map(str, sys.getwindowsversion()[:3]))
    machine = os.uname()
    return f"{machine.sysname} {machine.release} {machine.machine}"


def _version(library: str) -> str:
    """As the folder says that an installer leaves beside a library; "?" where none did."""
    names = (found.name for folder in sys.path for found in Path(folder).glob(f"{library}-*.dist-info"))
    return next((name.removesuffix(".dist-info").partition("-")[2] for name in names), "?")
