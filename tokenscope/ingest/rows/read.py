"""From a file to its rows: streaming, one JSON object a line (T10, T11), memory bounded by the largest row.

The rows of some megabyte are decoded together, by types that say what is wanted of them (`schema.py`); where one of
them is refused, they are decoded one by one, and that one by lenient means.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeVar

import orjson
from msgspec.json import Decoder

from tokenscope.ingest.rows.lenient import REFUSED, decode, stripped, value_of
from tokenscope.ingest.rows.times import milliseconds

CHUNK = 1 << 20  # bytes read at a time: stays in the processor's cache
SEARCHED = 1 << 16  # bytes looked through at a time for the end of a line, which is mostly near
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
    """Reads one file's rows. `line`: the bytes of the row that was yielded last."""

    __slots__ = ("_chunk", "_path", "_size", "_start", "counts", "line")

    def __init__(self, path: str, size: int, *, start: int = 0, chunk: int = CHUNK) -> None:
        self._path = path
        self._start = start
        self._size = size
        self._chunk = chunk
        self.counts = RowCounts()
        self.line = b""

    def rows(self, decoder: Decoder[Kind]) -> Iterator[Kind]:
        """Each row, as far as the decoder's type names its fields. Raises OSError where it cannot be read."""
        with open(self._path, "rb", buffering=0) as file:  # noqa: PTH123 - Path.open is 4 us slower
            if self._start:
                file.seek(self._start)
            for lines in self._lines(file):
                yield from self._decoded(lines, decoder)
        if self.line and (row := self._last_row(self.line, decoder)) is not None:
            yield row

    def _lines(self, file: IO[bytes]) -> Iterator[list[bytes]]:
        """Whole lines, some together; what follows the last line feed is left in `line`."""
        parts, held, passes = list[bytes](), 0, False  # of a line that goes on in the next block, or is passed over
        for block in self._blocks(file):
            *lines, rest = block.split(b"\n")
            if passes and lines:
                passes = False
                del lines[0]
            if lines:
                if parts:
                    lines[0] = b"".join((*parts, lines[0]))
                    parts, held = [], 0
                yield self._fitting(lines)
            if not passes:
                parts.append(rest)
                held += len(rest)
            if held >= LARGEST_ROW:
                self._pass_over()
                parts, held, passes = [], 0, True
        self.line = b"".join(parts)

    def _blocks(self, file: IO[bytes]) -> Iterator[bytes]:
        left = self._size
        while left > 0 and (block := file.read(min(self._chunk, left))):  # it may have become shorter
            left -= len(block)
            yield block

    def _fitting(self, lines: list[bytes]) -> list[bytes]:
        """Without a first line that has become too large."""
        if len(lines[0]) < LARGEST_ROW:
            return lines
        self._pass_over()
        return lines[1:]

    def _pass_over(self) -> None:
        self.counts.rows += 1
        self.counts.oversized += 1

    def _decoded(self, lines: Sequence[bytes], decoder: Decoder[Kind]) -> Iterator[Kind]:
        try:
            rows = None if DECODE_EVERY_ROW else list(map(decoder.decode, lines))
        except REFUSED:
            rows = None
        if rows is None:
            yield from self._one_by_one(lines, decoder)
            return
        self.counts.rows += len(rows)
        for self.line, row in zip(lines, rows, strict=True):
            yield row

    def _one_by_one(self, lines: Iterable[bytes], decoder: Decoder[Kind]) -> Iterator[Kind]:
        for self.line in lines:
            row = row_of(self.line, decoder)
            if row is _BLANK:
                continue
            self.counts.rows += 1
            if row is None:
                self.counts.malformed += 1
            else:
                yield row

    def _last_row(self, line: bytes, decoder: Decoder[Kind]) -> Kind | None:
        """A last line without a line feed may still be being written: it counts only when it is whole."""
        row = row_of(line, decoder)
        if row is None or row is _BLANK:
            return None
        self.counts.rows += 1
        return row  # type: ignore[no-any-return]


class GivenRows:
    """Rows that are already there: what a made-up history is read from."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows
        self.counts = RowCounts(len(rows))
        self.line = b""

    def rows(self, decoder: Decoder[Kind]) -> Iterator[Kind]:
        for row in self._rows:
            self.line = orjson.dumps(row)
            yield decoder.decode(self.line)


def row_of(line: bytes, decoder: Decoder[Any]) -> Any:
    """A row, or _BLANK, or None where there is no sense in it (T11)."""
    if not (bare := stripped(line)):
        return _BLANK
    return decode(bare, decoder)


def is_malformed(line: bytes, decoder: Decoder[Any]) -> bool:
    """Whether a line that is not empty holds no row."""
    return row_of(line, decoder) is None


def line_end(path: str, start: int, size: int) -> int:
    """Where the line that holds byte `start` ends, or `size`; also `size` where the file cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            file.seek(start)
            while start < size and (block := file.read(SEARCHED)):
                end = block.find(b"\n") + 1
                if end:
                    return min(start + end, size)
                start += len(block)
    except OSError:
        pass
    return size


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
