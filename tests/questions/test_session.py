"""One session as a person sees it: overview, timeline and asks; and that its parts add up, whatever its history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.asking import Answer, ask
from tests.ingest import FIRST, SECOND
from tests.questions.test_golden import answered
from tests.synthetic import generate
from tests.transcripts import History, Session, agent_result, text, tool_use

Golden = Callable[[str, str], None]


def sums(report: dict[str, Any]) -> set[int]:
    """The session's tokens, added up in every way that they are told."""
    return {
        report["usage"]["total_tokens"],
        sum(one["total_tokens"] for one in report["models"]),
        sum(one["usage"]["total_tokens"] for one in report["threads"]),
        sum(one["total_tokens"] for one in report["steps"]),
        sum(one["usage"]["total_tokens"] for one in report["asks"]),
    }


@pytest.mark.parametrize("seed", [1, 7])
def test_every_session_of_a_made_up_history_adds_up_to_its_truth(tmp_path: Path, seed: int) -> None:
    """Nested, sibling, workflow and inline subagents, copies, damage, gateways, rows out of order, compactions."""
    generate(tmp_path, 3, seed=seed)
    truth = orjson.loads((tmp_path / "truth.json").read_bytes())["by_session"]
    assert len(truth) > 2
    for session_id, expected in truth.items():
        report = ask("session", session_id, "--json", root=tmp_path).report
        assert sums(report) == {expected["total_tokens"]}
        assert report["usage"]["messages"] == expected["messages"]
        prices = [step["list_price_usd"] for step in report["steps"] if step["list_price_usd"]]
        assert sum(prices) == pytest.approx(report["usage"]["list_price_usd"] or 0, abs=1e-3)


def test_the_session_says_what_the_list_says(root: Path) -> None:
    rows = ask("sessions", "--json", root=root).report["sessions"]
    assert len(rows) == 3
    for row in rows:
        assert ask("session", row["session_id"], "--json", root=root).report["details"] == row


@pytest.mark.parametrize("view", ["--timeline", "--map"])
def test_views(root: Path, golden: Golden, view: str) -> None:
    golden(f"views/session{view[1:]}.txt", answered(root, "session", FIRST[:8], view, "--no-color"))


# --- the timeline ---


def story(root: Path, *, steps: int = 3) -> Path:
    """Two asks; the first spawns a subagent that takes so many steps and spawns another one."""
    history = History(root)
    session = history.session(FIRST)
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    spawn = {"description": "Look around", "prompt": "Look", "subagent_type": "Explore"}
    session.response(blocks=[text("I send one."), tool_use("t1", "Agent", spawn)])
    agent = session.subagent("aagent1")
    agent.prompt("Look")
    for number in range(steps):
        agent.response(blocks=[text(f"step {number}")])
    deep = {"description": "Look deeper", "prompt": "Deep", "subagent_type": "Explore"}
    agent.response(blocks=[text("deeper"), tool_use("t2", "Agent", deep)])
    inner = session.subagent("ainner1")
    inner.prompt("Deep")
    inner.response(blocks=[text("bottom")], model="claude-haiku-4-5")
    agent.tool_result("t2", "ok", tool_use_result=agent_result("ainner1"))
    session.tool_result("t1", "ok", tool_use_result=agent_result("aagent1"))
    bash(session, "t3", "make", "Exit code 2\nno rule to make it")
    bash(session, "t4", "make", "")
    session.response(blocks=[text("It is fixed.\nSecond line.")])
    session.prompt("Thanks", at="2026-06-02T10:00:00Z")
    session.response(blocks=[text("Gladly.")])
    return history.write()


def bash(session: Session, use: str, command: str, error: str) -> None:
    session.response(blocks=[tool_use(use, "Bash", {"command": command})])
    session.tool_result(use, error or "ok", is_error=bool(error))


def timeline(root: Path, *words: str) -> str:
    answer: Answer = ask("session", FIRST, "--timeline", "--no-color", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.out


def test_what_the_timeline_shows(tmp_path: Path) -> None:
    out = timeline(story(tmp_path))
    for told in (
        *("you: Fix the basket", "I send one.", "- Agent Look around", "+ Explore (5 responses,"),
        *("): Look around", "| step 0", "| + Explore (1 response", "| | bottom", "| | ~ Haiku 4.5", "- Bash make  "),
        *("! Exit code 2 no rule to make it", "- Bash make (again)", "It is fixed.", "~ pause of 1 d", "you: Thanks"),
        *("1 Jun", "2 Jun", "2 asks, 10 responses, 2 subagents, 1 error."),
    ):
        assert told in out
    assert "Second line" not in out
    assert out.index("you: Fix") < out.index("| | bottom") < out.index("It is fixed.") < out.index("you: Thanks")


def test_newest_first(tmp_path: Path) -> None:
    out = timeline(story(tmp_path), "--newest-first")
    assert out.index("you: Thanks") < out.index("It is fixed.") < out.index("you: Fix")
    assert out.index("I send one.") > out.index("It is fixed.")


def test_whole_texts(tmp_path: Path) -> None:
    out = timeline(story(tmp_path), "--full-text")
    assert "Second line." in out
    assert "! no rule to make it" in out


CODE = ["def price(basket):", "    for line in basket:", "\tif line.price  is None:  # why?", "        return 0"]
INDENTED = ["def price(basket):", "    for line in basket:", "    if line.price  is None:  # why?", "        return 0"]


def told_in_code(root: Path) -> Path:
    history = History(root)
    session = history.session(FIRST)
    session.prompt("\n".join(["Look:", *CODE]), at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("\n".join(CODE)), tool_use("t1", "Bash", {"command": "\n".join(["cat <<X", *CODE])})])
    session.tool_result("t1", "\n".join(["Exit code 2", *CODE]), is_error=True)
    return history.write()


def test_code_keeps_its_indentation_where_texts_are_whole(tmp_path: Path) -> None:
    lines = [line[3:].rstrip(" │") for line in timeline(told_in_code(tmp_path), "--full-text").splitlines()]
    start, shown = "you: Look:", [*INDENTED]
    assert lines[lines.index(start) + 1 :][:4] == shown
    assert "\n".join(["- Bash cat <<X (error)", *(f"  {line}" for line in shown)]) in "\n".join(lines)
    assert "\n".join(["! Exit code 2", *(f"! {line}" for line in shown)]) in "\n".join(lines)
    assert "\n".join(lines).count("\n".join(shown)) == 2  # asked and said


def test_code_keeps_its_indentation_in_plain_text_and_on_a_page(tmp_path: Path) -> None:
    words = ("session", FIRST, "--timeline", "--full-text")
    root, page, picture = told_in_code(tmp_path), tmp_path / "page.html", tmp_path / "picture.svg"
    assert ask(*words, "--plain", root=root).out.count("\n".join(INDENTED)) == 2
    assert ask(*words, "--html", page, root=root).code == 0
    drawn = [line for line in page.read_text(encoding="utf-8").split("<p ") if "verbatim" in line]
    assert sum(">        return 0</p>" in line for line in drawn) == 2
    assert ask(*words, "--svg", picture, root=root).code == 0
    assert 'xml:space="preserve">if line.price  is None:  # why?</text>' in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("depth", "shown", "left_out"),
    [
        ("0", [], "and 6 steps · --depth 1"),  # four responses of its own, the inner one's beginning and its step
        ("1", ["| step 0"], "| | and 1 step · --depth 2"),
        ("2", ["| step 0", "| | bottom"], ""),
    ],
)
def test_a_depth_says_what_it_leaves_out(tmp_path: Path, depth: str, shown: list[str], left_out: str) -> None:
    out = timeline(story(tmp_path), "--depth", depth)
    for line in ("| step 0", "| | bottom"):
        assert (line in out) == (line in shown)
    assert left_out in out
    assert ("--depth" in out) == bool(left_out)


def test_a_budget_of_a_subagent_says_what_it_leaves_out(tmp_path: Path) -> None:
    root = story(tmp_path, steps=20)
    out = timeline(root)
    assert "| step 11" in out
    assert "| step 12" not in out
    assert "| and 11 more steps · --all" in out  # eight, and the last one with the two below it
    assert "| step 19" in timeline(root, "--all")


def test_a_budget_of_steps_keeps_the_newest(tmp_path: Path) -> None:
    out = timeline(story(tmp_path), "--steps", "2")
    assert "earlier steps left out · --all, or --steps N" in out
    assert "you: Thanks" in out
    assert "It is fixed." not in out
    assert "earlier" not in timeline(story(tmp_path), "--steps", "2", "--all")


@pytest.mark.parametrize("words", [("--timeline", "--map"), ("--depth", "-1"), ("--steps", "0")])
def test_what_cannot_be_understood(root: Path, words: tuple[str, ...]) -> None:
    assert ask("session", FIRST, *words, root=root).code == 2


@pytest.mark.parametrize("width", ["60", "80", "140"])
@pytest.mark.parametrize("view", ["--timeline", "--map"])
def test_a_long_session_fits_its_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: str, view: str) -> None:
    """Four hundred steps: every one is there, and no line is wider than the terminal."""
    history = History(tmp_path)
    session = history.session(FIRST)
    session.prompt("Go " * 100, at="2026-06-01T10:00:00Z")
    for number in range(200):
        bash(session, f"t{number}", f"make part-{number} " + "x" * 200, "it failed " * 30 if number % 7 == 0 else "")
        session.response(blocks=[text(f"Part {number} is done. " + "word " * 60)])
    root = history.write()
    monkeypatch.setenv("COLUMNS", width)
    answer = ask("session", FIRST, view, "--no-color", root=root)
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= int(width)
    if view == "--timeline":
        assert all(any(f"Part {number} is done" in line for line in lines) for number in range(200))
        assert len(lines) < 2 * 400 + 60


# --- the asks ---


def test_what_an_ask_came_to(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    todos = [{"content": "Look", "status": "completed"}, {"content": "Fix", "status": "pending"}]
    blocks = [
        tool_use("t0", "TodoWrite", {"todos": todos}),
        tool_use("t1", "Grep", {"pattern": "basket"}),
        tool_use("t2", "WebFetch", {"url": "https://example.org", "prompt": "x"}),
        tool_use("t3", "Write", {"file_path": "/home/ada/shop/basket.py", "content": "x"}),
    ]
    session.response(blocks=blocks, output=10)
    for use in ("t0", "t1", "t2", "t3"):
        session.tool_result(use, "ok")
    bash(session, "t4", "make", "Exit code 2")
    bash(session, "t5", "make", "")
    session.response(blocks=[text("Fixed.")], output=20)
    session.prompt("Thanks")
    session.response(blocks=[text("Gladly.")], output=40)
    first, second = ask("session", FIRST, "--json", root=history.write()).report["asks"]
    told = ("prompt", "outcome", "files", "searches", "commands", "web", "spawns", "errors", "retries")
    assert {name: first[name] for name in told} == {
        "prompt": "Fix the basket",
        "outcome": "Fixed.",
        "files": ["/home/ada/shop/basket.py"],
        "searches": ["Grep basket"],
        "commands": ["make"],
        "web": ["https://example.org"],
        "spawns": 0,
        "errors": 1,
        "retries": 1,
    }
    assert first["todos"] == [{"todo": "Look", "status": "completed"}, {"todo": "Fix", "status": "pending"}]
    assert first["phases"] == [
        {"phase": "changed", "responses": 1},
        {"phase": "ran", "responses": 2},
        {"phase": "talked", "responses": 1},
    ]
    assert (first["usage"]["output_tokens"], second["usage"]["output_tokens"]) == (32, 40)
    assert (second["outcome"], second["todos"]) == ("Gladly.", None)


def test_many_asks_are_the_largest_in_the_order_of_time(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    for number in range(15):
        session.prompt(f"ask {number:02}")
        session.response(output=1000 * (15 - number))
    out = ask("session", FIRST, "--map", "--no-color", root=history.write()).out
    assert "and 3 more · --all" in out
    places = [out.find(f"ask {number:02}") for number in range(15)]
    assert places[12:] == [-1, -1, -1]
    assert places[:12] == sorted(places[:12])


# --- the overview ---


def test_how_to_get_back(tmp_path: Path) -> None:
    history = History(tmp_path / "config")
    history.session(FIRST, cwd=str(tmp_path)).response()
    history.session(SECOND, cwd=str(tmp_path / "it's gone")).response()
    root = history.write()
    here = ask("session", FIRST, "--json", root=root).report["restore"]
    assert here == {
        "command": f"cd {tmp_path} && claude --resume {FIRST}",
        "folder": str(tmp_path),
        "folder_exists": True,
    }
    assert "is gone" not in ask("session", FIRST, "--plain", root=root).out
    gone = ask("session", SECOND, "--plain", root=root).out
    assert f"""cd '{tmp_path}/it'"'"'s gone' && claude --resume {SECOND}""" in gone
    assert "its folder is gone" in gone


@pytest.mark.parametrize("cwd", ["/a\nrm -rf ~", "/a\x1b[2Jb", "/a\u202eb"])
def test_a_folder_that_cannot_be_typed_has_no_command(tmp_path: Path, cwd: str) -> None:
    history = History(tmp_path)
    history.session(FIRST, cwd=cwd, folder="x").response()
    assert ask("session", FIRST, "--json", root=history.write()).report["restore"]["command"] is None
    assert "cannot be typed" in ask("session", FIRST, "--plain", root=tmp_path).out


def test_the_context_is_drawn_with_its_marks(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(input=0, cache_write=50_000, at="2026-06-01T10:00:00Z")
    session.response(input=0, cache_read=50_000, cache_write=50_000)
    session.response(input=0, cache_write=101_000, at="2026-06-01T10:30:00Z")
    session.compaction()
    session.response(input=0, cache_write=20_000)
    report = ask("session", FIRST, "--json", root=history.write()).report
    series = report["context_series"]
    assert [point["context_tokens"] for point in series] == [50_000, 100_000, 101_000, 20_000]
    assert [point["compacted"] for point in series] == [False, False, False, True]
    assert [point["rebuilt_tokens"] for point in series] == [0, 0, 100_000, 0]
    out = ask("session", FIRST, "--no-color", root=tmp_path).out
    assert "It grew from 50K tokens to 101K in 4 responses, was compacted once and 100K had to be" in out
    (marks,) = [line for line in out.splitlines() if "×" in line and "rebuilt" not in line]
    assert marks.index("×") < marks.index("▼")


@pytest.mark.parametrize(("words", "code"), [(("nothing", "like", "it"), 2), (("last",), 0), (("the", "basket"), 0)])
def test_a_session_is_named_by_words(root: Path, words: tuple[str, ...], code: int) -> None:
    assert ask("session", *words, root=root).code == code


def test_session_and_its_option_name_one_session(root: Path) -> None:
    by_option = ask("session", "--session", FIRST, "--json", root=root)
    assert by_option.report["session_id"] == FIRST
    assert ask("session", FIRST, "--session", SECOND, root=root).code == 2


def test_an_ambiguous_name_prints_its_choices(root: Path) -> None:
    answer = ask("session", "harbour", root=root)
    assert answer.code == 2
    assert answer.err.count("The harbour in June") == 2
    error = ask("session", "harbour", "--json", root=root).json["error"]
    assert (error["kind"], len(error["choices"])) == ("ambiguous", 2)
