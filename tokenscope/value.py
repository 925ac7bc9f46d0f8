"""What values are made of: classes of named, typed fields in slots, which C code makes, compares and copies.

A dataclass says the same in Python that is written and compiled at every start: 1.2 ms each, a quarter of the time that
a small history takes. What is built by the hundred thousand, or unpacked, is a NamedTuple instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from tokenscope.light_import import import_msgspec

import_msgspec()

from msgspec import field  # noqa: E402

__all__ = ["KINDS", "Record", "Value", "asdict", "astuple", "field", "is_value", "replace"]

if TYPE_CHECKING:  # all that a checker needs to know of them

    @dataclass_transform(frozen_default=True, field_specifiers=(field,))
    class Value:
        """Never changes: what a question answers, what a card shows, what was asked for."""

        __struct_fields__: ClassVar[tuple[str, ...]]

        def __init_subclass__(cls, *, eq: bool = True, kw_only: bool = False) -> None: ...

    @dataclass_transform(field_specifiers=(field,))
    class Record:
        """Filled in while something is read or added up."""

        __struct_fields__: ClassVar[tuple[str, ...]]

    _Kind = TypeVar("_Kind", bound=Value | Record)

    def replace(value: _Kind, **changes: Any) -> _Kind: ...
    def asdict(value: Value | Record) -> dict[str, Any]: ...
    def astuple(value: Value | Record) -> tuple[Any, ...]: ...

else:
    from msgspec import Struct
    from msgspec.structs import asdict, astuple, replace

    class Value(Struct, frozen=True):
        """Never changes: what a question answers, what a card shows, what was asked for."""

    class Record(Struct):
        """Filled in while something is read or added up."""


KINDS = (Value, Record)


def is_value(kind: Any) -> bool:
    """Whether it is a class of values."""
    return isinstance(kind, type) and issubclass(kind, KINDS)
