"""Output figures that are floors, and requests inside a response (T27, T28)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ingest import FIRST, SECOND, by_id, figures, only, store_of, totals
from tests.transcripts import ABSENT, History, Row, iteration, text

PROMPT: dict[str, Any] = {"cache_read_input_tokens": 900, "cache_creation_input_tokens": 50}


# --- T27 ---


def test_t27_a_kept_row_without_a_stop_reason_is_a_floor(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", partial_outputs=[1, 8], stop_reason=None)
    session.response("msg_2", partial_outputs=[1, 8, 300])
    session.response("msg_3", output=5, message={"stop_reason": ABSENT})
    session.response("msg_4", output=5, stop_reason="max_tokens")
    found = by_id(store_of(history))
    assert {name: message.is_floor for name, message in found.items()} == {
        **dict.fromkeys(("msg_1", "msg_3"), True),
        **dict.fromkeys(("msg_2", "msg_4"), False),
    }


def test_t27_an_estimate_is_never_mixed_into_the_total(history: History) -> None:
    history.session(FIRST).response("msg_1", output=8, stop_reason=None)
    assert only(store_of(history)).output_tokens == 8


def test_t27_the_kept_row_decides_not_a_row_before_it(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=8, stop_reason="end_turn")
    session.response("msg_1", output=9, stop_reason=None)
    assert only(store_of(history)).is_floor


def test_t27_a_copy_with_the_final_figure_makes_it_no_floor(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=8, stop_reason=None)
    session.fork(SECOND).response("msg_1", output=300)
    assert not only(store_of(history)).is_floor


# --- T28 ---


def with_iterations(history: History, *entries: Row, **usage: int) -> None:
    session = history.session(FIRST)
    session.response("msg_1", model="claude-opus-4-8", iterations=entries, **usage)  # type: ignore[arg-type]


def test_t28_an_advisor_and_a_compaction_are_outside_each_with_its_model(history: History) -> None:
    with_iterations(
        history,
        iteration("message", input=3, output=40, **PROMPT),
        iteration("advisor_message", model="claude-haiku-4-5", input=500, output=60, cache_read_input_tokens=7),
        iteration("compaction", input=8000, output=900, cache_creation_input_tokens=11),
        input=3, output=40, cache_read=900, cache_write=50,
    )  # fmt: skip
    store = store_of(history)
    found = [(message.part, message.model, *figures(message)) for message in store.messages]
    assert found == [
        ("", "claude-opus-4-8", 3, 40, 900, 50, 0),
        ("advisor_message", "claude-haiku-4-5", 500, 60, 7, 0, 0),
        ("compaction", "claude-opus-4-8", 8000, 900, 0, 11, 0),
    ]
    assert (totals(store.messages).responses, totals(store.messages).output) == (1, 1000)
    assert len({(message.thread, message.time, message.id) for message in store.messages}) == 1
    assert store.coverage.duplicate_rows == 0


def test_t28_messages_inside_are_not_added(history: History) -> None:
    entries = [iteration("message", input=3, output=40), iteration("message", input=4, output=50)]
    with_iterations(history, *entries, input=7, output=90)
    assert figures(only(store_of(history))) == (7, 90, 0, 0, 0)


def parts(history: History) -> list[tuple[str, str, str, int, int]]:
    return [
        (one.part, one.model, one.tariff, one.input_tokens, one.output_tokens) for one in store_of(history).messages
    ]


@pytest.mark.parametrize(("output", "tariff"), [(40, ""), (1, "refused"), (0, "refused")])
def test_t58_an_attempt_that_another_model_took_over_stands_beside_it(
    history: History, output: int, tariff: str
) -> None:
    """The top level is the served one alone; what was refused before any output is not billed."""
    entries = [
        iteration("message", model="claude-sonnet-4-5", input=3, output=output),
        iteration("fallback_message", model="claude-opus-4-8", input=5, output=60),
    ]
    with_iterations(history, *entries, input=5, output=60)
    assert parts(history) == [
        ("", "claude-opus-4-8", "", 5, 60),
        ("refused_attempt", "claude-sonnet-4-5", tariff, 3, output),
    ]


def test_t58_each_attempt_before_the_one_that_served_counts(history: History) -> None:
    entries = [
        iteration("message", model="claude-fable-5", input=3, output=40),
        iteration("fallback_message", model="claude-sonnet-4-5", input=4, output=30),
        iteration("fallback_message", model="claude-opus-4-8", input=5, output=60),
        iteration("message", model="claude-opus-4-8", input=6, output=10),
    ]
    with_iterations(history, *entries, input=11, output=70)
    assert [one[:2] + one[3:] for one in parts(history)] == [
        ("", "claude-opus-4-8", 11, 70),
        ("refused_attempt", "claude-fable-5", 3, 40),
        ("refused_attempt", "claude-sonnet-4-5", 4, 30),
    ]


def test_t58_attempts_that_the_counters_sum_up_are_not_added(history: History) -> None:
    entries = [iteration("message", input=3, output=40), iteration("fallback_message", input=5, output=60)]
    with_iterations(history, *entries, input=8, output=100)
    assert figures(only(store_of(history))) == (8, 100, 0, 0, 0)


@pytest.mark.parametrize(
    ("blocks", "earlier", "tariff"),
    [([], False, "refused"), ([text("")], False, "refused"), ([text("No")], False, ""), ([], True, "")],
)
def test_t58_a_refusal_before_any_output_is_not_billed(
    history: History, blocks: list[Row], tariff: str, *, earlier: bool
) -> None:
    """Its tokens count all the same. A row before it holds what had been put out by then."""
    session = history.session(FIRST)
    if earlier:
        session.response("msg_1", input=3, output=2, stop_reason=None)
    session.response("msg_1", input=3, output=4, stop_reason="refusal", message={"content": blocks})
    session.response("msg_2", input=1, output=1)
    store = store_of(history)
    assert [(one.tariff, one.input_tokens) for one in store.messages] == [(tariff, 3), ("", 1)]


@pytest.mark.parametrize(
    ("entries", "context"),
    [
        (
            [iteration("message", input=100, **PROMPT), iteration("message", input=1, cache_read_input_tokens=1049)],
            1050,
        ),
        (
            [iteration("message", input=101, **PROMPT), iteration("message", input=1, cache_read_input_tokens=1048)],
            1051,
        ),
        ([iteration("message", input=101, **PROMPT)], 2100),  # alone it says nothing
        ([iteration("message", input=9000), iteration("message", input=9000)], 2100),  # does not sum up to it
        ([iteration("message"), iteration("message")], 2100),
        ([iteration("compaction", input=9000), iteration("message", input=2100)], 2100),
        ([], 2100),
    ],
    ids=range(7),
)
def test_t28_the_context_is_the_largest_single_request(history: History, entries: list[Row], context: int) -> None:
    """The response's own prompt: 101 + 1,948 + 51 = 2,100 tokens."""
    with_iterations(history, *entries, input=101, cache_read=1948, cache_write=51)
    message = store_of(history).messages[0]
    assert (message.prompt_tokens, message.context_tokens) == (2100, context)


def test_t28_a_part_is_no_floor_and_no_message_of_a_thread(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", stop_reason=None, iterations=[iteration("compaction", input=5)])
    store = store_of(history)
    assert [message.is_floor for message in store.messages] == [True, False]
    assert store.in_order(store.threads[0]) == [0]


def test_t28_parts_of_copies_are_counted_once(history: History) -> None:
    session = history.session(FIRST)
    entries = [iteration("advisor_message", input=500, output=60)]
    session.response("msg_1", partial_outputs=[1, 8, 40], iterations=entries)
    session.fork(SECOND)
    assert totals(store_of(history).messages).input == 501


@pytest.mark.parametrize(
    "iterations", [None, [], [None, 5, "x", []], [{"type": "message"}], [{"type": ["advisor_message"]}]]
)
def test_t28_iterations_of_another_shape_add_nothing(history: History, iterations: list[Row] | None) -> None:
    history.session(FIRST).response("msg_1", input=3, output=40, iterations=iterations)
    message = only(store_of(history))
    assert (*figures(message), message.context_tokens) == (3, 40, 0, 0, 0, 3)
