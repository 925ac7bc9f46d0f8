"""What the rows of a session that goes on tell of it, one thing after the other: for who follows it as it is written.

What is kept is what the next rows need, and no more: a session may go on for days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import UNSET
from msgspec.json import Decoder

from tokenscope.ingest.extract.ids import agent_of
from tokenscope.ingest.extract.responses import Responses
from tokenscope.ingest.extract.session_names import TITLE_FIELDS
from tokenscope.ingest.extract.use_words import (
    LEAVING,
    error_words,
    first_words,
    leaves,
    outcome_of,
    said_instead,
    same_call,
    used_on,
)
from tokenscope.ingest.rows.counters import beside, whole
from tokenscope.ingest.rows.labels import compact
from tokenscope.ingest.rows.lenient import Input, content_of, input_of, texts_of
from tokenscope.ingest.rows.prompt_words import INTERRUPTED, prompt_of
from tokenscope.ingest.rows.schema import AnyRow, Block, Progress, Result, ToolsRow
from tokenscope.ingest.times import milliseconds
from tokenscope.model import Message

# Kinds of happenings; what each fills in beside its time and its agent is said in `Happening`.
ASKED, SAID, USED, ANSWERED, TURN_ENDED, BROKEN_OFF = "asked", "said", "used", "answered", "turn_ended", "interrupted"
RESPONSE, COMPACTED, TOLD_LIMIT, TOLD_ERROR = "response", "compacted", "limit", "api_error"
TASK_STARTED, TASK_ENDED, TITLED, PLACED, CLOSED = "task_started", "task_ended", "titled", "placed", "closed"
LARGE_WINDOW = "large_window"


class FollowedRow(ToolsRow, gc=False):
    """Of a session that goes on: also the models that it was told the cost of."""

    modelUsage: Any = None  # noqa: N815 - a key of the format


FOLLOWED = Decoder(FollowedRow)
GOES_ON = frozenset({"tool_use", "pause_turn"})  # stop reasons behind which the same turn goes on
_NOTIFICATION = re.compile(r"<task-notification>(.*?)</task-notification>", re.DOTALL)
_TASK = re.compile(r"<task-id>\s*([^<\s]{1,80})\s*</task-id>")
_ENDED = re.compile(r"<status>\s*(?:completed|failed|killed|stopped|cancelled)\s*</status>")


class Happening(NamedTuple):
    """One thing. By kind:

    asked: `text`, the first words of the prompt. said: `name`, why it stopped ("": not yet). used: `name` of the tool,
    `text` what it was used on, `reference` its id, `same` equal for equal calls. answered: `reference` and `outcome`
    (see store.ToolUse). response: `message`, `rank` (how the file came by it: the lower the more its own, T21).
    compacted: `size`, tokens before. limit, api_error, interrupted: `text`. task_started, task_ended: `reference`, and
    `name`: shell or agent. titled: `name` of the kind, `text`. placed: `text` the working directory, `name` how Claude
    Code was started. large_window: Claude Code said that its model has one. closed: `text`, why.
    """

    kind: str
    time: int | None = None  # ms since the epoch
    agent_id: str = ""  # "" for the main thread
    text: str = ""
    name: str = ""
    reference: str = ""
    same: str = ""
    outcome: str = ""
    size: int = 0  # tokens
    rank: int = 0  # how the file came by a response: an index into nothing, compared alone
    message: Message | None = None


class Happenings:
    """Takes in the rows of one file as they come."""

    def __init__(self, session_id: str, agent_id: str) -> None:
        self.session_id, self.agent_id = session_id, agent_id
        self._responses = Responses(session_id, agent_id)
        self._place = ("", "")

    def take(self, rows: Iterable[FollowedRow]) -> list[Happening]:
        """What these rows tell, in their order; the responses among them, as far as they are known, last."""
        found = [one for row in rows for one in self._of_row(row)]
        return [*found, *self._of_responses()]

    def _of_row(self, row: FollowedRow) -> Iterator[Happening]:
        kind, time = row.type, milliseconds(row.timestamp)
        agent = agent_of(row, self.agent_id)
        agent = "inline" if agent.startswith("inline:") else agent
        if row.attachment is not UNSET:
            queued: Any = row.attachment
            if queued.__class__ is dict and queued.get("type") == "queued_command":
                yield from _tasks_ended(queued.get("prompt"), time)
            return
        yield from self._placed(row, agent, time)
        if kind == "assistant":
            yield from self._assistant(row, agent, time)
        elif kind == "user":
            yield from self._user(row, agent, time)
        elif kind == "system":
            yield from self._system(row, agent, time)
        elif kind == "progress":
            self._progress(row)
        elif kind == "queue-operation":
            yield from _tasks_ended(row.content, time)
        elif kind == "cost-state":
            models: Any = row.modelUsage
            if models.__class__ is dict and any("[1m]" in model for model in models):
                yield Happening(LARGE_WINDOW, time)
        elif kind == "continued-in":
            yield Happening(CLOSED, time, text="it went on in another session")
        elif kind.__class__ is str and kind in TITLE_FIELDS:
            title = getattr(row, TITLE_FIELDS[kind])
            if title.__class__ is str and title:
                yield Happening(TITLED, time, text=first_words(title), name=kind)

    def _placed(self, row: FollowedRow, agent: str, time: int | None) -> Iterator[Happening]:
        """The first working directory, and how Claude Code was started last."""
        directory, started = self._place
        if row.cwd.__class__ is str and row.cwd and not directory:
            directory = row.cwd
        if row.entrypoint.__class__ is str and row.entrypoint:
            started = row.entrypoint
        if (directory, started) != self._place:
            self._place = directory, started
            yield Happening(PLACED, time, agent, directory, started)

    def _assistant(self, row: FollowedRow, agent: str, time: int | None) -> Iterator[Happening]:
        message: Any = row.message
        content: Any = content_of(message)
        blocks = [one for one in content if one.__class__ is Block] if content.__class__ is list else []
        model = getattr(message, "model", None)
        if model == "<synthetic>" or row.isApiErrorMessage is True:
            kind, said = said_instead(row, texts_of(blocks).strip())
            if kind:
                yield Happening(TOLD_LIMIT if kind == "limit" else TOLD_ERROR, time, agent, first_words(said))
            return
        self._responses.add(row)
        if model.__class__ is str and "[1m]" in model:
            yield Happening(LARGE_WINDOW, time)
        for block in blocks:
            if block.type == "tool_use" and block.id.__class__ is str:
                yield _used(block, agent, time)
        stopped = getattr(message, "stop_reason", None)
        yield Happening(SAID, time, agent, name=stopped if stopped.__class__ is str else "")

    def _user(self, row: FollowedRow, agent: str, time: int | None) -> Iterator[Happening]:
        content: Any = content_of(row.message)
        blocks = [one for one in content if one.__class__ is Block] if content.__class__ is list else []
        results = [one for one in blocks if one.type == "tool_result" and one.tool_use_id.__class__ is str]
        if results:
            told = row.toolUseResult if len(results) == 1 else None
            for block in results:
                yield from _answered(block, told, agent, time)
            return
        text = content if content.__class__ is str else texts_of(blocks)
        if text.lstrip().startswith(INTERRUPTED):
            yield Happening(BROKEN_OFF, time, agent, first_words(text))
            return
        yield from _tasks_ended(text, time)
        if not agent and row.sessionId == self.session_id:
            _, words = prompt_of(row, of_programs=True)
            if words.partition(" ")[0] in LEAVING:
                yield Happening(CLOSED, time, text="you left it")
            elif words:
                yield Happening(ASKED, time, text=first_words(words))

    def _system(self, row: FollowedRow, agent: str, time: int | None) -> Iterator[Happening]:
        kind = row.subtype
        if kind == "compact_boundary":
            about: Any = row.compactMetadata
            size, _ = whole(about.get("preTokens", 0)) if about.__class__ is dict else (0, 0)
            yield Happening(COMPACTED, time, agent, size=size)
        elif kind == "turn_duration":
            yield Happening(TURN_ENDED, time, agent)
        elif kind == "api_error":
            yield Happening(TOLD_ERROR, time, agent, first_words(error_words(row.error)))
        elif kind == "local_command" and not agent and leaves(row.content):
            yield Happening(CLOSED, time, text="you left it")

    def _progress(self, row: FollowedRow) -> None:
        """A subagent's response again; it counts where its own file is gone (T24)."""
        data: Any = row.data
        if isinstance(data, Progress) and data.type == "agent_progress" and isinstance(data.message, AnyRow):
            inner: AnyRow = data.message
            if inner.type == "assistant" and inner.attachment is UNSET:
                agent = data.agentId if data.agentId.__class__ is str else ""
                self._responses.add(inner, row, agent or "inline")

    def _of_responses(self) -> Iterator[Happening]:
        """Every response whose rows were met since the last time, as large as it is by now."""
        columns = self._responses.take()
        for place, (key, *fields) in enumerate(zip(columns.keys, *columns.fields, strict=False)):
            message = Message(key, 0, *fields)
            agent = columns.agents.get(place, self.agent_id)
            agent = "inline" if agent.startswith("inline:") else agent
            made = Happening(RESPONSE, message.time, agent, rank=columns.ranks.get(place, 0), message=message)
            yield made
            for request in columns.outside.get(place, ()):
                yield made._replace(message=beside(message, request))


def _used(block: Block, agent: str, time: int | None) -> Happening:
    name = block.name if block.name.__class__ is str and block.name else "unknown"
    given, written = input_of(block.input) or Input(), compact(block.input)
    what, same = used_on(given, written), same_call(name, written)
    return Happening(USED, time, agent, what, first_words(name), str(block.id), same)


def _answered(block: Block, told: Any, agent: str, time: int | None) -> Iterator[Happening]:
    content: Any = block.content
    text = content if content.__class__ is str else texts_of(content) if content.__class__ is list else ""
    outcome = outcome_of(text, told, failed=block.is_error is True)
    yield Happening(ANSWERED, time, agent, reference=str(block.tool_use_id), outcome=outcome)
    if told.__class__ is Result:
        if told.backgroundTaskId.__class__ is str and told.backgroundTaskId:
            yield Happening(TASK_STARTED, time, agent, reference=told.backgroundTaskId, name="shell")
        elif told.isAsync is True and told.agentId.__class__ is str:
            yield Happening(TASK_STARTED, time, agent, reference=told.agentId, name="agent")
        elif told.agentId.__class__ is str and told.agentId:
            yield Happening(TASK_ENDED, time, agent, reference=told.agentId)


def _tasks_ended(text: Any, time: int | None) -> Iterator[Happening]:
    """The tasks in the background that a program says have ended."""
    if text.__class__ is not str or "<task-notification>" not in text:
        return
    for told in _NOTIFICATION.findall(text):
        task = _TASK.search(told)
        if task and _ENDED.search(told):
            yield Happening(TASK_ENDED, time, reference=task[1])
