"""Tables as one SQLite database, indexed by time and by what joins them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from errno import ENOSPC
from os import strerror
from pathlib import Path

from tokenscope.history.export_tables import Field, Table

SCHEMA_VERSION = 1  # PRAGMA user_version
TYPES = {"text": "TEXT", "time": "TEXT", "whole": "INTEGER", "yes": "INTEGER", "dollars": "REAL"}
INDEXED = ("time", "started_at", "session_id", "message_id", "path")


def write(tables: Iterable[Table], facts: Iterable[tuple[str, str | None]], path: Path) -> None:
    """A new database in the empty file at `path`; `facts` fill its table `about`. Raises OSError."""
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            _fill(connection, tables, facts)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise OSError(ENOSPC, str(error) or strerror(ENOSPC)) from None


def _fill(connection: sqlite3.Connection, tables: Iterable[Table], facts: Iterable[tuple[str, str | None]]) -> None:
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


def _column(field: Field) -> str:
    kind = TYPES[field.kind.rstrip("?")]
    return f"{field.name} {kind}" + ("" if field.kind.endswith("?") else " NOT NULL")
