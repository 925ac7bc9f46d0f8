"""Credentials in texts of transcripts: each value is replaced by a mark, its name and the sentence around it stay.

What is read is grouped and counted as it is; what is answered goes through `masked` on its way out, whatever its
format. A text that is cut while it is read keeps no beginning of a value that only its end gives away (`start_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from tokenscope.credential_rules import PREFIXES, RULES, may_hold
from tokenscope.credential_values import MARK
from tokenscope.value import KINDS, astuple, replace

AHEAD = 400  # characters behind a cut in which what gives a value away may still stand
LONGEST = 1 << 16  # characters: of a longer text the rest is kept by nobody
ROUNDS = 4  # what one rule leaves may be what another looks for
SHORT = 6  # characters of a value that may be left
_NOTED = 4_096  # names of projects, models and tools stand in many rows
_NO_TEXT = frozenset((int, float, bool, type(None), datetime))  # most of an answer: passed over without a call
_GIVEN = ("--password-stdin", "--with-token", "login", "passwd", "sudo", "--stdin", "secret", "auth")


@lru_cache(_NOTED)
def mask(text: str) -> str:
    """The text without the credentials in it."""
    lowered = text.lower()
    if may_hold(lowered):
        return _masked(text)
    if any(map(lowered.__contains__, PREFIXES.words)):
        return PREFIXES.applied(text)
    return text


def start_of(text: str, length: int) -> str:
    """The first `length` characters of a text; what the cut would part is masked before, if it is a credential."""
    if len(text) <= length:
        return text
    head = text[:length]
    if not _parts_a_value(text, head):
        return head
    masked = mask(text[: length + AHEAD])
    if len(masked) < length + AHEAD // 2:
        masked = mask(text[:LONGEST])  # much of it was masked: its end would come into sight
    return masked[:length]


def masked(value: Any) -> Any:
    """An answer without credentials in any of its texts; itself where there is none."""
    kind = value.__class__
    if kind is str:
        told = mask(value)
        return value if told == value else told  # an equal text that was masked before is another object
    if kind in _NO_TEXT:
        return value
    if isinstance(value, dict):
        return _masked_dict(value)
    if isinstance(value, list | tuple):
        return _masked_sequence(value)
    if isinstance(value, KINDS):
        changed = {}
        for name, before in zip(value.__struct_fields__, astuple(value), strict=True):
            if before.__class__ not in _NO_TEXT and (after := masked(before)) is not before:
                changed[name] = after
        return replace(value, **changed) if changed else value
    return value


def masked_rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Rows of a table that is written one at a time."""
    for row in rows:
        yield tuple(mask(cell) if cell.__class__ is str else cell for cell in row)


def count_marks(value: Any) -> int:
    """How many credentials were masked in an answer."""
    if value.__class__ is str:
        return int(value.count(MARK))
    if value.__class__ in _NO_TEXT:
        return 0
    if isinstance(value, dict):
        return count_marks([*value, *value.values()])
    if isinstance(value, KINDS):
        value = astuple(value)
    if isinstance(value, list | tuple):
        return sum(count_marks(inner) for inner in value if inner.__class__ not in _NO_TEXT)
    return 0


def _masked(text: str) -> str:
    for _ in range(ROUNDS):
        before, lowered = text, text.lower()
        for rule in RULES:
            if any(map(lowered.__contains__, rule.words)) or rule.words[0] == MARK:
                text = rule.applied(text)
        if text == before:
            break
    return text


def _parts_a_value(text: str, head: str) -> bool:
    """Whether the word at the cut may be a credential, or one stands before it whose use comes after it."""
    near = text[len(head) - SHORT : len(head) + 1]
    if near.split() == [near]:
        word = head.rsplit(None, 1)[-1]
        word += text[len(head) : len(head) + 64].split(None, 1)[0]
        if any(map(str.isdigit, word)) or "://" in word:
            return True
    return ("echo " in head or "printf " in head) and any(map(text[len(head) : len(head) + AHEAD].__contains__, _GIVEN))


def _masked_sequence(value: Any) -> Any:
    parts = [inner if inner.__class__ in _NO_TEXT else masked(inner) for inner in value]
    if all(after is before for after, before in zip(parts, value, strict=True)):
        return value
    if isinstance(value, list):
        return parts
    return value._make(parts) if hasattr(value, "_make") else tuple(parts)


def _masked_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, inner in value.items():
        name = masked(key)
        while name in found:  # two that look the same stay two
            name += "•"
        found[name] = masked(inner)
    return value if found == value else found
