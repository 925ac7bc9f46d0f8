"""The command lines of lines.py are all that there are."""

from __future__ import annotations

from inspect import signature

import pytest

from tests.trust.lines import lines_of, views
from tokenscope.app.registry import find_question, question_names, usual_format

ELSEWHERE = {
    "session": {"which", "show_secrets"},
    "whatif": {"levers"},
    "compare": {"first", "second"},
}  # arguments that stand in other tests


@pytest.mark.parametrize("question", question_names())
def test_every_option_of_a_question_is_tried(question: str) -> None:
    """And no other."""
    given = {word.strip("-").replace("-", "_") for view in views(question) for word in view if word.startswith("--")}
    own = set(signature(find_question(question).analyze).parameters) - {"history"} - ELSEWHERE.get(question, set())
    assert given == own


@pytest.mark.parametrize("question", question_names())
def test_every_output_of_a_question_is_tried(question: str) -> None:
    outputs = {line.output for line in lines_of(question)}
    assert outputs >= {"json", "html", "svg"}
    assert ("csv" in outputs) == bool(find_question(question).rows)
    assert ("no-color" in outputs) == (not usual_format(find_question(question)).only)
