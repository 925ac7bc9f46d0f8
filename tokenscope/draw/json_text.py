"""Values as JSON text that is safe to look at.

What steers a terminal, hides or turns the reading direction is written as an escape, so that looking at the
output is as safe as reading it with a program, which gets the same text either way.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from tokenscope.value import asdict

# DEL, C1 and the format characters of Unicode 16 (category Cf), and its line and paragraph separators.
_STEERING = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
_PLAIN = bytes(range(0x7F))
ONE_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_OMIT_MICROSECONDS
OPTIONS = ONE_LINE | orjson.OPT_INDENT_2


def encoded(value: Any, options: int = OPTIONS) -> bytes:
    """A value as JSON in UTF-8, ended by a line feed."""
    data = orjson.dumps(value, default=asdict, option=options)
    if data.isascii() and b"\x7f" not in data:
        return data
    beyond = data.translate(None, _PLAIN).decode()  # a pattern over all of the text takes ten times as long
    for character in set(_STEERING.findall(beyond)):
        data = data.replace(character.encode(), _escaped(character))
    return data


def _escaped(character: str) -> bytes:
    units = character.encode("utf-16-be")
    return b"".join(b"\\u" + units[place : place + 2].hex().encode() for place in range(0, len(units), 2))
