"""What is decoded only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from msgspec import Raw, Struct
from msgspec.json import Decoder

from tokenscope.ingest.rows.mend import decode_leniently, sound, stripped
from tokenscope.ingest.rows.schema import Block, Content, ContentMessage, ContentPart, LoggedMessage


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
    given: Input | None = value_in(raw, _input_decoder)
    return given


def texts_of(parts: Iterable[Any]) -> str:
    """The texts among some blocks, or parts of a result."""
    texts = (part.text for part in parts if part.__class__ is Block or part.__class__ is ContentPart)
    return "\n".join(text for text in texts if text.__class__ is str)


def value_in(raw: Raw, decoder: Decoder[Any] | None = None) -> Any:
    """What these bytes say; None where they say nothing that the decoder's type allows."""
    return decode_leniently(raw, decoder or _ANY)
