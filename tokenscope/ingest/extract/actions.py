"""What was done in one file: tool uses with their outcome, prompts, git operations, and what went wrong.

Texts are let go at once but for their first words. What comes out is made of plain tuples, see extract.Extract;
`attribute.py` brings the files together.
"""

from __future__ import annotations

from sys import intern
from typing import Any, NamedTuple

from msgspec import UNSET

from tokenscope.credentials import start_of
from tokenscope.ingest.extract.ids import ToolIds
from tokenscope.ingest.extract.noted_use import NotedUse, use_columns
from tokenscope.ingest.extract.row_needs import action_needs
from tokenscope.ingest.extract.spawned import SPAWNING, Spawned, answered, spawned_by
from tokenscope.ingest.extract.use_words import (
    FILE_TOOLS,
    LEAVING,
    SHELLS,
    error_words,
    first_words,
    key_of,
    leaves,
    path_of,
    said_instead,
    same_call,
    shell_command,
    used_on,
)
from tokenscope.ingest.files.sidecar import Sidecar
from tokenscope.ingest.rows import tool_outcomes
from tokenscope.ingest.rows.counters import whole
from tokenscope.ingest.rows.labels import LONGEST_LABEL, compact
from tokenscope.ingest.rows.lenient import Input, input_of, texts_of
from tokenscope.ingest.rows.prompt_words import INTERRUPTED, PERSON, prompt_of
from tokenscope.ingest.rows.schema import Block, ContentMessage, DoneRow, ToolsRow
from tokenscope.ingest.times import milliseconds
from tokenscope.model import Facet


class Done(NamedTuple):
    """What was done in one file. `agent`: the subagent that did it, "" for the main thread (see responses.agent_of)."""

    uses: list[tuple[Any, ...]]  # these two: see use_columns
    strays: list[str]
    spawned: dict[str, tuple[Any, ...]]  # the fields of Spawned, by tool use id
    prompts: list[tuple[Any, ...]]  # one tuple a field: copied?, then Prompt without its session
    operations: list[tuple[str, str, int | None, str, bool, str]]  # agent, tool use id, then Operation from `time`
    notices: list[tuple[Any, ...]]  # one tuple a field: copied?, uuid, agent, Notice from `time`
    told: dict[str, tuple[str, str]]  # by agent: first words of what it was told, and its key
    sidecar: tuple[str, ...]  # the fields of Sidecar


class Actions:
    """Collects what was done in one file. `session_id`: whose file it is, to tell copied prompts from its own.

    `facets`: all of it or which parts; nothing of the rest but the ids of tool uses is looked at. `spawns`: whether
    what spawned subagents is asked for.
    """

    def __init__(self, session_id: str, facets: Facet = Facet.TOOLS) -> None:
        self.session_id = session_id
        wanted = action_needs(int(facets))
        self._tells, self._asks, self.spawns, self._git, self._repeats, self._changes, *parts = wanted
        self._touched, self._calls, self._skills, self._counts, self._looks_at_uses = parts
        self._by_id = self._touched or self._git
        self._met: set[str] = set()
        self._ids = ToolIds()
        self._uses: dict[str, NotedUse | None] = {}  # by id; None for one that nobody asks about
        self._early: dict[str, tuple[Block, Any, Any]] = {}  # results that stand before their use
        self._spawned: dict[str, Spawned] = {}
        self._prompts: list[tuple[bool, int | None, str, int, str, bool]] = []
        self._operations: list[tuple[str, str, int | None, str, bool, str]] = []
        self._notices: list[tuple[bool, str, str, int | None, str, str, int | None]] = []
        self._told: dict[str, tuple[str, str]] = {}

    def add(self, row: DoneRow, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        kind = row.type
        if row.attachment is not UNSET:
            return
        is_said = kind == "assistant"
        if is_said or kind == "user":
            uuid = row.uuid if row.uuid.__class__ is str else ""
            if uuid and uuid in self._met:
                return
            self._met.add(uuid)
            if is_said:
                if self._looks_at_uses:
                    self._assistant(row, agent, key, uuid)
            else:
                self._user(row, agent, uuid)
        elif kind == "system":
            if self._tells:
                self._system(row, agent)
        elif self._git and kind == "pr-link":
            link = row.prUrl
            if link.__class__ is str and link:
                time = milliseconds(row.timestamp)
                self._operations.append((agent, "", time, "pr_link", False, start_of(link, LONGEST_LABEL)))

    def _assistant(self, row: DoneRow, agent: str, key: str, uuid: str) -> None:
        message: Any = row.message
        content: Any = message.content if message.__class__ is ContentMessage else None
        if content.__class__ is not list:
            return
        if message.model == "<synthetic>" or row.isApiErrorMessage is True:
            kind, said = said_instead(row, texts_of(content).strip() if self._tells else "")
            if kind:
                self._notice(row, agent, kind, said)
            return
        for number, block in enumerate(content):
            if block.__class__ is Block and block.type == "tool_use":
                self._tool_use(block, row, agent, key, uuid, number)

    def _tool_use(self, block: Block, row: DoneRow, agent: str, key: str, uuid: str, number: int) -> None:
        """`uuid`: of its row; `number`: its own there."""
        logged = reference = block.id
        if logged.__class__ is not str or not logged:
            logged = reference = f"{uuid}:{number}"
        elif not logged.startswith("toolu_"):
            reference = self._ids.of_use(logged, agent, key, uuid)
        if reference in self._uses:
            return  # the same block again
        # Interned: a history names few tools, and many times.
        name = intern(block.name[:LONGEST_LABEL]) if block.name.__class__ is str and block.name else "unknown"
        if self._repeats or (self.spawns and name in SPAWNING):
            self._note_use(name, block, reference, row.timestamp, agent, key)
        else:
            self._uses[reference] = self._part_of_use(name, block, reference, row.timestamp, agent, key)
        if self._early and logged in self._early:
            self._result(*self._early.pop(logged), agent)

    def _part_of_use(self, name: str, block: Block, reference: str, when: Any, agent: str, key: str) -> NotedUse | None:
        """As much of a use as is asked for. `when`: what its row says of that."""
        what = path = command = ""
        if self._git and name in SHELLS and tool_outcomes.may_be_git(block.input):
            command = shell_command(input_of(block.input))
        is_touched = self._touched and name in FILE_TOOLS
        if is_touched or (self._skills and name == "Skill"):
            given = input_of(block.input) or Input()
            path = path_of(name, given)
            if not path and name == "Skill":
                what = used_on(given, compact(block.input))
        elif not (self._calls or self._counts or command) and (reference.startswith("toolu_") or not self._by_id):
            return None  # with another maker's id it is noted: another use in another session may go by it too
        is_edit = (is_touched or self._changes) and name in tool_outcomes.EDITS
        written = bytes(block.input) if is_edit else b""
        return NotedUse(agent, key, command, written, False, reference, name, what, path, "", when)  # noqa: FBT003

    def _note_use(self, name: str, block: Block, reference: str, when: Any, agent: str, key: str) -> None:
        given, written = input_of(block.input) or Input(), compact(block.input)
        written = written if written.startswith(b"{") else b"{}"
        path = path_of(name, given)
        what = start_of(path, LONGEST_LABEL) or used_on(given, written)
        command = shell_command(given) if self._git and name in SHELLS else ""
        edit = written if self._changes and name in tool_outcomes.EDITS else b""
        facts = (reference, name, what, path, same_call(name, written), when)
        self._uses[reference] = NotedUse(agent, key, command, edit, True, *facts)  # noqa: FBT003
        if name in SPAWNING:
            self._spawned[reference] = spawned_by(given)

    def _user(self, row: DoneRow, agent: str, uuid: str) -> None:
        message: Any = row.message
        content: Any = message.content if message.__class__ is ContentMessage else None
        blocks = content if content.__class__ is list else ()
        results = [one for one in blocks if one.__class__ is Block and one.type == "tool_result"]
        if results:
            if self._looks_at_uses:
                told = row.toolUseResult if len(results) == 1 else None
                for block in results:
                    self._result(block, told, row.timestamp, agent)
        elif self._tells or (self.spawns if agent else self._asks):
            self._words(row, content if content.__class__ is str else texts_of(blocks), agent, uuid)

    def _words(self, row: DoneRow, text: str, agent: str, uuid: str) -> None:
        """What a person typed, or a subagent was told."""
        if text.lstrip().startswith(INTERRUPTED):
            if self._tells:
                self._notice(row, agent, "interrupted", text.strip())
        elif agent:
            if text and agent not in self._told and row.isMeta is not True:
                self._told[agent] = (first_words(text), key_of(text))
        else:
            asked_by, words = prompt_of(row, of_programs=True)
            if self._tells and words.partition(" ")[0] in LEAVING:
                self._notice(row, agent, "left", "")
            if words and self._asks:
                time, is_persons = milliseconds(row.timestamp), asked_by == PERSON
                self._prompts.append((self._is_copy(row), time, first_words(words), len(words), uuid, is_persons))

    def _result(self, block: Block, told: Any, when: Any, agent: str) -> None:
        """`when`: what its row says of that."""
        reference = block.tool_use_id
        if reference.__class__ is not str:
            return
        known = self._ids.of_result(reference, agent)
        use = self._uses.get(known)
        if use is None:
            if known not in self._uses:
                self._early.setdefault(reference, (block, told, when))
            return
        if not use.outcome:
            if use.is_whole or use.command or self._calls or block.is_error is True:
                self._end(use, block, told, when)
            else:
                use.end_in_short(told)

    def _end(self, use: NotedUse, block: Block, told: Any, when: Any) -> None:
        text = use.end(block, told, when, changes=self._changes or self._touched)
        if use.command:
            failed, time = use.outcome != "ok", milliseconds(when)
            for name, detail in tool_outcomes.operations(use.command, text, told):
                self._operations.append((use.agent, use.id, time, name, failed, detail))
        if self._spawned and use.id in self._spawned:
            self._spawned[use.id] = answered(self._spawned[use.id], text, told)

    def _system(self, row: DoneRow, agent: str) -> None:
        kind = row.subtype
        if kind == "api_error":
            attempt, odd = whole(row.retryAttempt)
            self._notice(row, agent, "api_error", error_words(row.error), None if odd else attempt)
        elif kind == "turn_duration":
            took, odd = whole(row.durationMs)
            self._notice(row, agent, "turn_duration", "", None if odd else took)
        elif kind == "local_command" and leaves(row.content if isinstance(row, ToolsRow) else None):
            self._notice(row, agent, "left", "")

    def _notice(self, row: DoneRow, agent: str, kind: str, text: str, value: int | None = None) -> None:
        uuid, time = row.uuid if row.uuid.__class__ is str else "", milliseconds(row.timestamp)
        is_copy = self._is_copy(row) or bool(agent)  # a side question's file repeats the main thread's (T21)
        self._notices.append((is_copy, uuid, agent, time, kind, first_words(text), value))

    def _is_copy(self, row: DoneRow) -> bool:
        """Whether a row was another session's before (T21)."""
        return bool(row.sessionId != self.session_id)

    def done(self, places: dict[str, int], sidecar: Sidecar) -> Done:
        """All of it, as plain tuples. `places`: of the responses, by key."""
        columns = use_columns(filter(None, self._uses.values()), places)
        spawned = {reference: tuple(one) for reference, one in self._spawned.items()}
        prompts, notices = (list(zip(*rows, strict=True)) for rows in (self._prompts, self._notices))
        return Done(*columns, spawned, prompts, self._operations, notices, self._told, tuple(sidecar))
