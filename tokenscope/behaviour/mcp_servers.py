"""MCP servers by the sessions that had them loaded."""

from __future__ import annotations

from collections import defaultdict

from tokenscope.behaviour import tool_sums
from tokenscope.history.history import History


def server_of(kind: str, name: str) -> str:
    """The server of an entry of the inventory: of a server itself, or of one of its tools (mcp__server__tool)."""
    return name if kind == "server_offered" else tool_sums.server_of(name)


def servers_by_session(history: History) -> dict[str, set[str]]:
    """The servers that each session announced or called. Sessions that announced nothing at all, no skills either,
    are left out: older logs do not announce what is loaded.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for one in history.store.inventory:
        servers = found[one.session_id]
        if one.kind in ("server_offered", "tool_offered", "tool_used"):
            servers.add(server_of(one.kind, one.name))
    return dict(found)
