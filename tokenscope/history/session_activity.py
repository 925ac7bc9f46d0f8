"""What was done in each session beside its responses: tool uses and how they went, changes, commits, pull requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tokenscope.history.activity import Deeds
from tokenscope.history.history import History
from tokenscope.store import Prompt, Store

NEVER = 1 << 62  # ms: where what has no time stands


@dataclass(slots=True)
class Doings:
    """One session's. `times`: ms since the epoch at which something happened, responses aside."""

    tool_uses: int = 0
    errors: int = 0
    denied: int = 0  # by the person or their rules
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: set[str] = field(default_factory=set)  # their links; a number where the log has no link
    times: list[int] = field(default_factory=list)


def doings_by_session(history: History) -> dict[str, Doings]:
    """By session id. Needs Facet.TOOLS."""
    store, found = history.store, defaultdict[str, Doings](Doings)
    for use in Deeds(history).tool_uses:
        one = found[store.threads[use.thread].session_id]
        one.tool_uses += 1
        one.errors += use.outcome == "error"
        one.denied += use.outcome == "denied"
        one.lines_added += use.lines_added
        one.lines_removed += use.lines_removed
        one.times.extend(time for time in (use.time, use.ended) if time is not None)
    for operation in store.operations:
        if not operation.failed and history.covers(operation.thread, operation.time):
            one = found[store.threads[operation.thread].session_id]
            one.commits += operation.name == "commit"
            if operation.name in ("pr_create", "pr_link"):
                one.pull_requests.add(operation.detail or str(len(one.pull_requests)))
    for prompt in prompts_in_scope(history):
        if prompt.time is not None:
            found[prompt.session_id].times.append(prompt.time)
    return dict(found)


def prompts_in_scope(history: History) -> Iterator[Prompt]:
    """The prompts of sessions and times in scope, without those that a session copied from another."""
    store, copied = history.store, dict[str, int]()
    for prompt in store.prompts:
        session = store.sessions[prompt.session_id]
        if session.session_id not in copied:
            copied[session.session_id] = max(copied_until(store, number) for number in session.threads)
        is_own = (prompt.time if prompt.time is not None else NEVER) > copied[session.session_id]
        if is_own and history.covers(session.threads[0], prompt.time):
            yield prompt


def copied_until(store: Store, number: int) -> int:
    """When the last response was made that a main thread copied from another thread, in ms; -1 where it has none."""
    thread = store.threads[number]
    if thread.agent_id:
        return -1
    copied = (store.messages[index] for index in thread.messages)
    return max((message.time or 0 for message in copied if message.thread != number), default=-1)
