"""What tool uses and their results put into a context, each under a label that says what it was used on (T34, T41)."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any, NamedTuple

from tokenscope.ingest.extract.ids import ToolIds
from tokenscope.ingest.extract.spawned import SPAWNING
from tokenscope.ingest.rows.labels import (
    IMAGE,
    LONGEST_LABEL,
    READ_INPUTS,
    TOOLS,
    UNKNOWN_USE,
    Use,
    compact,
    plain,
    short,
    size_of,
    size_of_input,
    use_of,
)
from tokenscope.ingest.rows.lenient import Input, input_of, texts_of
from tokenscope.ingest.rows.mend import OPENING_BRACE
from tokenscope.ingest.rows.schema import TOLD, Block, ContentPart
from tokenscope.ingest.rows.tool_outcomes import fingerprint
from tokenscope.names import source_name
from tokenscope.store import Label

LONG_OUTPUT = 2_000  # bytes: shorter outputs are not compared with each other
_NOTED = {*SPAWNING, "Skill", "Edit", "Write", "MultiEdit", "NotebookEdit"}  # tools whose use says more than its size
_UNKNOWN: tuple[Use, None] = UNKNOWN_USE, None

Item = tuple[int, int, str]  # a label's number, bytes, the tool use's id
# Of a response, the fields of store.ResponseWork: tool uses, spawns, errors, retries, bytes of text and inputs, and of
# thinking.
Counts = list[int]


class _Tool(NamedTuple):
    """What is the same for all uses of a tool."""

    name: str
    inputs: Label  # of its inputs
    unread: Use | None  # each of its uses with an input, where that tells nothing more
    is_noted: bool
    is_spawn: bool


@lru_cache(TOOLS)
def _tool(name: str) -> _Tool:
    name = name[:LONGEST_LABEL]
    is_noted = name in _NOTED or name.startswith("mcp__")
    unread = None if name in READ_INPUTS or name in _NOTED else use_of(name, Input())
    return _Tool(name, plain("tool_input", "tool inputs", source_name(name)), unread, is_noted, name in SPAWNING)


class UseOutcomes:
    """How the tool uses of one file went: what failed, which repeats it (T41), and what was spawned."""

    def __init__(self) -> None:
        self.ids = ToolIds()
        self.spawned: list[str] = []  # the agent of each spawn that did not fail; "" where the log does not name it
        self._written: dict[str, bytes] = {}  # the input of each that has no result yet, by its id
        self._failed: set[tuple[str, str, bytes]] = set()  # what failed: agent, tool, input

    def _note_outcome(
        self, block: Block, tool: str, counts: Counts | None, agent: str, written: bytes | None, told: Any
    ) -> None:
        """Take in a result. `counts`: of its use's response; `written`: its use's input; None: not known."""
        if block.is_error is True:
            if written is not None:
                self._failed.add((agent, tool, written))
            if counts is not None:
                counts[2] += 1
            return
        if self._failed and written is not None:
            self._failed.discard((agent, tool, written))
        if tool in SPAWNING:
            spawned = told.agentId if told.__class__ in TOLD else None
            self.spawned.append(spawned if spawned.__class__ is str else "")


class ToolItems(UseOutcomes):
    """The tool uses of one file, and the items that they made. `labels`: their numbers; `compares`: see Content."""

    def __init__(self, labels: dict[Label, int], *, compares: bool) -> None:
        super().__init__()
        self._compares = compares
        self.inventory: Counter[tuple[str, str]] = Counter()  # what was offered and what was used, see store.Inventory
        self._labels = labels
        self._uses: dict[str, tuple[Use, Counts]] = {}  # each with the counts that it belongs to, by its id
        self._edited: set[str] = set()  # paths written since they were last read

    def use(self, block: Block, agent: str, key: str, counts: Counts) -> tuple[int, int] | None:
        """The label and bytes of a tool's input; None for a block that was there before. `key`: of its response."""
        name, reference = block.name, block.id
        tool, written = _tool(name if name.__class__ is str else "unknown"), compact(block.input)
        is_object = len(written) > 1 and written[0] == OPENING_BRACE
        unread = tool.unread if is_object else None
        given = input_of(block.input) if unread is None else None
        if reference.__class__ is str:
            if not reference.startswith("toolu_"):
                reference = self.ids.of_use(reference, agent, key, "")
            if reference in self._uses:
                return None
            self._uses[reference] = unread or use_of(tool.name, given, compares=self._compares), counts
            self._written[reference] = written
        size = 20 + (len(written) if is_object and len(written) > 2 else size_of_input(written))
        counts[0] += 1
        counts[4] += size
        if self._failed and (agent, tool.name, written) in self._failed:
            counts[3] += 1
        if tool.is_noted:
            self._note_use(tool, given, counts)
        labels = self._labels
        return labels.setdefault(tool.inputs, len(labels)), size

    def _note_use(self, tool: _Tool, given: Input | None, counts: Counts) -> None:
        """Note what a tool use says beside its size."""
        name = tool.name
        if tool.is_spawn:
            counts[1] += 1
        elif name.startswith("mcp__"):
            self.inventory["tool_used", name] += 1
        elif given is None:
            return
        elif name == "Skill":
            self.inventory["skill_used", short(given.skill or given.command)] += 1
        else:
            self._edited.add(short(given.file_path or given.notebook_path))

    def result(self, block: Block, agent: str, told: Any) -> list[Item]:
        """The items of a tool's result: its images, its text. `told`: what its row says of it for the screen."""
        reference, text = block.tool_use_id, block.content
        reference = self.ids.of_result(reference, agent) if reference.__class__ is str else ""
        use, counts = self._uses.get(reference, _UNKNOWN)
        written = self._written.pop(reference, None)
        if block.is_error is True or self._failed or use[0] in SPAWNING:
            self._note_outcome(block, use[0], counts, agent, written, told)
        items: list[Item] = []
        if text.__class__ is list:
            images = sum(part.__class__ is ContentPart and part.type == "image" for part in text)
            if images:
                label = plain("image", "images", use[0])
                items.append((self._labels.setdefault(label, len(self._labels)), images * IMAGE, reference))
            text = texts_of(text)
        if text and text.__class__ is str:
            items.append(self._output(use, text, reference))
        return items

    def _output(self, use: Use, text: str, reference: str) -> Item:
        tool, source, item, same, what = use
        output = ""
        if tool == "Read":
            if item in self._edited:
                same = what = ""  # read for a recorded reason: it had changed
                self._edited.discard(item)
            size = size_of(text)
        elif not self._compares or (len(text) < LONG_OUTPUT and text.isascii()):
            size = size_of(text)
        else:
            data = text.encode("utf-8", "replace")
            size = len(data)
            if size >= LONG_OUTPUT:
                output = fingerprint(data)
        labels = self._labels
        label = ("tool_result", source, item, same, what, "output" if output else "", output)
        return labels.setdefault(label, len(labels)), size, reference
