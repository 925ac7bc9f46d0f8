"""What went into each thread's context, item by item with its size in bytes (T34, T35): what the ledger splits.

An item is what one row added: a prompt, a tool's result, the model's own words. Its text is let go at once;
what stays is a label, a size and the place between two responses. Sizes are of `message.content` alone:
`toolUseResult` repeats it for the screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import UNSET

from tokenscope.credentials import masked_name
from tokenscope.ingest.extract.arrivals import Event, Thread, steps_of
from tokenscope.ingest.extract.responses import root_of
from tokenscope.ingest.extract.tool_ids import ToolIds
from tokenscope.ingest.rows.attachments import offered, shown
from tokenscope.ingest.rows.fingerprint import fingerprint
from tokenscope.ingest.rows.labels import (
    IMAGE,
    LONGEST_LABEL,
    MODEL_TEXT,
    THINKING,
    TOOLS,
    UNKNOWN_USE,
    UNSEEN_THINKING,
    Use,
    compact,
    plain,
    short,
    size_as_shown,
    size_of,
    size_of_input,
    use_of,
)
from tokenscope.ingest.rows.partial import Input, content_of, input_of, texts_of, value_in
from tokenscope.ingest.rows.schema import TOLD, AnyRow, Block, ContentPart
from tokenscope.ingest.rows.user_text import words_of
from tokenscope.names import source_name
from tokenscope.store import COMPACTION, MICROCOMPACTION, Deed, Label

SIGNATURE = 0.7  # bytes of thinking a byte of its signature: 4 of them a token, in 200 responses that show only it
LONG_OUTPUT = 2_000  # bytes: shorter outputs are not compared with each other
SEEN = frozenset({"user", "assistant", "attachment", "system"})  # types of rows that may change a context
BOUNDARIES = ("compact_boundary", "microcompact_boundary")  # those of the program itself that do
_SPAWNS = frozenset({"Task", "Agent"})
_NOTED = _SPAWNS | {"Skill", "Edit", "Write", "MultiEdit", "NotebookEdit"}  # tools whose use says more than its size
Whole = Callable[[], Any] | None  # decodes all of a row
_UNKNOWN: tuple[Use, None] = UNKNOWN_USE, None


class Content:
    """Collects the items of one file, thread by thread."""

    def __init__(self) -> None:
        self.labels: dict[Label, int] = {}
        self._events: dict[str, list[Event]] = {}
        self._time = ""
        self._met: set[str] = set()
        self._tools: dict[str, tuple[Use, list[int]]] = {}  # each tool use and the deeds it belongs to, by its id
        self._ids = ToolIds()
        self._edited: set[str] = set()  # paths written since they were last read
        self._deeds: dict[str, list[int]] = {}  # the fields of store.Deed, by a response's key
        self._written: dict[str, bytes] = {}  # the input of each tool use that has no result yet, by its id
        self._failed: set[tuple[str, str, bytes]] = set()  # what failed: agent, tool, input
        self.forks: dict[str, str] = {}  # by agent: the session that it was forked from
        self.spawned: list[str] = []  # the agent of each spawn that did not fail; "" where the log does not name it
        self._response: tuple[list[Event] | None, str, str] = None, "", ""  # noted last: where, its key, its time
        self._notes_ordinals = False  # whether anything was taken out again by its ordinal
        self.inventory: Counter[tuple[str, str]] = Counter()  # what was offered and what was used, see store.Inventory

    def add(self, row: AnyRow, agent: str, key: str = "", whole: Whole = None) -> None:
        """Take in a row. `key`: of the response that it belongs to; `whole`: makes all of the row, for odd blocks."""
        kind = row.type
        if row.forkedFrom or kind == "fork-context-ref":
            self._fork(row, agent)
        if kind.__class__ is not str or kind not in SEEN:
            return  # it says nothing that the model saw
        if kind == "system" and row.subtype not in BOUNDARIES:
            return  # nor does this
        uuid = row.uuid
        if uuid.__class__ is str and kind != "system":
            if uuid in self._met:
                return
            self._met.add(uuid)
        time = row.timestamp
        if time.__class__ is str:
            self._time = time  # a row without a time stays behind the row before it
        events = self._events.get(agent)
        if events is None:
            events = self._events[agent] = []
        if row.attachment is not UNSET:
            self._attachment(events, row.attachment)
        elif kind == "user":
            self._user(events, row, agent, whole)
        elif kind == "assistant":
            self._assistant(events, row, agent, key)
        elif kind == "system":
            self._system(events, row, agent)

    def _note_response(self, events: list[Event], key: str) -> None:
        """Note that a response was made here; once where its rows follow on one another."""
        before, same, time = self._response
        if key and (key != same or self._time < time or events is not before):
            self._response = events, key, self._time
            events.append((self._time, key, 0, ""))

    def _fork(self, row: AnyRow, agent: str) -> None:
        """Note the session that a row was copied from, or whose context a subagent started with."""
        if row.type == "fork-context-ref":
            origin = row.parentSessionId
        else:
            origin = value_in(row.forkedFrom)
            if origin.__class__ is dict:
                origin = origin.get("sessionId")
        if origin.__class__ is str and origin:
            self.forks.setdefault(agent, origin)

    def _put(self, events: list[Event], label: Label, size: int, ref: str = "") -> None:
        if size > 0:
            number = self.labels.setdefault(label, len(self.labels))
            events.append((self._time, number, size, ref))

    def _attachment(self, events: list[Event], attachment: Any) -> None:
        if attachment.__class__ is dict:
            self.inventory.update(offered(attachment))
            self._put(events, *shown(attachment))

    def _user(self, events: list[Event], row: AnyRow, agent: str, whole: Whole) -> None:
        content = content_of(row.message)
        if row.isCompactSummary is True and row.toolUseResult is UNSET:
            shown = content if content is None or content.__class__ is str else _whole_content(whole)
            self._put(events, plain("summary", "summaries"), size_as_shown(shown))
        elif content.__class__ is str:
            self._words(events, row, agent, content)
        elif content.__class__ is list:
            self._user_blocks(events, row, agent, content, whole)

    def _user_blocks(self, events: list[Event], row: AnyRow, agent: str, content: list[Any], whole: Whole) -> None:
        words: str | None = None  # an editor sends one prompt as several blocks
        for place, block in enumerate(content):
            if block.__class__ is not Block:
                continue
            kind = block.type
            if kind == "tool_result":
                self._result(events, block, agent, row.toolUseResult)
            elif kind == "image":
                self._put(events, plain("image", "images"), IMAGE)
            elif kind != "text":
                self._put(events, plain("other", "other blocks"), size_as_shown(_whole_content(whole)[place]))
            elif words is None:
                words = texts_of([one for one in content if one.__class__ is Block and one.type == "text"])
                if words:
                    self._words(events, row, agent, words)

    def _words(self, events: list[Event], row: AnyRow, agent: str, text: str) -> None:
        for label, size in words_of(row, agent, text):
            self._put(events, label, size)

    def _result(self, events: list[Event], block: Block, agent: str, told: Any) -> None:
        """Take in a tool's result. `told`: what its row says of it for the screen."""
        reference, text = block.tool_use_id, block.content
        reference = self._ids.of_result(reference, agent) if reference.__class__ is str else ""
        use, deed = self._tools.get(reference, _UNKNOWN)
        written = self._written.pop(reference, None)
        if block.is_error is True:
            if written is not None:
                self._failed.add((agent, use[0], written))
            if deed is not None:
                deed[2] += 1
        else:
            if self._failed and written is not None:
                self._failed.discard((agent, use[0], written))
            if use[0] in _SPAWNS:
                spawned = told.agentId if told.__class__ in TOLD else None
                self.spawned.append(spawned if spawned.__class__ is str else "")
        if text.__class__ is list:
            images = sum(part.__class__ is ContentPart and part.type == "image" for part in text)
            self._put(events, plain("image", "images", use[0]), images * IMAGE, reference)
            text = texts_of(text)
        if text and text.__class__ is str:
            self._output(events, use, text, reference)

    def _output(self, events: list[Event], use: Use, text: str, reference: str) -> None:
        tool, source, item, same, what = use
        output = ""
        if tool == "Read":
            if item in self._edited:
                same = what = ""  # read for a recorded reason: it had changed
                self._edited.discard(item)
            size = size_of(text)
        elif len(text) < LONG_OUTPUT and text.isascii():
            size = len(text)
        else:
            data = text.encode("utf-8", "replace")
            size = len(data)
            if size >= LONG_OUTPUT:
                output = fingerprint(data)
        label = ("tool_result", source, item, same, what, "output" if output else "", output)
        events.append((self._time, self.labels.setdefault(label, len(self.labels)), size, reference))

    def _assistant(self, events: list[Event], row: AnyRow, agent: str, key: str) -> None:
        self._note_response(events, key)
        message: Any = row.message
        content: Any = content_of(message)
        if content is None or message.model == "<synthetic>" or row.isApiErrorMessage is True:
            return  # what the program says itself is not the model's
        if content.__class__ is str:
            content = [Block(type="text", text=content)]
        if content.__class__ is not list:
            return
        self._blocks(events, content, agent, key)

    def _blocks(self, events: list[Event], content: Any, agent: str, key: str) -> None:
        deed = self._deeds.get(key)
        if deed is None:
            deed = self._deeds[key] = [0] * len(Deed._fields)
        for block in content:
            if block.__class__ is not Block:
                continue
            kind = block.type
            if kind == "tool_use":
                self._tool_use(events, block, agent, key, deed)
            elif kind == "text":
                size = size_as_shown(block.text)
                deed[4] += size
                self._put(events, MODEL_TEXT, size)
            elif kind in ("thinking", "redacted_thinking"):
                size = size_as_shown(block.thinking)
                deed[5] += size or int(SIGNATURE * size_as_shown(block.signature))
                # Its text may be left out of the log, but not that there was some.
                self._put(events, THINKING if size else UNSEEN_THINKING, size or 1)

    def _tool_use(self, events: list[Event], block: Block, agent: str, key: str, deed: list[int]) -> None:
        name, reference = block.name, block.id
        name = masked_name(name)[:LONGEST_LABEL] if name.__class__ is str else "unknown"
        if reference.__class__ is str:
            reference = self._ids.of_use(reference, agent, key, "")
            if reference in self._tools:
                return  # the same block again
        given, written = input_of(block.input), compact(block.input)
        if reference.__class__ is str:
            self._tools[reference] = use_of(name, given), deed
            self._written[reference] = written
        size = 20 + size_of_input(written)
        deed[0] += 1
        deed[4] += size
        if self._failed and (agent, name, written) in self._failed:
            deed[3] += 1
        if name in _NOTED or name.startswith("mcp__"):
            self._note_use(name, given, deed)
        label = _inputs_of(name)
        events.append((self._time, self.labels.setdefault(label, len(self.labels)), size, ""))

    def _note_use(self, name: str, given: Input | None, deed: list[int]) -> None:
        """Note what a tool use says beside its size."""
        if name in _SPAWNS:
            deed[1] += 1
        elif name.startswith("mcp__"):
            self.inventory["tool_used", name] += 1
        elif given is None:
            return
        elif name == "Skill":
            self.inventory["skill_used", short(given.skill or given.command)] += 1
        else:
            self._edited.add(short(given.file_path or given.notebook_path))

    def _system(self, events: list[Event], row: AnyRow, agent: str) -> None:
        kind = row.subtype
        if kind == "compact_boundary":
            events.append((self._time, COMPACTION, 0, ""))
        elif kind == "microcompact_boundary":
            about = row.microcompactMetadata
            removed = about.get("compactedToolIds") if about.__class__ is dict else None
            if removed.__class__ is list:
                self._notes_ordinals = True
                named = (self._ids.of_result(one, agent) for one in removed if one.__class__ is str)
                events.extend((self._time, MICROCOMPACTION, 0, one) for one in named)

    def deeds(self, places: dict[str, int]) -> dict[int, tuple[int, ...]]:
        """The fields of store.Deed of each response that did anything, by its place."""
        return {places[key]: tuple(deed) for key, deed in self._deeds.items() if key in places}

    def threads(self, places: dict[str, int], chain: dict[str, Any]) -> list[Thread]:
        """Each thread's steps in the order of time. `places`: of the responses, by key; `chain`: see root_of."""
        threads: dict[str, list[Event]] = {}
        for agent, events in self._events.items():
            threads.setdefault(root_of(agent, chain), []).extend(events)
        return [
            (agent, steps_of(events, places, notes_ordinals=self._notes_ordinals)) for agent, events in threads.items()
        ]


@lru_cache(TOOLS)
def _inputs_of(name: str) -> Label:
    return plain("tool_input", "tool inputs", source_name(name))


def _whole_content(whole: Whole) -> Any:
    """Everything that a row's content says; None where it cannot be had."""
    row = whole() if whole is not None else None
    message = row.get("message") if row.__class__ is dict else None
    return message.get("content") if message.__class__ is dict else None
