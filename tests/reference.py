"""What a history holds, read slowly and plainly: the yardstick that the program's reader is tested against.

Nothing here comes from tokenscope, and nothing is done for speed: every file is read whole, every line is
decoded, and each step follows a rule of the format (T01 to T51) in its plain wording. Where the rules leave
a choice, the choice stands in the docstring of the function that makes it.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

Json = dict[str, Any]
Key = tuple[str | int, ...]
Group = TypeVar("Group")

LARGEST_COUNTER = 10**12
LEFT_OUT = ("journal.jsonl", "audit.jsonl")
EXTRA_PARTS = ("advisor_message", "compaction")
REQUESTS = ("message", "fallback_message")


@dataclass(frozen=True, slots=True)
class Figures:
    """The counters of one request, and how many of them were not plain whole numbers (T13)."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    cache_write_5m: int
    cache_write_1h: int
    anomalies: int


@dataclass(frozen=True, slots=True)
class Response:
    """One response counted once, or one extra request inside it (`part` is then not empty)."""

    key: str
    session_id: str
    agent_id: str | None  # None: the main thread
    is_main: bool
    model: str
    time: int | None  # milliseconds since 1970 UTC
    input: int
    output: int
    cache_read: int
    cache_write: int
    cache_write_5m: int
    cache_write_1h: int
    is_floor: bool
    part: str  # "", "advisor_message" or "compaction"
    project: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What was met on the way."""

    rows: int  # lines that hold an object
    malformed: int  # lines that hold something else
    response_rows: int
    duplicate_rows: int  # response rows beyond the first of each response
    anomalies: int  # counters that were not plain whole numbers, over all response rows


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some responses. Extra parts add tokens, but are not responses of their own."""

    responses: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    floors: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """One file: whose it is, and its rows with their line numbers."""

    path: Path
    folder: str  # the encoded working directory
    session_id: str
    agent_id: str | None  # None: a session's main file
    rows: list[tuple[int, Json]]
    malformed: int
    last_time: float  # of its last row with a readable time; infinite without any


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One row that reports a response. `order` is its place in the whole history."""

    transcript: Transcript
    order: tuple[int, int]  # file number, line number
    row: Json
    session_id: str | None  # as the row itself says
    agent_id: str | None
    is_progress: bool
    is_sidechain: bool
    figures: Figures

    @property
    def message(self) -> Json:
        message: Json = self.row["message"]
        return message

    @property
    def time(self) -> int | None:
        return milliseconds(self.row.get("timestamp"))


def read(roots: list[Path]) -> list[Response]:
    """Every response under these roots, once, in order of first appearance (files in path order)."""
    return survey(roots)[0]


def counts(roots: list[Path]) -> Counts:
    """How many rows, malformed lines, repeated rows and odd counters these roots hold."""
    return survey(roots)[1]


def survey(roots: list[Path]) -> tuple[list[Response], Counts]:
    """Responses and counts together."""
    transcripts = [transcript(path, inside) for path, inside in find_files(roots)]
    projects = projects_by_session(transcripts)
    by_key: dict[Key, list[ResponseRow]] = {}
    for number, file in enumerate(transcripts):
        for row in response_rows(file, number):
            by_key.setdefault(key_of(row), []).append(row)
    by_key = {name: rows for key, together in by_key.items() for name, rows in told_apart(key, together).items()}
    responses = [one for key, rows in by_key.items() for one in respond(key, rows, projects)]
    every_row = [row for rows in by_key.values() for row in rows]
    return responses, Counts(
        rows=sum(len(file.rows) for file in transcripts),
        malformed=sum(file.malformed for file in transcripts),
        response_rows=len(every_row),
        duplicate_rows=len(every_row) - len(by_key),
        anomalies=sum(row.figures.anomalies + extra_anomalies(row) for row in every_row),
    )


# --- files (T02, T03, T04) ---


def find_files(roots: list[Path]) -> list[tuple[Path, Path]]:
    """Every transcript and its path inside `projects`, in the order of the whole paths as strings, once each.

    A file that can be reached by several paths (links, overlapping roots) counts under the first of them.
    """
    found: dict[str, tuple[Path, Path]] = {}
    for root in roots:
        projects = root if root.name == "projects" else root / "projects"
        for path in walk(projects, seen=[]):
            found[str(path)] = (path, path.relative_to(projects))
    files: dict[tuple[int, int], tuple[Path, Path]] = {}
    for name in sorted(found):
        status = found[name][0].stat()
        files.setdefault((status.st_dev, status.st_ino), found[name])
    return list(files.values())


def walk(folder: Path, seen: list[str]) -> Iterable[Path]:
    """Transcripts at any depth; a link that leads back to a folder it stands in is not followed again."""
    real = os.path.realpath(folder)
    if real in seen or not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=str):
        if path.is_dir():
            yield from walk(path, [*seen, real])
        elif path.suffix == ".jsonl" and path.name not in LEFT_OUT and path.is_file():
            yield path


def transcript(path: Path, inside: Path) -> Transcript:
    """The file's rows, its session (from the path first, then from the rows) and its subagent, if any."""
    rows, malformed = decode(path.read_bytes())
    folders = inside.parts[:-1]
    is_agent = path.name.startswith("agent-") or "subagents" in folders[1:]
    session_id = path.stem
    if "subagents" in folders[1:]:
        session_id = folders[folders.index("subagents", 1) - 1]
    elif is_agent:
        session_id = first_string((row for _, row in rows), "sessionId") or path.stem
    times = [milliseconds(row.get("timestamp")) for _, row in rows]
    return Transcript(
        path=path,
        folder=folders[0] if folders else path.parent.name,
        session_id=session_id,
        agent_id=path.stem.removeprefix("agent-") if is_agent else None,
        rows=rows,
        malformed=malformed,
        last_time=next((time for time in reversed(times) if time is not None), math.inf),
    )


def projects_by_session(transcripts: list[Transcript]) -> dict[str, str]:
    """Each session's project: the first `cwd` of its main file, else of its subagents, else the folder."""
    files: dict[str, list[Transcript]] = {}
    for file in sorted(transcripts, key=lambda file: file.agent_id is not None):  # stable: path order stays
        files.setdefault(file.session_id, []).append(file)
    return {
        session: first_string((row for file in group for _, row in file.rows), "cwd") or group[0].folder
        for session, group in files.items()
    }


def first_string(rows: Iterable[Json], name: str) -> str | None:
    return next((row[name] for row in rows if isinstance(row.get(name), str) and row[name]), None)


# --- lines (T10, T11, T12) ---


def decode(content: bytes) -> tuple[list[tuple[int, Json]], int]:
    """The objects of a file with their line numbers, and the number of lines that are something else."""
    rows: list[tuple[int, Json]] = []
    malformed = 0
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        text = line.decode("utf-8", errors="replace").strip("\ufeff\0\r ")
        if not text:
            continue
        value = decode_line(text)
        if isinstance(value, dict):
            rows.append((number, value))
        elif number < len(lines):  # else: the unfinished last line
            malformed += 1
    return rows, malformed


def decode_line(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# --- rows (T22, T24, T26) ---


def response_rows(file: Transcript, number: int) -> list[ResponseRow]:
    """The rows of a file that report a response, whether its own or inside a progress row."""
    found = []
    for line, outer in file.rows:
        is_progress = outer.get("type") == "progress"
        data = outer.get("data") if is_progress else None
        row = inner_row(data) if is_progress else outer
        if row is None or "attachment" in outer or not is_response(row):
            continue
        found.append(
            ResponseRow(
                transcript=file,
                order=(number, line),
                row=row,
                session_id=row.get("sessionId", outer.get("sessionId")),
                agent_id=agent_of(file, outer, data),
                is_progress=is_progress,
                is_sidechain=file.agent_id is not None or is_side(row) or is_side(outer),
                figures=figures(row["message"]["usage"]),
            )
        )
    return found


def is_side(row: Json) -> bool:
    return row.get("isSidechain") is True


def inner_row(data: object) -> Json | None:
    """The row that an `agent_progress` holds."""
    if isinstance(data, dict) and data.get("type") == "agent_progress" and isinstance(data.get("message"), dict):
        row: Json = data["message"]
        return row
    return None


def is_response(row: Json) -> bool:
    message = row.get("message")
    return (
        row.get("type") == "assistant"
        and "attachment" not in row
        and row.get("isApiErrorMessage") is not True
        and isinstance(message, dict)
        and isinstance(message.get("usage"), dict)
        and message.get("model") != "<synthetic>"
    )


def agent_of(file: Transcript, row: Json, progress: Json | None) -> str | None:
    """The subagent a row belongs to: as progress says, else the file's, else the inline chain's."""
    if progress is not None:
        named = progress.get("agentId")
        return named if isinstance(named, str) else f"inline:{row.get('uuid')}"
    if file.agent_id is not None:
        return file.agent_id
    if not is_side(row):
        return None
    named = row.get("agentId")
    return named if isinstance(named, str) and named else f"inline:{chain_root(file, row).get('uuid')}"


def chain_root(file: Transcript, row: Json) -> Json:
    """The row an inline sidechain starts with: up by `parentUuid` while the parent is a sidechain row."""
    seen = []
    while row.get("parentUuid") is not None and row["parentUuid"] not in seen:
        parents = [other for _, other in file.rows if other.get("uuid") == row["parentUuid"]]
        if not parents or not is_side(parents[0]):
            break
        seen.append(row["parentUuid"])
        row = parents[0]
    return row


def key_of(row: ResponseRow) -> Key:
    """What makes two rows the same response."""
    identity = row.message.get("id")
    if isinstance(identity, str) and identity:
        if identity.startswith(("msg_", "chatcmpl-")) or len(identity) >= 16:
            return (identity,)
        figures = row.figures
        return (row.transcript.session_id, identity, figures.input, figures.cache_read, figures.cache_write)
    uuid = row.row.get("uuid")
    return ("uuid", uuid) if isinstance(uuid, str) and uuid else (str(row.transcript.path), row.order[1])


def told_apart(key: Key, rows: list[ResponseRow]) -> dict[Key, list[ResponseRow]]:
    """The responses that one id stands for: an id that is a moment, in different threads with different prompts (T22)."""
    if len(key) > 1 or not re.fullmatch(r"([A-Za-z]+[_-])?[0-9]{10,19}", str(key[0])):
        return {key: rows}
    threads: dict[tuple[str, str | None], list[ResponseRow]] = {}
    for row in rows:
        threads.setdefault((row.transcript.session_id, row.agent_id), []).append(row)

    def prompt(some: list[ResponseRow]) -> tuple[int, int, int]:
        kept = max(some, key=lambda row: (row.figures.output, -1 if row.time is None else row.time, row.order)).figures
        return kept.input, kept.cache_read, kept.cache_write

    groups: list[list[list[ResponseRow]]] = []
    for thread in threads.values():
        same = [group for group in groups if any(prompt(thread) == prompt(other) for other in group)]
        groups = [group for group in groups if group not in same]
        groups.append([thread, *(one for group in same for one in group)])
    if len(groups) == 1:
        return {key: rows}
    together = [sorted((row for thread in group for row in thread), key=lambda row: row.order) for group in groups]
    return {(*key, *prompt(some)): some for some in together}


# --- one response from its rows (T20, T21, T27, T28) ---


def respond(key: Key, rows: list[ResponseRow], projects: dict[str, str]) -> list[Response]:
    """The response itself, then the extra requests its kept row reports."""
    kept = max(rows, key=lambda row: (row.figures.output, -1 if row.time is None else row.time, row.order))
    home = credited(rows)
    times = [row.time for row in rows if row.time is not None]
    model = string(kept.message.get("model"))
    requests = [("", model, kept.figures)]
    requests += [
        (
            "refused_attempt" if entry["type"] in REQUESTS else entry["type"],
            string(entry.get("model")) or model,
            figures(entry),
        )
        for entry in extra_entries(kept)
    ]
    session = home.transcript.session_id
    return [
        Response(
            key=" ".join(str(part) for part in key),
            session_id=session,
            agent_id=home.agent_id,
            is_main=home.agent_id is None,
            model=served,
            time=min(times, default=None),
            input=request.input,
            output=request.output,
            cache_read=request.cache_read,
            cache_write=request.cache_write,
            cache_write_5m=request.cache_write_5m,
            cache_write_1h=request.cache_write_1h,
            is_floor=not part and kept.message.get("stop_reason") is None,
            part=part,
            project=projects[session],
        )
        for part, served, request in requests
    ]


def credited(rows: list[ResponseRow]) -> ResponseRow:
    """The row whose file, session and subagent the response counts for; the same in any order of reading.

    Where one file holds several rows of a response, its best row speaks for it, by the same ranking.
    """

    def rank(row: ResponseRow) -> tuple[bool, bool, bool, float, tuple[int, int]]:
        is_stranger = row.session_id != row.transcript.session_id
        return (row.is_progress, row.is_sidechain, is_stranger, row.transcript.last_time, row.order)

    return min(rows, key=rank)


def extra_entries(row: ResponseRow) -> list[Json]:
    """The requests beside the response's own counters: extra parts, and the attempts before the last fallback (T58).

    Attempts are outside only where the rest is what the counters say.
    """
    entries = row.message["usage"].get("iterations")
    if not isinstance(entries, list):
        return []
    entries = [entry for entry in entries if isinstance(entry, dict)]
    requests = [entry for entry in entries if entry.get("type") in REQUESTS]
    fallbacks = [place for place, entry in enumerate(entries) if entry.get("type") == "fallback_message"]
    served = fallbacks[-1] if fallbacks else -1
    last = [figures(entry) for place, entry in enumerate(entries) if place >= served and entry in requests]
    if sum(map(prompt_size, last)) != prompt_size(figures(row.message["usage"])):
        served = -1
    return [
        entry
        for place, entry in enumerate(entries)
        if entry.get("type") in EXTRA_PARTS or (entry.get("type") in REQUESTS and place < served)
    ]


def prompt_size(one: Figures) -> int:
    return one.input + one.cache_read + one.cache_write


def extra_anomalies(row: ResponseRow) -> int:
    return sum(figures(entry).anomalies for entry in extra_entries(row))


# --- values (T13, T50, T51) ---


def figures(usage: Json) -> Figures:
    """The counters of a usage object.

    The cache write is the total; the sum of the split stands in where the total is absent, null or 0. Only a
    split that is absent or null altogether is no anomaly.
    """
    anomalies = 0

    def counter(holder: Json, name: str) -> int:
        nonlocal anomalies
        value, is_plain = whole_number(holder.get(name))
        anomalies += not is_plain
        return value

    split = usage.get("cache_creation")
    short = long = 0
    if isinstance(split, dict):
        short = counter(split, "ephemeral_5m_input_tokens")
        long = counter(split, "ephemeral_1h_input_tokens")
    elif split is not None:
        anomalies += 1
    write = counter(usage, "cache_creation_input_tokens")
    total = usage.get("cache_creation_input_tokens")
    if total is None or (total == 0 and whole_number(total)[1]):  # T59
        write = short + long
    long = min(long, write)
    input_tokens, output = counter(usage, "input_tokens"), counter(usage, "output_tokens")
    cache_read = counter(usage, "cache_read_input_tokens")
    return Figures(input_tokens, output, cache_read, write, write - long, long, anomalies)


def whole_number(value: object) -> tuple[int, bool]:
    """A counter as a whole number, and whether it was written as one."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNTER:
        return value, True
    number = math.nan
    if isinstance(value, str) and re.fullmatch("[0-9]{1,4000}", value):  # int() refuses more than 4,300
        number = int(value)
    if isinstance(value, float):
        number = value
    return (int(number) if 0 <= number <= LARGEST_COUNTER else 0), False


def milliseconds(value: object) -> int | None:
    """A timestamp with a zone, from 2000 to 2099 UTC, in milliseconds since 1970; anything else is None."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    if time.tzinfo is None:
        return None
    is_in_range = datetime(2000, 1, 1, tzinfo=UTC) <= time < datetime(2100, 1, 1, tzinfo=UTC)
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) if is_in_range else None


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


# --- sums and groups ---


def totals(responses: Iterable[Response]) -> Totals:
    """The sums over these responses."""
    some = list(responses)
    return Totals(
        responses=sum(not one.part for one in some),
        input=sum(one.input for one in some),
        output=sum(one.output for one in some),
        cache_read=sum(one.cache_read for one in some),
        cache_write=sum(one.cache_write for one in some),
        cache_write_5m=sum(one.cache_write_5m for one in some),
        cache_write_1h=sum(one.cache_write_1h for one in some),
        floors=sum(one.is_floor for one in some),
    )


def grouped(responses: Iterable[Response], group_of: Callable[[Response], Group]) -> dict[Group, Totals]:
    """Sums a group, in order of first appearance."""
    groups: dict[Group, list[Response]] = {}
    for one in responses:
        groups.setdefault(group_of(one), []).append(one)
    return {group: totals(members) for group, members in groups.items()}


def by_model(responses: Iterable[Response]) -> dict[str, Totals]:
    return grouped(responses, lambda one: one.model)


def by_project(responses: Iterable[Response]) -> dict[str, Totals]:
    return grouped(responses, lambda one: one.project)


def by_session(responses: Iterable[Response]) -> dict[str, Totals]:
    return grouped(responses, lambda one: one.session_id)


def by_agent(responses: Iterable[Response]) -> dict[tuple[str, str | None], Totals]:
    """Sums a thread: (session, subagent), None for the main thread."""
    return grouped(responses, lambda one: (one.session_id, one.agent_id))


def by_day(responses: Iterable[Response], zone: tzinfo) -> dict[date, Totals]:
    """Sums a local day. Responses without a readable time are in no day: see `undated` (T51)."""
    dated = ((one, one.time) for one in responses if one.time is not None)
    days = {id(one): (one, datetime.fromtimestamp(time / 1000, zone).date()) for one, time in dated}
    return grouped((one for one, _ in days.values()), lambda one: days[id(one)][1])


def undated(responses: Iterable[Response]) -> list[Response]:
    return [one for one in responses if one.time is None]
