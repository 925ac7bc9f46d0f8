"""Made-up histories of one extreme shape each, whose totals are known: one file, one row, very many files.

python -m tests.benchmark --shape one-file --mb 2000      # all in one file
python -m tests.benchmark --shape one-row --mb 100        # a session, and in its middle one row of this size
python -m tests.benchmark --shape many-files --mb 400     # a file for every 20 KB
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from tests.synthetic import FIGURES, MEGABYTE

START = datetime(2026, 8, 1, tzinfo=UTC)
OUTPUT = 10_000  # bytes of each tool's output
FILE = 20_000  # bytes of each of many files
USAGE = {
    "input_tokens": 3,
    "cache_creation_input_tokens": 700,
    "cache_read_input_tokens": 40_000,
    "cache_creation": {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 100},
    "output_tokens": 250,
}


def session_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def row(session: int, number: int, body: dict[str, Any], *, first: dict[str, Any] | None = None) -> bytes:
    """One row of a session. `first`: fields that stand before all others."""
    time = (START + timedelta(minutes=session, milliseconds=number)).isoformat(timespec="milliseconds")
    fields = {
        **(first or {}),
        "parentUuid": None,
        "isSidechain": False,
        "cwd": f"/home/dev/project {session % 50}",
        "sessionId": session_id(session),
        "version": "2.1.80",
        **body,
        "uuid": f"{number:08x}-0000-4000-9000-{session:012x}",
        "timestamp": time.replace("+00:00", "Z"),
    }
    return orjson.dumps(fields) + b"\n"


def response(session: int, number: int) -> bytes:
    use = {"type": "tool_use", "id": f"toolu_{session}_{number}", "name": "Read", "input": {"file_path": "/a.py"}}
    said = {"model": "claude-opus-4-8", "id": f"msg_{session:012d}{number:012d}", "type": "message"}
    message = {**said, "role": "assistant", "content": [use], "stop_reason": "tool_use", "stop_sequence": None}
    return row(session, number, {"message": {**message, "usage": USAGE}, "requestId": "req_1", "type": "assistant"})


def result(session: int, number: int, size: int = OUTPUT, *, screen_first: bool = False) -> bytes:
    """A tool's result. With the screen's copy first, its beginning does not tell that nobody needs it."""
    text = "0123456789 said the tool\n" * (size // 50)  # it stands there twice, 25 bytes a line
    block = {"tool_use_id": f"toolu_{session}_{number - 1}", "type": "tool_result", "content": text}
    body: dict[str, Any] = {"type": "user", "message": {"role": "user", "content": [block]}}
    shown = {"toolUseResult": {"stdout": text, "interrupted": False}}
    return row(session, number, body, first=shown) if screen_first else row(session, number, {**body, **shown})


def turns(session: int) -> Iterator[bytes]:
    """A response and its tool's result, without end."""
    number = 0
    while True:
        yield response(session, number)
        yield result(session, number + 1)
        number += 2


def up_to(size: int, rows: Iterator[bytes]) -> Iterator[bytes]:
    while size > 0:
        line = next(rows)
        size -= len(line)
        yield line


def one_file(megabytes: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    yield 1, up_to(megabytes * MEGABYTE, turns(1))


def one_row(megabytes: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    def rows() -> Iterator[bytes]:
        yield from islice(turns(1), 100)
        yield result(1, 100, megabytes * MEGABYTE, screen_first=True)
        yield response(1, 101)

    yield 1, rows()


def many_files(megabytes: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    for session in range(megabytes * MEGABYTE // FILE):
        yield session, up_to(FILE, turns(session))


SHAPES: dict[str, Callable[[int], Iterator[tuple[int, Iterator[bytes]]]]] = {
    "one-file": one_file,
    "one-row": one_row,
    "many-files": many_files,
}


def generate(folder: Path, shape: str, megabytes: int) -> None:
    """Write it under `folder/projects`, and its truth beside it."""
    truth = {"megabytes": megabytes, "files": 0, "lines": 0, "bytes": 0}
    responses = 0
    for session, rows in SHAPES[shape](megabytes):
        path = folder / "projects" / f"-home-dev-project-{session % 50}" / f"{session_id(session)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for line in rows:
                truth["lines"] += 1
                truth["bytes"] += file.write(line)
                responses += b'"type":"assistant"' in line[:2000]
        truth["files"] += 1
    known = {name: responses * value for name, value in USAGE.items() if isinstance(value, int)}
    known |= {name: responses * value for name, value in USAGE["cache_creation"].items()}  # type: ignore[attr-defined]
    known["messages"] = responses
    known["total_tokens"] = responses * sum(value for value in USAGE.values() if isinstance(value, int))
    total = {name: known[name] for name in FIGURES}
    (folder / "truth.json").write_bytes(orjson.dumps({**truth, "total": total}))
