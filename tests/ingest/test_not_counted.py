"""What repeats a response, or only looks like one (T24 to T26)."""

from __future__ import annotations

import pytest

from tests.ingest import FIRST, SECOND, TEN, by_id, figures, only, owner, store_of, totals
from tests.transcripts import ABSENT, History, agent_result, tool_use

# --- T24: progress rows ---


def test_t24_progress_repeats_what_the_subagents_file_says(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_main", output=1)
    agent = session.subagent("a1")
    agent.response("msg_agent", output=20)
    for row in agent.rows:
        session.progress_agent("a1", row)
    store = store_of(history)
    assert totals(store.messages).output == 21
    assert owner(store, "msg_agent") == (FIRST, "a1")
    assert store.coverage.duplicate_rows == 1


def test_t24_progress_is_the_source_where_the_file_is_gone(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_main", output=1)
    agent = session.subagent("a1", layout="progress")
    agent.prompt("Look around")
    agent.response(
        "msg_agent",
        model="claude-haiku-4-5",
        input=3,
        partial_outputs=[1, 20],
        cache_read=500,
        at="2026-06-01T11:00:00Z",
    )
    store = store_of(history)
    found = by_id(store)["msg_agent"]
    assert (found.model, *figures(found)) == ("claude-haiku-4-5", 3, 20, 500, 0, 0)
    assert found.time == TEN + 3_600_000
    assert owner(store, "msg_agent") == (FIRST, "a1")
    assert [thread.agent_id for thread in store.threads] == ["", "a1"]


def test_t24_progress_may_hold_the_better_row(history: History) -> None:
    """The subagent's file was cut off; its parent saw the end."""
    session = history.session(FIRST)
    agent = session.subagent("a1")
    agent.response("msg_agent", output=4)
    row = agent.rows[0]
    session.progress_agent(
        "a1", {**row, "message": {**row["message"], "usage": {**row["message"]["usage"], "output_tokens": 90}}}
    )
    store = store_of(history)
    assert (only(store).output_tokens, owner(store, "msg_agent")) == (90, (FIRST, "a1"))


def test_t24_the_file_is_credited_whatever_the_order(history: History) -> None:
    """Here the parent's file comes first and ends first."""
    session = history.session("00000000")
    agent = session.subagent("a1", layout="sibling")
    agent.response("msg_agent")
    session.progress_agent("a2", agent.rows[0])  # under another name
    agent.response("msg_later")
    assert owner(store_of(history), "msg_agent") == ("00000000", "a1")


def test_t24_progress_without_a_name_is_a_subagent_all_the_same(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_main")
    uuid = session.progress_agent(
        "a1", {**session.rows[0], "message": {**session.rows[0]["message"], "id": "msg_agent"}}
    )
    row = session.rows[-1]
    del row["data"]["agentId"]
    assert owner(store_of(history), "msg_agent") == (FIRST, f"inline:{uuid}")


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        [],
        {"type": "hook_progress", "hookName": "x"},
        {"type": "bash_progress", "output": "x"},
        {"type": "agent_progress"},
        {"type": "agent_progress", "message": None},
        {"type": "agent_progress", "message": {"type": "user", "message": {"role": "user", "content": "x"}}},
        {"type": "agent_progress", "message": {"type": "assistant", "message": {"id": "msg_2"}}},
        {
            "type": "query_update",
            "message": {"type": "assistant", "message": {"id": "msg_2", "usage": {"output_tokens": 9}}},
        },
    ],
    ids=str,
)
def test_t24_other_progress_holds_no_response(history: History, data: object) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.add({"type": "progress", "data": data})
    store = store_of(history)
    assert totals(store.messages).output == 1
    assert (store.coverage.rows, store.coverage.malformed_rows) == (2, 0)


# --- T25: what repeats a subagent's spend ---


def test_t25_reported_totals_of_subagents_are_never_added(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_main", output=1, blocks=[tool_use("toolu_1", "Task")])
    usage = {"input_tokens": 5, "output_tokens": 5000, "cache_read_input_tokens": 9, "cache_creation_input_tokens": 9}
    session.tool_result(
        "toolu_1", "Done.", tool_use_result=agent_result("a1", total_tokens=50_599, tool_uses=9, usage=usage)
    )
    session.prompt("<task-notification><usage>total_tokens: 50599</usage></task-notification>")
    session.subagent("a1").response("msg_agent", output=20)
    assert totals(store_of(history).messages).output == 21


def test_t25_a_subagent_whose_file_is_gone_is_not_made_up_from_its_report(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_main", output=1, blocks=[tool_use("toolu_1", "Agent")])
    session.tool_result("toolu_1", "Done.", tool_use_result=agent_result("a1", total_tokens=50_599))
    store = store_of(history)
    assert totals(store.messages).output == 1
    assert [thread.agent_id for thread in store.threads] == [""]


def test_t25_usage_inside_a_tool_result_is_text(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    quoted = '{"type":"assistant","message":{"id":"msg_2","usage":{"output_tokens":5000}}}'
    session.tool_result(
        "toolu_1",
        quoted,
        tool_use_result={"type": "assistant", "message": {"id": "msg_3", "usage": {"output_tokens": 7}}},
    )
    assert totals(store_of(history).messages).output == 1


# --- T26: not responses ---


def test_t26_limits_and_errors_are_no_responses(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=7)
    session.api_error("You've hit your session limit · resets 7:20pm")
    store = store_of(history)
    assert (totals(store.messages).responses, store.coverage.duplicate_rows) == (1, 0)
    assert {message.model for message in store.messages} == {"claude-opus-4-8"}


def test_t26_a_synthetic_row_has_no_usage_whatever_it_says(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", model="<synthetic>", output=50)
    session.response("msg_2", output=600, row={"isApiErrorMessage": True})
    session.response("msg_3", output=7, row={"isApiErrorMessage": False})
    session.response("msg_4", output=10, row={"isApiErrorMessage": ABSENT})
    store = store_of(history)
    assert totals(store.messages).output == 17
    assert set(by_id(store)) == {"msg_3", "msg_4"}


def test_t26_a_session_of_errors_alone_is_a_session_without_responses(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.api_error("API Error: 529 overloaded")
    store = store_of(history)
    assert (list(store.sessions), store.messages) == ([FIRST], [])


@pytest.mark.parametrize(
    "kind",
    [
        "queue-operation",
        "file-history-snapshot",
        "last-prompt",
        "permission-mode",
        "bridge-session",
        "pr-link",
        "hologram",
    ],
)
def test_t11_unknown_types_of_rows_are_expected_and_skipped(history: History, kind: str) -> None:
    session = history.session(FIRST)
    session.append({"type": kind, "message": {"id": "msg_2", "usage": {"output_tokens": 50}}, "sessionId": SECOND})
    session.response("msg_1", output=7)
    session.append(
        {"type": kind, "snapshot": {"type": "assistant"}, "message": {"id": "msg_3", "usage": {"output_tokens": 50}}}
    )
    session.append({"message": {"id": "msg_4", "usage": {"output_tokens": 50}}, "type": kind})
    store = store_of(history)
    assert totals(store.messages).output == 7
    assert (store.coverage.rows, store.coverage.malformed_rows, list(store.sessions)) == (4, 0, [FIRST])
