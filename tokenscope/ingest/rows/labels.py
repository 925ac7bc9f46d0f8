"""What a tool use, a user's text or an attachment is called in the ledger, and how large the model sees it (T34)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import orjson
from msgspec.json import format as json_format

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.lenient import Input, value_of
from tokenscope.ingest.rows.mend import ESCAPED
from tokenscope.ingest.rows.prompt_words import PERSON, is_continuation, prompt_of, without_wrapped
from tokenscope.ingest.rows.schema import AnyRow
from tokenscope.names import source_name
from tokenscope.store import Label

_NOT_SHOWN = frozenset(
    {"type", "hookName", "hookEvent", "toolUseID", "command", "filename", "displayPath", "stdout", "stderr"}
)
OFFERS = {
    "deferred_tools_delta": "tool_offered",
    "mcp_instructions_delta": "server_offered",
    "skill_listing": "skill_offered",
    "agent_listing_delta": "agent_offered",
}
_NAMED_IN = {"skill_listing": "names", "agent_listing_delta": "addedTypes"}  # else in addedNames


def shown(attachment: dict[str, Any]) -> tuple[Label, int]:
    """Its label, and bytes of what the model sees of it."""
    size = sum(size_as_shown(value) for name, value in attachment.items() if name not in _NOT_SHOWN)
    return plain("attachment", "attachments", _kind(attachment)[:LONGEST_LABEL]), size


def offered(attachment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and name of each MCP tool or server, skill and subagent that it announces: see store.Inventory."""
    kind = _kind(attachment)
    names = attachment.get(_NAMED_IN.get(kind, "addedNames"))
    if kind not in OFFERS or names.__class__ is not list:
        return
    for name in names:
        if name.__class__ is str and (kind != "deferred_tools_delta" or name.startswith("mcp__")):
            yield OFFERS[kind], name[:LONGEST_LABEL]


def _kind(attachment: dict[str, Any]) -> str:
    kind = attachment.get("type")
    return kind if kind.__class__ is str else "unknown"


SKILL_BODY = "Base directory for this skill: "  # how a skill's instructions begin, which a program puts there
_REMINDER = re.compile("<(system-reminder)>")


def words_of(row: AnyRow, agent: str, text: str) -> tuple[tuple[Label, int], tuple[Label, int]]:
    """Labels and bytes: of the reminders in a text, 0 where there are none, and of all else."""
    size = size_of(text)
    reminders = size - size_of(without_wrapped(text, _REMINDER)) if "<system-reminder>" in text else 0
    return (plain("attachment", "attachments", "system-reminder"), reminders), (
        _label(row, agent, text),
        size - reminders,
    )


def _label(row: AnyRow, agent: str, text: str) -> Label:
    if is_continuation(text):
        return plain("summary", "summaries")
    asked_by, words = ("", "") if agent else prompt_of(row, of_programs=True)
    if asked_by == PERSON:
        return ("prompt", "prompts", "", "prompt", start_of(words, LONGEST_LABEL), "", "")
    if words:
        return plain("prompt", "prompts of programs")  # never compared: nobody would make a command of them
    if row.isMeta is True and text.startswith(SKILL_BODY):
        name = text[len(SKILL_BODY) : LONGEST_LABEL * 4].partition("\n")[0].rstrip("/\\").replace("\\", "/")
        return plain("prompt", "skill bodies", name.rpartition("/")[2][:LONGEST_LABEL])
    return plain("prompt", "spawn prompts" if agent else "commands and notices")


LONGEST_LABEL = 160  # characters
TOOLS = 1_000  # names of tools whose labels are remembered: a history has some 200
IMAGE = 4_350  # bytes: about 1,500 tokens, whatever the size of its base64 (T34)
_CHANGE_FOLDER = re.compile(r"\s*cd\s+[^;&|]*(?:&&|;)\s*")


Use = tuple[str, str, str, str, str]  # tool, source, item, kind of recurrence, and its label
UNKNOWN_USE: Use = ("unknown", "unknown results", "", "", "")


def use_of(name: str, given: Input | None, *, compares: bool = True) -> Use:
    """A tool use, without its input: what its result will be called, and what makes it the same as another."""
    item, same, what = describe(name, given, compares=compares)
    if same == "file" and given is not None and (given.offset or given.limit):
        same = what = ""  # only a part of it was wanted
    return name, _results_of(name), item, same, what


@lru_cache(TOOLS)
def _results_of(name: str) -> str:
    return f"{source_name(name)} results"


# Tools whose inputs tell what they were used on.
READ_INPUTS = frozenset({"Read", "Bash", "Grep", "Glob", "WebSearch", "Task", "Agent"})


def describe(name: str, given: Input | None, *, compares: bool = True) -> tuple[str, str, str]:
    """What a tool was used on, and with `compares` what makes two uses the same: a kind of recurrence and its label."""
    item = kind = label = ""
    if given is None:
        pass
    elif name == "Read":
        item = short(given.file_path)
        kind, label = "file", item if compares else ""
    elif name == "Bash":
        command = short(given.command)
        item, kind, label = family(command), "command", " ".join(command.split()) if compares else ""
    elif name in ("Grep", "Glob", "WebSearch"):
        item = short(given.pattern or given.query)
        kind, label = "search", f"{name} {item} {short(given.path or given.glob)}".strip() if compares else ""
    elif name in ("Task", "Agent"):
        item = short(given.subagent_type) or "general-purpose"
    elif name.startswith("mcp__"):
        item = name.split("__", 2)[-1]
    return (item, kind, label) if item and label else (item, "", "")


def family(command: str) -> str:
    """The first word of a shell command, two where the second says what is done: git status, npm test."""
    if "cd" in command and (folder := _CHANGE_FOLDER.match(command)):
        command = command[folder.end() :]
    first: str | None = None
    for word in command.split(None, 8)[:8]:
        if "=" in word or word in ("sudo", "time"):
            continue
        if first is not None:
            return f"{first} {word}" if word.isalpha() and len(word) < 16 else first
        first = word.rsplit("/", 1)[-1]
    return "shell" if first is None else first


def short(value: Any) -> str:
    """The first characters of a text, without a credential."""
    return start_of(value, LONGEST_LABEL) if value.__class__ is str else ""


def size_as_shown(value: Any) -> int:
    """Bytes of a value as the model is likely to see it: a text as it is, anything else as JSON."""
    if value.__class__ is str:
        return size_of(value)
    return len(as_json(value)) if value else 0


def as_json(value: Any) -> bytes:
    """A value of a row as JSON; where it is nested too deep for that, only what stands at its top."""
    try:
        return orjson.dumps(value)
    except (TypeError, RecursionError):  # nested deeper than it writes, or half a character in a text
        pass
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return json.dumps(list(value) if value.__class__ is dict else len(value)).encode()


def compact(raw: msgspec.Raw) -> bytes:
    """A value of a row as it is written there, without the white space between its parts."""
    if not raw:
        return b""
    try:
        written = json_format(raw, indent=-1)
    except RecursionError:  # nested deeper than it writes
        written = bytes(raw)
    if not written.isascii():
        try:
            written.decode()  # of a value that is passed over it is not checked
        except UnicodeDecodeError:
            written = written.decode("utf-8", "replace").encode()
    if ESCAPED.search(written):  # characters that need not be escaped may be
        value = value_of(written)
        return written if value is None else as_json(value)
    return written


def size_of_input(written: bytes) -> int:
    """Bytes of a tool's input as the model wrote it, from what `compact` made of it."""
    if written.startswith(b"{"):
        return len(written) if len(written) > 2 else 0
    return size_as_shown(value_of(written)) if written else 0


def size_of(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def plain(kind: str, source: str, item: str = "") -> Label:
    """The label of what is never compared."""
    return (kind, source, item, "", "", "", "")


MODEL_TEXT = plain("model_text", "model text")
THINKING, UNSEEN_THINKING = plain("thinking", "thinking"), plain("thinking", "thinking", "without its text")
