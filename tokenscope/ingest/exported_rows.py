"""The rows of files that `export` wrote: NDJSON, CSV, SQLite and Parquet, which have one a response."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, MsgspecError, Struct, convert
from msgspec.json import Decoder

from tokenscope.errors import UsageError

ENDINGS = (".ndjson", ".jsonl", ".csv", ".sqlite", ".sqlite3", ".db", ".parquet")
SCHEMA_VERSION = 1  # of SQLite files: PRAGMA user_version
FORMULA = ("'=", "'+", "'-", "'@")  # a cell that a spreadsheet would run begins with an apostrophe
HINT = "name a file that `tokenscope export` wrote: NDJSON, CSV, SQLite or Parquet"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Whole = Annotated[int, Meta(ge=0, le=10**15)]
Moment = Annotated[datetime, Meta(tz=True)]


class ExportedRow(Struct, gc=False):
    """A row of the table `messages`, as docs/export.md tells it. Dollars are worked out again, at one price list."""

    time: Moment | None
    session_id: str
    agent_id: str | None
    project: str
    model: str
    message_id: str
    part: str | None
    input_tokens: Whole
    output_tokens: Whole
    cache_read_input_tokens: Whole
    cache_creation_input_tokens: Whole
    ephemeral_1h_input_tokens: Whole
    context_tokens: Whole
    rebuilt_tokens: Whole
    web_search_requests: Whole
    tariff: str | None
    output_is_floor: bool
    title: str | None = None


COLUMNS = ExportedRow.__struct_fields__
NEEDED = tuple(name for name in COLUMNS if name != "title")


def is_possible(row: ExportedRow) -> bool:
    """Whether parts of what was written to the cache are no more than all of it."""
    return max(row.ephemeral_1h_input_tokens, row.rebuilt_tokens) <= row.cache_creation_input_tokens


class Beside(NamedTuple):
    """What an SQLite file knows beside the responses."""

    origins: Mapping[str, tuple[str, str]]  # branch and version, by session
    prompts: tuple[tuple[str, int], ...] | None  # session and ms
    tool_uses: Mapping[str, tuple[int, int]]  # by message.id: how many, and how many failed


NOTHING_BESIDE = Beside({}, None, {})


def check_exported(path: Path) -> str:
    """The format of a file that can be read back, by how it begins. Raises UsageError for any other."""
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no file", hint=HINT)
        with path.open("rb") as stream:
            start = stream.read(65_536)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}", hint=HINT) from None
    if start.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if start.startswith(b"PAR1"):
        if find_spec("pyarrow") is None:
            raise UsageError(f"{path}: parquet needs pyarrow", hint="pip install 'tokenscope-cli[parquet]'")
        return "parquet"
    first = start.split(b"\n", 1)[0]
    if first.startswith(b"{") and all(b'"%s"' % name.encode() in first for name in NEEDED):
        return "ndjson"
    if {name.encode() for name in NEEDED} <= set(first.strip().split(b",")):
        return "csv"
    raise UsageError(f"{path} is no export with a row a response", hint=HINT)


# --- the rows of each format; None for one that is none of a response ---


def _of_ndjson(path: Path) -> Iterator[ExportedRow | None]:
    decode = Decoder(ExportedRow).decode
    with path.open("rb") as stream:
        for line in stream:
            try:
                yield decode(line)
            except (MsgspecError, UnicodeDecodeError):
                yield None


def _of_csv(path: Path) -> Iterator[ExportedRow | None]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            cells = {name: _cell(row.get(name)) for name in COLUMNS}
            yield _converted({**cells, **{name: cells[name] or "" for name in ("session_id", "project", "model")}})


def _cell(value: str | None) -> str | None:
    return None if not value else value[1:] if value.startswith(FORMULA) else value


def _of_sqlite(path: Path) -> Iterator[ExportedRow | None]:
    with _database(path) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(messages)")]
        wanted = [name for name in COLUMNS if name in names]
        if database.execute("PRAGMA user_version").fetchone() != (SCHEMA_VERSION,) or not set(NEEDED) <= set(wanted):
            raise UsageError(f"{path} is a database, but no export of this version", hint=HINT)
        for row in database.execute(f"SELECT {', '.join(wanted)} FROM messages"):
            yield _converted(dict(zip(wanted, row, strict=True)))


def _of_parquet(path: Path) -> Iterator[ExportedRow | None]:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - 0.2 s, and mostly not there

    with ParquetFile(path) as file:
        wanted = [name for name in COLUMNS if name in file.schema_arrow.names]
        for batch in file.iter_batches(columns=wanted):
            yield from map(_converted, batch.to_pylist())


ROWS: dict[str, Callable[[Path], Iterator[ExportedRow | None]]] = {
    "ndjson": _of_ndjson,
    "csv": _of_csv,
    "sqlite": _of_sqlite,
    "parquet": _of_parquet,
}


def _converted(cells: dict[str, Any]) -> ExportedRow | None:
    try:
        return convert(cells, ExportedRow, strict=False)
    except MsgspecError:
        return None


def _database(path: Path) -> closing[sqlite3.Connection]:
    """A database that is only read, whoever may write to its folder."""
    return closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True))


def read_beside(path: Path) -> Beside:
    """What an SQLite file knows beside the responses. Raises sqlite3.Error, TypeError and ValueError."""
    with _database(path) as database:
        sessions = database.execute("SELECT session_id, branch, version FROM sessions")
        prompts = database.execute("SELECT session_id, time FROM prompts WHERE time IS NOT NULL ORDER BY time")
        failed = "sum(outcome IN ('error', 'denied', 'interrupted'))"
        uses = database.execute(f"SELECT message_id, count(*), {failed} FROM tool_uses GROUP BY message_id")
        return Beside(
            {session: (branch or "", version or "") for session, branch, version in sessions},
            tuple((session, ms_of(datetime.fromisoformat(time))) for session, time in prompts),
            {message: (count, errors or 0) for message, count, errors in uses if message is not None},
        )


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
