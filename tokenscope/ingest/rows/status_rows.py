"""The rows that the status line counts, and as little of each as can be: of a file, or of a part of one."""
# ruff: noqa: N815 - the format's own names

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import Decoder

from tokenscope.ingest.rows.mend import CLOSING_BRACE, OPENING_BRACE, REFUSED, decode_leniently, stripped

BUFFER = 1 << 17  # bytes read at a time: with what is made of them they stay in the processor's cache
LONGEST_LINE = 32 << 20  # bytes
MOST_TOKENS = 10**12  # of one response
LARGE = 8_000  # bytes of a row: what is smaller is decoded as fast as it is told whether that is needed


class Unusual(Exception):  # noqa: N818 - it is no error
    """There is something in a transcript that only those can count who read all of it."""


Unread = str | int | float | bool | None | list[Raw]  # what may stand in place of an object


class CountedSplit(Struct, gc=False):
    ephemeral_5m_input_tokens: Any = 0
    ephemeral_1h_input_tokens: Any = 0


class CountedUsage(Struct, gc=False):
    """Also each of its iterations, which have a type."""

    input_tokens: Any = None
    cache_creation_input_tokens: Any = None
    cache_read_input_tokens: Any = None
    cache_creation: CountedSplit | Unread = None
    output_tokens: Any = None
    iterations: list[CountedUsage | Unread] | str | int | float | bool | None = None
    type: Any = None


Count = Annotated[int, Meta(ge=0, le=MOST_TOKENS)]


class PlainIteration(Struct, gc=False):
    type: Literal["message"]


class PlainUsage(Struct, gc=False):
    """As nearly every response has it: whole numbers of tokens, of one request. Anything else is refused."""

    input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    output_tokens: Count = 0
    iterations: Annotated[list[PlainIteration], Meta(max_length=1)] | None = None


class CountedMessage(Struct, gc=False):
    """Its usage stays as it is written: of most responses it stands there several times."""

    model: Any = None
    id: Any = None
    usage: Raw | UnsetType = UNSET


class CountedRow(Struct, gc=False):
    parentUuid: Any = None
    isSidechain: Any = None
    message: CountedMessage | Unread = None
    type: Any = None
    uuid: Any = None
    timestamp: Any = None
    sessionId: Any = None
    agentId: Any = None
    subtype: Any = None
    isApiErrorMessage: Any = None
    attachment: Raw | UnsetType = UNSET
    data: CountedProgress | Unread = None


class CountedProgress(Struct, gc=False):
    """In a progress row: a subagent's row (T24)."""

    type: Any = None
    agentId: Any = None
    message: CountedRow | Unread = None


_decoder = Decoder(CountedRow)
# What tells its kind, as today's versions do, before anything large, and is of none that counts. Where a key stands
# twice in so large a row, the first one is believed.
_FIELDS = rb'(?:"(?!type"|isSidechain")\w+":(?:"[^"]*+(?<!\\)"|null|false|\d+),)*+'
_PASSED = re.compile(
    rb'\{%b"isSidechain":false,%b(?:"attachment":\{|"type":"(?!assistant"|system"|progress")[^"\\]*"[,}])'
    % (_FIELDS, _FIELDS)
)


def counted_rows(path: str, start: int, end: int) -> Iterator[Sequence[CountedRow]]:
    """The rows between two line ends of a file that may count, some together. Raises Unusual, and OSError."""
    parts, held, is_passed = list[bytes](), 0, False  # of a line that goes on in the next block
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - pathlib takes 10 ms
        file.seek(start)
        while start < end and (block := file.read(min(BUFFER, end - start))):
            start += len(block)
            first, last = 0, block.rfind(b"\n") + 1
            if last and (parts or is_passed):
                first = block.index(b"\n") + 1
                if not is_passed:
                    yield _row(b"".join([*parts, block[: first - 1]]))
                parts, held, is_passed = [], 0, False
            if first < last:
                yield from _rows(block, first, last)
            if not is_passed and not parts and len(block) - last >= LARGE and _PASSED.match(block, last):
                is_passed = True
            if not is_passed:
                parts.append(block[last:])
                held += len(block) - last
            if held >= LONGEST_LINE:
                raise Unusual
    yield _row(b"".join(parts))


def _rows(block: bytes, start: int, end: int) -> Iterator[Sequence[CountedRow]]:
    """Those of whole lines. What is large is mostly a tool's result, of which the first bytes say that it is none."""
    find, view, begins, count = block.find, memoryview(block), start, 0  # of lines like rows, to be decoded together
    while start < end:
        stop = find(b"\n", start)
        is_passed = stop - start >= LARGE and _PASSED.match(block, start)
        if is_passed or block[start] != OPENING_BRACE or block[stop - 1] != CLOSING_BRACE:
            if count:
                yield _decoded(view[begins:start], count)
            if not is_passed:
                yield _row(block[start:stop])
            begins, count = stop + 1, 0
        else:
            count += 1
        start = stop + 1
    if count:
        yield _decoded(view[begins:end], count)


def _decoded(lines: memoryview, count: int) -> Sequence[CountedRow]:
    """The rows of so many lines: at once, where each is one (see `count_objects`), else line by line."""
    try:
        rows = _decoder.decode_lines(lines)
        if len(rows) == count:
            return rows
    except REFUSED:
        pass
    return [row for line in bytes(lines).split(b"\n") for row in _row(line)]


def _row(line: bytes) -> Sequence[CountedRow]:
    """What is no object as it stands may be one by lenient means (T11); a last line may still be being written."""
    bare = stripped(line)
    if not (bare.startswith(b"{") and bare.endswith(b"}")):
        return ()
    row = decode_leniently(bare, _decoder)
    return () if row is None else (row,)
