"""What a row says beside its figures: for whom or with what a response was made (T55)."""

from __future__ import annotations

from typing import Any

from msgspec import defstruct

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.schema import AnyRow, LoggedUsage, Progress, Unread
from tokenscope.model import Stamps

LONGEST = 200  # characters
Stamp = tuple[str, ...]  # the fields of model.Stamps; "" where a row does not tell
# Those of a row's fields that nobody else reads: each would cost every question.
_FIELDS = (
    *("attributionSkill", "attributionPlugin", "attributionMcpServer", "attributionMcpTool", "attributionAgent"),
    "effort",
)
_BEFORE_EFFORT = ("",) * Stamps._fields.index("effort")


def stamped(row: type[AnyRow], *, efforts_only: bool = False) -> Any:
    """A row's type with what stamps are made of besides, also of the row inside a progress row."""
    fields = ("effort",) if efforts_only else _FIELDS
    alone: Any = defstruct("Stamped", [(name, Any, None) for name in fields], bases=(row,), gc=False)
    progress: Any = defstruct("StampedProgress", [("message", alone | Unread, None)], bases=(Progress,), gc=False)
    whole: Any = defstruct("StampedRow", [("data", progress | Unread, None)], bases=(alone,), gc=False)
    return whole


class StampReader:
    """The stamps of one file's responses. Of several rows of a response the first that tells a field counts."""

    def __init__(self) -> None:
        self._found: dict[str, Stamp] = {}  # by the response's key
        self._alike: dict[Stamp, Stamp] = {}  # a file has few different ones: each is kept once
        self._known: dict[tuple[Any, ...], Stamp] = {}  # by what a row tells

    def add(self, row: Any, outer: Any, key: str) -> None:
        """Take in a row of a response. `outer`: the progress row that holds it and tells what both share (T24)."""
        stamp = self._stamp_of(row)
        if outer is not None:
            stamp = filled(stamp, self._stamp_of(outer))
        known = self._found.get(key)
        if known is not stamp:
            stamp = stamp if known is None else filled(known, stamp)
            self._found[key] = self._once(stamp)

    def _stamp_of(self, row: Any) -> Stamp:
        """What a row tells, the tier that it was served in included."""
        usage = getattr(row.message, "usage", None)
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
        try:
            return self._known[told]
        except KeyError:
            stamp = self._known[told] = self._once(tuple(map(_word, told)))
        except TypeError:  # some field is a list or an object
            stamp = self._once(tuple(map(_word, told)))
        return stamp

    def _once(self, stamp: Stamp) -> Stamp:
        return self._alike.setdefault(stamp, stamp)

    def column(self, keys: list[str]) -> list[Stamp]:
        """Of each response."""
        return [self._found[key] for key in keys]


class EffortReader:
    """Likewise of efforts alone: most rows tell none, and are passed over."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}  # by the response's key

    def add(self, row: Any, outer: Any, key: str) -> None:
        """As StampReader does."""
        for one in (row, outer):
            if one is not None and one.effort is not None and (effort := _word(one.effort)):
                self._found.setdefault(key, effort)

    def column(self, keys: list[str]) -> list[Stamp]:
        """Of each response; none where no row of the file tells any."""
        if not self._found:
            return []
        stamps = {effort: (*_BEFORE_EFFORT, effort) for effort in {"", *self._found.values()}}
        return [stamps[self._found.get(key, "")] for key in keys]


def filled(stamp: Stamp, other: Stamp) -> Stamp:
    """A stamp, and what only another one of the same response tells."""
    return tuple(own or its for own, its in zip(stamp, other, strict=True))


def _word(value: Any) -> str:
    if value.__class__ is dict:
        value = value.get("level")  # how an effort may be told
    return start_of(value, LONGEST) if value.__class__ is str else ""
