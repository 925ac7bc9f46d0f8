"""People's own words in a user row (T40): what is left once everything that a program put there is gone."""

from __future__ import annotations

import re
from typing import Any

from tokenscope.credentials import start_of

_WRAPPER = re.compile(
    r"<(system-reminder|task-notification|local-command-stdout|local-command-stderr|local-command-caveat"
    r"|bash-input|bash-stdout|bash-stderr|command-message|command-contents|ide_opened_file|ide_selection"
    r"|ide_diagnostics|user-prompt-submit-hook)\b[^<>]*>"
)
_COMMAND = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.DOTALL)
_ARGUMENTS = re.compile(r"<command-args>\s*(.*?)\s*</command-args>", re.DOTALL)
INTERRUPTED = "[Request interrupted by user"


def prompt_text(row: dict[str, Any]) -> str:
    """The words of a prompt, or "" where the row is not one."""
    if row.get("type") != "user" or row.get("isMeta") is True or row.get("isCompactSummary") is True:
        return ""
    message = row.get("message")
    if row.get("isSidechain") is True or message.__class__ is not dict or "toolUseResult" in row:
        return ""
    text = _text(message.get("content"))
    if "<" in text:
        text = _unwrap(text)
    text = text.strip()
    return "" if text.startswith(INTERRUPTED) else text


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    blocks = [block for block in content if isinstance(block, dict)]
    if any(block.get("type") == "tool_result" for block in blocks):
        return ""
    texts = (block.get("text") for block in blocks if block.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))


def without_wrapped(text: str, opening: re.Pattern[str] = _WRAPPER) -> str:
    """A text without what stands in the wrappers of programs. Each tag that never ends is looked for once."""
    kept, start, unended = [], 0, set[str]()
    while found := opening.search(text, start):
        tag = found[1]
        end = -1 if tag in unended else text.find(f"</{tag}>", found.end())
        if end < 0:
            unended.add(tag)
            kept.append(text[start : found.end()])
            start = found.end()
            continue
        kept.append(text[start : found.start()])
        start = end + len(tag) + 3
    return "".join(kept) + text[start:]


def _unwrap(text: str) -> str:
    command, arguments = _COMMAND.search(text), _ARGUMENTS.search(text)
    text = _ARGUMENTS.sub("", _COMMAND.sub("", without_wrapped(text))).strip()
    if text or command is None or not command[1]:
        return text
    name = command[1] if command[1].startswith("/") else "/" + command[1]
    return f"{name} {arguments[1]}".strip() if arguments else name


def first_sentence(text: str, *, limit: int = 120) -> str:
    """The first sentence of a prompt on one line, at most `limit` characters: a title of last resort (T42)."""
    line = " ".join(start_of(text, limit * 4).split())
    end = re.search(r"[.!?](?=\s)", line)
    line = line[: end.end()] if end else line
    return line if len(line) <= limit else start_of(line, limit - 1).rstrip() + "…"
