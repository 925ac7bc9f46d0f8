"""From a file to its rows: streaming, one JSON object a line (T10, T11), memory bounded by the largest row.

The rows of some megabyte are decoded together, by types that say what is wanted of them (`schema.py`); where one of
them is refused, they are decoded one by one, and that one by lenient means.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import orjson
from msgspec.json import Decoder

from tokenscope.ingest.rows.lenient import value_of
from tokenscope.ingest.rows.mend import CLOSING_BRACE, OPENING_BRACE, REFUSED, decode_leniently, stripped
from tokenscope.ingest.times import milliseconds

CHUNK = 1 << 19  # bytes read at a time: with what is made of them, they stay in the processor's cache
LARGEST_ROW = 32 << 20  # bytes; a row as large as that is passed over and counted

# For checking that decoding rows together changes no answer: python -m tests.benchmark --check
DECODE_EVERY_ROW = os.environ.get("TOKENSCOPE_DECODE") == "full"

Kind = TypeVar("Kind")  # of rows: see schema.py

_BLANK = object()


class RowCounts:
    """What was met while reading one file."""

    __slots__ = ("malformed", "oversized", "rows")

    def __init__(self, rows: int = 0) -> None:
        self.rows, self.malformed, self.oversized = rows, 0, 0


class RowReader:
    """Reads one file's rows."""

    __slots__ = ("_block", "_chunk", "_lines", "_path", "_size", "_start", "counts")

    def __init__(self, path: str, size: int, *, start: int = 0, chunk: int = CHUNK) -> None:
        self._path = path
        self._start = start
        self._size = size
        self._chunk = chunk
        self.counts = RowCounts()
        self._block: bytes | memoryview = b""  # of the rows that were read last
        self._lines: list[bytes] | None = []  # the same, a row each; None until somebody asks

    def rows(self, decoder: Decoder[Kind]) -> Iterator[Kind]:
        """Each row, as far as the decoder's type names its fields. Raises OSError where it cannot be read."""
        for rows in self.batches(decoder):
            yield from rows

    def line(self, place: int) -> bytes:
        """What stands in the file for a row of the last batch."""
        if self._lines is None:
            self._lines = bytes(self._block).split(b"\n")
        return self._lines[place]

    def batches(self, decoder: Decoder[Kind]) -> Iterator[list[Kind]]:
        """The same, some rows together, which takes less time."""
        parts: list[bytes] = []
        held, passes = 0, False  # of a line that goes on in the next block, or is passed over
        for block in self._blocks():
            first, end = 0, block.rfind(b"\n") + 1
            if end and (parts or passes):
                first = block.index(b"\n") + 1
                if not passes:
                    parts.append(block[: first - 1])
                    yield self._one_by_one([b"".join(parts)], decoder)
                parts, held, passes = [], 0, False
            if first < end:
                yield self._decoded(block, first, end, decoder)
            if not passes:
                parts.append(block[end:])
                held += len(block) - end
            if held >= LARGEST_ROW:
                self._pass_over()
                parts, held, passes = [], 0, True
        yield self._last_row(b"".join(parts), decoder)

    def _blocks(self) -> Iterator[bytes]:
        left = self._size
        with open(self._path, "rb", buffering=0) as file:  # noqa: PTH123 - Path.open is 4 us slower
            if self._start:
                file.seek(self._start)
            while left > 0 and (block := file.read(min(self._chunk, left))):  # it may have become shorter
                left -= len(block)
                yield block

    def _decoded(self, block: bytes, start: int, end: int, decoder: Decoder[Kind]) -> list[Kind]:
        """The rows of whole lines: at once where each is one object and nothing else, else line by line."""
        view = memoryview(block)[start:end]
        try:
            rows = [] if DECODE_EVERY_ROW else decoder.decode_lines(view)
        except REFUSED:
            rows = []
        if not rows or count_objects(block, start, end) != len(rows):
            return self._one_by_one(bytes(view[:-1]).split(b"\n"), decoder)
        self.counts.rows += len(rows)
        self._block, self._lines = view, None
        return rows

    def _one_by_one(self, lines: Iterable[bytes], decoder: Decoder[Kind]) -> list[Kind]:
        rows: list[Kind] = []
        of_rows: list[bytes] = []
        counts = self.counts
        for line in lines:
            if len(line) >= LARGEST_ROW:
                self._pass_over()
                continue
            row = row_of(line, decoder)
            if row is _BLANK:
                continue
            counts.rows += 1
            if row is None:
                counts.malformed += 1
            else:
                rows.append(row)
                of_rows.append(line)
        self._lines = of_rows
        return rows

    def _pass_over(self) -> None:
        self.counts.rows += 1
        self.counts.oversized += 1

    def _last_row(self, line: bytes, decoder: Decoder[Kind]) -> list[Kind]:
        """A last line without a line feed may still be being written: it counts only when it is whole."""
        row = row_of(line, decoder)
        if row is None or row is _BLANK:
            return []
        self.counts.rows += 1
        self._lines = [line]
        return [row]


class AppendedRows(RowReader):
    """Reads what was appended to a file. `taken`: bytes of it that are whole rows; what is left is not yet written."""

    __slots__ = ("_appended", "taken")

    def __init__(self, appended: bytes) -> None:
        super().__init__("", len(appended))
        self._appended = appended
        self.taken = appended.rfind(b"\n") + 1

    def _blocks(self) -> Iterator[bytes]:
        yield self._appended

    def _last_row(self, line: bytes, decoder: Decoder[Kind]) -> list[Kind]:
        rows = super()._last_row(line, decoder)
        self.taken = len(self._appended) if rows else self.taken
        return rows


class GivenRows:
    """Rows that are already there: what a made-up history is read from."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._lines = [orjson.dumps(row) for row in rows]
        self.counts = RowCounts(len(rows))

    def batches(self, decoder: Decoder[Kind]) -> Iterator[list[Kind]]:
        yield list(map(decoder.decode, self._lines))

    def line(self, place: int) -> bytes:
        return self._lines[place]


def count_objects(block: bytes, start: int, end: int) -> int:
    """How many lines there are between two places, each of which begins and ends like an object; 0 where one does not.

    Where a decoder finds as many objects as that in it, each line is one: within an object no line feed can stand
    between a closing and an opening brace.
    """
    find, count = block.find, 0
    while start < end:
        stop = find(b"\n", start)
        if block[start] != OPENING_BRACE or block[stop - 1] != CLOSING_BRACE:
            return 0
        count += 1
        start = stop + 1
    return count


def row_of(line: bytes, decoder: Decoder[Any]) -> Any:
    """A row, or _BLANK, or None where there is no sense in it (T11)."""
    if not (bare := stripped(line)):
        return _BLANK
    return decode_leniently(bare, decoder)


def is_malformed(line: bytes, decoder: Decoder[Any]) -> bool:
    """Whether a line that is not empty holds no row."""
    return row_of(line, decoder) is None


def last_time_in(rows: Sequence[Any], before: int | None) -> int | None:
    """When the last of these rows with a readable time was written, in ms since the epoch; `before` without one."""
    for row in reversed(rows):
        if (time := milliseconds(row.timestamp)) is not None:
            return time
    return before


def last_time(path: str, size: int) -> int | None:
    """When the file's last row with a readable time was written, in ms since the epoch; None where none has one.

    Read backwards, for the few files that hold copies of each other's rows (T21).
    """
    block, tail = 1 << 13, b""
    with open(path, "rb") as file:  # noqa: PTH123
        while len(tail) < min(size, LARGEST_ROW):
            start = max(0, size - len(tail) - block)
            file.seek(start)
            tail = file.read(size - len(tail) - start) + tail
            lines = tail.split(b"\n")
            for line in reversed(lines if start == 0 else lines[1:]):
                row = value_of(line) if b"timestamp" in line else None
                time = milliseconds(row.get("timestamp")) if row.__class__ is dict else None
                if time is not None:
                    return time
            block *= 4
    return None
