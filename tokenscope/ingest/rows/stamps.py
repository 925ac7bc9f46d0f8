"""What a row says beside its figures: when, and for whom or with what a response was made (T50, T51, T55)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.mend import decode_leniently
from tokenscope.ingest.rows.schema import Unread

# ruff: noqa: N815 - the format's own names


LONGEST = 200  # characters
Stamp = tuple[str, ...]  # the fields of model.Stamps; "" where a row does not tell
NOTHING: Stamp = ("",) * 10


class Served(Struct, gc=False):
    service_tier: Any = None


class StampedMessage(Struct, gc=False):
    usage: Served | Unread = None


class StampedRow(Struct, gc=False):
    """A second look at a response's row, by who asks for stamps alone: their fields would cost every question."""

    attributionSkill: Any = None
    attributionPlugin: Any = None
    attributionMcpServer: Any = None
    attributionMcpTool: Any = None
    attributionAgent: Any = None
    effort: Any = None
    gitBranch: Any = None
    entrypoint: Any = None
    version: Any = None
    message: StampedMessage | Unread = None
    data: StampedProgress | Unread = None


class StampedProgress(Struct, gc=False):
    message: StampedRow | Unread = None


_DECODER = Decoder(StampedRow)


class StampReader:
    """The stamps of one file's responses. Of several rows of a response the first that tells a field counts."""

    def __init__(self) -> None:
        self._found: dict[str, Stamp] = {}  # by the response's key
        self._alike: dict[Stamp, Stamp] = {}  # a file has few different ones: each is kept once

    def add(self, line: bytes, key: str) -> None:
        """Take in a row of a response, or the progress row that holds one and tells what both share (T24)."""
        row = decode_leniently(line, _DECODER)
        stamp = _stamp_of(row)
        if row is not None and row.data.__class__ is StampedProgress:
            stamp = filled(_stamp_of(row.data.message), stamp)
        known = self._found.get(key)
        if known is not None:
            if known == stamp:
                return
            stamp = filled(known, stamp)
        self._found[key] = self._alike.setdefault(stamp, stamp)

    def column(self, keys: list[str]) -> list[Stamp]:
        """Of each response."""
        return [self._found[key] for key in keys]


def _stamp_of(row: Any) -> Stamp:
    """What a row tells, the tier that it was served in included."""
    if row.__class__ is not StampedRow:
        return NOTHING
    usage = row.message.usage if row.message.__class__ is StampedMessage else None
    told = (
        row.attributionSkill,
        row.attributionPlugin,
        row.attributionMcpServer,
        row.attributionMcpTool,
        row.attributionAgent,
        row.effort,
        row.gitBranch,
        row.entrypoint,
        row.version,
        usage.service_tier if usage.__class__ is Served else None,
    )
    return tuple(map(_word, told))


def filled(stamp: Stamp, other: Stamp) -> Stamp:
    """A stamp, and what only another one of the same response tells."""
    return tuple(own or its for own, its in zip(stamp, other, strict=True))


def _word(value: Any) -> str:
    if value.__class__ is dict:
        value = value.get("level")  # how an effort may be told
    return start_of(value, LONGEST) if value.__class__ is str else ""
