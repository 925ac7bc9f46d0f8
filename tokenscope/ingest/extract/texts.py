"""Whole texts of one file, for telling a session's story: what was asked, said, passed to tools, answered as an error.

Only one session is ever read so; everything else makes do with first words (activity.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from msgspec import UNSET

from tokenscope.credentials import start_of
from tokenscope.ingest.extract.ids import ToolIds
from tokenscope.ingest.rows.lenient import content_of, texts_of, value_in
from tokenscope.ingest.rows.prompt_words import prompt_of
from tokenscope.ingest.rows.schema import AnyRow, Block, Result, Task

LONGEST = 20_000  # characters of one text
TODO_STATES = ("pending", "in_progress", "completed")
Todo = tuple[str, str]  # what, its state


class Tale(NamedTuple):
    """One file's texts: said by a response's key, asked by a prompt's uuid, the others by a tool use's id."""

    said: dict[str, str]
    asked: dict[str, str]
    given: dict[str, str]
    errors: dict[str, str]
    todos: dict[str, list[Todo]]


class Story:
    """Collects the texts of one file."""

    def __init__(self) -> None:
        self._ids = ToolIds()
        self._met: set[str] = set()
        self._tasks: dict[str, list[str]] = {}  # subject and state, by id
        self._subjects: dict[str, str] = {}  # of tasks that are being created, by the tool use's id
        self.tale = Tale({}, {}, {}, {}, {})

    def add(self, row: AnyRow, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        kind, uuid = row.type, row.uuid
        if kind not in ("assistant", "user") or row.attachment is not UNSET:
            return
        if uuid.__class__ is str:
            if uuid in self._met:
                return
            self._met.add(uuid)
        content: Any = content_of(row.message)
        if content.__class__ is str:
            content = [Block(type="text", text=content)]
        if content.__class__ is not list:
            return
        blocks = [block for block in content if block.__class__ is Block]
        if kind == "assistant" and key:
            self._assistant(blocks, agent, key, _string(uuid))
        elif kind == "user":
            self._user(row, blocks, agent, uuid)

    def _assistant(self, blocks: Sequence[Block], agent: str, key: str, uuid: str) -> None:
        for block in blocks:
            text, reference = block.text, block.id
            if block.type == "text" and text.__class__ is str and text.strip():
                said = self.tale.said.get(key)
                self.tale.said[key] = start_of(f"{said}\n{text}" if said else str(text), LONGEST)
            elif block.type == "tool_use" and reference.__class__ is str:
                reference, given = self._ids.of_use(reference, agent, key, uuid), value_in(block.input)
                if reference in self.tale.given:
                    continue
                self.tale.given[reference] = start_of(_shown(given), LONGEST)
                if given.__class__ is dict:
                    self._note_todos(block.name, given, reference)

    def _note_todos(self, name: Any, given: dict[str, Any], reference: str) -> None:
        if name == "TodoWrite":
            todos = given.get("todos")
            todos = [one for one in todos if one.__class__ is dict] if todos.__class__ is list else []
            self.tale.todos[reference] = [
                (start_of(_string(one.get("content")), LONGEST), _state(one.get("status"))) for one in todos
            ]
        elif name == "TaskCreate":
            self._subjects[reference] = start_of(_string(given.get("subject")), LONGEST)
        elif name == "TaskUpdate":
            task = self._tasks.get(_string(given.get("taskId")))
            if task is not None and given.get("status") in TODO_STATES:
                task[1] = given["status"]
                self._snapshot(reference)

    def _user(self, row: AnyRow, blocks: Sequence[Block], agent: str, uuid: Any) -> None:
        results = [block for block in blocks if block.type == "tool_result"]
        for block in results:
            self._result(block, row.toolUseResult, agent)
        if not results and uuid.__class__ is str and (words := prompt_of(row, of_programs=True)[1]):
            self.tale.asked.setdefault(uuid, start_of(words, LONGEST))

    def _result(self, block: Block, told: Any, agent: str) -> None:
        reference, content = block.tool_use_id, block.content
        if reference.__class__ is not str:
            return
        reference = self._ids.of_result(reference, agent)
        if block.is_error is True:
            text = texts_of(content) if content.__class__ is list else _string(content)
            self.tale.errors.setdefault(reference, start_of(text, LONGEST))
        elif reference in self._subjects:
            task = told.task if told.__class__ is Result else None
            number = task.id if task.__class__ is Task else None
            self._tasks[_string(number) or reference] = [self._subjects.pop(reference), TODO_STATES[0]]
            self._snapshot(reference)

    def _snapshot(self, reference: str) -> None:
        self.tale.todos[reference] = [(subject, state) for subject, state in self._tasks.values()]


def _shown(given: Any) -> str:
    """A tool's input as a person reads it: a command as it is, everything else as JSON."""
    if given.__class__ is dict and given.get("command").__class__ is str:
        return str(given["command"])
    try:
        return orjson.dumps(given).decode() if given else ""
    except (TypeError, RecursionError):  # nested deeper than it writes
        return ""


def _string(value: Any) -> str:
    return value if value.__class__ is str else ""


def _state(value: Any) -> str:
    return value if value in TODO_STATES else TODO_STATES[0]
