"""What went into each thread's context, item by item with its size in bytes (T34, T35): what the ledger splits.

An item is what one row added: a prompt, a tool's result, the model's own words. Its text is let go at once;
what stays is a label, a size and the place between two responses. Sizes are of `message.content` alone:
`toolUseResult` repeats it for the screen.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

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
    as_json,
    plain,
    short,
    size_as_shown,
    size_of,
    use_of,
)
from tokenscope.ingest.rows.read import Row
from tokenscope.ingest.rows.user_text import words_of
from tokenscope.names import source_name
from tokenscope.store import COMPACTION, MICROCOMPACTION, Deed, Label

SIGNATURE = 0.7  # bytes of thinking a byte of its signature: 4 of them a token, in 200 responses that show only it
LONG_OUTPUT = 2_000  # bytes: shorter outputs are not compared with each other
SEEN = frozenset({"user", "assistant", "attachment", "system"})  # types of rows that may change a context
BOUNDARIES = ("compact_boundary", "microcompact_boundary")  # those of the program itself that do
_SPAWNS = frozenset({"Task", "Agent"})
_NOTED = _SPAWNS | {"Skill", "Edit", "Write", "MultiEdit", "NotebookEdit"}  # tools whose use says more than its size
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
        self._spawns: set[str] = set()  # by tool use id
        self._response: tuple[list[Event] | None, str, str] = None, "", ""  # noted last: where, its key, its time
        self._notes_ordinals = False  # whether anything was taken out again by its ordinal
        self.inventory: Counter[tuple[str, str]] = Counter()  # what was offered and what was used, see store.Inventory

    def add(self, row: Row, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        kind = row.get("type")
        if "forkedFrom" in row or kind == "fork-context-ref":
            self._fork(row, agent)
        if kind.__class__ is not str or kind not in SEEN:
            return  # it says nothing that the model saw, and may not be read at all
        if kind == "system" and row.get("subtype") not in BOUNDARIES:
            return  # nor does this
        uuid = row.get("uuid")
        if uuid.__class__ is str and kind != "system":
            if uuid in self._met:
                return
            self._met.add(uuid)
        time = row.get("timestamp")
        if time.__class__ is str:
            self._time = time  # a row without a time stays behind the row before it
        events = self._events.get(agent)
        if events is None:
            events = self._events[agent] = []
        if "attachment" in row:
            self._attachment(events, row["attachment"])
        elif kind == "user":
            self._user(events, row, agent)
        elif kind == "assistant":
            self._assistant(events, row, agent, key)
        elif kind == "system":
            self._system(events, row, agent)

    def add_result(self, agent: str, uuid: str, time: str, block: Row) -> bool:
        """Take in a row that is one tool's result and nothing else.

        False where the screen's copy of it is needed as well: a spawn's names its subagent.
        """
        reference = block.get("tool_use_id")
        if block.get("type") != "tool_result":
            return False
        if reference.__class__ is str and self._ids.of_result(reference, agent) in self._spawns:
            return False
        if (events := self._unmet(agent, uuid, time)) is not None:
            self._result(events, block, agent, None)
        return True

    def add_response(self, agent: str, uuid: str, time: str, key: str, blocks: list[Any]) -> None:
        """Take in a row of a response by its content."""
        if (events := self._unmet(agent, uuid, time)) is not None:
            self._note_response(events, key)
            self._blocks(events, blocks, agent, key)

    def _unmet(self, agent: str, uuid: str, time: str) -> list[Event] | None:
        """Where the items of a row belong; None where the same row came before."""
        if uuid in self._met:
            return None
        self._met.add(uuid)
        self._time = time
        events = self._events.get(agent)
        if events is None:
            events = self._events[agent] = []
        return events

    def _note_response(self, events: list[Event], key: str) -> None:
        """Note that a response was made here; once where its rows follow on one another."""
        before, same, time = self._response
        if key and (key != same or self._time < time or events is not before):
            self._response = events, key, self._time
            events.append((self._time, key, 0, ""))

    def _fork(self, row: Row, agent: str) -> None:
        """Note the session that a row was copied from, or whose context a subagent started with."""
        origin: Any = row.get("forkedFrom")
        if row.get("type") == "fork-context-ref":
            origin = row.get("parentSessionId")
        elif origin.__class__ is dict:
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

    def _user(self, events: list[Event], row: Row, agent: str) -> None:
        message: Any = row.get("message")
        content: Any = message.get("content") if message.__class__ is dict else None
        if row.get("isCompactSummary") is True and "toolUseResult" not in row:
            self._put(events, plain("summary", "summaries"), size_as_shown(content))
        elif content.__class__ is str:
            self._words(events, row, agent, content)
        elif content.__class__ is list:
            words: str | None = None  # an editor sends one prompt as several blocks
            for block in content:
                if block.__class__ is not dict:
                    continue
                kind = block.get("type")
                if kind == "tool_result":
                    self._result(events, block, agent, row.get("toolUseResult"))
                elif kind == "image":
                    self._put(events, plain("image", "images"), IMAGE)
                elif kind != "text":
                    self._put(events, plain("other", "other blocks"), size_as_shown(block))
                elif words is None:
                    words = _texts([one for one in content if one.__class__ is dict and one.get("type") == "text"])
                    if words:
                        self._words(events, row, agent, words)

    def _words(self, events: list[Event], row: Row, agent: str, text: str) -> None:
        for label, size in words_of(row, agent, text):
            self._put(events, label, size)

    def _result(self, events: list[Event], block: Row, agent: str, told: Any) -> None:
        """Take in a tool's result. `told`: what its row says of it for the screen."""
        reference, text = block.get("tool_use_id"), block.get("content")
        reference = self._ids.of_result(reference, agent) if reference.__class__ is str else ""
        use, deed = self._tools.get(reference, _UNKNOWN)
        written = self._written.pop(reference, None)
        if block.get("is_error") is True:
            if written is not None:
                self._failed.add((agent, use[0], written))
            if deed is not None:
                deed[2] += 1
        else:
            if self._failed and written is not None:
                self._failed.discard((agent, use[0], written))
            if use[0] in _SPAWNS:
                spawned = told.get("agentId") if told.__class__ is dict else None
                self.spawned.append(spawned if spawned.__class__ is str else "")
        if text.__class__ is list:
            images = sum(part.__class__ is dict and part.get("type") == "image" for part in text)
            self._put(events, plain("image", "images", use[0]), images * IMAGE, reference)
            text = _texts(text)
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

    def _assistant(self, events: list[Event], row: Row, agent: str, key: str) -> None:
        self._note_response(events, key)
        message: Any = row.get("message")
        if (
            message.__class__ is not dict
            or message.get("model") == "<synthetic>"
            or row.get("isApiErrorMessage") is True
        ):
            return  # what the program says itself is not the model's
        content: Any = message.get("content")
        if content.__class__ is str:
            content = [{"type": "text", "text": content}]
        if content.__class__ is not list:
            return
        self._blocks(events, content, agent, key)

    def _blocks(self, events: list[Event], content: Any, agent: str, key: str) -> None:
        deed = self._deeds.get(key)
        if deed is None:
            deed = self._deeds[key] = [0] * len(Deed._fields)
        for block in content:
            if block.__class__ is not dict:
                continue
            kind = block.get("type")
            if kind == "tool_use":
                self._tool_use(events, block, agent, key, deed)
            elif kind == "text":
                size = size_as_shown(block.get("text"))
                deed[4] += size
                self._put(events, MODEL_TEXT, size)
            elif kind in ("thinking", "redacted_thinking"):
                size = size_as_shown(block.get("thinking"))
                deed[5] += size or int(SIGNATURE * size_as_shown(block.get("signature")))
                # Its text may be left out of the log, but not that there was some.
                self._put(events, THINKING if size else UNSEEN_THINKING, size or 1)

    def _tool_use(self, events: list[Event], block: Row, agent: str, key: str, deed: list[int]) -> None:
        name, given, reference = block.get("name"), block.get("input"), block.get("id")
        name = name[:LONGEST_LABEL] if name.__class__ is str else "unknown"
        written = as_json(given)
        if reference.__class__ is str:
            reference = self._ids.of_use(reference, agent, key, "")
            if reference in self._tools:
                return  # the same block again
            self._tools[reference] = use_of(name, given), deed
            self._written[reference] = written
        size = 20 + (len(written) if given.__class__ is dict and given else size_as_shown(given))
        deed[0] += 1
        deed[4] += size
        if self._failed and (agent, name, written) in self._failed:
            deed[3] += 1
        if name in _NOTED or name.startswith("mcp__"):
            self._note_use(name, given, reference, deed)
        label = _inputs_of(name)
        events.append((self._time, self.labels.setdefault(label, len(self.labels)), size, ""))

    def _note_use(self, name: str, given: Any, reference: Any, deed: list[int]) -> None:
        """Note what a tool use says beside its size."""
        if name in _SPAWNS:
            deed[1] += 1
            if reference.__class__ is str:
                self._spawns.add(reference)
        elif name.startswith("mcp__"):
            self.inventory["tool_used", name] += 1
        elif given.__class__ is not dict:
            return
        elif name == "Skill":
            self.inventory["skill_used", short(given.get("skill") or given.get("command"))] += 1
        else:
            self._edited.add(short(given.get("file_path") or given.get("notebook_path")))

    def _system(self, events: list[Event], row: Row, agent: str) -> None:
        kind = row.get("subtype")
        if kind == "compact_boundary":
            events.append((self._time, COMPACTION, 0, ""))
        elif kind == "microcompact_boundary":
            about = row.get("microcompactMetadata")
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


def _texts(blocks: list[Any]) -> str:
    """The texts among some content blocks."""
    texts = (block.get("text") for block in blocks if block.__class__ is dict)
    return "\n".join(text for text in texts if text.__class__ is str)
