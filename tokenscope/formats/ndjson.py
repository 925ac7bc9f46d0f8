"""A table as one JSON object a line."""

from __future__ import annotations

from typing import BinaryIO

from tokenscope.formats.json import ONE_LINE, encoded
from tokenscope.history.export_tables import Table


def write(table: Table, stream: BinaryIO) -> None:
    names = [field.name for field in table.fields]
    for row in table.rows:
        stream.write(encoded(dict(zip(names, row, strict=True)), ONE_LINE))
