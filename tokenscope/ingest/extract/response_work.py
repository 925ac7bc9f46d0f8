"""What each response of one file did beside its figures, and nothing of what went into contexts: store.ResponseWork.

The same as `content.py` finds, for questions that ask for no item: nothing is named, put in order or kept of it.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from tokenscope.context_steps import Packed
from tokenscope.ingest.extract.content import SIGNATURE, Content
from tokenscope.ingest.extract.spawned import SPAWNING
from tokenscope.ingest.extract.tool_items import Counts, UseOutcomes
from tokenscope.ingest.rows.labels import LONGEST_LABEL, compact, size_as_shown, size_of_input
from tokenscope.ingest.rows.lenient import PresentRow
from tokenscope.ingest.rows.schema import Block, ContentMessage, DoneRow
from tokenscope.model import Facet
from tokenscope.store import Label, ResponseWork

_ANOTHERS: tuple[str, Counts | None] = "unknown", None  # of a result whose use this file does not hold


def collector_of(facets: Facet, present: PresentRow) -> Content | WorkCounter:
    """What takes in the rows of one file where content, or what responses did, is asked for."""
    if facets & (Facet.CONTENT | Facet.ITEMS):
        return Content(present, compares=Facet.CONTENT in facets)
    return WorkCounter()


class WorkCounter(UseOutcomes):
    """Takes in rows as `Content` does. What it does not look for is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[Label, int] = {}
        self.inventory: dict[tuple[str, str], int] = {}
        self.forks: dict[str, str] = {}
        self._met: set[str] = set()
        self._done: dict[str, Counts] = {}  # by a response's key
        self._uses: dict[str, tuple[str, Counts]] = {}  # by id: the tool, and the counts that it belongs to

    def add(self, row: DoneRow, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        kind = row.type
        is_said = kind == "assistant"
        if not is_said and kind not in ("user", "attachment"):
            return
        uuid = row.uuid
        if uuid.__class__ is str:
            if uuid in self._met:
                return
            self._met.add(uuid)
        if row.attachment is not UNSET:
            return
        if is_said:
            self._said(row, agent, key)
        elif kind == "user" and (row.isCompactSummary is not True or row.toolUseResult is not UNSET):
            message: Any = row.message
            content = message.content if message.__class__ is ContentMessage else None
            for block in content if content.__class__ is list else ():
                if block.__class__ is Block and block.type == "tool_result":
                    self._result(block, agent, row.toolUseResult)

    def _said(self, row: DoneRow, agent: str, key: str) -> None:
        message: Any = row.message
        content: Any = message.content if message.__class__ is ContentMessage else None
        if content is None or message.model == "<synthetic>" or row.isApiErrorMessage is True:
            return
        if content.__class__ is str:
            content = [Block(type="text", text=content)]
        if content.__class__ is not list:
            return
        counts = self._done.get(key)
        if counts is None:
            counts = self._done[key] = [0] * len(ResponseWork._fields)
        for block in content:
            if block.__class__ is not Block:
                continue
            kind = block.type
            if kind == "tool_use":
                self._use(block, agent, key, counts)
            elif kind == "text":
                counts[4] += size_as_shown(block.text)
            elif kind in ("thinking", "redacted_thinking"):
                counts[5] += size_as_shown(block.thinking) or int(SIGNATURE * size_as_shown(block.signature))

    def _use(self, block: Block, agent: str, key: str, counts: Counts) -> None:
        name, reference = block.name, block.id
        name = name[:LONGEST_LABEL] if name.__class__ is str else "unknown"
        written = compact(block.input)
        if reference.__class__ is str:
            if not reference.startswith("toolu_"):
                reference = self.ids.of_use(reference, agent, key, "")
            if reference in self._uses:
                return
            self._uses[reference] = name, counts
            self._written[reference] = written
        counts[0] += 1
        counts[4] += 20 + size_of_input(written)
        if self._failed and (agent, name, written) in self._failed:
            counts[3] += 1
        if name in SPAWNING:
            counts[1] += 1

    def _result(self, block: Block, agent: str, told: Any) -> None:
        reference = block.tool_use_id
        reference = self.ids.of_result(reference, agent) if reference.__class__ is str else ""
        tool, counts = self._uses.get(reference, _ANOTHERS)
        self._note_outcome(block, tool, counts, agent, self._written.pop(reference, None), told)

    def done(self, places: dict[str, int]) -> dict[int, tuple[int, ...]]:
        """The fields of store.ResponseWork of each response that did anything, by its place."""
        return {places[key]: tuple(counts) for key, counts in self._done.items() if key in places}

    def threads(self, places: dict[str, int], chain: dict[str, Any]) -> list[tuple[str, Packed]]:
        """None: what went into contexts was not looked for."""
        return []
