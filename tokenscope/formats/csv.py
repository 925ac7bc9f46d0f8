"""A question's table as CSV: a header, one line a row, every figure unrounded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import date
from typing import Any, TextIO, get_args, get_origin, get_type_hints

from tokenscope.draw.harmless import harmless
from tokenscope.history.export_tables import Table

FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would run


def write(report: Any, name: str, stream: TextIO) -> None:
    """The rows in the report's field `name`. A field of a row that is itself a dataclass becomes columns of its own."""
    writer = csv.writer(stream, lineterminator="\n")
    (kind,) = get_args(get_type_hints(type(report))[name])
    columns = list(_columns(kind))
    writer.writerow([column for column, _ in columns])
    for row in getattr(report, name):
        writer.writerow([_cell(_value(row, path)) for _, path in columns])


def write_table(table: Table, stream: TextIO) -> None:
    """A table of an export."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([field.name for field in table.fields])
    for row in table.rows:
        writer.writerow([_cell(value) for value in row])


def _columns(kind: type) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each column's name, and the fields that lead to it. A usage's own names are told apart without its name."""
    hints = get_type_hints(kind)
    for name, hint in hints.items():
        if get_origin(hint) is list:
            continue  # several values are no cell
        inner = next((part for part in (hint, *get_args(hint)) if is_dataclass(part)), None)
        if inner is None:
            yield name, (name,)
            continue
        for column, path in _columns(inner):  # type: ignore[arg-type]
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
