"""From bytes to rows, and what single fields of a row mean."""

import sys
from types import SimpleNamespace

if "typing_extensions" not in sys.modules:
    # msgspec asks it for what typing has as well, and its import takes 25 of the 33 ms that msgspec's would take.
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    is_linux = sys.platform == "linux" and "platform" not in sys.modules
    if is_linux:  # uuid, which msgspec imports, asks it for that name alone: another 2 ms
        sys.modules["platform"] = SimpleNamespace(system=lambda: "Linux")  # type: ignore[assignment]
    import msgspec  # noqa: F401

    del sys.modules["typing_extensions"]
    if is_linux:
        del sys.modules["platform"]
