"""The history that a request is about: which files are opened, and what is read of them."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import reduce
from operator import or_
from pathlib import Path

from tokenscope.app.progress import ReadingBar
from tokenscope.app.registry import find_question
from tokenscope.app.request import Request, scope_of
from tokenscope.errors import NoTranscriptsError, UsageError
from tokenscope.history.history import History
from tokenscope.ingest.files.discover import candidate_roots
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.store import Chosen, Coverage, Store
from tokenscope.view.question import Analyzer


def open_whole(request: Request, facets: Facet) -> History:
    """The whole history that a request is about, for who asks no question of it. Raises TokenscopeError."""
    return open_history(Analyzer("export", "", facets, analyze=History, cards=lambda *_: ()), request)


def open_history(analyzer: Analyzer, request: Request) -> History:
    """The history with what a question needs of it. Raises TokenscopeError."""
    prices = pricer.load(request.prices)
    scope = scope_of(request)
    store = _store(analyzer, request, scope)
    if request.no_text:
        from tokenscope.ingest.hide_texts import hide_texts  # noqa: PLC0415 - only here

        hide_texts(store)
    if store.chosen is not None:
        scope = replace(scope, sessions=(store.chosen.session_id,))
    return History(store, scope, prices)


def home() -> Path:
    """The user's own folder; one that is not there where nobody tells which it is."""
    try:
        return Path.home()
    except RuntimeError:  # a user without an entry, in a container for example
        return Path("~")


def included(analyzer: Analyzer) -> list[Analyzer]:
    """The questions whose cards belong to the answer."""
    return [find_question(name) for name in analyzer.includes]


def _facets(analyzer: Analyzer, request: Request) -> Facet:
    """What has to be read for a question, asked with these options, and for those that it includes."""
    return reduce(or_, (one.facets for one in included(analyzer)), analyzer.needs(request.options))


def _store(analyzer: Analyzer, request: Request, scope: Scope) -> Store:
    if not analyzer.reads:
        return Store()
    if request.demo:
        return _demo_store(analyzer, request, scope)
    roots = candidate_roots(request.root or (), os.environ, home())
    if analyzer.one_session:
        return _one_session(analyzer, request, roots)
    capped = analyzer.capped and not request.full and not scope.has_window
    examines = Facet.FILES in analyzer.facets
    try:
        with ReadingBar() as bar:
            return load(
                roots,
                _facets(analyzer, request),
                max_sessions=request.max_sessions if capped else None,
                max_content=analyzer.max_content if capped else None,
                since=None if examines else scope.since,
                progress=bar.show,
            )
    except NoTranscriptsError as error:
        if not examines:
            raise
        return Store(coverage=Coverage(roots=error.paths_tried))  # this is when a doctor is needed


def _demo_store(analyzer: Analyzer, request: Request, scope: Scope) -> Store:
    from tokenscope.demo import demo_store  # noqa: PLC0415 - a long story that only the demo needs

    store = demo_store(_facets(analyzer, request))
    if analyzer.one_session:
        from tokenscope.ingest.files.select_session import LAST, candidate, in_projects, pick  # noqa: PLC0415 - as below

        sessions = [candidate(session) for session in store.sessions.values()]
        session_id = pick(in_projects(sessions, scope.projects), _wanted(request) or LAST)
        store.chosen = Chosen(session_id, None) if session_id else None
        store.coverage.sessions_found = 1
    return store


def _one_session(analyzer: Analyzer, request: Request, roots: list[Path]) -> Store:
    """The files of one session."""
    from tokenscope.ingest.files.select_session import LAST, load_session  # noqa: PLC0415 - 1 ms that others do without

    with ReadingBar() as bar:
        return load_session(
            roots,
            analyzer.facets,
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
