"""The builder of histories: its rows are what Claude Code writes."""

import json
from pathlib import Path

import pytest

from tests.transcripts import (
    ABSENT,
    WORKFLOW,
    History,
    Layout,
    Row,
    agent_result,
    bash_result,
    create_result,
    edit_result,
    iteration,
    text,
    thinking,
    tool_use,
)

SESSION = "11111111-2222-4333-8444-555555555555"
FOLDER = Path("projects/-home-ada-shop")


def lines_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_new_rows_say_the_session_after_the_message(tmp_path: Path) -> None:
    session = History(tmp_path).session(SESSION)
    session.prompt("Fix the basket")
    session.response("msg_1")
    asked, answered = session.rows
    facts = ["userType", "entrypoint", "cwd", "sessionId", "version", "gitBranch"]
    stamps = ["uuid", "timestamp"]
    assert list(asked) == [
        *["parentUuid", "isSidechain", "promptId", "type", "message", *stamps, "permissionMode"],
        *facts,
    ]
    assert list(answered) == [
        *["parentUuid", "isSidechain", "message", "requestId", "type", *stamps],
        *facts,
    ]
    assert list(answered["message"])[:4] == ["model", "id", "type", "role"]
    assert list(answered["message"]["usage"]) == [
        *["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"],
        *["server_tool_use", "service_tier", "cache_creation", "inference_geo", "iterations", "speed"],
    ]


def test_old_rows_say_the_session_before_the_message(tmp_path: Path) -> None:
    session = History(tmp_path).session(SESSION, version="2.0.76")
    session.prompt("Fix the basket")
    session.response("msg_1")
    asked, answered = session.rows
    facts = ["parentUuid", "isSidechain", "userType", "cwd", "sessionId", "version", "gitBranch"]
    assert list(asked) == [*facts, "type", "message", "uuid", "timestamp"]
    assert list(answered) == [*facts, "message", "requestId", "type", "uuid", "timestamp"]


def test_the_oldest_rows_have_no_branch_and_no_lifetimes_of_the_cache(tmp_path: Path) -> None:
    session = History(tmp_path).session(SESSION, version="1.0.24")
    session.response("msg_1", cache_write=200)
    (row,) = session.rows
    assert "gitBranch" not in row
    assert list(row["message"])[:4] == ["id", "type", "role", "model"]
    assert list(row["message"]["usage"]) == [
        *["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"],
        *["output_tokens", "service_tier"],
    ]


def test_a_file_is_named_by_its_session_in_a_folder_named_by_its_directory(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(SESSION, cwd="/home/ada/my_shop v.2").prompt("Go")
    history.session(SESSION, folder="elsewhere").prompt("Go")
    root = history.write()
    assert (root / "projects" / "-home-ada-my-shop-v-2" / f"{SESSION}.jsonl").is_file()
    assert (root / "projects" / "elsewhere" / f"{SESSION}.jsonl").is_file()


def test_rows_are_chained_and_have_ids_of_their_own(tmp_path: Path) -> None:
    session = History(tmp_path).session()
    session.prompt("Fix the basket")
    session.response(blocks=[thinking(), text("Done.")])
    session.attachment("task_reminder", content=[], itemCount=0)
    session.system("turn_duration", durationMs=1200, messageCount=3)
    ids = [row["uuid"] for row in session.rows]
    assert [row["parentUuid"] for row in session.rows] == [None, *ids[:-1]]
    assert len(set(ids)) == 5


def test_the_clock_runs_a_second_a_row(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session()
    session.prompt("Fix the basket")
    session.response(blocks=[thinking(), text("Done.")])
    history.wait(minutes=6)
    session.prompt("And the till")
    session.prompt("Again", at="2026-07-01T12:00:00.250+02:00")
    assert [row["timestamp"] for row in session.rows] == [
        "2026-06-01T10:00:00.000Z",
        "2026-06-01T10:00:01.000Z",
        "2026-06-01T10:00:02.000Z",
        "2026-06-01T10:06:03.000Z",
        "2026-07-01T10:00:00.250Z",
    ]


def test_a_response_is_a_row_a_block_with_growing_output(tmp_path: Path) -> None:
    session = History(tmp_path).session()
    blocks = [thinking(), text("I look."), tool_use("toolu_1", "Read", {"file_path": "/x"})]
    session.response("msg_1", input=3, output=40, cache_read=1000, cache_write=200, cache_write_1h=50, blocks=blocks)
    messages = [row["message"] for row in session.rows]
    usages = [message["usage"] for message in messages]
    assert [message["content"] for message in messages] == [[block] for block in blocks]
    assert {message["id"] for message in messages} == {"msg_1"}
    assert len({row["requestId"] for row in session.rows}) == 1
    assert [usage["output_tokens"] for usage in usages] == [1, 2, 40]
    assert [message["stop_reason"] for message in messages] == [None, None, "tool_use"]
    for usage in usages:
        assert usage["input_tokens"] == 3
        assert usage["cache_read_input_tokens"] == 1000
        assert usage["cache_creation_input_tokens"] == 200
        assert usage["cache_creation"] == {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50}


def test_the_outputs_of_the_rows_can_be_given(tmp_path: Path) -> None:
    session = History(tmp_path).session()
    session.response(partial_outputs=[1, 40, 5])
    messages = [row["message"] for row in session.rows]
    assert [message["usage"]["output_tokens"] for message in messages] == [1, 40, 5]
    assert [message["stop_reason"] for message in messages] == [None, "end_turn", None]
    with pytest.raises(ValueError, match="one a block"):
        session.response(blocks=[text("Done.")], partial_outputs=[1, 2])
    with pytest.raises(ValueError, match="the final output"):
        session.response(output=3, partial_outputs=[1, 2])


def test_a_response_says_everything_else_that_it_is_given(tmp_path: Path) -> None:
    session = History(tmp_path).session(model="claude-sonnet-5")
    missed = {"cache_miss_reason": {"type": "tools_changed", "cache_missed_input_tokens": 9}}
    advice = iteration("advisor_message", model="claude-opus-5", input=7, output=2)
    assert advice["input_tokens"] == 7 and advice["model"] == "claude-opus-5"
    session.response(speed="fast", iterations=[advice], diagnostics=missed, stop_reason="max_tokens", request_id=None)
    session.response(model="glm-5", stop_reason=None)
    first, second = session.rows
    assert first["message"]["model"] == "claude-sonnet-5"
    assert first["message"]["usage"]["speed"] == "fast"
    assert first["message"]["usage"]["iterations"] == [advice]
    assert first["message"]["diagnostics"] == missed
    assert first["message"]["stop_reason"] == "max_tokens"
    assert "requestId" not in first
    assert second["message"]["model"] == "glm-5"
    assert second["message"]["stop_reason"] is None
    assert "iterations" not in second["message"]["usage"]  # unfinished rows have the short form


def test_overrides_change_add_and_take_out_fields(tmp_path: Path) -> None:
    session = History(tmp_path).session()
    session.response(
        usage={"input_tokens": None, "cache_creation": ABSENT},
        message={"id": ABSENT},
        row={"isApiErrorMessage": True, "timestamp": "yesterday"},
    )
    (row,) = session.rows
    assert row["message"]["usage"]["input_tokens"] is None
    assert "cache_creation" not in row["message"]["usage"]
    assert "id" not in row["message"]
    assert row["isApiErrorMessage"] is True and row["timestamp"] == "yesterday"


def test_a_tool_result_answers_the_row_of_its_tool_use(tmp_path: Path) -> None:
    session = History(tmp_path).session()
    session.response(blocks=[tool_use("toolu_1", "Bash"), tool_use("toolu_2", "Bash")])
    session.tool_result("toolu_1", "ok", tool_use_result=bash_result("ok"))
    session.tool_result("toolu_2", "no such file", is_error=True)
    asked, _, good, bad = session.rows
    assert good["parentUuid"] == good["sourceToolAssistantUUID"] == asked["uuid"]
    assert good["message"]["content"] == [
        {"tool_use_id": "toolu_1", "type": "tool_result", "content": "ok"},
    ]
    assert good["toolUseResult"]["stdout"] == "ok"
    assert bad["message"]["content"][0]["is_error"] is True
    assert bad["toolUseResult"] == "Error: no such file"


def test_what_the_screen_shows_of_tools(tmp_path: Path) -> None:
    assert edit_result("/x", "a", "b\nc")["structuredPatch"] == [
        {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 2, "lines": ["-a", "+b", "+c"]}
    ]
    assert create_result("/x", "a")["structuredPatch"] == []
    assert agent_result("a1", total_tokens=9)["totalTokens"] == 9


def test_a_compaction_is_a_boundary_and_a_summary(tmp_path: Path) -> None:
    session = History(tmp_path).session()
    before = session.prompt("Fix the basket")
    session.compaction(trigger="manual", pre_tokens=90_000, post_tokens=8_000)
    _, boundary, summary = session.rows
    assert boundary["parentUuid"] is None and boundary["logicalParentUuid"] == before
    assert boundary["subtype"] == "compact_boundary"
    assert boundary["compactMetadata"] == {"trigger": "manual", "preTokens": 90_000, "postTokens": 8_000}
    assert summary["isCompactSummary"] is True and summary["parentUuid"] == boundary["uuid"]


def test_titles_errors_and_other_rows(tmp_path: Path) -> None:
    session = History(tmp_path).session(SESSION)
    prompt = session.prompt("Fix the basket")
    session.title("Basket")
    session.title("Basket, again", kind="summary")
    session.append({"type": "mode", "mode": "normal", "sessionId": SESSION})
    session.api_error("You've hit your session limit · resets 7:20pm")
    _, title, summary, mode, error = session.rows
    assert title == {"type": "ai-title", "aiTitle": "Basket", "sessionId": SESSION}
    assert summary == {"type": "summary", "summary": "Basket, again", "leafUuid": prompt}
    assert mode["mode"] == "normal"
    assert error["message"]["model"] == "<synthetic>" and error["isApiErrorMessage"] is True


@pytest.mark.parametrize(
    ("layout", "folder"),
    [
        ("nested", FOLDER / SESSION / "subagents"),
        ("workflow", FOLDER / SESSION / "subagents" / "workflows" / WORKFLOW),
        ("sibling", FOLDER),
    ],
)
def test_a_subagent_has_a_file_of_its_own(tmp_path: Path, layout: Layout, folder: Path) -> None:
    history = History(tmp_path)
    agent = history.session(SESSION).subagent("a1b2c3d4", layout=layout)
    agent.prompt("Look around")
    agent.response("msg_1")
    rows = lines_of(history.write() / folder / "agent-a1b2c3d4.jsonl")
    assert [row["type"] for row in rows] == ["user", "assistant"]
    assert all(row["isSidechain"] and row["agentId"] == "a1b2c3d4" for row in rows)
    assert all(row["sessionId"] == SESSION for row in rows)
    assert rows[0]["parentUuid"] is None


def test_a_sidecar_stands_beside_a_subagent_that_has_something_to_tell(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(SESSION)
    session.subagent("a1", agent_type="Explore", tool_use_id="toolu_1").prompt("Look")
    session.subagent("a2", layout="workflow", description="look around").prompt("Look")
    session.subagent("a3").prompt("Look")
    subagents = history.write() / FOLDER / SESSION / "subagents"
    assert json.loads((subagents / "agent-a1.meta.json").read_bytes()) == {
        "agentType": "Explore",
        "toolUseId": "toolu_1",
    }
    assert (subagents / "workflows" / WORKFLOW / "agent-a2.meta.json").is_file()
    assert (subagents / "workflows" / WORKFLOW / "journal.jsonl").is_file()
    assert not (subagents / "agent-a3.meta.json").exists()


def test_inline_sidechains_stand_in_the_main_file(tmp_path: Path) -> None:
    session = History(tmp_path).session(version="1.0.120")
    session.prompt("Fix the basket")
    nameless, named = session.subagent(layout="inline"), session.subagent("a1", layout="inline")
    root = nameless.prompt("Look around")
    nameless.response()
    named.prompt("Look there")
    session.response()
    main, first, second, third, last = session.rows
    assert [row["isSidechain"] for row in session.rows] == [False, True, True, True, False]
    assert (first["parentUuid"], second["parentUuid"], third["parentUuid"]) == (None, root, None)
    assert last["parentUuid"] == main["uuid"]
    assert "agentId" not in first and third["agentId"] == "a1"


def test_progress_rows_hold_the_rows_of_a_subagent(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session()
    agent = session.subagent("a1", layout="progress")
    agent.prompt("Look around")
    agent.response("msg_1", output=9)
    session.progress_agent("a1", session.rows[1]["data"]["message"], tool_use_id="toolu_7")
    asked, answered, again = session.rows
    assert {row["type"] for row in session.rows} == {"progress"}
    assert asked["isSidechain"] is False and asked["uuid"] == answered["parentUuid"]
    data = answered["data"]
    assert (data["type"], data["agentId"], data["message"]["type"]) == ("agent_progress", "a1", "assistant")
    assert data["message"]["message"]["usage"]["output_tokens"] == 9
    assert data["message"]["timestamp"] == answered["timestamp"]
    assert "sessionId" not in data["message"]
    assert again["data"]["message"] == data["message"] and again["parentToolUseID"] == "toolu_7"


def test_a_fork_repeats_rows_and_goes_on(tmp_path: Path) -> None:
    session = History(tmp_path).session(SESSION)
    prompt = session.prompt("Fix the basket")
    session.response("msg_1")
    fork = session.fork("22222222", upto=1)
    fork.response("msg_2")
    copy = session.fork("33333333", rewrite_session_id=False)
    assert [row["sessionId"] for row in fork.rows] == ["22222222", "22222222"]
    assert fork.rows[0]["uuid"] == prompt == fork.rows[1]["parentUuid"]
    assert copy.rows == session.rows
    assert copy.session_id == "33333333" and copy.project == session.project
    assert session.fork(cwd="/home/ada/till").project != session.project


def test_bytes_and_other_files_are_written_as_they_are(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(SESSION)
    session.raw(b"\xef\xbb\xbf")
    session.append({"type": "mode"})
    session.raw(b'{"type":"assis')
    history.file("projects/stats-cache.json", b"{}")
    history.file("projects/-x/more.jsonl", session.rows)
    root = history.write()
    written = (root / FOLDER / f"{SESSION}.jsonl").read_bytes()
    assert written == b'\xef\xbb\xbf{"type":"mode"}\n{"type":"assis'
    assert (root / "projects/stats-cache.json").read_bytes() == b"{}"
    assert lines_of(root / "projects/-x/more.jsonl") == [{"type": "mode"}]


def test_lines_are_compact_utf8_with_lone_surrogates_escaped(tmp_path: Path) -> None:
    row: Row = {"type": "mode", "mode": "é \u2028 \ud83d"}
    assert History(tmp_path).encode(row) == '{"type":"mode","mode":"é \u2028 \\ud83d"}\n'.encode()
    assert History(tmp_path, spaced=True).encode({"a": [1, 2]}) == b'{"a": [1, 2]}\n'


def test_the_same_calls_write_the_same_bytes(tmp_path: Path) -> None:
    def build(name: str, first_id: int) -> bytes:
        history = History(tmp_path / name, first_id=first_id)
        session = history.session(SESSION)
        session.prompt("Fix the basket")
        session.response(output=9)
        return (history.write() / FOLDER / f"{SESSION}.jsonl").read_bytes()

    assert build("a", 1) == build("b", 1) != build("c", 1_000)
