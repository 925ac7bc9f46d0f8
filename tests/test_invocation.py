"""The next command is shown as the reader has to type it."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from tests.asking import PATIENCE, REPOSITORY, ask, ask_outside
from tests.transcripts import History
from tokenscope.app.request import as_typed, typed_command


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("/home/ada/.cache/uv/archive-v0/yjl_CWE-r772frcx", "uvx tokenscope-cli"),
        ("/home/ada/.cache/uv/environments-v2/tokenscope-1f", "uvx tokenscope-cli"),
        ("/home/ada/.local/share/uv/tools/tokenscope-cli", "tokenscope"),
        ("/home/ada/.local/share/pipx/.cache/3d5cc2b7bb642ee", "pipx run tokenscope-cli"),
        ("/home/ada/.cache/pipx/3d5cc2b7bb642ee", "pipx run tokenscope-cli"),
        ("/Users/ada/Library/Caches/pipx/3d5cc2b7bb642ee", "pipx run tokenscope-cli"),
        ("/home/ada/.local/share/pipx/venvs/tokenscope-cli", "tokenscope"),
        ("/home/ada/src/archive-v0-notes/.venv", "tokenscope"),
        ("/usr", "tokenscope"),
    ],
)
def test_the_environment_tells_the_runner(prefix: str, expected: str) -> None:
    assert typed_command({}, PurePosixPath(prefix)) == expected
    assert typed_command({}, PureWindowsPath("C:" + prefix.replace("/", "\\"))) == expected


def test_the_npm_package_says_how_it_was_started() -> None:
    uvx = PurePosixPath("/home/ada/.cache/uv/archive-v0/x")
    assert typed_command({"TOKENSCOPE_COMMAND": "npx tokenscope"}, uvx) == "npx tokenscope"
    assert typed_command({"TOKENSCOPE_COMMAND": "tokenscope"}, uvx) == "tokenscope"


def test_whatever_else_stands_in_the_variable_is_not_shown() -> None:
    assert typed_command({"TOKENSCOPE_COMMAND": "\x1b[2Jrm -rf /"}, PurePosixPath("/usr")) == "tokenscope"


def test_only_commands_are_changed_in_a_text() -> None:
    text = "`tokenscope demo`, or `tokenscope`; tokenscope reads"
    assert as_typed(text, "npx tokenscope") == "`npx tokenscope demo`, or `npx tokenscope`; tokenscope reads"


def test_a_page_and_a_hint_show_it(history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history.session().response()
    root, env = history.write(), {"TOKENSCOPE_COMMAND": "npx tokenscope"}
    assert "next: npx tokenscope weekly" in ask_outside("daily", root=root, env=env).out
    assert "hint: `npx tokenscope demo` shows" in ask_outside(root=tmp_path / "none", env=env).err
    assert "next: tokenscope weekly" in ask("daily", root=root).out


def test_the_demo_leads_to_the_demo() -> None:
    assert "next: tokenscope demo weekly" in ask("demo", "daily").out
    assert "a made-up history · 49 sessions" in ask("demo", "daily").out


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of one's own needs POSIX")
def test_in_a_terminal_a_hint_is_broken_between_words(tmp_path: Path) -> None:
    """As a pipe gets it: one line a hint. Both offer the demo."""
    import fcntl  # noqa: PLC0415 - not on Windows
    import pty  # noqa: PLC0415
    import termios  # noqa: PLC0415

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    command = [sys.executable, "-m", "tokenscope", "--root", str(tmp_path / "none")]
    env = dict(os.environ)  # without COLUMNS, which the readline of a test run may have set below Python
    done = subprocess.run(
        command, cwd=REPOSITORY, env=env, stdout=theirs, stderr=theirs, stdin=theirs, timeout=PATIENCE, check=False
    )
    os.close(theirs)
    said = os.read(ours, 10_000).decode().replace("\r", "")
    os.close(ours)
    piped = ask("--root", tmp_path / "none")
    assert (done.returncode, piped.code, piped.out) == (3, 3, "")
    assert said.split() == piped.err.split()
    assert "`tokenscope demo` shows every card on a made-up history" in " ".join(said.split())
    assert [line for line in said.splitlines() if len(line) > 60 and " " in line.strip()] == []
    assert len(piped.err.splitlines()) == 4
