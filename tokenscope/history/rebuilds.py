"""The responses of each thread in the order of time, context that was written again between them (T31, T32), and what
each response did.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from tokenscope.model import Message, field_of_message, fields_of_message
from tokenscope.store import Context, Store


class ThreadResponses:
    """Requests inside a response are none of their own (T28); undated ones have no place."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._orders: dict[int, tuple[list[int], list[int]]] = {}  # by thread: its responses and their times
        self._alone: dict[int, bool] = {}  # whether it holds nothing of another thread's

    def before(self, thread: int, time: int) -> int | None:
        """The last response of a thread that had begun by then, in ms."""
        order, times = self._order(thread)
        place = bisect_right(times, time) - 1
        return order[place] if place >= 0 else None

    def after(self, thread: int, time: int | None) -> int | None:
        order, times = self._order(thread)
        place = len(order) if time is None else bisect_left(times, time)
        return order[place] if place < len(order) else None

    def _order(self, thread: int) -> tuple[list[int], list[int]]:
        """A thread's responses, copies of another's among them, and their times in ms."""
        if thread not in self._orders:
            messages = self.store.messages
            order = [index for index in self.store.in_order(self.store.threads[thread]) if not messages[index].part]
            self._orders[thread] = order, [messages[index].time or 0 for index in order]
        return self._orders[thread]

    def home(self, thread: int, time: int | None) -> int:
        """The thread in which something counts: that of the response after it."""
        if self._is_alone(thread):
            return thread
        after = self.after(thread, time)
        return thread if after is None else self.store.messages[after].thread

    def _is_alone(self, thread: int) -> bool:
        if thread not in self._alone:
            own = map(self.store.messages.__getitem__, self.store.threads[thread].messages)
            self._alone[thread] = {thread}.issuperset(map(_THREAD, own))
        return self._alone[thread]


FIVE_MINUTES, ONE_HOUR = 300_000, 3_600_000  # ms; the two lifetimes of the cache
GRACE = 10_000  # ms that the cache lives longer than its lifetime says (T60)
MODEL_SWITCH, IDLE, COPY, UNEXPLAINED = "model_switch", "idle", "copy", "unexplained"
_LOGGED_SWITCH = "model_changed"
# Logged where nothing could be compared: what is seen says more.
_INDEFINITE = frozenset({"", "previous_message_not_found", "unavailable"})

_THREAD = field_of_message("thread")
_FIELDS = fields_of_message(
    "thread",
    "time",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "ephemeral_1h_input_tokens",
    "context_tokens",
)
TOOLS_CHANGED, TOOL_LOADED = "tools_changed", "tool_loaded"
SERVER_CAME, REMOTE_CONTROL = "server_came", "remote_control"
_LOADED = ("tool_input", "tool inputs", "ToolSearch")
_CAME = ("attachment", "attachments", "mcp_instructions_delta")


class Rebuild(NamedTuple):
    """`cause`: the reason that the log gives, as it names it or as `name_changes` does; else model_switch,
    idle, copy or unexplained.
    """

    message: int  # index into Store.messages
    tokens: int
    cause: str
    gap: int  # ms since the response before


_make = partial(tuple.__new__, Rebuild)  # Rebuild._make without a call of Python's


def find_rebuilds(store: Store) -> dict[int, Rebuild]:
    """Every rebuild, by the index of its message."""
    found = {one.message: one for number in range(len(store.threads)) for one in find_rebuilds_of(store, number)}
    for index, cause in name_changes(store, [one for one in found.values() if one.cause == TOOLS_CHANGED]):
        found[index] = found[index]._replace(cause=cause)
    return found


def find_rebuilds_of(store: Store, number: int) -> list[Rebuild]:
    """Those of one thread, where a change of tools has no name yet (see name_changes)."""
    thread, found = store.threads[number], list[Rebuild]()
    compactions = [compaction.time for compaction in thread.compactions]
    messages, previous, before, cached = store.messages, None, 0, 0  # when, and how large, the response before was
    lifetime = FIVE_MINUTES
    for index in store.in_order(thread):
        message = messages[index]
        whose, time, read, written, one_hour, context = _FIELDS(message)
        is_compacted = compactions and _compacted(compactions, time)
        if written:
            lost = cached - read
            if lost > 0 and not is_compacted and whose == number and previous is not None:
                gap = time - before
                tokens = written if written < lost else lost
                found.append(_make((index, tokens, _cause(message, previous, gap, lifetime), gap)))
            lifetime = ONE_HOUR if one_hour else FIVE_MINUTES
        previous, before, cached = message, time, context
    return found


def _compacted(compactions: list[int], time: int) -> bool:
    """Whether a compaction lies before `time`; it is then done with."""
    compacted = False
    while compactions and compactions[0] <= time:
        compacted = True
        compactions.pop(0)
    return compacted


def _cause(message: Message, previous: Message, gap: int, lifetime: int) -> str:
    is_over, reason = gap > lifetime + GRACE, message.miss_reason
    if not is_over and reason not in _INDEFINITE:
        return MODEL_SWITCH if reason == _LOGGED_SWITCH else reason
    if message.model != previous.model:
        return MODEL_SWITCH
    if is_over:
        return IDLE
    return COPY if previous.thread != message.thread else reason or UNEXPLAINED


def first_writes(store: Store) -> dict[str, list[int]]:
    """Messages that had to write without anything to read, by why, and "thread_end": those nothing was read after."""
    found: dict[str, list[int]] = {"session_start": [], "subagent_start": [], "after_compaction": [], "thread_end": []}
    messages = store.messages
    for number, thread in enumerate(store.threads):
        own = [index for index in store.in_order(thread) if _THREAD(messages[index]) == number]
        if not own:
            continue
        found["subagent_start" if thread.agent_id else "session_start"].append(own[0])
        found["thread_end"].append(own[-1])
        compactions = [compaction.time for compaction in thread.compactions]
        for index in own if compactions else ():
            if _compacted(compactions, messages[index].time or 0) and index != own[0]:
                found["after_compaction"].append(index)
    return found


def name_changes(store: Store, rebuilds: Sequence[Rebuild]) -> Iterator[tuple[int, str]]:
    """Message index and cause of those rebuilds whose change of tools has a name. Loads need Facet.CONTENT."""
    if not rebuilds:
        return
    wanted = {one.message for one in rebuilds}
    threads = {store.messages[index].thread for index in wanted}
    causes: dict[int, str] = {}
    for context in store.contexts:
        if context.thread in threads:
            causes.update(_arrivals(context, wanted))
    for one in rebuilds:
        message = store.messages[one.message]
        time = message.time or 0
        if one.message not in causes and any(
            time - one.gap <= bridge <= time for bridge in store.threads[message.thread].bridges
        ):
            causes[one.message] = REMOTE_CONTROL
    yield from causes.items()


def find_response_work(store: Store) -> dict[int, tuple[int, ...]]:
    """What each response did, by message index, as the fields of ResponseWork: of a copied one the most that any file
    says (T21).
    """
    found: dict[int, tuple[int, ...]] = {}
    for messages, by_place in store.response_work:
        work = dict(zip(map(messages.__getitem__, by_place), by_place.values(), strict=True))
        for index in found.keys() & work.keys():
            work[index] = tuple(map(max, found[index], work[index]))
        found.update(work)
    return found


def _arrivals(context: Context, wanted: set[int]) -> Iterator[tuple[int, str]]:
    """Those of `wanted` before which a tool or a server arrived."""
    steps = context.steps
    for step, place in enumerate(steps.places):
        if place < 0 or context.messages[place] not in wanted:
            continue
        _, arrived = steps[step]
        labels = [context.labels[label] for label in arrived[::2]]
        if any(label[:3] == _LOADED for label in labels):
            yield context.messages[place], TOOL_LOADED
        elif any(label[:3] == _CAME for label in labels):
            yield context.messages[place], SERVER_CAME
