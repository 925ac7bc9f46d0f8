"""One request, answered: ask the question of its history, and write the answer in the wanted format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from inspect import signature
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from tokenscope import formats
from tokenscope.app.invocation import typed_command
from tokenscope.app.open_history import home, included, open_history
from tokenscope.app.request import Request, with_window
from tokenscope.app.settings import find_plan
from tokenscope.credentials import masked
from tokenscope.errors import OutOfMemoryError, UsageError
from tokenscope.history.history import History
from tokenscope.machine import Machine
from tokenscope.model import Facet
from tokenscope.view.card import Card
from tokenscope.view.envelope import Envelope, envelop
from tokenscope.view.question import Analyzer, Drawing

ROWS_A_CARD = 12
EVERY_ROW = 1_000_000


def answer(analyzer: Analyzer, request: Request, stream: TextIO) -> None:
    """Write the answer to `stream`. Raises TokenscopeError."""
    try:
        _answer(analyzer, request, stream)
    except MemoryError:
        hint = "ask about less of it: --since 7d, or one --project"
        raise OutOfMemoryError("there is not enough memory for this history", hint=hint) from None


def _answer(analyzer: Analyzer, request: Request, stream: TextIO) -> None:
    _check_outputs(analyzer, request)
    _check_export(analyzer, request)
    _check_secrets(request, stream)
    plan = find_plan(request.plan, os.environ)
    request = with_window(analyzer, request)
    history = open_history(analyzer, request)
    if Facet.FILES in analyzer.facets:
        history.store.machine = _machine(request, stream)
    report = analyzer.analyze(history, **_of(analyzer.analyze, request.options))
    if (request.json or request.csv) and request.limit is not None and analyzer.rows:
        report = replace(report, **{analyzer.rows: getattr(report, analyzer.rows)[: request.limit]})
    report = report if request.options.get("show_secrets") else masked(report)
    limit = EVERY_ROW if request.all else request.limit or ROWS_A_CARD
    command = typed_command(os.environ, Path(sys.prefix)) + (" demo" if request.demo else "")
    drawing = Drawing(history.scope.now, history.scope.zone, limit, plan, command, made_up=request.demo)
    _write(analyzer, request, history, report, drawing, stream)


def _check_outputs(analyzer: Analyzer, request: Request) -> None:
    """One output at most, and one that the question has."""
    outputs = [name for name in ("csv", "json", "svg", "html", "export_config") if getattr(request, name)]
    if len(outputs) > 1:
        first, second, *_ = (f"--{name.replace('_', '-')}" for name in outputs)
        raise UsageError(f"{first} and {second} exclude each other", hint="use one of them")
    if request.csv and not analyzer.rows:
        raise UsageError(f"{analyzer.name} is not a table", hint="use --json")
    if outputs and analyzer.output and any(_of(writer_of(analyzer), request.options).values()):
        hint = f"without --{outputs[0]}, {analyzer.name} writes in its own way"
        raise UsageError(f"--{outputs[0]} takes no other output", hint=hint)


def _check_export(analyzer: Analyzer, request: Request) -> None:
    name, known = request.export_config, ", ".join(analyzer.exports)
    if name is not None and name not in analyzer.exports:
        raise UsageError(f"nothing is exported for {name!r}", hint=f"write --export-config {known}")
    if name is None and request.file is not None:
        raise UsageError(f"{request.file}: nothing is written to it", hint=f"write --export-config {known} FILE")
    if request.file is not None and request.file.exists():
        raise UsageError(f"{request.file} exists and is never overwritten", hint="name a file that does not exist")


def _check_secrets(request: Request, stream: TextIO) -> None:
    """Credentials are shown to eyes only: what is written or handed on has none."""
    if not request.options.get("show_secrets"):
        return
    if not request.options["full_text"]:
        raise UsageError("--show-secrets needs --full-text", hint="elsewhere credentials are always masked")
    if not stream.isatty() or request.json or request.csv or request.svg or request.html:
        raise UsageError("--show-secrets shows credentials in a terminal only", hint="elsewhere they stay masked")


def writer_of(analyzer: Analyzer) -> Callable[..., None]:
    """The `write` of the format that a question without cards of its own names in `output`."""
    write: Callable[..., None] = import_module(f"{formats.__name__}.{analyzer.output}").write
    return write


def _of(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """Those of a question's own options that a function takes."""
    names = signature(function).parameters
    return {name: value for name, value in options.items() if name in names}


def _machine(request: Request, stream: TextIO) -> Machine:
    from tokenscope.app.examine import examine  # noqa: PLC0415 - only the doctor needs it

    machine = examine(request.root or (), os.environ, home(), stream, color=request.color)
    return machine._replace(roots=()) if request.demo else machine


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
    more = {one.name: one.cards(masked(one.analyze(history)), drawing) for one in included(analyzer)}
    if analyzer.output and request.svg is None and request.html is None:
        write = writer_of(analyzer)
        options = _of(write, {**request.options, "included": more})
        return write(report, envelope, drawing, stream, **options)
    cards = (*analyzer.cards(report, drawing), *chain.from_iterable(more.values()))
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
    from tokenscope.view.page import make_page  # noqa: PLC0415 - only for people

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
