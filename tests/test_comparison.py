"""The arithmetic of tests/comparison.py, on histories whose every step is worked out by hand."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from tests import comparison
from tests.asking import ask
from tests.comparison import COPIES, INSIDE, LARGEST, NOTHING, RULES, SPLIT, TAKES, TIMES, Sum, count, entries, steps
from tests.ingest import FIRST, SECOND
from tests.transcripts import ABSENT, History, iteration, text

PEER = os.environ.get("TOKENSCOPE_PEER", "")  # a ccusage 20.0.24 binary


def step(history: History, rule: str) -> tuple[int, tuple[int, int, int, int]]:
    """What one rule adds to responses and tokens; no other may add anything."""
    found = steps(entries(history.write()))
    added = {
        name: (after.responses - before.responses, comparison.minus(after.tokens, before.tokens))
        for (_, before), (name, after) in pairwise(found)
    }
    assert {name for name, what in added.items() if what != (0, NOTHING)} <= {rule}
    assert list(added) == list(RULES)
    return added[rule]


def test_without_rules_it_is_what_tokenscope_says(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", input=7, output=40, cache_read=100, cache_write=20, partial_outputs=[1, 40])
    session.fork(SECOND).response("msg_2", input=1, output=2)
    root = history.write()
    assert count(entries(root), frozenset()) == Sum(2, (8, 42, 100, 20))
    total = ask("daily", "--json", root=root).report["total"]
    assert (total["messages"], total["input_tokens"], total["output_tokens"]) == (2, 8, 42)


def test_a_history_without_anything_odd_is_the_same_by_both(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", input=7, output=40)
    session.subagent("a1").response("msg_2", output=5)
    assert {what for _, what in steps(entries(history.write()))} == {Sum(2, (8, 45, 0, 0))}


def test_a_response_without_a_request_id_counts_once_for_each_time(history: History) -> None:
    """Three rows of 10 input tokens at three times, then two at one time: 5 rows, 2 responses, 4 times."""
    session = history.session(FIRST)
    blocks = [text("a"), text("b"), text("c")]
    for number in range(3):
        session.response(
            "msg_1", input=10, output=4, blocks=blocks[:1], request_id=None, at=f"2026-06-01T10:00:0{number}Z"
        )
    for _ in range(2):
        session.response("msg_2", input=100, output=1, blocks=blocks[:1], request_id=None, at="2026-06-01T11:00:00Z")
    assert step(history, TIMES) == (2, (20, 8, 0, 0))


def test_the_same_id_under_another_request_id_counts_again(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", input=10, output=4, request_id="req_1")
    session.response("msg_1", input=10, output=4, request_id="req_2")
    assert step(history, COPIES) == (1, (10, 4, 0, 0))


def test_a_copy_under_the_same_request_id_does_not(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", input=10, output=4, request_id="req_1")
    session.fork(SECOND)
    assert step(history, COPIES) == (0, NOTHING)


def test_the_row_with_the_most_tokens_stands_for_a_response(history: History) -> None:
    """Output 9 beside 1,000 input tokens, or output 50 beside 10: 1,009 tokens are more than 60."""
    session = history.session(FIRST)
    session.response("msg_1", input=1_000, output=9, request_id="req_1")
    session.response("msg_1", input=10, output=50, request_id="req_1")
    assert step(history, LARGEST) == (0, (990, -41, 0, 0))


def test_cache_writes_are_taken_from_the_split(history: History) -> None:
    split = {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 0}
    history.session(FIRST).response("msg_1", cache_write=100, usage={"cache_creation": split})
    assert step(history, SPLIT) == (0, (0, 0, 0, -70))


def test_of_the_requests_inside_a_response_only_advice_is_taken(history: History) -> None:
    inside = [iteration("compaction", input=500, output=60), iteration("advisor_message", input=7, output=1)]
    history.session(FIRST).response("msg_1", input=1, output=2, iterations=inside)
    assert count(entries(history.write()), frozenset()) == Sum(1, (508, 63, 0, 0))
    assert step(history, INSIDE) == (0, (-500, -60, 0, 0))


@pytest.mark.parametrize(
    "fields",
    [
        {"usage": {"speed": "slow"}},
        {"usage": {"cache_read_input_tokens": 1.5}},
        {"usage": {"cache_read_input_tokens": None}},
        {"row": {"timestamp": ABSENT}},
        {"row": {"version": "nightly"}},
        {"row": {"requestId": None}},
        {"blocks": [text("half of a pair: \ud83d")]},
    ],
    ids=str,
)
def test_some_rows_are_not_taken(history: History, fields: dict[str, object]) -> None:
    history.session(FIRST).response("msg_1", input=3, output=2, **fields)  # type: ignore[arg-type]
    responses, tokens = step(history, TAKES)
    assert (responses, tokens[:2]) == (-1, (-3, -2))


def test_rows_with_spaces_are_not_taken(tmp_path: Path) -> None:
    history = History(tmp_path, spaced=True)
    history.session(FIRST).response("msg_1", input=3, output=2)
    assert step(history, TAKES) == (-1, (-3, -2, 0, 0))


@pytest.mark.skipif(not PEER, reason="TOKENSCOPE_PEER names no ccusage binary")
def test_the_rules_come_to_what_ccusage_says(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    session = history.session(FIRST)
    session.response("msg_1", input=1_000, output=9, cache_read=5, request_id="req_1")
    session.response("msg_1", input=10, output=50, request_id="req_1")
    session.response("msg_1", input=10, output=50, request_id="req_2")
    for _ in range(3):
        session.response("msg_2", input=10, output=4, request_id=None)
    session.response("msg_3", usage={"speed": "slow"})
    session.response("msg_4", iterations=[iteration("compaction", input=500, output=60)])
    assert comparison.compare(history.write(), PEER)
    assert "not explained" in capsys.readouterr().out
