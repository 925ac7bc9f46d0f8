"""Credentials in texts of transcripts: each value is replaced by a mark, its name and the sentence around it stay.

A text that is cut is masked before (`masked_start`): no beginning of a value survives. What a rule may not be sure of
is judged by the value: a variable, a number or a plain word stays readable where its name says little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any
from zlib import adler32, crc32

from tokenscope.credential_rules import LONG_RUN, MARK, PREFIXES, RULES, may_hold

LONGEST = 1 << 16  # characters: of a longer text the rest is not kept by anybody
AHEAD = 256  # characters behind a cut in which a rule's word may still stand: `echo … | docker login --password-stdin`
ROUNDS = 4  # what one rule leaves may be what another looks for
NAMES = 4_096  # names of tools, models, folders: few, and met in every row
_APART = re.compile("\0[0-9a-f]{16}")
APART = "\0"  # before what tells apart texts that look the same once they are masked


def mask(text: str) -> str:
    """The text without the credentials in it."""
    lowered = text.lower()
    if may_hold(lowered):
        return _masked(text)
    if LONG_RUN.search(text) is not None and any(map(lowered.__contains__, PREFIXES.words)):
        return PREFIXES.pattern.sub(PREFIXES.replace, text)
    return text


def masked_start(text: str, length: int) -> str:
    """The first `length` characters of a text, masked before they are cut."""
    if len(text) <= length:
        return mask(text)
    window = text[: length + AHEAD]
    masked = mask(window)
    if masked is not window and len(masked) < length + AHEAD // 2 and len(text) > len(window):
        masked = mask(text[:LONGEST])  # much of it was masked: what is shown reaches to where the window was cut
    return masked[:length]


def masked_label(text: str, length: int) -> str:
    """The same; where anything was masked, what told the raw text apart stands behind it, out of sight (`shown`)."""
    start, masked = text[:length], masked_start(text, length)
    if masked == start:
        return start
    data = " ".join(start.split()).encode("utf-8", "replace")
    return f"{masked}{APART}{crc32(data):08x}{adler32(data):08x}"


def shown(label: str) -> str:
    """A label as people see it."""
    return _APART.sub("", label) if APART in label else label


@lru_cache(NAMES)
def masked_name(name: str) -> str:
    """`mask` for what is met again and again."""
    return mask(name)


def count_masked(value: Any) -> int:
    """How many marks stand in the texts of an answer."""
    return sum(text.count(MARK) for text in _texts(value))


def _masked(text: str) -> str:
    for _ in range(ROUNDS):
        before, lowered = text, text.lower()
        for rule in RULES:
            if any(map(lowered.__contains__, rule.words)) or rule.words[0] == MARK:
                text = rule.pattern.sub(rule.replace, text)
        if text == before:
            break
    return text


def _texts(value: Any) -> Iterator[str]:
    if value.__class__ is str:
        if MARK in value:
            yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            if inner.__class__ not in (int, float):
                yield from _texts(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
