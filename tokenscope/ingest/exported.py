"""Files that `export` wrote, read back into a store: each response once, however many files hold it.

What an export does not hand on stays unknown: what sat in contexts, compactions, why a cache was lost, stamps. Of its
formats those can be read that have a row a response: NDJSON, CSV, SQLite and Parquet. An SQLite file also says which
version and branch a session began with, what was asked and which tool uses failed.
"""

from __future__ import annotations

import csv
import sqlite3
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tokenscope.errors import UsageError
from tokenscope.ingest.exported_rows import (
    COLUMNS,
    HINT,
    NOTHING_BESIDE,
    ROWS,
    Beside,
    ExportedRow,
    check_exported,
    is_possible,
    ms_of,
    read_beside,
)
from tokenscope.model import ExportedFile, Message
from tokenscope.store import ResponseWork, Session, Store, Thread
from tokenscope.value import replace

_Key = tuple[str, str, int]  # message.id, part, and which one of several with both


def load_exported(paths: Iterable[str | Path], store: Store | None = None, *, are_sides: bool = True) -> Store:
    """The store of what these files hold, or `store` with it added. Raises UsageError. `are_sides`: of a comparison.

    A response that stands in several places counts once, in the thread that came first, with its largest output.
    """
    store = store or Store()
    known, before = _known(store), len(store.exported)
    threads = {(thread.session_id, thread.agent_id): number for number, thread in enumerate(store.threads)}
    for path in paths:
        _add_file(store, str(path), known, threads)
    store.exported[before:] = [replace(one, is_side=are_sides) for one in store.exported[before:]]
    return store


def _known(store: Store) -> dict[_Key, int]:
    """Where each response of a store is."""
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[_Key, int] = {}
    for index, message in enumerate(store.messages):
        key = message.id.replace("\0", " "), message.part
        found[*key, seen[key]] = index
        seen[key] += 1
    return found


def _add_file(store: Store, name: str, known: dict[_Key, int], threads: dict[tuple[str, str], int]) -> None:
    path, first = Path(name), len(store.messages)
    kind = check_exported(path)
    try:
        beside = read_beside(path) if kind == "sqlite" else NOTHING_BESIDE
        rows, coverage = ROWS[kind](path), store.coverage
        rebuilt: dict[int, int] = {}
        seen: Counter[tuple[str, str]] = Counter()
        coverage.files, coverage.files_found = coverage.files + 1, coverage.files_found + 1
        coverage.bytes += path.stat().st_size
        for row in rows:
            coverage.rows += 1
            if row is None or not is_possible(row):
                coverage.malformed_rows += 1
                continue
            coverage.undated_rows += row.time is None
            pair = row.message_id, row.part or ""
            key = (*pair, seen[pair])
            seen[pair] += 1
            coverage.duplicate_rows += key in known
            index = known[key] = _place(store, row, known.get(key), threads, beside)
            rebuilt[index] = row.rebuilt_tokens
    except (OSError, sqlite3.Error, csv.Error, ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint=HINT) from None
    if coverage.rows and coverage.malformed_rows == coverage.rows:
        raise UsageError(f"{path}: no row of it is that of a response", hint=HINT)
    asks = None if beside.prompts is None else _answers(store, beside.prompts, rebuilt)
    store.exported.append(ExportedFile(name, first, rebuilt, asks, kind == "sqlite"))
    _add_response_work(store, beside.tool_uses, rebuilt)
    coverage.sessions_found = coverage.sessions_read = len(store.sessions)
    coverage.roots = (*coverage.roots, str(path))


def _place(
    store: Store, row: ExportedRow, index: int | None, threads: dict[tuple[str, str], int], beside: Beside
) -> int:
    """The index of a row's message, which is made where it is new."""
    whose = row.session_id, row.agent_id or ""
    if index is not None:
        kept = store.messages[index]
        if row.output_tokens > kept.output_tokens:
            store.messages[index] = _message(row, kept.thread)
        return index
    if row.session_id not in store.sessions:
        branch, version = beside.origins.get(row.session_id, ("", ""))
        store.sessions[row.session_id] = Session(row.session_id, row.project, branch, version, row.title or "")
    session = store.sessions[row.session_id]
    if whose not in threads:
        threads[whose] = len(store.threads)
        session.threads.append(threads[whose])
        store.threads.append(Thread(*whose))
    message = _message(row, threads[whose])
    session.modified = max(session.modified, message.time or 0)
    store.threads[message.thread].messages.append(len(store.messages))
    store.messages.append(message)
    return len(store.messages) - 1


def _message(row: ExportedRow, thread: int) -> Message:
    fields = {name: getattr(row, name) for name in Message._fields if name in COLUMNS}
    time = None if row.time is None else ms_of(row.time)
    told = {"tariff": row.tariff or "", "part": row.part or "", "time": time}
    return Message(**{**fields, **told}, id=row.message_id, thread=thread, is_floor=row.output_is_floor, miss_reason="")


def _answers(store: Store, prompts: Iterable[tuple[str, int]], indices: Iterable[int]) -> tuple[int, ...]:
    """Of each prompt the first response of its session's main thread behind it; a prompt without one is no ask."""
    times: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index in indices:
        message, thread = store.messages[index], store.thread_of(store.messages[index])
        if message.time is not None and not message.part and not thread.agent_id:
            times[thread.session_id].append((message.time, index))
    for found in times.values():
        found.sort()
    places = ((times.get(session, []), time) for session, time in prompts)
    behind = ((found, bisect_left(found, (time, 0))) for found, time in places)
    return tuple(found[place][1] for found, place in behind if place < len(found))


def _add_response_work(store: Store, tool_uses: Mapping[str, tuple[int, int]], indices: Iterable[int]) -> None:
    own = [index for index in indices if not store.messages[index].part and store.messages[index].id in tool_uses]
    counts = (tool_uses[store.messages[index].id] for index in own)
    work = {place: tuple(ResponseWork(tool_uses=uses, errors=errors)) for place, (uses, errors) in enumerate(counts)}
    store.response_work.append((own, work))
