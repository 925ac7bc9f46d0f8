"""The rows that the status line counts, and as little of each as can be: of a file, or of a part of one."""
# ruff: noqa: N815 - the format's own names

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from tokenscope.ingest.rows.mend import REFUSED, decode_leniently, stripped

BUFFER = 1 << 18  # bytes read at a time: 3 ms faster on 50 MB than the 1 MB that many small files share
LONGEST_LINE = 32 << 20  # bytes
SMALL = 2_000  # bytes: decoded as fast as it is told whether that is needed


class Unusual(Exception):  # noqa: N818 - it is no error
    """There is something in a transcript that only those can count who read all of it."""


Unread = str | int | float | bool | None | list[Raw]  # what may stand in place of an object


class CountedSplit(Struct, gc=False):
    ephemeral_5m_input_tokens: Any = 0
    ephemeral_1h_input_tokens: Any = 0


class CountedUsage(Struct, gc=False):
    """Also each of its iterations, which have a type."""

    input_tokens: Any = None
    output_tokens: Any = None
    cache_read_input_tokens: Any = None
    cache_creation_input_tokens: Any = None
    cache_creation: CountedSplit | Unread = None
    iterations: list[CountedUsage | Unread] | str | int | float | bool | None = None
    type: Any = None


class CountedMessage(Struct, gc=False):
    model: Any = None
    id: Any = None
    usage: CountedUsage | Unread = None


class CountedRow(Struct, gc=False):
    parentUuid: Any = None
    isSidechain: Any = None
    sessionId: Any = None
    agentId: Any = None
    type: Any = None
    message: CountedMessage | Unread = None
    uuid: Any = None
    timestamp: Any = None
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
# What tells its kind, as today's versions do, before anything large, and is of none that counts: four fifths of all.
_PASSED = re.compile(
    rb'\{(?:"(?!type")\w+":(?:"[^"\\]*"|null|false|\d+),)*+'
    rb'(?:"attachment":\{|"type":"(?!assistant"|system"|progress")[^"\\]*"[,}])'
)


def counted_rows(path: str, start: int, end: int) -> Iterator[CountedRow]:
    """The rows between two line ends of a file that may count. Raises Unusual, and OSError."""
    parts, held = list[bytes](), 0  # of a line that goes on in the next block
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - pathlib takes 10 ms
        file.seek(start)
        while start < end and (block := file.read(min(BUFFER, end - start))):
            start += len(block)
            first, last = 0, block.rfind(b"\n") + 1
            if last and parts:
                first = block.index(b"\n") + 1
                parts.append(block[:first])
                yield from _rows(b"".join(parts), 0)
                parts, held = [], 0
            yield from _rows(block, first)
            parts.append(block[last:])
            held += len(block) - last
            if held >= LONGEST_LINE:
                raise Unusual
    yield from _rows(b"".join([*parts, b"\n"]), 0)


def _rows(block: bytes, start: int) -> Iterator[CountedRow]:
    """Those of the lines that end in a block. What is no object as it stands may be one by lenient means (T11)."""
    find, passes, decode, view = block.find, _PASSED.match, _decoder.decode, memoryview(block)
    while (stop := find(b"\n", start)) >= 0:
        if stop - start < SMALL or not passes(block, start):
            try:
                yield decode(view[start:stop])
            except REFUSED:
                bare = stripped(block[start:stop])
                if bare.startswith(b"{") and bare.endswith(b"}"):  # a last line may still be being written
                    row = decode_leniently(bare, _decoder)
                    if row is not None:
                        yield row
        start = stop + 1
