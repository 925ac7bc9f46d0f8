"""A line as it stands in a file: where it ends, and what of it a strict decoder refuses and still makes sense (T11)."""

from __future__ import annotations

import re
import sys
from typing import TypeVar

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

Kind = TypeVar("Kind")

LEVELS = 4_000  # of a value: a decoder goes down by calling itself, which Python stops at 1,000
SEARCHED = 1 << 16  # bytes looked through at a time for the end of a line, which is mostly near
REFUSED = (DecodeError, RecursionError)
OPENING_BRACE, CLOSING_BRACE = b"{}"
ESCAPED = re.compile(rb"\\u")  # how a character may stand by its number; found in half the time that `in` takes


def decode_leniently(data: bytes | Raw, decoder: Decoder[Kind]) -> Kind | None:
    """What these bytes say, by all means; None where they are not what the decoder's type allows."""
    try:
        return decoder.decode(data)
    except DecodeError:
        pass
    except RecursionError:
        return _deep(data, decoder)
    try:
        return decoder.decode(sound(bytes(data)))
    except (*REFUSED, ValueError):
        return None


def _deep(data: bytes | Raw, decoder: Decoder[Kind]) -> Kind | None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(LEVELS)
    try:
        return decoder.decode(data)
    except REFUSED:
        return None
    finally:
        sys.setrecursionlimit(limit)


def stripped(line: bytes) -> bytes:
    """Without what may stand around a row: BOM, NUL padding, white space."""
    return line.strip(b"\x00\r \t\xef\xbb\xbf")


def sound(line: bytes) -> bytes:
    """Without what a strict decoder refuses: invalid UTF-8, lone surrogates, NaN. Raises ValueError, RecursionError."""
    import json  # noqa: PLC0415 - 2 ms, for what is hardly ever there

    text = line.decode("utf-8", "replace")
    row = json.loads(text, parse_constant=lambda _: None, parse_float=_number, parse_int=_number)
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


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
