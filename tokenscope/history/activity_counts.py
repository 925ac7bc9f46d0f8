"""What was done, counted: by period and by session."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.names import slash_command
from tokenscope.store import Prompt, ToolUse
from tokenscope.value import Record, Value, field

Place = TypeVar("Place", bound=Hashable)


class ActivityCounts(Value):
    """What was done in some time. Lines: of edits and writes that succeeded, not through Bash (T44)."""

    prompts: int = 0
    tool_calls: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0


class SessionActivity(Record):
    """What was done in one session. `times`: ms since the epoch at which something happened, responses aside."""

    tool_uses: int = 0
    errors: int = 0
    denied: int = 0  # by the person or their rules
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: set[str] = field(default_factory=set)  # their links; a number where the log has no link
    times: list[int] = field(default_factory=list)


_NAME, _OUTCOME, _ADDED, _REMOVED, _TIME, _ENDED = map(
    attrgetter, ("name", "outcome", "lines_added", "lines_removed", "time", "ended")
)


def count_by_time(history: History, place: Callable[[int], Place]) -> dict[Place, ActivityCounts]:
    """What was done, by the place of its time (ms since the epoch); what has no time is in none (T51)."""
    activity = history.once(Activity)
    sums: dict[Place, Counter[str]] = defaultdict(Counter)
    for prompt in activity.prompts:
        if prompt.time is not None:
            sums[place(prompt.time)]["prompts"] += 1
    for use in activity.tool_uses:
        time = activity.time_of(use)
        if time is not None:
            one = sums[place(time)]
            one["tool_calls"] += 1
            one["lines_added"] += use.lines_added
            one["lines_removed"] += use.lines_removed
    for operation in activity.operations:
        time = activity.time_of(operation)
        if time is not None and operation.name == "commit" and not operation.failed:
            sums[place(time)]["commits"] += 1
    return {where: ActivityCounts(**one) for where, one in sums.items()}


def uses_by_tool(uses: Sequence[ToolUse]) -> dict[str, list[ToolUse]]:
    """Tool uses by the tool's name."""
    found: dict[str, list[ToolUse]] = defaultdict(list)
    for name, use in zip(map(_NAME, uses), uses, strict=True):
        found[name].append(use)
    return dict(found)


def activity_by_session(history: History) -> dict[str, SessionActivity]:
    """By session id."""
    activity, uses = history.once(Activity), defaultdict[str, list[ToolUse]](list)
    session_ids = [thread.session_id for thread in history.store.threads]
    for use in activity.tool_uses:
        uses[session_ids[use.thread]].append(use)
    found = defaultdict[str, SessionActivity](SessionActivity)
    for session_id, own in uses.items():
        outcomes = Counter(map(_OUTCOME, own))
        found[session_id] = SessionActivity(
            tool_uses=len(own),
            errors=outcomes["error"],
            denied=outcomes["denied"],
            lines_added=sum(map(_ADDED, own)),
            lines_removed=sum(map(_REMOVED, own)),
            times=[time for time in chain(map(_TIME, own), map(_ENDED, own)) if time is not None],
        )
    for operation in activity.operations:
        if not operation.failed:
            one = found[activity.session_id(operation.thread)]
            one.commits += operation.name == "commit"
            if operation.name in ("pr_create", "pr_link"):
                one.pull_requests.add(operation.detail or str(len(one.pull_requests)))
    for prompt in activity.asks:
        if prompt.time is not None:
            found[prompt.session_id].times.append(prompt.time)
    return dict(found)


def command_of(prompt: Prompt) -> str:
    """The slash command that a prompt is: /name; "" for words."""
    return slash_command(prompt.words)
