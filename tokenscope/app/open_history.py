"""The history that a request is about: which files are opened, what is read of them, and how far that is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from tokenscope.app.request import Request, scope_of
from tokenscope.errors import NoTranscriptsError, UsageError
from tokenscope.history.history import History
from tokenscope.ingest.files.claude_settings import contract_rates
from tokenscope.ingest.files.discover import candidate_roots
from tokenscope.ingest.files.newest import Cap
from tokenscope.ingest.load import load
from tokenscope.machine import Coverage
from tokenscope.model import PARTS_OF_TOOLS, Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.store import Chosen, Store
from tokenscope.value import replace
from tokenscope.view.figures import size
from tokenscope.view.question import MOST_SESSIONS, Needs, Reading, Sessions

PATIENCE = 0.5  # seconds of reading before anything is shown
INTERVAL = 0.1  # seconds between two pictures
WIDTH = 30  # characters
NO_NEEDS = Needs()
TRANSCRIPT = ".jsonl"
EXPORT_ENDINGS = (".ndjson", TRANSCRIPT, ".csv", ".sqlite", ".sqlite3", ".db", ".parquet")


def open_history(
    reading: Reading, request: Request, needs: Needs = NO_NEEDS, begin: Callable[[History], Any] | None = None
) -> History:
    """The history, with what has to be read of it, and of exported files. Raises TokenscopeError.

    `begin` is asked of it, by `once`, before all of it is there, where nothing that is left changes what that finds.
    """
    prices = pricer.load_pricer(request.prices, contract=None if request.demo else contract_rates(sys.platform))
    scope = scope_of(request)
    if scope.only:
        reading = replace(reading, facets=reading.facets | Facet.STAMPS)
    if scope.models and reading.facets & PARTS_OF_TOOLS & ~Facet.SPAWNS:
        # It is told how much of all that was done is no model's.
        reading = replace(reading, facets=reading.facets | Facet.TOOLS)
    if needs.files:
        from tokenscope.ingest.exported_rows import check_exported  # noqa: PLC0415 - 6 ms, with sqlite3

        for name in needs.files:
            check_exported(Path(name))
    reading = replace(reading, facets=reading.facets | needs.facets)
    begun: list[History] = []

    def midway(store: Store) -> None:
        if begin is not None:
            begun.append(History(store, scope, prices))
            begun[-1].once(begin)

    is_plain = scope.is_everything and not needs.files and not request.no_text and reading.sessions is Sessions.ALL
    store = _store(reading, request, scope, midway if is_plain else None) if needs.transcripts else Store()
    if needs.files:
        from tokenscope.ingest.exported import load_exported  # noqa: PLC0415 - likewise

        store = load_exported(needs.files, store)
    folders = [root for root in request.root or () if root.suffix.lower() not in EXPORT_ENDINGS]
    if reading.other_files and not request.demo and bool(folders) == bool(request.root):
        from tokenscope.app.examine import read_other_files  # noqa: PLC0415 - a few questions need it

        store.machine = read_other_files(candidate_roots(folders, os.environ, home()), reading.other_files)
    if request.no_text:
        from tokenscope.ingest.hide_texts import hide_texts  # noqa: PLC0415 - only here

        hide_texts(store)
    if store.chosen is not None:
        scope = replace(scope, sessions=(store.chosen.session_id,))
    return begun[-1] if begun and begun[-1].store is store else History(store, scope, prices)


def home() -> Path:
    """The user's own folder; one that is not there where nobody tells which it is."""
    try:
        return Path.home()
    except RuntimeError:  # a user without an entry, in a container for example
        return Path("~")


def _store(reading: Reading, request: Request, scope: Scope, midway: Callable[[Store], None] | None = None) -> Store:
    """`midway`: see load."""
    if reading.sessions is Sessions.NONE:
        return Store()
    if request.demo:
        return _demo_store(reading, request, scope)
    exported = [root for root in request.root or () if is_export(root)]
    if exported:
        return _with_exported(reading, request, scope, exported)
    roots = candidate_roots(request.root or (), os.environ, home())
    if reading.sessions is Sessions.ONE:
        return _one_session(reading, request, roots)
    capped = reading.sessions is Sessions.NEWEST and not request.full and not scope.has_window
    examines = Facet.FILES in reading.facets
    try:
        with ReadingBar() as bar:
            read = partial(
                load,
                roots,
                reading.needs(request.options),
                cap=_cap(reading, request) if capped else None,
                progress=bar.show,
                midway=midway,
            )
            store = read(since=None if examines else scope.since)
            return read(since=None) if reading.looks_back and _is_quiet(store, scope) else store
    except NoTranscriptsError as error:
        if not examines:
            raise
        return Store(coverage=Coverage(roots=error.paths_tried))  # this is when a doctor is needed


def _cap(reading: Reading, request: Request) -> Cap:
    """Who says how many sessions gets them, whatever their size."""
    if request.max_sessions is not None:
        return Cap(request.max_sessions, content=reading.max_content)
    return Cap(MOST_SESSIONS, reading.max_bytes, reading.max_content)


def is_export(root: Path) -> bool:
    """Whether a root is a file that `export` wrote. Raises UsageError for one that has such an ending and is none."""
    if root.suffix.lower() not in EXPORT_ENDINGS or not root.is_file():
        return False
    from tokenscope.ingest.exported_rows import check_exported  # noqa: PLC0415 - 6 ms, with sqlite3

    if root.suffix.lower() != TRANSCRIPT:
        return bool(check_exported(root))
    try:
        return bool(check_exported(root))
    except UsageError:
        return False


def _with_exported(reading: Reading, request: Request, scope: Scope, exported: list[Path]) -> Store:
    """The folders among the roots, and what these files have beside: each response once."""
    if reading.sessions is Sessions.ONE or Facet.FILES in reading.facets:
        raise UsageError("this is told by transcripts alone", hint=f"leave out --root {exported[0]}")
    from tokenscope.ingest.exported import load_exported  # noqa: PLC0415 - as above

    folders = [root for root in request.root or () if root not in exported]
    store = _store(reading, replace(request, root=folders), scope) if folders else Store()
    return load_exported(exported, store, are_sides=False)


def _is_quiet(store: Store, scope: Scope) -> bool:
    """Whether nothing of what was read is as young as the window."""
    newest = store.dates()[1]
    return scope.since is not None and (newest is None or newest < scope.since)


def _demo_store(reading: Reading, request: Request, scope: Scope) -> Store:
    from tokenscope.demo import demo_store  # noqa: PLC0415 - a long story that only the demo needs

    store = demo_store(reading.needs(request.options))
    if reading.sessions is Sessions.ONE:
        from tokenscope.ingest.files.select_session import LAST, candidate, in_projects, pick  # noqa: PLC0415 - as below

        sessions = [candidate(session) for session in store.sessions.values()]
        session_id = pick(in_projects(sessions, scope.projects), _wanted(request) or LAST)
        store.chosen = Chosen(session_id, None) if session_id else None
        store.coverage.sessions_found = 1
    return store


def _one_session(reading: Reading, request: Request, roots: list[Path]) -> Store:
    """The files of one session."""
    from tokenscope.ingest.files.select_session import LAST, load_session  # noqa: PLC0415 - 1 ms that others do without

    with ReadingBar() as bar:
        return load_session(
            roots,
            reading.facets,
            _wanted(request) or LAST,
            projects=request.project or (),
            tells_titles=not request.no_text,
            progress=bar.show,
        )


def _wanted(request: Request) -> str:
    """Which session is meant: by its argument, or by --session as everywhere; "" where neither says."""
    named = " ".join(request.options["which"] or ()).strip()
    given = [*([named] if named else ()), *(request.session or ())]
    if len(given) > 1:
        raise UsageError("one session can be told, not several", hint="tokenscope session last, without --session")
    return given[0] if given else ""


class ReadingBar:
    """Shows nothing unless stderr is a terminal. ASCII, so that every console can show it."""

    def __init__(self, doing: str = "reading", told: Callable[[int], str] = size) -> None:
        self._doing, self._told = doing, told
        self._due = time.monotonic() + PATIENCE if sys.stderr is not None and sys.stderr.isatty() else None
        self._shown = False

    def __enter__(self) -> ReadingBar:
        return self

    def show(self, done: int, total: int) -> None:
        """`done` of `total` bytes have been read, or of what else `told` says."""
        if self._due is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + INTERVAL
        self._shown = True
        filled = WIDTH * done // total if total else WIDTH
        bar = "#" * filled + "-" * (WIDTH - filled)
        sys.stderr.write(f"\r{self._doing} [{bar}] {self._told(done)} of {self._told(total)}   ")
        sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * (WIDTH + 40) + "\r")
            sys.stderr.flush()
