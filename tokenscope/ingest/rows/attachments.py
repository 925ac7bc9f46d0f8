"""What an attachment adds to a context, and what it offers to the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenscope.ingest.rows.labels import LONGEST_LABEL, plain, size_as_shown
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
