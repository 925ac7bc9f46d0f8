"""Days of which sessions have no transcript any more, by the history of prompts (T63)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.ingest import FIRST, SECOND, THIRD
from tests.transcripts import History

MORNING = 1_780_308_000_000  # 2026-06-01T10:00:00Z
DAY = 86_400_000


def prompt(session_id: object, time: object) -> dict[str, Any]:
    return {"display": "Mend the net", "timestamp": time, "project": "/home/ada/boat", "sessionId": session_id}


@pytest.fixture
def boat(tmp_path: Path) -> History:
    history = History(tmp_path)
    history.session(FIRST).response()
    told = [
        prompt(FIRST, MORNING),
        prompt(SECOND, MORNING + 1),
        prompt(SECOND, MORNING + DAY),  # it goes on the next day; it began on the first
        prompt(THIRD, MORNING + 3 * DAY),
    ]
    history.file("history.jsonl", [*told, b"torn\n", prompt(7, MORNING), prompt("x", "soon"), prompt("x", -1)])
    return history


def swept(root: Path, *words: str) -> Any:
    answer = ask("doctor", "--json", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.report["swept"]


def test_days_with_sessions_that_are_gone(boat: History) -> None:
    root = boat.write()
    expected = [
        {"date": "2026-06-01", "gone": 1, "sessions": 2},
        {"date": "2026-06-04", "gone": 1, "sessions": 1},
    ]
    assert swept(root) == expected
    text = ask("doctor", "--no-color", "--tz", "UTC", root=root).out
    assert "Of 3 sessions that began on 2 days, 2 have no transcript any more." in text
    assert "Mend the net" not in text


def test_where_nothing_is_gone_nothing_is_said(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST).response()
    history.file("history.jsonl", [prompt(FIRST, MORNING)])
    root = history.write()
    assert swept(root) == []
    assert "What is gone" not in ask("doctor", "--no-color", root=root).out


def days(root: Path, *words: str) -> Any:
    answer = ask("daily", "--json", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.report


def test_a_day_says_that_its_sessions_are_partly_gone(boat: History) -> None:
    """The one response that is left is of 1 June; of 4 June nothing is."""
    root = boat.write()
    report = days(root)
    assert [(one["date"], one["sessions_gone"]) for one in report["days"]] == [("2026-06-01", 1)]
    assert report["swept"] == swept(root)
    text = " ".join(ask("daily", "--plain", "--tz", "UTC", root=root).out.split())
    assert "1 of 2 gone" in text
    assert (
        "Of 3 sessions that began on 2 days, 2 have no transcript any more: what is counted is a lower bound; "
        "on 1 day nothing is left to count." in text
    )
    for option in ("--activity", "--chart", "--by=model"):
        assert "a lower bound" in " ".join(ask("daily", option, "--plain", root=root).out.split())


def test_only_what_is_asked_for_is_gone(boat: History) -> None:
    root = boat.write()
    assert days(root, "--project", "boat")["swept"] == swept(root)
    assert days(root, "--project", "shed")["swept"] == []
    assert [one["date"] for one in days(root, "--session", THIRD[:8])["swept"]] == ["2026-06-04"]
    assert [one["date"] for one in days(root, "--until", "2026-06-03")["swept"]] == ["2026-06-01"]
    assert [one["date"] for one in days(root, "--since", "2026-06-02")["swept"]] == ["2026-06-04"]


def test_without_a_history_of_prompts_nobody_knows(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST).response()
    report = days(history.write())
    assert (report["days"][0]["sessions_gone"], report["swept"]) == (None, [])


def test_a_day_of_which_nothing_is_gone(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST).response()
    history.file("history.jsonl", [prompt(FIRST, MORNING)])
    root = history.write()
    assert days(root)["days"][0]["sessions_gone"] == 0
    assert "gone" not in ask("daily", root=root).out
