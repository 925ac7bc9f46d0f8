"""Every response of a history as one JSON object a line."""

from __future__ import annotations

from typing import BinaryIO

from tokenscope.model import Facet
from tokenscope.view.format import Format, HistoryFile, WholeHistory


def _write(whole: WholeHistory, stream: BinaryIO) -> None:
    # Only an export pays for these.
    from tokenscope.draw.json_text import ONE_LINE, encoded  # noqa: PLC0415
    from tokenscope.history.export_tables import message_table  # noqa: PLC0415

    table = message_table(whole.history, with_text=whole.with_text)
    names = [field.name for field in table.fields]
    for row in table.rows:
        stream.write(encoded(dict(zip(names, row, strict=True)), ONE_LINE))


FORMAT = Format(
    "ndjson",
    history_file=HistoryFile(
        (".ndjson", ".jsonl"), facets=lambda with_text, _: Facet.TITLES if with_text else Facet.USAGE, write=_write
    ),
)
