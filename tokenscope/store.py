"""The in-memory store: one record a `message.id`, and what it belongs to. Built by `ingest.merge`, then only read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from tokenscope.context_steps import Steps
from tokenscope.machine import Coverage, Machine, OwnRequests, Survey
from tokenscope.model import ExportedFile, InThread, Message, Stamps, ToldCost, field_of_message
from tokenscope.value import Record, field

COMPACTION, MICROCOMPACTION = -1, -2  # in the steps of a Context, in place of a response
_TIME = field_of_message("time")

# What an item is: kind, source, item, and what makes it the same as another one: a kind of recurrence and
# its label, twice; "" where there is none.
Label = tuple[str, str, str, str, str, str, str]


class Compaction(NamedTuple):
    """The context was replaced by a summary (T33)."""

    time: int  # ms since the epoch
    trigger: str  # "auto", "manual", or ""
    tokens_before: int  # as logged; 0 where it is not
    tokens_after: int


class Thread(Record):
    """The main thread of a session, or one of its subagents.

    `messages` are indices into Store.messages, copies of another thread's messages included: they are
    context here, but count where they are credited (T21). `Store.in_order` sorts them.
    """

    session_id: str
    agent_id: str  # "" for the main thread; "inline:<uuid>" for an unnamed subagent inside a main file
    messages: list[int] = field(default_factory=list)
    compactions: list[Compaction] = field(default_factory=list)
    bridges: list[int] = field(default_factory=list)  # ms: when remote control was switched on or off
    forked_from: str = ""  # the session whose context it began with, where the log says so; only with Facet.CONTENT
    order: list[int] | None = None  # what `Store.in_order` found: many parts of an answer ask for it


class Session(Record):
    """One session: a main thread and its subagents."""

    session_id: str
    project: str  # the folder it worked in, or the repository of a worktree: one spelling each (T02, T62)
    branch: str = ""
    version: str = ""
    title: str = ""
    modified: int = 0  # ms since the epoch: its newest row with Facet.TOOLS, else when a file was last written to
    continued_in: str = ""  # the session that it says it went on in
    threads: list[int] = field(default_factory=list)  # indices into Store.threads
    worktree: str = ""  # the worktree's own folder; "" where it worked in none
    team: tuple[str, str] = ("", "")  # that it is of, and which of it it is; only with Facet.TOOLS
    told: ToldCost | None = None  # what Claude Code counted; only with Facet.TOOLS
    directory: str = ""  # the working directory that it started in, as the log spells it


class Chosen(NamedTuple):
    """The one session that was asked for, where one was."""

    session_id: str
    has_folder: bool | None  # whether its working directory is still there; None: nobody looked


class Context(NamedTuple):
    """What went into one thread's context, as one file tells it. Only there with Facet.CONTENT.

    `steps`, in the order of time: (a response's place, what arrived before it), (COMPACTION, what arrived before it) or
    (MICROCOMPACTION, the ordinals of the items that it took out, from the first). What arrived is a flat list: label,
    bytes, label, bytes, …
    """

    thread: int  # index into Store.threads
    labels: list[Label]
    steps: Steps
    messages: Sequence[int]  # index into Store.messages, by place


class ResponseWork(NamedTuple):
    """What a response did beside its figures. Only there with Facet.CONTENT."""

    tool_uses: int = 0
    spawns: int = 0  # of subagents
    errors: int = 0  # tool uses that failed
    retries: int = 0  # tool uses that repeat one that had failed (T41)
    visible_bytes: int = 0  # of its text and tool inputs
    thinking_bytes: int = 0  # as logged; what is logged in secret only, estimated from the size of its signature


# What a file says that its responses did: indices into Store.messages, and the fields of ResponseWork, both by place.
FileWork = tuple[Sequence[int], dict[int, tuple[int, ...]]]


class Inventory(NamedTuple):
    """What a session had: tool_offered, tool_used (MCP), server_offered, skill_offered, skill_used, agent_offered."""

    session_id: str
    kind: str
    name: str
    times: int


class ToolUse(NamedTuple):
    """One use of a tool, once an id over all files. Only there with Facet.TOOLS, as all that follows.

    Texts are cut at 160 characters (`path` at 1,000) and untrusted. Lines are those of edits that succeeded (T44).
    """

    id: str
    thread: int  # index into Store.threads: that of `message`, else the one that logs it
    message: int | None  # index into Store.messages of the response that made it
    name: str
    what: str  # what it was used on: a path, a command, a pattern, a description
    path: str  # of a file that it reads or writes, else ""
    same: str  # equal for uses of the same tool with the same input (T41)
    time: int | None  # ms since the epoch
    ended: int | None  # when its result arrived
    outcome: str  # "ok", "error", "denied" (by the person or their rules), "interrupted", or "": no result logged
    result_bytes: int
    lines_added: int
    lines_removed: int
    created: bool  # it made a new file
    error: str  # what a failed one said


class Prompt(NamedTuple):
    """One prompt of the person, or of a program that drives Claude Code (T40, T56), once a uuid over all files."""

    session_id: str
    time: int | None  # ms since the epoch
    words: str  # the first of them; a command as "/name arguments"
    characters: int
    uuid: str
    is_persons: bool = True  # those of programs are asks too, but nobody typed them


class Operation(NamedTuple):
    """One git operation (T43): commit, push, branch …, pr_create …, or pr_link where a session was tied to one."""

    thread: int  # index into Store.threads
    time: int | None  # ms since the epoch
    name: str
    failed: bool
    detail: str  # a branch, a commit, a link, "amend", or ""
    message: int | None = None  # index into Store.messages of the response whose tool use did it, where one did


class Notice(NamedTuple):
    """Something that the log says beside the conversation. kind: "api_error" (value: the attempt), "api_message" (said
    in its stead), "limit", "credits" (beyond one), "interrupted", "left" (the session), "turn_duration" (value: ms).
    """

    thread: int  # index into Store.threads
    time: int | None  # ms since the epoch
    kind: str
    text: str
    value: int | None


class Subagent(NamedTuple):
    """A subagent, or a spawn that left no file (`thread` None: what it used is only what the spawn reported).

    Joined to its spawn by the log's own ids, else by an equal prompt (T04). What is reported is never added (T25).
    """

    session_id: str
    agent_id: str  # "" where nothing names it
    thread: int | None  # index into Store.threads
    agent_type: str
    description: str
    kind: str  # "" or, where it repeats the main thread: "compaction", "suggestion", "side question", "copied thread"
    run: str  # the workflow that it was part of, or ""
    spawns: tuple[int, ...]  # indices into Store.tool_uses: what spawned it, then what resumed it
    prompt: str  # the first words of what it was told
    prompt_key: str  # equal for equal prompts; "" without one
    background: bool
    reported_tokens: int | None  # size of its last response
    reported_tool_uses: int | None
    reported_ms: int | None


class Texts(Record):
    """What transcripts say at length, untrusted. Only there with Facet.TEXT."""

    said: dict[int, str] = field(default_factory=dict)  # by message: the model's words
    asked: dict[str, str] = field(default_factory=dict)  # by a prompt's uuid
    given: dict[str, str] = field(default_factory=dict)  # by a tool use's id: its input
    errors: dict[str, str] = field(default_factory=dict)  # by a tool use's id: what a failed one answered
    todos: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # by a tool use's id: what, its status


class Store(Record):
    """`threads` and `sessions` hold every one that was met, also those without a message of their own."""

    messages: list[Message] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    contexts: list[Context] = field(default_factory=list)
    inventory: list[Inventory] = field(default_factory=list)
    response_work: list[FileWork] = field(default_factory=list)
    stamps: dict[str, Stamps] = field(default_factory=dict)  # by a response's id
    tool_uses: list[ToolUse] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    subagents: list[Subagent] = field(default_factory=list)
    sessions_with_content: frozenset[str] | None = None  # None: contexts and response_work are those of all
    texts: Texts = field(default_factory=Texts)
    exported: list[ExportedFile] = field(default_factory=list)
    chosen: Chosen | None = None
    coverage: Coverage = field(default_factory=Coverage)
    survey: Survey = field(default_factory=Survey)  # only with Facet.FILES
    own_requests: OwnRequests = field(default_factory=OwnRequests)  # with that or Facet.TITLES
    machine: Machine = field(default_factory=Machine)  # as far as a question needs it

    def in_order(self, thread: Thread) -> list[int]:
        """A thread's messages in the order of their time, once it is complete; undated ones have no place in it."""
        if thread.order is None:
            unique = list(dict.fromkeys(thread.messages))
            times = list(map(_TIME, map(self.messages.__getitem__, unique)))
            if None in times:
                unique = [index for index, time in zip(unique, times, strict=True) if time is not None]
                times = [time for time in times if time is not None]
            if times != sorted(times):  # hardly ever
                unique = [index for _, index in sorted(zip(times, unique, strict=True), key=itemgetter(0))]
            thread.order = unique
        return thread.order

    def thread_of(self, one: InThread) -> Thread:
        return self.threads[one.thread]

    def session_of(self, one: InThread) -> Session:
        return self.sessions[self.threads[one.thread].session_id]

    def dates(self) -> tuple[int | None, int | None]:
        """The first and the last moment that any message has, in milliseconds since the epoch."""
        return dates_of(self.messages)


def dates_of(messages: Iterable[Message]) -> tuple[int | None, int | None]:
    """The first and the last moment that any of these messages has, in milliseconds since the epoch."""
    times = [time for time in map(_TIME, messages) if time is not None]
    return min(times, default=None), max(times, default=None)
