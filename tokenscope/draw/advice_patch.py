"""`advice --patch`: lines that begin with # say what to do and hold what to paste; the rest is a diff."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from tokenscope.answers.advice.change import MEMORY, SETTING, AdviceReport, Change
from tokenscope.draw.harmless import harmless
from tokenscope.draw.settings_diff import SettingsDiffError, settings_diff, settings_text
from tokenscope.ingest.files.claude_settings import FileText
from tokenscope.view import figures

NAME = "settings.json"
WIDTH = 98  # characters of a remark


def advice_patch(report: AdviceReport, folder: str, file: FileText) -> str:
    """`folder`: Claude Code's own, in which `file` is, or would be, its settings."""
    return "\n".join(_lines(report, figures.home_path(folder), file)) + "\n"


def _lines(report: AdviceReport, folder: str, file: FileText) -> Iterator[str]:
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
