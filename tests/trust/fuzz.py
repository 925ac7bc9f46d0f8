"""Rows and files that no program ever wrote, and good responses among them that must not get lost.

    python -m tests.trust.fuzz --rows 1000000 --seed 1

Every row of the made-up history is a template: values are exchanged for any other JSON value, keys left out, renamed
or given twice, the bytes cut and turned over. Between them stand good responses whose figures follow from their
number. Each batch is a history of its own, read with everything that a question may ask of it; every question
answers it, and so do some command lines of lines.py: options, outputs, exports. A batch that takes longer than a
minute ends the run with a traceback: that would be a hang.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.formats import ATTACKS
from tests.trust.checks import complaints
from tests.trust.lines import asked, every_line, exports
from tokenscope.app.registry import find_question, question_names
from tokenscope.demo import demo_transcripts
from tokenscope.history.history import History
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.store import Store
from tokenscope.view.question import Drawing

LONGEST = 60  # seconds a batch
BATCH = 2_000  # rows
FILES = 12  # of each batch
GOOD_SHARE = 0.05
POOL = ("u1", "u2", "u3", "../../x", "a1", "a2", "toolu_1", "msg_bad_1", "msg_bad_2", "")
TIMES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-06-01T10:00:00Z", "2026-02-30T00:00:00Z", "now", "")
NUMBERS = (-1, 0, 1, 10**9, 10**30, -(10**30), 1.5, -0.0, 1e308, 2**53, 2**64)
EMPTY: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": ""}, {"type": None}, [{"type": "text"}])
LINES = 3  # of each batch, and one export


@dataclass(slots=True)
class Count:
    """What a run has been through."""

    rows: int = 0
    files: int = 0
    bytes: int = 0
    good: int = 0
    malformed: int = 0
    answers: int = 0
    lines: int = 0
    slowest: float = 0.0  # seconds a megabyte, reading alone
    failures: list[str] = field(default_factory=list)


def deep(depth: int) -> str:
    return '{"a":[' * depth + "]}" * depth


def any_value(random: Random) -> Any:
    kind = random.randrange(7)
    if kind == 0:
        return random.choice(NUMBERS)
    if kind == 1:
        return random.choice(TIMES)
    if kind == 2:
        return random.choice(ATTACKS)
    if kind == 3:
        return random.choice(POOL)
    if kind == 4:
        return "x" * random.choice((0, 1, 300, 10_000))
    return deepcopy(random.choice(EMPTY))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container inside a value, with each of its keys or indices."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            yield one, key
            waiting.append(one[key])


def mutated(random: Random, row: Any, names: list[str]) -> Any:
    """A row with one to three of its values changed."""
    for _ in range(random.randint(1, 3)):
        container, key = random.choice(list(places(row)) or [({"": ""}, "")])
        what = random.randrange(5)
        if what == 0 and isinstance(container, dict):
            del container[key]
        elif what == 1 and isinstance(container, dict):
            container[random.choice(names)] = container.pop(key)
        elif what == 2 and isinstance(key, str) and key.lower().endswith(("id", "uuid")):
            container[key] = random.choice(POOL)
        else:
            container[key] = any_value(random)
    return row


def broken(random: Random, line: bytes) -> bytes:
    """A line with its bytes damaged."""
    at = random.randrange(len(line) + 1)
    inserted = random.choice((b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\n", b"\\ud800", b'"'))
    nested = deep(random.choice((10, 1_000, 10_000))).encode()
    damages = (
        line[:at],
        line[at:],
        line[:at] + bytes([random.randrange(256)]) + line[at + 1 :],
        line[:at] + inserted + line[at:],
        random.choice((b"\xef\xbb\xbf", b"\x00" * 100, b" \t")) + line + b"\r",
        line[:1] + b'"type":"user","type":null,"message":{},' + line[1:],
        line[:1] + b'"message":' + nested + b"," + line[1:],
        nested,
    )
    return random.choice(damages)


def good(number: int) -> bytes:
    """A response whose figures follow from its number."""
    usage = {"input_tokens": number % 7, "output_tokens": number % 1_000 + 1, "cache_read_input_tokens": number}
    message = {
        "id": f"msg_good_{number}",
        "model": "claude-opus-4-8",
        "role": "assistant",
        "usage": usage,
        "content": [],
    }
    row = {"type": "assistant", "uuid": f"good-{number}", "timestamp": "2026-06-01T10:00:00Z", "message": message}
    return json.dumps(row).encode()


def made_up(random: Random, templates: list[bytes], names: list[str], rows: int, first: int) -> tuple[list[bytes], int]:
    """Lines of a batch, and how many good ones are among them."""
    lines, many = [], 0
    for _ in range(rows):
        if random.random() < GOOD_SHARE:
            lines.append(good(first + many))
            many += 1
            continue
        row = mutated(random, json.loads(random.choice(templates)), names)
        line = json.dumps(row, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
        lines.append(broken(random, line) if random.random() < 0.3 else line)
    return lines, many


def write(random: Random, lines: list[bytes], root: Path) -> None:
    """The lines over files of every layout."""
    for number in range(FILES):
        session = f"{number % 5}1111111-2222-4333-8444-555555555555"
        name = (
            f"{session}.jsonl",
            f"{session}/subagents/agent-a{number}.jsonl",
            f"{session}/subagents/workflows/wf_1/agent-w{number}.jsonl",
            f"agent-s{number}.jsonl",
        )[number % 4]
        path = root / "projects" / f"-p{number % 3}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\n".join(lines[number::FILES]) + b"\n" * random.randrange(2))
        if number % 4 == 1:
            sidecar = json.dumps(any_value(random)).encode("utf-8", "surrogatepass")
            path.with_suffix(".meta.json").write_bytes(sidecar)


def check(store: Store, first: int, many: int) -> str | None:
    """What is wrong with the good responses of a batch, or None."""
    found = {message.id: message for message in store.messages if message.id.startswith("msg_good_")}
    for number in range(first, first + many):
        message = found.get(f"msg_good_{number}")
        if message is None:
            return f"msg_good_{number} is lost"
        figures = (message.input_tokens, message.output_tokens, message.cache_read_input_tokens)
        if figures != (number % 7, number % 1_000 + 1, number):
            return f"msg_good_{number} has other figures: {figures}"
    return None


def answers(store: Store) -> Iterator[str]:
    """Every question's cards about a store; raises where one cannot answer."""
    history = History(store, Scope(now=1_780_660_800_000), pricer.load_pricer(user_file=None))
    for name in question_names():
        analyzer = find_question(name)
        report = analyzer.analyze(history)
        for card in analyzer.cards(report, Drawing(now=1_780_660_800_000, zone=None)):
            yield card.sentence


def batch(random: Random, templates: list[bytes], names: list[str], rows: int, count: Count) -> None:
    """One history: made, read, asked."""
    with TemporaryDirectory() as folder:
        lines, many = made_up(random, templates, names, rows, count.good)
        write(random, lines, Path(folder))
        size = sum(map(len, lines))
        count.rows += rows
        count.files += FILES
        count.bytes += size
        count.good += many
        began = time.perf_counter()
        store = load([Path(folder)], ~Facet.USAGE, processes=random.choice((1, 1, 1, 2)))
        count.slowest = max(count.slowest, (time.perf_counter() - began) / max(size, 1) * 1e6)
        count.malformed += store.coverage.malformed_rows
        if wrong := check(store, count.good - many, many):
            count.failures.append(wrong)
        count.answers += sum(1 for _ in answers(store))
        for line in [*random.sample(every_line(), LINES), random.choice(exports())]:
            wrong_lines = complaints(line, *asked(line, Path(folder), Path(folder)))
            count.failures += [f"{' '.join(line.words)}: {one}" for one in wrong_lines]
            count.lines += 1


def fuzz(rows: int, seed: int, *, first: int = 0, show: bool = False) -> Count:
    """So many rows in batches, the first of which has the number `first`; what went wrong is in `failures`."""
    random, count = Random(seed), Count()
    templates = [json.dumps(row).encode() for _, rows_of_file in demo_transcripts() for row in rows_of_file]
    random.shuffle(templates)
    templates = [line for line in templates if len(line) < 4_000][:3_000]
    names = sorted({key for line in templates[:300] for _, key in places(json.loads(line)) if isinstance(key, str)})
    while count.rows < rows:
        number = first + count.rows // BATCH
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        try:
            batch(Random(f"{seed} {number}"), templates, names, min(BATCH, rows - count.rows), count)
        except Exception:
            count.failures.append(f"--seed {seed} --first {number}: {traceback.format_exc()}")
        finally:
            faulthandler.cancel_dump_traceback_later()
        if show and count.rows % (50 * BATCH) == 0:
            print(f"{count.rows:,} rows", flush=True)
    return count


def together(counts: Iterable[Count]) -> Count:
    """What several runs have been through."""
    whole = Count()
    for count in counts:
        for name in ("rows", "files", "bytes", "good", "malformed", "answers", "lines"):
            setattr(whole, name, getattr(whole, name) + getattr(count, name))
        whole.slowest = max(whole.slowest, count.slowest)
        whole.failures += count.failures
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the batch to begin with, to repeat one")
    parser.add_argument("--processes", type=int, default=1, help="each with a seed of its own")
    given = parser.parse_args()
    many = given.processes
    with ProcessPoolExecutor(many) as pool:  # fails where one of them does
        runs = [
            pool.submit(fuzz, given.rows // many, given.seed + number, first=given.first, show=True)
            for number in range(many)
        ]
        count = together(run.result() for run in runs)
    print(
        f"{count.rows:,} rows in {count.files:,} files ({count.bytes / 1e6:,.0f} MB), {count.malformed:,} of them "
        f"malformed; {count.good:,} good responses among them; {count.answers:,} cards, {count.lines:,} command lines; "
        f"slowest batch {count.slowest:.2f} s a MB; {len(count.failures)} failures"
    )
    for failure in count.failures[:20]:
        print("-", failure)
    raise SystemExit(bool(count.failures))


if __name__ == "__main__":
    main()
