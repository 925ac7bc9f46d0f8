"""Sessions sorted, filtered and put together; and what each of their columns says, by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.ingest import FIRST, SECOND, THIRD
from tests.transcripts import History, bash_result, edit_result, text, tool_use


def listed(root: Path, *words: str) -> list[str]:
    answer = ask("sessions", "--json", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return [row["session_id"][0] for row in answer.report["sessions"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "321"),
        (("--sort", "tokens"), "123"),
        (("--sort", "started"), "321"),
        (("--sort", "title"), "132"),  # Fix the basket; The harbour, the newer one first
        (("--sort", "subagents"), "132"),
        (("--where", "tokens>20K"), "21"),
        (("--where", "tokens>=80.7k"), "1"),  # 80,730
        (("--where", "tokens>=80.8k"), ""),
        (("--where", "price<$0.5", "--where", "project=blog"), "32"),
        (("--where", "title=HARBOUR"), "32"),
        (("--where", "title!=harbour"), "1"),
        (("--where", "started>2026-06-02"), "32"),
        (("--where", "started>3d"), "3"),  # now is 5 June, noon
        (("--where", "wall>=10m"), "1"),
        (("--where", "active=8"), "1"),
        (("--where", "status=stale"), "321"),
        (("--where", "subagents=1"), "1"),
    ],
)
def test_sort_and_filter(root: Path, words: tuple[str, ...], expected: str) -> None:
    assert "".join(listed(root, *words)) == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--sort", "nope"), "no column 'nope'"),
        (("--where", "nope=1"), "no column 'nope'"),
        (("--where", "tokens"), "as a condition"),
        (("--where", "tokens>many"), "'many' as a value of tokens"),
        (("--where", "title>a"), "title is a text"),
        (("--where", "started>soon"), "'soon' as a time"),
        (("--by", "nope"), "put together by 'nope'"),
        (("--by", "run", "--where", "tokens>1"), "use one of them"),
    ],
)
def test_what_cannot_be_understood(root: Path, words: tuple[str, ...], told: str) -> None:
    answer = ask("sessions", *words, root=root)
    assert answer.code == 2
    assert told in answer.err


def test_the_total_is_of_the_sessions_that_are_listed(root: Path) -> None:
    report = ask("sessions", "--json", "--where", "project=blog", root=root).report
    assert report["total"]["total_tokens"] == sum(row["usage"]["total_tokens"] for row in report["sessions"])
    assert ask("sessions", "--json", "--where", "errors>9", root=root).report["total"]["total_tokens"] == 0


def test_by_project_sums_to_the_total(root: Path) -> None:
    report = ask("sessions", "--json", "--by", "project", root=root).report
    groups = {group["group"]: group for group in report["groups"]}
    assert {name: group["sessions"] for name, group in groups.items()} == {"/home/ada/shop": 1, "/home/ada/blog": 2}
    assert sum(group["usage"]["total_tokens"] for group in groups.values()) == report["total"]["total_tokens"]


def test_by_run_says_why(root: Path) -> None:
    report = ask("sessions", "--json", "--by", "run", root=root).report
    groups = {group["kind"]: group for group in report["groups"]}
    assert groups["fork"]["session_ids"] == [SECOND, THIRD]
    assert groups["alone"]["session_ids"] == [FIRST]
    assert sum(group["usage"]["total_tokens"] for group in groups.values()) == report["total"]["total_tokens"]
    assert "copies of each other" in ask("sessions", "--by", "run", root=root).out


def test_t57_a_team_is_one_run_and_its_lead_stands_first(tmp_path: Path) -> None:
    """The lead is the last to answer and comes last by its id. A team of that name elsewhere is another one."""
    history = History(tmp_path)
    for session_id, name, output, cwd in (
        (SECOND, "mason", 30, "/home/ada/wall"),
        (FIRST, "carter", 20, "/home/ada/wall"),
        (THIRD, "team-lead", 10, "/home/ada/wall"),
        ("44444444-2222-4333-8444-555555555555", "mason", 500, "/home/ada/roof"),
    ):
        session = history.session(session_id, cwd=cwd)
        of = {"teamName": "builders", "agentName": name}
        session.prompt("Build it", row=of)
        session.response(input=0, output=output, row=of)
    root = history.write()
    groups = ask("sessions", "--json", "--by", "run", root=root).report["groups"]
    told = {group["kind"]: group for group in groups}
    assert [group["usage"]["output_tokens"] for group in groups] == [60, 500]  # what is alone comes last
    assert told["team"]["session_ids"] == [THIRD, SECOND, FIRST]
    assert (told["team"]["group"], told["team"]["team"]) == (THIRD, "builders")
    assert told["alone"]["usage"]["output_tokens"] == 500
    assert "the team builders" in ask("sessions", "--by", "run", root=root).out


def test_worktrees_are_folded(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number, cwd in enumerate(("/home/ada/shop", "/home/ada/shop/.claude/worktrees/one")):
        history.session(f"s{number}", cwd=cwd).response(output=5)
    report = ask("sessions", "--json", "--by", "project", root=history.write()).report
    (group,) = report["groups"]
    assert (group["group"], group["sessions"]) == ("/home/ada/shop", 2)
    assert {row["repository"] for row in report["sessions"]} == {"/home/ada/shop"}
    assert {row["project"] for row in report["sessions"]} == {"/home/ada/shop"}
    assert {row["worktree"] for row in report["sessions"]} == {None, "/home/ada/shop/.claude/worktrees/one"}


def _busy(root: Path) -> dict[str, Any]:
    """One session with one of everything."""
    history = History(root)
    session = history.session(FIRST)
    session.prompt("Fix it", at="2026-06-01T10:00:00Z")
    edit = {"file_path": "/a", "old_string": "x\ny", "new_string": "z"}
    session.response(blocks=[tool_use("t1", "Edit", edit)], cache_write=50_000)
    session.tool_result("t1", "ok", tool_use_result=edit_result("/a", "x\ny", "z"))
    session.response(blocks=[tool_use("t2", "Bash", {"command": "git commit -m done"})], cache_write=30_000)
    session.tool_result("t2", "[main 1234567] done", tool_use_result=bash_result("[main 1234567] done"))
    session.response(blocks=[tool_use("t3", "Bash", {"command": "false"})])
    session.tool_result("t3", "Exit code 1", is_error=True)
    session.append(
        {
            "type": "pr-link",
            "sessionId": FIRST,
            "prUrl": "https://example.org/pull/7",
            "timestamp": "2026-06-01T10:01:00Z",
        }
    )
    session.compaction()
    history.wait(minutes=20)
    session.response(blocks=[text("Done.")])
    agent = session.subagent("a1")
    agent.response(cache_write=90_000)
    (row,) = ask("sessions", "--json", "--tz", "UTC", root=history.write()).report["sessions"]
    found: dict[str, Any] = row
    return found


def test_what_a_row_tells(tmp_path: Path) -> None:
    row = _busy(tmp_path)
    told = {
        name: row[name] for name in ("errors", "denied", "lines_added", "lines_removed", "commits", "pull_requests")
    }
    assert told == {"errors": 1, "denied": 0, "lines_added": 1, "lines_removed": 2, "commits": 1, "pull_requests": 1}
    assert (row["compactions"], row["subagents"], row["peak_context_tokens"]) == (1, 1, 50_001)
    assert row["wall_seconds"] - row["active_seconds"] == 20 * 60 + 3  # boundary, summary and the next row's second


def test_status_is_by_the_newest_row_of_any_file(tmp_path: Path) -> None:
    """A subagent's too; what time a file has, which a copy changes, says nothing (T61)."""
    history = History(tmp_path)
    for session_id, newest in ((FIRST, "12:00:00"), (SECOND, "09:00:00"), (THIRD, "06:00:00")):
        session = history.session(session_id)
        session.response(at="2026-06-01T06:00:00+00:00")
        day = "04" if session_id == THIRD else "05"  # it is 12:00 on 5 June
        session.subagent("a1").response(at=f"2026-06-{day}T{newest}+00:00")
    history.write()
    rows = ask("sessions", "--json", root=tmp_path).report["sessions"]
    assert {row["session_id"]: row["status"] for row in rows} == {FIRST: "active", SECOND: "idle", THIRD: "stale"}
    rows = ask("sessions", "--json", "--idle-hours", "2", root=tmp_path).report["sessions"]
    assert {row["session_id"]: row["status"] for row in rows}[SECOND] == "stale"


@pytest.mark.parametrize("is_system_row", [False, True])
def test_a_session_is_closed_where_it_was_left(history: History, *, is_system_row: bool) -> None:
    """And until something is asked or answered in it again; the archive is `--where status=closed`."""
    closed, resumed, ended = history.session(), history.session(), history.session()
    for session in (closed, resumed, ended):
        session.prompt("Fix the basket")
        session.response(output=5)
        words = "<command-name>/exit</command-name>\n<command-message>exit</command-message>"
        if session is not ended and is_system_row:
            session.system("local_command", content=words)
        elif session is not ended:
            session.prompt(words)
            session.prompt("<local-command-stdout>Bye!</local-command-stdout>")
    resumed.prompt("One more thing")
    resumed.response(output=5)
    rows = ask("sessions", "--json", "--where", "status=closed", root=history.write()).report["sessions"]
    assert [row["session_id"] for row in rows] == [closed.session_id]


def test_a_session_that_went_on_in_another_is_closed(history: History) -> None:
    first, second = history.session(), history.session()
    for session in (first, second):
        session.prompt("Fix the basket")
        session.response(output=5)
    first.append({"type": "continued-in", "sessionId": first.session_id, "continuedInSessionId": second.session_id})
    rows = ask("sessions", "--json", "--where", "status=closed", root=history.write()).report["sessions"]
    assert [row["session_id"] for row in rows] == [first.session_id]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where another process has its input from")
def test_a_session_that_runs_says_in_which_terminal(tmp_path: Path) -> None:
    """As Claude Code keeps it as long as the process is there; the other session does not run."""
    history = History(tmp_path)
    for session_id in (FIRST, SECOND):
        history.session(session_id).response()
    root = history.write()
    leader, follower = os.openpty()
    with subprocess.Popen(["sleep", "60"], stdin=follower) as process:
        (root / "sessions").mkdir()
        said = {"pid": process.pid, "sessionId": FIRST, "status": "busy"}
        (root / "sessions" / f"{process.pid}.json").write_text(json.dumps(said))
        terminal = os.ttyname(follower).removeprefix("/dev/")
        rows = ask("sessions", "--json", root=root).report["sessions"]
        assert {row["session_id"]: row["terminal"] for row in rows} == {FIRST: terminal, SECOND: None}
        (chosen,) = ask("sessions", "--json", "--where", f"terminal={terminal}", root=root).report["sessions"]
        assert chosen["session_id"] == FIRST
        assert f"terminal {terminal}" in ask("sessions", "--plain", root=root).out
        process.kill()
    os.close(leader)
    os.close(follower)
    assert {row["terminal"] for row in ask("sessions", "--json", root=root).report["sessions"]} == {None}
    assert "terminal" not in ask("sessions", "--plain", root=root).out
