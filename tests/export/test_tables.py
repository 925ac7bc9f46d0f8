"""What stands in an export: read back, it is what the questions answer; and by hand, what was done."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from tests.asking import ask
from tests.export import LINK, A, B
from tests.formats import ATTACKS
from tests.formats.test_harmless import forbidden
from tests.ingest import FIRST, SECOND
from tests.ingest.test_processes import build
from tests.questions import shop
from tests.questions.test_any_history import hostile
from tests.transcripts import History, bash_result, edit_result, tool_use
from tokenscope.app.registry import find_question, question_names
from tokenscope.history import counter_series
from tokenscope.view.question import Sessions

Rows = list[dict[str, Any]]
COUNTERS = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    *("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "total_tokens"),
)


def exported(root: Path, path: Path, *words: str) -> Path:
    answer = ask("export", path, "--tz", "Europe/Berlin", *words, root=root)
    assert (answer.code, answer.out) == (0, "")
    return path


def from_ndjson(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def from_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as stream:
        rows: Rows = list(csv.DictReader(stream))
    for row in rows:
        row.update({name: int(row[name]) for name in COUNTERS})
        row.update({name: row[name] or None for name in ("time", "part", "agent_id")})
        row["list_price_usd"] = float(row["list_price_usd"]) if row["list_price_usd"] else None
    return rows


def from_sqlite(path: Path, table: str = "messages") -> Rows:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid")]
    connection.close()
    return rows


def from_parquet(path: Path) -> Rows:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows: Rows = parquet.read_table(path).to_pylist()
    return [{**row, "time": row["time"] and row["time"].isoformat()} for row in rows]


READERS: dict[str, Callable[[Path], Rows]] = {
    "x.ndjson": from_ndjson,
    "x.csv": from_csv,
    "x.sqlite": from_sqlite,
    "x.parquet": from_parquet,
}


def usage(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The sum of some rows, as a report prints it."""
    some = list(rows)
    prices = [row["list_price_usd"] for row in some if row["list_price_usd"] is not None]
    return {
        "messages": sum(row["part"] is None for row in some),
        **{name: sum(row[name] for row in some) for name in COUNTERS},
        "list_price_usd": round(sum(prices), 6) if prices else None,
    }


def grouped(rows: Rows, key: Callable[[dict[str, Any]], Any]) -> dict[Any, dict[str, Any]]:
    groups: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: usage(group) for name, group in groups.items()}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layouts, versions, forks, relays, requests inside responses, rows without a time."""
    return build(tmp_path_factory.mktemp("mixed")).write()


@pytest.fixture(scope="module")
def shopping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Subagents with types, breaks, compactions."""
    return shop(tmp_path_factory.mktemp("shop")).write()


@pytest.mark.parametrize("name", READERS)
def test_the_rows_add_up_to_every_question(mixed: Path, tmp_path: Path, name: str) -> None:
    zone = "UTC" if name == "x.parquet" else "Europe/Berlin"
    if name == "x.parquet":
        pytest.importorskip("pyarrow")
    rows = READERS[name](exported(mixed, tmp_path / name))
    assert any(row["part"] for row in rows)
    assert any(row["time"] is None for row in rows)
    for question, groups, key in (
        ("daily", "days", lambda row: row["time"] and row["time"][:10]),
        ("models", "models", lambda row: row["model"]),
        ("projects", "projects", lambda row: row["project"]),
        ("sessions", "sessions", lambda row: row["session_id"]),
    ):
        report = ask(question, "--json", "--tz", zone, root=mixed).report
        asked = {row["date" if question == "daily" else key_of(question)]: row["usage"] for row in report[groups]}
        found = grouped(rows, key)
        found.pop(None, None)  # without a time, in no day
        assert found == asked


def test_the_ledger_and_the_causes_are_those_of_context(mixed: Path, shopping: Path, tmp_path: Path) -> None:
    """Each session's sources add up to its prompts. Over sessions a source may differ by what each of its items, in each
    session, was rounded by: less than one token."""
    for number, root in enumerate((mixed, shopping)):
        report = ask("context", "--json", "--tz", "Europe/Berlin", root=root).report
        path = exported(root, tmp_path / f"{number}.sqlite")
        ledger, sessions = from_sqlite(path, "ledger"), from_sqlite(path, "sessions")
        prompts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        for session in sessions:
            own = [row["tokens"] for row in ledger if row["session_id"] == session["session_id"]]
            assert sum(own) == sum(session[name] for name in prompts)
        assert sum(row["tokens"] for row in ledger) == report["prompt_tokens"] > 0
        for source in report["ledger"]["sources"]:
            own = [row for row in ledger if row["source"] == source["source"]]
            most = len(own) * (1 + len(source["items"]) + source["items_left_out"])
            assert abs(sum(row["tokens"] for row in own) - source["tokens"]) <= most
            assert sum(row["occurrences"] for row in own) == source["occurrences"]
        causes = from_sqlite(path, "causes")
        found = {name: [row for row in causes if row["cause"] == name] for name in {row["cause"] for row in causes}}
        assert {
            name: (sum(one["count"] for one in rows), sum(one["tokens"] for one in rows))
            for name, rows in found.items()
        } == {one["cause"]: (one["count"], one["tokens"]) for one in report["rebuilds"]["causes"]}
        messages = from_sqlite(path)
        assert {row["cause"] for row in messages} - {None} == set(found)
        assert all((row["cause"] is None) == (row["rebuilt_tokens"] == 0) for row in messages)
    assert causes


def test_floors_and_types_of_subagents(shopping: Path, tmp_path: Path) -> None:
    path = exported(shopping, tmp_path / "x.sqlite")
    floors = [row["floor_tokens"] for row in from_sqlite(path, "sessions")]
    asked = ask("context", "--json", root=shopping).report["floor"]
    assert asked["size"] is None or min(filter(None, floors)) <= asked["size"] <= max(filter(None, floors))
    messages = from_sqlite(path)
    assert {row["agent_type"] for row in messages if row["agent_id"] is None} == {None}
    agents = ask("subagents", "--json", root=shopping).report
    assert {row["agent_type"] for row in messages} - {None} == {one["agent_type"] for one in agents["subagents"]}


def key_of(question: str) -> str:
    return {"models": "model", "projects": "project", "sessions": "session_id"}[question]


def test_the_same_rows_in_every_format(mixed: Path, tmp_path: Path) -> None:
    ndjson, text, sqlite = (READERS[name](exported(mixed, tmp_path / name)) for name in list(READERS)[:3])
    further = {field.name for field in counter_series.ATTRIBUTION}
    sqlite = [{name: value for name, value in row.items() if name not in further} for row in sqlite]
    assert [{**row, "output_is_floor": int(row["output_is_floor"])} for row in ndjson] == sqlite
    assert [row["message_id"] for row in ndjson] == [row["message_id"] for row in text]
    times = [row["time"] for row in ndjson]
    assert times == sorted(times, key=lambda time: (time is None, time or ""))


def test_only_what_is_in_scope(root: Path, tmp_path: Path) -> None:
    path = exported(root, tmp_path / "x.sqlite", "--project", "blog", "--force")
    assert [row["message_id"] for row in from_sqlite(path)] == ["msg_6"]
    assert from_sqlite(path, "tool_uses") == from_sqlite(path, "files") == from_sqlite(path, "git") == []
    path = exported(root, tmp_path / "x.csv", "--until", "2026-05-01")
    assert from_csv(path) == []
    assert path.read_text(encoding="utf-8").startswith("time,session_id,agent_id,project,model,")


def test_a_message(root: Path, tmp_path: Path) -> None:
    """Input 1 x 10, read 1,000 x 1, write 100 x 20, output 20 x 50 millionths of a dollar: 4,010."""
    assert from_ndjson(exported(root, tmp_path / "x.ndjson"))[1] == {
        "time": "2026-06-01T12:01:10.000+02:00",
        "session_id": FIRST,
        "agent_id": None,
        "project": "/home/ada/shop",
        "model": "claude-opus-4-8",
        "message_id": "msg_2",
        "part": None,
        "input_tokens": 1,
        "output_tokens": 20,
        "cache_read_input_tokens": 1_000,
        "cache_creation_input_tokens": 100,
        "ephemeral_5m_input_tokens": 100,
        "ephemeral_1h_input_tokens": 0,
        "total_tokens": 1_121,
        "context_tokens": 1_101,
        "rebuilt_tokens": 1,  # of the 1,001 before, 1,000 were read
        "web_search_requests": 0,
        "tariff": None,
        "output_is_floor": False,
        "list_price_usd": 0.00401,
    }


def test_sessions(root: Path, tmp_path: Path) -> None:
    rows = from_sqlite(exported(root, tmp_path / "x.db"), "sessions")
    names = ("session_id", "project", "started_at", "ended_at", "subagents", "messages", "total_tokens")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (FIRST, "/home/ada/shop", "2026-06-01T12:00:01.000+02:00", "2026-06-01T12:05:00.000+02:00", 1, 5, 5_255),
        (SECOND, "/home/ada/blog", "2026-06-02T10:00:01.000+02:00", "2026-06-02T10:00:01.000+02:00", 0, 1, 2_061),
    ]
    assert "title" not in rows[0]


def test_what_a_response_wrote_for_how_long_and_what_of_it_again(tmp_path: Path) -> None:
    """A prompt of 210 tokens, of which the cache had only 100 a minute later: 110 of the next write are old."""
    history = History(tmp_path / "claude")
    session = history.session(FIRST, version="2.1.30")
    session.response(input=10, cache_write=200, cache_write_1h=50, at="2026-06-01T10:00:00Z")
    session.response(input=5, cache_read=100, cache_write=150, at="2026-06-01T10:01:00Z")
    path = exported(history.write(), tmp_path / "x.sqlite")
    names = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "rebuilt_tokens")
    messages = from_sqlite(path)
    assert [tuple(row[name] for name in names) for row in messages] == [(150, 50, 0), (150, 0, 110)]
    (row,) = from_sqlite(path, "sessions")
    assert (row["branch"], row["version"]) == ("main", "2.1.30")
    assert row["list_price_usd"] == pytest.approx(sum(one["list_price_usd"] for one in messages))


def test_tool_uses(root: Path, tmp_path: Path) -> None:
    rows = from_sqlite(exported(root, tmp_path / "x.sqlite3"), "tool_uses")
    names = (
        "id",
        "message_id",
        "agent_id",
        "tool",
        "path",
        "outcome",
        "lines_added",
        "lines_removed",
        "created",
    )
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("toolu_1", "msg_1", None, "Read", A, "ok", 0, 0, 0),
        ("toolu_2", "msg_2", None, "Edit", A, "ok", 2, 1, 0),
        ("toolu_3", "msg_2", None, "Edit", A, "error", 0, 0, 0),
        ("toolu_4", "msg_3", None, "Write", B, "ok", 2, 0, 1),
        ("toolu_5", "msg_3", None, "Bash", None, "ok", 0, 0, 0),
        ("toolu_6", "msg_4", "a1", "Edit", B, "ok", 1, 1, 0),
        ("toolu_7", "msg_5", None, "Bash", None, "error", 0, 0, 0),
        ("toolu_8", "msg_5", None, "Bash", None, "ok", 0, 0, 0),
    ]
    assert (rows[0]["time"], rows[0]["ended_at"]) == ("2026-06-01T12:00:01.000+02:00", "2026-06-01T12:00:02.000+02:00")
    assert rows[0]["result_bytes"] == len("1→basket = []".encode())


def test_files_and_git(root: Path, tmp_path: Path) -> None:
    path = exported(root, tmp_path / "x.sqlite")
    assert [tuple(row.values()) for row in from_sqlite(path, "files")] == [
        (FIRST, A, 1, 1, 0, 2, 1, 0),
        (FIRST, B, 0, 1, 1, 3, 1, 1),
    ]
    rows = from_sqlite(path, "git")
    assert [(row["session_id"], row["project"], row["operation"], row["failed"], row["detail"]) for row in rows] == [
        (FIRST, "/home/ada/shop", "commit", 0, rows[0]["detail"]),
        (FIRST, "/home/ada/shop", "commit", 1, rows[1]["detail"]),
        (FIRST, "/home/ada/shop", "pr_create", 0, LINK),
    ]
    assert [row["characters"] for row in from_sqlite(path, "prompts")] == [
        len("Open, sesame"),
        len("More about sesame"),
    ]


def test_what_was_done_has_its_time_its_thread_and_its_words(tmp_path: Path) -> None:
    """An id that a gateway gave, a model without a price, a session without a title, a call without a response."""
    history = History(tmp_path / "claude")
    session = history.session(FIRST, cwd="/home/ada/shop", model="glm-4")
    read = tool_use("toolu_0", "Read", {"file_path": B})
    session.response("gen-1", input=7, cache_write=30, output=5, blocks=[read], at="2026-06-01T10:00:00Z")
    session.rows[-1]["message"]["id"] = "7"
    block = tool_use("toolu_1", "Edit", {"file_path": A, "old_string": "x\ny", "new_string": "z"})
    row = {"message": {"id": "msg_x", "role": "assistant", "model": "glm-4", "content": [block]}}
    session.response("msg_x", blocks=[block], row=row, at="2026-06-01T10:01:00Z")
    session.tool_result("toolu_1", "done", tool_use_result=edit_result(A, "x\ny", "z"))
    agent = session.subagent("a1")
    agent.response("msg_2", blocks=[tool_use("toolu_2", "Bash", {"command": "git commit -m x"})])
    agent.tool_result("toolu_2", "[main abc1234] x", tool_use_result=bash_result("[main abc1234] x"))
    edit = tool_use("toolu_3", "Edit", {"file_path": A, "old_string": "z\n1\n2", "new_string": "3"})
    agent.response("msg_3", blocks=[edit])
    agent.tool_result("toolu_3", "done", tool_use_result=edit_result(A, "z\n1\n2", "3"))
    session.prompt("Thanks", at="2026-06-01T11:00:00Z")
    path = exported(history.write(), tmp_path / "x.sqlite", "--with-text")
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    connection.close()
    own = ["about", "causes", "files", "git", "ledger", "messages", "prompts", "sessions", "tool_uses"]
    assert sorted(names) == own
    assert from_sqlite(path)[0]["message_id"] == f"{FIRST} 7 7 0 30"
    (told,) = from_sqlite(path, "sessions")
    assert (told["list_price_usd"], told["title"]) == (None, "Thanks")
    uses = from_sqlite(path, "tool_uses")
    assert [(use["id"], use["agent_id"], use["message_id"]) for use in uses] == [
        ("toolu_0", None, f"{FIRST} 7 7 0 30"),
        ("toolu_1", None, None),
        ("toolu_2", "a1", "msg_2"),
        ("toolu_3", "a1", "msg_3"),
    ]
    (file,) = from_sqlite(path, "files")
    assert (file["lines_added"], file["lines_removed"]) == (1 + 1, 2 + 3)
    (commit,) = from_sqlite(path, "git")
    assert (commit["time"], commit["agent_id"], commit["operation"]) == (uses[2]["ended_at"], "a1", "commit")
    assert commit["time"].startswith("2026-06-01T12:01:0")
    (prompt,) = from_sqlite(path, "prompts")
    assert (prompt["time"], prompt["words"]) == ("2026-06-01T13:00:00.000+02:00", "Thanks")


def test_a_database_says_what_it_is_about(root: Path, tmp_path: Path) -> None:
    path = exported(root, tmp_path / "x.sqlite", "--since", "2026-06-01", "--project", "shop")
    about = {row["name"]: row["value"] for row in from_sqlite(path, "about")}
    assert (about["timezone"], about["since"], about["until"]) == ("Europe/Berlin", "2026-06-01T00:00:00+02:00", None)
    assert about["projects"] == "shop"
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plan = str(connection.execute("EXPLAIN QUERY PLAN SELECT * FROM messages WHERE session_id = ''").fetchall())
    connection.close()
    assert "messages_session_id" in plan


@pytest.mark.parametrize("name", ["x.ndjson", "x.csv", "x.sqlite", "x.prom", "x.json"])
def test_nobodys_words_unless_asked_for(root: Path, tmp_path: Path, name: str) -> None:
    without = exported(root, tmp_path / name).read_bytes().lower()
    assert b"claude-opus-4-8" in without
    assert b"sesame" not in without
    assert b"sesame" not in exported(root, tmp_path / name, "--no-text", "--force").read_bytes().lower()
    words = exported(root, tmp_path / name, "--with-text", "--force").read_bytes()
    assert (b"Sesame seeds and sesame oil" in words) == (name != "x.prom")
    if name == "x.sqlite":
        for said in (b"Open, sesame", b"git commit -m 'more sesame'", b"no such string: sesame"):
            assert said in words


def test_a_hostile_history(tmp_path: Path) -> None:
    """No cell is run by a spreadsheet or steers a terminal; in the other formats every text is as it was, a folder in its one spelling."""
    root = hostile(tmp_path / "config")
    text = exported(root, tmp_path / "x.csv", "--with-text").read_text(encoding="utf-8")
    assert all(forbidden(line) == [] for line in text.split("\n"))
    rows = from_csv(tmp_path / "x.csv")
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    plain, database = (READERS[name](exported(root, tmp_path / name)) for name in ("x.ndjson", "x.sqlite"))
    assert [row["project"] for row in plain] == [row["project"] for row in database]
    attacked = {row["project"] for row in plain}
    whole = [attack.encode("utf-8", "replace").decode() for attack in ATTACKS]  # half a pair of surrogates is none
    spelt = [re.sub("/+", "/", normalize("NFC", f"/home/{attack}/{attack}")) for attack in whole]
    assert attacked.issuperset(spelt)
    assert usage(rows)["total_tokens"] == usage(plain)["total_tokens"] == usage(database)["total_tokens"]


def test_every_report(root: Path, tmp_path: Path) -> None:
    answer = json.loads(exported(root, tmp_path / "x.json", "--with-text").read_text(encoding="utf-8"))
    assert list(answer) == ["schema_version", "tokenscope", "scope", "coverage", "reports"]
    assert answer["scope"]["timezone"] == "Europe/Berlin"
    assert answer["coverage"]["messages"] == 6
    assert (
        {"daily", "context", "quickstart", "sessions", "quota-audit"} <= set(answer["reports"]) <= set(question_names())
    )
    for name, report in answer["reports"].items():
        if name != "windows":  # which looks back from now
            words = ("--full",) if find_question(name).reading.sessions is Sessions.NEWEST else ()
            assert report == ask(name, "--json", "--tz", "Europe/Berlin", *words, root=root).report, name


def test_the_documentation_names_every_field() -> None:
    """And says what the program says of it."""
    text = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    for table, fields in (
        ("messages", counter_series.MESSAGES),
        ("messages` in SQLite", counter_series.ATTRIBUTION),
        ("sessions", counter_series.SESSIONS),
        ("ledger", counter_series.LEDGER),
        ("causes", counter_series.CAUSES),
        ("tool_uses", counter_series.TOOL_USES),
        ("files", counter_series.FILES),
        ("git", counter_series.GIT),
        ("prompts", counter_series.PROMPTS),
    ):
        section = text.split(f"### `{table}{'' if '`' in table else '`'}\n", 1)[1].split("\n##", 1)[0]
        told = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
        expected = [[f"`{one.name}`", kind(one), one.meaning] for one in fields]
        assert told == expected, table


def kind(field: counter_series.Field) -> str:
    """As the documentation writes it: null? for what may be absent, text for what needs --with-text."""
    words = {"text": "text", "whole": "integer", "dollars": "real", "yes": "boolean", "time": "time"}
    name = words[field.kind.rstrip("?")] + (" or null" if field.kind.endswith("?") else "")
    return name + (", `--with-text`" if field.is_text else "")
