"""Bytes a token, from histories whose densities are known exactly."""

from __future__ import annotations

import pytest

from tests.ingest import FIRST, SECOND, store_of
from tests.transcripts import History, Session, text, thinking, tool_use
from tokenscope.accounting.densities import (
    BYTES_A_TOKEN,
    LARGEST_SCALE,
    Densities,
    measure_densities,
    said_by,
)
from tokenscope.model import Facet
from tokenscope.store import Label, Store

PROMPTS: Label = ("prompt", "prompts", "", "", "", "", "")
READ: Label = ("tool_result", "Read results", "/a", "", "", "", "")
TEXT: Label = ("model_text", "model text", "", "", "", "", "")
SUMMARIES: Label = ("summary", "summaries", "", "", "", "", "")
UNSEEN: Label = ("thinking", "thinking", "without its text", "", "", "", "")


def measured(history: History) -> Densities:
    return measure_densities(store_of(history.write(), facets=Facet.CONTENT))


def told(session: Session, steps: int, *, prompt: int = 4, read: int = 2, unlogged: int = 0) -> None:
    """Prompts of 4 bytes a token and files of 2, in turns, and answers of 5; outputs are final."""
    size = 20_000
    for place in range(steps):
        length = 400 + 40 * (place % 7)
        if place % 2:
            session.prompt("p" * length)
            size += length // prompt
        else:
            session.tool_result("toolu_1", "r" * length * 3)
            size += length * 3 // read
        said = 100 + 10 * (place % 5)
        session.response(input=size, output=said, blocks=[text("w" * said * 5)])
        size += said + (unlogged if place % 10 == 0 else 0)


def test_t35_each_source_has_a_density_of_its_own(history: History) -> None:
    session = history.session(FIRST)
    session.response(input=20_000, output=9, blocks=[tool_use("toolu_1", "Read", {"file_path": "/a"})])
    told(session, 120)
    found = measured(history)
    assert 1 / found.of(PROMPTS) == pytest.approx(4, rel=0.02)
    assert 1 / found.of(READ) == pytest.approx(2, rel=0.02)
    assert 1 / found.of(TEXT) == pytest.approx(5, rel=0.06)
    assert found.of(SUMMARIES) == found.of(TEXT)
    assert found.largest_scale == 1.1  # no step is larger than expected, and a little must be allowed


def test_t35_what_the_log_does_not_show_does_not_change_them(history: History) -> None:
    """9,000 tokens more in every tenth step."""
    session = history.session(FIRST)
    session.response(input=20_000, output=9, blocks=[tool_use("toolu_1", "Read", {"file_path": "/a"})])
    told(session, 120, unlogged=9_000)
    found = measured(history)
    assert 1 / found.of(PROMPTS) == pytest.approx(4, rel=0.03)
    assert 1 / found.of(READ) == pytest.approx(2, rel=0.03)


def test_t35_a_small_history_goes_by_what_is_usual(history: History) -> None:
    told(history.session(FIRST), 40)
    found = measured(history)
    assert (found.equations, found.largest_scale) == (0, LARGEST_SCALE)
    assert found.of(PROMPTS) == found.of(SUMMARIES) == 1 / BYTES_A_TOKEN
    assert measure_densities(Store()) == found


def test_t35_a_source_that_is_seen_once_stays_near_what_is_usual(history: History) -> None:
    session = history.session(FIRST)
    told(session, 119)
    session.attachment("file", content="a" * 290)  # arrives with 2,000 tokens of nobody knows what
    session.response(input=90_000, output=100, blocks=[text("w" * 500)])
    attachments: Label = ("attachment", "attachments", "file", "", "", "", "")
    assert 1 / measured(history).of(attachments) == pytest.approx(BYTES_A_TOKEN, rel=0.01)


def test_t35_thinking_without_its_text_is_as_large_as_the_output_says(history: History) -> None:
    """Each answer has 5 bytes a token and 250 tokens of thinking."""
    session, size = history.session(FIRST), 20_000
    for place in range(120):
        said = 50 + 30 * (place % 5)
        session.prompt("p" * 800)
        session.response(input=size, output=said + 250, blocks=[thinking(), text("w" * said * 5)])
        size += 200 + said + 250
    found = measured(history)
    assert found.of(UNSEEN) == pytest.approx(250, rel=0.05)
    assert 1 / found.of(TEXT) == pytest.approx(5, rel=0.06)


def test_t21_copies_are_no_steps_of_their_own(history: History) -> None:
    session = history.session(FIRST)
    told(session, 90)
    once = measured(history)
    session.fork(SECOND)
    assert measured(history) == once


def test_t27_only_a_final_and_possible_output_says_how_much_was_said(history: History) -> None:
    session = history.session(FIRST)
    for output, stop_reason in ((100, "end_turn"), (100, None), (8, "end_turn"), (9, "end_turn")):
        session.response(output=output, stop_reason=stop_reason)
    messages = store_of(history.write()).messages
    assert [said_by(message, 54) for message in messages] == [100, None, None, 9]
    assert said_by(messages[0], 600) == 100  # 6 bytes a token
    assert said_by(messages[0], 601) is None
