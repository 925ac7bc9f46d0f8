"""A history with an invented credential of every kind in every field: none of it is in any answer, in any format."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.asking import REPOSITORY, ask
from tests.transcripts import History, agent_result, text, tool_use
from tests.trust.credential_kinds import KINDS
from tests.trust.lines import Line, asked, every_line, lines_of
from tokenscope.credential_values import MARK

LINES = every_line()
NAMES = [kind for kind in KINDS if kind.text.startswith(f"use {kind.values[0]}")]
PART = 6  # characters of a value, in a row


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = History(tmp_path_factory.mktemp("credentials"))
    for number, kind in enumerate(KINDS):
        write_session(history, number, kind.text, NAMES[number % len(NAMES)].values[0])
    return history.write()


def write_session(history: History, number: int, said: str, name: str) -> None:
    """`said` in every text of a session, three times over, and the bare token `name` in every name."""
    for time in range(3):
        session = history.session(f"{number:04x}{time:04x}-0000-4000-8000-000000000000", cwd=f"/home/ada/{name}/shop")
        session.prompt(said, at="2026-06-01T10:00:00Z", row={"gitBranch": name})
        session.title(said, ("ai-title", "custom-title", "agent-name")[time])
        inputs: dict[str, dict[str, object]] = {
            "Bash": {"command": said, "description": said},
            "Grep": {"pattern": said, "path": name},
            "Agent": {"description": said, "prompt": said, "subagent_type": name},
            "WebSearch": {"query": said},
            "WebFetch": {"url": said, "prompt": said},
            "TodoWrite": {"todos": [{"content": said, "status": "pending"}]},
            "Read": {"file_path": f"/home/ada/{name}.txt"},
            "Edit": {"file_path": f"/home/ada/{name}.txt", "old_string": said, "new_string": said},
            "Skill": {"skill": name},
            f"mcp__{name}__tool": {"what": said, said: "x"},
        }
        ids = {tool: f"toolu_{number}_{time}_{place}" for place, tool in enumerate(inputs)}
        blocks = [text(said), *(tool_use(ids[tool], tool, given) for tool, given in inputs.items())]
        session.response(blocks=blocks, cache_write=20_000, model="claude-opus-4-8")
        for tool in ("Bash", "Edit", "WebFetch"):
            session.tool_result(ids[tool], f"Exit code 1 {said}", is_error=True)
        for tool in ("Grep", "WebSearch", f"mcp__{name}__tool"):
            session.tool_result(ids[tool], f"{said} {'.' * 3000}")
        agent = session.subagent(f"a{number}{time}abcd", description=said, agent_type=name)
        agent.prompt(said)
        agent.response(blocks=[text(said)], cache_write=900, model=f"gateway/{name}")
        session.tool_result(ids["Agent"], said, tool_use_result=agent_result(f"a{number}{time}abcd"))
        use = f"toolu_{number}_{time}_push"
        push = {"command": f"git switch -c {name} && git push https://ada:{name}@git.example/x {name} && gh pr create"}
        session.response(blocks=[tool_use(use, "Bash", push)], cache_read=20_000)
        session.tool_result(use, f"https://ada:{name}@git.example/x/pull/7")
        session.append(
            {"type": "pr-link", "prUrl": f"https://ada:{name}@git.example/pull/7", "timestamp": "2026-06-01T10:00:00Z"}
        )
        session.api_error(f"API Error: {said}")
        session.system("api_error", error={"message": said}, retryAttempt=1)
        session.user([text(f"[Request interrupted by user] {said}")], {})
        session.response(blocks=[text(said)], cache_read=20_000)


def parts() -> set[str]:
    """All that must be nowhere, but for what stands in the sentences around it."""
    around = "\n".join(_around(kind.text, kind.values) for kind in KINDS)
    found = {value[at : at + PART] for kind in KINDS for value in kind.values for at in range(len(value) - PART + 1)}
    return {part for part in found if part not in around}


def _around(said: str, values: tuple[str, ...]) -> str:
    for value in values:
        said = said.replace(value, "\n")
    return said


def seen(written: bytes) -> set[str]:
    """Those of the parts that stand in an answer."""
    told = written.decode("utf-8", "replace").replace('\\"', '"')
    wanted = parts()
    return {told[at : at + PART] for at in range(len(told) - PART + 1)} & wanted


@pytest.mark.parametrize("number", range(len(LINES)), ids=[" ".join(line.words) for line in LINES])
def test_no_credential_is_in_any_answer(root: Path, tmp_path: Path, number: int) -> None:
    answer, written = asked(LINES[number], root, tmp_path)
    assert answer.code == 0
    assert len(written) > 40
    assert seen(written) == set()
    assert seen(answer.err.encode()) == set()


@pytest.mark.parametrize("number", range(0, len(KINDS), 9))
def test_nor_in_the_whole_texts_of_a_session(root: Path, tmp_path: Path, number: int) -> None:
    for words in (("--timeline", "--full-text", "--all", "--plain"), ("--map", "--plain"), ("--json",)):
        line = Line(("session", f"{number:04x}0000", *words), "plain")
        answer, written = asked(line, root, tmp_path)
        assert answer.code == 0
        assert seen(written) == set()


@pytest.mark.parametrize("question", ["context", "git", "report", "session"])
def test_nor_where_texts_are_hidden(root: Path, tmp_path: Path, question: str) -> None:
    for line in lines_of(question):
        answer, written = asked(line._replace(words=(*line.words, "--no-text")), root, tmp_path)
        assert answer.code == 0
        assert seen(written) == set()


def test_an_error_names_titles_without_credentials(root: Path) -> None:
    answer = ask("session", "export", root=root)
    assert (answer.code, answer.out) == (2, "")
    assert MARK in answer.err
    assert seen(answer.err.encode()) == set()


def test_a_database_holds_none(root: Path, tmp_path: Path) -> None:
    assert ask("export", tmp_path / "x.sqlite", "--with-text", root=root).code == 0
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection:
        assert seen("\n".join(connection.iterdump()).encode()) == set()


def test_the_answer_says_how_many(root: Path) -> None:
    answer = ask("context", "--json", root=root)
    marks = json.dumps(json.loads(answer.out)["report"], ensure_ascii=False).count(MARK)
    assert marks > len(KINDS) // 2
    assert json.loads(answer.out)["coverage"]["masked_credentials"] == marks
    assert f"{marks} credentials masked" in " ".join(ask("context", "--plain", root=root).out.split())


def test_a_credential_is_seen_where_it_stands() -> None:
    """Otherwise nothing would be proved."""
    for kind in KINDS:
        assert seen(kind.text.encode())


def test_secrets_are_shown_to_eyes_only(root: Path) -> None:
    for words in (("--show-secrets",), ("--full-text", "--show-secrets"), ("--full-text", "--show-secrets", "--json")):
        answer = ask("session", "--timeline", *words, root=root)
        assert answer.code == 2
        assert seen(answer.out.encode()) == set()


def test_a_terminal_shows_them_when_asked(root: Path) -> None:
    session = "00000000-0000-4000-8000-000000000000"
    words = ("session", session, "--timeline", "--full-text", "--all", "--root", str(root))
    shown, hidden = in_a_terminal(*words, "--show-secrets"), in_a_terminal(*words)
    assert KINDS[0].values[0] in shown
    assert seen(hidden.encode()) == set()
    assert MARK in hidden


def in_a_terminal(*words: str) -> str:
    """What the program writes to a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "NO_COLOR": "1", "COLUMNS": "200", "TERM": "xterm"}
    with subprocess.Popen([sys.executable, "-m", "tokenscope", *words], env=environment, stdout=theirs) as process:
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 1 << 16):
                written += piece
        except OSError:  # how a terminal ends on Linux
            pass
        os.close(ours)
    assert process.returncode == 0
    return written.decode()


@pytest.mark.parametrize("question", ["context", "files", "git", "prompts", "sessions", "subagents", "tools"])
def test_figures_are_those_of_the_raw_texts(root: Path, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is masked was grouped and counted before."""
    told = ask(question, "--json", root=root).report
    monkeypatch.setattr("tokenscope.app.ask.masked", lambda report: report)
    assert without_texts(ask(question, "--json", root=root).report) == without_texts(told)


def without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return [without_texts(inner) for inner in value.values()]
    if isinstance(value, list):
        return [without_texts(inner) for inner in value]
    return "" if isinstance(value, str) else value
