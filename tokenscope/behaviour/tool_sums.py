"""Tool uses added up: by tool or skill; and the servers that each session had loaded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from statistics import median

from tokenscope.history.history import History
from tokenscope.names import OF_SERVERS, server_of_entry
from tokenscope.store import ToolUse
from tokenscope.value import Record, field


class ToolSums(Record):
    """`median_duration_ms`: from the call to its result, waiting for the person's consent included."""

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    sessions: set[str] = field(default_factory=set)
    subagent_calls: int = 0
    result_bytes: int = 0
    median_duration_ms: int | None = None
    errors: Counter[str] = field(default_factory=Counter)  # what those that failed said, by its first words


_THREAD, _OUTCOME, _BYTES = map(attrgetter, ("thread", "outcome", "result_bytes"))
_FROM_TO = attrgetter("time", "ended")


def sum_tool_uses(history: History, groups: Mapping[str, Sequence[ToolUse]]) -> dict[str, ToolSums]:
    """Each group's sum; uses in the group "" are in none."""
    return {name: _sum(history, own) for name, own in groups.items() if name}


def _sum(history: History, uses: Sequence[ToolUse]) -> ToolSums:
    calls = Counter(map(_THREAD, uses))
    threads = {number: history.store.threads[number] for number in calls}
    durations = [
        ended - time for time, ended in map(_FROM_TO, uses) if time is not None and ended is not None and ended >= time
    ]
    return ToolSums(
        calls=len(uses),
        outcomes=Counter(map(_OUTCOME, uses)),
        sessions={thread.session_id for thread in threads.values()},
        subagent_calls=sum(calls[number] for number, thread in threads.items() if thread.agent_id),
        result_bytes=sum(map(_BYTES, uses)),
        median_duration_ms=round(median(durations)) if durations else None,
        errors=Counter(use.error for use in uses if use.outcome == "error"),
    )


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
