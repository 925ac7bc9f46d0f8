"""The values everything else speaks in: what a transcript says, once it has been read and counted.

Tokens are whole numbers. Times are milliseconds since 1970-01-01 UTC, or None where the log has no
readable time. Money is whole picodollars (10^-12 US dollars), so that sums are exact.

`Message` is a NamedTuple rather than a Value: a history of 10 GB holds half a million of them, which are made of
columns and taken apart into columns again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntFlag
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tokenscope.value import Value

if TYPE_CHECKING:
    from decimal import Decimal  # 2 ms to import, and the status line has no use for it

PICODOLLARS = 10**12
SEARCHED = "web_search"  # the part of a response that is a search of its WebSearch tool, whose tokens nobody logs


class Facet(IntFlag):
    """What a question needs to know of a transcript; nothing else is decoded for it."""

    USAGE = 0  # responses and their counters, sessions, threads, compactions: always read
    TITLES = 1  # titles and each session's first prompt
    CONTENT = 2  # what went into the context: every item's kind, label and size
    TOOLS = 4  # what was done: tool uses, prompts, git operations, subagents, what went wrong
    FILES = 8  # every row decoded: which are malformed, and the version of Claude Code that wrote each response
    STAMPS = 32  # what each response was made for or with: skill, agent, branch, effort …: see Stamps
    SPAWNS = 64  # of what was done only which call spawned each subagent, and of what type it is; TOOLS has it too
    TEXT = 16  # beside TOOLS: whole texts of what was asked, said, passed to tools and answered as an error
    # Parts of CONTENT and TOOLS, for what needs no more; what a part leaves out is empty.
    ITEMS = 131072  # as CONTENT, but for which results of tools are the same as others
    WORK = 128  # of what went into contexts only what each response did: see store.ResponseWork
    PROMPTS = 256  # of what was done only what people and programs asked
    CALLS = 512  # of each tool use how it went, when and how large; of skills also which
    TOUCHED = 1024  # of each tool use on a file which it was, how it went and which lines it changed
    GIT = 4096  # of what was done only git operations, and what sessions are tied to
    COUNTS = 2048  # of each tool use only which response made it
    CHANGES = 8192  # of each tool use how it went, when, and which lines it changed
    REPEATS = 16384  # of each tool use what it was used on, what makes it the same as another, how it went and when
    NOTICES = 32768  # what the log says beside the conversation
    COUNTED = 65536  # what Claude Code itself counted of each session, and the team that it is of
    EFFORTS = 262144  # of STAMPS only efforts, of responses whose rows tell one


PARTS_OF_CONTENT = Facet.ITEMS | Facet.WORK
PARTS_OF_TOOLS = (
    Facet.SPAWNS
    | Facet.PROMPTS
    | Facet.CALLS
    | Facet.TOUCHED
    | Facet.COUNTS
    | Facet.GIT
    | Facet.CHANGES
    | Facet.REPEATS
    | Facet.NOTICES
)


class Message(NamedTuple):
    """One response of the model, counted once (rules T20 to T28).

    `part` is empty for the response itself. A response may carry further requests of its own, each with
    its own model, outside its counters ("advisor_message", "compaction", "refused_attempt", SEARCHED): these are
    records of their own with `part` set, which count as tokens and dollars but not as a message.
    """

    id: str
    thread: int  # index into Store.threads
    model: str
    time: int | None  # its first row
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    cache_creation_input_tokens: int  # = 5m + 1h
    ephemeral_1h_input_tokens: int
    context_tokens: int  # prompt size of its largest single request
    web_search_requests: int
    tariff: str  # what was served: "" or a sorted comma list, see ingest.rows.counters
    is_floor: bool  # the log never got the final output figure (T27)
    miss_reason: str  # the logged reason of a cache miss, or ""
    part: str

    @property
    def prompt_tokens(self) -> int:
        """Size of the prompt: input, cache read and cache write together (T30)."""
        return self.input_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.output_tokens


class Stamps(NamedTuple):
    """What the log says that a response was made for or with; "" where it does not say (T55).

    A skill's stamp lasts to the end of the turn that used it. Only there with Facet.STAMPS, efforts also with EFFORTS.
    """

    skill: str = ""
    plugin: str = ""
    server: str = ""  # of MCP
    tool: str = ""  # of that server
    agent: str = ""
    effort: str = ""
    branch: str = ""
    entrypoint: str = ""  # how Claude Code was started: cli, sdk-cli, claude-desktop …
    version: str = ""  # of Claude Code
    tier: str = ""  # that it was served in
    person: str = ""  # only of a team's history: who made it
    machine: str = ""  # likewise: where


UNSTAMPED = Stamps()


def field_of_message(name: str) -> Callable[[Message], Any]:
    """Reads one field of a message; in a sum over many, twice as fast as by attribute."""
    return itemgetter(Message._fields.index(name))


def fields_of_message(*names: str) -> Callable[[Message], tuple[Any, ...]]:
    """Likewise for several fields at once."""
    return itemgetter(*map(Message._fields.index, names))


Sums = tuple[int, int, int, int, int]
_COUNTERS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "ephemeral_1h_input_tokens",
)
_EACH_COUNTER = tuple(map(field_of_message, _COUNTERS))
counters_of: Callable[[Message], Sums] = fields_of_message(*_COUNTERS)


def sum_counters(messages: Sequence[Message]) -> Sums:
    """Tokens of input, output, cache read, cache write, and those of the latter that are kept for an hour."""
    given, output, read, written, one_hour = (sum(map(counter, messages)) for counter in _EACH_COUNTER)
    return given, output, read, written, one_hour


class ToldModel(NamedTuple):
    """What Claude Code itself counted for one model of a session."""

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    cache_creation_input_tokens: int
    web_searches: int
    usd: float


class ToldCost(NamedTuple):
    """What Claude Code itself counted of a session, its requests without a row included (T54)."""

    time: int | None  # ms since the epoch
    usd: float
    has_unknown_model: bool  # it had no price for some model
    models: tuple[ToldModel, ...]


class Usage(Value):
    """The sum of some messages, as every report prints it. Dollars at API list price; None: no price known."""

    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0
    total_tokens: int = 0
    list_price_usd: float | None = 0.0


class ContractRates(NamedTuple):
    """Dollars per million tokens. One price for all cache writes."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal


class Contract(Value):
    """`overrides`: by model id. `multiplier`: on everything, overridden or not. `problems`: what was passed over."""

    source: str
    multiplier: Decimal
    overrides: Mapping[str, ContractRates]
    problems: tuple[str, ...] = ()


class ExportedFile(Value):
    """What a file of an export holds (`ingest.exported`), beside the figures of its responses.

    `rebuilt`: of each of its responses, by message index, what the cache had lost before it, in tokens. `asks`: the
    responses that answered a prompt, one for each prompt; None: the file has no prompts.
    """

    path: str  # as it was named
    first: int  # index into Store.messages: from there on they came from it, or from a later file
    rebuilt: dict[int, int]
    asks: tuple[int, ...] | None
    has_failures: bool  # of tool uses; then they are in Store.response_work
    is_side: bool = True  # of a comparison; else it is part of the history itself


class InThread(Protocol):
    """A response, or anything else that says in which thread it is: an index into Store.threads."""

    @property
    def thread(self) -> int: ...
