"""The four counters, whatever a log writes there (T13, T30)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ingest import FIRST, figures, only, store_of
from tests.transcripts import ABSENT, History

HUGE = int("9" * 30)


@pytest.mark.parametrize(
    ("value", "counted", "anomalies"),
    [
        (7, 7, 0),
        (0, 0, 0),
        (10**12, 10**12, 0),
        (7.0, 7, 1),
        (7.9, 7, 1),
        ("7", 7, 1),
        ("007", 7, 1),
        (ABSENT, 0, 1),
        (None, 0, 1),
        (-7, 0, 1),
        (-0.5, 0, 1),
        (True, 0, 1),
        ("", 0, 1),
        ("seven", 0, 1),
        ("-7", 0, 1),
        ("7.5", 0, 1),
        ("٧", 0, 1),  # an Arabic seven
        ("9" * 40, 0, 1),
        ([7], 0, 1),
        ({"tokens": 7}, 0, 1),
        (10**12 + 1, 0, 1),
        (2**63, 0, 1),
        (2**64 + 1, 0, 1),
        (HUGE, 0, 1),
        (1e300, 0, 1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["input_tokens", "output_tokens", "cache_read_input_tokens"])
def test_t13_a_counter_is_a_whole_number_or_an_anomaly(
    history: History, name: str, value: Any, counted: int, anomalies: int
) -> None:
    history.session().response(input=1, output=20, cache_read=300, usage={name: value})
    store = store_of(history)
    expected = {"input_tokens": 1, "output_tokens": 20, "cache_read_input_tokens": 300} | {name: counted}
    assert figures(only(store)) == (*expected.values(), 0, 0)
    assert store.coverage.anomalous_counters == anomalies


@pytest.mark.parametrize(
    "literal",
    [
        *("NaN", "Infinity", "-Infinity", "1e300", "9" * 300),
        *(literal for literal in ("1e999", "9" * 400, "-" + "9" * 400, "9" * 5000)),
    ],
    ids=lambda literal: str(literal[:10]),
)
def test_t13_a_number_that_no_counter_is_costs_only_itself(history: History, literal: str) -> None:
    session = history.session(FIRST)
    session.response(input=1, output=20, cache_read=31_415)
    session.lines[:] = [history.encode(row).replace(b"31415", literal.encode()) for row in session.rows]
    store = store_of(history)
    assert figures(only(store)) == (1, 20, 0, 0, 0)
    assert (store.coverage.malformed_rows, store.coverage.anomalous_counters) == (0, 1)


@pytest.mark.parametrize(
    ("total", "split", "write", "one_hour", "anomalies"),
    [
        (100, ABSENT, 100, 0, 0),
        (100, None, 100, 0, 0),
        (100, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 100, 40, 0),
        (100, {"ephemeral_1h_input_tokens": 40}, 100, 40, 0),  # the rest counts as five minutes
        (100, {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 10}, 100, 10, 0),  # a remainder too
        (100, {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 140}, 100, 100, 1),
        (100, {"ephemeral_1h_input_tokens": "40"}, 100, 40, 1),
        (100, {"ephemeral_1h_input_tokens": None}, 100, 0, 1),
        (ABSENT, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 100, 40, 1),
        (None, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 100, 40, 1),
        (0, {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, 0, 0, 0),
        (0, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 100, 40, 0),  # T59
        (0, {"ephemeral_5m_input_tokens": 5}, 5, 0, 0),
    ],
    ids=str,
)
def test_t13_a_cache_write_and_its_split(
    history: History, total: Any, split: Any, write: int, one_hour: int, *, anomalies: int
) -> None:
    history.session().response(usage={"cache_creation_input_tokens": total, "cache_creation": split})
    store = store_of(history)
    assert figures(only(store)) == (1, 1, 0, write, one_hour)
    assert store.coverage.anomalous_counters == anomalies


def test_t13_usage_without_any_counter_is_a_response_all_the_same(history: History) -> None:
    row = {"type": "assistant", "message": {"id": "msg_1", "usage": {}}}
    history.file("projects/-x/a.jsonl", [row])
    store = store_of(history)
    assert figures(only(store)) == (0, 0, 0, 0, 0)
    assert store.coverage.anomalous_counters == 4


def test_t13_extras_of_another_shape_change_nothing(history: History) -> None:
    weird: dict[str, Any] = {"iterations": {"a": 1}, "server_tool_use": [], "service_tier": {}, "speed": 5}
    history.session().response("msg_1", input=3, output=40, usage={**weird, "inference_geo": ["us"]})
    message = only(store_of(history))
    assert figures(message) == (3, 40, 0, 0, 0)
    assert (message.tariff, message.web_search_requests, message.context_tokens) == ("", 0, 3)


def test_t13_what_was_served_is_kept(history: History) -> None:
    session = history.session()
    served: list[tuple[dict[str, object], str]] = [
        ({}, ""),
        ({"service_tier": "standard", "inference_geo": "not_available"}, ""),
        ({"speed": "fast"}, "fast"),
        ({"service_tier": "batch", "inference_geo": "us"}, "batch,us"),
        ({"service_tier": "priority", "speed": "fast", "inference_geo": "us"}, "fast,priority,us"),
    ]
    for number, (usage, _) in enumerate(served):
        session.response(f"msg_{number}", usage={**usage, "server_tool_use": {"web_search_requests": number}})
    messages = store_of(history).messages
    assert [(message.tariff, message.web_search_requests) for message in messages] == [
        (tariff, number) for number, (_, tariff) in enumerate(served)
    ]


def test_t30_the_size_of_a_prompt_is_all_three(history: History) -> None:
    history.session().response(input=3, output=1000, cache_read=200, cache_write=70, cache_write_1h=50)
    message = only(store_of(history))
    assert (message.prompt_tokens, message.total_tokens, message.context_tokens) == (273, 1273, 273)


def test_t30_thinking_is_inside_the_output(history: History) -> None:
    history.session().response(output=500, usage={"output_tokens_details": {"thinking_tokens": 400}})
    message = only(store_of(history))
    assert (message.output_tokens, message.total_tokens) == (500, 501)
    assert "thinking" not in json.dumps(message._fields)
