"""Of a history with a mark in each text, path and name: no mark is on the wire, in a table or in a shared folder."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.team.people import KEYS, Machine, Team
from tests.transcripts import History, text, tool_use

MARK = re.compile(rb"zq[a-z]{3,}", re.IGNORECASE)
TABLES = ("responses", "copies", "rollup", "cells", "sessions", "ledger", "causes", "machines", "about")


def marked(folder: Path) -> Path:
    """A history that says zq… wherever a person, a machine or a program may say something."""
    history = History(folder)
    session = history.session(cwd="/home/zquser/zqproject", model="zqmaker/zqmodel-1")
    session.prompt("zqprompt please", at="2026-06-01T10:00:00Z")
    use = tool_use("toolu_1", "Bash", {"command": "zqcommand --zqflag", "description": "zqdescription"})
    session.response("msg_zqid", input=1, cache_write=900, output=5, blocks=[text("zqanswer"), use])
    session.tool_result("toolu_1", "zqerror in /zqpath", is_error=True)
    server = tool_use("toolu_2", "mcp__zqserver__zqtool", {"zqkey": "zqvalue"})
    session.response("msg_2", input=1, cache_read=900, cache_write=500, output=5, blocks=[server])
    session.tool_result("toolu_2", "zqresult")
    own = tool_use("toolu_3", "ZqOwnTool", {"x": "zqinput"})
    session.response("msg_3", input=1, cache_read=1_400, cache_write=100, output=5, blocks=[own])
    session.tool_result("toolu_3", "zqother")
    agent = session.subagent("zqagent", agent_type="zqkind", description="zqtask", tool_use_id="toolu_4")
    agent.prompt("zqorder")
    agent.response("msg_4", input=2, output=2, model="arn:aws:bedrock:zqregion:123:inference-profile/zqprofile")
    diagnostics = {"cache_miss_reason": {"type": "zqreason"}}
    session.response("msg_5", input=1, cache_read=100, cache_write=1_500, output=5, diagnostics=diagnostics)
    session.title("zqtitle")
    session.response(
        "msg_6", input=1, output=5, row={"gitBranch": "zqbranch", "timestamp": "zqtime", "requestId": "zq-request"}
    )
    return history.write()


def test_the_marks_are_in_the_history(tmp_path: Path) -> None:
    """Otherwise the tests below would prove nothing."""
    files = list(marked(tmp_path / "root").rglob("*.jsonl"))
    found = {mark.lower() for file in files for mark in MARK.findall(file.read_bytes())}
    assert len(found) > 20


def test_nothing_on_the_wire_or_in_a_table(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pg8000 import core  # noqa: PLC0415

    written: list[bytes] = []
    write = core._write

    def listening(sock: Any, data: bytes) -> None:
        written.append(bytes(data))
        write(sock, data)

    monkeypatch.setattr(core, "_write", listening)
    monkeypatch.setenv("USER", "zqlogin")
    monkeypatch.setattr("socket.gethostname", lambda: "zqhost")
    ada = team.machine("ada", "laptop")
    root = marked(tmp_path / "root")
    answer = ada.run("sync", root=root)
    assert (answer.code, answer.err) == (0, "")
    wire = b"".join(written)
    assert b"cache_creation_input_tokens" in wire
    # Each mark by itself and not the pattern: proving a key sends random letters, and three of those are soon a mark.
    said = {mark.lower() for file in root.rglob("*.json*") for mark in MARK.findall(file.read_bytes())}
    assert [mark for mark in (*said, b"zqlogin", b"zqhost") if mark in wire.lower()] == []
    assert str(tmp_path).encode() not in wire
    assert KEYS["ada"].encode() not in wire  # it is proved, not sent
    monkeypatch.undo()
    for table in TABLES:
        rows = str(team.rows(f"select * from tokenscope.{table}")).encode()
        assert MARK.findall(rows) == [], table
    assert team.totals()[0]["responses"] == 6


def test_nothing_in_a_dry_run_or_a_shared_folder(tmp_path: Path) -> None:
    shared, root = tmp_path / "shared", marked(tmp_path / "root")
    shared.mkdir()
    ada = Machine(tmp_path / "home", "laptop")
    assert ada.run("login", "-", shared.as_uri(), "--person", "ada", stdin="a word of the team\n").code == 0
    printed = ada.run("sync", "--dry-run", root=root).out.encode()
    assert MARK.findall(printed) == []
    assert ada.run("sync", root=root).code == 0
    for file in shared.iterdir():
        content = file.read_bytes()
        content = gzip.decompress(content) if file.suffix == ".gz" else content
        assert MARK.findall(content) == []
        assert b"a word of the team" not in content


def test_names_go_where_they_were_asked_for(team: Team, tmp_path: Path) -> None:
    """Those of projects, servers, models and types of subagents: still no text and no path."""
    ada = team.machine("ada", "laptop", "--names")
    assert ada.run("sync", root=marked(tmp_path / "root")).code == 0
    rows = b"".join(str(team.rows(f"select * from tokenscope.{table}")).encode() for table in TABLES)
    found = {mark.decode() for mark in MARK.findall(rows)}
    assert found == {"zqproject", "zqserver", "ZqOwnTool", "zqmaker", "zqmodel", "zqkind", "zqregion", "zqprofile"}
    assert b"/home" not in rows


def test_a_hash_is_the_teams_own(tmp_path: Path) -> None:
    """The same for everybody with the team's word, another one for everybody else."""
    root = marked(tmp_path / "root")
    told = []
    for number, word in enumerate(("one", "one", "another")):
        shared = tmp_path / f"shared{number}"
        shared.mkdir()
        one = Machine(tmp_path / f"home{number}", "laptop")
        one.run("login", "-", shared.as_uri(), "--person", "ada", stdin=word)
        lines = [json.loads(line) for line in one.run("sync", "--dry-run", root=root).out.splitlines()]
        told.append({line["response"]["project"] for line in lines if "response" in line})
    assert told[0] == told[1] != told[2]
