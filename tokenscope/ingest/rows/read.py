"""From a file to its rows: streaming, one JSON object a line (T10, T11), memory bounded by the largest row.

A row that a question cannot need is recognised by its first bytes and is not decoded, and of a response's row
not the content where only the figures are wanted: `shapes.py` says how that is proved (T12).
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tokenscope.ingest.rows.shapes import Shape
from tokenscope.ingest.rows.times import milliseconds

CHUNK = 1 << 20  # bytes read at a time: stays in the processor's cache
SEARCHED = 1 << 16  # bytes looked through at a time for the end of a line, which is mostly near
BEFORE_TYPE = 512  # bytes of a row: in a person's or a tool's, its type mostly stands in them
BEHIND_RESULT = 1_000  # bytes: the last field of a result, and what a row says behind it, stand in them
_SEARCHES = b'"searchCount":'  # of the WebSearch tool; within a text the quotation marks would be escaped
LARGEST_ROW = 32 << 20  # bytes; a larger row is passed over and counted

# For checking that passing rows over changes no answer: python -m tests.benchmark --check
DECODE_EVERY_ROW = os.environ.get("TOKENSCOPE_DECODE") == "full"

Row = dict[str, Any]
Take = Callable[[bytearray, re.Match[bytes]], bool]  # counts a response's row in, or says that it is none

_BEFORE_RESULT = frozenset({"message", "uuid", "timestamp", "isSidechain"})
_BLANK = object()
CLOSING_BRACE, COMMA = b"},"


@dataclass(slots=True)
class RowCounts:
    """What was met while reading one file."""

    rows: int = 0
    malformed: int = 0
    oversized: int = 0


class RowReader:
    """Reads one file's rows.

    `buffer` is the caller's, so that a thousand files share one; it is replaced for a file with a larger row.
    """

    __slots__ = ("_buffer", "_path", "_shape", "_size", "_start", "_take", "counts")

    def __init__(self, path: str, size: int, buffer: bytearray, *, start: int = 0) -> None:
        self._path = path
        self._start = start
        self._size = size
        self._buffer = buffer
        self.counts = RowCounts()
        self._shape: Shape | None = None
        self._take: Take  # there once there is a shape

    def pass_over(self, shape: Shape, take: Take) -> None:
        """From now on leave out what `shape` recognises, and give a response's row to `take` without its content."""
        self._shape, self._take = shape, take

    def __iter__(self) -> Iterator[Row]:
        """Each row that is needed, decoded as far as it is. Raises OSError where the file cannot be opened or read."""
        buffer, filled, left = self._buffer, 0, self._size
        with open(self._path, "rb", buffering=0) as file:  # noqa: PTH123 - Path.open is 4 us slower
            if self._start:
                file.seek(self._start)
            while left > 0:
                got = file.readinto(memoryview(buffer)[filled : filled + left])
                if not got:
                    break  # it has become shorter since it was found
                left -= got
                filled += got
                end = buffer.rfind(b"\n", 0, filled) + 1
                if end:
                    yield from self._rows(buffer, end)
                    buffer[: filled - end] = buffer[end:filled]
                    filled -= end
                elif filled == len(buffer) and (len(buffer) >= LARGEST_ROW or self._matches_unneeded(buffer)):
                    filled, left = self._pass_over(file, buffer, left)
                elif filled == len(buffer):
                    larger = bytearray(2 * filled)
                    larger[:filled] = buffer
                    buffer = larger
        end = buffer.rfind(b"\n", 0, filled) + 1  # passing over a row may have left whole ones behind it
        if end:
            yield from self._rows(buffer, end)
        if end < filled:
            yield from self._last_row(bytes(memoryview(buffer)[end:filled]))

    def _rows(self, buffer: bytearray, end: int) -> Iterator[Row]:
        """The whole rows in buffer[:end], which ends in a line feed."""
        find, counts, start = buffer.find, self.counts, 0
        match = None if self._shape is None else self._shape.pattern.match
        while start < end:
            stop = find(b"\n", start, end)
            if (
                match is not None
                and (found := match(buffer, start, stop)) is not None
                and find(_SEARCHES, max(start, stop - BEHIND_RESULT), stop) < 0
            ):
                is_done = self._take(buffer, found) if found.end() == stop else buffer[stop - 1] == CLOSING_BRACE
                if is_done:
                    counts.rows += 1
                    start = stop + 1
                    continue
            row = self._decoded(buffer, start, stop)
            start = stop + 1
            if row is not _BLANK:
                counts.rows += 1
                if row is None:
                    counts.malformed += 1
                else:
                    yield row
                    if match is None and self._shape is not None:
                        match = self._shape.pattern.match

    def _decoded(self, buffer: bytearray, start: int, stop: int) -> Any:
        """A row, or _BLANK, or None where there is no sense in it."""
        row: Any = None
        if self._shape is not None and self._shape.cuts_results:
            row = self._cut_row(buffer, start, stop)
        if row is None:
            try:
                row = orjson.loads(memoryview(buffer)[start:stop])
            except orjson.JSONDecodeError:
                row = second_chance(bytes(memoryview(buffer)[start:stop]))
        return row if row is _BLANK or row.__class__ is dict else None

    def _cut_row(self, buffer: bytearray, start: int, stop: int) -> Row | None:
        """A tool's result without `toolUseResult`, which says it again for the screen: a third of all bytes.

        What stands before that key is a whole row of its own only where the key is the row's, not a nested one.
        None where it is not, or where the rest may hold something that is needed.
        """
        if buffer.find(b'"type":"user"', start, min(start + BEFORE_TYPE, stop)) < 0:
            return None
        end = buffer.find(b',"toolUseResult":', start, stop)
        if end < 0 or any(buffer.find(name, end, stop) > 0 for name in (b'"agentId":"', _SEARCHES)):
            return None  # the result of a spawn names its subagent there
        buffer[end] = CLOSING_BRACE  # for as long as it is read
        try:
            row = orjson.loads(memoryview(buffer)[start : end + 1])
        except orjson.JSONDecodeError:
            return None
        finally:
            buffer[end] = COMMA
        if row.__class__ is not dict or row.get("type") != "user" or not row.keys() >= _BEFORE_RESULT:
            return None
        if row["isSidechain"] is True and "agentId" not in row:
            return None
        row["toolUseResult"] = None
        return row

    def _last_row(self, line: bytes) -> Iterator[Row]:
        """A last line without a line feed may still be being written: it counts only when it is whole."""
        row = second_chance(line)
        if row.__class__ is dict:
            self.counts.rows += 1
            yield row

    def _matches_unneeded(self, buffer: bytearray) -> bool:
        """Whether a row begins like one that is not needed; a pattern that takes in all of it is of a needed one."""
        found = None if self._shape is None else self._shape.pattern.match(buffer)
        return found is not None and found.end() < len(buffer)

    def _pass_over(self, file: io.FileIO, buffer: bytearray, left: int) -> tuple[int, int]:
        """Read past a row that is too large or not needed: how much of the buffer is filled then, what is left."""
        self.counts.rows += 1
        self.counts.oversized += not self._matches_unneeded(buffer)
        while left > 0 and (got := file.readinto(memoryview(buffer)[:left])):
            left -= got
            end = buffer.find(b"\n", 0, got) + 1
            if end:
                buffer[: got - end] = buffer[end:got]
                return got - end, left
        return 0, 0


class GivenRows:
    """Rows that are already there: what a made-up history is read from."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.counts = RowCounts(len(rows))

    def pass_over(self, shape: Shape, take: Take) -> None:
        """They are all there: nothing is gained by it."""

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


def second_chance(line: bytes) -> Any:
    """What a strict decoder refuses: BOM, NUL padding, invalid UTF-8, lone surrogates, NaN (T11).

    Returns the row, or _BLANK for an empty line, or None.
    """
    stripped = line.strip(b"\x00\r \t\xef\xbb\xbf")
    if not stripped:
        return _BLANK
    try:
        return orjson.loads(stripped)
    except orjson.JSONDecodeError:
        pass
    try:
        text = stripped.decode("utf-8", "replace")
        row = json.loads(text, parse_constant=lambda _: None, parse_float=_number, parse_int=_number)
        return orjson.loads(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> int | float | None:
    """A number as JSON writes it; None where it is larger than anything that is counted."""
    if len(text) < 18 and text.lstrip("-").isdigit():
        return int(text)
    number = float(text)
    return number if abs(number) < 1e300 else None


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
                row = second_chance(line) if b"timestamp" in line else None
                time = milliseconds(row.get("timestamp")) if row.__class__ is dict else None
                if time is not None:
                    return time
            block *= 4
    return None
