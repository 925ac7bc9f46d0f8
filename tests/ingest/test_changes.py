"""How many lines a tool use changed (T44)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from tests.transcripts import create_result, edit_result
from tokenscope.ingest.rows.schema import Result
from tokenscope.ingest.rows.tool_outcomes import asked_for, changed

TWO_HUNKS = {
    "structuredPatch": [{"lines": [" a", "-b", "+c", "+d"]}, {"lines": ["+e", "\\ No newline at end of file"]}]
}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (TWO_HUNKS, (3, 1)),
        (edit_result("/a", "one\ntwo\n", "one\nthree\nfour\n"), None),
        (create_result("/a", "one\ntwo\nthree"), (3, 0)),
        (create_result("/a", ""), (0, 0)),
        ({"type": "update", "structuredPatch": [], "content": "one\n"}, (0, 0)),
        ({"structuredPatch": [None, {"lines": 5}, {"lines": [None, "+a"]}]}, (1, 0)),
        (None, (2, 1)),
        ("User rejected tool use", (2, 1)),
        ({"structuredPatch": None}, (2, 1)),
    ],
)
def test_t44_lines_of_a_result(told: Any, expected: tuple[int, int] | None) -> None:
    if expected is None:  # the builder's patch: count its lines here
        lines = [line for hunk in told["structuredPatch"] for line in hunk["lines"]]
        expected = sum(line[0] == "+" for line in lines), sum(line[0] == "-" for line in lines)
        assert expected != (0, 0)
    result = msgspec.json.decode(json.dumps(told), type=Result | str | None)
    assert changed(result, "Edit", b'{"old_string":"a","new_string":"b\\nc"}') == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("Edit", {"old_string": "a\nb", "new_string": "c"}, (1, 2)),
        ("Edit", {"old_string": "", "new_string": "c\n"}, (1, 0)),
        ("Edit", {"old_string": 5}, (0, 0)),
        ("MultiEdit", {"edits": [{"old_string": "a", "new_string": "b\nc\n"}, None, {"new_string": "d"}]}, (3, 1)),
        ("MultiEdit", {"edits": "all"}, (0, 0)),
        ("NotebookEdit", {"new_source": "a\nb\n"}, (2, 0)),
        ("Write", {"content": "a\n"}, (0, 0)),
        ("Read", {}, (0, 0)),
        ("Edit", None, (0, 0)),
    ],
)
def test_t44_lines_that_an_input_asks_for(name: str, given: Any, expected: tuple[int, int]) -> None:
    assert asked_for(name, given) == expected
