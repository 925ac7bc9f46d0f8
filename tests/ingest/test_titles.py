"""What a session is called (T42)."""

from __future__ import annotations

import pytest

from tests.ingest import FIRST, SECOND, store_of
from tests.transcripts import History


def title(history: History, session_id: str = FIRST) -> str:
    return store_of(history).sessions[session_id].title


def test_t42_without_a_title_it_is_the_first_prompts_first_sentence(history: History) -> None:
    history.session(FIRST).prompt("Fix the basket. It loses items.")
    assert title(history) == "Fix the basket."


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("agent-name",), "agent-name words"),
        (("agent-name", "summary"), "summary words"),
        (("agent-name", "summary", "ai-title"), "ai-title words"),
        (("custom-title", "agent-name", "summary", "ai-title"), "custom-title words"),
    ],
)
def test_t42_the_best_title_wins_wherever_it_stands(history: History, kinds: tuple[str, ...], expected: str) -> None:
    session = history.session(FIRST)
    session.prompt("Fix the basket")
    session.response(output=1)
    for kind in kinds:
        session.title(f"{kind} words", kind)  # type: ignore[arg-type]
    assert title(history) == expected


def test_t42_a_summary_may_stand_in_another_file(history: History) -> None:
    """It names the last row of the session that it sums up."""
    session = history.session(FIRST)
    session.prompt("Fix the basket")
    session.response(output=1)
    other = history.session(SECOND)
    other.append({"type": "summary", "summary": "Basket mended", "leafUuid": session.leaf})
    other.append({"type": "summary", "summary": "Nobody's", "leafUuid": "gone"})
    other.prompt("Something else")
    assert title(history) == "Basket mended"
    assert title(history, SECOND) == "Something else"
