"""Times, days and what a history does not hold (T50 to T53)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from tests.asking import ask, ask_outside
from tests.ingest import FIRST, SECOND, TEN, only, store_of
from tests.transcripts import ABSENT, History
from tokenscope.ingest.times import all_milliseconds, milliseconds

# --- T50 ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01T10:00:00Z", TEN),
        ("2026-06-01T10:00:00.000Z", TEN),
        ("2026-06-01T10:00:00.123Z", TEN + 123),
        ("2026-06-01T10:00:00.001Z", TEN + 1),
        ("2026-06-01T10:00:00.999Z", TEN + 999),
        ("2026-06-01T10:00:00.123999Z", TEN + 123),
        ("2026-06-01T12:00:00+02:00", TEN),
        ("2026-06-01T05:30:00-04:30", TEN),
        ("2000-01-01T00:00:00Z", 946_684_800_000),
        ("2099-12-31T23:59:59.999Z", 4_102_444_799_999),
        ("2000-01-01T01:00:00+02:00", None),
        ("1999-12-31T23:59:59Z", None),
        ("2100-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-06-01T10:00:00", None),  # in which zone?
        ("2026-06-01", None),
        ("2026-02-30T10:00:00Z", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1_780_308_000_000, None),
        (1_780_308_000.0, None),
        (True, None),
        (["2026-06-01T10:00:00Z"], None),
        ({}, None),
    ],
    ids=str,
)
def test_t50_a_timestamp_is_a_moment_with_a_zone(text: object, expected: int | None) -> None:
    assert milliseconds(text) == expected
    assert all_milliseconds([text]) == [expected]
    assert all_milliseconds([None, "2026-06-01T10:00:00Z", text]) == [None, TEN, expected]


def by_day(root: Path, zone: str) -> dict[str, int]:
    answer = ask("daily", "--json", "--tz", zone, root=root)
    assert answer.json["scope"]["timezone"] == zone
    return {day["date"]: day["usage"]["output_tokens"] for day in answer.report["days"]}


def written(history: History, outputs: Mapping[str, int]) -> Path:
    session = history.session(FIRST)
    for at, output in outputs.items():
        session.response(at=at, output=output)
    return history.write()


def test_t50_days_are_local_days(history: History) -> None:
    root = written(history, {"2026-06-01T21:59:59Z": 1, "2026-06-01T22:00:00Z": 20, "2026-06-02T03:59:59Z": 300})
    assert by_day(root, "UTC") == {"2026-06-01": 21, "2026-06-02": 300}
    assert by_day(root, "Europe/Berlin") == {"2026-06-01": 1, "2026-06-02": 320}  # +2
    assert by_day(root, "America/New_York") == {"2026-06-01": 321}  # -4
    assert by_day(root, "Pacific/Kiritimati") == {"2026-06-02": 321}  # +14


def test_t50_daylight_saving_is_respected(history: History) -> None:
    """Berlin is at +1 until 29 March 2026 01:00 UTC, then at +2, and from 25 October 01:00 UTC at +1 again."""
    root = written(
        history,
        {
            "2026-03-28T22:59:59Z": 1,  # 23:59:59 on the 28th
            "2026-03-28T23:00:00Z": 20,  # midnight
            "2026-03-29T21:59:59Z": 300,  # 23:59:59 on the 29th, a day of 23 hours
            "2026-03-29T22:00:00Z": 4000,  # midnight
            "2026-10-24T22:00:00Z": 1,  # midnight
            "2026-10-25T22:59:59Z": 20,  # 23:59:59 on the 25th, a day of 25 hours
            "2026-10-25T23:00:00Z": 300,  # midnight
        },
    )
    assert by_day(root, "Europe/Berlin") == {
        "2026-03-28": 1,
        "2026-03-29": 320,
        "2026-03-30": 4000,
        "2026-10-25": 21,
        "2026-10-26": 300,
    }


def test_t50_zones_of_half_and_quarter_hours(history: History) -> None:
    """Kathmandu is at +5:45, Lord Howe at +10:30 and, in its summer, at +11."""
    root = written(history, {"2026-06-01T18:14:59Z": 1, "2026-06-01T18:15:00Z": 20})
    assert by_day(root, "Asia/Kathmandu") == {"2026-06-01": 1, "2026-06-02": 20}
    root = written(History(history.root.parent / "howe"), {"2026-06-01T13:29:59Z": 1, "2026-06-01T13:30:00Z": 20})
    assert by_day(root, "Australia/Lord_Howe") == {"2026-06-01": 1, "2026-06-02": 20}


def test_t50_a_day_is_of_each_response_not_of_its_sessions_start(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", at="2026-06-01T23:59:59.999Z", output=1)
    session.response("msg_2", at="2026-06-02T00:00:00.000Z", output=20)
    session.subagent("a1").response("msg_3", at="2026-06-03T00:00:00Z", output=300)
    assert by_day(history.write(), "UTC") == {"2026-06-01": 1, "2026-06-02": 20, "2026-06-03": 300}


def test_t50_a_response_written_over_midnight_is_of_its_first_row(history: History) -> None:
    history.session(FIRST).response("msg_1", at="2026-06-01T23:59:59Z", partial_outputs=[1, 2, 30])
    assert by_day(history.write(), "UTC") == {"2026-06-01": 30}


def test_t50_the_machines_zone_is_the_default_and_is_told(history: History) -> None:
    root = written(history, {"2026-06-01T21:59:59Z": 1, "2026-06-01T22:00:00Z": 20})
    answer = ask_outside("daily", "--json", root=root, env={"TZ": "Europe/Berlin"})
    assert answer.json["scope"]["timezone"] == "Europe/Berlin"
    assert {day["date"]: day["usage"]["output_tokens"] for day in answer.report["days"]} == {
        "2026-06-01": 1,
        "2026-06-02": 20,
    }
    assert answer.json["coverage"]["oldest"] == "2026-06-01T23:59:59+02:00"


@pytest.mark.parametrize("question", ["daily", "sessions", "quickstart"])
def test_t50_the_zone_is_printed(history: History, question: str) -> None:
    root = written(history, {"2026-06-01T10:00:00Z": 1})
    assert "Berlin" in ask(question, "--tz", "Europe/Berlin", root=root).out


# --- T51 ---


@pytest.mark.parametrize(
    "timestamp", [ABSENT, None, "soon", 1_780_308_000_000, "1970-01-01T00:00:00Z", "2026-06-01T10:00:00"]
)
def test_t51_a_response_without_a_readable_time_is_counted_but_never_dated(history: History, timestamp: object) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.response("msg_2", output=20, row={"timestamp": timestamp})
    root = history.write()
    assert store_of(root).messages[1].time is None
    daily = ask("daily", "--json", "--tz", "UTC", root=root)
    assert [day["date"] for day in daily.report["days"]] == ["2026-06-01"]
    assert daily.report["total"]["output_tokens"] == 1
    assert daily.json["coverage"]["undated_rows"] == 1
    assert ask("models", "--json", root=root).report["total"]["output_tokens"] == 21
    assert ask("models", "--json", "--since", "2020-01-01", root=root).report["total"]["output_tokens"] == 1
    assert ask("models", "--json", "--until", "2030-01-01", root=root).report["total"]["output_tokens"] == 1
    assert "1 without a time" in ask("daily", root=root).out


def test_t51_a_session_of_undated_responses_has_no_times(history: History) -> None:
    history.session(FIRST).response("msg_1", row={"timestamp": "soon"})
    history.session(SECOND).response("msg_2", at="2026-06-01T10:00:00Z")
    root = history.write()
    rows = ask("sessions", "--json", "--tz", "UTC", root=root).report["sessions"]
    assert [(row["session_id"], row["started_at"], row["ended_at"]) for row in rows] == [
        (SECOND, "2026-06-01T10:00:00+00:00", "2026-06-01T10:00:00+00:00"),
        (FIRST, None, None),
    ]
    assert ask("sessions", root=root).code == 0


def test_t51_a_history_of_undated_responses_can_be_asked(history: History) -> None:
    history.session(FIRST).response("msg_1", output=20, row={"timestamp": None})
    root = history.write()
    assert only(store_of(root)).time is None
    assert ask("daily", "--json", root=root).report["days"] == []
    answer = ask("quickstart", "--json", root=root)
    assert (answer.json["coverage"]["oldest"], answer.report["total"]["output_tokens"]) == (None, 20)


# --- T52, T53 ---


def test_t52_the_oldest_date_on_disk_is_named(history: History) -> None:
    root = written(history, {"2025-06-01T10:00:00Z": 1, "2025-08-02T10:00:00Z": 1})
    for question in ("daily", "models", "quickstart"):
        told = "1 Jun 2025 to 2 Aug 2025" if question == "quickstart" else "oldest 1 Jun 2025"
        assert told in ask(question, "--tz", "UTC", root=root).out
        assert (
            ask(question, "--json", "--tz", "UTC", root=root).json["coverage"]["oldest"] == "2025-06-01T10:00:00+00:00"
        )


def test_t52_a_window_that_begins_before_it_is_told_why(history: History) -> None:
    root = written(history, {"2025-06-01T10:00:00Z": 1, "2025-08-02T10:00:00Z": 1})
    for since, is_told in (("2025-05-31", True), ("2025-06-02", False)):
        answer = ask("daily", "--since", since, "--tz", "UTC", root=root)
        assert ("30 days" in answer.out and "cleanupPeriodDays" in answer.out) == is_told
    assert "cleanupPeriodDays" not in ask("daily", root=root).out


def test_t53_transcripts_are_a_lower_bound_and_the_first_answer_says_so(history: History) -> None:
    out = ask("quickstart", root=written(history, {"2026-06-01T10:00:00Z": 1})).out
    assert "other machines" in out or "lower bound" in out


def test_t51_a_date_of_daily_is_a_day(history: History) -> None:
    root = written(history, {"2026-06-01T10:00:00Z": 1})
    (day,) = ask("daily", "--json", "--tz", "UTC", root=root).report["days"]
    assert date.fromisoformat(day["date"]) == date(2026, 6, 1)
