"""What was done, as far as it is in scope: tool uses, prompts and git operations. Needs Facet.TOOLS.

A tool use belongs to its response. A prompt and a git operation are no response's: they are in scope by their
session and time, and where only some models are asked for, by the response that followed the prompt or made the
operation.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from tokenscope.history.history import History
from tokenscope.store import Operation, Prompt, ToolUse, slash_command

Place = TypeVar("Place", bound=Hashable)

EDITS = frozenset({"Edit", "MultiEdit", "NotebookEdit"})
WRITES = frozenset({"Write"})
READS = frozenset({"Read", "NotebookRead"})


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done in some time. Lines: of edits and writes that succeeded, not through Bash (T44)."""

    prompts: int = 0
    tool_calls: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0


class Deeds:
    """The tool uses, prompts and operations in scope, in the order of time."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.store = history.store
        self._orders: dict[int, tuple[list[int], list[int]]] = {}  # by thread: its responses and their times

    @cached_property
    def _inside(self) -> bytearray:
        """Of each response, whether it is in scope."""
        inside = bytearray(len(self.store.messages))
        for index in self.history.indices:
            inside[index] = 1
        return inside

    @cached_property
    def tool_uses(self) -> list[ToolUse]:
        """A use whose response is not known is in scope by its thread and time."""
        covers, inside = self.history.covers, self._inside
        return [
            use
            for use in self.store.tool_uses
            if (inside[use.message] if use.message is not None else covers(use.thread, use.time))
        ]

    @cached_property
    def prompts(self) -> list[Prompt]:
        """The person's own (T56). Those of a session of which nothing else is known are in no scope."""
        threads = sorted(enumerate(self.store.threads), key=lambda one: not one[1].agent_id)
        main = {thread.session_id: index for index, thread in threads}  # the main thread, where there is one
        return [
            one
            for one in self.store.prompts
            if one.is_persons
            and one.session_id in main
            and self._includes(main[one.session_id], one.time, follows=True)
        ]

    @cached_property
    def operations(self) -> list[Operation]:
        return [one for one in self.store.operations if self._includes(one.thread, one.time, follows=False)]

    def session_id(self, thread: int) -> str:
        return self.store.threads[thread].session_id

    def project(self, thread: int) -> str:
        """The project of a thread's session."""
        return self.store.sessions[self.session_id(thread)].project

    def _includes(self, thread: int, time: int | None, *, follows: bool) -> bool:
        """`follows`: the response that it goes with comes after it."""
        if not self.history.covers(thread, time):
            return False
        return not self.history.scope.models or self._is_of_a_response(thread, time, follows=follows)

    def _is_of_a_response(self, thread: int, time: int | None, *, follows: bool) -> bool:
        """Whether the thread's response next to a time, behind or before it, is in scope."""
        order, times = self._order(thread)
        if time is None:
            return False
        place = bisect_left(times, time) if follows else bisect_right(times, time) - 1
        return 0 <= place < len(order) and bool(self._inside[order[place]])

    def _order(self, thread: int) -> tuple[list[int], list[int]]:
        if thread not in self._orders:
            order = self.store.in_order(self.store.threads[thread])
            self._orders[thread] = order, [self.store.messages[index].time or 0 for index in order]
        return self._orders[thread]


def activity_by(history: History, place: Callable[[int], Place]) -> dict[Place, Activity]:
    """What was done, by the place of its time (ms since the epoch); what has no time is in none (T51)."""
    deeds = Deeds(history)
    sums: dict[Place, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for prompt in deeds.prompts:
        if prompt.time is not None:
            sums[place(prompt.time)][0] += 1
    for use in deeds.tool_uses:
        if use.time is not None:
            found = sums[place(use.time)]
            found[1] += 1
            found[2] += use.lines_added
            found[3] += use.lines_removed
    for operation in deeds.operations:
        if operation.time is not None and operation.name == "commit" and not operation.failed:
            sums[place(operation.time)][4] += 1
    return {where: Activity(*found) for where, found in sums.items()}


def command_of(prompt: Prompt) -> str:
    """The slash command that a prompt is: /name; "" for words."""
    return slash_command(prompt.words)
