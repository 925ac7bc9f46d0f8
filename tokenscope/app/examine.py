"""What of this machine an answer has to know and cannot find out itself: folders, settings, terminal, versions."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from tokenscope import __version__
from tokenscope.ingest.files.claude_settings import last_usage, retention
from tokenscope.ingest.files.discover import candidate_roots, projects_folder, readable
from tokenscope.ingest.files.prompt_history import prompted_sessions
from tokenscope.ingest.files.running import RunningSessions
from tokenscope.machine import NOT_THERE, Machine, OtherFiles, Program, Prompted, Root

LIBRARIES = ("typer", "rich", "orjson", "platformdirs")


def examine(
    given: Sequence[Path], environ: Mapping[str, str], home: Path, stream: TextIO, *, color: bool | None = None
) -> Machine:
    """`given`: the folders that were named on the command line; `stream`: where answers go."""
    from tokenscope.draw.terminal_page import capabilities  # noqa: PLC0415 - rich takes 50 ms

    chosen_by = "--root" if given else "CLAUDE_CONFIG_DIR" if _names_roots(environ) else "default"
    folders = candidate_roots(given, environ, home)
    roots = tuple(_root(root, chosen_by) for root in folders)
    return Machine(roots, capabilities(stream, environ, color=color), program())


def read_other_files(folders: Sequence[Path], wanted: OtherFiles) -> Machine:
    """What Claude Code keeps beside the transcripts in these folders."""
    configs = [_config(folder) for folder in folders]
    return Machine(
        prompted=_prompted(configs) if OtherFiles.PROMPTS in wanted else {},
        told_limits=last_usage(configs) if OtherFiles.LIMITS in wanted else None,
        terminals=_terminals(configs) if OtherFiles.RUNNING in wanted else {},
    )


def _prompted(configs: Sequence[Path]) -> dict[str, Prompted]:
    """When each session got its first prompt, by the prompt histories of all folders."""
    found: dict[str, Prompted] = {}
    for config in configs:
        for session_id, first in prompted_sessions(config).items():
            found[session_id] = min(first, found.get(session_id, first))
    return found


def _terminals(configs: Sequence[Path]) -> dict[str, str]:
    """Where the sessions of this machine run now, by what Claude Code keeps as long as they do."""
    running = RunningSessions(list(configs)).look()
    return {session_id: one.terminal for session_id, one in running.items() if one.terminal}


def _config(root: Path) -> Path:
    return root.parent if root.name == "projects" else root


def _names_roots(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("CLAUDE_CONFIG_DIR", "").strip(" ,"))


def _root(root: Path, chosen_by: str) -> Root:
    folder = projects_folder(root)
    found = retention(_config(root), sys.platform)
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
