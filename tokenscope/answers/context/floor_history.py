"""The floor over time: what each main thread of a project began with, and on which days that changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from statistics import median_low

from tokenscope.history.history import History
from tokenscope.ledger.ledger import Floor
from tokenscope.value import Value, field


class FloorPoint(Value):
    """`size`: tokens of one main thread's floor (est.), without what it inherited."""

    started_at: datetime
    size: int


class ProjectFloorHistory(Value):
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


STEP = 4_000  # tokens: a smaller change is not told from the usual differences

AROUND = 3  # threads on each side that a step is judged by


class FloorStep(Value):
    """The day of the first thread with another floor, and both sizes in tokens.

    `announced` and `gone`: MCP servers that most of the sessions since then announced and none before, or the other
    way round. Tools and memory files that nothing announces are not among them.
    """

    date: date
    before: int
    after: int
    announced: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def floor_steps(history: History, main: list[Floor], servers: dict[str, set[str]]) -> list[FloorStep]:
    """Where the middle of the next threads lies a step away from the middle of the last ones."""
    sizes = [one.own_size for one in main]
    steps: list[FloorStep] = []
    start = 0  # of the level that holds
    for place in range(1, len(sizes)):
        before, after = sizes[start:place][-AROUND:], sizes[place : place + AROUND]
        if len(before) < 2 or len(after) < 2:
            continue
        old, new = median_low(before), median_low(after)
        if abs(new - old) >= STEP and abs(sizes[place] - new) < abs(sizes[place] - old):
            day = history.days.day(main[place].time or 0)
            around = [_servers(history, part, servers) for part in (main[start:place], main[place : place + AROUND])]
            announced, gone = _newly(*around), _newly(*reversed(around))
            steps.append(FloorStep(day, round(old), round(new), announced, gone))
            start = place
    return steps


def _servers(history: History, floors: list[Floor], servers: dict[str, set[str]]) -> list[set[str]]:
    """What each of the last threads announced, as far as it announced anything."""
    sessions = [history.thread_of(one).session_id for one in floors[-AROUND:]]
    return [servers[session] for session in sessions if session in servers]


def _newly(before: list[set[str]], after: list[set[str]]) -> list[str]:
    """The servers in most of `after` and in none of `before`; no names where either is unknown."""
    if not before or not after:
        return []
    known = set().union(*before)
    return sorted(name for name in set().union(*after) - known if sum(name in one for one in after) * 2 > len(after))
