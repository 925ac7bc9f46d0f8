"""One object on stdout and nothing else: the same numbers as the cards, whole."""

from __future__ import annotations

from typing import Any, BinaryIO

import orjson

from tokenscope.envelope import SCHEMA_VERSION, Envelope
from tokenscope.errors import NoTranscriptsError, TokenscopeError

OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_OMIT_MICROSECONDS


def write(envelope: Envelope, stream: BinaryIO) -> None:
    stream.write(orjson.dumps(envelope, option=OPTIONS))


def write_error(error: TokenscopeError, stream: BinaryIO) -> None:
    """What a script gets instead of an answer."""
    fields: dict[str, Any] = {"kind": error.kind, "message": error.message, "hint": error.hint or None}
    if isinstance(error, NoTranscriptsError):
        fields["paths_tried"] = error.paths_tried
    stream.write(orjson.dumps({"schema_version": SCHEMA_VERSION, "error": fields}, option=OPTIONS))
