"""What the doctor examines: values that are gathered elsewhere, so that the question itself stays pure.

Paths, names and numbers only. Nothing that a transcript says is in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Flag, auto
from types import MappingProxyType
from typing import NamedTuple

from tokenscope.value import Record, Value, field

NOT_THERE = "not there"


class OtherFiles(Flag):
    """What Claude Code keeps beside its transcripts, and a question may need."""

    NOTHING = 0
    PROMPTS = auto()  # the history of prompts
    LIMITS = auto()  # what it was last told of the plan's limits
    RUNNING = auto()  # which sessions run now, and where


class Prompted(NamedTuple):
    """A session in the history of prompts: when its first one came (ms since the epoch), and in which folder."""

    time: int  # ms
    project: str = ""


class UsageLimit(Value):
    """One limit in the last answer of /usage. `kind`: "session" (five hours), "week", "model" or what it is called.

    `resets`: ms since the epoch; None: not said.
    """

    kind: str
    model: str
    used_percent: float  # percent
    resets: int | None


class LastUsage(Value):
    """The last answer of /usage, as old as `fetched` (ms since the epoch)."""

    path: str
    fetched: int
    limits: tuple[UsageLimit, ...]


class Root(Value):
    """A folder that was looked in. `cleanup_days` None: not set, so that Claude Code's own default holds."""

    path: str  # the folder that holds the project folders
    chosen_by: str  # "--root", "CLAUDE_CONFIG_DIR" or "default"
    problem: str = ""  # why nothing can be read there: NOT_THERE, or what the system says
    settings: str = ""  # the settings file that decides, there or not
    settings_problem: str = ""  # why it could not be read
    cleanup_days: float | None = None


class File(Value):
    """A transcript as it was found, read or not. `modified`: ms since the epoch."""

    path: str
    session_id: str
    bytes: int
    modified: int


class Survey(Value):
    """What reading every row of every file found out, beside the responses."""

    files: Sequence[File] = ()
    unreadable: Sequence[str] = ()
    malformed: Sequence[tuple[str, int]] = ()  # path, line from 1
    versions: Mapping[int, str] = MappingProxyType({})  # of Claude Code, by message
    repeated_rows: int = 0  # further rows of one response in one file (T20)
    copied_responses: int = 0  # responses that stand in a further file (T21)


class OwnRequests(Value):
    """Requests of Claude Code's own that are known to have been made, and left no row."""

    recaps: int = 0  # that it wrote for who came back
    titles: int = 0  # that it made
    compactions: Sequence[int] = ()  # tokens that each had to read


class Terminal(Value):
    """What stdout can show."""

    is_terminal: bool = False
    columns: int = 0
    encoding: str = ""
    unicode: bool = False  # else bars and frames are drawn in ASCII
    colors: str = "none"  # none, standard, 256, truecolor, windows
    variables: dict[str, str] = field(default_factory=dict)  # those of the environment that decide about it


class Program(Value):
    """What is running. `libraries`: name to version."""

    tokenscope: str = ""
    python: str = ""
    system: str = ""
    libraries: dict[str, str] = field(default_factory=dict)


class Machine(Value):
    roots: tuple[Root, ...] = ()
    terminal: Terminal = Terminal()
    program: Program = Program()
    prompted: Mapping[str, Prompted] = MappingProxyType({})  # by session, whether there is a transcript or not
    told_limits: LastUsage | None = None
    terminals: Mapping[str, str] = MappingProxyType({})  # by session that runs now: its terminal, where that is known


class Coverage(Record):
    """What was read, and what was odd about it. Nothing is dropped without being counted here."""

    files: int = 0
    bytes: int = 0
    rows: int = 0
    malformed_rows: int = 0
    oversized_rows: int = 0
    duplicate_rows: int = 0
    undated_rows: int = 0
    anomalous_counters: int = 0
    untrusted_ids: int = 0
    repeated_ids: int = 0  # that stood for several responses in different threads
    missing_subagents: int | None = None  # spawns without a file; only known with Facet.CONTENT
    unreadable_files: int = 0
    sessions_found: int = 0
    sessions_read: int = 0
    capped: bool = False  # only the newest sessions were read
    files_found: int = 0  # also those that were not opened
    roots: tuple[str, ...] = ()
