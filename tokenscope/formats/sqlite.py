"""Tables as one SQLite database, indexed by time and by what joins them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from errno import ENOSPC
from os import strerror
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tokenscope import __version__
from tokenscope.errors import UsageError
from tokenscope.model import PICODOLLARS, Facet
from tokenscope.view.format import Format, HistoryFile, WholeHistory

if TYPE_CHECKING:
    import sqlite3

    from tokenscope.history.counter_series import Field
    from tokenscope.history.export_tables import ExportTable
    from tokenscope.history.history import History

SCHEMA_VERSION = 1  # PRAGMA user_version
FACETS = Facet.TOOLS | Facet.TITLES | Facet.CONTENT
TYPES = {"text": "TEXT", "time": "TEXT", "whole": "INTEGER", "yes": "INTEGER", "dollars": "REAL"}
INDEXED = ("time", "started_at", "session_id", "message_id", "path")


def _no_stream(_: WholeHistory, __: BinaryIO) -> None:
    raise UsageError("a database is no stream", hint="name a file")


def _fill(whole: WholeHistory, path: Path) -> None:
    """A new database in the empty file at `path`. Raises OSError."""
    import sqlite3  # noqa: PLC0415 - 5 ms that other outputs do without

    tables = _tables(whole.history)
    if not whole.with_text:
        tables = [one.without_text() for one in tables]
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            _fill_tables(connection, tables, _about(whole))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise OSError(ENOSPC, str(error) or strerror(ENOSPC)) from None


def _tables(history: History) -> list[ExportTable]:
    from tokenscope.answers.context.sources_by_session import sources_by_session  # noqa: PLC0415 - only an export pays for it
    from tokenscope.history.counter_series import CAUSES, LEDGER  # noqa: PLC0415
    from tokenscope.history.export_tables import all_tables, masked_table  # noqa: PLC0415

    found = sorted(sources_by_session(history), key=lambda one: one.session_id)
    sources = (
        (one.session_id, source, tokens, price / PICODOLLARS if price or not tokens else None, occurrences)
        for one in found
        for source, tokens, price, occurrences in one.sources
    )
    causes = ((one.session_id, cause, *sums) for one in found for cause, sums in one.causes.items())
    return [
        *all_tables(history, {one.session_id: one.floor_tokens for one in found}),
        masked_table("ledger", LEDGER, sources),
        masked_table("causes", CAUSES, causes),
    ]


def _fill_tables(
    connection: sqlite3.Connection, tables: Iterable[ExportTable], facts: Iterable[tuple[str, str | None]]
) -> None:
    # Nobody else sees the file before it is whole, so that a journal beside it would protect nothing.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT)")
    connection.executemany("INSERT INTO about VALUES (?, ?)", facts)
    for table in tables:
        columns = ", ".join(map(_column, table.fields))
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
        places = ", ".join("?" * len(table.fields))
        connection.executemany(f"INSERT INTO {table.name} VALUES ({places})", table.rows)
        for field in table.fields:
            if field.name in INDEXED:
                connection.execute(f"CREATE INDEX {table.name}_{field.name} ON {table.name} ({field.name})")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _about(whole: WholeHistory) -> Iterator[tuple[str, str | None]]:
    scope = whole.about.scope
    yield "tokenscope", __version__
    yield "prices_checked", whole.history.pricer.checked.isoformat()
    yield "timezone", scope.timezone
    for name, moment in (("since", scope.since), ("until", scope.until)):
        yield name, None if moment is None else moment.isoformat()
    for name in ("projects", "models", "sessions", "only"):
        yield name, ", ".join(getattr(scope, name)) or None


def _column(field: Field) -> str:
    kind = TYPES[field.kind.rstrip("?")]
    return f"{field.name} {kind}" + ("" if field.kind.endswith("?") else " NOT NULL")


FORMAT = Format(
    "sqlite",
    history_file=HistoryFile(
        (".sqlite", ".sqlite3", ".db"),
        facets=lambda *_: Facet.TOOLS | Facet.TITLES | Facet.CONTENT,
        write=_no_stream,
        fill=_fill,
    ),
)
