"""What went into each thread's context, item by item with its size in bytes (T34, T35): what the ledger splits.

An item is what one row added: a prompt, a tool's result, the model's own words. Its text is let go at once;
what stays is a label, a size and the place between two responses. Sizes are of `message.content` alone:
`toolUseResult` repeats it for the screen.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from tokenscope.context_steps import Packed
from tokenscope.ingest.extract.arrivals import Event, threads_of
from tokenscope.ingest.extract.tool_items import Counts, ToolItems
from tokenscope.ingest.rows.labels import (
    IMAGE,
    MODEL_TEXT,
    THINKING,
    UNSEEN_THINKING,
    offered,
    plain,
    shown,
    size_as_shown,
    words_of,
)
from tokenscope.ingest.rows.lenient import PresentRow, texts_of, value_in
from tokenscope.ingest.rows.schema import NOTHING, Block, ContentMessage, DoneRow
from tokenscope.store import COMPACTION, MICROCOMPACTION, Label, ResponseWork

SIGNATURE = 0.7  # bytes of thinking a byte of its signature: 4 of them a token, in 200 responses that show only it
BOUNDARIES = ("compact_boundary", "microcompact_boundary")  # rows of the program itself that change a context
WORK = len(ResponseWork._fields)


class Content:
    """Collects the items of one file, thread by thread.

    `present`: the row that `add` is given, for odd blocks; `compares`: whether it is asked which results are alike.
    """

    def __init__(self, present: PresentRow, *, compares: bool = True) -> None:
        self._present = present
        self.labels: dict[Label, int] = {}
        self._events: dict[str, list[Event]] = {}
        self._time = ""
        self._met: set[str] = set()
        self._tools = ToolItems(self.labels, compares=compares)
        self._done: dict[str, Counts] = {}  # what each response did, by its key
        self.forks: dict[str, str] = {}  # by agent: the session that it was forked from
        self._response: tuple[list[Event] | None, str, str] = None, "", ""  # noted last: where, its key, its time
        self._notes_ordinals = False  # whether anything was taken out again by its ordinal
        self.inventory = self._tools.inventory
        self.spawned = self._tools.spawned

    def add(self, row: DoneRow, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        kind = row.type
        if row.forkedFrom is not NOTHING or kind == "fork-context-ref":
            self._fork(row, agent)
        if kind == "assistant" or kind == "user" or kind == "attachment":  # noqa: PLR1714 - it may be anything
            uuid = row.uuid
            if uuid.__class__ is str:
                if uuid in self._met:
                    return
                self._met.add(uuid)
        elif kind != "system" or row.subtype not in BOUNDARIES:
            return  # it says nothing that the model saw
        time = row.timestamp
        if time.__class__ is str:
            self._time = time  # a row without a time stays behind the row before it
        events = self._events.get(agent)
        if events is None:
            events = self._events[agent] = []
        if row.attachment is not UNSET:
            self._attachment(events, row.attachment)
        elif kind == "assistant":
            self._assistant(events, row, agent, key)
        elif kind == "user":
            self._user(events, row, agent)
        elif kind == "system":
            self._system(events, row, agent)

    def _fork(self, row: DoneRow, agent: str) -> None:
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

    def _user(self, events: list[Event], row: DoneRow, agent: str) -> None:
        message = row.message
        content = message.content if message.__class__ is ContentMessage else None
        if row.isCompactSummary is True and row.toolUseResult is UNSET:
            shown = content if content is None or content.__class__ is str else self._whole_content()
            self._put(events, plain("summary", "summaries"), size_as_shown(shown))
        elif content.__class__ is str:
            self._words(events, row, agent, content)
        elif content.__class__ is list:
            self._user_blocks(events, row, agent, content)

    def _user_blocks(self, events: list[Event], row: DoneRow, agent: str, content: list[Any]) -> None:
        words: str | None = None  # an editor sends one prompt as several blocks
        for place, block in enumerate(content):
            if block.__class__ is not Block:
                continue
            kind = block.type
            if kind == "tool_result":
                for number, size, reference in self._tools.result(block, agent, row.toolUseResult):
                    events.append((self._time, number, size, reference))
            elif kind == "image":
                self._put(events, plain("image", "images"), IMAGE)
            elif kind != "text":
                self._put(events, plain("other", "other blocks"), size_as_shown(self._whole_content()[place]))
            elif words is None:
                words = texts_of([one for one in content if one.__class__ is Block and one.type == "text"])
                if words:
                    self._words(events, row, agent, words)

    def _whole_content(self) -> Any:
        """Everything that the present row's content says; None where it cannot be had."""
        row = self._present.whole()
        message = row.get("message") if row.__class__ is dict else None
        return message.get("content") if message.__class__ is dict else None

    def _words(self, events: list[Event], row: DoneRow, agent: str, text: str) -> None:
        for label, size in words_of(row, agent, text):
            self._put(events, label, size)

    def _assistant(self, events: list[Event], row: DoneRow, agent: str, key: str) -> None:
        time = self._time
        before, same, noted = self._response
        # A response is noted once where its rows follow on one another.
        if key and (key != same or time < noted or events is not before):
            self._response = events, key, time
            events.append((time, key, 0, ""))
        message: Any = row.message
        content: Any = message.content if message.__class__ is ContentMessage else None
        if content is None or message.model == "<synthetic>" or row.isApiErrorMessage is True:
            return  # what the program says itself is not the model's
        if content.__class__ is str:
            content = [Block(type="text", text=content)]
        if content.__class__ is list:
            self._blocks(events, content, agent, key)

    def _blocks(self, events: list[Event], content: list[Any], agent: str, key: str) -> None:
        time, labels = self._time, self.labels
        counts = self._done.get(key)
        if counts is None:
            counts = self._done[key] = [0] * WORK
        for block in content:
            if block.__class__ is not Block:
                continue
            kind = block.type
            if kind == "tool_use":
                if used := self._tools.use(block, agent, key, counts):
                    events.append((time, *used, ""))
            elif kind == "text":
                text = block.text
                size = len(text) if text.__class__ is str and text.isascii() else size_as_shown(text)
                if size:
                    counts[4] += size
                    events.append((time, labels.setdefault(MODEL_TEXT, len(labels)), size, ""))
            elif kind == "thinking" or kind == "redacted_thinking":  # noqa: PLR1714 - it may be anything
                size = size_as_shown(block.thinking)
                counts[5] += size or int(SIGNATURE * size_as_shown(block.signature))
                # Its text may be left out of the log, but not that there was some.
                label = THINKING if size else UNSEEN_THINKING
                events.append((time, labels.setdefault(label, len(labels)), size or 1, ""))

    def _system(self, events: list[Event], row: DoneRow, agent: str) -> None:
        kind = row.subtype
        if kind == "compact_boundary":
            events.append((self._time, COMPACTION, 0, ""))
        elif kind == "microcompact_boundary":
            about = row.microcompactMetadata
            removed = about.get("compactedToolIds") if about.__class__ is dict else None
            if removed.__class__ is list:
                self._notes_ordinals = True
                named = (self._tools.ids.of_result(one, agent) for one in removed if one.__class__ is str)
                events.extend((self._time, MICROCOMPACTION, 0, one) for one in named)

    def done(self, places: dict[str, int]) -> dict[int, tuple[int, ...]]:
        """The fields of store.ResponseWork of each response that did anything, by its place."""
        return {places[key]: tuple(counts) for key, counts in self._done.items() if key in places}

    def threads(self, places: dict[str, int], chain: dict[str, Any]) -> list[tuple[str, Packed]]:
        """Each thread's steps. `places`: of the responses, by key; `chain`: see root_of."""
        return threads_of(self._events, places, chain, notes_ordinals=self._notes_ordinals)
