"""Transcripts that are written while they are read: appended to, rewritten, cut off, deleted, made again.

    python -m tests.trust.live --rounds 10000

A writer works in a process of its own, without pause, on a few files; the history is read again and again beside it.
What is only appended to must give a sum between what was there at the beginning of a reading and at its end. Of what
is also cut and deleted, every response that is found must have been written whole: its figures follow from its id.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tokenscope.errors import NoTranscriptsError
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.store import Store

FILES = 4
FULL = 120  # rows, then a file begins anew
PATIENCE = 100  # readings, for each in which something was written


@dataclass(slots=True)
class Count:
    """What a run has been through."""

    rounds: int = 0
    responses: int = 0  # read, all rounds together
    changed: int = 0  # rounds in which the writer wrote while they were read
    failures: list[str] = field(default_factory=list)


def response(number: int) -> bytes:
    """A response whose figures follow from its id; long, so that it is often caught half written."""
    usage = {"input_tokens": number, "output_tokens": 2 * number + 1, "cache_read_input_tokens": 3 * number}
    content = [{"type": "text", "text": "words " * (number % 400)}]
    message = {"id": f"msg_live_{number}", "model": "claude-opus-4-8", "usage": usage, "content": content}
    row = {"type": "assistant", "uuid": f"u{number}", "timestamp": "2026-06-01T10:00:00Z", "message": message}
    return json.dumps(row).encode() + b"\n"


def path_of(root: Path, place: int) -> Path:
    return root / "projects" / "-p" / f"{place}1111111-2222-4333-8444-555555555555.jsonl"


def append(root: Path, written: Synchronized[int], stop: Synchronized[int]) -> None:
    """Responses one after the other, each in two halves; `written` counts those that are whole."""
    files = [path_of(root, place).open("ab", buffering=0) for place in range(FILES)]
    while not stop.value:
        number = written.value
        line = response(number)
        half = len(line) * (number % 10) // 10
        file = files[number % FILES]
        file.write(line[:half])
        file.write(line[half:])
        written.value = number + 1
        if number % (FULL * FILES) == 0:  # else reading takes longer and longer
            for one in files:
                one.truncate(0)


def disturb(root: Path, written: Synchronized[int], stop: Synchronized[int]) -> None:
    """Everything that can happen to a file."""
    random = Random(1)
    while not stop.value:
        path = path_of(root, random.randrange(FILES))
        line = response(written.value)
        written.value += 1
        what = random.randrange(12)
        try:
            if what == 0:
                path.unlink()
            elif what == 1:
                os.truncate(path, random.randrange(2_000))
            elif what == 2:
                other = path.with_suffix(".new")
                other.write_bytes(line * 2)
                other.replace(path)
            elif what == 3:
                path.write_bytes(line[: random.randrange(len(line))])
            else:
                with path.open("ab", buffering=0) as file:
                    half = random.randrange(len(line))
                    file.write(b"\n" + line[:half])
                    file.write(line[half:])
        except OSError:
            continue


@contextmanager
def writer(kind: str, root: Path) -> Iterator[Synchronized[int]]:
    """The process that writes, and how many responses it has written."""
    context = multiprocessing.get_context("fork")
    written, stop = context.Value("q", 0), context.Value("q", 0)
    for place in range(FILES):
        path_of(root, place).parent.mkdir(parents=True, exist_ok=True)
        path_of(root, place).write_bytes(b"")
    process = context.Process(target={"append": append, "disturb": disturb}[kind], args=(root, written, stop))
    process.start()
    try:
        yield written
    finally:
        stop.value = 1
        process.join(10)
        process.kill()


def torn(store: Store) -> Iterator[str]:
    """Responses that nobody wrote so."""
    for message in store.messages:
        number = int(message.id.removeprefix("msg_live_"))
        figures = (message.input_tokens, message.output_tokens, message.cache_read_input_tokens)
        if figures != (number, 2 * number + 1, 3 * number):
            yield f"{message.id}: {figures}"


def lost(store: Store, before: int, after: int) -> Iterator[str]:
    """Responses that were there before the reading began and are missing, or that came after it had ended."""
    found = {int(message.id.removeprefix("msg_live_")) for message in store.messages}
    begun = before - before % (FULL * FILES) + FULL * FILES
    if after < begun:  # no file began anew meanwhile
        missing = set(range(begun - FULL * FILES + 1, before)) - found
        if missing:
            yield f"{len(missing)} of {before} are lost, {min(missing)} the first"
    if found and max(found) > after:
        yield f"{max(found)} of {after}"


def live(rounds: int, kind: str, *, show: bool = False) -> Count:
    """Read until a writer of a kind ("append" or "disturb") has written so often in the middle of it."""
    count = Count()
    with TemporaryDirectory() as folder, writer(kind, Path(folder)) as written:
        while count.changed < rounds and count.rounds < PATIENCE * rounds:
            before = written.value
            try:
                store = load(
                    [Path(folder)], Facet.CONTENT | Facet.TOOLS if count.rounds % 2 else Facet.USAGE, processes=1
                )
            except NoTranscriptsError:
                store = Store()
            after = written.value
            count.failures += torn(store)
            if kind == "append":
                count.failures += lost(store, before, after)
            count.rounds += 1
            count.responses += len(store.messages)
            count.changed += after > before
            if show and count.rounds % 5_000 == 0:
                print(f"{count.rounds:,} rounds", flush=True)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10_000)
    given = parser.parse_args()
    failed = False
    for kind in ("append", "disturb"):
        count = live(given.rounds, kind, show=True)
        print(
            f"{kind}: {count.rounds:,} rounds, {count.changed:,} of them while it wrote, {count.responses:,} responses "
            f"read, {len(count.failures)} failures"
        )
        for failure in count.failures[:20]:
            print("-", failure)
        failed |= bool(count.failures)
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
