"""Tool uses added up: by tool, MCP server or skill; and the servers that each session had loaded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from statistics import median

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.names import OF_SERVERS, server_of_entry
from tokenscope.store import ToolUse
from tokenscope.value import Record, field


class ToolSums(Record):
    """`durations`: ms from the call to its result, waiting for the person's consent included."""

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sessions: set[str] = field(default_factory=set)
    subagent_calls: int = 0
    result_bytes: int = 0
    durations: list[int] = field(default_factory=list)
    tools: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)  # what those that failed said, by its first words

    @property
    def median_duration_ms(self) -> int | None:
        return round(median(self.durations)) if self.durations else None


def sum_tool_uses(activity: Activity, uses: Iterable[ToolUse], key: Callable[[ToolUse], str]) -> dict[str, ToolSums]:
    """One sum a key; uses with the key "" are in none."""
    sums: dict[str, ToolSums] = defaultdict(ToolSums)
    for use in uses:
        name = key(use)
        if name:
            _enter(sums[name], use, activity)
    return dict(sums)


def _enter(sums: ToolSums, use: ToolUse, activity: Activity) -> None:
    sums.calls += 1
    sums.outcomes[use.outcome] += 1
    sums.sessions.add(activity.session_id(use.thread))
    sums.subagent_calls += bool(activity.history.thread_of(use).agent_id)
    sums.result_bytes += use.result_bytes
    sums.tools.add(use.name)
    if use.outcome == "error":
        sums.errors[use.error] += 1
    if use.time is not None and use.ended is not None and use.ended >= use.time:
        sums.durations.append(use.ended - use.time)


def skill_of(use: ToolUse) -> str:
    """The skill that was loaded; "" for any other use."""
    return use.what if use.name == "Skill" else ""


def servers_by_session(history: History) -> dict[str, set[str]]:
    """The servers that each session announced or called. Sessions that announced nothing at all, no skills either,
    are left out: older logs do not announce what is loaded.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for one in history.store.inventory:
        if one.kind == "agent_offered":
            continue
        servers = found[one.session_id]
        if one.kind in OF_SERVERS:
            servers.add(server_of_entry(one.kind, one.name))
    return dict(found)
