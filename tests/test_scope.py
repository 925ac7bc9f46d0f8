"""Which part of the history is meant: moments and zones as people write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscope.errors import UsageError
from tokenscope.scope import DayFinder, Scope, find_zone, local_zone_name, parse_moment

NOW = 1_780_308_000_000  # 2026-06-01T10:00:00Z
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("30m", UTC, NOW - 30 * MINUTE),
        ("12h", UTC, NOW - 12 * HOUR),
        ("7d", UTC, NOW - 7 * DAY),
        ("2w", BERLIN, NOW - 14 * DAY),
        ("0d", UTC, NOW),
        (" 7D ", UTC, NOW - 7 * DAY),
        ("7 d", UTC, NOW - 7 * DAY),
        ("100000d", UTC, 0),  # before 1970
        ("2026-06-01", UTC, at("2026-06-01T00:00:00Z")),
        ("today", UTC, NOW - NOW % DAY),
        ("Yesterday", UTC, NOW - NOW % DAY - DAY),
        ("2026-06-01", BERLIN, at("2026-05-31T22:00:00Z")),
        ("2026-03-29", BERLIN, at("2026-03-28T23:00:00Z")),
        ("2026-06-01T14:00", BERLIN, at("2026-06-01T12:00:00Z")),
        ("2026-06-01 14:00:30", UTC, at("2026-06-01T14:00:30Z")),
        ("2026-06-01T14:00+05:30", BERLIN, at("2026-06-01T08:30:00Z")),
        ("2026-06-01T14:00:00.250Z", BERLIN, at("2026-06-01T14:00:00Z") + 250),
    ],
)
def test_a_moment_as_a_person_writes_it(text: str, zone: tzinfo, expected: int) -> None:
    assert parse_moment(text, now=NOW, zone=zone) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-06-01", UTC, at("2026-06-02T00:00:00Z")),
        ("2026-12-31", UTC, at("2027-01-01T00:00:00Z")),
        ("2026-03-29", BERLIN, at("2026-03-29T22:00:00Z")),  # a day of 23 hours
        ("2026-10-25", BERLIN, at("2026-10-25T23:00:00Z")),  # a day of 25 hours
        ("2026-06-01T14:00", UTC, at("2026-06-01T14:00:00Z")),  # a moment is no day
        ("today", UTC, NOW - NOW % DAY + DAY),
        ("7d", UTC, NOW - 7 * DAY),
    ],
)
def test_a_window_that_ends_on_a_day_includes_it(text: str, zone: tzinfo, expected: int) -> None:
    assert parse_moment(text, now=NOW, zone=zone, end_of_day=True) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "d", "7", "7y", "-7d", "7d12h", "tomorrow", "\x00"),
        *("2026", "2026-13-01", "2026-02-30", "01.06.2026", "2026-06-01T25:00", "2026-06-01T", "9999-12-31x"),
        *("9" * 30 + "d", "9" * 5000 + "d", "٧٧٧٧-٠٦-٠١"),
    ],
)
def test_anything_else_is_a_usage_error_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_moment(text, now=NOW, zone=UTC)
    assert error.value.exit_code == 2
    assert "7d" in error.value.hint


def test_the_last_day_of_the_calendar_has_no_end() -> None:
    with pytest.raises(UsageError):
        parse_moment("9999-12-31", now=NOW, zone=UTC, end_of_day=True)


@given(st.text(max_size=20))
def test_no_text_is_anything_but_a_moment_or_a_usage_error(text: str) -> None:
    try:
        assert isinstance(parse_moment(text, now=NOW, zone=BERLIN), int)
    except UsageError as error:
        assert repr(text.strip()) in error.message


# --- zones ---


def test_zones_by_name() -> None:
    assert find_zone("Europe/Berlin") == (BERLIN, "Europe/Berlin")
    for name in ("UTC", "utc", "Z"):
        assert find_zone(name) == (UTC, "UTC")


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe/Bielefeld", "Europe", "../etc/passwd", "/etc/localtime", "\x00", "x" * 300]
)
def test_an_unknown_zone_is_a_usage_error_with_a_hint(name: str) -> None:
    with pytest.raises(UsageError) as error:
        find_zone(name)
    assert "Europe/Berlin" in error.value.hint


@pytest.fixture
def _machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_machine_in_berlin")
def test_without_a_name_it_is_the_machines_zone() -> None:
    assert find_zone(None) == (None, "Europe/Berlin")
    assert parse_moment("2026-06-01", now=NOW, zone=None) == at("2026-05-31T22:00:00Z")
    assert parse_moment("2026-01-01T12:00", now=NOW, zone=None) == at("2026-01-01T11:00:00Z")
    assert Scope(NOW).local(at("2026-06-01T22:30:00Z")).isoformat() == "2026-06-02T00:30:00+02:00"
    assert DayFinder(Scope(NOW)).day(at("2026-06-01T22:30:00Z")) == date(2026, 6, 2)


def test_the_machines_zone_has_some_name_where_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(Path, "resolve", lambda self: Path("/usr/share/zoneinfo/Asia/Tokyo"))
    assert local_zone_name() == "Asia/Tokyo"
    monkeypatch.setattr(Path, "resolve", lambda self: self)
    assert local_zone_name() == datetime.now().astimezone().tzname()


# --- days ---


@given(
    st.integers(at("2000-01-01T00:00:00Z"), at("2099-12-31T00:00:00Z")),
    st.sampled_from(
        ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
    ),
)
def test_the_day_of_a_moment_is_what_the_calendar_says(moment: int, name: str) -> None:
    """Apia left out a whole day; Lord Howe's summer is half an hour."""
    zone = ZoneInfo(name)
    finder = DayFinder(Scope(NOW, zone=zone))
    expected = datetime.fromtimestamp(moment // 1000, zone).date()
    assert finder.day(moment) == expected
    assert finder.day(moment) == expected  # remembered


def test_a_window_begins_with_since_and_ends_before_until() -> None:
    assert not Scope(NOW).has_window
    assert Scope(NOW).is_everything
    assert Scope(NOW, since=0).has_window
    assert Scope(NOW, until=0).has_window
    for scope in (
        Scope(NOW, since=0),
        Scope(NOW, projects=("a",)),
        Scope(NOW, models=("a",)),
        Scope(NOW, sessions=("a",)),
    ):
        assert not scope.is_everything
