"""Uses of Claude Code's tools in a made-up project: input, what the model got to see, what the screen showed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

import orjson

from tokenscope.demo.material import Project, file_lines, tests_output
from tokenscope.demo.rows import Call, Row

Thing = TypeVar("Thing")
WHOLE = 340  # lines; a longer file is read in parts


class Dice:
    """Chance that falls the same way every time, in every version of Python."""

    def __init__(self, seed: int) -> None:
        self.roll = random.Random(seed).random

    def below(self, count: int) -> int:
        return int(self.roll() * count)

    def often(self, share: float) -> bool:
        return self.roll() < share

    def pick(self, things: Sequence[Thing]) -> Thing:
        return things[self.below(len(things))]


class Source(NamedTuple):
    path: str
    lines: list[str]


@cache
def sources(project: Project) -> tuple[Source, ...]:
    """The project's files."""
    return tuple(
        Source(f"{project.cwd}/{path}", file_lines(project, place)) for place, (path, _) in enumerate(project.files)
    )


def suffix_of(project: Project) -> str:
    return PurePosixPath(project.files[1][0]).suffix


@cache
def read(project: Project, place: int, part: int = 0) -> Call:
    """Read of a file, or of one part of a long one."""
    source = sources(project)[place]
    total = len(source.lines)
    start = part * 160 % total if total > WHOLE else 0
    end = min(total, start + 260) if total > WHOLE else total
    lines = source.lines[start:end]
    seen = "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(lines, start + 1))
    told: Row = {"file_path": source.path}
    if total > WHOLE:
        told |= {"offset": start + 1, "limit": 260}
    about = {"filePath": source.path, "content": "\n".join(lines), "numLines": end - start, "startLine": start + 1}
    return Call("Read", told, seen, {"type": "text", "file": {**about, "totalLines": total}}, 180)


@cache
def _whole(project: Project, place: int) -> str:
    return "\n".join(sources(project)[place].lines)


def edit(project: Project, place: int, dice: Dice) -> Call:
    """Edit: some lines become a few more."""
    source = sources(project)[place]
    start = dice.below(len(source.lines) - 20)
    old = source.lines[start : start + 5 + dice.below(12)]
    added = source.lines[-3 - dice.below(14) : -1]
    keep = len(old) // 2
    new = [*old[:keep], *added, *old[keep + 1 :]]
    first = start + 1
    hunk: Row = {"oldStart": first, "oldLines": len(old), "newStart": first, "newLines": len(new)}
    changed = [*(f"+{line}" for line in added), f"-{old[keep]}"]
    hunk["lines"] = [*(f" {line}" for line in old[:keep]), *changed, *(f" {line}" for line in old[keep + 1 :])]
    strings = {"old_string": "\n".join(old), "new_string": "\n".join(new)}
    shown: Row = {"filePath": source.path, "oldString": strings["old_string"], "newString": strings["new_string"]}
    rest = {"originalFile": _whole(project, place), "structuredPatch": [hunk], "userModified": False}
    return Call(
        "Edit",
        {"file_path": source.path, **strings, "replace_all": False},
        f"The file {source.path} has been updated successfully.",
        {**shown, **rest, "replaceAll": False},
        120,
    )


def failed_edit(project: Project, place: int, dice: Dice) -> Call:
    """Edit of a text that the file does not hold."""
    given = edit(project, place, dice).input
    told = {**given, "old_string": given["old_string"] + "  "}
    words = f"String to replace not found in file.\nString: {told['old_string']}"
    return Call("Edit", told, f"<tool_use_error>{words}</tool_use_error>", f"Error: {words}", 90, failed=True)


def write(project: Project, path: str, blocks: int) -> Call:
    """Write of a new file."""
    content = "\n".join(sources(project)[blocks % len(project.files)].lines[: blocks * 9])
    whole = f"{project.cwd}/{path}"
    shown: Row = {"type": "create", "filePath": whole, "content": content, "structuredPatch": [], "originalFile": None}
    told = {"file_path": whole, "content": content}
    return Call("Write", told, f"File created successfully at: {whole}", {**shown, "userModified": False}, 130)


@cache
def grep(project: Project, noun: str) -> Call:
    """Grep for a noun: every line that holds it, up to a limit."""
    found = (
        f"{source.path[len(project.cwd) + 1 :]}:{number}:{line}"
        for source in sources(project)
        for number, line in enumerate(source.lines, 1)
        if noun in line
    )
    lines = list(islice(found, 70))
    content = "\n".join(lines)
    shown = {"mode": "content", "numFiles": 0, "filenames": [], "content": content, "numLines": len(lines)}
    return Call("Grep", {"pattern": noun, "output_mode": "content", "-n": True, "head_limit": 70}, content, shown, 90)


def glob(project: Project) -> Call:
    """Glob for all files in the project's language."""
    suffix = suffix_of(project)
    names = [source.path for source in sources(project) if source.path.endswith(suffix)]
    shown = {"filenames": names, "durationMs": 12, "numFiles": len(names), "truncated": False}
    return Call("Glob", {"pattern": f"**/*{suffix}"}, "\n".join(names), shown, 60)


def todo(steps: Sequence[str], done: int) -> Call:
    """TodoWrite with the first `done` steps behind it."""

    def items(done: int) -> list[Row]:
        states = ["completed"] * done + ["in_progress"] + ["pending"] * len(steps)
        pairs = zip(steps, states, strict=False)
        return [{"content": step, "status": state, "activeForm": step} for step, state in pairs]

    shown = {"oldTodos": items(done - 1) if done else [], "newTodos": items(done), "verificationNudgeNeeded": False}
    said = (
        "Todos have been modified successfully. Ensure that you continue to use the todo list to track your progress."
    )
    return Call("TodoWrite", {"todos": items(done)}, said, shown, 40)


def bash(command: str, output: str, took: int = 700, **git: Row) -> Call:
    """A command that went well. `git`: what Claude Code noticed of a commit or a pull request."""
    shown = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False, "noOutputExpected": False}
    told = {"command": command, "description": f"Run {command.partition(' -')[0][:60]}"}
    return Call("Bash", told, output or "(no output)", {**shown, **({"gitOperation": git} if git else {})}, took)


def failed_bash(command: str, output: str, took: int = 900) -> Call:
    """A command that failed: its output stands in a text, twice."""
    words = f"Exit code 1\n{output}"
    return bash(command, "", took)._replace(seen=words, shown=f"Error: {words}", failed=True)


_outputs = cache(tests_output)


def run_tests(project: Project, failing: int = 0) -> Call:
    output = _outputs(project, failing)
    return failed_bash(project.tests, output, 24_000) if failing else bash(project.tests, output, 24_000)


def check_types(project: Project) -> Call:
    return bash(project.checks, f"checked {len(project.files) * 3} files, no issues found\n", 6_000)


@cache
def diff(project: Project, first: int) -> Call:
    """git diff over three files."""
    parts = []
    for place in range(first, first + 3):
        path, lines = sources(project)[place % len(project.files)]
        name = path[len(project.cwd) + 1 :]
        parts.append(f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -12,30 +12,62 @@")
        parts += [f"{'+' if number % 3 else ' '}{line}" for number, line in enumerate(lines[12:74])]
    return bash("git diff main...HEAD", "\n".join(parts), 300)


def commit(subject: str, branch: str, dice: Dice) -> Call:
    """git add and git commit in one line."""
    sha = f"{dice.below(1 << 28):07x}"
    output = f"[{branch} {sha}] {subject}\n 4 files changed, {20 + dice.below(160)} insertions(+), 18 deletions(-)\n"
    return bash(f'git add -A && git commit -m "{subject}"', output, 500, commit={"sha": sha, "kind": "committed"})


def pull_request(project: Project, subject: str, number: int) -> Call:
    url = f"https://git.example/ada/{project.cwd.rpartition('/')[2]}/pull/{number}"
    made = {"number": number, "url": url, "action": "created"}
    body = "Tests and type checks pass. See the commits for the reasons."
    return bash(f'gh pr create --title "{subject}" --body "{body}"', url + "\n", 2_600, pr=made)


_STATES = ("Todo", "In Progress", "In Review")


@cache
def linear_issues(project: Project) -> Call:
    """A page of issues, as JSON on one line."""
    issues = [
        {
            "id": f"TIDE-{200 + number}",
            "title": f"The {noun} is not updated when the {other} changes",
            "description": f"Open a station, change the {other}, go back. The {noun} still shows what it did before. "
            "Seen in two browsers. A reload helps. The cache is probably asked before the request is done.",
            "state": _STATES[number % 3],
            "labels": ["bug", "web"],
            "priority": {"value": 1 + number % 4, "name": "High" if number % 4 == 0 else "Medium"},
            "url": f"https://linear.example/tide/issue/TIDE-{200 + number}",
        }
        for number, (noun, other) in enumerate(zip(project.nouns * 4, project.nouns[3:] * 6, strict=False))
    ]
    seen = orjson.dumps({"issues": issues, "hasNextPage": False}).decode()
    told = {"team": "Tide", "state": "open", "limit": 50}
    return Call("mcp__linear__list_issues", told, seen, [{"type": "text", "text": seen}], 1_800)


def linear(tool: str, told: Row, answer: str) -> Call:
    return Call(f"mcp__linear__{tool}", told, answer, [{"type": "text", "text": answer}], 1_200)


def linear_timeout(tool: str, told: Row) -> Call:
    words = "MCP error -32001: Request timed out"
    return Call(f"mcp__linear__{tool}", told, words, f"Error: {words}", 30_000, failed=True)
