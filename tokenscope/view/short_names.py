"""Short names that people can tell apart: of projects and models; and paths of files, seen from a folder."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from tokenscope.view.figures import home_path, model_name, project_name

_SEPARATOR = re.compile(r"[/\\]")


def project_labels(projects: Iterable[str]) -> dict[str, str]:
    """What each project is called: its folder's name; where two have one name, with as many folders before it as tell
    them apart.
    """
    labels = {project: project_name(project) for project in projects}
    folders = {project: [part for part in _SEPARATOR.split(project) if part] for project in labels}
    for depth in range(2, max(map(len, folders.values()), default=0) + 1):
        alike: dict[str, list[str]] = defaultdict(list)
        for project, label in labels.items():
            alike[label].append(project)
        several = [one for ones in alike.values() if len(ones) > 1 for one in ones]
        if not several:
            break
        labels |= {one: "/".join(folders[one][-depth:]) or one for one in several}
    return labels


def model_labels(models: Iterable[str]) -> dict[str, str]:
    """What each model is called: Opus 4.7; by its id where two would have one name."""
    labels = {model: model_name(model) for model in models}
    counts = Counter(labels.values())
    return {model: label if counts[label] == 1 else model for model, label in labels.items()}


def path_below(path: str, folder: str) -> str:
    """A path as it is seen from a folder that it may stand below."""
    below = path[len(folder) :] if folder and _as_spelt(path).startswith(_as_spelt(folder)) else ""
    return below[1:] if below[:1] in ("/", "\\") and below[1:] else home_path(path)


def _as_spelt(path: str) -> str:
    """Equal for what Windows takes for the same path, but for case behind its drive; as long as it was."""
    return path[0].upper() + path[1:].replace("\\", "/") if path[1:2] == ":" else path


def short_path(path: str, most: int = 30) -> str:
    """A path of at most so many characters: its last folders, or as it is where it is no path."""
    if len(path) <= most or " " in path:
        return path
    parts = re.split(r"(?<=[/\\])", path)
    while len(parts) > 1 and sum(map(len, parts)) > most:
        parts.pop(0)
    return f"…/{''.join(parts)}" if "/" in path or "\\" in path else path
