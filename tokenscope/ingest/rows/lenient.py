"""What a strict decoder refuses and still makes sense (T11), and what is decoded only where it is asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, TypeVar

import orjson
from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from tokenscope.ingest.rows.schema import Block, Content, ContentMessage, ContentPart, LoggedMessage

Kind = TypeVar("Kind")


LEVELS = 4_000  # of a value: a decoder goes down by calling itself, which Python stops at 1,000
REFUSED = (DecodeError, RecursionError)


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


def value_of(line: bytes) -> Any:
    """All that a line says, or None where there is no sense in it."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(sound(stripped(line)))
    except (ValueError, RecursionError):
        return None


def stripped(line: bytes) -> bytes:
    """Without what may stand around a row: BOM, NUL padding, white space."""
    return line.strip(b"\x00\r \t\xef\xbb\xbf")


def sound(line: bytes) -> bytes:
    """Without what a strict decoder refuses: invalid UTF-8, lone surrogates, NaN. Raises ValueError, RecursionError."""
    text = line.decode("utf-8", "replace")
    row = json.loads(text, parse_constant=lambda _: None, parse_float=_number, parse_int=_number)
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


def _number(text: str) -> int | float | None:
    """A number as JSON writes it; None where it is larger than anything that is counted."""
    if len(text) < 18 and text.lstrip("-").isdigit():
        return int(text)
    number = float(text)
    return number if abs(number) < 1e300 else None


class Input(Struct, gc=False):
    """Of a tool."""

    command: Any = None
    file_path: Any = None
    notebook_path: Any = None
    offset: Any = None
    limit: Any = None
    pattern: Any = None
    query: Any = None
    url: Any = None
    description: Any = None
    skill: Any = None
    path: Any = None
    glob: Any = None
    subagent_type: Any = None
    prompt: Any = None
    run_in_background: Any = None


_ANY = Decoder(Any)
_content_decoder = Decoder(Content)
_input_decoder = Decoder(Input)


def content_of(message: object) -> Content:
    """A message's content; None where there is none."""
    if isinstance(message, ContentMessage):
        return message.content
    content: Content = value_in(message.content, _content_decoder) if isinstance(message, LoggedMessage) else None
    return content


def input_of(raw: Raw) -> Input | None:
    """A tool's input, None where it is no object."""
    try:
        return _input_decoder.decode(raw)
    except REFUSED:
        given: Input | None = value_in(raw, _input_decoder)
        return given


def texts_of(parts: Iterable[Any]) -> str:
    """The texts among some blocks, or parts of a result."""
    texts = (part.text for part in parts if part.__class__ is Block or part.__class__ is ContentPart)
    return "\n".join(text for text in texts if text.__class__ is str)


def value_in(raw: Raw, decoder: Decoder[Any] | None = None) -> Any:
    """What these bytes say; None where they say nothing that the decoder's type allows."""
    return decode_leniently(raw, decoder or _ANY)
