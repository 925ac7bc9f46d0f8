"""Every question that there is, now and later, on an empty history, a malformed and a hostile one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Answer, ask
from tests.formats import ATTACKS
from tests.formats.test_harmless import forbidden
from tests.ingest import FIRST
from tests.transcripts import ABSENT, History, iteration, text, tool_use
from tokenscope.app.registry import find_question, question_names
from tokenscope.draw.harmless import cells
from tokenscope.history.history import History as Seen
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.store import Store
from tokenscope.view.question import Drawing, Sessions

QUESTIONS = question_names()
FORMATS = ("--json", "--csv", "--plain", "--no-color", "--color")


def answers(question: str, root: Path) -> Iterator[tuple[str, Answer]]:
    """The answer in every format that the question has."""
    for output in FORMATS:
        if output == "--csv" and not find_question(question).rows:
            continue
        answer = ask(question, output, "--tz", "UTC", root=root)
        assert (answer.code, answer.err) == (0, "")
        yield output, answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_store_without_anything(question: str) -> None:
    analyzer = find_question(question)
    history = Seen(Store(), Scope(now=0), pricer.load_pricer(user_file=None))
    report = analyzer.analyze(history)
    cards = analyzer.cards(report, Drawing(now=0, zone=None))
    assert cards
    assert all(card.title and card.sentence.endswith(".") for card in cards)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_history_without_a_response(tmp_path: Path, question: str) -> None:
    history = History(tmp_path)
    history.session(FIRST).prompt("Go")
    history.file("projects/-x/empty.jsonl", b"")
    root = history.write()
    for output, answer in answers(question, root):
        if output == "--json" and "total" in answer.report:
            assert answer.report["total"]["total_tokens"] == 0
            assert answer.report["total"]["list_price_usd"] == 0


def malformed(root: Path) -> Path:
    """Torn rows, rows of other shapes, odd counters, no times, no ids, circles, and one good response."""
    history = History(root)
    session = history.session(FIRST)
    wrong: list[Any] = [None, True, -1, 1.5, "text", [], {}, [None], {"a": None}]
    session.append({})
    for number, value in enumerate(wrong):
        for name in ("message", "uuid", "timestamp", "sessionId", "cwd", "isSidechain", "toolUseResult", "version"):
            session.prompt("Go", row={name: value})
            session.response(f"msg_{number}{name}", row={name: value}, output=1)
        session.response(f"msg_{number}", usage={"output_tokens": value, "iterations": value, "cache_creation": value})
        session.response(f"msg_{number}c", message={"content": value, "model": value, "diagnostics": value})
        session.response(
            f"msg_{number}b", blocks=[tool_use("t", "Read")], message={"content": [value, {"type": value}]}
        )
        session.user(value, {}, row={"toolUseResult": value})
        session.user([{"type": "tool_result", "tool_use_id": value, "content": value}], {})
        session.append({"type": "progress", "data": value})
        session.append({"type": "system", "subtype": "compact_boundary", "compactMetadata": value, "timestamp": value})
        session.append({"type": "ai-title", "aiTitle": value})
        session.append({"type": "summary", "summary": value, "leafUuid": value})
        session.add({"attachment": value, "type": "attachment"})
        session.append({"type": value, "message": {"usage": {}}})
    session.raw(b'torn"}\n\x00\x00\n[1]\nnull\n{"type":"assistant","message":{"usage":{"output_to')
    history.file("projects/-x/none.jsonl", b"\xff\xfe\x00garbage\n" * 5)
    history.session("circle").response(row={"uuid": "u", "parentUuid": "u", "isSidechain": True})
    history.session("good").response("msg_good", input=7, output=7_000_000, at="2026-06-01T10:00:00Z")
    return history.write()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_malformed_history(tmp_path: Path, question: str) -> None:
    root = malformed(tmp_path)
    for output, answer in answers(question, root):
        if output == "--json" and find_question(question).reading.sessions in (Sessions.ALL, Sessions.NEWEST):
            assert answer.json["coverage"]["malformed_rows"] >= 8
        if output == "--json" and "total" in answer.report and question != "subagents":  # the good one is none
            assert answer.report["total"]["output_tokens"] >= 7_000_000


def hostile(root: Path) -> Path:
    """Every text of a transcript is an attack: on a terminal, a CSV cell, markup, or whatever counts its length."""
    history = History(root)
    for number, attack in enumerate(ATTACKS):
        session = history.session(f"s{number}", cwd=f"/home/{attack}/{attack}", model=f"claude-{attack}", folder="x")
        session.prompt(f"{attack} first", at=f"2026-06-0{1 + number % 5}T10:00:00Z")
        if number % 2:
            session.title(attack, "custom-title")
        blocks = [
            text(attack),
            tool_use(attack, attack, {"file_path": f"/{attack}", "command": attack, attack: attack}),
        ]
        session.response(f"msg_{number}", cache_write=10_000, blocks=blocks, output=5)
        session.tool_result(attack, attack * 50, tool_use_result={attack: attack})
        session.attachment(attack, content=attack)
        session.history.wait(hours=1)
        diagnostics = {"cache_miss_reason": {"type": attack}} if number % 3 else None
        session.response(
            cache_write=20_000, diagnostics=diagnostics, iterations=[iteration("compaction", model=attack)]
        )
        agent = session.subagent(f"a{number}", agent_type=attack, description=attack)
        agent.prompt(attack)
        agent.response(
            model="x" * 5_000, cache_write=10, row={"agentId": attack, "gitBranch": attack, "version": attack}
        )
    long = history.session("long", cwd="/" + "deep/" * 2_000, model="m" * 10_000, folder="x")
    long.title("t" * 100_000)
    long.response(input=10**12, output=10**12, cache_read=10**12, row={"timestamp": ABSENT})
    return history.write()


def harmless(out: str) -> bool:
    """No line holds a character that steers a terminal, hides, or turns the reading direction."""
    return all(forbidden(line) == [] for line in out.split("\n"))


@pytest.fixture(scope="module")
def hostile_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hostile_history(hostile_root: Path, question: str) -> None:
    for output, answer in answers(question, hostile_root):
        if output == "--json":
            assert answer.json["question"] == question
        elif output == "--csv":
            assert harmless(answer.out)
            if question != "prices":
                assert not any(cell.startswith(("=", "+", "-", "@")) for row in answer.table for cell in row.values())
        elif output == "--color":
            assert {part[:1] for part in answer.out.split("\x1b")[1:]} <= {"["}
            assert "\x1b[2J" not in answer.out
            assert "\x1b]" not in answer.out
        else:
            assert harmless(answer.out)
        if output == "--no-color":
            assert max(map(cells, answer.out.splitlines())) <= 100


@pytest.mark.parametrize("question", QUESTIONS)
def test_names_that_are_no_text(tmp_path: Path, question: str) -> None:
    """Linux lets a folder and a file be called anything; a path is what names a project without a directory."""
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(row={"cwd": ABSENT})
    session.subagent("a1").response(row={"cwd": ABSENT})
    history.write()
    strange = session.project.rename(session.project.with_name(os.fsdecode(b"-home-\xff\xfe")))
    (strange / f"{FIRST}.jsonl").rename(strange / os.fsdecode(b"\xff.jsonl"))
    for _, answer in answers(question, tmp_path):
        assert answer.out


@pytest.mark.parametrize("question", QUESTIONS)
def test_only_what_a_question_needs_is_read(question: str) -> None:
    assert find_question(question).reading.facets in Facet(~0)
    assert find_question(question).name == question
    assert find_question(question).help.endswith(".")
    following = find_question(question).next
    for name in () if callable(following) else following:
        assert name in QUESTIONS
