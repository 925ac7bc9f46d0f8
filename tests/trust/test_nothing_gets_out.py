"""No network, no other program, no file but the one that was asked for: watched from inside the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers import shop
from tests.questions import Answer, ask_outside
from tests.trust.guard import CODE
from tokenscope.registry import find_question, question_names

NETWORK = ("socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "asyncio", "requests", "webbrowser")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


def watched(tmp_path: Path, *words: object, root: Path | None = None) -> tuple[Answer, list[str]]:
    """An answer, and what the process did to the world outside."""
    log = tmp_path / "guard.log"
    answer = ask_outside(*words, root=root, code=CODE, env={"GUARD": str(log), "HOME": str(tmp_path)})
    return answer, log.read_text(encoding="utf-8", errors="replace").splitlines()


@pytest.mark.parametrize("output", ["--json", "--no-color"])
@pytest.mark.parametrize("question", question_names())
def test_a_question_opens_no_door(root: Path, tmp_path: Path, question: str, output: str) -> None:
    answer, doors = watched(tmp_path, question, output, root=root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out
    if question == "report" and output != "--json":
        page = answer.out.removeprefix("wrote ").strip()
        assert doors
        doors = [door for door in doors if page not in door]  # what it writes is what was asked for
    assert doors == []


@pytest.mark.parametrize("words", [("demo",), ("--help",), ("--version",), ("daily", "--csv"), ("quckstart",)])
def test_no_other_command_line_does_either(root: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    _, doors = watched(tmp_path, *words)
    assert doors == []


@pytest.mark.parametrize("words", [("daily", "--svg"), ("daily", "--html"), ("report",)])
def test_a_picture_is_the_only_file_written(root: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    picture = tmp_path / "cards.svg"
    answer, doors = watched(tmp_path, *words, picture, root=root)
    assert (answer.code, answer.err) == (0, "")
    assert doors
    assert all(str(picture) in door for door in doors)


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
        "import sys; from tokenscope.cli import run; run(sys.argv[1:]); "
        f"print([name for name in {NETWORK} if name in sys.modules], file=sys.stderr)"
    )
    assert ask_outside(question, "--json", root=root, code=telling).err.strip() == "[]"
    assert find_question(question).name == question
