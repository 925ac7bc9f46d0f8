"""Which project a working directory belongs to (T62): told by what transcripts say and by its path alone, so that every
machine says the same.

One folder is spelt in many ways: Windows takes either separator and either case of a drive's letter, macOS hands out
names in another normal form than they were typed in, and some programs leave a separator at the end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/]|\Z)")
_SHARE = re.compile(r"[\\/]{2}(?=[^\\/])")
_LONG = re.compile(r"[\\/]{2}[?.][\\/](?:UNC(?=[\\/])|(?=[A-Za-z]:))", re.IGNORECASE)  # Windows' prefix of long paths
_SEPARATORS = re.compile(r"[\\/]+")
_ENCODED_DRIVE = re.compile(r"[A-Za-z]--")  # of a folder below projects, which stands in for an unknown directory

# Programs keep worktrees below the repository in a hidden folder of theirs, as git keeps its own records of them, or
# those of all repositories in a hidden folder, by the repository's name.
_OF_A_PROGRAM = re.compile(r"(?P<repository>.+?)/\.[a-z]+/worktrees/[^/]+(?:/.*)?")
_FOR_ALL = re.compile(r"(?P<repository>(?:.*/)?\.[^/]+-worktrees/[^/]+)/[^/]+(?:/.*)?")
_ENCODED = re.compile(r"(?P<repository>[^/]+?)--(?:claude|git)-worktrees-.+")
# People keep them below the repository or beside it, in a folder named after it.
_BELOW = re.compile(r"(?P<repository>.+?)/\.?worktrees?/[^/]+(?:/.*)?")
_BESIDE = re.compile(r"(?P<repository>.*?[^/])[-._]worktrees?/[^/]+(?:/.*)?")
# What is no repository: a home and where else folders of all kinds are kept, and what is hidden in it.
_NO_REPOSITORY = re.compile(
    r"(?:[A-Za-z]:)?(?:/(?:home|Users)/[^/]+|/(?:root|tmp|opt|srv|home|Users|workspaces?))?/?|(?:.*/)?\.[^/]+"
)


def same_folder(directory: str) -> str:
    """The one spelling of a folder. A backslash parts names on Windows only: elsewhere it may be part of one."""
    path = unicodedata.normalize("NFC", directory)
    if long := _LONG.match(path):
        path = ("\\\\" if long[0][-1] in "Cc" else "") + path[long.end() :].lstrip("\\/")
    if _DRIVE.match(path):
        return path[0].upper() + ":\\" + "\\".join(_names(path[2:]))
    if _SHARE.match(path):
        return "\\\\" + "\\".join(_names(path))
    if _ENCODED_DRIVE.match(path):
        return path[0].upper() + path[1:]
    if path.startswith("/"):
        return "/" + "/".join(name for name in path.split("/") if name)
    return path.rstrip("/") or path


def _names(path: str) -> list[str]:
    return [name for name in _SEPARATORS.split(path) if name]


def known_worktrees(logged: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The folder that each worktree was made from, where transcripts say so."""
    pairs = ((same_folder(path), same_folder(origin)) for one in logged for path, origin in one.items())
    return {path: origin for path, origin in pairs if path not in _with_parents(origin)}


def _with_parents(folder: str) -> list[str]:
    """A folder, and each that it stands in."""
    return [folder, *(folder[: cut.start()] for cut in reversed(list(re.finditer(r"(?<=.)[/\\]", folder))))]


def project_of(folder: str, worktrees: Mapping[str, str] | None = None) -> str:
    """The repository that a worktree belongs to; any other folder is a project of its own. Of `same_folder`.

    `worktrees`: where those come from that the log names; of others their path tells.
    """
    if worktrees:
        folder = next((worktrees[one] for one in _with_parents(folder) if one in worktrees), folder)
    path = folder.replace("\\", "/") if folder.startswith("\\\\") or _DRIVE.match(folder) else folder
    for pattern in (_OF_A_PROGRAM, _FOR_ALL, _ENCODED):
        if found := pattern.fullmatch(path):
            return folder[: found.end("repository")]
    for pattern in (_BESIDE, _BELOW):
        found = pattern.fullmatch(path)
        if found and not _NO_REPOSITORY.fullmatch(found["repository"]):
            return folder[: found.end("repository")]
    return folder
