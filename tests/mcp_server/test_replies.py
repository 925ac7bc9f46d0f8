"""Answers are cut to what a context bears, all of it can be had page by page, and nothing in it steers a reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscope.errors import UsageError
from tokenscope.mcp_server.replies import LARGEST, LONGEST_TEXT, Portion, as_text, reply


def envelope(report: Any) -> dict[str, Any]:
    return {"schema_version": 1, "question": "daily", "scope": {"projects": []}, "coverage": {}, "report": report}


def test_a_short_answer_is_whole() -> None:
    report = {"days": [{"date": "2026-11-03", "tokens": 7}], "total": {"tokens": 7}}
    assert reply(envelope(report), Portion()) == {
        **envelope(report),
        "page": None,
        "left_out": [],
        "lists_left_out": 0,
    }


def test_lists_are_cut_and_lists_inside_rows_to_a_quarter() -> None:
    report = {"rows": [{"items": list("abcdefghi")} for _ in range(30)], "few": [1, 2]}
    found = reply(envelope(report), Portion(limit=8))
    assert [len(row["items"]) for row in found["report"]["rows"]] == [2] * 8
    assert found["report"]["few"] == [1, 2]
    assert found["left_out"][:2] == [
        {"list": "/rows", "rows": 30, "shown": 8, "next_offset": 8},
        {"list": "/rows/0/items", "rows": 9, "shown": 2, "next_offset": 2},
    ]
    assert found["lists_left_out"] == 9


def test_a_short_series_of_numbers_stays_whole() -> None:
    hours, days = list(range(24)), [None, *range(31)]
    found = reply(envelope({"rows": [{"hours": hours, "days": days}]}), Portion(limit=4))
    assert found["report"] == {"rows": [{"hours": hours, "days": [None]}]}
    assert found["left_out"] == [{"list": "/rows/0/days", "rows": 32, "shown": 1, "next_offset": 1}]


def test_a_list_is_asked_for_by_its_address() -> None:
    report = {"a/b": {"c~d": [[1], [2, 3], [4, 5, 6, 7, 8]]}, "rows": list(range(100))}
    found = reply(envelope(report), Portion(list="/rows", offset=90, limit=4))
    assert found["report"] is None
    assert found["page"] == {"list": "/rows", "offset": 90, "rows": [90, 91, 92, 93], "of": 100, "next_offset": 94}
    assert reply(envelope(report), Portion(list="/rows", offset=96))["page"]["next_offset"] is None
    assert reply(envelope(report), Portion(list="/rows", offset=100))["page"]["rows"] == []
    assert reply(envelope(report), Portion(list="/a~1b/c~0d/1"))["page"]["rows"] == [2, 3]


@pytest.mark.parametrize(
    "address", ["rows", "/", "/nothing", "/total", "/rows/1", "/rows/x", "/rows/-1", "/rows/²", "//"]
)
def test_what_is_no_list_is_told_with_those_that_are(address: str) -> None:
    with pytest.raises(UsageError) as told:
        reply(envelope({"rows": [1, 2], "total": 3}), Portion(list=address))
    assert told.value.message == f"{address!r} is no list of this report"
    assert told.value.hint == "left_out names lists; the report itself has /rows"


def test_an_offset_without_a_list_or_beyond_it() -> None:
    with pytest.raises(UsageError, match="offset counts the rows of a list"):
        reply(envelope({"rows": [1]}), Portion(offset=1))
    with pytest.raises(UsageError, match="/rows has 1 rows, so none from 2 on"):
        reply(envelope({"rows": [1]}), Portion(list="/rows", offset=2))


def test_ten_megabytes_fit() -> None:
    report = {
        "rows": [{"name": f"row {number}", "text": "x" * 400, "steps": ["y" * 90] * 40} for number in range(2500)]
    }
    assert len(as_text(report)) > 10_000_000
    for portion in (Portion(), Portion(limit=500), Portion(list="/rows", limit=500)):
        found = reply(envelope(report), portion)
        assert LARGEST / 4 < len(as_text(found)) <= LARGEST
    assert found["page"]["next_offset"] == len(found["page"]["rows"]) > 5


def test_what_cannot_be_cut_is_told() -> None:
    with pytest.raises(UsageError, match="too long"):
        reply(envelope({f"field {number}": "x" * 900 for number in range(100)}), Portion())


@settings(max_examples=40)
@given(st.lists(st.text(max_size=60), max_size=300), st.integers(1, 500))
def test_pages_put_together_are_the_list(rows: list[str], limit: int) -> None:
    numbered = [{"number": number, "text": text} for number, text in enumerate(rows)]
    offset: int | None = 0
    found = []
    while offset is not None:
        page = reply(envelope({"rows": numbered}), Portion(limit, "/rows", offset))["page"]
        found += [row["number"] for row in page["rows"]]
        offset = page["next_offset"]
    assert found == list(range(len(rows)))


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
        max_leaves=120,
    )
)
def test_any_answer_fits_and_is_json(value: Any) -> None:
    found = reply(envelope({"value": value}), Portion())
    assert len(as_text(found)) <= LARGEST
    assert json.loads(as_text(found)) == found


def test_texts_are_harmless_and_short() -> None:
    hostile = "a\x1b[2Jb\u202ec\U000e0041d\ne"
    found = reply(envelope({hostile: hostile, "long": "x" * 2_000, "rows": [hostile]}), Portion())["report"]
    assert found == {"abcd e": "abcd e", "long": "x" * (LONGEST_TEXT - 1) + "…", "rows": ["abcd e"]}
