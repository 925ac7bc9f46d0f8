"""What every question and every export answers, as hashes: the proof that moving code about changed no answer.

    python -m tests.answers_hashes                            # one line an answer
    python -m tests.answers_hashes --against ../older-checkout  # only what differs; exit code 1 if anything does
    python -m tests.answers_hashes --root FOLDER …            # these histories too

Run by hand. The histories are three generated ones; the clock stands at the end of them.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
NOW = 1_795_219_200  # 2026-11-21, UTC: a day after the newest row that is generated
SEEDS_AND_MEGABYTES = ((1, 2), (2, 5), (3, 9))
FORMATS = ("--json", "--csv", "--plain", "--no-color", "--svg", "--html")
EXPORTS = ("json", "ndjson", "csv", "sqlite", "openmetrics", "parquet")
MORE = (
    ("report", "-"),
    ("quota-audit", "--export-config", "claude-code"),
    ("session", "--timeline", "--json"),
    ("session", "--timeline", "--no-color"),
    ("session", "--map", "--no-color"),
    ("sessions", "--by", "project", "--no-color"),
    ("sessions", "--sort", "errors", "--json"),
    ("files", "--by", "folder", "--json"),
    ("daily", "--chart", "--no-color"),
    ("daily", "--activity", "--json"),
    ("hourly", "--activity", "--json"),
    ("models", "--chart", "--json"),
    ("projects", "--chart", "--json"),
    ("wrapped", "--monthly", "--names", "--no-color"),
    ("quickstart", "--max-sessions", "5", "--no-color"),
    ("context", "--since", "2026-11-01", "--json"),
    ("context", "--no-text", "--json"),
)


def command_lines(questions: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """FILE stands for a file that is written, and whose bytes count."""
    for question in questions:
        for form in FORMATS:
            yield (question, form, "FILE") if form in ("--svg", "--html") else (question, form)
    for name in EXPORTS:
        yield "export", "FILE", "--format", name
        yield "export", "FILE", "--format", name, "--with-text", "--since", "2026-11-01"
    yield from MORE


def hash_all(root: Path) -> dict[str, str]:
    """By command line: SHA-256 of exit code, stdout, stderr and the file that was written."""
    import time  # noqa: PLC0415

    time.time_ns = lambda: NOW * 1_000_000_000
    from tokenscope.app.registry import question_names  # noqa: PLC0415 - of the program that PYTHONPATH names

    return {" ".join(words): _hash(words, root) for words in command_lines(question_names())}


def _hash(words: tuple[str, ...], root: Path) -> str:
    from tokenscope.cli.command_line import run  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        given = [str(file) if word == "FILE" else word for word in words]
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n"), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run([*given, "--root", str(root), "--tz", "UTC"])
        out.flush()
        assert isinstance(out.buffer, io.BytesIO)
        written = file.read_bytes() if file.exists() else b""
        told = (out.buffer.getvalue() + err.getvalue().encode()).replace(folder.encode(), b"FOLDER")
    return hashlib.sha256(str(code).encode() + told + written).hexdigest()


def hashes_of(program: Path, root: Path) -> dict[str, str]:
    """The same of another checkout, in a process of its own without a home."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "PYTHONPATH": str(program), "HOME": home, "COLUMNS": "100"}
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(root)], env=environ, cwd=home, stdout=subprocess.PIPE, check=True
        )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _generated(folder: Path) -> Iterator[Path]:
    for seed, megabytes in SEEDS_AND_MEGABYTES:
        root = folder / f"seed-{seed}"
        make = [sys.executable, "-m", "tests.synthetic", str(root), "--mb", str(megabytes), "--seed", str(seed)]
        subprocess.run(make, cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=True)
        yield root


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="the folder of another checkout")
    parser.add_argument("--root", type=Path, action="append", default=[], help="a history of your own; repeatable")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(hash_all(given.one)))
        return 0
    differing = total = 0
    with tempfile.TemporaryDirectory() as folder:
        for root in (*_generated(Path(folder)), *(path.resolve() for path in given.root)):
            found = hashes_of(REPOSITORY, root)
            before = hashes_of(given.against.resolve(), root) if given.against else {}
            for words, digest in found.items():
                total += 1
                if given.against is None:
                    print(digest, root.name, words)
                elif before.get(words) != digest:
                    differing += 1
                    print("differs:", root.name, words)
    print(f"{total} answers" + (f", {differing} differ" if given.against else ""))
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
