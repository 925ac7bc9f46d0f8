"""The same history through tokenscope and ccusage: totals side by side, and where each difference comes from.

    python -m tests.comparison --peer PATH FOLDER …     # a ccusage 20.0.24 binary; config folders

The rules of `ccusage claude daily` were found out by giving it histories of one or two rows. They are applied one
after the other to the rows of a history, read by the tests' own plain reader (tests/reference.py): the first line is
tokenscope's total, each further one what one rule adds or takes, the last but one what ccusage says. What the rules
do not explain stands in a line of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tests.reference import ResponseRow, extra_entries, figures, find_files, key_of, response_rows, transcript

Tokens = tuple[int, int, int, int]
NAMES = ("input", "output", "cache read", "cache write")
NOTHING: Tokens = (0, 0, 0, 0)

TAKES = "rows that it does not take"
TIMES = "no request id: once for each time of its rows"
COPIES = "the same id under another request id"
LARGEST = "the row with the most tokens, not the most output"
SPLIT = "cache writes from the split by lifetime"
INSIDE = "compactions inside a response are left out"
RULES = (TAKES, TIMES, COPIES, LARGEST, SPLIT, INSIDE)

NOT_NULL = (
    *(b"id", b"cwd", b"model", b"speed", b"costUSD", b"version", b"sessionId", b"requestId", b"isApiErrorMessage"),
    *(b"cache_read_input_tokens", b"cache_creation_input_tokens"),
)
COUNTERS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a response, with all that either tool decides by."""

    row: ResponseRow
    is_taken: bool  # by ccusage

    @property
    def says_sidechain(self) -> bool:
        return self.row.row.get("isSidechain") is True

    @property
    def usage(self) -> dict[str, Any]:
        usage: dict[str, Any] = self.row.message["usage"]
        return usage

    def key(self, rules: frozenset[str]) -> tuple[object, ...]:
        """What makes two rows the same response."""
        identity, request = self.row.message.get("id"), self.row.row.get("requestId")
        if TIMES in rules and request is None:
            if not isinstance(identity, str):
                return ("row", self.row.order)
            return (identity, self.row.session_id, self.row.row.get("timestamp"))
        if COPIES in rules and request is not None:
            return (identity, request)
        return key_of(self.row)

    def tokens(self, rules: frozenset[str]) -> Tokens:
        """The response's own counters."""
        own = self.row.figures
        write = own.cache_write
        split = self.usage.get("cache_creation")
        if SPLIT in rules and isinstance(split, dict):
            write = sum(split.get(f"ephemeral_{time}_input_tokens") or 0 for time in ("5m", "1h"))
        return own.input, own.output, own.cache_read, write

    def inside(self, rules: frozenset[str]) -> list[Tokens]:
        """Requests beside its own counters (T28)."""
        entries = [one for one in extra_entries(self.row) if INSIDE not in rules or one["type"] == "advisor_message"]
        found = map(figures, entries)
        return [(one.input, one.output, one.cache_read, one.cache_write) for one in found]

    def beats(self, other: Entry, rules: frozenset[str]) -> bool:
        """Whether its figures stand for the response rather than those of a row before it."""
        if LARGEST not in rules:
            mine, others = ((one.row.figures.output, one.row.time or -1) for one in (self, other))
            return mine >= others
        if self.says_sidechain != other.says_sidechain:
            return other.says_sidechain
        return sum(self.tokens(rules)) > sum(other.tokens(rules))


def entries(root: Path) -> list[Entry]:
    """Every row of a response below a config folder, in the order of files and lines."""
    found = []
    for number, (path, inside) in enumerate(find_files([root])):
        lines = path.read_bytes().split(b"\n")
        for row in response_rows(transcript(path, inside), number):
            found.append(Entry(row, _is_taken(lines[row.order[1] - 1], row)))
    return found


def _is_taken(line: bytes, row: ResponseRow) -> bool:
    """Whether ccusage counts a row at all: strict JSON without spaces, no null or odd value in what it knows."""
    try:
        orjson.loads(line)  # refuses invalid UTF-8, lone surrogates, a byte order mark
    except orjson.JSONDecodeError:
        return False
    usage = row.message["usage"]
    return (
        b'"usage":{' in line
        and not any(b'"%s":null' % name in line for name in NOT_NULL)
        and all(type(usage.get(name, 0)) is int and usage.get(name, 0) >= 0 for name in COUNTERS)
        and usage.get("speed", "standard") in ("standard", "fast")
        and row.time is not None
        and re.match(r"\d+\.\d+\.\d", row.row.get("version", "0.0.0")) is not None
    )


class Sum(NamedTuple):
    responses: int
    tokens: Tokens


def count(rows: Iterable[Entry], rules: frozenset[str]) -> Sum:
    """What a history comes to. Without rules: as tokenscope counts it; with all of them: as ccusage does."""
    kept: list[Entry] = []
    places: dict[tuple[object, ...], int] = {}
    of_session: dict[tuple[object, object], list[int]] = {}
    for row in rows:
        if TAKES in rules and not row.is_taken:
            continue
        key = row.key(rules)
        session = (row.row.message.get("id"), row.row.session_id)
        place = places.get(key)
        if place is not None and kept[place].key(rules) != key:
            place = None  # a row with another key has taken its place meanwhile
        if place is None and rules & {TIMES, COPIES}:  # a sidechain repeats its session's responses
            alike = of_session.get(session, ())
            place = next((one for one in alike if row.says_sidechain or kept[one].says_sidechain), None)
        if place is None:
            place = len(kept)
            kept.append(row)
        elif row.beats(kept[place], rules):
            kept[place] = row
        places[key] = place
        of_session.setdefault(session, []).append(place)
    parts = [part for row in kept for part in (row.tokens(rules), *row.inside(rules))]
    input_, output, read, write = (sum(column) for column in zip(*parts, strict=True)) if parts else NOTHING
    return Sum(len(kept), (input_, output, read, write))


def steps(rows: Sequence[Entry]) -> list[tuple[str, Sum]]:
    """What is counted after each further rule; the first without any."""
    found = [("", count(rows, frozenset()))]
    for number, rule in enumerate(RULES, 1):
        found.append((rule, count(rows, frozenset(RULES[:number]))))
    return found


def minus(one: Tokens, other: Tokens) -> Tokens:
    first, second, third, fourth = (left - right for left, right in zip(one, other, strict=True))
    return first, second, third, fourth


# --- the programs themselves ---


def tokenscope_says(root: Path) -> Sum:
    words = [sys.executable, "-m", "tokenscope", "daily", "--json", "--tz", "UTC", "--root", str(root)]
    total = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["report"]["total"]
    input_, output, read, write = (total[name] for name in COUNTERS)
    return Sum(total["messages"], (input_, output, read, write))


def ccusage_says(root: Path, program: str) -> Tokens:
    """In an empty home, from this folder alone, without the network."""
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": os.environ["PATH"], "HOME": home, "CLAUDE_CONFIG_DIR": str(root)}
        words = [program, "claude", "daily", "--offline", "--json", "--timezone", "UTC"]
        done = subprocess.run(words, env=env, capture_output=True, check=True)
    totals = json.loads(done.stdout)["totals"]
    names = ("inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens")
    input_, output, read, write = (totals[name] for name in names)
    return input_, output, read, write


def compare(root: Path, program: str) -> bool:
    """Print the table of one folder; whether everything in it is explained."""
    ours, theirs = tokenscope_says(root), ccusage_says(root, program)
    found = steps(entries(root))
    print(f"\n{root}\n\n{'':50}{'responses':>10}" + "".join(f"{name:>16}" for name in NAMES))
    _line("tokenscope", ours.responses, ours.tokens)
    for (_, before), (rule, after) in pairwise(found):
        if after != before:
            _line(rule, after.responses - before.responses, minus(after.tokens, before.tokens), signed=True)
    last = found[-1][1]
    left = minus(theirs, last.tokens)
    _line("not explained", None, left, signed=True)
    _line("ccusage", None, theirs)
    if ours != found[0][1]:
        print(f"the plain reader says something else than tokenscope: {found[0][1]}")
    return left == NOTHING and ours == found[0][1]


def _line(title: str, responses: int | None, tokens: Tokens, *, signed: bool = False) -> None:
    form = "+," if signed else ","
    number = "" if responses is None else format(responses, form)
    print(f"{title:50}{number:>10}" + "".join(f"{format(one, form):>16}" for one in tokens))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a config folder")
    parser.add_argument("--peer", required=True, metavar="PATH", help="a ccusage 20.0.24 binary")
    options = parser.parse_args()
    explained = [compare(folder.resolve(), options.peer) for folder in options.folders]
    return 0 if all(explained) else 1


if __name__ == "__main__":
    sys.exit(main())
