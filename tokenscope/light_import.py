"""How msgspec is imported without what it asks for and nobody here uses: that takes most of the time."""

from __future__ import annotations

import sys
from types import SimpleNamespace

# What stands in for a module while msgspec is imported. typing has as well what it asks typing_extensions for: 25 ms.
_UNUSED = {"typing_extensions": None}
# For a process that decodes rows and nothing else, which it may not: types told of, other formats, UUIDs and decimals
# are then not for msgspec in all of it. 8 ms, of the 100 that a status line may take.
_OF_OTHER_USES = {
    "msgspec.inspect": SimpleNamespace(),
    "msgspec._json_schema": SimpleNamespace(schema=None, schema_components=None),
    **{f"msgspec.{form}": SimpleNamespace() for form in ("msgpack", "toml", "yaml")},
    "uuid": SimpleNamespace(UUID=type("UUID", (), {}), SafeUUID=SimpleNamespace(unknown=None)),
    "decimal": SimpleNamespace(Decimal=type("Decimal", (), {})),
}


def import_msgspec(*, for_rows_alone: bool = False) -> None:
    """Import it, if it is not. `for_rows_alone`: this process, which is ours and ends soon, decodes rows alone."""
    if "msgspec" in sys.modules:
        return
    wanted = _UNUSED | _OF_OTHER_USES if for_rows_alone else _UNUSED
    stand_ins = {name: module for name, module in wanted.items() if name not in sys.modules}
    sys.modules.update(stand_ins)  # type: ignore[arg-type]
    try:
        import msgspec  # noqa: F401, PLC0415
    except (ImportError, AttributeError):  # another version, which asks for more
        for name in [name for name in sys.modules if name.partition(".")[0] == "msgspec"]:
            del sys.modules[name]
    for name in stand_ins:
        sys.modules.pop(name, None)
