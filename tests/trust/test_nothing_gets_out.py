"""No network, no other program, no file but the one that was asked for: watched from inside the process."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.asking import PATIENCE, REPOSITORY, Answer, ask_outside
from tests.questions import shop
from tests.trust.guard import CODE, MANY
from tests.trust.lines import FILE, Line, every_line
from tokenscope.app.registry import find_question, question_names

NETWORK = ("socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "asyncio", "requests", "webbrowser")
DANGEROUS = ("socket.", "subprocess.", "os.system", "os.exec", "os.spawn", "os.posix_spawn", "webbrowser.", "pty.")
LINES = every_line()
IDS = [" ".join(line.words) for line in LINES]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


def watched(tmp_path: Path, *words: object, root: Path | None = None) -> tuple[Answer, list[str]]:
    """An answer, and what the process did to the world outside."""
    log = tmp_path / "guard.log"
    answer = ask_outside(*words, root=root, code=CODE, env={"GUARD": str(log), "HOME": str(tmp_path)})
    return answer, log.read_text(encoding="utf-8", errors="replace").splitlines()


class Watched(NamedTuple):
    """What came of one command line: `doors` are what it did to the world outside, `out` the bytes it printed."""

    code: int
    out: int
    err: str
    doors: list[str]


@pytest.fixture(scope="module")
def every_answer(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Line, Watched]:
    """All command lines in one process, which starts with an empty home; what is written goes into folders of its own."""
    home = tmp_path_factory.mktemp("home")
    given = []
    for number, line in enumerate(LINES):
        (home / str(number)).mkdir()
        file = str(home / str(number) / "answer")
        given.append([*(file if word == FILE else word for word in line.words), "--root", str(root)])
    log = home / "guard.log"
    answer = ask_outside(code=MANY, env={"GUARD": str(log), "HOME": str(home), "LINES": json.dumps(given)})
    assert (answer.code, answer.err) == (0, "")
    told: list[tuple[int, int, str]] = [json.loads(one) for one in answer.out.splitlines()]
    parts = log.read_text(encoding="utf-8", errors="replace").split("= [")[1:]
    doors = [one.splitlines()[1:] for one in parts]
    found = {line: Watched(*one, seen) for line, one, seen in zip(LINES, told, doors, strict=True)}
    for number, line in enumerate(LINES):
        written = list((home / str(number)).iterdir())
        assert [one.name for one in written] == (["answer"] if FILE in line.words else [])
        if line.words[0] == "export" or line.output == "html":
            assert stat.S_IMODE(written[0].stat().st_mode) == 0o600
    assert {path.name for path in home.iterdir()} == {log.name, *map(str, range(len(LINES)))}
    return found


@pytest.mark.parametrize("line", LINES, ids=IDS)
def test_a_question_opens_no_door_but_to_the_named_file(every_answer: dict[Line, Watched], line: Line) -> None:
    """And to its neighbour of a passing name, which becomes it."""
    answer = every_answer[line]
    assert answer.code == 0
    assert (answer.err == "") == (line.words[0] != "export")  # which says where it went, on stderr
    if FILE not in line.words:
        assert answer.out
        assert answer.doors == []
        return
    assert answer.doors
    allowed = re.compile(rf"/{LINES.index(line)}/(answer\b|\.tokenscope-\w+\.part)|^sqlite3.connect/handle ")
    assert [door for door in answer.doors if not allowed.search(door)] == []
    assert [door for door in answer.doors if door.startswith(DANGEROUS)] == []


@pytest.mark.parametrize("words", [("demo",), ("--help",), ("--version",), ("daily", "--csv"), ("quckstart",)])
def test_no_other_command_line_does_either(root: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    _, doors = watched(tmp_path, *words)
    assert doors == []


def test_settings_to_try_are_the_only_file_written(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    answer, doors = watched(tmp_path, "quota-audit", "--export-config", "claude-code", file, root=root)
    assert (answer.code, answer.err) == (0, "")
    assert set(doors) == {f"write {file}"}


def test_the_status_line_opens_no_door(root: Path, tmp_path: Path) -> None:
    given = {"transcript_path": str(next(root.glob("projects/*/*.jsonl"))), "model": {"id": "x"}}
    log = tmp_path / "guard.log"
    done = subprocess.run(
        [sys.executable, "-c", CODE, "--statusline"],
        input=json.dumps(given).encode(),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "GUARD": str(log), "HOME": str(tmp_path)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"context ")
    assert log.read_bytes() == b""


def test_the_guard_sees_doors(tmp_path: Path) -> None:
    """Otherwise the tests above would prove nothing."""
    opening = CODE.replace(
        "from tokenscope.__main__ import main",
        "import socket; socket.socket(); os.mkdir('made'); open('made/x', 'w').close(); os.system('true')\n"
        "from tokenscope.__main__ import main",
    )
    log = tmp_path / "guard.log"
    opening = f"import os; os.chdir({str(tmp_path)!r})\n{opening}"
    ask_outside("--version", code=opening, env={"GUARD": str(log)})
    seen = log.read_text(encoding="utf-8")
    assert [word in seen for word in ("socket.__new__", "os.mkdir", "write made/x", "os.system")] == [True] * 4


@pytest.mark.parametrize("question", question_names())
def test_no_network_code_is_imported(root: Path, question: str) -> None:
    telling = (
        "import sys; from tokenscope.cli.command_line import run; run(sys.argv[1:]); "
        f"print([name for name in {NETWORK} if name in sys.modules], file=sys.stderr)"
    )
    assert ask_outside(question, "--json", root=root, code=telling).err.strip() == "[]"
    assert find_question(question).name == question
