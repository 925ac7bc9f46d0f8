"""What a project is known by on every machine: the address of its git remote, else its folder. No git is run."""

from __future__ import annotations

import re
from pathlib import Path

_REMOTE = re.compile(r'^\s*\[remote "(?P<name>[^"]*)"\]\s*$(?P<body>[^\[]*)', re.MULTILINE)
_URL = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/\s]+@)?(?P<host>[^/:\s]+)(?::[0-9]+)?[:/]+(?P<path>\S+?)(?:\.git)?/*", re.IGNORECASE
)
LARGEST = 1_000_000  # bytes of a configuration file


def identity_of(folder: str) -> str:
    """`host/owner/repository` of the remote called origin, or of the first one; where there is none, the folder."""
    for url in _remotes(Path(folder)):
        found = _ADDRESS.fullmatch(url)
        if found is not None:
            return f"{found['host'].lower()}/{found['path']}"
    return f"folder {folder}"


def _remotes(folder: Path) -> list[str]:
    """The addresses of a repository's remotes, origin first."""
    try:
        place = _git_folder(folder)
        config = place / "config"
        if config.stat().st_size > LARGEST:
            return []
        text = config.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return []
    sections = sorted(_REMOTE.finditer(text), key=lambda one: one["name"] != "origin")
    return [url[1] for one in sections for url in _URL.finditer(one["body"])]


def _git_folder(folder: Path) -> Path:
    """Where the repository's own files are: a worktree only says where to look. Raises OSError."""
    place = folder / ".git"
    if place.is_dir():
        return place
    told = place.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
    own = folder / told
    common = own / "commondir"
    return own / common.read_text(encoding="utf-8").strip() if common.is_file() else own
