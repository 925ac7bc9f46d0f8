"""What Claude Code counted beside what rows hold, over a whole history: the difference, and why (T54)."""

from __future__ import annotations

from math import fsum
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.ingest import FIRST, SECOND, THIRD
from tests.questions.test_told_cost import HAIKU, OPUS, counted, of_model
from tests.transcripts import History


def checked(root: Path, *words: str) -> Any:
    answer = ask("models", "--check", "--json", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.report["check"]


@pytest.fixture
def brewery(tmp_path: Path) -> Path:
    """Opus costs 5 dollars a million in and 25 out (TABLE of this folder goes over it where it says so).

    First: 100 + 20 in rows, 150 + 20 counted, and 4,300 of Haiku. Second: 1,000 in rows, 1,000 counted, at other rates.
    Third: 500 in rows of which 200 came after its count. A fourth has no count.
    """
    history = History(tmp_path)
    first, second, third = (history.session(one, model=OPUS) for one in (FIRST, SECOND, THIRD))
    first.prompt("Wash the barrels")
    first.response(input=100, output=20)
    first.append(counted(9.0, {f"{OPUS}[1m]": of_model(150, 20, 0.5), HAIKU: of_model(4_000, 300, 0.25, 2)}))
    second.response(input=900, output=100)
    second.append(counted(2.0, {OPUS: of_model(900, 100, 2.0)}, sessionId=SECOND))
    third.response(input=300, output=0, at="2026-06-01T10:00:00Z")
    third.append(counted(1.0, {OPUS: of_model(300, 0, 1.0)}, sessionId=THIRD))
    third.response(input=200, output=0, at="2026-06-01T12:00:00Z")
    history.session("44444444-4444-4444-8444-444444444444", model=OPUS).response(input=7, output=0)
    return history.write()


def test_every_difference_has_one_reason_and_they_add_up(brewery: Path) -> None:
    found = checked(brewery)
    assert (found["sessions"], found["without"], found["usd"]) == (3, 1, 12.0)
    reasons = {one["reason"]: (one["sessions"], one["tokens"]) for one in found["differences"]}
    assert reasons == {
        "model_without_rows": (1, 4_300),
        "requests_without_rows": (1, 50),
        "other_rates": (1, 0),
        "rows_after_its_count": (1, -200),
        "under_no_model": (1, 0),
    }
    assert {one["reason"]: one["usd"] for one in found["differences"]}["under_no_model"] == 8.25  # 9 - 0.5 - 0.25
    assert fsum(one["usd"] for one in found["differences"]) == pytest.approx(found["difference_usd"], abs=1e-5)
    assert found["difference_usd"] == pytest.approx(found["usd"] - found["row_usd"], abs=1e-6)


def test_model_by_model(brewery: Path) -> None:
    """Its 170 + 1,000 + 300 of Opus, of the sessions that have a count; rows of them hold 120 + 1,000 + 500."""
    found = checked(brewery)
    opus, haiku = found["models"]
    assert (opus["model"], opus["sessions"], opus["tokens"], opus["row_tokens"]) == (OPUS, 3, 1_470, 1_620)
    assert (opus["usd"], opus["web_searches"]) == (3.5, 0)
    assert (haiku["model"], haiku["tokens"], haiku["row_tokens"], haiku["row_usd"]) == (HAIKU, 4_300, 0, 0.0)
    assert (haiku["usd"], haiku["difference_usd"], haiku["web_searches"]) == (0.25, 0.25, 2)
    assert opus["row_usd"] == found["row_usd"]
    told = ask("models", "--json", root=brewery).report
    assert told["check"] is None
    assert told["total"]["total_tokens"] == 1_627  # nothing of its count is added


def test_rows_that_it_did_not_count(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST, model=OPUS)
    session.response(input=100, at="2026-06-01T10:00:00Z")
    session.append(counted(0.1, {HAIKU: of_model(0, 0, 0.1, 1)}))
    differences = checked(history.write())["differences"]
    found = {one["reason"]: one["tokens"] for one in differences}
    assert set(found) == {"rows_that_it_did_not_count", "model_without_rows"}
    assert found["model_without_rows"] == 0
    assert found["rows_that_it_did_not_count"] <= -100


def test_the_cards_say_it(brewery: Path) -> None:
    text = " ".join(ask("models", "--check", "--plain", root=brewery).out.split())
    assert "Claude Code counted $12.00 in 3 of 4 sessions; their rows hold" in text
    assert "1 session without such a count is not in it." in text
    assert "a model without any row" in text
    assert "titles, summaries and the like" in text
    assert "Claude Code counted $12.00 in 3 of 4 sessions" in ask("sessions", "--plain", root=brewery).out
    assert "Claude Code counted $12.00 in 3 of 4 sessions" in ask("doctor", "--plain", root=brewery).out


def test_where_nothing_was_counted_what_is_known_is_said(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST, model=OPUS)
    session.response()
    session.append(
        {"type": "system", "subtype": "away_summary", "uuid": "a", "sessionId": FIRST, "content": "You left"}
    )
    root = history.write()
    line = "1 request of Claude Code's own left no figures: 1 recap."
    assert checked(root)["sessions"] == 0
    text = ask("models", "--check", "--plain", root=root).out
    assert "Claude Code wrote no count of its own in any of these sessions." in text
    assert line in text
    assert line in ask("quickstart", "--cards", "--plain", root=root).out
    assert ask("--json", root=root).report["unlogged"]["recaps"] == 1
    for question in ("sessions", "doctor"):
        assert "Claude Code counted" not in ask(question, "--plain", root=root).out


@pytest.mark.parametrize("words", [("--since", "2026-06-01"), ("--model", "opus"), ("--only", "branch=main")])
def test_of_a_part_nothing_is_compared(brewery: Path, words: tuple[str, ...]) -> None:
    assert checked(brewery, *words) is None
    text = ask("models", "--check", "--plain", *words, root=brewery).out
    assert "Claude Code counts whole sessions: nothing is compared of a part of them." in text
    assert "Claude Code counted" not in ask("sessions", "--plain", *words, root=brewery).out


def test_of_one_project_only_its_sessions_are_compared(brewery: Path) -> None:
    assert checked(brewery, "--session", SECOND[:8])["usd"] == 2.0
