"""Changes as one diff of settings files, and texts to paste. Never applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from textwrap import wrap
from typing import Any

from tokenscope.answers.advice.change import MEMORY, SETTING, AdviceReport, Change
from tokenscope.answers.whatif.trial import TrialSetting
from tokenscope.credentials import mask
from tokenscope.draw.harmless import harmless
from tokenscope.ingest.files.claude_settings import FileText
from tokenscope.view import figures

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


NAME = "settings.json"
WIDTH = 98  # characters of a remark


def advice_patch(report: AdviceReport, folder: str, file: FileText) -> str:
    """`folder`: Claude Code's own, in which `file` is, or would be, its settings."""
    return "\n".join(_patch_lines(report, figures.home_path(folder), file)) + "\n"


def _patch_lines(report: AdviceReport, folder: str, file: FileText) -> Iterator[str]:
    settings = [one for one in report.advice if one.kind == SETTING and one.setting is not None]
    yield from _remark("What tokenscope advice would change. Nothing was applied.")
    if not report.advice:
        yield from _remark("Nothing here is worth your time.")
        return
    memory = [one for one in report.advice if one.kind == MEMORY]
    if memory:
        yield "#"
        yield from _remark("To paste into CLAUDE.md:")
        yield from (f"#   {harmless(one.paste)}" for one in memory)
    others = [one for one in report.advice if one not in settings and one not in memory]
    if others:
        yield "#"
        yield from _remark("By hand:")
        yield from (line for one in others for line in _remark(f"- {one.how}"))
    if settings:
        yield from _settings(settings, folder, file)


def _settings(changes: list[Change], folder: str, file: FileText) -> Iterator[str]:
    settings = [one.setting for one in changes if one.setting is not None]
    yield "#"
    for one in changes:
        since = f" (Claude Code {one.since_version} or newer)" if one.since_version else ""
        yield from _remark(f"{one.title}: about {figures.dollars(one.saving_usd)}{since}. To undo: {one.undo}.")
    try:
        if file.problem:
            raise SettingsDiffError(file.problem)
        diff = settings_diff(NAME, file.text, settings)
    except SettingsDiffError as error:
        yield from _remark(f"{folder}/{NAME} is not compared: {error}. To put in by hand:")
        yield from (f"#   {line}" for line in settings_text(settings).splitlines())
        return
    if not diff:
        yield from _remark(f"{folder}/{NAME} says so already: what was replayed is from before.")
        return
    yield from _remark(f"To apply: cd {folder} && git apply FILE, or patch -p1 < FILE")
    yield from diff.splitlines()


def _remark(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(harmless(text), WIDTH, break_long_words=False, break_on_hyphens=False)]
