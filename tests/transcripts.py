"""Builds histories of real Claude Code JSONL, so that a test says only what it is about.

    history = History(tmp_path)
    session = history.session(cwd="/home/ada/shop")
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response("msg_1", input=3, output=40, cache_read=1000, blocks=[tool_use("toolu_1", "Read")])
    session.tool_result("toolu_1", "1→basket = []")
    root = history.write()

Rows have the keys, the key order and the repeats of the Claude Code version that is asked for: before 2.1.60
the session's facts stand before the message, since then after it. Ids are counted, and one clock runs through
the whole history: each row is written one second after the row before it, unless `at` sets the clock.

What real logs get wrong is said by overrides: `row=`, `message=` and `usage=` change or add any field, and
the value ABSENT takes one out; `raw` adds bytes as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypedDict, Unpack

Row = dict[str, Any]
Layout = Literal["nested", "sibling", "workflow", "inline", "progress"]
TitleKind = Literal["ai-title", "custom-title", "summary", "agent-name"]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"  # the same in every process, for the names of tests


ABSENT: Final = _Absent()  # as an override's value: this field is taken out
WORKFLOW: Final = "wf_0badcafe-001"
TITLE_KEYS: Final = {
    "ai-title": "aiTitle",
    "custom-title": "customTitle",
    "summary": "summary",
    "agent-name": "agentName",
}
OUTER_KEYS: Final = {  # of a row that an agent_progress row holds, these stand on the outer row only
    *("parentUuid", "isSidechain", "promptId", "agentId", "userType"),
    *("entrypoint", "cwd", "sessionId", "version", "gitBranch"),
}


class ResponseFields(TypedDict, total=False):
    """Everything that can be said of a response; what is left out gets the value in the comment."""

    at: str  # the running clock
    model: str  # the thread's
    input: int  # 1
    output: int  # 1; the final output
    cache_read: int  # 0
    cache_write: int  # the same as cache_write_1h; all of it, 5 minutes and 1 hour
    cache_write_1h: int  # 0
    blocks: Sequence[Row]  # one text a partial output
    partial_outputs: Sequence[int]  # one a row; else 1, 2, 3 …, and the final output on the last row
    stop_reason: str | None  # "tool_use" after a tool use, else "end_turn"; None makes a floor
    request_id: str | None  # counted; None leaves the key out, as gateways do
    speed: str  # "standard"
    iterations: Sequence[Row] | None  # one `message` entry
    diagnostics: Row | None  # None
    usage: Mapping[str, object]  # overrides of the usage object in every row
    message: Mapping[str, object]  # overrides of the message object in every row
    row: Mapping[str, object]  # overrides of every row


# --- a history and its files ---


class History:
    """A config folder in the making; nothing is on disk before `write`.

    Two histories count the same ids: give the second root of a test `first_id=1_000`.
    """

    def __init__(self, root: Path, *, spaced: bool = False, first_id: int = 1) -> None:
        self.root = root
        self.spaced = spaced  # `"usage": {` instead of `"usage":{`
        self.now = datetime(2026, 6, 1, 9, 59, 59, tzinfo=UTC)
        self.files: dict[Path, list[Row | bytes]] = {}
        self.last_id = first_id - 1

    def session(
        self,
        session_id: str | None = None,
        *,
        cwd: str = "/home/ada/shop",
        version: str = "2.1.177",
        model: str = "claude-opus-4-8",
        folder: str | None = None,
    ) -> Session:
        """A session's main file. `folder` is the project folder's name where it is not made from `cwd`."""
        session_id = session_id or self.uuid()
        project = self.root / "projects" / (folder or re.sub(r"[/._ ]", "-", cwd))
        return Session(
            history=self,
            lines=self.files.setdefault(project / f"{session_id}.jsonl", []),
            session_id=session_id,
            cwd=cwd,
            version=version,
            model=model,
            project=project,
        )

    def file(self, path: str, content: bytes | Sequence[Row | bytes]) -> Path:
        """Any other file, by its path inside the config folder."""
        full = self.root / path
        self.files[full] = [content] if isinstance(content, bytes) else list(content)
        return full

    def write(self) -> Path:
        """Writes every file and returns the config folder; may be called again after more rows."""
        for path, lines in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(self.encode(line) for line in lines))
        return self.root

    def encode(self, line: Row | bytes) -> bytes:
        """One line as Claude Code writes it: compact, not ASCII only, lone surrogates as escapes."""
        if isinstance(line, bytes):
            return line
        dumped = json.dumps(line, ensure_ascii=False, separators=(", ", ": ") if self.spaced else (",", ":"))
        return re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", dumped).encode() + b"\n"

    def wait(self, **duration: float) -> None:
        """Lets time pass: `wait(minutes=6)`."""
        self.now += timedelta(**duration)

    def tick(self, at: str | None = None) -> str:
        """The next row's timestamp."""
        self.now = self.now + timedelta(seconds=1) if at is None else datetime.fromisoformat(at)
        return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.now.microsecond // 1000:03}Z"

    def count(self) -> int:
        self.last_id += 1
        return self.last_id

    def uuid(self) -> str:
        number = self.count()
        return f"{number:08x}-0000-4000-8000-{number:012x}"


# --- threads ---


@dataclass(slots=True, kw_only=True, eq=False)
class Thread:
    """One conversation with the model: a session's main thread, or one subagent's."""

    history: History
    lines: list[Row | bytes]  # of the file it stands in
    session_id: str
    cwd: str
    version: str
    model: str
    agent_id: str | None = None
    is_sidechain: bool = False
    leaf: str | None = None  # uuid of the last row
    prompt_id: str = ""
    tool_rows: dict[str, str] = field(default_factory=dict)  # tool use id -> uuid of its row

    @property
    def rows(self) -> list[Row]:
        """The file's rows so far."""
        return [line for line in self.lines if not isinstance(line, bytes)]

    def prompt(
        self, words: str | Sequence[Row], *, at: str | None = None, row: Mapping[str, object] | None = None
    ) -> str:
        """A user row; returns its uuid. With `row={"isMeta": True}` it is not a person's."""
        self.prompt_id = self.history.uuid()
        content = words if isinstance(words, str) else list(words)
        tail = {} if self.is_sidechain or not self.since(2, 1, 60) else {"permissionMode": "default"}
        return self.user(content, tail, at=at, row=row)

    def response(self, message_id: str | None = None, **fields: Unpack[ResponseFields]) -> str:
        """A response, one row a content block; returns its message id."""
        message_id = message_id or f"msg_01{self.history.count():022d}"
        blocks, outputs = blocks_and_outputs(fields)
        stops_for = "tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn"
        request_id = fields.get("request_id", f"req_01{self.history.count():022d}")
        at = fields.get("at")
        for block, output in zip(blocks, outputs, strict=True):
            stop_reason = fields.get("stop_reason", stops_for) if output == max(outputs) else None
            message = self.message(message_id, block, output, stop_reason, fields)
            body: Row = {"message": message}
            if request_id is not None:
                body["requestId"] = request_id
            uuid = self.add({**body, "type": "assistant"}, at=at, row=fields.get("row"))
            if block["type"] == "tool_use":
                self.tool_rows[block["id"]] = uuid
            at = None
        return message_id

    def tool_result(
        self,
        tool_use_id: str,
        content: str | Sequence[Row] = "",
        *,
        is_error: bool = False,
        tool_use_result: Row | str | None = None,
        at: str | None = None,
        row: Mapping[str, object] | None = None,
    ) -> str:
        """The answer to a tool use: the model sees `content`, the screen shows `tool_use_result`."""
        block: Row = {
            "tool_use_id": tool_use_id,
            "type": "tool_result",
            "content": content if isinstance(content, str) else list(content),
        }
        if is_error:
            block["is_error"] = True
            tool_use_result = tool_use_result or f"Error: {content}"
        tail: Row = {} if tool_use_result is None else {"toolUseResult": tool_use_result}
        asked_in = self.tool_rows.get(tool_use_id)
        if asked_in and self.since(2, 1, 30):
            tail["sourceToolAssistantUUID"] = asked_in
        self.leaf = asked_in or self.leaf
        return self.user([block], tail, at=at, row=row)

    def api_error(self, words: str, *, at: str | None = None, row: Mapping[str, object] | None = None) -> str:
        """A synthetic row that tells of a limit or an error (T26)."""
        zeros = dict.fromkeys(("input_tokens", "output_tokens"), 0)
        caches = dict.fromkeys(("cache_creation_input_tokens", "cache_read_input_tokens"), 0)
        message = {
            "id": self.history.uuid(),
            "container": None,
            "model": "<synthetic>",
            "role": "assistant",
            "stop_reason": "stop_sequence",
            "stop_sequence": "",
            "type": "message",
            "usage": {**zeros, **caches, "service_tier": None},
            "content": [text(words)],
        }
        return self.add({"type": "assistant", "message": message}, {"isApiErrorMessage": True}, at=at, row=row)

    def compaction(
        self,
        *,
        trigger: str = "auto",
        pre_tokens: int = 150_000,
        post_tokens: int | None = None,
        summary: str = "This session is being continued from a previous conversation.",
        at: str | None = None,
    ) -> None:
        """A boundary row and the summary that the thread goes on with."""
        metadata = {"trigger": trigger, "preTokens": pre_tokens}
        if post_tokens is not None:
            metadata["postTokens"] = post_tokens
        words = {"content": "Conversation compacted", "isMeta": False}
        self.add(
            {"type": "system", "subtype": "compact_boundary", **words},
            {"level": "info", "compactMetadata": metadata},
            at=at,
        )
        self.user(summary, {"isVisibleInTranscriptOnly": True, "isCompactSummary": True})

    def system(self, subtype: str, *, at: str | None = None, **fields: object) -> str:
        """A system row: turn_duration, api_error, microcompact_boundary … with its own fields."""
        return self.add({"type": "system", "subtype": subtype, **fields}, at=at)

    def attachment(self, kind: str, *, at: str | None = None, **fields: object) -> str:
        """An attachment row: hook_success, file, skill_listing … with the attachment's own fields."""
        return self.add({"attachment": {"type": kind, **fields}, "type": "attachment"}, at=at)

    def append(self, row: Row) -> None:
        """A row as given, outside the thread: queue-operation, mode, file-history-snapshot …"""
        self.lines.append(row)

    def raw(self, content: bytes) -> None:
        """Bytes as they are: torn rows, padding, line ends."""
        self.lines.append(content)

    def user(
        self,
        content: object,
        tail: Row,
        *,
        at: str | None = None,
        row: Mapping[str, object] | None = None,
    ) -> str:
        return self.add({"type": "user", "message": {"role": "user", "content": content}}, tail, at=at, row=row)

    def add(
        self,
        body: Row,
        tail: Row | None = None,
        *,
        at: str | None = None,
        row: Mapping[str, object] | None = None,
    ) -> str:
        """Puts a row together in its version's key order, chains it to the last one, returns its uuid."""
        uuid = self.history.uuid()
        stamps: Row = {"uuid": uuid, "timestamp": self.history.tick(at)}
        if body["type"] == "system":
            stamps = dict(reversed(stamps.items()))
        links: Row = {"parentUuid": self.leaf}
        if body.get("subtype") == "compact_boundary":
            links = {"parentUuid": None, "logicalParentUuid": self.leaf}
        links["isSidechain"] = self.is_sidechain
        agent = {} if self.agent_id is None else {"agentId": self.agent_id}
        if self.since(2, 1, 60):
            prompt = {"promptId": self.prompt_id} if body["type"] == "user" else {}
            built = links | prompt | agent | body | stamps | (tail or {}) | self.facts()
        else:
            built = links | self.facts() | agent | body | stamps | (tail or {})
        built = overridden(built, row)
        self.leaf = built.get("uuid", self.leaf)
        self.keep(built)
        return uuid

    def keep(self, row: Row) -> None:
        self.lines.append(row)

    def facts(self) -> Row:
        """What every row repeats of its session."""
        facts: Row = {"userType": "external"}
        if self.since(2, 1, 80):
            facts["entrypoint"] = "cli"
        facts |= {"cwd": self.cwd, "sessionId": self.session_id, "version": self.version}
        if self.since(1, 0, 50):
            facts["gitBranch"] = "main"
        return facts

    def message(self, message_id: str, block: Row, output: int, stop_reason: str | None, fields: ResponseFields) -> Row:
        """The message object of one row of a response."""
        identity: Row = {"id": message_id, "type": "message", "role": "assistant"}
        model: Row = {"model": fields.get("model", self.model)}
        stop: Row = {"stop_reason": stop_reason, "stop_sequence": None}
        if self.since(2, 1, 60):
            stop["stop_details"] = None
        message = model | identity if self.since(2, 0, 0) else identity | model
        message |= {"content": [block], **stop, "usage": self.usage(output, stop_reason, fields)}
        if self.since(2, 1, 60) or "diagnostics" in fields:
            message["diagnostics"] = fields.get("diagnostics")
        return overridden(message, fields.get("message"))

    def usage(self, output: int, stop_reason: str | None, fields: ResponseFields) -> Row:
        """The usage object of one row: the long form stands on finished rows of newer versions only."""
        long = fields.get("cache_write_1h", 0)
        write = fields.get("cache_write", long)
        lifetimes = {"ephemeral_5m_input_tokens": write - long, "ephemeral_1h_input_tokens": long}
        prompt = {
            "input_tokens": fields.get("input", 1),
            "cache_creation_input_tokens": write,
            "cache_read_input_tokens": fields.get("cache_read", 0),
        }
        split = {"cache_creation": lifetimes} if self.since(1, 0, 50) or long else {}
        geo = {"inference_geo": "not_available"} if self.since(2, 1, 30) else {}
        tier = {"service_tier": "standard"}
        usage: Row = {**prompt, **split, "output_tokens": output, **tier, **geo}
        if self.since(2, 1, 60) and stop_reason is not None:
            searches = {"server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0}}
            entry = {**prompt, "output_tokens": output, **split, "type": "message"}
            usage = {**prompt, "output_tokens": output, **searches, **tier, **split, **geo}
            usage |= {"iterations": [entry], "speed": "standard"}
        if "iterations" in fields:
            usage["iterations"] = deepcopy(fields["iterations"])
        if "speed" in fields:
            usage["speed"] = fields["speed"]
        return overridden(usage, fields.get("usage"))

    def since(self, *version: int) -> bool:
        """Whether the thread's Claude Code is of this version or newer."""
        return tuple(int(part) for part in self.version.split(".")) >= version


@dataclass(slots=True, kw_only=True, eq=False)
class Session(Thread):
    """A session's main file, with the subagents and copies it has."""

    project: Path

    def title(self, words: str, kind: TitleKind = "ai-title") -> None:
        of: Row = {"leafUuid": self.leaf} if kind == "summary" else {"sessionId": self.session_id}
        self.append({"type": kind, TITLE_KEYS[kind]: words, **of})

    def progress_agent(
        self,
        agent_id: str,
        row: Row,
        *,
        at: str | None = None,
        tool_use_id: str = "toolu_agent",
        outer: Mapping[str, object] | None = None,
    ) -> str:
        """An `agent_progress` row that holds a subagent's row again; `outer` overrides the row around it."""
        inner = {key: deepcopy(value) for key, value in row.items() if key not in OUTER_KEYS}
        data = {"message": inner, "type": "agent_progress", "prompt": "", "agentId": agent_id}
        asked = {"toolUseID": f"agent_{agent_id}", "parentToolUseID": tool_use_id}
        return self.add({"type": "progress", "data": data, **asked}, at=at, row=outer)

    def subagent(
        self,
        agent_id: str | None = None,
        *,
        layout: Layout = "nested",
        agent_type: str | None = None,
        description: str | None = None,
        tool_use_id: str | None = None,
        forked: bool = False,
    ) -> Thread:
        """A subagent's thread: in a file of its own, inline in the main file, or only as progress rows.

        Inline rows have an `agentId` only if one is given here, other layouts always. A sidecar is written
        beside nested and workflow files if there is something to say in it. `forked`: it begins with the context of
        the main thread, and its file with a reference to it.
        """
        if agent_id is None and layout != "inline":
            agent_id = f"a{self.history.count():016x}"
        path = self.subagent_path(agent_id, layout)
        sidecar = {"agentType": agent_type, "description": description, "toolUseId": tool_use_id}
        told = {key: value for key, value in sidecar.items() if value is not None}
        if told and layout in ("nested", "workflow"):
            self.history.files[path.with_suffix(".meta.json")] = [self.history.encode(told).rstrip()]
        if layout == "workflow":
            started = {"type": "started", "agentId": agent_id}
            self.history.files.setdefault(path.with_name("journal.jsonl"), []).append(started)
        kind = ProgressThread if layout == "progress" else Subagent
        is_inside = layout in ("inline", "progress")
        lines = self.lines if is_inside else self.history.files.setdefault(path, [])
        if forked:
            origin = {"parentSessionId": self.session_id, "parentLastUuid": self.leaf}
            lines.append({"type": "fork-context-ref", "agentId": agent_id, **origin, "contextLength": len(self.rows)})
        return kind(
            history=self.history,
            lines=lines,
            session_id=self.session_id,
            cwd=self.cwd,
            version=self.version,
            model=self.model,
            agent_id=agent_id,
            is_sidechain=True,
            session=self,
        )

    def subagent_path(self, agent_id: str | None, layout: Layout) -> Path:
        folder = self.project
        if layout != "sibling":
            folder = folder / self.session_id / "subagents"
        if layout == "workflow":
            folder = folder / "workflows" / WORKFLOW
        return folder / f"agent-{agent_id}.jsonl"

    def fork(
        self,
        session_id: str | None = None,
        *,
        upto: int | None = None,
        rewrite_session_id: bool = True,
        cwd: str | None = None,
        marked: bool = False,
    ) -> Session:
        """Another session that starts with a copy of this file's first lines (all of them by default).

        It stands in the same project folder, unless it is given a `cwd` of its own. `marked`: each copied row says
        where it comes from, as it does since 2.1.120.
        """
        folder = None if cwd else self.project.name
        copy = self.history.session(
            session_id, cwd=cwd or self.cwd, version=self.version, model=self.model, folder=folder
        )
        copy.prompt_id, copy.tool_rows = self.prompt_id, dict(self.tool_rows)
        copy.lines.extend(deepcopy(self.lines[:upto]))
        for row in copy.rows:
            copy.leaf = row.get("uuid", copy.leaf)
            if rewrite_session_id and "sessionId" in row:
                row["sessionId"] = copy.session_id
            if marked and "uuid" in row:
                row["forkedFrom"] = {"sessionId": self.session_id, "messageUuid": row["uuid"]}
        return copy


@dataclass(slots=True, kw_only=True, eq=False)
class Subagent(Thread):
    """A subagent whose rows stand in a file of its own, or inline in the main file."""

    session: Session


class ProgressThread(Subagent):
    """A subagent whose file is gone: the main file's progress rows are all there is."""

    def keep(self, row: Row) -> None:
        self.session.progress_agent(str(self.agent_id), row, at=self.history.now.isoformat())


# --- content blocks ---


def text(words: str) -> Row:
    return {"type": "text", "text": words}


def thinking(words: str = "") -> Row:
    """Newer versions log an empty text and a signature."""
    return {"type": "thinking", "thinking": words, "signature": "c2lnbmF0dXJl"}


def tool_use(tool_use_id: str, name: str, tool_input: Mapping[str, object] | None = None) -> Row:
    return {"type": "tool_use", "id": tool_use_id, "name": name, "input": dict(tool_input or {})}


def image(data: str = "iVBORw0KGgo=") -> Row:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


# --- what the screen shows of a tool's result ---


def bash_result(stdout: str, stderr: str = "") -> Row:
    return {"stdout": stdout, "stderr": stderr, "interrupted": False, "isImage": False}


def edit_result(path: str, old: str, new: str) -> Row:
    """An Edit whose patch replaces all old lines by all new ones."""
    removed, added = old.split("\n"), new.split("\n")
    hunk: Row = {"oldStart": 1, "oldLines": len(removed), "newStart": 1, "newLines": len(added)}
    hunk["lines"] = [f"-{line}" for line in removed] + [f"+{line}" for line in added]
    strings = {"filePath": path, "oldString": old, "newString": new, "originalFile": old}
    return {**strings, "structuredPatch": [hunk], "userModified": False, "replaceAll": False}


def create_result(path: str, content: str) -> Row:
    """A Write that made the file: its patch is empty."""
    return {
        "type": "create",
        "filePath": path,
        "content": content,
        "structuredPatch": [],
        "originalFile": None,
    }


def agent_result(agent_id: str, *, total_tokens: int = 0, tool_uses: int = 0, usage: Row | None = None) -> Row:
    """A Task's or an Agent's: `total_tokens` is the size of the subagent's last response (T25)."""
    done = {"status": "completed", "prompt": "", "agentId": agent_id, "content": [text("Done.")]}
    size = {"totalDurationMs": 1000, "totalTokens": total_tokens, "totalToolUseCount": tool_uses}
    return {**done, **size, "usage": usage or {"input_tokens": total_tokens, "output_tokens": 0}}


# --- parts of a response ---


def iteration(kind: str, *, model: str | None = None, input: int = 0, output: int = 0, **more: object) -> Row:
    """One entry of `usage.iterations`; `more` are further keys of its usage."""
    caches = dict.fromkeys(("cache_read_input_tokens", "cache_creation_input_tokens"), 0)
    entry: Row = {"input_tokens": input, "output_tokens": output, **caches, **more, "type": kind}
    return entry if model is None else {**entry, "model": model}


def blocks_and_outputs(fields: ResponseFields) -> tuple[list[Row], list[int]]:
    """The content block and the output figure of each row of a response."""
    blocks = list(fields.get("blocks", [text("Done.")]))
    if "partial_outputs" not in fields:
        final = fields.get("output", 1)
        return blocks, [*(min(number, final) for number in range(1, len(blocks))), final]
    outputs = list(fields["partial_outputs"])
    if "blocks" not in fields:
        blocks = [text(f"Part {number}.") for number in range(1, len(outputs) + 1)]
    if len(blocks) != len(outputs) or fields.get("output", max(outputs)) != max(outputs):
        raise ValueError("partial_outputs: one a block, the largest is the final output")
    return blocks, outputs


def overridden(fields: Row, overrides: Mapping[str, object] | None) -> Row:
    """The fields with the overrides in place, without those that are ABSENT."""
    merged = {**fields, **(overrides or {})}
    return {key: value for key, value in merged.items() if value is not ABSENT}
