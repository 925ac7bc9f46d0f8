"""Each response counted once, in the right place, with the right figures (T20 to T23)."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, TEN, THIRD, figures, only, owner, store_of, totals
from tests.transcripts import ABSENT, History, ResponseFields, Session, text, tool_use
from tokenscope.ingest.load import load
from tokenscope.ingest.rows.read import last_time
from tokenscope.model import Facet

AT = "2026-06-01T10:00:00Z"


def response_rows(session: Session) -> int:
    return sum(row["type"] == "assistant" for row in session.rows)


# --- T20: several rows, one response ---


def test_t20_the_row_with_the_largest_output_speaks(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", cache_read=1000, input=3, partial_outputs=[1, 8, 400])
    store = store_of(history)
    assert figures(only(store)) == (3, 400, 1000, 0, 0)
    assert (store.coverage.rows, store.coverage.duplicate_rows) == (3, 2)


def test_t20_the_largest_output_need_not_stand_last(history: History) -> None:
    history.session(FIRST).response("msg_1", partial_outputs=[5, 400, 7])
    assert only(store_of(history)).output_tokens == 400


def test_t20_the_whole_row_is_kept_not_the_largest_of_each_field(history: History) -> None:
    """A fallback in the middle of the stream: another model and other cache figures from then on."""
    session = history.session(FIRST)
    session.response(
        "msg_1", model="claude-opus-4-8", input=900, cache_read=5000, cache_write=80, output=9, speed="fast"
    )
    session.response("msg_1", model="claude-sonnet-4-5", input=2, cache_read=100, cache_write=700, output=300)
    message = only(store_of(history))
    assert (message.model, *figures(message)) == ("claude-sonnet-4-5", 2, 300, 100, 700, 0)
    assert (message.context_tokens, message.tariff) == (802, "")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_t20_of_equal_outputs_the_latest_row_is_kept(history: History, order: tuple[int, int]) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=5, cache_read=1, at="2026-06-01T10:00:01Z")
    session.response("msg_1", output=5, cache_read=2, at="2026-06-01T10:00:02Z")
    session.lines[:] = [session.lines[place] for place in order]
    assert only(store_of(history)).cache_read_input_tokens == 2


def test_t20_of_equal_outputs_at_one_time_the_last_row_is_kept(history: History) -> None:
    session = history.session(FIRST)
    for cache_read in (1, 2, 3):
        session.response("msg_1", output=5, cache_read=cache_read, at=AT)
    assert only(store_of(history)).cache_read_input_tokens == 3


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_t20_the_time_is_that_of_its_first_row(history: History, order: tuple[int, ...]) -> None:
    session = history.session(FIRST)
    session.response("msg_1", partial_outputs=[1, 8, 400], at=AT)
    session.lines[:] = [session.lines[place] for place in order]
    message = only(store_of(history))
    assert (message.time, message.output_tokens) == (TEN, 400)


def test_t20_an_unreadable_time_is_no_first_time(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=3, row={"timestamp": ABSENT})
    session.response("msg_1", output=2, at="2026-06-01T10:00:05Z")
    message = only(store_of(history))
    assert (message.time, message.output_tokens) == (TEN + 5000, 3)


def test_t20_rows_of_other_responses_may_stand_between(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=3)
    session.response("msg_2", output=50)
    session.response("msg_1", output=700)
    store = store_of(history)
    assert totals(store.messages).output == 750
    assert store.coverage.duplicate_rows == 1


# --- T21: copies in other files ---


@pytest.mark.parametrize("rewrite", [True, False])
def test_t21_a_fork_repeats_history_and_is_credited_with_its_own(history: History, *, rewrite: bool) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.response("msg_1", output=1)
    fork = session.fork(SECOND, rewrite_session_id=rewrite)
    fork.response("msg_2", output=20)
    store = store_of(history)
    assert totals(store.messages).output == 21
    assert (owner(store, "msg_1"), owner(store, "msg_2")) == ((FIRST, ""), (SECOND, ""))
    assert store.coverage.duplicate_rows == 1


@pytest.mark.parametrize("first_is_original", [True, False])
def test_t21_the_copy_goes_on_where_its_original_stopped(history: History, *, first_is_original: bool) -> None:
    """So the file whose last row is the oldest is credited, wherever it stands in the order of paths."""
    names = (FIRST, SECOND) if first_is_original else (SECOND, FIRST)
    session = history.session(names[0])
    session.response("msg_1", output=1)
    fork = session.fork(names[1])
    fork.response("msg_2", output=20)
    store = store_of(history)
    assert (owner(store, "msg_1")[0], owner(store, "msg_2")[0]) == names


def test_t21_a_file_with_its_own_sessions_name_comes_before_one_with_anothers(history: History) -> None:
    """The copy stops before its original, but its rows still carry the original's name."""
    session = history.session(SECOND)
    session.response("msg_1")
    session.fork(FIRST, rewrite_session_id=False)
    session.response("msg_2")
    assert owner(store_of(history), "msg_1") == (SECOND, "")


@pytest.mark.parametrize("name", ["aside_question-abc", "acompact-abc", "aprompt_suggestion-abc", "a1b2c3"])
def test_t21_a_side_file_that_repeats_the_main_thread_is_not_credited(history: History, name: str) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    side = session.subagent(name)
    side.lines.extend({**row, "isSidechain": True, "agentId": name} for row in session.rows)
    side.response("msg_side", output=20)
    session.response("msg_2", output=300, at="2026-06-01T12:00:00Z")  # so that the side file's last row is older
    store = store_of(history)
    assert (owner(store, "msg_1"), owner(store, "msg_side")) == ((FIRST, ""), (FIRST, name))
    assert totals(store.messages).output == 321


def test_t21_the_figures_are_those_of_the_best_copy(history: History) -> None:
    """The original was cut off in the middle; the copy got the final output."""
    session = history.session(FIRST)
    session.response("msg_1", output=4, cache_read=100)
    fork = session.fork(SECOND)
    fork.response("msg_1", output=400, cache_read=100, at="2026-06-01T09:00:00Z")
    store = store_of(history)
    message = only(store)
    assert message.output_tokens == 400
    assert message.time == TEN - 3_600_000  # the first row of all copies


def test_t21_copies_are_found_across_roots_and_projects(tmp_path: Path) -> None:
    one, two = History(tmp_path / "one"), History(tmp_path / "two", first_id=1_000)
    for history, session_id, cwd in ((one, FIRST, "/a"), (one, SECOND, "/b"), (two, THIRD, "/c")):
        history.session(session_id, cwd=cwd).response("msg_1", output=7)
    store = store_of(one, two)
    assert totals(store.messages).output == 7
    assert store.coverage.duplicate_rows == 2


def test_t21_another_request_id_makes_no_other_response(history: History) -> None:
    session = history.session(FIRST)
    for request_id in ("req_1", "req_2", None):
        session.response("msg_1", output=7, request_id=request_id)
    assert totals(store_of(history).messages).responses == 1


def test_t21_of_equals_the_first_path_is_credited(history: History) -> None:
    for session_id in (SECOND, FIRST):
        history.session(session_id).response("msg_1", at=AT)
    assert owner(store_of(history), "msg_1") == (FIRST, "")


def test_t21_the_last_readable_time_of_a_file_counts(history: History) -> None:
    session = history.session(SECOND)
    session.response("msg_1")
    fork = session.fork(FIRST)
    fork.response("msg_2")
    session.append({"type": "mode", "mode": "normal", "timestamp": "soon"})
    assert owner(store_of(history), "msg_1") == (SECOND, "")


def test_t21_rows_without_a_time_at_the_end_change_nothing(history: History) -> None:
    session = history.session(SECOND)
    session.response("msg_1")
    session.fork(FIRST).response("msg_2")
    session.title("Basket")
    session.append({"type": "mode", "mode": 'normal "timestamp"'})
    session.raw(b"torn timestamp\n" + b'{"timestamp":')
    assert owner(store_of(history), "msg_1") == (SECOND, "")


def test_t21_copies_are_context_in_every_thread_that_holds_them(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    session.response("msg_2")
    session.fork(SECOND, upto=1).response("msg_3")
    store = store_of(history)
    ids = {
        thread.session_id: [store.messages[index].id for index in store.in_order(thread)] for thread in store.threads
    }
    assert ids == {FIRST: ["msg_1", "msg_2"], SECOND: ["msg_1", "msg_3"]}


# --- T22: gateways ---

RELAYED: list[ResponseFields] = [
    {"request_id": None, "input": 5, "cache_read": 100, "output": 1},
    {"request_id": None, "input": 6, "cache_read": 100, "output": 10},
    {"request_id": None, "input": 5, "cache_read": 101, "output": 100},
    {"request_id": None, "input": 5, "cache_read": 100, "cache_write": 1, "output": 1000},
]


def test_t22_a_relays_short_id_is_told_apart_by_the_prompt(history: History) -> None:
    session = history.session(FIRST)
    for fields in RELAYED:
        session.response("resp_0", **fields)
    session.response("resp_0", request_id=None, input=5, cache_read=100, output=50_000)  # the first one again
    store = store_of(history)
    assert totals(store.messages).output == 50_000 + 10 + 100 + 1000
    assert (len(store.messages), store.coverage.duplicate_rows) == (4, 1)


def test_t22_a_relays_short_id_is_another_response_in_another_session(history: History) -> None:
    for session_id in (FIRST, SECOND):
        history.session(session_id).response("resp_0", request_id=None, output=7)
    assert totals(store_of(history).messages).responses == 2


@pytest.mark.parametrize(
    "message_id", ["msg_1", "chatcmpl-1", "0123456789abcdef", "gen-1750000000-abcdefgh", "req_vrtx_011CUabc", "x" * 16]
)
def test_t22_an_id_that_looks_unique_is_trusted(history: History, message_id: str) -> None:
    for session_id in (FIRST, SECOND):
        history.session(session_id).response(message_id, request_id=None, input=5, output=7)
    assert totals(store_of(history).messages).responses == 1


@pytest.mark.parametrize("message_id", ["msg_20260601100001", "chatcmpl-1780308001"])
def test_t22_an_id_in_two_threads_with_two_prompts_is_two_responses(history: History, message_id: str) -> None:
    """Two threads at once, named by the clock: 5 + 9 tokens in, 7 + 20 out; the fork holds the first one again."""
    session = history.session(FIRST)
    session.response(message_id, input=5, output=7)
    session.fork(THIRD)
    history.session(SECOND).response(message_id, input=9, output=20)
    store = store_of(history)
    assert (len(store.messages), totals(store.messages).input, totals(store.messages).output) == (2, 14, 27)
    assert {store.session_of(one).session_id: one.output_tokens for one in store.messages} == {FIRST: 7, SECOND: 20}
    assert store.coverage.repeated_ids == 1


def test_t22_an_id_of_the_clock_in_two_threads_of_one_file(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_20260601100001", input=5, output=7)
    session.subagent("a1b2c3d4", layout="inline").response("msg_20260601100001", input=9, output=20)
    store = store_of(history)
    assert sorted((one.input_tokens, one.output_tokens) for one in store.messages) == [(5, 7), (9, 20)]
    assert len({one.thread for one in store.messages}) == 2
    assert store.coverage.repeated_ids == 1


def test_t22_an_id_that_is_no_moment_is_one_response_whatever_its_prompt(history: History) -> None:
    """A relay tells the prompt only at the end, and the copy has the row before."""
    session = history.session(FIRST)
    session.response("msg_1", input=0, output=1, at=AT)
    session.fork(SECOND)
    session.response("msg_1", input=900, output=40)
    store = store_of(history)
    assert [(one.input_tokens, one.output_tokens) for one in store.messages] == [(900, 40)]
    assert store.coverage.repeated_ids == 0


def test_t22_a_response_without_any_id_is_named_alike_everywhere(tmp_path: Path) -> None:
    """Two machines keep the same file elsewhere, and together it counts once."""
    histories = [History(tmp_path / "here"), History(tmp_path / "far" / "away")]
    for history in histories:
        for _ in range(2):
            history.session(FIRST).response(output=7, at=AT, message={"id": ABSENT}, row={"uuid": ABSENT})
    here, there = ({one.id for one in store_of(history).messages} for history in histories)
    assert here == there
    assert len(here) == 2
    assert not any(str(tmp_path) in one or "/" in one for one in here)
    assert totals(store_of(*histories).messages).output == 14


@pytest.mark.parametrize("message_id", ["x" * 15, "1", "resp_0", "msg1"])
def test_t22_an_id_that_does_not_is_not(history: History, message_id: str) -> None:
    session = history.session(FIRST)
    for number in range(3):
        session.response(message_id, input=number, output=7)
    assert totals(store_of(history).messages).responses == 3


@pytest.mark.parametrize("message_id", [ABSENT, None, "", 5, ["msg_1"]])
def test_t22_without_an_id_each_row_counts_by_itself(history: History, message_id: object) -> None:
    session = history.session(FIRST)
    for _ in range(3):
        session.response("msg_1", output=7, message={"id": message_id})
    store = store_of(history)
    assert (totals(store.messages).responses, totals(store.messages).output) == (3, 21)


def test_t22_a_copied_row_without_an_id_is_known_by_its_uuid(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=7, message={"id": ABSENT})
    session.fork(SECOND)
    store = store_of(history)
    assert (totals(store.messages).responses, totals(store.messages).output) == (1, 7)


def test_t22_without_id_and_uuid_each_row_counts_by_itself(history: History) -> None:
    for session_id in (FIRST, SECOND):
        for _ in range(2):
            history.session(session_id).response("msg_1", output=7, message={"id": ABSENT}, row={"uuid": ABSENT})
    assert totals(store_of(history).messages).responses == 4


def test_t22_ids_that_cannot_be_trusted_are_counted(tmp_path: Path) -> None:
    """Otherwise equal histories: the coverage tells which one had such an id."""
    told = []
    for message_id in ("msg_1", "resp1"):
        history = History(tmp_path)
        history.session(FIRST).response(message_id)
        told.append(store_of(history).coverage)
    assert told[0] != told[1]


# --- T23: equal figures are no reason ---


def test_t23_equal_figures_at_one_time_are_two_responses(history: History) -> None:
    session = history.session(FIRST)
    for message_id in ("msg_1", "msg_2"):
        session.response(
            message_id, at=AT, input=3, output=40, cache_read=1000, blocks=[text("Same")], request_id="req_1"
        )
    store = store_of(history)
    assert (totals(store.messages).responses, totals(store.messages).output) == (2, 80)
    assert store.coverage.duplicate_rows == 0


def test_t23_a_retry_is_billed_again(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", input=5, output=8, stop_reason=None, blocks=[tool_use("toolu_1", "Read")])
    session.api_error("API Error: overloaded")
    session.response("msg_2", input=5, output=8, blocks=[tool_use("toolu_1", "Read")])
    assert totals(store_of(history).messages).input == 10
    assert response_rows(session) == 3


def test_t21_a_copy_whose_file_has_gone_meanwhile_is_no_original(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell when it ended, so the other one counts as the older."""
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.fork(SECOND)
    session.raw(b"{broken\n")  # else whoever read it knows when it ended
    root = history.write()
    real = last_time

    def gone(path: str, size: int) -> int | None:
        if FIRST in path:
            raise FileNotFoundError
        return real(path, size)

    monkeypatch.setattr("tokenscope.ingest.merge.crediting.last_time", gone)
    assert owner(load([root], Facet.TITLES, processes=1), "msg_1") == (SECOND, "")
