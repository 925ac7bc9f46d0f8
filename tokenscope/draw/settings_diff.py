"""Settings as a unified diff of Claude Code's settings file: for `patch -p1` and `git apply`, by hand. Never applied.

The file is written anew with the settings in it, and both are compared: where it is written as Claude Code writes it,
only the lines of the settings differ. A diff shows the lines around a change: where those would show a credential or
a control character there is no diff, but the settings alone, to be put in by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from difflib import unified_diff
from typing import Any

from tokenscope.answers.whatif.trial import TrialSetting
from tokenscope.credentials import mask
from tokenscope.draw.harmless import harmless

MOST_CONTEXT = 3  # lines around a change
_LAST_LINE = "\\ No newline at end of file"


class SettingsDiffError(Exception):
    """The file cannot be compared; the reason in words."""


def settings_diff(name: str, before: str | None, settings: Sequence[TrialSetting]) -> str:
    """The diff of the file `name`; "" where it says all of it already. `before` None: there is no such file.

    Raises SettingsDiffError.
    """
    told = _object(before)
    indent = _indent(before)
    for one in settings:
        _put(told, one)
    after = json.dumps(told, indent=indent, ensure_ascii=False)
    after += "\n" if before is None or before.endswith("\n") else ""
    if before is not None and _object(before) == told:
        return ""
    for context in range(MOST_CONTEXT, 0, -1):
        lines = list(_lines(name, before, after, context))
        if all(_may_be_shown(line) for line in lines):
            return "\n".join(lines) + "\n"
    raise SettingsDiffError("its lines hold what is not to be shown")


def settings_text(settings: Iterable[TrialSetting]) -> str:
    """The settings alone, as they stand in a file."""
    told: dict[str, Any] = {}
    for one in settings:
        _put(told, one)
    return json.dumps(told, indent=2, ensure_ascii=False)


def _object(text: str | None) -> dict[str, Any]:
    if text is None or not text.strip():
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingsDiffError("it is no JSON") from None
    if not isinstance(found, dict):
        raise SettingsDiffError("it is no JSON object")
    return found


def _indent(text: str | None) -> int | str:
    """That of the first line that has one."""
    found = re.search(r"^([ \t]+)\S", text or "", re.MULTILINE)
    return found[1] if found else 2


def _put(told: dict[str, Any], setting: TrialSetting) -> None:
    outer, point, inner = setting.key.partition(".")
    if not point:
        told[outer] = setting.value
        return
    inside = told.setdefault(outer, {})
    if not isinstance(inside, dict):
        raise SettingsDiffError(f"its {outer} is no object")
    inside[inner] = setting.value


def _lines(name: str, before: str | None, after: str, context: int) -> Iterable[str]:
    if before is None:
        yield from (f"diff --git a/{name} b/{name}", "new file mode 100644")
    old, new = (text.split("\n") if text else [] for text in (before or "", after))
    files = ("/dev/null" if before is None else f"a/{name}", f"b/{name}")
    ends = [bool(lines) and lines[-1] == "" for lines in (old, new)]
    old, new = (lines[:-1] if whole else lines for lines, whole in zip((old, new), ends, strict=True))
    old, new = (lines if whole else _marked(lines) for lines, whole in zip((old, new), ends, strict=True))
    for line in unified_diff(old, new, *files, n=context, lineterm=""):
        yield from line.split("\n")


def _marked(lines: list[str]) -> list[str]:
    """The last line of a file that ends without a line's end says so."""
    return [*lines[:-1], f"{lines[-1]}\n{_LAST_LINE}"] if lines else lines


def _may_be_shown(line: str) -> bool:
    spaced = line.replace("\t", " ")  # of which an indent may be made
    return mask(line) == line and harmless(spaced, keeps_spaces=True) == spaced.rstrip(" ")
