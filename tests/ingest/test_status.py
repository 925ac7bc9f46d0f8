"""What Claude Code hands to a status line command: understood as far as it makes sense, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokenscope.ingest.status_input import HandedCache, HandedContext, Limit, Status, read_status

MOMENT = 1_780_308_000  # 2026-06-01T10:00:00Z, in seconds


def of_limit(limit: Any) -> Limit | None:
    return next(iter(read_status(json.dumps({"rate_limits": {"five_hour": limit}}).encode()).limits), None)


def understood(given: dict[str, Any]) -> Status:
    return read_status(json.dumps(given).encode())


def test_all_of_it() -> None:
    given = {
        "transcript_path": "/home/ada/x.jsonl",
        "session_name": "Mend the gate",
        "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"},
        "effort": {"level": "high"},
        "cwd": "/home/ada",
        "workspace": {
            "current_dir": "/home/ada/shop/src",
            "project_dir": "/home/ada/shop",
            "git_worktree": "hinge",
            "repo": {"host": "code.example", "owner": "ada", "name": "shop"},
        },
        "pr": {"number": 12, "review_state": "changes_requested"},
        "context_window": {
            "context_window_size": 200_000,
            "used_percentage": 13.2,
            "current_usage": {
                "input_tokens": 400,
                "output_tokens": 900,
                "cache_read_input_tokens": 20_000,
                "cache_creation_input_tokens": 6_000,
            },
        },
        "prompt_cache": {
            "warm": True,
            "expires_at": MOMENT,
            "hit_ratio": 0.75,
            "last_miss_at": MOMENT - 60,
            "last_miss_cause": {"causes": ["tools_changed", 7]},
            "recache_tokens_if_cold": 84_000,
        },
        "rate_limits": {
            "five_hour": {"used_percentage": 42.5, "resets_at": MOMENT},
            "seven_day": {"used_percentage": 7, "resets_at": "2026-06-01T10:00:00Z"},
            "spend_limit": {"used_percentage": 0.5},
        },
    }
    assert understood(given) == Status(
        "/home/ada/x.jsonl",
        HandedContext(26_400, 200_000, 13.2),  # 400 + 20,000 + 6,000: what was written back is no part of a prompt
        cache=HandedCache(
            is_warm=True,
            expires=MOMENT * 1000,
            rewrite_tokens=84_000,
            hit_share=0.75,
            missed=(MOMENT - 60) * 1000,
            causes=("tools_changed",),
        ),
        limits=(
            Limit("five_hour", 42.5, MOMENT * 1000),
            Limit("seven_day", 7.0, MOMENT * 1000),
            Limit("spend_limit", 0.5),
        ),
        model="Opus 5.5",
        effort="high",
        name="Mend the gate",
        folder="/home/ada/shop",
        repo="ada/shop",
        worktree="hinge",
        pr=(12, "changes_requested"),
    )


@pytest.mark.parametrize(
    "scoped",
    [
        {"seven_day": [{"used_percentage": 1}, {"model": "Opus", "used_percentage": 58}]},
        {"seven_day": {"used_percentage": 1}, "seven_day_": {"model": "Opus", "used_percentage": 58}},
        {
            "seven_day": {"used_percentage": 1},
            "x": [{"scope": {"model": {"display_name": "Opus"}}, "used_percentage": 58}],
        },
        {"seven_day": {"used_percentage": 1}, "x": {"model": {"display_name": "Opus"}, "used_percentage": 58}},
        {"seven_day": {"used_percentage": 1}, "x": {"display_name": "Opus", "used_percentage": 58}},
    ],
    ids=range(5),
)
def test_a_limit_of_one_model(scoped: dict[str, Any]) -> None:
    found = understood({"rate_limits": scoped}).limits
    assert [(one.model, one.used_percent) for one in found] == [("", 1.0), ("Opus", 58.0)]


def test_limits_without_end_are_cut_off() -> None:
    many = {f"limit {number}": {"used_percentage": number} for number in range(500)}
    assert [one.used_percent for one in understood({"rate_limits": many}).limits] == list(map(float, range(16)))


@pytest.mark.parametrize("cause", [None, 7, [], {}, {"causes": None}, {"causes": {}}, {"causes": [None]}, ""])
def test_a_miss_without_a_cause(cause: object) -> None:
    assert understood({"prompt_cache": {"warm": False, "last_miss_cause": cause}}).cache == HandedCache(is_warm=False)


def test_a_cause_may_be_a_word() -> None:
    cache = understood({"prompt_cache": {"warm": False, "last_miss_cause": "ttl_expired"}}).cache
    assert cache == HandedCache(is_warm=False, causes=("ttl_expired",))


@pytest.mark.parametrize("cache", [{}, {"warm": None}, {"warm": 1}, {"warm": False, "caching_observed": False}])
def test_a_cache_that_nobody_saw(cache: dict[str, Any]) -> None:
    assert understood({"prompt_cache": cache}) == Status()


@pytest.mark.parametrize("usage", [None, {}, {"input_tokens": 0}, {"output_tokens": 5}, [1]])
def test_before_the_first_response_nothing_is_known_of_the_context(usage: object) -> None:
    assert understood({"context_window": {"current_usage": usage, "used_percentage": None}}) == Status()


@pytest.mark.parametrize("given", [b"", b"[]", b"null", b"7", b'"x"', b"{", b"\xff\xfe", b"{}"])
def test_what_is_no_object_says_nothing(given: bytes) -> None:
    assert read_status(given) == Status()


@pytest.mark.parametrize("wrong", [None, True, -1, 0, 1.5, 10**12, "x", [], {"a": 1}])
def test_values_of_another_kind_are_not_there(wrong: object) -> None:
    given = {
        "transcript_path": [wrong],
        "context_window": {"context_window_size": wrong},
        "rate_limits": {"five_hour": {"used_percentage": [wrong]}, "seven_day": wrong},
        "model": {"display_name": [wrong]},
        "effort": wrong,
        "session_name": [wrong],
        "workspace": {"repo": [wrong], "project_dir": [wrong], "git_worktree": [wrong]},
        "worktree": wrong,
        "pr": {"number": [wrong]},
        "prompt_cache": {"warm": [wrong]},
    }
    assert understood(given) == Status()
    names = ("context_window", "rate_limits", "model", "workspace", "pr", "prompt_cache")
    assert understood(dict.fromkeys(names, wrong)) == Status()


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
    assert of_limit({"used_percentage": 1, "resets_at": resets}) == Limit("five_hour", 1.0, expected)
