"""A question's table as CSV: a header, one line a row, every figure unrounded."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TextIO

from tokenscope.formats.harmless import harmless

FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would run


def write(rows: Sequence[Any], stream: TextIO) -> None:
    """`rows`: dataclasses of one kind. A field that is itself a dataclass becomes columns of its own names."""
    writer = csv.writer(stream, lineterminator="\n")
    for place, row in enumerate(rows):
        cells = list(_cells(row))
        if place == 0:
            writer.writerow([name for name, _ in cells])
        writer.writerow([_cell(value) for _, value in cells])


def _cells(row: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(row):
        value = getattr(row, field.name)
        if is_dataclass(value):
            yield from _cells(value)
        else:
            yield field.name, value


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    text = harmless(str(value))
    return "'" + text if text.startswith(FORMULA) else text
