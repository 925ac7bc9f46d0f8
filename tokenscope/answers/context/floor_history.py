"""The floor over time: what each main thread began with, project by project."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tokenscope.history.history import History
from tokenscope.ledger.ledger import Floor


@dataclass(frozen=True, slots=True)
class FloorPoint:
    """`size`: tokens of one main thread's floor (est.), without what it inherited."""

    started_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class ProjectFloorHistory:
    project: str
    points: list[FloorPoint]


def floor_history(history: History, floors: list[Floor]) -> list[ProjectFloorHistory]:
    """Every project with dated main threads in scope: the most threads first, each in the order of time."""
    found: dict[str, list[FloorPoint]] = defaultdict(list)
    threads = history.store.threads
    for one in sorted(floors, key=lambda one: one.time or 0):
        thread = threads[one.thread]
        if not thread.agent_id and one.time is not None:
            project = history.store.sessions[thread.session_id].project
            found[project].append(FloorPoint(history.scope.local(one.time), round(one.own_size)))
    order = sorted(found, key=lambda project: (-len(found[project]), project))
    return [ProjectFloorHistory(project, found[project]) for project in order]
