"""What values are made of: classes of named, typed fields in slots, which C code makes, compares and copies.

A dataclass says the same in Python that is written and compiled at every start: 1.2 ms each, a quarter of the time that
a small history takes. What is built by the hundred thousand, or unpacked, is a NamedTuple instead.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform


def _import_msgspec() -> None:
    """Without what it imports and is not asked for here: that takes 30 of the 38 ms that it would take."""
    stand_ins: dict[str, Any] = {
        "typing_extensions": None,  # for what typing has as well: 25 ms
        "msgspec.inspect": SimpleNamespace(),  # what tells of types, for those who ask: 3 ms
        "msgspec._json_schema": SimpleNamespace(schema=None, schema_components=None),
        **{f"msgspec.{form}": SimpleNamespace() for form in ("msgpack", "toml", "yaml")},  # 1 ms
        "uuid": SimpleNamespace(UUID=type("UUID", (), {}), SafeUUID=SimpleNamespace(unknown=None)),  # 3 ms: no value
        "decimal": SimpleNamespace(Decimal=type("Decimal", (), {})),  # is one of these two
    }
    stand_ins = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        import msgspec  # noqa: F401, PLC0415
    except (ImportError, AttributeError):  # another version, which asks for more
        for name in [name for name in sys.modules if name.partition(".")[0] == "msgspec"]:
            del sys.modules[name]
    for name in stand_ins:
        sys.modules.pop(name, None)


if "msgspec" not in sys.modules:
    _import_msgspec()

from msgspec import field  # noqa: E402

__all__ = ["KINDS", "Record", "Value", "asdict", "field", "is_value", "replace"]

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

else:
    from msgspec import Struct
    from msgspec.structs import asdict, replace

    class Value(Struct, frozen=True):
        """Never changes: what a question answers, what a card shows, what was asked for."""

    class Record(Struct):
        """Filled in while something is read or added up."""


KINDS = (Value, Record)


def is_value(kind: Any) -> bool:
    """Whether it is a class of values."""
    return isinstance(kind, type) and issubclass(kind, KINDS)
