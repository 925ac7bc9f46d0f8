"""Planted stretches of light premium work: all found, none invented, at each rule, with hand-worked dollars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ingest import FIRST, SECOND
from tests.questions import ask
from tests.transcripts import History, Session, text, tool_use

OPUS, SONNET = "claude-opus-4-8", "claude-sonnet-4-5"


def audit(root: Path, *words: object) -> dict[str, Any]:
    return ask("quota-audit", "--json", *words, root=root).report


def light(session: Session, count: int, **fields: Any) -> None:
    """Responses that add 500 tokens and write 100."""
    for _ in range(count):
        session.response(**{"cache_read": 10_000, "cache_write": 500, "input": 0, "output": 100, **fields})


@pytest.fixture
def session(tmp_path: Path) -> Session:
    history = History(tmp_path)
    session = history.session(FIRST, model=OPUS)
    session.prompt("Rename the basket")
    session.response(input=0, cache_write=10_000, output=100)  # a thread's first is never light
    return session


def found(session: Session) -> list[int]:
    """Responses of each stretch, by the middle rule, the largest first."""
    return [stretch["messages"] for stretch in audit(session.history.write())["stretches"]]


def test_three_in_a_row_are_a_stretch_and_two_are_none(session: Session) -> None:
    light(session, 3)
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000)
    light(session, 2)
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000)
    light(session, 4)
    assert found(session) == [4, 3]


@pytest.mark.parametrize(
    ("fields", "strict", "middle", "loose"),
    [
        ({"cache_write": 1_000, "output": 150}, 3, 3, 3),  # at the strict limits
        ({"cache_write": 1_001}, 0, 3, 3),
        ({"output": 151}, 0, 3, 3),
        ({"cache_write": 2_001}, 0, 0, 3),
        ({"output": 301}, 0, 0, 3),
        ({"cache_write": 5_001}, 0, 0, 0),
        ({"output": 601}, 0, 0, 0),
    ],
)
def test_each_rule_has_its_limits(
    session: Session, fields: dict[str, int], strict: int, middle: int, loose: int
) -> None:
    light(session, 3, **fields)
    rules = {one["rule"]: one for one in audit(session.history.write())["sensitivity"]}
    assert [bool(rules[name]["stretches"]) for name in ("strict", "middle", "loose")] == [
        bool(count) for count in (strict, middle, loose)
    ]


def test_tools_count_by_the_rule(session: Session) -> None:
    for number in range(3):
        blocks = [tool_use(f"toolu_{number}_{place}", "Read", {"file_path": "/a"}) for place in range(2)]
        light(session, 1, blocks=blocks)
    rules = {one["rule"]: one["stretches"] for one in audit(session.history.write())["sensitivity"]}
    assert rules == {"strict": 0, "middle": 1, "loose": 1}


def test_a_failure_a_spawn_and_another_model_break_a_stretch(session: Session) -> None:
    light(session, 2)
    light(session, 1, blocks=[tool_use("toolu_fail", "Bash", {"command": "npm test"})])
    session.tool_result("toolu_fail", "Exit code 1", is_error=True)
    light(session, 2)
    light(session, 1, blocks=[tool_use("toolu_spawn", "Task", {"prompt": "Look"})])
    light(session, 2)
    light(session, 1, model=SONNET)
    light(session, 2)
    assert found(session) == []


def test_context_written_again_is_not_new(session: Session) -> None:
    """10,100 tokens were in the cache; after an hour 10,000 of them are written again beside 500 new ones."""
    light(session, 2)
    session.response(input=0, cache_read=0, cache_write=10_500, output=100, at="2026-06-01T18:00:00Z")
    light(session, 1)
    assert found(session) == [4]


def test_where_the_output_is_a_floor_its_text_stands_in(session: Session) -> None:
    """2,900 bytes of text look like 1,000 tokens: not light, although the log says 1."""
    light(session, 3, output=1, stop_reason=None, blocks=[text("x" * 2_900)])
    report = audit(session.history.write())
    assert report["stretches"] == []
    assert report["output_floor_share"] == 0.75


def test_a_short_thread_is_light_as_a_whole(tmp_path: Path) -> None:
    history = History(tmp_path)
    for name, count in ((FIRST, 2), (SECOND, 0)):
        session = history.session(name, model=OPUS)
        session.response(input=0, cache_write=10_000, output=100)
        light(session, count)
    assert [stretch["messages"] for stretch in audit(history.write())["stretches"]] == [2]


def test_shares_and_the_same_tokens_of_a_smaller_model(session: Session) -> None:
    """Opus at the tests' prices: write $20, read $1, output $50 a million; Sonnet 4.5: $4, $0.50, $10.

    Three light responses: 1,500 written, 30,000 read, 300 out = 0.03 + 0.03 + 0.015 = $0.075; at Sonnet's
    0.006 + 0.015 + 0.003 = $0.024. The first: 10,000 written, 100 out = 0.2 + 0.005 = $0.205.
    """
    light(session, 3)
    report = audit(session.history.write())
    assert report["candidates"]["total_tokens"] == 31_800
    assert report["premium"]["total_tokens"] == 41_900
    assert report["candidates"]["list_price_usd"] == 0.075
    assert report["price_share_of_premium"] == pytest.approx(0.075 / 0.28, abs=1e-6)
    assert report["share_of_premium"] == pytest.approx(31_800 / 41_900, abs=1e-6)
    assert (report["smaller_models"], report["list_price_usd_at_smaller_model"]) == ([SONNET], 0.024)
    assert report["stretches"][0]["resume"] == f"claude --resume {FIRST}"
    assert report["by_month"][0]["label"] == "2026-06"


def test_models_that_are_not_premium_are_not_audited(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST, model=SONNET)
    session.response(input=0, cache_write=10_000, output=100)
    light(session, 5)
    report = audit(history.write())
    assert (report["premium"]["messages"], report["stretches"], report["share_of_premium"]) == (0, [], None)
    assert "No responses here" in ask("quota-audit", root=history.write()).out
