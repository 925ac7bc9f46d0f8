"""MCP servers by session: what announced or called them, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tokenscope.behaviour.tool_sums import servers_by_session
from tokenscope.store import Inventory


def test_a_server_is_announced_by_itself_or_by_its_tools_or_called() -> None:
    inventory = [
        Inventory("a", "server_offered", "maps__eu__west", 1),  # its own name, whatever stands in it
        Inventory("a", "tool_offered", "mcp__docs__find__all", 1),
        Inventory("b", "tool_used", "mcp__mail__send", 2),
        Inventory("c", "skill_offered", "mcp__x__y", 1),
    ]
    history: Any = SimpleNamespace(store=SimpleNamespace(inventory=inventory))
    assert servers_by_session(history) == {"a": {"maps__eu__west", "docs"}, "b": {"mail"}, "c": set()}
