"""From a file to its rows: streaming, one JSON object a line (T10, T11), memory bounded by the largest row.

A row that a question cannot need is recognised by its first bytes and is not decoded (T12). The patterns
below prove it: they accept only plain scalar fields up to the row's type, so nothing that a text holds can
fool them, and a row that they do not match in full is decoded. Where a key stands twice, the first counts.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tokenscope.ingest.times import milliseconds
from tokenscope.model import Facet

CHUNK = 1 << 20  # bytes read at a time: stays in the processor's cache
LARGEST_ROW = 32 << 20  # bytes; a larger row is passed over and counted

# For checking that passing rows over changes no answer: python -m tests.benchmark --check
DECODE_EVERY_ROW = os.environ.get("TOKENSCOPE_DECODE") == "full"

Row = dict[str, Any]

_TEXT = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_SCALAR = rb"(?:" + _TEXT + rb"|null|true|false|[0-9]++)"
# The fields that Claude Code writes before a row's type, in the order in which it writes them: going through
# them one by one is a third faster than through any names in any order, which is tried only after them.
_USUAL_FIELDS = (
    rb'(?:"parentUuid":(?:null|"[0-9a-f-]*+"),)?+(?:"logicalParentUuid":(?:null|"[0-9a-f-]*+"),)?+'
    rb'%s(?:"promptId":"[0-9a-f-]*+",)?+(?:"agentId":"[0-9a-z_-]*+",)?+'
    rb'(?:"userType":"[a-z]*+",)?+(?:"cwd":' + _TEXT + rb',)?+(?:"sessionId":"[0-9a-f-]*+",)?+'
    rb'(?:"version":"[0-9.]*+",)?+(?:"gitBranch":' + _TEXT + rb',)?+(?:"agentId":"[0-9a-z_-]*+",)?+'
    rb'(?:"slug":"[a-z-]*+",)?+'
)
_ANY_FIELDS = rb'(?:"(?!type")%s[A-Za-z]++":' + _SCALAR + rb",)*+"
_OTHER_TYPE = (
    rb'"type":"(?!assistant"|user"|attachment"|progress"|system"|summary"|ai-title"|custom-title"|agent-name"|pr-link"'
    rb'|fork-context-ref")[a-z-]++"'
)
_NOT_USAGE = (
    rb'(?:"type":(?:"user"'
    rb'|"progress","data":\{"(?:type":"(?!agent_progress")[^"\\\n]*+"|message":\{"type":"user")'
    rb'|"system","subtype":"(?!compact_boundary"|microcompact_boundary")[^"\\\n]*+"'
    rb")|" + _OTHER_TYPE + rb'|"attachment":\{)'
)
_NOT_CONTENT = (
    rb'(?:"type":(?:"progress","data":\{"type":"(?!agent_progress")[^"\\\n]*+"'
    rb'|"system","subtype":"(?!compact_boundary"|microcompact_boundary")[^"\\\n]*+"'
    rb")|" + _OTHER_TYPE + rb")"
)
_NOT_TOOLS = (
    rb'(?:"type":(?:"progress","data":\{"type":"(?!agent_progress")[^"\\\n]*+"'
    rb'|"system","subtype":"(?!compact_boundary"|microcompact_boundary"|api_error"|turn_duration")[^"\\\n]*+"'
    rb")|" + _OTHER_TYPE + rb")"
)
# A main file's sidechain rows are needed whatever they are, since they chain its inline subagents together:
# there a row of a conversation has to say that it is none before it says what it is.
_IN_MAIN = _USUAL_FIELDS % rb'"isSidechain":false,' + _ANY_FIELDS % rb'(?!isSidechain")'
_IN_SUBAGENT = _USUAL_FIELDS % rb'(?:"isSidechain":(?:true|false),)?+' + _ANY_FIELDS % b""
_PATTERNS: dict[tuple[bool, bytes], re.Pattern[bytes]] = {}


def unneeded(*, in_main: bool, facets: Facet) -> re.Pattern[bytes]:
    """What matches the beginning of the rows that can be passed over."""
    not_needed = _NOT_TOOLS if Facet.TOOLS in facets else _NOT_CONTENT if Facet.CONTENT in facets else _NOT_USAGE
    if (in_main, not_needed) not in _PATTERNS:
        fields = _IN_MAIN if in_main else _IN_SUBAGENT
        pattern = rb"\{(?:" + _OTHER_TYPE + rb"|" + fields + not_needed + rb")"
        _PATTERNS[in_main, not_needed] = re.compile(pattern)
    return _PATTERNS[in_main, not_needed]


_BEFORE_RESULT = frozenset({"message", "uuid", "timestamp", "isSidechain"})
_BLANK = object()


@dataclass(slots=True)
class RowCounts:
    """What was met while reading one file."""

    rows: int = 0
    malformed: int = 0
    oversized: int = 0


class RowReader:
    """Reads one file's rows. `unneeded` may be set while reading: matching rows are then passed over.

    `buffer` is the caller's, so that a thousand files share one; it is replaced for a file with a larger row.
    """

    __slots__ = ("_buffer", "_path", "_size", "_start", "counts", "cuts_results", "unneeded")

    def __init__(self, path: str, size: int, buffer: bytearray, *, start: int = 0) -> None:
        self._path = path
        self._start = start
        self._size = size
        self._buffer = buffer
        self.counts = RowCounts()
        self.unneeded: re.Pattern[bytes] | None = None
        self.cuts_results = False  # whether the screen's copy of a tool result may be left out of its row

    def __iter__(self) -> Iterator[Row]:
        """Each row that is needed, decoded. Raises OSError where the file cannot be opened or read."""
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
                    buffer = buffer + bytearray(len(buffer))
        end = buffer.rfind(b"\n", 0, filled) + 1  # passing over a row may have left whole ones behind it
        if end:
            yield from self._rows(buffer, end)
        if end < filled:
            yield from self._last_row(bytes(memoryview(buffer)[end:filled]))

    def _rows(self, buffer: bytearray, end: int) -> Iterator[Row]:
        """The whole rows in buffer[:end], which ends in a line feed."""
        view, find, loads, counts, start = memoryview(buffer), buffer.find, orjson.loads, self.counts, 0
        unneeded = None if self.unneeded is None or DECODE_EVERY_ROW else self.unneeded.match
        while start < end:
            stop = find(b"\n", start, end)
            if unneeded is not None and unneeded(buffer, start) and buffer[stop - 1] == 125:  # a closing brace
                counts.rows += 1
                start = stop + 1
                continue
            row: Any = self._cut_row(buffer, start, stop) if self.cuts_results else None
            if row is None:
                try:
                    row = loads(view[start:stop])
                except orjson.JSONDecodeError:
                    row = second_chance(bytes(view[start:stop]))
            start = stop + 1
            if row.__class__ is dict:
                counts.rows += 1
                yield row
                if unneeded is None and self.unneeded is not None and not DECODE_EVERY_ROW:
                    unneeded = self.unneeded.match
            elif row is not _BLANK:
                counts.rows += 1
                counts.malformed += 1

    def _cut_row(self, buffer: bytearray, start: int, stop: int) -> Row | None:
        """A tool's result without `toolUseResult`, which says it again for the screen: a third of all bytes.

        What stands before that key is a whole row of its own only where the key is the row's, not a nested one.
        None where it is not, or where the rest may hold something that is needed.
        """
        end = buffer.find(b',"toolUseResult":', start, stop)
        if end < 0 or DECODE_EVERY_ROW or buffer.find(b'"agentId":"', end, stop) > 0:
            return None  # the result of a spawn names its subagent there
        try:
            row = orjson.loads(buffer[start:end] + b"}")
        except orjson.JSONDecodeError:
            return None
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
        return not DECODE_EVERY_ROW and self.unneeded is not None and self.unneeded.match(buffer) is not None

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
        self.unneeded: re.Pattern[bytes] | None = None
        self.cuts_results = False

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
            while start < size and (block := file.read(CHUNK)):
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
