"""The same history in other words: fields in another order, with spaces, among unknown ones and new types of rows.

    python -m tests.rewritten reordered FOLDER NEW

What it says stays the same, so every answer does; and reading it should take no longer (T12).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

UNKNOWN = {"novelty": {"input_tokens": 5, "type": "assistant"}, "novelties": [1, [2, "three"]], "": None}
NEW_ROW = b'{"type":"novelty","novelty":{"type":"assistant","message":{"usage":{"output_tokens":7}}}}'
EVERY = 20  # rows: behind so many comes one of a new type


def reordered(value: Any) -> Any:
    """With the fields of every object the other way round."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(one) for one in value] if isinstance(value, list) else value


def _spaced(row: Any) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(", ", ": ")).encode("utf-8", "surrogatepass")


def _strange(row: Any) -> bytes:
    return orjson.dumps({**UNKNOWN, **row, "novel": UNKNOWN} if isinstance(row, dict) else row)


WAYS: dict[str, Callable[[Any], bytes]] = {
    "reordered": lambda row: orjson.dumps(reordered(row)),
    "spaced": _spaced,
    "strange": _strange,
}


def rewrite(way: str, folder: Path, new: Path) -> None:
    """Write the history below `folder` anew below `new`, each file as old as its original."""
    for path in sorted(folder.rglob("*")):
        target = new / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jsonl":
            target.write_bytes(b"".join(_lines(way, path.read_bytes())))
            shutil.copystat(path, target)
        else:
            shutil.copy2(path, target)


def _lines(way: str, content: bytes) -> Iterator[bytes]:
    write = WAYS[way]
    *whole, last = content.split(b"\n")
    for number, line in enumerate(whole):
        yield _written(write, line) + b"\n"
        if way == "strange" and number % EVERY == 0:
            yield NEW_ROW + b"\n"
    yield last  # it may still be being written


def _written(write: Callable[[Any], bytes], line: bytes) -> bytes:
    """A line anew; as it is where it is no row, or one that only lenient means make sense of."""
    try:
        return write(orjson.loads(line))
    except (ValueError, TypeError, RecursionError):
        return line


if __name__ == "__main__":
    rewrite(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
