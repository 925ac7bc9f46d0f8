"""What a row says beside its figures: for whom or with what a response was made (T55)."""

from __future__ import annotations

from typing import Any

from tokenscope.credentials import masked_name
from tokenscope.ingest.rows.schema import MESSAGES, AnyRow, LoggedUsage

LONGEST = 200  # characters
Stamp = tuple[str, ...]  # the fields of model.Stamps; "" where a row does not tell


class StampReader:
    """The stamps of one file's responses. Of several rows of a response the first that tells a field counts."""

    def __init__(self) -> None:
        self._found: dict[str, Stamp] = {}  # by the response's key
        self._alike: dict[Stamp, Stamp] = {}  # a file has few different ones: each is kept once

    def add(self, row: AnyRow, key: str, outer: AnyRow | None = None) -> None:
        """Take in a row of a response. `outer`: the progress row that holds it, which tells what both share."""
        stamp = stamp_of(row)
        if outer is not None:
            stamp = filled(stamp, stamp_of(outer))
        known = self._found.get(key)
        if known is not None:
            if known == stamp:
                return
            stamp = filled(known, stamp)
        self._found[key] = self._alike.setdefault(stamp, stamp)

    def column(self, keys: list[str]) -> list[Stamp]:
        """Of each response."""
        return [self._found[key] for key in keys]


def stamp_of(row: AnyRow) -> Stamp:
    """What a row tells, the tier that it was served in included."""
    message: Any = row.message
    usage: Any = message.usage if message.__class__ in MESSAGES else None
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
        usage.service_tier if usage.__class__ is LoggedUsage else None,
    )
    return tuple(map(_word, told))


def filled(stamp: Stamp, other: Stamp) -> Stamp:
    """A stamp, and what only another one of the same response tells."""
    return tuple(own or its for own, its in zip(stamp, other, strict=True))


def _word(value: Any) -> str:
    if value.__class__ is dict:
        value = value.get("level")  # how an effort may be told
    return masked_name(value)[:LONGEST] if value.__class__ is str else ""
