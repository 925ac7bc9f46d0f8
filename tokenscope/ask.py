"""One request, answered: find the history, read what the question needs, ask, and write in the wanted format."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial, reduce
from importlib import import_module
from inspect import signature
from itertools import chain
from operator import or_
from pathlib import Path
from typing import Any, TextIO

from tokenscope import formats
from tokenscope.accounting.history import History
from tokenscope.card import Card
from tokenscope.envelope import Envelope, envelop
from tokenscope.errors import NoTranscriptsError, OutOfMemoryError, UsageError
from tokenscope.ingest.chosen import LAST, candidate, in_projects, load_session, pick
from tokenscope.ingest.discover import candidate_roots
from tokenscope.ingest.hide import hide_texts
from tokenscope.ingest.load import load
from tokenscope.invocation import typed_command
from tokenscope.machine import Machine
from tokenscope.model import Facet
from tokenscope.page import make_page
from tokenscope.plan import Plan
from tokenscope.pricing import pricer
from tokenscope.progress import ReadingBar
from tokenscope.question import Analyzer, Drawing
from tokenscope.registry import find_question
from tokenscope.scope import Scope, find_zone, parse_moment
from tokenscope.settings import find_plan
from tokenscope.store import Chosen, Coverage, Store

ROWS_A_CARD = 12
EVERY_ROW = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """One command line, understood. The names are those of the options."""

    since: str | None = None
    until: str | None = None
    project: list[str] | None = None
    model: list[str] | None = None
    session: list[str] | None = None
    root: list[Path] | None = None
    tz: str | None = None
    prices: Path | None = None
    plan: Plan | None = None
    json: bool = False
    csv: bool = False
    svg: Path | None = None
    html: Path | None = None
    limit: int | None = None
    all: bool = False
    plain: bool = False
    color: bool | None = None
    full: bool = False
    max_sessions: int = 300
    no_text: bool = False
    demo: bool = False
    export_config: str | None = None
    file: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)


def answer(analyzer: Analyzer, request: Request, stream: TextIO) -> None:
    """Write the answer to `stream`. Raises TokenscopeError."""
    try:
        _answer(analyzer, request, stream)
    except MemoryError:
        hint = "ask about less of it: --since 7d, or one --project"
        raise OutOfMemoryError("there is not enough memory for this history", hint=hint) from None


def _answer(analyzer: Analyzer, request: Request, stream: TextIO) -> None:
    outputs = [name for name in ("csv", "json", "svg", "html", "export_config") if getattr(request, name)]
    if len(outputs) > 1:
        first, second, *_ = (f"--{name.replace('_', '-')}" for name in outputs)
        raise UsageError(f"{first} and {second} exclude each other", hint="use one of them")
    if request.csv and not analyzer.rows:
        raise UsageError(f"{analyzer.name} is not a table", hint="use --json")
    _check_export(analyzer, request)
    if outputs and analyzer.output and any(_of(writer_of(analyzer), request.options).values()):
        hint = f"without --{outputs[0]}, {analyzer.name} writes in its own way"
        raise UsageError(f"--{outputs[0]} takes no other output", hint=hint)
    plan = find_plan(request.plan, os.environ)
    request = _with_window(analyzer, request)
    history = _history(analyzer, request)
    if Facet.FILES in analyzer.facets:
        history.store.machine = _machine(request, stream)
    report = analyzer.analyze(history, **_of(analyzer.analyze, request.options))
    if (request.json or request.csv) and request.limit is not None and analyzer.rows:
        report = replace(report, **{analyzer.rows: getattr(report, analyzer.rows)[: request.limit]})
    limit = EVERY_ROW if request.all else request.limit or ROWS_A_CARD
    command = typed_command(os.environ, Path(sys.prefix)) + (" demo" if request.demo else "")
    drawing = Drawing(history.scope.now, history.scope.zone, limit, plan, command, made_up=request.demo)
    _write(analyzer, request, history, report, drawing, stream)


def _check_export(analyzer: Analyzer, request: Request) -> None:
    name, known = request.export_config, ", ".join(analyzer.exports)
    if name is not None and name not in analyzer.exports:
        raise UsageError(f"nothing is exported for {name!r}", hint=f"write --export-config {known}")
    if name is None and request.file is not None:
        raise UsageError(f"{request.file}: nothing is written to it", hint=f"write --export-config {known} FILE")
    if request.file is not None and request.file.exists():
        raise UsageError(f"{request.file} exists and is never overwritten", hint="name a file that does not exist")


def writer_of(analyzer: Analyzer) -> Callable[..., None]:
    """The `write` of the format that a question without cards of its own names in `output`."""
    write: Callable[..., None] = import_module(f"{formats.__name__}.{analyzer.output}").write
    return write


def _of(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """Those of a question's own options that a function takes."""
    names = signature(function).parameters
    return {name: value for name, value in options.items() if name in names}


def _included(analyzer: Analyzer) -> list[Analyzer]:
    return [find_question(name) for name in analyzer.includes]


def _facets(analyzer: Analyzer, request: Request) -> Facet:
    """What has to be read for a question, asked with these options, and for those that it includes."""
    return reduce(or_, (one.facets for one in _included(analyzer)), analyzer.needs(request.options))


def open_history(request: Request, facets: Facet) -> History:
    """The whole history that a request is about, for who asks no question of it. Raises TokenscopeError."""
    return _history(Analyzer("export", "", facets, analyze=History, cards=lambda *_: ()), request)


def _history(analyzer: Analyzer, request: Request) -> History:
    prices = pricer.load(request.prices)
    scope = _scope(request)
    store = _store(analyzer, request, scope)
    if request.no_text:
        hide_texts(store)
    if store.chosen is not None:
        scope = replace(scope, sessions=(store.chosen.session_id,))
    return History(store, scope, prices)


def _machine(request: Request, stream: TextIO) -> Machine:
    from tokenscope.examine import examine  # noqa: PLC0415 - only the doctor needs it

    machine = examine(request.root or (), os.environ, _home(), stream, color=request.color)
    return replace(machine, roots=()) if request.demo else machine


def _now(request: Request) -> int:
    return demo_now() if request.demo else time.time_ns() // 1_000_000


def _zone(request: Request) -> tuple[tzinfo | None, str]:
    return find_zone(request.tz if request.tz or not request.demo else "UTC")


def _with_window(analyzer: Analyzer, request: Request) -> Request:
    """The request with the question's own window, where it has one and none is given. Whole days, today included."""
    if analyzer.days is None or request.since is not None or request.until is not None:
        return request
    today = datetime.fromtimestamp(_now(request) / 1000, UTC).astimezone(_zone(request)[0]).date()
    first = today - timedelta(days=analyzer.days(**request.options) - 1)
    return replace(request, since=first.isoformat())


def _scope(request: Request) -> Scope:
    now, (zone, zone_name) = _now(request), _zone(request)

    def moment(text: str | None, *, end_of_day: bool = False) -> int | None:
        return None if text is None else parse_moment(text, now=now, zone=zone, end_of_day=end_of_day)

    scope = Scope(
        now=now,
        since=moment(request.since),
        until=moment(request.until, end_of_day=True),
        projects=tuple(request.project or ()),
        models=tuple(request.model or ()),
        sessions=tuple(request.session or ()),
        zone=zone,
        zone_name=zone_name,
    )
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        raise UsageError("the window ends before it begins", hint="--since must lie before --until")
    return scope


def demo_now() -> int:
    """The demo's own clock, so that it always looks the same."""
    from tokenscope.demo import NOW  # noqa: PLC0415 - a long story that only the demo needs

    return NOW


def _store(analyzer: Analyzer, request: Request, scope: Scope) -> Store:
    if not analyzer.reads:
        return Store()
    if request.demo:
        from tokenscope.demo import demo_store  # noqa: PLC0415

        store = demo_store(_facets(analyzer, request))
        if analyzer.one_session:
            sessions = [candidate(session) for session in store.sessions.values()]
            session_id = pick(in_projects(sessions, scope.projects), _wanted(request))
            store.chosen = Chosen(session_id, None) if session_id else None
            store.coverage.sessions_found = 1
        return store
    roots = candidate_roots(request.root or (), os.environ, _home())
    if analyzer.one_session:
        return _chosen(analyzer, request, roots)
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


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # nobody tells: a user without an entry, in a container for example
        return Path("~")


def _chosen(analyzer: Analyzer, request: Request, roots: list[Path]) -> Store:
    """The files of one session."""
    with ReadingBar() as bar:
        return load_session(
            roots,
            analyzer.facets,
            _wanted(request),
            projects=request.project or (),
            tells_titles=not request.no_text,
            progress=bar.show,
        )


def _wanted(request: Request) -> str:
    """Which session is meant: by its argument, or by --session as everywhere."""
    named = " ".join(request.options["which"] or ()).strip()
    given = [*([named] if named else ()), *(request.session or ())]
    if len(given) > 1:
        raise UsageError("one session can be told, not several", hint="tokenscope session last, without --session")
    return given[0] if given else LAST


def _write(
    analyzer: Analyzer, request: Request, history: History, report: Any, drawing: Drawing, stream: TextIO
) -> None:
    # Each format is imported only where it is used: rich alone takes 50 ms.
    if request.csv:
        from tokenscope.formats import csv  # noqa: PLC0415

        return csv.write(report, analyzer.rows, stream)
    if request.export_config is not None:
        text = import_module(f"{formats.__name__}.{analyzer.exports[request.export_config]}").export(report)
        return _write_export(text, request.file, stream)
    envelope = envelop(analyzer.name, history, report)
    if request.json:
        from tokenscope.formats import json  # noqa: PLC0415

        stream.flush()
        return json.write(envelope, stream.buffer)
    included = {one.name: one.cards(one.analyze(history), drawing) for one in _included(analyzer)}
    if analyzer.output and request.svg is None and request.html is None:
        write = writer_of(analyzer)
        options = _of(write, {**request.options, "included": included})
        return write(report, envelope, drawing, stream, **options)
    cards = (*analyzer.cards(report, drawing), *chain.from_iterable(included.values()))
    return _draw(analyzer, request, envelope, cards, drawing, stream)


def _draw(
    analyzer: Analyzer,
    request: Request,
    envelope: Envelope,
    cards: tuple[Card, ...],
    drawing: Drawing,
    stream: TextIO,
) -> None:
    title = f"tokenscope {analyzer.name}"
    if request.svg is not None and analyzer.picture:
        import_module(f"{formats.__name__}.{analyzer.picture}").save(envelope.report, drawing, request.svg)
        return None
    page = make_page(analyzer, envelope, cards, drawing)
    if request.svg is not None:
        from tokenscope.formats import svg  # noqa: PLC0415

        return svg.save(page, request.svg, title=title)
    if request.html is not None:
        from tokenscope.formats import html  # noqa: PLC0415

        return html.save(page, request.html, title=title)
    from tokenscope.formats import terminal  # noqa: PLC0415

    return terminal.write(page, stream, color=request.color, plain=request.plain)


def _write_export(text: bytes, file: Path | None, stream: TextIO) -> None:
    """To a file that did not exist, which only its owner may read; else to the stream."""
    if file is None:
        stream.flush()
        stream.buffer.write(text)
        return
    try:
        with open(file, "xb", opener=partial(os.open, mode=0o600)) as new:
            new.write(text)
    except OSError as error:
        hint = "name a file that does not exist, in a folder that does"
        raise UsageError(f"cannot write {file}: {error.strerror}", hint=hint) from None
