"""A question's table as CSV: a header, one line a row, every figure unrounded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, get_args, get_origin, get_type_hints

from tokenscope.draw.harmless import harmless
from tokenscope.model import Facet
from tokenscope.value import is_value
from tokenscope.view.format import Answer, Format, HistoryFile, WholeHistory

if TYPE_CHECKING:
    from tokenscope.history.export_tables import ExportTable

FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would run


def _write(answer: Answer, stream: TextIO) -> None:
    write_rows(answer.report, answer.question.rows, stream)


def write_rows(report: Any, name: str, stream: TextIO) -> None:
    """The rows in the report's field `name`. A field of a row that is itself a value becomes columns of its own."""
    writer = _writer(stream)
    (kind,) = get_args(get_type_hints(type(report))[name])
    columns = list(_columns(kind))
    writer.writerow([column for column, _ in columns])
    for row in getattr(report, name):
        writer.writerow([_cell(_value(row, path)) for _, path in columns])


def _write_messages(whole: WholeHistory, stream: BinaryIO) -> None:
    from tokenscope.history.export_tables import message_table  # noqa: PLC0415 - as above

    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        write_table(message_table(whole.history, with_text=whole.with_text), text)
    finally:
        text.detach()  # flushed, and not closed with it


def write_table(table: ExportTable, stream: TextIO) -> None:
    """A header, and the rows of a table of an export."""
    writer = _writer(stream)
    writer.writerow([field.name for field in table.fields])
    for row in table.rows:
        writer.writerow([_cell(value) for value in row])


def _writer(stream: TextIO) -> Any:
    import csv  # noqa: PLC0415 - 2 ms that other outputs do without

    return csv.writer(stream, lineterminator="\n")


def _columns(kind: type) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each column's name, and the fields that lead to it. A usage's own names are told apart without its name."""
    hints = get_type_hints(kind)
    for name, hint in hints.items():
        if get_origin(hint) is list:
            continue  # several values are no cell
        inner = next((part for part in (hint, *get_args(hint)) if is_value(part)), None)
        if inner is None:
            yield name, (name,)
            continue
        for column, path in _columns(inner):
            is_told_apart = name == "usage" and column not in hints
            yield (column if is_told_apart else f"{name}_{column}"), (name, *path)


def _value(row: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        row = None if row is None else getattr(row, name)
    return row


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    text = harmless(str(value))
    return "'" + text if text.startswith(FORMULA) else text


FORMAT = Format(
    "csv",
    option="csv",
    help="Print the table as CSV.",
    write=_write,
    can_write=lambda question: bool(question.rows),
    keeps_limit=True,
    history_file=HistoryFile(
        (".csv",),
        facets=lambda with_text, _: Facet.TITLES if with_text else Facet.USAGE,
        write=_write_messages,
    ),
)
