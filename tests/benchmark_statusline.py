"""How long one call of the status line takes, whole process, with a transcript of any size.

    python -m tests.benchmark_statusline --mb 50 --runs 20

The transcript is put together from a made-up history's. Beside the status line: plainly reading the same bytes, and
starting Python; and a status line that needs no transcript, beside `--version`. All take turns in every run; medians
are printed, and ratios of neighbours. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from statistics import median

from tests.benchmark import BARE_PYTHON, BASELINE, READ_EVERY_BYTE, Command, ratio, time_all
from tests.synthetic import MEGABYTE, generate

LATER = 4_000_000_000  # seconds since the epoch
PROGRAM = f"exec {quote(sys.executable)} -m tokenscope"
SESSION = "11111111-2222-4333-8444-555555555555"


def transcript(folder: Path, megabytes: int) -> Path:
    """One session's main file of about so many megabytes, alone in a project folder."""
    generate(folder / "history", megabytes * 3)
    path = folder / "projects" / "-home-dev-work" / f"{SESSION}.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("wb") as stream:
        for part in sorted((folder / "history" / "projects").glob("*/*.jsonl")):
            if not part.name.startswith("agent-"):
                stream.write(part.read_bytes().rstrip(b"\n") + b"\n")
            if stream.tell() >= megabytes * MEGABYTE:
                break
    return path


def commands(path: Path) -> list[Command]:
    given = {"transcript_path": str(path), "rate_limits": {"five_hour": {"used_percentage": 42}}}
    status = path.with_suffix(".json")
    status.write_text(json.dumps(given), encoding="utf-8")
    line = f"{PROGRAM} --statusline < {quote(str(status))}"
    handed = path.with_suffix(".handed")
    window = {"context_window_size": 200_000, "current_usage": {"input_tokens": 84_000}}
    cache = {"warm": True, "expires_at": LATER, "recache_tokens_if_cold": 84_000}
    handed.write_text(json.dumps({**given, "context_window": window, "prompt_cache": cache}), encoding="utf-8")
    own = f"{PROGRAM} --statusline '{{context}} · {{cache}} · {{limits}}' < {quote(str(handed))}"
    return [
        Command(BARE_PYTHON, [sys.executable, "-c", "pass"]),
        Command(BASELINE, [sys.executable, "-I", "-S", "-c", READ_EVERY_BYTE, str(path.parent)]),
        Command("status line", ["sh", "-c", line]),
        Command("--version", ["sh", "-c", f"{PROGRAM} --version"]),
        Command("nothing to be read", ["sh", "-c", own]),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark_statusline", description=__doc__)
    parser.add_argument("--mb", type=int, default=50, help="megabytes of transcript (default 50)")
    parser.add_argument("--runs", type=int, default=20, help="timed runs (default 20)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        path = transcript(Path(temporary), options.mb)
        timed = commands(path)
        time_all(timed, options.runs, temporary)
        print(f"{path.stat().st_size / MEGABYTE:.0f} MB")
        for command in timed:
            milliseconds = [1000 * second for second in command.seconds]
            spread = f"{min(milliseconds):.0f}..{max(milliseconds):.0f}"
            to_reading = ratio(command, timed[1])
            print(f"{command.name:<20} {median(milliseconds):>6.0f} ms {spread:>10} {to_reading:>8}".rstrip())


if __name__ == "__main__":
    main()
