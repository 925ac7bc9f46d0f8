"""From bytes to rows, and what single fields of a row mean."""

import sys

if "typing_extensions" not in sys.modules:
    # msgspec asks it for what typing has as well, and its import takes 25 of the 33 ms that msgspec's would take.
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    import msgspec  # noqa: F401

    del sys.modules["typing_extensions"]
