"""One session as steps: what was asked, every response with what it did, subagents below what spawned them.

Steps stand in reading order, so that everything that a step led to follows it, one level deeper. Each response that
is credited to the session and in scope is in exactly one step, whatever is not known of it: the steps add up to the
session. What was copied from another session is told in one step, and counts there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tokenscope.history.activity import Activity
from tokenscope.history.history import LATEST, History
from tokenscope.history.session_usage import PAUSE
from tokenscope.store import Subagent, Thread, ToolUse
from tokenscope.value import Record, Value, replace

# Kinds of steps; the other kinds are those of store.Notice.
PROMPT, RESPONSE, SUBAGENT, COMPACTION, PAUSED, COPIED = (
    "prompt",
    "response",
    "subagent",
    "compaction",
    "pause",
    "copied",
)
TOLD = frozenset({"api_error", "api_message", "limit", "interrupted"})  # notices that are steps


class Use(NamedTuple):
    """A tool use in a step. `retry`: the same had failed before (T41)."""

    tool: ToolUse
    retry: bool


class Step(Value):
    """`value`: ms of a pause, tokens before a compaction, an API error's attempt, the number of copied responses.

    `messages`: indices of the response and of the requests that it made outside its counters.
    """

    kind: str
    time: int | None  # ms since the epoch
    agent_id: str = ""
    depth: int = 0  # of the thread that it is in: 0 is the main one
    text: str = ""
    messages: tuple[int, ...] = ()
    uses: tuple[Use, ...] = ()
    value: int = 0
    subagent: Subagent | None = None
    resumed: bool = False  # this is where a subagent went on that was there before
    orphan: bool = False  # a subagent that no step is known to have spawned


class _Part(Record):
    """What one spawn let a subagent do: its steps from then to its next spawn."""

    subagent: Subagent
    steps: list[Step]
    resumed: bool = False
    orphan: bool = False


def steps_of_session(history: History, session_id: str) -> list[Step]:
    """Every step of a session in reading order. Needs Facet.TOOLS; with Facet.TEXT the texts are whole."""
    if session_id not in history.store.sessions:
        return []
    return _Telling(history, session_id).run()


def retries(uses: list[ToolUse]) -> set[str]:
    """Ids of the uses of one thread, in the order of time, that do again what had failed (T41)."""
    failed, found = set[str](), set[str]()
    for use in uses:
        if use.same in failed:
            found.add(use.id)
        (failed.add if use.outcome == "error" else failed.discard)(use.same)
    return found


class _Telling:
    def __init__(self, history: History, session_id: str) -> None:
        self.history, self.store, self.session_id = history, history.store, session_id
        self.activity = history.once(Activity)
        self.threads = self.store.sessions[session_id].threads
        self.parts = defaultdict[str, list[_Part]](list)  # by the tool use that spawned them
        self.alone = defaultdict[int, list[tuple[int, ...]]](list)  # such requests whose response is not in scope
        self.outside = defaultdict[str, list[int]](list)  # requests outside a response's counters, by its id

    def run(self) -> list[Step]:
        for index in self.history.indices:
            message = self.store.messages[index]
            if message.part:
                self.outside[message.id].append(index)
        responses = {
            self.store.messages[index].id for index in self.history.indices if not self.store.messages[index].part
        }
        for key in self.outside.keys() - responses:  # another model's, which alone was asked for
            self.alone[self.store.messages[self.outside[key][0]].thread].append(tuple(self.outside[key]))
        orphans = self._spawn()
        mains = [self._thread(number) for number in self.threads if not self.store.threads[number].agent_id]
        top = [step for steps in mains for step in steps]
        tree = sorted([*((step, None) for step in top), *orphans], key=lambda one: _when(one[0]))
        steps: list[Step] = []
        last: int | None = None  # when the main thread or an orphan was last at work
        for step, part in tree:
            if last is not None and step.time is not None and step.time - last > PAUSE:
                steps.append(Step(PAUSED, last, value=step.time - last))
            steps += self._nested(step, 0) if part is None else self._part(part, 0)
            if step.kind != COPIED:
                last = max([*_worked(part.steps if part else [step]), *([] if last is None else [last])], default=None)
        while self.parts:  # spawned where no step leads to
            _, parts = self.parts.popitem()
            steps += [step for part in parts for step in self._part(_Part(part.subagent, part.steps, orphan=True), 0)]
        return steps

    def _spawn(self) -> list[tuple[Step, _Part]]:
        """Hang every subagent below its spawns; those that have none are given back."""
        orphans = []
        for subagent in self.activity.subagents:
            if subagent.session_id != self.session_id:
                continue
            steps = [] if subagent.thread is None else self._thread(subagent.thread)
            here = [use for use in self.activity.spawns(subagent) if self._is_told(use)]
            if not here:
                if steps:
                    part = _Part(subagent, steps, orphan=True)
                    orphans.append((steps[0], part))
                continue
            for number, use in enumerate(here):
                until = _time(here[number + 1]) if number + 1 < len(here) else LATEST + 1
                since = _time(use) if number else -1
                mine = [step for step in steps if since <= _when(step) < until]
                self.parts[use.id].append(_Part(subagent, mine, resumed=number > 0))
        return orphans

    def _is_told(self, use: ToolUse) -> bool:
        """Whether a step of this session tells of this use."""
        return use.thread in self.threads and self.activity.includes(use)

    def _thread(self, number: int) -> list[Step]:
        """One thread's own steps, in the order of time."""
        thread = self.store.threads[number]
        responses = [index for index in dict.fromkeys(thread.messages) if not self.store.messages[index].part]
        own = [index for index in responses if self.store.messages[index].thread == number]
        copied = [index for index in responses if self.store.messages[index].thread != number]
        steps = [self._copied(copied)] if copied and not thread.agent_id else []
        steps += [*self._events(thread, number), *self._responses(thread, number, own)]
        return sorted(steps, key=_when)

    def _responses(self, thread: Thread, number: int, own: list[int]) -> Iterator[Step]:
        by_message = defaultdict[int | None, list[ToolUse]](list)
        for use in self.activity.thread_tool_uses.get(number, ()):
            by_message[use.message].append(use)
        again = retries(self.activity.thread_tool_uses.get(number, []))
        for index in own:
            if not self.history.includes(index):
                continue
            message = self.store.messages[index]
            yield Step(
                RESPONSE,
                message.time,
                thread.agent_id,
                text=self.store.texts.said.get(index, ""),
                messages=(index, *self.outside.get(message.id, ())),
                uses=tuple(Use(use, use.id in again) for use in by_message[index]),
            )
        for messages in self.alone[number]:
            yield Step(RESPONSE, self.store.messages[messages[0]].time, thread.agent_id, messages=messages)
        for use in by_message[None]:
            if self.activity.includes(use):
                yield Step(RESPONSE, use.time, thread.agent_id, uses=(Use(use, use.id in again),))

    def _events(self, thread: Thread, number: int) -> Iterator[Step]:
        """What happened beside the responses."""
        agent = thread.agent_id
        for compaction in self.activity.compactions(number):
            yield Step(COMPACTION, compaction.time, agent, text=compaction.trigger, value=compaction.tokens_before)
        for notice in self.activity.thread_notices.get(number, ()):
            if notice.kind in TOLD:
                yield Step(notice.kind, notice.time, agent, text=notice.text, value=notice.value or 0)
        for prompt in self.activity.session_asks.get(self.session_id, ()) if not agent else ():
            text = self.store.texts.asked.get(prompt.uuid) or prompt.words
            yield Step(PROMPT, prompt.time, text=text)

    def _copied(self, copied: list[int]) -> Step:
        """`text`: the session that most of them count in."""
        sessions: dict[str, int] = defaultdict(int)
        for index in copied:
            sessions[self.store.session_of(self.store.messages[index]).session_id] += 1
        times = [time for index in copied if (time := self.store.messages[index].time) is not None]
        origin = max(sessions, key=lambda name: (sessions[name], name))
        return Step(COPIED, min(times, default=None), text=origin, value=len(copied))

    def _nested(self, step: Step, depth: int) -> list[Step]:
        """A step and all that it led to."""
        steps = [_at(step, depth)]
        for use in step.uses:
            for part in self.parts.pop(use.tool.id, ()):
                steps += self._part(part, depth)
        return steps

    def _part(self, part: _Part, depth: int) -> list[Step]:
        subagent = part.subagent
        time = part.steps[0].time if part.steps else None
        head = Step(
            SUBAGENT,
            time,
            subagent.agent_id,
            depth=depth,
            subagent=subagent,
            resumed=part.resumed,
            orphan=part.orphan,
        )
        return [head, *(step for one in part.steps for step in self._nested(one, depth + 1))]


def _worked(steps: Sequence[Step]) -> list[int]:
    """When something happened in these steps, in ms: also when their tools were done."""
    times = [step.time for step in steps]
    times += [time for step in steps for use in step.uses for time in (use.tool.time, use.tool.ended)]
    return [time for time in times if time is not None]


def _at(step: Step, depth: int) -> Step:
    return step if depth == step.depth else replace(step, depth=depth)


def _when(step: Step) -> int:
    return LATEST if step.time is None else step.time


def _time(use: ToolUse) -> int:
    return LATEST if use.time is None else use.time
