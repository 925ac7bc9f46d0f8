"""What was done, as far as it is in scope: every tool use, prompt, git operation, notice, compaction and subagent.

Nothing else looks for them in the store. Each counts once: a tool use and what it did with its response, whatever the
file; what a session copied from another without its tool uses (a prompt, a notice) where the response that follows it
is credited (T21). Needs Facet.TOOLS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

from tokenscope.history.history import LATEST, History
from tokenscope.history.rebuilds import ThreadResponses
from tokenscope.store import Compaction, Notice, Operation, Prompt, Subagent, ToolUse

One = TypeVar("One", Prompt, Notice, Operation)
Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")

EDITS = frozenset({"Edit", "MultiEdit", "NotebookEdit"})
WRITES = frozenset({"Write"})
CHANGES = EDITS | WRITES
READS = frozenset({"Read", "NotebookRead"})
INTERRUPTED = "interrupted"
_MEASURED = frozenset({"turn_duration"})  # a notice that tells of nothing that happened


class _Event(NamedTuple, Generic[One]):
    """Something that stands beside the responses, where it counts. `response`: the one that it goes with."""

    thread: int
    time: int | None
    response: int | None
    what: One


class Activity:
    """All of it in the order of time. Ask for it by `history.once(Activity)`."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.store = history.store
        self._responses = ThreadResponses(history.store)

    @cached_property
    def tool_uses(self) -> list[ToolUse]:
        if self.history.scope.is_everything:
            return self.store.tool_uses
        return [use for use in self.store.tool_uses if self.includes(use)]

    @property
    def every_tool_use(self) -> Sequence[ToolUse]:
        """Also those out of scope, whose results are carried by later responses."""
        return self.store.tool_uses

    @cached_property
    def thread_tool_uses(self) -> dict[int, list[ToolUse]]:
        """By thread every use, also those out of scope: whether one repeats another is told by what lies before."""
        return _grouped(self.store.tool_uses, attrgetter("thread"))

    @cached_property
    def projects_by_path(self) -> dict[str, str]:
        """The project that first used a file, in scope or before."""
        threads = {use.path: use.thread for use in reversed(self.store.tool_uses)}
        return {path: self.project(thread) for path, thread in threads.items()}

    def includes(self, one: ToolUse | Operation) -> bool:
        """Whether a tool use or what it did is in scope: with its response; where none is known, by thread and time."""
        if one.message is not None:
            return self.history.includes(one.message)
        return self.history.selects(one.thread, one.time, None)

    @cached_property
    def operations(self) -> list[Operation]:
        done = (one for one in self.store.operations if one.message is not None and self.includes(one))
        return sorted((*done, *self._in_scope(self._links)), key=_when)

    @cached_property
    def asks(self) -> list[Prompt]:
        """The prompts in scope, also those of programs."""
        return self._in_scope(self._prompts)

    @cached_property
    def prompts(self) -> list[Prompt]:
        """The person's own (T56)."""
        return [one for one in self.asks if one.is_persons]

    @cached_property
    def session_asks(self) -> dict[str, list[Prompt]]:
        """By session id."""
        return _grouped(self.asks, lambda one: one.session_id)

    @cached_property
    def notices(self) -> list[Notice]:
        """One that goes with a response is in scope with it, also where it was logged later."""
        times = self.store.messages
        moved = (one if one.response is None else one._replace(time=times[one.response].time) for one in self._notices)
        return self._in_scope(moved)

    @cached_property
    def thread_notices(self) -> dict[int, list[Notice]]:
        """Those in scope, by thread."""
        return _grouped(self.notices, lambda one: one.thread)

    def compactions(self, number: int) -> list[Compaction]:
        """A thread's own of what it had done before, each with the response after it, or where none is, before it.

        A subagent that is a copy of the main thread repeats those of that.
        """
        thread = self.store.threads[number]
        main = self._main_threads.get(thread.session_id) if thread.agent_id else None
        copied = frozenset(() if main is None else self.store.threads[main].compactions)
        return [one for one in thread.compactions if one not in copied and self._compacts(number, one.time)]

    def _compacts(self, thread: int, time: int) -> bool:
        before, after = self._responses.before(thread, time), self._responses.after(thread, time)
        owner = before if after is None else after
        if before is None or owner is None:
            return False
        return self.store.messages[owner].thread == thread and self.history.includes(owner)

    @property
    def subagents(self) -> list[Subagent]:
        """All that left a file, and of those that left none the ones whose spawn is in scope."""
        return [
            one for one in self.store.subagents if one.thread is not None or any(map(self.includes, self.spawns(one)))
        ]

    @cached_property
    def subagents_by_thread(self) -> dict[int, Subagent]:
        return {one.thread: one for one in self.store.subagents if one.thread is not None}

    def spawns(self, subagent: Subagent) -> list[ToolUse]:
        """The calls that spawned and resumed it, in scope or not."""
        return [self.store.tool_uses[spawn] for spawn in subagent.spawns]

    @cached_property
    def without_model(self) -> int:
        """What `--model` leaves out because no response is known that it goes with, all else being in scope."""
        ones = [(one.thread, one.time) for one in self.store.tool_uses if one.message is None]
        ones += [(one.thread, one.time) for one in self._prompts if one.response is None]
        ones += [(one.thread, one.time) for one in self._notices if one.response is None]
        ones += [(one.thread, one.time) for one in self._links]
        return sum(self.history.in_place(thread, time) for thread, time in ones)

    def session_id(self, thread: int) -> str:
        return self.store.threads[thread].session_id

    def project(self, thread: int) -> str:
        """The project of a thread's session."""
        return self.store.sessions[self.session_id(thread)].project

    def time_of(self, one: ToolUse | Operation) -> int | None:
        """When it counts: at its response, so that it is in one day with that one's tokens."""
        return one.time if one.message is None else self.store.messages[one.message].time

    @property
    def _by_response(self) -> bool:
        """Whether it matters which response something goes with."""
        return bool(self.history.scope.models or self.history.scope.only)

    @cached_property
    def _prompts(self) -> list[_Event[Prompt]]:
        """A prompt goes with the response that answers it."""
        mains = self._main_threads
        ones = [(mains[one.session_id], one) for one in self.store.prompts if one.session_id in mains]
        return self._once(
            ones,
            moved=lambda one, thread: one._replace(session_id=self.session_id(thread)),
            same=lambda one: (one.time, one.words, one.characters),
            response=lambda one, thread: self._responses.after(thread, one.time) if self._by_response else None,
        )

    @cached_property
    def _notices(self) -> list[_Event[Notice]]:
        """An interruption goes with the response that it broke off; what else is told is no response's."""
        return self._once(
            [(one.thread, one) for one in self.store.notices if one.kind not in _MEASURED],
            moved=lambda one, thread: one._replace(thread=thread),
            same=lambda one: (one.time, one.kind, one.text),
            response=self._interrupted,
        )

    def _interrupted(self, notice: Notice, thread: int) -> int | None:
        """The response before it, unless that is a copy: it came to its end elsewhere."""
        if notice.kind != INTERRUPTED or notice.time is None:
            return None
        before = self._responses.before(thread, notice.time)
        return before if before is not None and self.store.messages[before].thread == thread else None

    def interrupted(self, notice: Notice) -> int | None:
        """The response that a notice tells was broken off."""
        return self._interrupted(notice, notice.thread)

    @cached_property
    def _links(self) -> list[_Event[Operation]]:
        """Pull requests that a session was tied to: by no response."""
        return self._once(
            [(one.thread, one) for one in self.store.operations if one.message is None],
            moved=lambda one, thread: one._replace(thread=thread),
            same=lambda one: (one.name, one.detail),
            response=lambda one, thread: None,
        )

    @cached_property
    def _main_threads(self) -> dict[str, int]:
        """By session id."""
        return {one.session_id: number for number, one in enumerate(self.store.threads) if not one.agent_id}

    def _once(
        self,
        ones: Iterable[tuple[int, One]],
        *,
        moved: Callable[[One, int], One],
        same: Callable[[One], Hashable],
        response: Callable[[One, int], int | None],
    ) -> list[_Event[One]]:
        """What stands in threads, each where it counts: a copy there, unless `same` says that its original is known."""
        own, copies = list[tuple[int, One]](), list[tuple[int, One]]()
        for thread, one in ones:
            home = self._responses.home(thread, one.time)
            (own if home == thread else copies).append((home, one))
        known = {(thread, same(one)) for thread, one in own} if copies else set()
        for thread, one in copies:
            if (thread, same(one)) not in known:
                known.add((thread, same(one)))
                own.append((thread, moved(one, thread)))
        return [_Event(thread, one.time, response(one, thread), one) for thread, one in own]

    def _in_scope(self, events: Iterable[_Event[One]]) -> list[One]:
        if not self.history.scope.is_everything:
            selects = self.history.selects
            events = (one for one in events if selects(one.thread, one.time, one.response))
        return sorted((one.what for one in events), key=_when)


def _grouped(ones: Iterable[Found], key: Callable[[Found], Key]) -> dict[Key, list[Found]]:
    groups: dict[Key, list[Found]] = defaultdict(list)
    for one in ones:
        groups[key(one)].append(one)
    return groups


def _when(one: Prompt | Notice | Operation) -> int:
    return LATEST if one.time is None else one.time
