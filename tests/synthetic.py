"""A made-up history of any size whose totals are known: for tests of the whole program and for benchmarks.

The shape is that of real histories: sizes of rows and files, shares of bytes by type, layouts of subagent
files, copies, gateways and damage. The truth is written down as the figures are decided, never by reading
files back. The same folder size and seed give the same bytes, whatever the number of processes.

    python -m tests.synthetic FOLDER --mb 100      # FOLDER/projects and FOLDER/truth.json
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import os
import random
import re
import string
import time
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson

MEGABYTE = 1_000_000
SECOND = 1000
DAY = 86_400 * SECOND
END = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * SECOND  # no row is later
SPAN_DAYS = 90
BYTES_A_TOKEN = 2.9

# Shares of a history's bytes that are kept up as it is written; user and assistant rows are the rest.
SHARES = {"progress": 0.081, "attachment": 0.023, "file-history-snapshot": 0.0065, "system": 0.0033}
USER_SHARE = 0.754  # of the bytes of user and assistant rows together

# ---------------------------------------------------------------------------------------------- the truth


@dataclass(slots=True)
class Figures:
    """Tokens of one response, or of many. The names are those of the JSON contract."""

    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0
    total_tokens: int = 0

    def add(self, other: Figures) -> None:
        for name in FIGURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


FIGURES = tuple(one.name for one in fields(Figures))


def table() -> defaultdict[str, Figures]:
    return defaultdict(Figures)


@dataclass(slots=True)
class Truth:
    """What a right reader finds. Days are UTC; a main thread's agent is "", an inline one's is "inline"."""

    megabytes: int = 0
    seed: int = 0
    bytes: int = 0
    files: int = 0
    lines: int = 0  # finished lines, malformed ones among them
    malformed_rows: int = 0
    output_floor_messages: int = 0
    total: Figures = field(default_factory=Figures)
    by_model: dict[str, Figures] = field(default_factory=table)
    by_day: dict[str, Figures] = field(default_factory=table)
    by_project: dict[str, Figures] = field(default_factory=table)
    by_session: dict[str, Figures] = field(default_factory=table)
    by_agent: dict[str, Figures] = field(default_factory=table)  # "<session>/<agent>"
    # What was done: "calls <tool>", "errors <tool>", "reads", "edits", "writes", "added" and "removed <path>", "done"
    # and "failed <git operation>", "prompts"; and by day "<day> prompts", "calls", "added", "removed", "commits".
    deeds: Counter[str] = field(default_factory=Counter)

    def count(self, thread: Thread, model: str, moment: int, figures: Figures) -> None:
        """Credit one response, or a further request inside it, to its thread and everything above."""
        session = thread.session
        for one in (
            self.total,
            self.by_model[model],
            self.by_day[iso(moment)[:10].decode()],
            self.by_project[session.cwd],
            self.by_session[session.id],
            self.by_agent[f"{session.id}/{thread.agent}"],
        ):
            one.add(figures)

    def do(self, what: str, times: int, moment: int) -> None:
        """Note a deed, in all and by its day."""
        self.deeds[what] += times
        daily = {"done commit": "commits"}.get(what, what.split(" ", 1)[0])
        if daily in ("prompts", "calls", "added", "removed", "commits"):
            self.deeds[f"{iso(moment)[:10].decode()} {daily}"] += times

    def merge(self, part: Truth) -> None:
        for name in ("bytes", "files", "lines", "malformed_rows", "output_floor_messages"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.total.add(part.total)
        self.deeds.update(part.deeds)
        for name in ("by_model", "by_day", "by_project", "by_session", "by_agent"):
            groups = getattr(self, name)
            for key, figures in getattr(part, name).items():
                groups[key].add(figures)


def load(folder: Path) -> dict[str, Any] | None:
    """The truth beside an earlier history, or None."""
    path = folder / "truth.json"
    loaded: dict[str, Any] | None = orjson.loads(path.read_bytes()) if path.exists() else None
    return loaded


# ---------------------------------------------------------------------------------------------- the words

WORDS = (
    *("parser", "queue", "cache", "index", "buffer", "socket", "branch", "widget", "render", "schema"),
    *("token", "ledger", "worker", "router", "handler", "column", "border", "margin", "retry", "budget"),
    *("cursor", "filter", "reducer", "adapter", "session", "project", "window"),
)
DECOYS = (
    '{"type":"assistant","message":{"id":"msg_decoy","usage":{"input_tokens":987654321,"output_tokens":9}}}',
    'expected "usage":{"output_tokens":77} but "type":"assistant" was missing',
    r"C:\build\new\table\"usage\":{" + '"cache_read_input_tokens": 5}',
)
ESCAPE = "\u001b"


class Pool:
    """Text that is already escaped for JSON, cut at lines only, so that a slice is a valid string."""

    def __init__(self, lines: Iterable[str]) -> None:
        escaped = [json.dumps(line, ensure_ascii=False)[1:-1].encode() for line in lines]
        self.text = rb"\n".join(escaped)
        self.starts = [0]
        for line in escaped:
            self.starts.append(self.starts[-1] + len(line) + 2)

    def cut(self, rng: random.Random, size: float) -> bytes:
        """About `size` bytes from anywhere, at least one line."""
        whole, wanted = divmod(max(0, int(size)), len(self.text))
        first = int(rng.random() * (len(self.starts) - 1))
        begin = self.starts[first]
        last = bisect_right(self.starts, begin + wanted, lo=first + 1, hi=len(self.starts) - 1)
        part = self.text[begin : self.starts[last] - 2]
        return rb"\n".join([self.text] * whole + [part])


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def code_line(rng: random.Random) -> str:
    """A line as tools print it: code, quotes, tabs, colours, other scripts, and now and then a decoy."""
    chance = rng.random()
    name, other, text = rng.choice(WORDS), rng.choice(WORDS), sentence(rng, rng.randint(2, 9))
    if chance < 0.006:
        return rng.choice(DECOYS)
    if chance < 0.10:
        return f"{ESCAPE}[32m✓{ESCAPE}[0m {text} {ESCAPE}[2m({rng.randint(1, 900)} ms){ESCAPE}[22m"
    if chance < 0.16:
        return f"\t// größer als nötig: {text} → 日本語の行 🙂\u2028"
    if chance < 0.40:
        return f'        {name}["{other}"] = "{text}\\n"  # {rng.randint(1, 9999)}'
    if chance < 0.46:
        return ""
    return f"{' ' * rng.randint(0, 12)}def {name}_{other}(self, {name}: str) -> {text}"


@functools.cache
def code() -> Pool:
    rng = random.Random("code")
    lines = [code_line(rng) for _ in range(4000)]
    return Pool(rng.choice(lines) for _ in range(20_000))


@functools.cache
def prose() -> Pool:
    rng = random.Random("prose")
    lines = [f"{sentence(rng, rng.randint(4, 16))} – “{rng.choice(WORDS)}”." for _ in range(2000)]
    return Pool(rng.choice(lines) for _ in range(8000))


@functools.cache
def picture() -> bytes:
    """A part of a base64 image."""
    return "".join(random.Random("picture").choices(string.ascii_letters + string.digits, k=50_000)).encode()


@functools.cache
def day_text(day: int) -> bytes:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat().encode()


def iso(moment: int) -> bytes:
    """A time in milliseconds as Claude Code writes it."""
    day, rest = divmod(moment, DAY)
    seconds, milliseconds = divmod(rest, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return b"%bT%02d:%02d:%02d.%03dZ" % (day_text(day), hours, minutes, seconds, milliseconds)


def uuid(rng: random.Random) -> bytes:
    text = b"%032x" % rng.getrandbits(128)
    return b"-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


BASE62 = string.digits + string.ascii_letters


def letters(rng: random.Random, count: int) -> str:
    return "".join([BASE62[int(rng.random() * 62)] for _ in range(count)])


# ----------------------------------------------------------------------------------------- shapes of rows


def shape(value: object, *, spaced: bool) -> bytes:
    """A template for `%`: «name» stands for text inside a string, a string "‹name›" for anything raw."""
    separators = (", ", ": ") if spaced else (",", ":")
    made = json.dumps(value, ensure_ascii=False, separators=separators)
    for mark, word in (('"‹', "%("), ('›"', ")b"), ("«", "%("), ("»", ")b")):
        made = made.replace(mark, word)
    return made.encode()


TOOLS = (
    ["Bash"] * 36 + ["Read"] * 29 + ["Edit"] * 13 + ["Grep"] * 7 + ["TodoWrite"] * 5 + ["Write"] * 5
    + ["Glob"] * 3 + ["mcp__tracker__find"] * 2
)  # fmt: skip

INPUTS: dict[str, object] = {
    "Bash": {"command": "«text»", "description": "«words»"},
    "Read": {"file_path": "«path»"},
    "Edit": {"replace_all": False, "file_path": "«path»", "old_string": "«line»", "new_string": "«text»"},
    "Grep": {"pattern": "«words»", "path": "«cwd»", "output_mode": "content"},
    "TodoWrite": {"todos": [{"content": "«text»", "status": "in_progress", "activeForm": "«words»"}]},
    "Write": {"file_path": "«path»", "content": "«text»"},
    "Glob": {"pattern": "**/*.py"},
    # Objects, not strings: what a search for bytes must not take for a response.
    "mcp__tracker__find": {"query": "«words»", "type": "assistant", "usage": {"input_tokens": 123456789}},
    "Task": {"description": "«words»", "prompt": "«text»", "subagent_type": "Explore"},
}

# A shell command that uses git, and what it does. One in ten commands of the shell is one of these.
GIT: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"git add -A && git commit -m 'fix the queue; git push' && git push", ("add", "commit", "push")),
    (b"cd /srv/data; git -C /srv/data commit --amend --no-edit", ("commit",)),
    (b"git checkout -b try-a-cache", ("branch",)),
    (b"git pull --rebase || git status", ("pull", "status")),
    (b"gh pr create --fill", ("pr_create",)),
)
GIT_ENDINGS = 6  # of the 62 characters that a tool use's id may end in
COUNTED_AS = {"Read": "reads", "Edit": "edits", "Write": "writes"}

PATCH = {"oldStart": 3, "oldLines": 1, "newStart": 3, "newLines": 1, "lines": ["-«line»", "+«line»"]}
PREVIEW = {"input_tokens": 555555555, "output_tokens": 555555555}
RESULTS: dict[str, object] = {
    "Bash": {"stdout": "«text»", "stderr": "", "interrupted": False, "isImage": False},
    "Read": {"type": "text", "file": {"filePath": "«path»", "content": "«text»", "totalLines": 9}},
    "Edit": {"filePath": "«path»", "oldString": "«line»", "newString": "«line»", "originalFile": "«text»",
             "structuredPatch": [PATCH], "userModified": False, "replaceAll": False},
    "Grep": {"mode": "content", "numFiles": 1, "filenames": ["«path»"], "content": "«text»", "numLines": 9},
    "TodoWrite": {"oldTodos": [], "newTodos": [{"content": "«text»", "status": "pending"}]},
    "Write": {"type": "create", "filePath": "«path»", "content": "«text»", "structuredPatch": []},
    "Glob": {"filenames": ["«path»"], "durationMs": 161, "numFiles": 1, "found": "«text»"},
    "mcp__tracker__find": [{"type": "text", "text": "«text»"},
                             {"type": "assistant", "message": {"id": "msg_decoy", "usage": PREVIEW}}],
    "error": "«text»",
    "picture": {"type": "image", "file": {"base64": "«text»", "type": "image/png", "originalSize": 9}},
    "Task": {"status": "completed", "agentId": "«agent_id»", "totalDurationMs": 63484, "content": "«text»",
             "totalTokens": "‹total_tokens›", "totalToolUseCount": 7, "usage": "‹usage›"},
    "async": {"isAsync": True, "status": "async_launched", "agentId": "«agent_id»", "prompt": "«text»"},
}  # fmt: skip

CACHE_SPLIT = {"ephemeral_5m_input_tokens": "‹write_5m›", "ephemeral_1h_input_tokens": "‹write_1h›"}
COUNTERS = {
    "input_tokens": "‹input›",
    "cache_creation_input_tokens": "‹write›",
    "cache_read_input_tokens": "‹read›",
    "output_tokens": "‹output›",
}
ITERATION = {**COUNTERS, "cache_creation": CACHE_SPLIT, "type": "message"}
ADVISOR = {"type": "advisor_message", "model": "«advisor»", **COUNTERS}
SEARCHES = {"web_search_requests": 0, "web_fetch_requests": 0}
USAGES: dict[str, object] = {
    "plain": {**COUNTERS, "service_tier": "standard"},
    "split": {**COUNTERS, "cache_creation": CACHE_SPLIT, "service_tier": "standard"},
    "full": {**COUNTERS, "server_tool_use": SEARCHES, "cache_creation": CACHE_SPLIT, "speed": "standard",
             "inference_geo": "not_available", "service_tier": "standard", "iterations": [ITERATION]},
    "advised": {**COUNTERS, "cache_creation": CACHE_SPLIT, "iterations": [ITERATION, "‹advice›"]},
}  # fmt: skip

MESSAGE = {
    "model": "«model»", "id": "«id»", "type": "message", "role": "assistant", "content": ["‹block›"],
    "stop_reason": "‹stop›", "stop_sequence": None, "usage": "‹usage›",
}  # fmt: skip
LIMIT = "You've hit your session limit · resets 7:20pm"
ZERO = dict.fromkeys(COUNTERS, 0)
SYNTHETIC = {
    "id": "«uuid»", "model": "<synthetic>", "role": "assistant", "type": "message",
    "stop_reason": "stop_sequence", "usage": ZERO, "content": [{"type": "text", "text": LIMIT}],
}  # fmt: skip
BLOCKS = {
    "text": {"type": "text", "text": "«text»"},
    "thinking": {"type": "thinking", "thinking": "", "signature": "«text»"},
}

# Rows that are the same in every version but for the envelope around them: the body, what follows it.
TOOL_RESULT = {"tool_use_id": "«use»", "type": "tool_result", "content": "‹content›"}
FAILED_RESULT = {"type": "tool_result", "content": "‹content›", "is_error": True, "tool_use_id": "«use»"}
PROGRESS = {"toolUseID": "«use»", "parentToolUseID": "«use»"}
HOOK = {
    "type": "hook_progress",
    "hookEvent": "PostToolUse",
    "hookName": "PostToolUse:Read",
    "command": "«line»",
}
OUTPUT = {"type": "bash_progress", "output": "«line»", "fullOutput": "«text»", "elapsedTimeSeconds": 2}
INNER = {"type": "assistant", "timestamp": "«time»", "message": "‹message›", "uuid": "«inner»"}
COPY = {
    "message": INNER, "normalizedMessages": [], "type": "agent_progress", "prompt": "«line»",
    "agentId": "«agent_id»",
}  # fmt: skip
STARTED = {"type": "hook_success", "hookName": "SessionStart:startup", "stdout": "«text»", "exitCode": 0}
REMINDER = {"type": "task_reminder", "content": [{"content": "«text»"}], "itemCount": 1}
FAILURE = {"error": {"message": "«line»"}, "retryInMs": 542.08, "retryAttempt": 1, "maxRetries": 10}
COMPACTION = {"trigger": "auto", "preTokens": "‹before›"}
WRAPPED: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "assistant": ({"message": "‹message›", "requestId": "«request»", "type": "assistant"}, {}),
    "anonymous": ({"message": "‹message›", "type": "assistant"}, {}),
    "synthetic": ({"type": "assistant", "message": SYNTHETIC}, {"isApiErrorMessage": True}),
    "prompt": ({"type": "user", "message": {"role": "user", "content": "«text»"}}, {}),
    "summary": ({"type": "user", "message": {"role": "user", "content": "«text»"}},
                {"isCompactSummary": True}),
    "result": ({"type": "user", "message": {"role": "user", "content": [TOOL_RESULT]}},
               {"toolUseResult": "‹result›", "sourceToolAssistantUUID": "«parent»"}),
    "failed": ({"type": "user", "message": {"role": "user", "content": [FAILED_RESULT]}},
               {"toolUseResult": "‹result›", "sourceToolAssistantUUID": "«parent»"}),
    "hook": ({"type": "progress", "data": HOOK, **PROGRESS}, {}),
    "output": ({"type": "progress", "data": OUTPUT, **PROGRESS}, {}),
    "copy": ({"type": "progress", "data": COPY, **PROGRESS}, {}),
    "attachment": ({"attachment": STARTED, "type": "attachment"}, {}),
    "reminder": ({"attachment": REMINDER, "type": "attachment"}, {}),
    "duration": ({"type": "system", "subtype": "turn_duration", "durationMs": 19208, "messageCount": 24}, {}),
    "failure": ({"type": "system", "subtype": "api_error", "level": "error", **FAILURE}, {}),
    "compaction": ({"type": "system", "subtype": "compact_boundary", "compactMetadata": COMPACTION}, {}),
}  # fmt: skip

# Rows without an envelope.
BACKUPS = {"«path»": {"backupFileName": "«line»", "version": 2}}
SNAPSHOT = {"messageId": "«uuid»", "trackedFileBackups": BACKUPS, "timestamp": "«time»"}
OWN = {"sessionId": "«session»"}
BARE: dict[str, dict[str, object]] = {
    "snapshot": {"type": "file-history-snapshot", "messageId": "«uuid»", "snapshot": SNAPSHOT},
    "ai-title": {"type": "ai-title", "aiTitle": "«words»", **OWN},
    "custom-title": {"type": "custom-title", "customTitle": "«words»", **OWN},
    "agent-name": {"type": "agent-name", "agentName": "«words»", **OWN},
    "titled": {"type": "summary", "summary": "«words»", "leafUuid": "«uuid»"},
    "permission-mode": {"type": "permission-mode", "permissionMode": "default", **OWN},
    "mode": {"type": "mode", "mode": "normal", **OWN},
    "last-prompt": {"type": "last-prompt", "leafUuid": "«uuid»", **OWN},
    "queue-operation": {"type": "queue-operation", "timestamp": "«time»", **OWN, "content": "«line»"},
    "unheard-of": {"type": "unheard-of", **OWN, "usage": PREVIEW},
}

ROW_TYPES = {name: str(body["type"]) for name, body in BARE.items()}
ROW_TYPES |= {name: str(body["type"]) for name, (body, _) in WRAPPED.items()}


@functools.cache
def shapes(era: str, *, agent: bool, spaced: bool) -> dict[str, bytes]:
    """Every template of one Claude Code era; its rows' keys stand in two orders."""
    place = {"userType": "external", "cwd": "«cwd»", "sessionId": "«session»", "version": "«version»",
             "gitBranch": "main"}  # fmt: skip
    head: dict[str, object] = {"parentUuid": "«parent»", "isSidechain": "‹side›"}
    last: dict[str, object] = {"uuid": "«uuid»", "timestamp": "«time»"}
    owner = {"agentId": "«agent_id»"} if agent else {}
    made: dict[str, object] = {**BARE, "message": MESSAGE, "advice": ADVISOR}
    made["nameless"] = {key: value for key, value in MESSAGE.items() if key != "id"}
    for name, (body, tail) in WRAPPED.items():
        if era in ("new", "mid"):
            made[name] = {**head, **owner, **body, **last, **tail, **place}
        else:
            made[name] = {**head, **place, **owner, **body, **last, **tail}
    for prefix, group in (("usage ", USAGES), ("result ", RESULTS), ("block ", BLOCKS)):
        made |= {prefix + name: value for name, value in group.items()}
    for tool, given in INPUTS.items():
        name = "Agent" if tool == "Task" and era == "new" else tool
        made["use " + tool] = {"type": "tool_use", "id": "«use»", "name": name, "input": given}
    return {name: shape(value, spaced=spaced) for name, value in made.items()}


# ---------------------------------------------------------------------------------------- files and plans


class Transcript:
    """One file that is being written: rows, and the damage that real files have."""

    def __init__(self, path: Path, truth: Truth, rng: random.Random, *, keep: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.handle = path.open("wb", buffering=MEGABYTE)
        self.truth, self.rng = truth, rng
        self.newline = b"\r\n" if rng.random() < 0.006 else b"\n"
        self.size = self.handle.write(b"\xef\xbb\xbf") if rng.random() < 0.006 else 0
        self.lines = 0
        self.row = b""  # the last one
        self.kept: list[bytes] | None = [] if keep else None
        self.recent: deque[bytes] = deque(maxlen=6)

    def put(self, row: bytes) -> None:
        if self.rng.random() < 1 / 1500:
            self.write(row[len(row) // 3 :])  # torn: never JSON, its last brace closes nothing
            self.truth.malformed_rows += 1
        self.write(b"\0" * 64 + row if self.rng.random() < 1 / 6000 else row)
        self.recent.append(row)
        if self.kept is not None:
            self.kept.append(row)

    def write(self, line: bytes) -> None:
        if self.lines:
            self.size += self.handle.write(self.newline)
        self.size += self.handle.write(line)
        self.lines += 1
        self.row = line

    def close(self) -> None:
        chance = self.rng.random()
        if self.lines and chance > 0.02:
            self.size += self.handle.write(self.newline)
            if chance < 0.03:
                self.size += self.handle.write(self.row[: len(self.row) * 2 // 3])  # still being appended to
        self.handle.close()
        if times := re.findall(rb'"timestamp": ?"([0-9TZ:.-]+)"', b"".join(self.recent)):
            written = datetime.fromisoformat(max(times).decode()).timestamp()
            os.utime(self.handle.name, (written, written))  # a file is as old as its last row
        self.truth.files += 1
        self.truth.lines += self.lines
        self.truth.bytes += self.size


@dataclass(frozen=True, slots=True)
class Plan:
    """How large one session's files become; agents' files and a fork of it among them."""

    seed: int
    number: int
    main_bytes: int
    agent_bytes: tuple[int, ...] = ()
    fork_bytes: int = 0  # of its own, beside what it copies; 0: no fork
    is_orphan: bool = False  # subagents without a main file
    picture_bytes: int = 0

    @property
    def bytes(self) -> int:
        return self.main_bytes + sum(self.agent_bytes) + 2 * self.fork_bytes + 2 * self.picture_bytes


def make_plan(seed: int, number: int, megabytes: int) -> Plan:
    rng = random.Random(f"plan {seed} {number}")
    largest = min(24 * MEGABYTE, megabytes * MEGABYTE // 6)

    def size(median: float, sigma: float) -> int:
        return int(min(largest, median * rng.lognormvariate(0, sigma)))

    main = size(140_000, 1.82)
    agents = 0 if rng.random() < 0.42 else 1 + int(rng.expovariate(1 / 2.6))
    if rng.random() < 0.003 and megabytes > 20:
        agents = rng.randint(40, 105)
    if rng.random() < 0.12:  # a session without any response
        main, agents = 0, 0
    return Plan(
        seed=seed,
        number=number,
        main_bytes=main,
        agent_bytes=tuple(size(52_000, 1.5) for _ in range(agents)),
        fork_bytes=min(main, 400_000) if rng.random() < 0.10 and main > 30_000 else 0,
        is_orphan=rng.random() < 0.06 and agents > 0,
        picture_bytes=rng.randint(700_000, 1_350_000) if rng.random() < 0.012 and megabytes > 50 else 0,
    )


def make_plans(seed: int, megabytes: int) -> Iterator[Plan]:
    """Plans that fill the folder; the last one is cut to fit."""
    left, number = megabytes * MEGABYTE, 0
    while left > 0:
        plan = make_plan(seed, number, megabytes)
        if plan.bytes > left:
            plan = Plan(seed, number, left)
        yield plan
        left -= max(int(plan.bytes * 1.04), 2000)  # files end a little late
        number += 1


# ------------------------------------------------------------------------------------------- conversations

ALWAYS = 9999
MODELS = (  # the first day it was served, in days before END; weight; the tokens at which it is compacted
    ("claude-opus-4-8", ALWAYS, 4, 165_000),
    ("claude-opus-4-5-20251101", ALWAYS, 1, 155_000),
    ("claude-opus-5", ALWAYS, 4, 165_000),
    ("claude-opus-5-5", 59, 6, 480_000),
    ("claude-sonnet-4-6", ALWAYS, 1, 165_000),
    ("claude-sonnet-5", ALWAYS, 3, 165_000),
    ("claude-sonnet-5-5", 53, 4, 165_000),
    ("claude-fable-5-1", 80, 2, 480_000),
)
SMALL_MODELS = (("claude-haiku-4-5-20251001", ALWAYS), ("claude-haiku-5-5", 44))
OTHER_MODELS = (
    *("deepseek-v3.2", "glm-4.7", "kimi-k2-thinking", "minimax-m2"),
    "anthropic/claude-4.7-opus-20260416",
)
VERSIONS = {"old": "2.0.76", "floor": "2.1.44", "mid": "2.1.80", "new": "2.1.237"}
LAYOUTS = {
    "old": ("inline", "sibling", "sibling"), "floor": ("sibling", "sibling", "nested"),
    "mid": ("sibling", "nested"), "new": ("nested", "nested", "workflow"),
}  # fmt: skip
FLOORS = {"old": (0.8, 0.8), "floor": (0.97, 0.97), "mid": (0.03, 0.03), "new": (0.0, 0.15)}  # main, subagent
TAILS = (".web", "", "_api", " notes", "-kit", "")
PROJECTS = (
    *(f"/home/dev/work/{name}{TAILS[number % 6]}" for number, name in enumerate(WORDS)),
    *(f"/home/dev/own/{name}{TAILS[number % 6]}" for number, name in enumerate(reversed(WORDS))),
    *("/srv/data/lake", "/srv/data-lake"),  # these two share a folder name
)


def identify(style: str, rng: random.Random) -> str:
    """A response's id, as its gateway makes it."""
    if style == "anthropic":
        return f"msg_01{letters(rng, 22)}"
    if style == "uuid":
        return uuid(rng).decode()
    if style == "hex":
        return f"{rng.getrandbits(128):032x}"
    if style == "short":
        return "resp-1"
    return f"{style}{letters(rng, 20)}"


class Session:
    """What the threads of one session have in common."""

    def __init__(self, plan: Plan, root: Path, truth: Truth, rng: random.Random) -> None:
        self.plan, self.truth, self.rng = plan, truth, rng
        self.id = uuid(rng).decode()
        self.cwd = PROJECTS[min(int(rng.paretovariate(0.6)) - 1, len(PROJECTS) * 2) % len(PROJECTS)]
        self.folder = root / "".join("-" if one in "/._ " else one for one in self.cwd)
        self.era = rng.choices(tuple(VERSIONS), (15, 25, 20, 40))[0]
        self.style = "anthropic"
        if rng.random() < 0.06 and not plan.fork_bytes:
            self.style = rng.choice(("uuid", "hex", "gen-", "req_vrtx_", "chatcmpl-", "short", "none"))
        self.is_spaced = rng.random() < 0.02
        self.is_hour = rng.random() < 0.45  # cache writes of the main thread live an hour
        late = 6 if plan.main_bytes > 2 * MEGABYTE else 1
        self.clock = END - int(rng.uniform(late, SPAN_DAYS) * DAY)
        self.written: Counter[str] = Counter()  # bytes by type of row
        self.has_picture = False
        self.seen: set[tuple[int, int, int]] = set()
        self.layout = rng.choice(LAYOUTS[self.era])
        if plan.is_orphan:
            self.layout = "nested"

    def model(self, *, small: bool) -> tuple[str, int]:
        """A model that was served at the time, and where its context ends."""
        if self.style != "anthropic":
            return self.rng.choice(OTHER_MODELS), 120_000
        days = (END - self.clock) / DAY
        if small:
            return self.rng.choice([name for name, since in SMALL_MODELS if days < since]), 150_000
        served = [one for one in MODELS if days < one[1]]
        name, _, _, limit = self.rng.choices(served, [one[2] for one in served])[0]
        return name, limit

    def result_bytes(self) -> float:
        """The size of the next tool result's row: long-tailed, pulled towards the user rows' share."""
        user, assistant = self.written["user"], self.written["assistant"]
        share = user / (user + assistant) if user else 0.0
        drawn = 3300 * self.rng.lognormvariate(0, 1.5)
        return min(drawn * (1.5 if share < USER_SHARE else 0.7), 400_000, self.plan.main_bytes / 3 + 40_000)

    def fresh(self, counters: tuple[int, int, int]) -> bool:
        """Whether no response of this session has these prompt figures: short ids are told apart by them."""
        known = counters in self.seen
        self.seen.add(counters)
        return not known


@dataclass(slots=True)
class Response:
    """One response while it is written: what each of its rows repeats."""

    id: str
    model: str
    usage: str  # which of USAGES
    counters: dict[bytes, bytes]
    figures: Figures
    advice: Figures | None = None
    advisor: str = ""


class ToolUse(NamedTuple):
    """A tool use that waits for its result. `path`: of a file tool; `time`: of its row."""

    tool: str
    use: bytes
    path: str
    time: int


def git_command(use: bytes) -> tuple[bytes, tuple[str, ...]]:
    """What a shell command does with git, by the id of its tool use; nothing for most."""
    place = BASE62.index(chr(use[-1]))
    return GIT[place % len(GIT)] if place < GIT_ENDINGS else (b"", ())


def lines_in(escaped: bytes) -> int:
    """Lines of a text that is escaped for JSON; an unfinished last one counts."""
    text: str = json.loads(b'"%b"' % escaped)
    return text.count("\n") + (bool(text) and not text.endswith("\n"))


def has_words(escaped: bytes) -> bool:
    """Whether a prompt holds more than a reminder."""
    return bool(escaped.rpartition(b"</system-reminder>")[2].strip())


class Thread:
    """One conversation: a main thread, or a subagent's. It writes rows and knows what they cost."""

    def __init__(
        self, session: Session, file: Transcript | None, agent: str = "", parent: Thread | None = None
    ) -> None:
        rng = session.rng
        self.session, self.file, self.agent, self.parent = session, file, agent, parent
        self.rng = rng
        self.clock: int = parent.clock if parent else session.clock
        self.model, self.limit = session.model(small=parent is not None and rng.random() < 0.6)
        self.shapes = shapes(session.era, agent=agent not in ("", "inline"), spaced=session.is_spaced)
        self.floor = rng.randint(9_000, 14_000) if parent else rng.randint(17_000, 26_000)
        self.size = self.cached = 0  # tokens of the last prompt; of those, what the cache holds
        self.grown = self.floor  # tokens that the next prompt adds
        self.cold = True  # the cache holds nothing of this thread
        self.tail: tuple[Response, int] | None = None  # the last response and its output
        self.requests: dict[str, bytes] = {}  # one for all rows of a response, by its id
        self.values: dict[bytes, bytes] = {
            b"cwd": session.cwd.encode(),
            b"session": session.id.encode(),
            b"parent": uuid(rng),
            b"use": b"toolu_0",
            b"agent_id": agent.encode(),
            b"version": VERSIONS[session.era].encode(),
            b"side": b"true" if agent else b"false",
        }
        self.phrase()

    # Rows

    def put(self, name: str, *, late: bool = False, **given: bytes) -> None:
        """Write one row into this thread's file; a late one has been under way for a while."""
        values = self.values
        for key, value in given.items():
            values[key.encode()] = value
        values[b"time"] = iso(self.clock - (int(9 * SECOND * self.rng.random()) if late else 0))
        if "uuid" not in given:
            values[b"uuid"] = uuid(self.rng)
        row = self.shapes[name] % values
        self.session.written[ROW_TYPES[name]] += len(row)
        if self.file is not None:
            self.file.put(row)
        if name not in BARE:
            values[b"parent"] = values[b"uuid"]

    def wait(self, seconds: float) -> None:
        """Let time pass, never beyond the history's end."""
        self.clock += int(min(seconds * SECOND, (END - self.clock) * 0.02))

    def phrase(self) -> None:
        """Other small texts for the rows that follow."""
        self.values[b"words"] = sentence(self.rng, 5).encode()
        self.values[b"line"] = code().cut(self.rng, 10)
        self.values[b"path"] = b"%b/src/%b.py" % (self.values[b"cwd"], self.rng.choice(WORDS).encode())

    def ask(self) -> None:
        """A prompt: a person's, or the task of a subagent."""
        self.phrase()
        text = prose().cut(self.rng, 60 * self.rng.lognormvariate(0, 1.2))
        if self.rng.random() < 0.1:
            text = rb"<system-reminder>\n" + text + rb"\n</system-reminder>" + text[:40].partition(b"\\")[0]
        self.put("prompt", text=text)
        if not self.agent:
            self.session.truth.do("prompts", int(has_words(text)), self.clock)
        self.grown += int(len(text) / BYTES_A_TOKEN) + 4
        self.wait(self.rng.uniform(2, 9))

    def surround(self) -> None:
        """Progress, attachments, snapshots and system rows, until each has its share of the bytes."""
        written, chance = self.session.written, self.rng.random
        total = sum(written.values())
        while written["progress"] < SHARES["progress"] * total:
            text = code().cut(self.rng, 2200 * chance() ** 2)
            self.put("output" if chance() < 0.55 else "hook", text=text, late=chance() < 0.12)
        while written["attachment"] < SHARES["attachment"] * total:
            name = "attachment" if chance() < 0.5 else "reminder"
            self.put(name, text=prose().cut(self.rng, 2600 * chance()), late=chance() < 0.12)
        while written["file-history-snapshot"] < SHARES["file-history-snapshot"] * total:
            self.put("snapshot")
        while written["system"] < SHARES["system"] * total:
            self.put("duration" if chance() < 0.8 else "failure")

    # Responses

    def respond(self, *, last: bool) -> None:
        """One response with its rows and the results of its tools."""
        rng = self.rng
        response = self.compose()
        count = rng.choice((1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4)) if self.session.style != "none" else 1
        tools = 0 if last else max(1, count - 1 if rng.random() < 0.4 else 1)
        kinds = ["thinking", "text", "text", "text"][: count - tools]
        steps = kinds + [rng.choice(TOOLS) for _ in range(tools)] or ["text"]
        outputs = self.outputs(response, len(steps))
        stop = b'"end_turn"' if last else b'"tool_use"'
        is_floor = self.is_floor(outputs)
        self.session.truth.output_floor_messages += is_floor
        self.credit(response)
        waiting: list[ToolUse] = []
        interleaved = rng.random() < 0.4
        for position, (step, output) in enumerate(zip(steps, outputs, strict=True)):
            early = output < response.figures.output_tokens and position < len(steps) - 1
            use = b"toolu_01" + letters(rng, 12).encode()
            self.tail = (response, output)
            self.row(response, step, use, output=output, stop=b"null" if early or is_floor else stop)
            if step in INPUTS:
                waiting.append(self.called(step, use))
            self.wait(rng.uniform(0.2, 2))
            if interleaved or position == len(steps) - 1:
                for called in waiting:
                    self.result(called)
                waiting = []
        self.grown += response.figures.output_tokens
        self.surround()

    def compose(self) -> Response:
        """Decide a response's figures: the prompt grows, and the cache has what it had before."""
        rng, session = self.rng, self.session
        size = self.size + max(1, self.grown)
        self.grown = 0
        fed = rng.randint(1, 12) if rng.random() < 0.9 else rng.randint(100, 2400)
        read = self.cached
        if self.cold:
            read = rng.choice((0, self.floor // 2, self.floor - 3000))
            self.cold = False
        if session.style not in ("anthropic", "uuid"):  # no cache writes
            fed = max(fed, size - read)
        fed = min(fed, size - read)
        while not session.fresh((fed, read, size - fed - read)):
            fed, size = fed + 1, size + 1
        write = size - fed - read
        self.size, self.cached = size, size - fed
        output = min(32_000, max(10, int(240 * rng.lognormvariate(0, 1.15))))
        hour = write if session.is_hour and not self.agent else 0
        figures = Figures(1, fed, output, read, write, write - hour, hour, size + output)
        return self.describe(figures)

    def describe(self, figures: Figures) -> Response:
        """How the figures stand in the log: with a split of the cache writes, without, with iterations."""
        rng, session = self.rng, self.session
        usage = "full" if session.era == "new" else "split"
        response = Response(identify(session.style, rng), self.model, usage, {}, figures)
        if figures.ephemeral_1h_input_tokens == 0 and rng.random() < 0.3:
            response.usage = "plain"
        elif session.era == "new" and session.style == "anthropic" and rng.random() < 1 / 300:
            response.usage, response.advisor = "advised", "claude-opus-4-8"
            response.advice = Figures(0, 1200 + rng.randint(0, 900), 310, 0, 0, 0, 0, 0)
            response.advice.total_tokens = response.advice.input_tokens + response.advice.output_tokens
        hour, short = figures.ephemeral_1h_input_tokens, figures.ephemeral_5m_input_tokens
        counters = {
            b"input": figures.input_tokens, b"read": figures.cache_read_input_tokens,
            b"write": figures.cache_creation_input_tokens, b"write_5m": short, b"write_1h": hour,
        }  # fmt: skip
        if session.style == "uuid" and rng.random() < 0.3:
            counters[b"write_5m"] = short // 2  # a proxy's split that does not sum: the rest counts as 5m
        response.counters = {key: b"%d" % value for key, value in counters.items()}
        if session.style in ("hex", "short"):
            for key, value in counters.items():
                response.counters[key] = b"%d" % value if value else b"null"
        return response

    def outputs(self, response: Response, count: int) -> list[int]:
        """`output_tokens` of each row: it grows in a quarter of the responses; now and then it falls."""
        final = response.figures.output_tokens
        if count == 1 or self.rng.random() > 0.38:
            return [final] * count
        if self.rng.random() < 0.002:
            return [self.rng.randint(1, 9)] * (count - 2) + [final, final - 1]
        return [self.rng.randint(1, 9)] * (count - 1) + [final]

    def is_floor(self, outputs: list[int]) -> bool:
        """Whether the log never gets the final figure: no row with the largest output has a stop reason."""
        chance = FLOORS[self.session.era][1 if self.agent else 0]
        return outputs[-1] == max(outputs) and self.rng.random() < chance

    def credit(self, response: Response) -> None:
        truth = self.session.truth
        truth.count(self, response.model, self.clock, response.figures)
        if response.advice:
            truth.count(self, response.advisor, self.clock, response.advice)

    def usage(self, response: Response, output: int) -> bytes:
        values = {**response.counters, b"output": b"%d" % output}
        if response.advice:
            asked, answered = response.advice.input_tokens, response.advice.output_tokens
            advice = {b"input": b"%d" % asked, b"output": b"%d" % answered, b"read": b"0", b"write": b"0"}
            values[b"advice"] = self.shapes["advice"] % (advice | {b"advisor": response.advisor.encode()})
        return self.shapes["usage " + response.usage] % values

    def row(self, response: Response, step: str, use: bytes, *, output: int, stop: bytes) -> None:
        """One row of a response: one content block, and the whole usage."""
        self.values[b"use"] = use
        block = self.block(step, use)
        style, chance = self.session.style, self.rng.random()
        if output < response.figures.output_tokens and style == "anthropic" and chance < 0.002:
            # A fallback in mid-stream: the row with the largest output is the one that counts.
            other = response.counters | {b"read": b"0"}
            response = replace(response, model="claude-sonnet-4-6", counters=other)
        message = self.shapes["nameless" if style == "none" else "message"] % {
            b"model": response.model.encode(), b"id": response.id.encode(), b"block": block,
            b"stop": stop, b"usage": self.usage(response, output),
        }  # fmt: skip
        name = "assistant" if style in ("anthropic", "req_vrtx_") else "anonymous"
        own = uuid(self.rng)
        self.mirror(message, own)
        request = self.requests.setdefault(response.id, ("req_011" + letters(self.rng, 12)).encode())
        self.put(name, message=message, request=request, uuid=own)

    def block(self, step: str, use: bytes) -> bytes:
        """A content block; Write and Edit hold the longest texts, some hold bytes that are no Unicode."""
        rng = self.rng
        large = {"Write": 3800, "thinking": 700, "Edit": 1300, "text": 480, "Task": 1500}.get(step, 180)
        size = large * rng.lognormvariate(0, 1.0)
        text = (code() if step in INPUTS else prose()).cut(rng, size)
        if rng.random() < 1 / 4000:
            text += rng.choice((rb"\ud83d", b"\xff\xfe", rb"\udc00 \ud800"))
        self.values[b"text"] = git_command(use)[0] or text if step == "Bash" else text
        return self.shapes[("use " if step in INPUTS else "block ") + step] % self.values

    def mirror(self, message: bytes, own: bytes) -> None:
        """Stand in the parent's file too, as progress of a subagent."""
        parent, written = self.parent, self.session.written
        if parent is None or parent.file is None or self.agent in ("", "inline"):
            return
        has_share = written["progress"] > SHARES["progress"] * sum(written.values())
        if self.file is None or (self.session.era in ("floor", "mid") and not has_share):
            agent, now = parent.values[b"agent_id"], parent.clock
            parent.clock = self.clock
            parent.put("copy", message=message, inner=own, agent_id=self.agent.encode())
            parent.values[b"agent_id"], parent.clock = agent, now

    # Tools

    def called(self, tool: str, use: bytes) -> ToolUse:
        """Note a tool use whose row has just been written."""
        self.session.truth.do(f"calls {self.name_of(tool)}", 1, self.clock)
        return ToolUse(tool, use, self.values[b"path"].decode(), self.clock)

    def name_of(self, tool: str) -> str:
        return "Agent" if tool == "Task" and self.session.era == "new" else tool

    def result(self, called: ToolUse) -> None:
        """A tool's result: what the model saw, and once more what the screen showed."""
        rng, session = self.rng, self.session
        tool, use = called.tool, called.use
        self.phrase()
        self.wait(rng.uniform(0.1, 12))
        if tool == "Read" and session.plan.picture_bytes and not session.has_picture:
            self.picture(use)
            self.came_of(called, b"", failed=False)
            return
        size = max(60.0, session.result_bytes() - 900)
        kind = "error" if rng.random() < 0.05 else tool
        seen = code().cut(rng, min(size / 2, 60_000))
        shown = seen
        if kind in ("Edit", "Write", "TodoWrite"):
            seen = code().cut(rng, min(size / 6, 1200))
            shown = code().cut(rng, size - len(seen))
        elif size > 120_000:
            shown = code().cut(rng, size - len(seen))
        self.finish(kind, use, seen, shown)
        self.came_of(called, shown, failed=kind == "error")

    def came_of(self, called: ToolUse, shown: bytes, *, failed: bool) -> None:
        """Note what a tool use whose result has just been written came to; of a file that is gone nobody knows."""
        if self.file is None:
            return
        do, tool, path = self.session.truth.do, called.tool, called.path
        if tool == "Bash":
            for operation in git_command(called.use)[1]:
                do(f"{'failed' if failed else 'done'} {operation}", 1, self.clock)
        if failed:
            do(f"errors {tool}", 1, called.time)
        elif tool in COUNTED_AS:
            do(f"{COUNTED_AS[tool]} {path}", 1, called.time)
            if tool == "Edit":
                do(f"added {path}", 1, called.time)
                do(f"removed {path}", 1, called.time)
            elif tool == "Write":
                do(f"added {path}", lines_in(shown), called.time)

    def picture(self, use: bytes) -> None:
        """An image, twice, as base64."""
        self.session.has_picture = True
        text = picture() * (self.session.plan.picture_bytes // len(picture()) + 1)
        block = b'[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%b"}}]'
        result = self.shapes["result picture"] % {b"text": text}
        self.put("result", use=use, content=block % text, result=result)
        self.grown += 1600

    def finish(self, kind: str, use: bytes, seen: bytes, shown: bytes, **given: bytes) -> None:
        values = self.values | {key.encode(): value for key, value in given.items()}
        values[b"text"] = shown
        content = b'"%b"' % seen
        if kind.startswith("mcp__"):
            content = b'[{"type":"text","text":"%b"}]' % seen
        self.put(
            "failed" if kind == "error" else "result",
            use=use,
            content=content,
            result=self.shapes["result " + kind] % values,
        )
        self.grown += min(25_000, int(len(seen) / BYTES_A_TOKEN))

    # Turns

    def turn(self, until: int) -> None:
        """A prompt, the responses to it, and a pause: now and then one that the cache does not survive."""
        rng, file = self.rng, self.file
        self.ask()
        for left in range(int(rng.expovariate(1 / 7)), -1, -1):
            full = file is not None and file.size >= until
            self.respond(last=left == 0 or full)
            if self.size > self.limit:
                self.compact()
            if full:
                break
        if rng.random() < 0.02:
            self.put("synthetic")
        if self.parent is None:
            self.pause()

    def pause(self) -> None:
        seconds = 60 * self.rng.lognormvariate(0, 1.7)
        self.wait(seconds)
        lifetime = 3600 if self.session.is_hour else 300
        if self.rng.random() < 0.03:
            self.model, self.limit = self.session.model(small=False)
            self.cold = True
        elif seconds > lifetime or self.rng.random() < 0.01:
            self.cold = True

    def compact(self) -> None:
        self.put("compaction", before=b"%d" % self.size)
        text = prose().cut(self.rng, 9000)
        self.put("summary", text=text)
        self.size = self.cached = 0
        self.grown = self.floor + int(len(text) / BYTES_A_TOKEN)
        self.cold = True

    def spawn(self, size: int) -> None:
        """Call a subagent and let it work; its file may be elsewhere, gone, or this thread's own."""
        rng, session = self.rng, self.session
        response = self.compose()
        self.credit(response)
        use = b"toolu_01" + letters(rng, 12).encode()
        self.row(response, "Task", use, output=response.figures.output_tokens, stop=b'"tool_use"')
        self.called("Task", use)
        self.grown += response.figures.output_tokens
        agent = f"{rng.getrandbits(68 if session.era == 'new' else 28):0{17 if session.era == 'new' else 7}x}"
        chance = rng.random()
        self.phrase()
        if chance < 0.02:  # deleted: nothing of it is anywhere but its last size
            self.report(use, agent, None)
        elif chance < 0.10:
            thread = Thread(session, None, agent, self)
            work(thread, 0)
            self.report(use, agent, thread)
        else:
            thread = agent_file(self, agent, size, use)
            if session.era != "new" or chance < 0.6:
                self.clock = max(self.clock, thread.clock)
                self.report(use, agent, thread)
            else:
                self.finish("async", use, b"Launched.", b"Look around.", agent_id=agent.encode())

    def report(self, use: bytes, agent: str, thread: Thread | None) -> None:
        """A subagent's result. It repeats the figures of its last response, which count nowhere."""
        usage, size = b'{"input_tokens":3,"output_tokens":444}', 50_599
        if thread is not None and thread.tail is not None:
            size, usage = thread.size, thread.usage(*thread.tail)
        text = prose().cut(self.rng, 1800) + rb"\n<usage>total_tokens: %d</usage>" % size
        self.finish("Task", use, text, text, agent_id=agent.encode(), total_tokens=b"%d" % size, usage=usage)


# ------------------------------------------------------------------------------------- subagents and forks


def work(thread: Thread, size: int) -> None:
    """A subagent's life: one task, responses until its file is large enough."""
    file = thread.file
    begun = file.size if file else 0
    thread.ask()
    for left in range(4000, -1, -1):
        done = left < 3997 if file is None else file.size - begun >= size
        thread.respond(last=done)
        if thread.size > thread.limit:
            thread.compact()
        if done:
            break


def agent_file(parent: Thread, agent: str, size: int, use: bytes) -> Thread:
    """A subagent in the layout of its session."""
    session = parent.session
    if session.layout == "inline":
        thread = Thread(session, parent.file, "inline", parent)
        work(thread, min(size, 60_000))
        return thread
    folder = session.folder
    if session.layout == "nested":
        folder = folder / session.id / "subagents"
    elif session.layout == "workflow":
        folder = folder / session.id / "subagents" / "workflows" / f"wf_{session.id[:8]}-{session.id[9:12]}"
    file = Transcript(folder / f"agent-{agent}.jsonl", session.truth, session.rng)
    thread = Thread(session, file, agent, parent)
    work(thread, size)
    file.close()
    if session.layout != "sibling":
        sidecar = {"agentType": "Explore", "description": sentence(session.rng, 4)}
        if session.rng.random() < 1 / 6:
            sidecar["toolUseId"] = use.decode()
        (folder / f"agent-{agent}.meta.json").write_bytes(orjson.dumps(sidecar))
    if session.layout == "workflow":  # never a transcript, whatever stands in it
        decoy = {"type": "assistant", "message": {"id": "msg_decoy", "model": "none", "usage": PREVIEW}}
        (folder / "journal.jsonl").write_bytes(orjson.dumps(decoy) + b"\n")
    return thread


def side_question(main: Thread, name: str) -> None:
    """A subagent that begins with the main thread's last rows: copies, then one response of its own."""
    session, rng = main.session, main.rng
    assert main.file is not None
    agent = f"{name}-{rng.getrandbits(64):016x}"
    path = session.folder / session.id / "subagents" / f"agent-{agent}.jsonl"
    file = Transcript(path, session.truth, rng)
    for gap in (b"", b" "):
        before = b'"isSidechain":' + gap + b"false"
        after = b'"isSidechain":' + gap + b'true,"agentId":"' + agent.encode() + b'"'
        for row in main.file.recent:
            if before in row:
                file.put(row.replace(before, after, 1))
    thread = Thread(session, file, agent, main)
    thread.ask()
    thread.respond(last=True)
    file.close()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two turns at which a fork may begin."""

    rows: int
    size: int
    cached: int


def write_main(session: Session) -> None:
    """A session's main thread, with the subagents it calls."""
    plan, rng = session.plan, session.rng
    file = Transcript(session.folder / f"{session.id}.jsonl", session.truth, rng, keep=plan.fork_bytes > 0)
    thread = Thread(session, file)
    if plan.main_bytes == 0:
        quiet_rows(thread)
        file.close()
        return
    for name in ("permission-mode", "mode", "snapshot", rng.choice(("titled", "unheard-of"))):
        thread.put(name)
    agents = list(plan.agent_bytes)
    marks: list[Mark] = []
    while True:
        share = min(1.0, file.size / plan.main_bytes)
        while agents and (len(plan.agent_bytes) - len(agents) + 0.5) / len(plan.agent_bytes) <= share:
            thread.spawn(agents.pop())
        if file.size >= plan.main_bytes:
            break
        thread.turn(plan.main_bytes)
        turn_extras(thread, marks)
    finish_main(thread)
    file.close()
    if marks:
        write_fork(thread, rng.choice(marks[len(marks) // 3 :]))


def turn_extras(thread: Thread, marks: list[Mark]) -> None:
    """What happens between two turns: a title, another directory, a side question."""
    rng, file, session = thread.rng, thread.file, thread.session
    assert file is not None
    if file.kept is not None and len(file.kept) < 2000:
        marks.append(Mark(len(file.kept), thread.size, thread.cached))
    chance = rng.random()
    if chance < 0.05:
        thread.put(rng.choice(("ai-title", "custom-title", "agent-name", "queue-operation", "last-prompt")))
    elif chance < 0.06:
        thread.values[b"cwd"] = session.cwd.encode() + b"/packages/core"  # the project stays the first one
    elif chance < 0.07 and session.style == "anthropic" and file.size > 50_000:
        side_question(thread, rng.choice(("aside_question", "acompact", "aprompt_suggestion")))


def quiet_rows(thread: Thread) -> None:
    """A session in which nothing was answered; one in ten is an empty file."""
    if thread.rng.random() < 0.1:
        return
    for name in ("snapshot", "titled", "mode", "last-prompt"):
        thread.put(name)
    thread.put("prompt", text=prose().cut(thread.rng, 900))
    thread.session.truth.do("prompts", 1, thread.clock)


def finish_main(thread: Thread) -> None:
    thread.wait(1)
    thread.put("ai-title")
    thread.put("last-prompt")
    thread.put("duration")


def write_fork(original: Thread, mark: Mark) -> None:
    """A copy of a session's beginning that goes on by itself, later than its original ended.

    Its copied rows keep the original's session id, or bear the fork's own: either way they belong to the
    original, by name or because its last row is older.
    """
    parent, rng = original.session, original.rng
    assert original.file is not None and original.file.kept is not None
    plan = replace(parent.plan, fork_bytes=0, picture_bytes=0)
    fork = Session(plan, parent.folder.parent, parent.truth, rng)
    while fork.id <= parent.id:
        fork.id = uuid(rng).decode()
    fork.cwd, fork.folder, fork.era, fork.style = parent.cwd, parent.folder, parent.era, parent.style
    fork.is_spaced, fork.is_hour, fork.clock = parent.is_spaced, parent.is_hour, original.clock
    file = Transcript(fork.folder / f"{fork.id}.jsonl", fork.truth, rng)
    rewritten = rng.random() < 0.5
    for row in original.file.kept[: mark.rows]:
        file.put(row.replace(parent.id.encode(), fork.id.encode()) if rewritten else row)
    fork.written.update(parent.written)
    thread = Thread(fork, file)
    thread.wait(3600 * rng.random() + 5)
    if mark.size:
        thread.size, thread.cached, thread.grown, thread.cold = mark.size, mark.cached, 40, False
    until = file.size + parent.plan.fork_bytes
    while file.size < until:
        thread.turn(until)
    finish_main(thread)
    file.close()


def write_orphans(session: Session) -> None:
    """Subagents whose main file is gone."""
    parent = Thread(session, None)
    for size in session.plan.agent_bytes:
        agent_file(parent, f"{session.rng.getrandbits(68):017x}", size, b"toolu_0")


def write_session(job: tuple[Plan, Path]) -> Truth:
    plan, root = job
    truth = Truth()
    session = Session(plan, root, truth, random.Random(f"session {plan.seed} {plan.number}"))
    if plan.is_orphan:
        write_orphans(session)
    else:
        write_main(session)
    return truth


def generate(folder: Path, megabytes: int, *, seed: int = 1) -> Truth:
    """Write a history of about `megabytes` million bytes under `folder/projects`, and `folder/truth.json`."""
    truth = Truth(megabytes=megabytes, seed=seed)
    root = folder / "projects"
    root.mkdir(parents=True)
    jobs = ((plan, root) for plan in make_plans(seed, megabytes))
    if megabytes < 20:
        for job in jobs:
            truth.merge(write_session(job))
    else:
        with multiprocessing.Pool() as pool:
            for part in pool.imap(write_session, jobs, chunksize=4):
                truth.merge(part)
    (folder / "truth.json").write_bytes(orjson.dumps(truth, option=orjson.OPT_INDENT_2))
    return truth


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.synthetic", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder that does not hold a history yet")
    parser.add_argument("--mb", type=int, default=100, help="megabytes to write (default 100)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.perf_counter()
    truth = generate(options.folder, options.mb, seed=options.seed)
    seconds = time.perf_counter() - begun
    rate = truth.bytes / MEGABYTE / seconds
    print(f"{truth.files} files, {truth.lines} lines, {truth.bytes} bytes: {seconds:.1f} s, {rate:.0f} MB/s")
    print(orjson.dumps(truth.total).decode())


if __name__ == "__main__":
    main()
