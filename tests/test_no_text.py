"""`--no-text`: nothing that a transcript says is in any answer, in any format; figures and names are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask
from tests.ingest import FIRST, SECOND
from tests.transcripts import History, agent_result, text, tool_use
from tokenscope.app.registry import find_question, question_names

SECRET = "xyzzy"
QUESTIONS = [name for name in question_names() if find_question(name).reads]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text that a person, the model or a tool can leave in a session holds the secret, three times over."""
    history = History(tmp_path_factory.mktemp("secrets"))
    for number in range(3):
        session = history.session(f"{number}{FIRST[1:]}", cwd="/home/ada/shop")
        session.prompt(f"{SECRET} in a prompt", at=f"2026-06-0{number + 1}T10:00:00Z")
        session.title(f"{SECRET} in a title")
        blocks = [
            text(f"{SECRET} said"),
            tool_use(f"{number}a", "Bash", {"command": f"echo {SECRET}", "description": SECRET}),
            tool_use(f"{number}b", "Grep", {"pattern": SECRET}),
            tool_use(f"{number}c", "Agent", {"description": SECRET, "prompt": SECRET, "subagent_type": "Explore"}),
            tool_use(f"{number}d", "WebSearch", {"query": SECRET}),
            tool_use(f"{number}e", "TodoWrite", {"todos": [{"content": SECRET, "status": "pending"}]}),
            tool_use(f"{number}f", "mcp__server__tool", {"what": SECRET}),
        ]
        session.response(blocks=blocks, cache_write=20_000)
        session.tool_result(f"{number}a", f"Exit code 1 {SECRET}", is_error=True)
        session.tool_result(f"{number}b", f"{SECRET} found {'.' * 3000}")
        agent = session.subagent(f"a{number}abcd", description=SECRET)
        agent.prompt(SECRET)
        agent.response(blocks=[text(SECRET)], cache_write=900)
        session.tool_result(f"{number}c", SECRET, tool_use_result=agent_result(f"a{number}abcd"))
        session.api_error(f"API Error: {SECRET}")
        session.compaction(summary=SECRET)
        session.user([text(f"[Request interrupted by user] {SECRET}")], {})
        session.response(blocks=[text(SECRET)], cache_read=20_000)
    return history.write()


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_told(root: Path, question: str) -> None:
    views: list[tuple[str, ...]] = [()]
    if question == "session":
        views += [("--timeline",), ("--map",), ("--timeline", "--full-text")]
    for view in views:
        for output in ("--json", "--csv", "--plain", "--no-color"):
            if output == "--csv" and not find_question(question).rows:
                continue
            answer = ask(question, *view, output, "--no-text", "--all", root=root)
            assert answer.code == 0
            assert SECRET not in answer.out


def test_without_it_texts_are_told(root: Path) -> None:
    """Otherwise the test above would prove nothing."""
    assert SECRET in ask("sessions", root=root).out
    assert SECRET in ask("context", "--json", root=root).out
    for view in ((), ("--timeline",), ("--map",)):
        assert SECRET in ask("session", *view, root=root).out


@pytest.mark.parametrize("question", QUESTIONS)
def test_figures_stay(root: Path, question: str) -> None:
    shown, hidden = (ask(question, "--json", *words, root=root).report for words in ((), ("--no-text",)))
    for name in ("total", "usage", "prompt_tokens"):
        assert shown.get(name) == hidden.get(name)
    if question == "context":
        kinds = [
            [(one["kind"], one["occurrences"], one["tokens"]) for one in report["recurring"]]
            for report in (shown, hidden)
        ]
        assert kinds[0] == kinds[1]
        assert kinds[0]


def test_paths_and_names_stay(root: Path) -> None:
    report = ask("session", "--json", "--no-text", root=root).report
    assert report["details"]["project"] == "/home/ada/shop"
    assert {tool["tool"] for tool in report["tools"]["tools"]} >= {"Bash", "Grep", "mcp__server__tool"}


def test_an_error_tells_no_title(root: Path) -> None:
    answer = ask("session", SECRET, "--no-text", root=root)
    assert answer.code == 2
    assert answer.err.count(SECRET) == 1  # what was asked for
    assert answer.err.count("/home/ada/shop") == 3
    assert SECOND not in answer.err
