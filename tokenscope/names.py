"""What tools, MCP servers and slash commands are called."""

from __future__ import annotations

import re

_SLASH_COMMAND = re.compile(r"/[A-Za-z][\w:.-]*")


def server_of(tool: str) -> str:
    """The MCP server that a tool belongs to; "" for one of Claude Code's own."""
    return tool.split("__")[1] if tool.startswith("mcp__") else ""


def source_name(tool: str) -> str:
    """A tool's name in the ledger; an MCP tool goes by its server."""
    if tool.startswith("mcp__"):
        return "MCP " + server_of(tool)
    return "subagent" if tool in ("Task", "Agent") else tool


def slash_command(words: str) -> str:
    """The command that a prompt's words call: /name; "" for words. A path is no command."""
    name = words.partition(" ")[0]
    return name if _SLASH_COMMAND.fullmatch(name) else ""


def tool_label(tool: str) -> str:
    """An MCP tool as server/tool."""
    return tool.removeprefix("mcp__").replace("__", "/", 1) if tool.startswith("mcp__") else tool


OF_SERVERS = frozenset({"server_offered", "tool_offered", "tool_used"})  # entries of the inventory that name a server


def server_of_entry(kind: str, name: str) -> str:
    """The server of an entry of the inventory: of a server itself, or of one of its tools (mcp__server__tool)."""
    return name if kind == "server_offered" else server_of(name)
