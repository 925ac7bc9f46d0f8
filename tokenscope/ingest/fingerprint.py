"""Whether two long outputs say the same: a short hash of a text without its white space and colours."""

from __future__ import annotations

import re
from hashlib import blake2b

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SPACE = b" \t\r\n"


def fingerprint(text: str) -> str:
    """16 hex digits that are equal for outputs equal but for white space and colour codes."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    return blake2b(text.encode("utf-8", "replace").translate(None, _SPACE), digest_size=8).hexdigest()
