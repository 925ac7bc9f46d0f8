"""One object on stdout and nothing else: the same numbers as the cards, whole.

What steers a terminal, hides or turns the reading direction is written as an escape, so that looking at the
output is as safe as reading it with a program, which gets the same text either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

from tokenscope.errors import AmbiguousError, NoTranscriptsError, TokenscopeError
from tokenscope.view.envelope import SCHEMA_VERSION, Envelope

# DEL, C1 and the format characters of Unicode 16 (category Cf), and its line and paragraph separators.
_STEERING = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
ONE_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_OMIT_MICROSECONDS
OPTIONS = ONE_LINE | orjson.OPT_INDENT_2


def write(envelope: Envelope, stream: BinaryIO) -> None:
    stream.write(encoded(envelope))


def encoded(value: Any, options: int = OPTIONS) -> bytes:
    """A value as JSON in UTF-8, ended by a line feed."""
    data = orjson.dumps(value, option=options)
    if data.isascii() and b"\x7f" not in data:
        return data
    return _STEERING.sub(_escaped, data.decode()).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def write_reports(envelope: Envelope, reports: Iterable[tuple[str, Any]], stream: BinaryIO) -> None:
    """Many answers about one history, each with its question's name: in an envelope's place of `report`, `reports`."""
    about = {name: getattr(envelope, name) for name in ("schema_version", "tokenscope", "scope", "coverage")}
    stream.write(encoded(about, ONE_LINE).removesuffix(b"}\n") + b',"reports":{')
    for place, (name, report) in enumerate(reports):
        stream.write((b"," if place else b"") + b'\n"' + name.encode() + b'":' + encoded(report, ONE_LINE).rstrip())
    stream.write(b"\n}}\n")


def write_error(error: TokenscopeError, stream: BinaryIO) -> None:
    """What a script gets instead of an answer."""
    fields: dict[str, Any] = {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint.replace("\n", "; ") or None,
    }
    if isinstance(error, NoTranscriptsError):
        fields["paths_tried"] = error.paths_tried
    if isinstance(error, AmbiguousError):
        fields["choices"] = error.choices
    stream.write(encoded({"schema_version": SCHEMA_VERSION, "error": fields}))
