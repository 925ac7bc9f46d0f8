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
