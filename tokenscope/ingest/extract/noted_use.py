"""A tool use from its block to its result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from tokenscope.ingest.extract.use_words import failure_words, outcome_of
from tokenscope.ingest.rows.labels import IMAGE, size_of
from tokenscope.ingest.rows.lenient import texts_of
from tokenscope.ingest.rows.schema import Block, ContentPart, Result
from tokenscope.ingest.rows.tool_outcomes import changed
from tokenscope.ingest.times import all_milliseconds


class NotedUse(Struct, gc=False):
    """A tool use whose result may still come. Behind `is_whole` the fields of store.ToolUse without thread and message,
    but for times, which are as their rows have them.

    `command`: of a shell, where it is asked for; `written`: the input of an edit, until it ended; `is_whole`: whether
    all of it is asked for.
    """

    agent: str
    key: str  # of its response
    command: str
    written: bytes
    is_whole: bool
    id: str
    name: str
    what: str
    path: str
    same: str
    time: Any
    ended: Any = None
    outcome: str = ""
    result_bytes: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    created: bool = False
    error: str = ""

    def end(self, block: Block, told: Any, when: Any, *, changes: bool) -> str:
        """Take in its result; returns the text of that. `when`: what its row says of that; `changes`: whether it is
        asked what it changed.
        """
        content, images = block.content, 0
        text = content if content.__class__ is str else ""
        if content.__class__ is list:
            text = texts_of(content)
            images = sum(one.__class__ is ContentPart and one.type == "image" for one in content)
        self.ended, self.result_bytes = when, size_of(text) + images * IMAGE
        self.outcome = outcome_of(text, told, failed=block.is_error is True)
        if self.outcome != "ok":
            self.error = failure_words(text)
        elif changes:
            self._note_changes(told)
        self.written = b""
        return text

    def end_in_short(self, told: Any) -> None:
        """Take in of a result without a failure what it changed, and nothing of its text."""
        self.outcome = outcome_of("", told, failed=False)
        if self.outcome == "ok" and self.path:
            self._note_changes(told)
        self.written = b""

    def _note_changes(self, told: Any) -> None:
        has_patch = told.__class__ is Result and told.structuredPatch.__class__ is list
        if has_patch or self.written:
            self.lines_added, self.lines_removed = changed(told, self.name, self.written)
        self.created = told.__class__ is Result and told.type == "create"


_FACTS = NotedUse.__struct_fields__.index("id")
_TIME, _ENDED = (NotedUse.__struct_fields__.index(name) - _FACTS for name in ("time", "ended"))


def use_columns(uses: Iterable[NotedUse], places: dict[str, int]) -> tuple[list[tuple[Any, ...]], list[str]]:
    """These uses, one tuple a field: the place of its response, then store.ToolUse without thread and message.

    And the agent of each that is of no response: its place is behind those of these. `places`: of responses, by key.
    """
    columns: list[Any] = list(zip(*map(astuple, uses), strict=True))
    if not columns:
        return [], []
    agents, keys, facts = columns[0], columns[1], columns[_FACTS:]
    strays = [agent for agent, key in zip(agents, keys, strict=True) if key not in places]
    behind = iter(range(len(places), len(places) + len(strays)))
    of_uses = tuple(places[key] if key in places else next(behind) for key in keys)
    facts[_TIME], facts[_ENDED] = all_milliseconds(facts[_TIME]), all_milliseconds(facts[_ENDED])
    return [of_uses, *facts], strays
