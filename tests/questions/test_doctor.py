"""The doctor: what it finds, what it says where nothing is found, and that it says nothing of what was said."""

from __future__ import annotations

import json
import os
import sys
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.asking import Answer, ask
from tests.ingest import FIRST, SECOND
from tests.questions import NOW
from tests.transcripts import History
from tokenscope import __version__
from tokenscope.answers.data.retention import SOON
from tokenscope.app.examine import program
from tokenscope.draw.terminal_page import capabilities
from tokenscope.model import Contract

DAY = 86_400  # seconds
SECRET = "The harbour password is swordfish"


def doctor(root: Path, *words: object) -> Answer:
    answer = ask("doctor", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer


def said(root: Path, *words: object) -> str:
    """What the cards say, as one line."""
    return " ".join(doctor(root, "--plain", *words).out.split())


def written(root: Path, days_ago: float, name: str = "*") -> Path:
    for path in root.rglob(f"{name}.jsonl"):
        moment = NOW / 1000 - days_ago * DAY
        os.utime(path, (moment, moment))
    return root


# --- where it looked ---


def test_a_home_without_transcripts_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    answer = ask("doctor", "--json")
    assert answer.code == 0
    folders = answer.report["folders"]
    assert [(one["path"], one["chosen_by"], one["found"]) for one in folders] == [
        (f"{tmp_path}/.config/claude", "default", False),
        (f"{tmp_path}/.claude", "default", False),
    ]
    assert (answer.report["files"], answer.report["problems"]) == (0, [])
    cards = ask("doctor", "--plain").out
    assert "No transcripts in any of the 2 folders it looked in." in cards
    assert "tokenscope demo shows every card" in cards
    assert cards.count("not there") == 2
    assert cards.splitlines()[-1] == "next: tokenscope demo"


def test_who_chose_a_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "two" / "projects").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{tmp_path}/one,{tmp_path}/two")
    one, two = ask("doctor", "--json").report["folders"]
    assert (one["chosen_by"], one["found"], one["problem"]) == ("CLAUDE_CONFIG_DIR", False, "not there")
    assert (two["found"], two["problem"], two["path"]) == (True, None, f"{tmp_path}/two/projects")
    assert "no transcripts, from CLAUDE_CONFIG_DIR" in ask("doctor", "--plain").out
    assert "from --root" in said(tmp_path / "two")


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(path: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "projects").mkdir()
    monkeypatch.setattr("tokenscope.app.examine.os.scandir", scandir)
    assert "projects: Permission denied, from --root" in said(tmp_path)


def test_each_folder_has_its_own_files_and_settings(tmp_path: Path) -> None:
    """A folder whose name only begins like another one's holds nothing of it."""
    for name, days in (("claude", 5), ("claude-work", 90)):
        history = History(tmp_path / name, first_id=days * 100)
        history.session().response()
        history.session().response()
        history.file("settings.json", json.dumps({"cleanupPeriodDays": days}).encode())
        history.write()
    folders = doctor(tmp_path / "claude", "--root", tmp_path / "claude-work", "--json").report["folders"]
    assert {
        (Path(one["path"]).parent.name, one["files"], one["sessions"], one["cleanup_period_days"]) for one in folders
    } == {
        ("claude", 2, 2, 5),
        ("claude-work", 2, 2, 90),
    }


# --- what will be deleted (T52) ---


@pytest.mark.parametrize(
    ("days_ago", "period", "due"),
    [
        (30 - SOON + 0.1, None, 1),  # 30 days are the default
        (30 - SOON - 0.1, None, 0),
        (60, None, 1),
        (60, 365, 0),
        (365 - SOON + 0.1, 365, 1),
        (0, 3, 1),  # kept for less than a week: all of it goes within one
        (0, 0, 1),
    ],
)
def test_t52_what_is_about_to_be_deleted(history: History, days_ago: float, period: int | None, due: int) -> None:
    history.session().response()
    if period is not None:
        history.file("settings.json", json.dumps({"cleanupPeriodDays": period}).encode())
    root = written(history.write(), days_ago)
    (folder,) = doctor(root, "--json").report["folders"]
    assert (folder["due_files"], folder["is_default_period"]) == (due, period is None)
    assert ("will be old enough to go" in said(root)) == bool(due)
    assert ("keeps them a year" in said(root)) == bool(due)


def test_the_oldest_file_is_named_whatever_the_window(history: History) -> None:
    history.session(FIRST).response()
    history.session(SECOND).response()
    root = written(history.write(), 20)
    written(root, 25, SECOND)
    (folder,) = doctor(root, "--since", "1d", "--json").report["folders"]
    assert folder["oldest_file"].endswith(f"{SECOND}.jsonl")
    assert folder["oldest_written_at"] == "2026-05-11T12:00:00+00:00"  # 25 days before 5 June
    assert (folder["files"], folder["due_files"], folder["due_sessions"]) == (2, 1, 1)


def test_settings_that_cannot_be_read_are_told(history: History) -> None:
    history.session().response()
    history.file("settings.json", b"{")
    assert "the default: it is no JSON" in said(history.write())


# --- what was odd ---


def test_a_history_in_order_is_said_to_be(history: History) -> None:
    history.session().response()
    words = said(history.write())
    assert "Nothing was odd: every row of every file could be read and counted." in words
    assert "Nothing: every response is one row in one file." in words
    assert "every response has its final output figure" in words


def test_every_oddity_is_counted_and_explained(history: History) -> None:
    session = history.session(FIRST)
    session.response(usage={"input_tokens": "many"})
    session.response(row={"timestamp": None})
    for figure in (5, 6):
        session.response("same", input=figure)
    session.response(model="third-party-1", input=90, output=10)
    session.raw(b"torn\n")
    root = history.write()
    problems = doctor(root, "--json").report["problems"]
    assert [(one["kind"], one["count"], one["line"], one["model"]) for one in problems] == [
        ("malformed", 1, 6, None),
        ("odd_counter", 1, None, None),
        ("undated", 1, None, None),
        ("untrusted_id", 2, None, None),
        ("unknown_model", 100, None, "third-party-1"),
    ]
    words = said(root)
    assert "1 of 6 rows could not be read; all else was counted." in words
    assert "give prices with --prices FILE" in words
    table = doctor(root, "--csv").table
    assert [line["kind"] for line in table] == [one["kind"] for one in problems]


def test_a_long_list_of_places_is_cut_and_said(history: History) -> None:
    session = history.session()
    session.response()
    session.raw(b"torn\n" * 20)
    root = history.write()
    assert "and 8 more" in doctor(root).out
    assert "line 21" in doctor(root, "--all").out
    assert len(doctor(root, "--json").report["problems"]) == 20


# --- who wrote them (T27) ---


def test_t27_floors_by_version_the_newest_first(history: History) -> None:
    session = history.session(FIRST, version="2.1.9")
    session.response(stop_reason=None)
    session.response(stop_reason=None, at="2026-06-02T10:00:00Z")
    session.response(row={"version": "2.1.10"}, at="2026-06-03T10:00:00Z")
    session.response(row={"version": "nightly"})
    root = history.write()
    found = doctor(root, "--json").report["claude_code"]
    assert [(one["version"], one["messages"], one["output_floor_messages"]) for one in found] == [
        ("2.1.10", 1, 0),
        ("2.1.9", 2, 2),
        ("nightly", 1, 0),
    ]
    assert (found[1]["first"][:10], found[1]["last"][:10]) == ("2026-06-01", "2026-06-02")
    assert "3 versions; 50 % of the responses never got their final output figure." in said(root)


# --- what is not said ---


def test_nothing_of_what_was_said_is_in_it(history: History) -> None:
    session = history.session(FIRST)
    session.prompt(SECRET)
    session.title(SECRET)
    session.raw(f'torn {SECRET}"}}\n'.encode())
    session.response()
    root = history.write()
    for output in ("--json", "--csv", "--plain", "--no-color"):
        assert "swordfish" not in doctor(root, output).out


# --- what runs here ---


def test_what_a_stream_can_show(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()  # the machine that the other tests are given
    monkeypatch.setenv("COLUMNS", "77")
    with open(tmp_path / "out", "w", encoding="ascii") as stream:  # noqa: PTH123
        found = capabilities(stream, {"TERM": "dumb", "LANG": "C", "HOME": "/home/ada"})
        coloured = capabilities(stream, {}, color=True)
    assert (found.is_terminal, found.columns, found.encoding, found.unicode) == (False, 77, "ascii", False)
    assert (found.colors, coloured.colors) == ("none", "standard")
    assert found.variables == {"TERM": "dumb", "LANG": "C"}


def test_what_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = program()
    assert found.tokenscope == __version__
    assert found.python.endswith(".".join(map(str, sys.version_info[:3])))
    assert found.libraries == {name: version(name) for name in ("typer", "rich", "orjson", "platformdirs")}


def test_contract_rates_that_are_none_are_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = Contract("/etc/managed.json", Decimal(1), {}, ("multiplier", "claude-opus-4-8"))
    monkeypatch.setattr("tokenscope.app.open_history.contract_rates", lambda _: contract)
    answer = ask("doctor", "--json", root=root)
    found = [one for one in answer.report["problems"] if one["kind"] == "contract_rate"]
    assert [(one["path"], one["model"]) for one in found] == [
        ("/etc/managed.json", "multiplier"),
        ("/etc/managed.json", "claude-opus-4-8"),
    ]
    text = ask("doctor", "--plain", root=root).out
    assert "contract rates that are none" in text
    assert "/etc/managed.json" in text
