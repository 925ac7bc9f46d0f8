"""The format of a transcript's rows, as types: what is read of them (what few ask for: stamps.py, status_rows.py).

A decoder goes over a row once and makes of it what its type names; everything else is passed over. There is one type
a need: `FiguresRow` for questions about usage, `ContentRow` for what went into contexts, `ToolsRow` for what was done.
The fields may stand in any order, with any spacing; where a key stands twice, the last one counts (T12).

Transcripts are not trusted: a field may hold anything. So each is typed as what is expected of it *or* anything else,
and the code that reads it asks which it is. Only what is no JSON object is refused.
"""
# ruff: noqa: N815 - the names are those of the format, since they are its keys

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder

from tokenscope.model import PARTS_OF_CONTENT, PARTS_OF_TOOLS, Facet

Simple = str | int | float | bool | None  # a value of JSON's that holds no others
Unread = Simple | list[Raw]  # what may stand in place of an object
NOTHING = Raw(b"")  # where a field is not there of which only the bytes are kept

# ------------------------------------------------------------------------------------------------- usage


class Skipped(Struct, gc=False):
    """An object in whose place something else is expected."""


class CacheCreation(Struct, gc=False):
    ephemeral_5m_input_tokens: Any = 0
    ephemeral_1h_input_tokens: Any = 0


class ServerToolUse(Struct, gc=False):
    web_search_requests: Any = 0


class LoggedUsage(Struct, gc=False):
    """Also each of its iterations, which have a type and a model."""

    input_tokens: Any = None
    output_tokens: Any = None
    cache_read_input_tokens: Any = None
    cache_creation_input_tokens: Any = None
    cache_creation: CacheCreation | Unread = None
    server_tool_use: ServerToolUse | Unread = None
    service_tier: Any = None
    speed: Any = None
    inference_geo: Any = None
    iterations: list[LoggedUsage | Unread] | Simple | Skipped = None
    type: Any = None
    model: Any = None


# ----------------------------------------------------------------------------------------------- content


class ContentPart(Struct, gc=False):
    """Of a tool's result."""

    type: Any = None
    text: Any = None


class Block(Struct, gc=False):
    """Of a message's content: text, thinking, an image, a tool use or a tool's result."""

    type: Any = None
    text: Any = None
    thinking: Any = None
    signature: Any = None
    id: Any = None
    name: Any = None
    input: Raw = NOTHING
    tool_use_id: Any = None
    content: list[ContentPart | Unread] | Simple | Skipped = None
    is_error: Any = None


Content = list[Block | Unread] | Simple | Skipped


class LoggedMessage(Struct, gc=False):
    """`content`: its bytes, for who wants them after all."""

    model: Any = None
    id: Any = None
    content: Raw = NOTHING
    stop_reason: Any = None
    usage: LoggedUsage | Unread = None
    diagnostics: Any = None


class ContentMessage(Struct, gc=False):
    model: Any = None
    id: Any = None
    content: Content = None
    stop_reason: Any = None
    usage: LoggedUsage | Unread = None
    diagnostics: Any = None


# ---------------------------------------------------------------------------- what a result tells the screen


class Told(Struct, gc=False):
    """What every question needs of it: a spawn's subagent, and how often a search tool searched."""

    agentId: Any = None
    searchCount: Any = UNSET


class Hunk(Struct, gc=False):
    lines: list[object] | Simple | Skipped = None


class Task(Struct, gc=False):
    id: Any = None


class Result(Told, gc=False):
    agentType: Any = None
    totalTokens: Any = None
    totalToolUseCount: Any = None
    totalDurationMs: Any = None
    isAsync: Any = None
    backgroundTaskId: Any = None
    interrupted: Any = None
    type: Any = None
    content: Raw = NOTHING
    gitOperation: Any = None
    structuredPatch: list[Hunk | Unread] | Simple | Skipped = None
    task: Task | Unread = None


# -------------------------------------------------------------------------------------------------- rows


class Fields(Struct, gc=False):
    """What is read of a row whatever is asked. In the order of most files, which is found soonest."""

    parentUuid: Any = None
    isSidechain: Any = None
    cwd: Any = None
    sessionId: Any = None
    version: Any = None
    gitBranch: Any = None
    agentId: Any = None
    type: Any = None
    uuid: Any = None
    timestamp: Any = None
    subtype: Any = None
    isMeta: Any = None
    isCompactSummary: Any = None
    isApiErrorMessage: Any = None
    compactMetadata: Any = None
    leafUuid: Any = None
    summary: Any = None
    customTitle: Any = None
    aiTitle: Any = None
    agentName: Any = None
    continuedInSessionId: Any = None
    origin: Any = None
    promptSource: Any = None
    entrypoint: Any = None
    worktreeSession: Any = None


class DoneFields(Fields, gc=False):
    """What is read of it besides where what went into contexts, or what was done, is asked for."""

    error: Any = None
    forkedFrom: Raw = NOTHING
    parentSessionId: Any = None
    microcompactMetadata: Any = None
    retryAttempt: Any = None
    durationMs: Any = None
    prUrl: Any = None
    teamName: Any = None


class Progress(Struct, gc=False):
    """In a progress row: of a subagent, which has its row as `message` (T24)."""

    type: Any = None
    agentId: Any = None
    message: Any = None


class FiguresRow(Fields, gc=False):
    message: LoggedMessage | Unread = None
    attachment: Raw | UnsetType = UNSET
    toolUseResult: Told | Unread | UnsetType = UNSET
    data: FiguresProgress | Unread = None


class FiguresProgress(Progress, gc=False):
    message: FiguresRow | Unread = None


class ContentRow(DoneFields, gc=False):
    message: ContentMessage | Unread = None
    attachment: dict[str, Any] | list[Raw] | Simple | UnsetType = UNSET
    toolUseResult: Told | Unread | UnsetType = UNSET
    data: ContentProgress | Unread = None


class ContentProgress(Progress, gc=False):
    message: ContentRow | Unread = None


class ToolsRow(DoneFields, gc=False):
    content: Any = None  # of a system row
    message: ContentMessage | Unread = None
    attachment: dict[str, Any] | list[Raw] | Simple | UnsetType = UNSET
    toolUseResult: Result | Unread | UnsetType = UNSET
    data: ToolsProgress | Unread = None


class ToolsAloneRow(ToolsRow, gc=False):
    attachment: Raw | UnsetType = UNSET  # type: ignore[assignment] # nobody asks what it is


class ToolsProgress(Progress, gc=False):
    message: ToolsRow | Unread = None


DoneRow = ContentRow | ToolsRow
AnyRow = FiguresRow | DoneRow
MESSAGES = (LoggedMessage, ContentMessage)
TOLD = (Told, Result)


def row_type(facets: Facet) -> type[AnyRow]:
    """What has as much of a row as is needed."""
    said = Facet.CONTENT | PARTS_OF_CONTENT | Facet.PROMPTS | Facet.COUNTS  # nothing that the screen is told
    whole = facets & (Facet.TOOLS | Facet.COUNTED | PARTS_OF_TOOLS) & ~said
    tools = ToolsRow if facets & (Facet.CONTENT | Facet.ITEMS) else ToolsAloneRow
    return tools if whole else ContentRow if facets & said else FiguresRow


@cache
def decoder_of(facets: Facet) -> Decoder[AnyRow]:
    """Decodes that."""
    return Decoder(row_type(facets))
