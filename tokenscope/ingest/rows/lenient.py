"""What is decoded only where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


class PresentRow:
    """The row that is being taken in, for who wants all of it. `line`: what stands in the file for a row of the batch;
    `place`: its own; `is_inner`: it is the one inside a progress row.
    """

    __slots__ = ("_line", "is_inner", "place")

    def __init__(self, line: Callable[[int], bytes]) -> None:
        self._line, self.place, self.is_inner = line, 0, False

    def whole(self) -> Any:
        """All that it says; None where that cannot be had."""
        row = value_of(self._line(self.place))
        if row is None or not self.is_inner:
            return row
        return row["data"]["message"]  # which is there, as its type was decoded


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
    return decode_leniently(raw, _input_decoder)


def texts_of(parts: Iterable[Any]) -> str:
    """The texts among some blocks, or parts of a result."""
    texts = (part.text for part in parts if part.__class__ is Block or part.__class__ is ContentPart)
    return "\n".join(text for text in texts if text.__class__ is str)


def value_in(raw: Raw, decoder: Decoder[Any] | None = None) -> Any:
    """What these bytes say; None where they say nothing that the decoder's type allows."""
    return decode_leniently(raw, decoder or _ANY)
