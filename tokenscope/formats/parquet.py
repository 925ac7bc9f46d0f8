"""A table as a Parquet file. Only with pyarrow, which the extra `parquet` brings: it is ten times all the rest."""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from tokenscope.model import Facet
from tokenscope.view.format import Format, HistoryFile, WholeHistory

if TYPE_CHECKING:
    from tokenscope.history.counter_series import Field
    from tokenscope.history.export_tables import Row

ROWS_A_GROUP = 50_000


def problem() -> str:
    """Why nothing can be written here; "" where it can."""
    return "" if find_spec("pyarrow") else "parquet needs pyarrow"


def _write(whole: WholeHistory, stream: BinaryIO) -> None:
    """Times are instants in UTC, dollars doubles."""
    from tokenscope.history.export_tables import message_table  # noqa: PLC0415 - only an export pays for it

    table = message_table(whole.history, with_text=whole.with_text)
    from pyarrow import Table as Columns  # noqa: PLC0415 - 0.2 s, and mostly not there
    from pyarrow import schema  # noqa: PLC0415
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415

    kinds = schema([_column(field) for field in table.fields])
    rows = iter(table.rows)
    with ParquetWriter(stream, kinds) as writer:
        while group := list(islice(rows, ROWS_A_GROUP)):
            writer.write_table(Columns.from_pydict(_columns(table.fields, group), schema=kinds))


def _column(field: Field) -> Any:
    import pyarrow  # noqa: PLC0415

    types = {
        "text": pyarrow.string(),
        "time": pyarrow.timestamp("ms", tz="UTC"),
        "whole": pyarrow.int64(),
        "yes": pyarrow.bool_(),
        "dollars": pyarrow.float64(),
    }
    return pyarrow.field(field.name, types[field.kind.rstrip("?")], nullable=field.kind.endswith("?"))


def _columns(fields: tuple[Field, ...], rows: list[Row]) -> dict[str, list[Any]]:
    return {
        field.name: [_moment(value) if field.kind == "time?" else value for value in column]
        for field, column in zip(fields, zip(*rows, strict=True), strict=True)
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


FORMAT = Format(
    "parquet",
    history_file=HistoryFile(
        (".parquet",),
        facets=lambda with_text, _: Facet.TITLES if with_text else Facet.USAGE,
        write=_write,
        problem=problem,
        hint="pip install 'tokenscope-cli[parquet]', or another format",
    ),
)
