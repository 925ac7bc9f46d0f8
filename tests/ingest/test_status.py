"""What Claude Code hands to a status line command: understood as far as it makes sense, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokenscope.ingest.status_input import Limit, Status, read_status

MOMENT = 1_780_308_000  # 2026-06-01T10:00:00Z, in seconds


def of_limit(limit: Any) -> Limit | None:
    return read_status(json.dumps({"rate_limits": {"five_hour": limit}}).encode()).five_hours


def test_all_of_it() -> None:
    given = {
        "transcript_path": "/home/ada/x.jsonl",
        "context_window": {"context_window_size": 200_000},
        "rate_limits": {
            "five_hour": {"used_percentage": 42.5, "resets_at": MOMENT},
            "seven_day": {"used_percentage": 7, "resets_at": "2026-06-01T10:00:00Z"},
        },
    }
    limits = Limit(42.5, MOMENT * 1000), Limit(7.0, MOMENT * 1000)
    assert read_status(json.dumps(given).encode()) == Status("/home/ada/x.jsonl", 200_000, *limits)


@pytest.mark.parametrize("given", [b"", b"[]", b"null", b"7", b'"x"', b"{", b"\xff\xfe", b"{}"])
def test_what_is_no_object_says_nothing(given: bytes) -> None:
    assert read_status(given) == Status()


@pytest.mark.parametrize("wrong", [None, True, -1, 0, 1.5, 10**12, "x", [], {"a": 1}])
def test_values_of_another_kind_are_not_there(wrong: object) -> None:
    given = {
        "transcript_path": [wrong],
        "context_window": {"context_window_size": wrong},
        "rate_limits": {"five_hour": {"used_percentage": [wrong]}, "seven_day": wrong},
    }
    assert read_status(json.dumps(given).encode()) == Status()
    assert read_status(json.dumps({"context_window": wrong, "rate_limits": wrong}).encode()) == Status()


def test_a_path_that_no_system_knows() -> None:
    assert read_status(json.dumps({"transcript_path": "a\0b"}).encode()) == Status()


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 0.0), (9_999, 9_999.0), (10_000, None), (-0.1, None), (True, None), ("42", None)]
)
def test_a_share_of_a_limit(percent: object, expected: float | None) -> None:
    found = of_limit({"used_percentage": percent})
    assert (found and found.used_percent, found and found.resets) == (expected, None)


@pytest.mark.parametrize(
    ("resets", "expected"),
    [
        (MOMENT, MOMENT * 1000),
        (MOMENT + 0.5, MOMENT * 1000 + 500),
        (str(MOMENT), MOMENT * 1000),
        ("2026-06-01T12:00:00+02:00", MOMENT * 1000),
        (0, None),
        (-MOMENT, None),
        (4_102_444_800, None),  # the year 2100
        ("1" * 16, None),
        ("soon", None),
        ([], None),
        (True, None),
    ],
)
def test_when_a_limit_starts_anew(resets: object, expected: int | None) -> None:
    assert of_limit({"used_percentage": 1, "resets_at": resets}) == Limit(1.0, expected)
