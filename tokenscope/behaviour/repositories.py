"""Which repository a working directory belongs to: worktrees folded to where they were made, by their path alone."""

from __future__ import annotations

import re

# Claude Code keeps worktrees below the repository; other tools beside it, in a folder named after it.
_BELOW = re.compile(r"^(?P<repository>.+?)[/\\](?:\.claude[/\\])?\.?worktrees?[/\\][^/\\]+(?:[/\\].*)?$")
_BESIDE = re.compile(r"^(?P<repository>.*?[^/\\])[-._]worktrees?[/\\][^/\\]+(?:[/\\].*)?$")


def repository_of(directory: str) -> str:
    """The repository's directory; the directory itself where its path names no worktree."""
    for pattern in (_BESIDE, _BELOW):
        if found := pattern.match(directory):
            return found["repository"]
    return directory
