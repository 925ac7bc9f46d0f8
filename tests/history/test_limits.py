"""Limits as Claude Code tells them: which, when each resets, and that what goes on beyond one is none (T63)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask
from tests.ingest import FIRST
from tests.transcripts import History

TOLD = [
    ("You've hit your session limit · resets 1:30pm (Europe/Berlin)", "session", None, "2026-06-01T11:30:00+00:00"),
    ("You've hit your weekly limit · resets Jun 4, 9am (UTC)", "week", None, "2026-06-04T09:00:00+00:00"),
    ("You've hit your Opus limit · resets Wed 7am (UTC)", "model", "opus", "2026-06-03T07:00:00+00:00"),
    ("5-hour limit reached ∙ resets 3am (UTC)", "session", None, "2026-06-02T03:00:00+00:00"),
    ("Claude AI usage limit reached|1780318800", "session", None, "2026-06-01T13:00:00+00:00"),
    ("Claude usage limit reached. Your limit will reset at 6pm (UTC).", "usage", None, "2026-06-01T18:00:00+00:00"),
    ("You've hit your session limit · resets 3pm (Nowhere/Land)", "session", None, None),
    ("You've hit your session limit", "session", None, None),
]


def asked(root: Path, question: str = "windows") -> list[dict[str, object]]:
    answer = ask(question, "--json", "--tz", "UTC", root=root)
    assert (answer.code, answer.err) == (0, "")
    found: list[dict[str, object]] = answer.report["limits"]
    return found


@pytest.mark.parametrize(("words", "kind", "model", "resets"), TOLD)
def test_which_limit_and_when_it_resets(
    tmp_path: Path, words: str, kind: str, model: str | None, resets: str | None
) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(at="2026-06-01T10:00:00Z")
    session.api_error(words)
    root = history.write()
    for question in ("windows", "health"):
        (limit,) = asked(root, question)
        assert (limit["kind"], limit["model"], limit["resets_at"]) == (kind, model, resets)
        assert limit["said"] == words


def test_what_goes_on_beyond_a_limit_is_none(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(output=5, input=0)
    session.api_error("You're now using usage credits · Your session limit resets 7:20pm")
    root = history.write()
    assert asked(root) == []
    report = ask("health", "--json", root=root).report
    assert (report["kinds"], report["findings"]) == ([], [])
    assert ask("daily", "--json", root=root).report["total"]["messages"] == 1


def test_messages_put_windows_in_place(tmp_path: Path) -> None:
    """A reset at noon means a window from seven o'clock, a week's on the 4th one from the 28th of May."""
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(at="2026-06-01T10:00:00Z")
    session.api_error("You've hit your session limit · resets 12pm (UTC)")
    session.api_error("You've hit your weekly limit · resets Jun 4, 9am (UTC)")
    root = history.write()
    report = ask("windows", "--json", "--tz", "UTC", root=root).report
    (window,), (week,) = report["windows"], report["weeks"]
    assert (window["bounds"], window["started_at"]) == ("told", "2026-06-01T07:00:00+00:00")
    assert (week["bounds"], week["started_at"]) == ("told", "2026-05-28T09:00:00+00:00")
    told = ask("windows", "--json", "--tz", "UTC", "--resets-at", "2026-06-01T14:00", root=root).report
    assert told["windows"][0]["started_at"] == "2026-06-01T09:00:00+00:00"  # what is given goes before what is told


def test_a_reset_that_no_open_window_can_have_puts_none_in_place(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(at="2026-06-01T10:00:00Z")
    session.api_error("You've hit your session limit · resets 9pm (UTC)")
    (window,) = ask("windows", "--json", "--tz", "UTC", root=history.write()).report["windows"]
    assert (window["bounds"], window["started_at"]) == ("estimated", "2026-06-01T10:00:00+00:00")


def test_the_card(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(at="2026-06-01T10:00:00Z")
    session.api_error("You've hit your weekly limit · resets Jun 4, 9am (UTC)")
    text = ask("windows", "--no-color", "--tz", "UTC", root=history.write()).out
    assert "A limit was reached 1 time: week 1." in text


@pytest.mark.parametrize(("words", "kind", "model", "resets"), TOLD)
def test_without_texts_a_limit_is_still_known(
    tmp_path: Path, words: str, kind: str, model: str | None, resets: str | None
) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(at="2026-06-01T10:00:00Z")
    session.api_error(f"{words} Ask the gardener about plums")
    answer = ask("windows", "--json", "--tz", "UTC", "--no-text", root=history.write())
    (limit,) = answer.report["limits"]
    assert (limit["kind"], limit["model"], limit["resets_at"]) == (kind, model, resets)
    assert "gardener" not in answer.out


def test_the_card_tells_zones_by_their_place(tmp_path: Path) -> None:
    """Nine in the morning of New York is 13:00 in UTC; no tool was used, so that none can have failed."""
    session = History(tmp_path).session("a" * 8)
    session.prompt("Go", at="2026-06-01T10:00:00Z")
    session.response()
    session.api_error("You've hit your session limit · resets 9am (America/New_York)")
    session.history.write()
    text = ask("health", "--plain", root=tmp_path).out
    assert "No tool was used" in text
    assert "1 Jun 13:00" in text
    assert "New York" in text
