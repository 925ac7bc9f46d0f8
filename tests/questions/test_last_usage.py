"""What /usage said last, as Claude Code keeps it (T63): shown with its age, and as past where its window is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Answer, ask
from tests.ingest import FIRST
from tests.questions import NOW
from tests.transcripts import History
from tokenscope.ingest.files.claude_settings import last_usage
from tokenscope.machine import LastUsage, UsageLimit

HOUR = 3_600_000  # ms
MOMENT = 1_780_308_000_000  # 2026-06-01T10:00:00Z


def iso(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).isoformat()


def kept(fetched: object, **utilization: Any) -> dict[str, Any]:
    return {"userID": "ada", "cachedUsageUtilization": {"fetchedAtMs": fetched, "utilization": utilization}}


def read(tmp_path: Path, state: object) -> LastUsage | None:
    text = state if isinstance(state, bytes) else json.dumps(state).encode()
    (tmp_path / ".claude.json").write_bytes(text)
    return last_usage([tmp_path])


def test_all_kinds_of_limits(tmp_path: Path) -> None:
    limits = [
        {"kind": "session", "percent": 42, "resets_at": "2026-06-01T12:00:00.123456+00:00", "scope": None},
        {"kind": "weekly_all", "percent": 7.5, "resets_at": "2026-06-03T09:00:00Z"},
        {"kind": "weekly_scoped", "percent": 88, "resets_at": None, "scope": {"model": {"display_name": "Fable"}}},
        {"kind": "daily_cowork", "percent": 1},
    ]
    found = read(tmp_path, kept(MOMENT, limits=limits, five_hour={"utilization": 99}))
    assert found == LastUsage(
        str(tmp_path / ".claude.json"),
        MOMENT,
        (
            UsageLimit("session", "", 42.0, MOMENT + 2 * HOUR + 123),
            UsageLimit("week", "", 7.5, MOMENT + 47 * HOUR),
            UsageLimit("model", "Fable", 88.0, None),
            UsageLimit("daily_cowork", "", 1.0, None),
        ),
    )


def test_an_answer_without_a_list(tmp_path: Path) -> None:
    said = {
        "five_hour": {"utilization": 46, "resets_at": "2026-06-01T12:00:00Z"},
        "seven_day": {"utilization": 10.5, "resets_at": None},
        "seven_day_opus": None,
        "seven_day_sonnet": {"utilization": 3},
    }
    found = read(tmp_path, kept(MOMENT, **said))
    assert found is not None
    assert found.limits == (
        UsageLimit("session", "", 46.0, MOMENT + 2 * HOUR),
        UsageLimit("week", "", 10.5, None),
        UsageLimit("model", "Sonnet", 3.0, None),
    )


ODD: list[Any] = [None, True, -1, "x", [], {}, [[]], 10**18, 1.5]


@pytest.mark.parametrize("wrong", ODD)
def test_odd_values_say_nothing(tmp_path: Path, wrong: object) -> None:
    one = {"kind": "session", "percent": 5}
    assert read(tmp_path, wrong) is None
    assert read(tmp_path, {"cachedUsageUtilization": wrong}) is None
    assert read(tmp_path, kept(wrong, limits=[one])) is None
    assert read(tmp_path, kept(MOMENT, limits=wrong)) is None
    assert read(tmp_path, kept(MOMENT, five_hour=wrong, limits=[wrong, {**one, "kind": [wrong]}])) is None
    assert read(tmp_path, kept(MOMENT, limits=[{**one, "percent": [wrong]}])) is None
    found = read(tmp_path, kept(MOMENT, limits=[wrong, {**one, "resets_at": wrong, "scope": wrong}]))
    assert found is not None
    assert found.limits == (UsageLimit("session", "", 5.0, None),)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, b'{"cachedUsageUtilization":' * 9])
def test_what_is_no_json_says_nothing(tmp_path: Path, text: bytes) -> None:
    assert read(tmp_path, text) is None


def test_where_it_is_looked_for(tmp_path: Path) -> None:
    """Beside the usual folder, in one that somebody chose; the newest answer counts, a folder in its place does not."""
    usual, chosen = tmp_path / "home" / ".claude", tmp_path / "chosen"
    for folder in (usual, chosen):
        folder.mkdir(parents=True)
    assert last_usage([usual, chosen, tmp_path / "gone"]) is None
    for folder, fetched in ((usual.parent, MOMENT), (chosen, MOMENT + 1), (chosen.parent, MOMENT + 2)):
        state = kept(fetched, limits=[{"kind": "session", "percent": 1}])
        (folder / ".claude.json").write_text(json.dumps(state), encoding="utf-8")
    newest = last_usage([usual, chosen])
    assert newest is not None
    assert newest.fetched == MOMENT + 1
    (usual / ".claude.json").mkdir()
    beside = last_usage([usual])
    assert beside is not None
    assert beside.fetched == MOMENT


def asked(tmp_path: Path, state: dict[str, Any] | None, *words: str) -> Answer:
    history = History(tmp_path)
    history.session(FIRST).response()  # 2026-06-01T10:00:00Z
    root = history.write()
    if state is not None:
        (root / ".claude.json").write_text(json.dumps(state), encoding="utf-8")
    return ask("windows", "--tz", "UTC", *words, root=root)


def test_what_it_said_is_shown_with_its_age(tmp_path: Path) -> None:
    now = NOW
    limits = [
        {"kind": "session", "percent": 42, "resets_at": iso(now + HOUR)},
        {"kind": "weekly_all", "percent": 61, "resets_at": iso(now + 30 * HOUR)},
        {
            "kind": "weekly_scoped",
            "percent": 88,
            "resets_at": iso(now - HOUR),
            "scope": {"model": {"display_name": "X"}},
        },
    ]
    state = kept(now - 2 * HOUR, limits=limits)
    told = asked(tmp_path, state, "--json").report["last_usage"]
    rows = [(one["kind"], one["model"], one["used_share"], one["is_over"]) for one in told["limits"]]
    assert rows == [("model", "X", 0.88, True), ("week", None, 0.61, False), ("session", None, 0.42, False)]
    text = asked(tmp_path, state, "--plain").out
    assert "2 h ago /usage said that 61 % of the weekly limit was used." in text
    assert text.count("closed since") == 1


def test_one_that_is_older_than_its_windows_says_so(tmp_path: Path) -> None:
    """Without a reset a window closes when its length has passed."""
    now = NOW
    limits = [{"kind": "session", "percent": 42}, {"kind": "weekly_all", "percent": 61}]
    text = asked(tmp_path, kept(now - 24 * 8 * HOUR, limits=limits), "--plain").out
    assert "What /usage said last is 8 d old: every window in it has closed since." in text
    text = asked(tmp_path, kept(now - 6 * HOUR, limits=limits), "--plain").out
    assert "6 h ago /usage said that 61 % of the weekly limit was used." in text
    assert text.count("closed since") == 1


def test_its_resets_put_windows_in_place(tmp_path: Path) -> None:
    """The response is of 10:00; a window that closes at 12:00, as was told at 9:30, opened at 7:00."""
    limits = [
        {"kind": "session", "percent": 42, "resets_at": iso(MOMENT + 2 * HOUR)},
        {"kind": "weekly_all", "percent": 61, "resets_at": iso(MOMENT + 47 * HOUR)},
    ]
    report = asked(tmp_path, kept(MOMENT - HOUR // 2, limits=limits), "--json").report
    (window,), (week,) = report["windows"], report["weeks"]
    assert (window["started_at"], window["bounds"]) == ("2026-06-01T07:00:00+00:00", "told")
    assert (week["started_at"], week["bounds"]) == ("2026-05-27T09:00:00+00:00", "told")


def test_where_nothing_is_kept_nothing_is_said(tmp_path: Path) -> None:
    assert asked(tmp_path, None, "--json").report["last_usage"] is None
    assert "/usage said" not in asked(tmp_path, {"userID": "ada"}, "--plain").out
