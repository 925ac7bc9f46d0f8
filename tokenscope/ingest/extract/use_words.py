"""What is kept of texts: first words, and what tells them apart; tool uses: on what, and how each ended."""

from __future__ import annotations

import re
from typing import Any
from zlib import adler32, crc32

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.labels import LONGEST_LABEL
from tokenscope.ingest.rows.lenient import Input, value_of
from tokenscope.ingest.rows.prompt_words import INTERRUPTED
from tokenscope.ingest.rows.schema import DoneRow, Result

LEAVING = frozenset({"/exit", "/quit"})
_COMMAND = re.compile(r"<command-name>\s*(/[a-z]+)\s*</command-name>")
NOT_SAID = "No response requested."
_USED_ON = ("command", "file_path", "notebook_path", "pattern", "query", "url", "description", "skill", "path")
_DENIED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "User rejected tool use",
    "Permission to use ",
    "Claude requested permissions to ",
    "This command requires approval",
)
_ERROR_TAG = re.compile(r"</?tool_use_error>")
_CREDITS = re.compile(r"\bnow using (?:usage credits|extra usage)\b", re.IGNORECASE)  # on beyond a limit
_LIMIT = re.compile(r"\blimit\b", re.IGNORECASE)


def first_words(text: str) -> str:
    """The beginning of a text on one line."""
    return start_of(" ".join(start_of(text, 4 * LONGEST_LABEL).split()), LONGEST_LABEL)


def key_of(text: str) -> str:
    """Equal for equal texts but for white space around them; "" for an empty one."""
    data = text.strip().encode("utf-8", "replace")
    return _digest(data) if data else ""


def _digest(data: bytes) -> str:
    """Equal for equal bytes, in every process."""
    return f"{len(data):x}-{crc32(data):08x}{adler32(data):08x}"


def same_call(name: str, written: bytes) -> str:
    """Equal for calls of the same tool with the same input (T41). `written`: see labels.compact."""
    return f"{name} {_digest(written)}"


def used_on(given: Input, written: bytes) -> str:
    """The most telling text of a tool's input. `written`: see labels.compact."""
    for name in _USED_ON:
        value = getattr(given, name)
        if value.__class__ is str and value:
            return first_words(value)
    everything = value_of(written)
    values = everything.values() if everything.__class__ is dict else ()
    return first_words(next((value for value in values if value.__class__ is str and value), ""))


def outcome_of(text: str, told: Any, *, failed: bool) -> str:
    """How a tool use went, see store.ToolUse. `told`: what its result tells the screen."""
    said = told if told.__class__ is str else ""
    if not failed:
        return "interrupted" if told.__class__ is Result and told.interrupted is True else "ok"
    if text.startswith(_DENIED) or said.removeprefix("Error: ").startswith(_DENIED):
        return "denied"
    return "interrupted" if INTERRUPTED in text[:LONGEST_LABEL] else "error"


def error_words(error: Any) -> str:
    """What an API error says of itself, however deep it says it."""
    for _ in range(4):
        if error.__class__ is str:
            return str(error)
        if error.__class__ is not dict:
            return ""
        if error.get("message").__class__ is str and error["message"]:
            return str(error["message"])
        error = error.get("error") or error.get("cause")
    return ""


def said_instead(row: DoneRow, said: str) -> tuple[str, str]:
    """What the program said in a response's stead, and its kind of store.Notice; "" where that is nothing."""
    if not said or said == NOT_SAID:
        return "", ""
    is_limit = row.error == "rate_limit" or _LIMIT.search(said)
    return "credits" if _CREDITS.search(said) else "limit" if is_limit else "api_message", said


def leaves(content: Any) -> bool:
    """Whether what a system row says is the command by which a session is left."""
    found = _COMMAND.match(content) if content.__class__ is str else None
    return found is not None and found[1] in LEAVING


def failure_words(text: str) -> str:
    """What a failed tool use said, without the marks around it."""
    return first_words(_ERROR_TAG.sub("", text))


LONGEST_PATH = 1_000  # characters
FILE_TOOLS = {"Read": "file_path", "Edit": "file_path", "MultiEdit": "file_path", "Write": "file_path"} | {
    "NotebookEdit": "notebook_path",
    "NotebookRead": "notebook_path",
}


def path_of(name: str, given: Input) -> str:
    """The file that a tool reads or writes; "" for any other tool."""
    path = getattr(given, FILE_TOOLS[name]) if name in FILE_TOOLS else ""
    return start_of(path, LONGEST_PATH) if path.__class__ is str else ""


SHELLS = ("Bash", "PowerShell")


def shell_command(given: Input | None) -> str:
    """The command that a shell is given; "" for none."""
    command = None if given is None else given.command
    return command if command.__class__ is str else ""
