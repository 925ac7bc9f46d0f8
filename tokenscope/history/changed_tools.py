"""What changed the tools, where the log says that they changed: a tool that was loaded, a server, remote control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tokenscope.store import Context, Store

TOOLS_CHANGED, TOOL_LOADED = "tools_changed", "tool_loaded"
SERVER_CAME, REMOTE_CONTROL = "server_came", "remote_control"
_LOADED = ("tool_input", "tool inputs", "ToolSearch")
_CAME = ("attachment", "attachments", "mcp_instructions_delta")


class Rebuilt(Protocol):
    """What has to be known of a rebuild: its response, and ms since the response before."""

    @property
    def message(self) -> int: ...
    @property
    def gap(self) -> int: ...


def name_changes(store: Store, rebuilds: Sequence[Rebuilt]) -> Iterator[tuple[int, str]]:
    """Message index and cause of those rebuilds whose change of tools has a name. Loads need Facet.CONTENT."""
    if not rebuilds:
        return
    wanted = {one.message for one in rebuilds}
    threads = {store.messages[index].thread for index in wanted}
    causes: dict[int, str] = {}
    for context in store.contexts:
        if context.thread in threads:
            causes.update(_arrivals(context, wanted))
    for one in rebuilds:
        message = store.messages[one.message]
        time = message.time or 0
        if one.message not in causes and any(
            time - one.gap <= bridge <= time for bridge in store.threads[message.thread].bridges
        ):
            causes[one.message] = REMOTE_CONTROL
    yield from causes.items()


def _arrivals(context: Context, wanted: set[int]) -> Iterator[tuple[int, str]]:
    """Those of `wanted` before which a tool or a server arrived."""
    steps = context.steps
    for step, place in enumerate(steps.places):
        if place < 0 or context.messages[place] not in wanted:
            continue
        _, arrived = steps[step]
        labels = [context.labels[label] for label in arrived[::2]]
        if any(label[:3] == _LOADED for label in labels):
            yield context.messages[place], TOOL_LOADED
        elif any(label[:3] == _CAME for label in labels):
            yield context.messages[place], SERVER_CAME
