"""A way out: the history as a file that other programs read. Nothing is asked here, so nothing is answered."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tokenscope import __version__
from tokenscope.app.open_history import open_whole
from tokenscope.app.registry import find_question, question_names
from tokenscope.app.request import Request
from tokenscope.credentials import masked, masked_rows
from tokenscope.errors import OutOfMemoryError, OutputError, UsageError
from tokenscope.formats.file import check, whole_file
from tokenscope.history.history import History
from tokenscope.ingest.files.discover import candidate_roots, projects_folder
from tokenscope.model import Facet
from tokenscope.view.envelope import envelop
from tokenscope.view.figures import plural
from tokenscope.view.question import Analyzer, takes_argument

STDOUT = "-"


class Format(StrEnum):
    """The formats, by name."""

    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    SQLITE = "sqlite"
    OPENMETRICS = "openmetrics"
    PARQUET = "parquet"


ENDINGS = {
    Format.JSON: (".json",),
    Format.NDJSON: (".ndjson", ".jsonl"),
    Format.CSV: (".csv",),
    Format.SQLITE: (".sqlite", ".sqlite3", ".db"),
    Format.OPENMETRICS: (".openmetrics", ".om", ".prom"),
    Format.PARQUET: (".parquet",),
}


class Order(NamedTuple):
    """What was ordered: where to, as what, and whether it may replace a file and hold words of transcripts."""

    out: str
    format: Format
    force: bool
    with_text: bool


def export(request: Request, order: Order) -> None:
    """Write the history to a file or to stdout. Raises TokenscopeError."""
    try:
        _export(request, order)
    except MemoryError:
        hint = "export less of it: --since 7d, or one --project"
        raise OutOfMemoryError("there is not enough memory for this history", hint=hint) from None


def _export(request: Request, order: Order) -> None:
    path = None if order.out == STDOUT else Path(order.out)
    _check(request, order, path)
    # The tables have columns for words, which are left out; a report has words in many places.
    hides = order.format is Format.JSON and not order.with_text
    history = open_whole(replace(request, no_text=hides), _facets(order))
    if path is None:
        sys.stdout.flush()
        _write(history, order, sys.stdout.buffer)
        sys.stdout.flush()
    elif _is_device(path):
        with path.open("wb") as stream:
            _write(history, order, stream)
    else:
        with whole_file(path, force=order.force) as part:
            _fill(history, order, part)
    if path is not None and sys.stderr is not None:
        print(f"tokenscope: {plural(len(history.indices), 'response')} in {path}", file=sys.stderr)


def format_of(out: str, given: Format | None) -> Format:
    """The format that was asked for, else that of the file's ending; lines of JSON on stdout. Raises UsageError."""
    if given is not None:
        return given
    if out == STDOUT:
        return Format.NDJSON
    ending = Path(out).suffix.lower()
    for one, endings in ENDINGS.items():
        if ending in endings:
            return one
    names = ", ".join(endings[0] for endings in ENDINGS.values())
    raise UsageError(f"no format has the ending of {out!r}", hint=f"use one of {names}, or --format")


def _check(request: Request, order: Order, path: Path | None) -> None:
    """What can be known before a long history is read."""
    if order.format is Format.SQLITE and (path is None or _is_device(path)):
        raise UsageError("a database is no stream", hint="name a file")
    if order.format is Format.PARQUET:
        from tokenscope.formats import parquet  # noqa: PLC0415

        if not parquet.is_there():
            raise UsageError("parquet needs pyarrow", hint="pip install 'tokenscope-cli[parquet]', or another format")
    if path is None or _is_device(path):
        return
    check(path, force=order.force)
    for root in candidate_roots(request.root or (), os.environ, Path("~").expanduser()):
        if path.resolve().is_relative_to(projects_folder(root).resolve()):
            raise OutputError(f"{path} is where transcripts are read from", hint="name a file somewhere else")


def _is_device(path: Path) -> bool:
    """A pipe or a device takes what it gets: there is nothing to replace."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _facets(order: Order) -> Facet:
    """What the format needs to know."""
    if order.format is Format.JSON:
        return reduce(or_, (analyzer.facets for analyzer in _questions()))
    if order.format in (Format.SQLITE, Format.OPENMETRICS):
        return Facet.TOOLS | Facet.TITLES
    return Facet.TITLES if order.with_text else Facet.USAGE


def _questions() -> Iterator[Analyzer]:
    """Those whose answer is about the history as a whole, and nothing but it."""
    for name in question_names():
        analyzer = find_question(name)
        is_of_history = analyzer.reads and analyzer.days is None and Facet.FILES not in analyzer.facets
        if is_of_history and not analyzer.output and not takes_argument(analyzer):
            yield analyzer


def _fill(history: History, order: Order, part: Path) -> None:
    if order.format is not Format.SQLITE:
        with part.open("wb") as stream:
            _write(history, order, stream)
        return
    from tokenscope.formats import sqlite  # noqa: PLC0415
    from tokenscope.history.export_tables import all_tables  # noqa: PLC0415

    tables = all_tables(history)
    tables = tables if order.with_text else [one.without_text() for one in tables]
    sqlite.write([replace(one, rows=masked_rows(one.rows)) for one in tables], _about(history), part)


def _about(history: History) -> Iterator[tuple[str, str | None]]:
    scope = envelop("export", history, None).scope
    yield "tokenscope", __version__
    yield "prices_checked", history.pricer.checked.isoformat()
    yield "timezone", scope.timezone
    for name, moment in (("since", scope.since), ("until", scope.until)):
        yield name, None if moment is None else moment.isoformat()
    for name, wanted in (("projects", scope.projects), ("models", scope.models), ("sessions", scope.sessions)):
        yield name, ", ".join(wanted) or None


def _write(history: History, order: Order, stream: BinaryIO) -> None:
    # Each format is imported only where it is used.
    if order.format is Format.JSON:
        from tokenscope.formats import json  # noqa: PLC0415

        return json.write_reports(envelop("export", history, None), _reports(history), stream)
    if order.format is Format.OPENMETRICS:
        from tokenscope.formats import openmetrics  # noqa: PLC0415
        from tokenscope.history.counter_series import metrics  # noqa: PLC0415

        return openmetrics.write(metrics(history), stream)
    from tokenscope.history.export_tables import message_table  # noqa: PLC0415

    table = message_table(history) if order.with_text else message_table(history).without_text()
    table = replace(table, rows=masked_rows(table.rows))
    if order.format is Format.NDJSON:
        from tokenscope.formats import ndjson  # noqa: PLC0415

        return ndjson.write(table, stream)
    if order.format is Format.PARQUET:
        from tokenscope.formats import parquet  # noqa: PLC0415

        return parquet.write(table, stream)
    from tokenscope.formats import csv  # noqa: PLC0415

    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        return csv.write_table(table, text)
    finally:
        text.detach()  # flushed, and not closed with it


def _reports(history: History) -> Iterator[tuple[str, Any]]:
    for analyzer in _questions():
        yield analyzer.name, masked(analyzer.analyze(history))
