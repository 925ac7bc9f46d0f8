"""What was done with files, each alone or put together by folder or by how their names end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from enum import StrEnum
from operator import attrgetter

from tokenscope.history.activity import EDITS, READS, WRITES, Activity
from tokenscope.history.history import History
from tokenscope.ledger.ledger_rows import carried_by_paths
from tokenscope.store import ToolUse
from tokenscope.value import Record, Value, field
from tokenscope.view import figures

NO_EXTENSION = "(none)"


class FilesBy(StrEnum):
    """What a row of the table is."""

    FILE = "file"
    FOLDER = "folder"
    EXTENSION = "extension"


def _separator(path: str) -> str:
    return "\\" if "\\" in path and "/" not in path else "/"


def folder_of(path: str) -> str:
    """Where a file is; "" where its path does not say."""
    return path.rpartition(_separator(path))[0]


def extension_of(path: str) -> str:
    """What its name ends in, with the dot."""
    name = path.rpartition(_separator(path))[2]
    stem, dot, ending = name.rpartition(".")
    return dot + ending if stem and ending else NO_EXTENSION


KEYS: dict[FilesBy, Callable[[str], str]] = {
    FilesBy.FILE: lambda path: path,
    FilesBy.FOLDER: folder_of,
    FilesBy.EXTENSION: extension_of,
}


def seen_from(project: str, path: str, *, several: bool) -> str:
    """A path as seen from its project, with its name in front where there are several."""
    folder = project.rstrip("/\\")
    rest = path.removeprefix(folder)
    if not folder or rest == path or rest[:1] not in ("", "/", "\\"):
        return figures.home_path(path) or "."
    if several or not rest:
        return figures.project_name(folder) + rest
    return rest[1:]


class FileRow(Value):
    """A file, or all files of a folder or an extension together (`files`). Only uses that succeeded are counted.

    `project`: of the session that used it first. Lines are those of edits and writes (T44); through Bash they are
    unseen. `tokens_carried` (est.): what was read of it, by every later response in scope. A file of which only an
    older read was carried has no reads.
    """

    path: str
    project: str
    files: int
    reads: int
    edits: int
    writes: int
    created: int  # files that were made
    lines_added: int
    lines_removed: int
    sessions: int
    tokens_carried: int


class _Sums(Record):
    project: str = ""
    paths: set[str] = field(default_factory=set)
    reads: int = 0
    edits: int = 0
    writes: int = 0
    created: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    sessions: set[str] = field(default_factory=set)
    tokens: int = 0


_PATH, _NAME, _THREAD, _ADDED, _REMOVED, _CREATED = map(
    attrgetter, ("path", "name", "thread", "lines_added", "lines_removed", "created")
)


def _sum(uses: Sequence[ToolUse], activity: Activity) -> _Sums:
    names, threads = Counter(map(_NAME, uses)), dict.fromkeys(map(_THREAD, uses))
    return _Sums(
        project=next(filter(None, map(activity.project, threads)), ""),
        paths=set(map(_PATH, uses)),
        reads=sum(map(names.__getitem__, READS)),
        edits=sum(map(names.__getitem__, EDITS)),
        writes=sum(map(names.__getitem__, WRITES)),
        created=sum(map(_CREATED, uses)),
        lines_added=sum(map(_ADDED, uses)),
        lines_removed=sum(map(_REMOVED, uses)),
        sessions=set(map(activity.session_id, threads)),
    )


def _row(name: str, one: _Sums) -> FileRow:
    return FileRow(
        path=name,
        project=one.project,
        files=len(one.paths),
        reads=one.reads,
        edits=one.edits,
        writes=one.writes,
        created=one.created,
        lines_added=one.lines_added,
        lines_removed=one.lines_removed,
        sessions=len(one.sessions),
        tokens_carried=one.tokens,
    )


def _order(row: FileRow) -> tuple[int, int, int, str]:
    return -(row.lines_added + row.lines_removed), -(row.edits + row.writes), -row.tokens_carried, row.path


def file_rows(history: History, uses: Sequence[ToolUse], by: FilesBy) -> list[FileRow]:
    """What was done with files in `uses`, and what was carried of them: the most changed lines first."""
    activity = history.once(Activity)
    key, together = KEYS[by], defaultdict[str, list[ToolUse]](list)
    names = {path: key(path) for path in set(map(_PATH, uses))}
    for use in uses:
        together[names[use.path]].append(use)
    sums = defaultdict[str, _Sums](_Sums, {name: _sum(own, activity) for name, own in together.items()})
    projects = activity.projects_by_path
    for path, tokens in history.once(carried_by_paths).items():
        if path and tokens:
            one = sums[key(path)]
            one.tokens += tokens
            one.paths.add(path)
            one.project = one.project or projects.get(path, "")
    return sorted((_row(name, one) for name, one in sums.items()), key=_order)
