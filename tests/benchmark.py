"""How long each question takes over a history of any size, beside plainly reading the same bytes.

    python -m tests.benchmark --mb 1000 --runs 5
    python -m tests.benchmark --mb 1000 --folder /tmp/history --questions "daily,quickstart --full" --check
    python -m tests.benchmark --shape one-file --mb 2000 --questions daily,context
    python -m tests.benchmark --root ~/.claude --questions all --peer PATH
    python -m tests.benchmark --root ~/.claude --written reordered --questions daily,context

First the figures: `daily`, `models`, `projects`, `sessions` and `quickstart --full` must equal the made-up
history's truth token for token. Then the times: all commands take turns in every run, so that each ratio
is of two neighbours, and medians are printed. Nothing is asserted of a time.

With `--root` any history is timed as it is, whose truth nobody knows; with `--written` also a copy of it in other words
(`tests/rewritten.py`), which every question has to answer alike.

Memory: `peak` is the largest single process that the kernel reports. `tree` is the highest sum, over all
processes of a command, of their proportional set sizes (shared pages count once), sampled every 10 ms in
the warm-up run (Linux only): a short spike may be missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from tests import extremes, rewritten
from tests.synthetic import FIGURES, generate, load

PROJECT = Path(__file__).parents[1]
QUESTIONS = "quickstart,quickstart --full,daily,models,projects,sessions"
USUAL = "usual"
REPORT = "report"  # timed as the page that it is, which is never written over another one
PAGE = ("sh", "-c", f'exec {sys.executable} -m tokenscope report "$(mktemp -u -p "$HOME")" "$@"', "sh")
ALL = "daily,weekly,models,projects,quickstart,context,sessions,git,health,quota-audit,subagents,tools,files,prompts,report"
TOKENSCOPE = (sys.executable, "-m", "tokenscope")
BASELINE, BARE_PYTHON, PEER = "read every byte", "python -c pass", "peer: daily"
ANEW = ", written anew"  # behind a question that is asked of the copy
GROUPINGS = {  # question: (rows of the report, the rows' key, what the truth calls it)
    "daily": ("days", "date", "by_day"),
    "models": ("models", "model", "by_model"),
    "projects": ("projects", "project", "by_project"),
    "sessions": ("sessions", "session_id", "by_session"),
}

READ_EVERY_BYTE = """
import os, sys
buffer = bytearray(8 << 20)
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".jsonl"):
            with open(os.path.join(folder, name), "rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass
"""

# A child's memory begins with that of the process which started it, so a small process starts them all.
LAUNCH = """
import os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - begun
print(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one command."""

    seconds: float
    processor_seconds: float  # of all its processes
    peak_kilobytes: int
    exit_code: int


@dataclass(slots=True)
class Command:
    """Something to time, and what was measured."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    tree_megabytes: float | None = None

    def measure(self, home: str) -> None:
        with self._start(home) as process:
            self.samples.append(finish(process))

    def warm_up(self, home: str) -> None:
        """A run for the page cache, which is not timed, so that sampling its memory disturbs nothing."""
        highest = 0
        with self._start(home) as process:
            while process.poll() is None:
                highest = max(highest, sum(proportional_kilobytes(one) for one in descendants(process.pid)))
                time.sleep(0.01)
            exit_code = finish(process).exit_code
        self.tree_megabytes = highest / 1024 or None
        if exit_code != 0:
            print(f"warning: {self.name} ended with exit code {exit_code}")

    def _start(self, home: str) -> subprocess.Popen[bytes]:
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCH, *self.arguments]
        environment = environment_in(home) | self.environment
        return subprocess.Popen(launcher, stdout=subprocess.PIPE, env=environment, cwd=PROJECT)

    @property
    def seconds(self) -> list[float]:
        return [sample.seconds for sample in self.samples]


def environment_in(home: str) -> dict[str, str]:
    """No settings and no history of the machine's user."""
    return {"PATH": os.environ.get("PATH", ""), "HOME": home, "TZ": "UTC", "COLUMNS": "100"}


def finish(process: subprocess.Popen[bytes]) -> Sample:
    output, _ = process.communicate()
    seconds, processor, kilobytes, exit_code = output.split()
    unit = 1024 if sys.platform == "darwin" else 1
    return Sample(float(seconds), float(processor), int(kilobytes) // unit, int(exit_code))


def descendants(parent: int) -> Iterator[int]:
    """The processes below one, as far as they still run."""
    try:
        children = [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from descendants(child)


def proportional_kilobytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


# ------------------------------------------------------------------------------------------- the figures


def ask(question: str, folder: Path, home: str, **environment: str) -> dict[str, Any]:
    """A question's JSON."""
    command = [*TOKENSCOPE, *question.split(), "--json", "--root", str(folder)]
    ran = subprocess.run(command, env=environment_in(home) | environment, cwd=PROJECT, capture_output=True, check=False)
    if ran.returncode != 0:
        return {"failed": f"exit code {ran.returncode}: {ran.stderr.decode(errors='replace')[-600:]}"}
    answer: dict[str, Any] = orjson.loads(ran.stdout)
    return answer


def figures(usage: dict[str, Any]) -> dict[str, int]:
    return {name: usage[name] for name in FIGURES}


def differences(question: str, folder: Path, truth: dict[str, Any], home: str) -> list[str]:
    """Where a question's tokens are not those of the truth, one line each."""
    answer = ask(question, folder, home)
    if "failed" in answer:
        return [answer["failed"]]
    report = answer["report"]
    found: dict[str, Any] = {}
    expected: dict[str, Any] = {"total": truth["total"]}
    if question in GROUPINGS and GROUPINGS[question][2] in truth:
        rows, key, group = GROUPINGS[question]
        found = {str(row[key]): figures(row["usage"]) for row in report[rows]}
        expected |= truth[group]
        found["malformed rows"] = answer["coverage"]["malformed_rows"]
        expected["malformed rows"] = truth["malformed_rows"]
    found["total"] = figures(report["total"])
    wrong_keys = sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))
    return [f"{key}: {contrast(found.get(key), expected.get(key))}" for key in wrong_keys]


def contrast(found: Any, expected: Any) -> str:
    """Only the counters that differ."""
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return f"{found} instead of {expected}"
    names = [name for name in expected if found[name] != expected[name]]
    return ", ".join(f"{name} {found[name]} instead of {expected[name]}" for name in names)


def check_truth(folder: Path, truth: dict[str, Any], home: str) -> bool:
    is_right = True
    if oversized := ask("daily", folder, home).get("coverage", {}).get("oversized_rows"):
        print(f"rows passed over as too large: {oversized}")
    for question in (*GROUPINGS, "quickstart --full"):
        wrong = differences(question, folder, truth, home)
        is_right &= not wrong
        print(f"{question}: {'the truth, to the token' if not wrong else f'WRONG in {len(wrong)} places'}")
        for line in wrong[:5]:
            print(f"    {line}")
    return is_right


def check_decoding(questions: Sequence[str], folder: Path, home: str) -> bool:
    """Whether each question says the same when every row is decoded in full."""
    is_right = True
    for question in questions:
        fast, full = ask(question, folder, home), ask(question, folder, home, TOKENSCOPE_DECODE="full")
        is_same = fast == full and "failed" not in fast
        is_right &= is_same
        print(f"{question}: full decoding {'says the same' if is_same else 'DIFFERS'}")
        for key in [key for key in fast.keys() | full.keys() if fast.get(key) != full.get(key)]:
            print(f"    {key}: {str(fast.get(key))[:300]}\n      full: {str(full.get(key))[:300]}")
    return is_right


# ---------------------------------------------------------------------------------------------- the times


def commands_for(questions: Sequence[str], folder: Path, peer: str | None) -> list[Command]:
    root = ["--root", str(folder)]
    commands = [
        Command(BASELINE, [sys.executable, "-I", "-S", "-c", READ_EVERY_BYTE, str(folder)]),
        Command(BARE_PYTHON, [sys.executable, "-c", "pass"]),
        Command("--version", [*TOKENSCOPE, "--version"]),
        *(Command(one, [*PAGE, *root]) for one in questions if one == REPORT),
        *(Command(one, [*TOKENSCOPE, *one.split(), "--json", *root]) for one in questions if one != REPORT),
        Command("quickstart, cards", [*TOKENSCOPE, "quickstart", *root]),
    ]
    if peer:
        arguments = [peer, "claude", "daily", "--offline", "--json"]
        commands.append(Command(PEER, arguments, {"CLAUDE_CONFIG_DIR": str(folder)}))
    return commands


def commands_anew(questions: Sequence[str], folder: Path) -> list[Command]:
    root = ["--root", str(folder)]
    return [Command(f"{one}{ANEW}", [*TOKENSCOPE, *one.split(), "--json", *root]) for one in questions]


def check_anew(questions: Sequence[str], folder: Path, copy: Path, home: str) -> bool:
    """Whether each question says the same of the copy, but for where it lies and how many bytes it has."""
    is_right = True
    for question in questions:
        reports = [ask(question, one, home).get("report") for one in (folder, copy)]
        is_same = reports[0] == reports[1] is not None
        is_right &= is_same
        print(f"{question}: of the copy {'the same' if is_same else 'ANOTHER ANSWER'}")
    return is_right


def time_all(commands: Sequence[Command], runs: int, home: str) -> None:
    for command in commands:
        command.warm_up(home)
    for run in range(runs):
        print(f"run {run + 1} of {runs}", file=sys.stderr)
        for command in commands:
            command.measure(home)


def ratio(command: Command, other: Command | None) -> str:
    """The median over runs of one time divided by the other of the same run."""
    if other is None or other is command:
        return ""
    return f"{median(own / its for own, its in zip(command.seconds, other.seconds, strict=True)):.2f}x"


def table(commands: Sequence[Command]) -> Iterator[str]:
    by_name = {command.name: command for command in commands}
    titles = ("", "median s", "min..max s", "cpu s", "peak MB", "tree MB", "to reading", "to peer or original")
    yield "{:<36} {:>9} {:>13} {:>7} {:>8} {:>8} {:>11} {:>20}".format(*titles).rstrip()
    for command in commands:
        seconds = command.seconds
        spread = f"{min(seconds):.2f}..{max(seconds):.2f}"
        processor = median(sample.processor_seconds for sample in command.samples)
        peak = max(sample.peak_kilobytes for sample in command.samples) / 1024
        tree = "" if command.tree_megabytes is None else f"{command.tree_megabytes:.0f}"
        original = by_name.get(command.name.removesuffix(ANEW)) if command.name.endswith(ANEW) else by_name.get(PEER)
        ratios = ratio(command, by_name[BASELINE]), ratio(command, original)
        yield (
            f"{command.name:<36} {median(seconds):>9.3f} {spread:>13} {processor:>7.2f} {peak:>8.0f} "
            f"{tree:>8} {ratios[0]:>11} {ratios[1]:>20}"
        ).rstrip()


# ------------------------------------------------------------------------------------------------- a run


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--mb", type=int, default=1000, help="megabytes of history (default 1000)")
    shapes = (USUAL, *extremes.SHAPES)
    parser.add_argument("--shape", choices=shapes, default=USUAL, help="real histories', or an extreme one")
    parser.add_argument("--folder", type=Path, help="keep the history here, and use it if it is there already")
    parser.add_argument("--root", type=Path, help="time this history as it is, whatever its size")
    parser.add_argument("--written", choices=rewritten.WAYS, help="time a copy in other words too")
    parser.add_argument(
        "--questions", default=QUESTIONS, help=f"with options, separated by commas, or all\n({QUESTIONS})"
    )
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command; 0: figures only")
    parser.add_argument("--peer", metavar="PATH", help="a ccusage 20.0.24 binary")
    parser.add_argument("--check", action="store_true", help="compare with TOKENSCOPE_DECODE=full too")
    return parser.parse_args(arguments)


def prepare(folder: Path, shape: str, megabytes: int) -> dict[str, Any]:
    """The truth of the history in this folder, made now or before."""
    truth = load(folder)
    if truth is None:
        begun = time.perf_counter()
        if shape == USUAL:
            generate(folder, megabytes)
        else:
            extremes.generate(folder, shape, megabytes)
        print(f"made {megabytes} MB in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        truth = load(folder)
    if truth is None or truth["megabytes"] != megabytes:
        raise SystemExit(f"{folder} holds another history: give its size, or another folder")
    return truth


def benchmark(options: argparse.Namespace, folder: Path, home: str) -> bool:
    """Whether every figure was right. `folder`: of a history that is made, and of what else is written."""
    asked = ALL if options.questions == "all" else options.questions
    questions = [one.strip() for one in asked.split(",")]
    is_right, root = True, options.root
    if root is None:
        root, truth = folder, prepare(folder, options.shape, options.mb)
        print(f"{truth['files']} files, {truth['lines']} lines, {truth['bytes'] / 1e6:.0f} MB, {os.cpu_count()} cores")
        is_right = check_truth(folder, truth, home)
    else:
        files = [path.stat().st_size for path in root.rglob("*.jsonl")]
        print(f"{len(files)} files, {sum(files) / 1e6:.0f} MB, {os.cpu_count()} cores")
    if options.check:
        is_right &= check_decoding(questions, root, home)
    commands = commands_for(questions, root, options.peer)
    if options.written:
        copy = folder.with_name(f"{folder.name}-{options.written}")
        rewritten.rewrite(options.written, root, copy)
        is_right &= check_anew(questions, root, copy, home)
        commands += commands_anew(questions, copy)
    if options.runs > 0:
        time_all(commands, options.runs, home)
        print("\n".join(table(commands)))
    return is_right


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 1: a figure is wrong."""
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        home.mkdir()
        folder = (options.folder or Path(temporary) / "history").resolve()
        is_right = benchmark(options, folder, str(home))
    if not is_right:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
