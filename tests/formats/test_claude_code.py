"""`--export-config claude-code`: settings that Claude Code reads, each beside its finding; never applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.formats import ATTACKS
from tests.formats.test_harmless import forbidden
from tests.ingest import FIRST, SECOND, THIRD
from tests.transcripts import History, Thread

OPUS, FABLE = "claude-opus-4-8", "claude-fable-5"


def exported(root: Path) -> dict[str, Any]:
    answer = ask("quota-audit", "--export-config", "claude-code", root=root)
    assert (answer.code, answer.err) == (0, "")
    found: dict[str, Any] = json.loads(answer.out)
    return found


def work(thread: Thread, light: int, heavy: int) -> None:
    """A first response and heavy ones of 10,000 tokens, then light ones of 10,600."""
    for _ in range(1 + heavy):
        thread.response(input=0, cache_write=9_000, output=1_000)
    for _ in range(light):
        thread.response(input=0, cache_read=9_000 + 1_000, cache_write=500, output=100)


def test_all_main_threads_together(history: History) -> None:
    """Of Opus' prices a million: write $6.25, read $0.50, output $25. Heavy: 0.08125 each; light: 0.010625."""
    work(history.session(FIRST, model=OPUS), light=20, heavy=2)
    (lever,) = exported(history.write())["levers"]
    assert (lever["file"], lever["settings"]) == ("~/.claude/settings.json", {"model": "sonnet"})
    # 20 x 0.010625 = $0.2125 of it light, 3 x 0.08125 = $0.24375 not: 46.6 %
    expected = "main threads: 47 % of the premium list price went to 20 responses in light stretches (212K tokens, $0.21 at API list price)"
    assert lever["finding"] == expected


def test_a_project_where_the_rest_was_heavy(history: History) -> None:
    """Over all 20 x 0.010625 of 5.49, 4 %; in the blog 20 x 0.010625 of 0.29375, 72 %."""
    work(history.session(FIRST, cwd="/home/ada/blog", model=OPUS), light=20, heavy=0)
    work(history.session(SECOND, cwd="/home/ada/shop", model=OPUS), light=0, heavy=63)
    (lever,) = exported(history.write())["levers"]
    assert (lever["file"], lever["in"]) == (".claude/settings.local.json", "/home/ada/blog")
    assert lever["settings"] == {"model": "sonnet"}
    assert lever["finding"].startswith("this project: 72 % of the premium list price went to 20 responses")


def test_the_next_smaller_family_of_fable_is_opus(history: History) -> None:
    session = history.session(FIRST, model=FABLE)
    session.prompt("Go", at="2026-08-01T10:00:00Z")
    work(session, light=20, heavy=0)
    (lever,) = exported(history.write())["levers"]
    assert lever["settings"] == {"model": "opus"}


def test_subagents_by_the_front_matter_of_their_file(history: History) -> None:
    session = history.session(FIRST, model=OPUS)
    work(session, light=0, heavy=40)
    work(session.subagent("a1", agent_type="reviewer"), light=20, heavy=0)
    levers = exported(history.write())["levers"]
    (lever,) = [one for one in levers if "front_matter" in one]
    assert (lever["file"], lever["front_matter"]) == (".claude/agents/reviewer.md", {"model": "sonnet"})
    assert lever["finding"].startswith("subagents of the type reviewer: 72 % of the premium list price went to 20")


def test_subagents_without_a_file_by_the_variable(history: History) -> None:
    """Explore has no file of its own, and a plugin's agents and hostile names none that could be named."""
    session = history.session(FIRST, model=OPUS)
    work(session, light=0, heavy=200)
    for number, name in enumerate(("Explore", "plugin:reviewer", "../../etc/passwd", None)):
        work(session.subagent(f"a{number}", agent_type=name), light=20, heavy=0)
    (lever,) = exported(history.write())["levers"]
    assert (lever["file"], lever["settings"]) == (
        "~/.claude/settings.json",
        {"env": {"CLAUDE_CODE_SUBAGENT_MODEL": "sonnet"}},
    )
    assert "it would hold for every subagent" in lever["finding"]


@pytest.mark.parametrize(("light", "heavy"), [(9, 0), (20, 8), (0, 5)])
def test_too_little_is_no_reason(history: History, light: int, heavy: int) -> None:
    """9 responses are too few; 20 x 0.010625 of 0.94375 are 22.5 %."""
    work(history.session(FIRST, model=OPUS), light, heavy)
    told = exported(history.write())
    assert told["levers"] == []
    assert told["why_none"] == "no setting covers 10 light responses that are 25 % of its premium usage"


def test_nothing_of_it_is_applied_or_overwritten(history: History, tmp_path: Path) -> None:
    work(history.session(FIRST, model=OPUS), light=20, heavy=0)
    root, file = history.write(), tmp_path / "settings.json"
    before = sorted(root.rglob("*"))
    answer = ask("quota-audit", "--export-config", "claude-code", file, root=root)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    written = file.read_bytes()
    assert json.loads(written) == exported(root)
    again = ask("quota-audit", "--export-config", "claude-code", file, root=root)
    assert (again.code, again.out) == (2, "")
    assert f"{file} exists and is never overwritten" in again.err
    assert file.read_bytes() == written
    assert sorted(root.rglob("*")) == before


def test_a_link_to_nothing_is_not_written_through(history: History, tmp_path: Path) -> None:
    work(history.session(FIRST, model=OPUS), light=20, heavy=0)
    link, target = tmp_path / "link.json", tmp_path / "target.json"
    link.symlink_to(target)
    answer = ask("quota-audit", "--export-config", "claude-code", link, root=history.write())
    assert answer.code == 2
    assert not target.exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--export-config", "codex"), "nothing is exported for 'codex'"),
        (("file.json",), "nothing is written to it"),
        (("--export-config", "claude-code", "--json"), "exclude each other"),
        (("--export-config", "claude-code", "--svg", "x.svg"), "exclude each other"),
        (("--export-config", "claude-code", "no/such/folder/file.json"), "cannot write"),
    ],
)
def test_what_cannot_be_understood(history: History, words: tuple[str, ...], problem: str) -> None:
    work(history.session(FIRST, model=OPUS), light=3, heavy=0)
    answer = ask("quota-audit", *words, root=history.write())
    assert answer.code == 2
    assert problem in answer.err + answer.out


def test_other_questions_have_no_such_option(history: History) -> None:
    work(history.session(FIRST, model=OPUS), light=3, heavy=0)
    assert ask("daily", "--export-config", "claude-code", root=history.write()).code == 2


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_projects_and_types(history: History, attack: str) -> None:
    session = history.session(THIRD, cwd=f"/home/{attack}", model=OPUS, folder="x")
    work(session, light=20, heavy=0)
    work(history.session(SECOND, cwd="/home/ada", model=OPUS), light=0, heavy=60)
    work(session.subagent("a1", agent_type=attack), light=20, heavy=0)
    told = exported(history.write())
    assert told["levers"][0]["file"] == ".claude/settings.local.json"
    for lever in told["levers"]:
        assert forbidden("".join(str(value) for value in lever.values())) == []
