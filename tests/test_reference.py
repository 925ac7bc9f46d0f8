"""The slow reader, against histories whose figures are worked out by hand. Rules are named by number."""

import ast
import json
from collections.abc import Mapping
from datetime import UTC, date, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests import reference
from tests.reference import Response, Totals, counts, read, totals
from tests.transcripts import ABSENT, History, Layout, Row, agent_result, iteration, text, tool_use

FIRST = "11111111-2222-4333-8444-555555555555"
SECOND = "22222222-2222-4333-8444-555555555555"
TEN = 1_780_308_000_000  # 2026-06-01T10:00:00Z in milliseconds


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def only(history: History) -> Response:
    (response,) = read([history.write()])
    return response


def by_key(history: History) -> dict[str, Response]:
    responses = read([history.write()])
    assert len({one.key for one in responses}) == len(responses)
    return {one.key: one for one in responses}


def test_the_reference_is_independent_of_the_program() -> None:
    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not any("tokenscope" in name for name in modules + names)


def test_a_response_in_full(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Fix the basket")
    session.response("msg_1", input=3, output=40, cache_read=1000, cache_write=200, cache_write_1h=50)
    assert only(history) == Response(
        key="msg_1",
        session_id=FIRST,
        agent_id=None,
        is_main=True,
        model="claude-opus-4-8",
        time=TEN + 1000,
        input=3,
        output=40,
        cache_read=1000,
        cache_write=200,
        cache_write_5m=150,
        cache_write_1h=50,
        is_floor=False,
        part="",
        project="/home/ada/shop",
    )
    assert counts([history.root]) == reference.Counts(
        rows=2, malformed=0, response_rows=1, duplicate_rows=0, anomalies=0
    )


def test_an_empty_or_missing_root_holds_nothing(tmp_path: Path) -> None:
    assert read([tmp_path, tmp_path / "missing"]) == []
    assert totals([]) == Totals()


# --- files ---


def test_t01_a_root_may_be_the_projects_folder_itself(history: History) -> None:
    history.session().response()
    root = history.write()
    assert read([root / "projects"]) == read([root]) != []


def test_t02_the_project_is_the_first_directory_of_the_session(history: History) -> None:
    session = history.session(FIRST, folder="-home-ada-my-shop")
    session.append({"type": "mode", "mode": "normal"})
    session.cwd = "/home/ada/my_shop"
    session.prompt("Go")
    session.cwd = "/home/ada/my_shop/till"
    session.response()
    assert only(history).project == "/home/ada/my_shop"


def test_t02_the_main_file_says_the_project_before_its_subagents(history: History) -> None:
    session = history.session("b0000000-2222-4333-8444-555555555555")
    agent = session.subagent("a1", layout="sibling")  # agent-… comes before b… in path order
    session.cwd, agent.cwd = "/main", "/agent"
    for thread in (agent, session):
        thread.response()
    assert {one.project for one in read([history.write()])} == {"/main"}


def test_t02_without_a_directory_the_project_is_the_folder(history: History) -> None:
    history.session(FIRST, folder="-home-ada-shop").response(row={"cwd": ABSENT})
    assert only(history).project == "-home-ada-shop"


@pytest.mark.parametrize("layout", ["nested", "sibling", "workflow", "inline", "progress"])
def test_t03_subagents_are_found_in_every_layout(history: History, layout: Layout) -> None:
    session = history.session(FIRST)
    session.response("msg_main", output=10)
    session.subagent("a1b2c3d4", layout=layout).response("msg_agent", output=7)
    found = by_key(history)
    assert (found["msg_agent"].session_id, found["msg_agent"].agent_id) == (FIRST, "a1b2c3d4")
    assert not found["msg_agent"].is_main and found["msg_main"].is_main
    assert totals(found.values()).output == 17


def test_t03_subagents_are_found_at_any_depth(history: History) -> None:
    agent = history.session(FIRST).subagent("a1")
    agent.response()
    below = f"projects/-home-ada-shop/{FIRST}/subagents/workflows/wf_1/agent-a1/subagents/agent-b2.jsonl"
    history.file(below, agent.rows)
    agent.lines.clear()
    assert (only(history).session_id, only(history).agent_id) == (FIRST, "b2")


@pytest.mark.parametrize("name", ["journal.jsonl", "audit.jsonl", "agent-a1.json", "notes.txt"])
def test_t03_other_files_are_left_out(history: History, name: str) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    other = session.fork(SECOND)
    other.response("msg_2")
    history.file(f"projects/-home-ada-shop/{FIRST}/subagents/{name}", other.rows)
    other.lines.clear()
    assert only(history).key == "msg_1"


def test_t03_an_inline_chain_without_an_agent_id_is_named_by_its_root(history: History) -> None:
    session = history.session(FIRST, version="1.0.120")
    session.prompt("Go")
    chains = [session.subagent(layout="inline") for _ in range(2)]
    roots = [chain.prompt("Look") for chain in chains]
    for output, chain in zip((1, 2, 10, 20), chains * 2, strict=True):
        chain.response(output=output)
    agents = reference.by_agent(read([history.write()]))
    assert {agent: sums.output for agent, sums in agents.items()} == {
        (FIRST, f"inline:{roots[0]}"): 11,
        (FIRST, f"inline:{roots[1]}"): 22,
    }


def test_t03_an_inline_chain_begins_below_the_main_thread(history: History) -> None:
    session = history.session(version="1.0.120")
    prompt = session.prompt("Go")
    chain = session.subagent(layout="inline")
    chain.leaf = prompt  # some versions chain the subagent to the row that called it
    root = chain.prompt("Look")
    chain.response()
    lost = session.subagent(layout="inline")
    lost.leaf = "gone"
    lost.response("msg_lost", row={"uuid": "here"})
    assert [one.agent_id for one in read([history.write()])] == [f"inline:{root}", "inline:here"]


def test_t04_a_subagents_session_comes_from_the_path(history: History) -> None:
    agent = history.session(FIRST).subagent("a76df09")
    agent.session_id = SECOND
    agent.response()
    assert only(history).session_id == FIRST  # and its main file holds nothing at all


def test_t04_a_siblings_session_comes_from_its_first_row_that_has_one(history: History) -> None:
    agent = history.session(FIRST).subagent("a0d073c6389de4527", layout="sibling")
    agent.append({"type": "mode"})
    agent.response("msg_1")
    agent.session_id = SECOND
    agent.response("msg_2")
    assert {(one.session_id, one.agent_id) for one in read([history.write()])} == {(FIRST, "a0d073c6389de4527")}


def test_t04_a_sibling_without_any_session_is_its_own(history: History) -> None:
    history.session().subagent("a1", layout="sibling").response(row={"sessionId": ABSENT})
    assert only(history).session_id == "agent-a1"


def test_t06_a_file_counts_once_however_it_is_reached(history: History, tmp_path: Path) -> None:
    session = history.session(FIRST)
    session.response(message={"id": ABSENT}, row={"uuid": ABSENT})  # nothing would tell copies of it
    root = history.write()
    (root / "projects" / "again").symlink_to(root / "projects" / "-home-ada-shop")
    (root / "projects" / "-home-ada-shop" / "loop").symlink_to(root / "projects")
    assert len(read([root, root / "projects", root])) == 1


# --- lines ---


def test_t10_only_a_newline_ends_a_line(history: History) -> None:
    session = history.session()
    session.response(blocks=[text("one\u2028two\u2029three\u0085four")], output=5)
    session.raw(b'{"type":"mode",\r"mode":"normal"}\n')
    assert only(history).output == 5
    assert counts([history.root]).rows == 2


def test_t11_an_unfinished_last_line_is_no_mistake(history: History) -> None:
    session = history.session()
    session.response()
    session.raw(b'{"type":"assistant","message":{"us')
    assert only(history).output == 1
    assert counts([history.root]).malformed == 0


def test_t11_a_last_line_counts_without_its_newline(history: History) -> None:
    session = history.session()
    session.response("msg_1")
    session.raw(history.encode(session.rows[0]).replace(b"msg_1", b"msg_2").rstrip(b"\n"))
    assert list(by_key(history)) == ["msg_1", "msg_2"]


@pytest.mark.parametrize("line", [b'ext"}]}}', b"[1, 2]", b"7", b"null", b'{"a":1', b'{"a":1}{"b":2}', b"\t"])
def test_t11_other_bad_lines_are_counted(history: History, line: bytes) -> None:
    session = history.session()
    session.raw(line + b"\n")
    session.response()
    assert only(history).output == 1
    assert counts([history.root]) == reference.Counts(
        rows=1, malformed=1, response_rows=1, duplicate_rows=0, anomalies=0
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbf", b"\n"),
        (b"", b"\r\n"),
        (b"\0\0\0", b"\0\0\n"),
        (b"\n\r\n  \n\0\n", b"  \n"),
    ],
)
def test_t11_padding_costs_no_row_its_usage(history: History, before: bytes, after: bytes) -> None:
    session = history.session()
    session.response(output=5)
    line = history.encode(session.rows[0])
    session.lines[:] = [before + line.rstrip(b"\n") + after]
    assert only(history).output == 5
    assert (counts([history.root]).rows, counts([history.root]).malformed) == (1, 0)


@pytest.mark.parametrize("odd", [b"\xff\xfe", b"\xed\xa0\xbd", b"\\ud83d", b"\xc3"])
def test_t11_broken_characters_cost_no_row_its_usage(history: History, odd: bytes) -> None:
    session = history.session()
    session.response(blocks=[text("HERE")], output=5)
    session.lines[:] = [history.encode(session.rows[0]).replace(b"HERE", odd)]
    assert only(history).output == 5


def test_t12_spacing_and_key_order_change_nothing(tmp_path: Path) -> None:
    def build(name: str, *, spaced: bool) -> History:
        history = History(tmp_path / name, spaced=spaced)
        session = history.session(FIRST)
        session.prompt("Go")
        session.response(blocks=[text("I look."), tool_use("toolu_1", "Read")], output=9)
        session.subagent("a1").response(cache_write_1h=4)
        return history

    turned = build("turned", spaced=False)
    for lines in turned.files.values():
        lines[:] = [reversed_keys(line) for line in lines if not isinstance(line, bytes)]
    plain = read([build("plain", spaced=False).write()])
    assert plain == read([build("spaced", spaced=True).write()]) == read([turned.write()])


def reversed_keys(row: Row) -> Row:
    backwards: Row = json.loads(json.dumps(row), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    return backwards


# --- counters ---


@pytest.mark.parametrize(
    ("value", "counted", "anomalies"),
    [
        (0, 0, 0),
        (7, 7, 0),
        (10**12, 10**12, 0),
        (10**12 + 1, 0, 1),
        (-1, 0, 1),
        (7.9, 7, 1),
        (7.0, 7, 1),
        (-0.5, 0, 1),
        (1e300, 0, 1),
        (float("inf"), 0, 1),
        (float("nan"), 0, 1),
        ("12", 12, 1),
        ("1.5", 0, 1),
        ("١", 0, 1),
        ("9" * 5000, 0, 1),
        ("", 0, 1),
        (None, 0, 1),
        (ABSENT, 0, 1),
        (True, 0, 1),
        ([7], 0, 1),
    ],
)
@pytest.mark.parametrize("name", ["input_tokens", "output_tokens", "cache_read_input_tokens"])
def test_t13_counters_are_whole_numbers(
    history: History, name: str, value: object, counted: int, anomalies: int
) -> None:
    history.session().response(output=5, cache_read=6, usage={name: value, "cache_creation": ABSENT})
    expected = {"input_tokens": 1, "output_tokens": 5, "cache_read_input_tokens": 6, name: counted}
    response = only(history)
    assert [response.input, response.output, response.cache_read] == list(expected.values())
    assert counts([history.root]).anomalies == anomalies


@pytest.mark.parametrize(
    ("write", "split", "five_minutes", "one_hour", "anomalies"),
    [
        (100, ABSENT, 100, 0, 0),
        (100, None, 100, 0, 0),
        (100, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 60, 40, 0),
        (100, {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 150}, 0, 100, 0),
        (100, {"ephemeral_5m_input_tokens": 9, "ephemeral_1h_input_tokens": 9}, 91, 9, 0),
        (ABSENT, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 60, 40, 1),
        (None, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 60, 40, 1),
        (0, {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, 60, 40, 0),
        (ABSENT, ABSENT, 0, 0, 1),
        (100, {"ephemeral_1h_input_tokens": "40"}, 60, 40, 2),
        (100, 7, 100, 0, 1),
    ],
)
def test_t13_the_cache_write_is_the_total(
    history: History, write: object, split: object, five_minutes: int, one_hour: int, anomalies: int
) -> None:
    history.session().response(usage={"cache_creation_input_tokens": write, "cache_creation": split})
    response = only(history)
    assert (response.cache_write_5m, response.cache_write_1h) == (five_minutes, one_hour)
    assert response.cache_write == five_minutes + one_hour
    assert counts([history.root]).anomalies == anomalies


# --- one response, counted once ---


def test_t20_the_row_with_the_largest_output_is_kept_whole(history: History) -> None:
    session = history.session()
    session.response("msg_1", input=3, output=2, cache_read=10, model="claude-opus-4-8", stop_reason=None)
    session.response("msg_1", input=4, output=90, cache_read=20, model="claude-sonnet-5")
    session.response("msg_1", input=500, output=40, cache_read=900, model="claude-opus-4-8")
    response = only(history)
    assert (response.input, response.output, response.cache_read) == (4, 90, 20)
    assert response.model == "claude-sonnet-5" and not response.is_floor
    assert counts([history.root]).duplicate_rows == 2


def test_t20_growing_output_is_not_summed(history: History) -> None:
    history.session().response("msg_1", input=3, partial_outputs=[1, 5, 40])
    assert (only(history).input, only(history).output, only(history).time) == (3, 40, TEN)


def test_t20_among_equals_the_latest_row_is_kept(history: History) -> None:
    session = history.session()
    session.response("msg_1", output=9, input=1, at="2026-06-01T10:00:00Z")
    session.response("msg_1", output=9, input=2, at="2026-06-01T12:00:00Z")
    session.response("msg_1", output=9, input=3, at="2026-06-01T11:00:00Z")
    session.response("msg_1", output=9, input=4, row={"timestamp": "soon"})
    assert (only(history).input, only(history).time) == (2, TEN)


def test_t20_among_equals_of_one_time_the_last_row_is_kept(history: History) -> None:
    session = history.session(FIRST)
    for number in (1, 2):
        session.response("msg_1", output=9, input=number, at="2026-06-01T10:00:00Z")
    session.fork(SECOND).response("msg_1", output=9, input=3, at="2026-06-01T10:00:00Z")
    assert (only(history).input, only(history).session_id) == (3, FIRST)


@pytest.mark.parametrize("rewrite_session_id", [True, False])
def test_t21_a_fork_repeats_nothing(history: History, rewrite_session_id: bool) -> None:  # noqa: FBT001
    session = history.session(SECOND)
    session.prompt("Go")
    session.response("msg_1", output=10)
    fork = session.fork(FIRST, rewrite_session_id=rewrite_session_id)
    history.wait(minutes=5)
    fork.response("msg_2", output=7)
    found = by_key(history)
    assert {key: (one.session_id, one.output) for key, one in found.items()} == {
        "msg_1": (SECOND, 10),
        "msg_2": (FIRST, 7),
    }


def test_t21_the_main_thread_comes_before_a_sidechain(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("aside_question-1")
    session.response("msg_1", output=1, stop_reason=None)
    agent.response("msg_1", output=9)
    session.response("msg_2")  # so that the sidechain's file ended before the main file
    response = by_key(history)["msg_1"]
    assert response.output == 9  # kept from one file, credited to the other
    assert response.is_main and response.agent_id is None


def test_t21_a_sidechain_is_one_by_its_file_or_by_its_row(history: History) -> None:
    first, second = history.session(FIRST), history.session(SECOND)
    first.subagent("a1").response("msg_1", row={"isSidechain": ABSENT})
    first.subagent(layout="inline").response("msg_2")
    second.response("msg_1")
    second.response("msg_2")
    assert [one.session_id for one in read([history.write()])] == [SECOND, SECOND]


def test_t21_a_main_thread_of_another_session_comes_before_a_sidechain_of_its_own(history: History) -> None:
    history.session(FIRST).response("msg_1", row={"sessionId": SECOND})
    history.session(SECOND).subagent("a1").response("msg_1")
    assert only(history).session_id == FIRST


def test_t21_a_response_in_full_comes_before_a_progress_row(history: History) -> None:
    first, second = history.session(FIRST), history.session(SECOND)
    first.subagent("a1", layout="progress").response("msg_1")
    second.subagent("a2").response("msg_1")
    assert (only(history).session_id, only(history).agent_id) == (SECOND, "a2")


def test_t21_then_the_file_that_the_row_names(history: History) -> None:
    first, second = history.session(FIRST), history.session(SECOND)
    first.session_id = SECOND  # copied as it was, and never written to again
    first.response("msg_1")
    second.response("msg_1", at="2026-06-02T10:00:00Z")
    assert only(history).session_id == SECOND


def test_t21_then_the_file_that_ended_first(history: History) -> None:
    first, second = history.session(FIRST), history.session(SECOND)
    second.response("msg_1", at="2026-06-01T10:00:00Z")
    first.response("msg_1", at="2026-06-01T10:00:00Z")
    first.prompt("Go on", at="2026-06-01T12:00:00Z")
    second.prompt("Go on", at="2026-06-01T14:00:00Z")
    second.prompt("Go back", at="2026-06-01T11:00:00Z")  # the last in the file, not the latest
    second.append({"type": "mode"})
    assert only(history).session_id == SECOND


def test_t21_then_the_first_path(history: History) -> None:
    for session_id in (SECOND, FIRST):
        history.session(session_id).response("msg_1", at="2026-06-01T10:00:00Z")
    assert only(history).session_id == FIRST


def test_t21_a_file_without_times_comes_last(history: History) -> None:
    history.session(FIRST).response("msg_1", row={"timestamp": ABSENT})
    history.session(SECOND).response("msg_1")
    assert only(history).session_id == SECOND


def test_t21_the_order_of_the_roots_changes_nothing(tmp_path: Path) -> None:
    roots = []
    for name, session_id in (("a", SECOND), ("b", FIRST)):
        history = History(tmp_path / name)
        history.session(session_id).response("msg_1", output=5)
        history.session(session_id).response(f"msg_{name}")
        roots.append(history.write())
    assert read(roots) == read(roots[::-1])
    assert [one.key for one in read(roots)] == ["msg_1", "msg_a", "msg_b"]


def test_t22_a_request_id_is_not_part_of_the_key(history: History) -> None:
    session = history.session()
    session.response("gen-1754000000-abc", output=3, request_id=None)
    session.response("gen-1754000000-abc", output=8, request_id="req_2")
    assert only(history).output == 8


@pytest.mark.parametrize("trusted", ["msg_1", "chatcmpl-1", "0123456789abcdef"])
def test_t22_an_id_that_looks_unique_is_trusted(history: History, trusted: str) -> None:
    for session_id in (FIRST, SECOND):
        history.session(session_id).response(trusted, input=7)
    assert only(history).key == trusted


def test_t22_another_id_holds_for_one_request_of_a_session(history: History) -> None:
    first, second = history.session(FIRST), history.session(SECOND)
    first.response("0123456789abcde", input=1, partial_outputs=[1, 5])
    first.response("0123456789abcde", input=2, output=6)
    first.response("0123456789abcde", input=2, output=7, cache_read=1)
    first.response("0123456789abcde", input=2, output=8, cache_write=1)
    second.response("0123456789abcde", input=1, output=9)
    assert sorted(one.output for one in read([history.write()])) == [5, 6, 7, 8, 9]


@pytest.mark.parametrize("no_id", [ABSENT, None, "", 7])
def test_t22_without_an_id_a_row_counts_by_itself(history: History, no_id: object) -> None:
    session = history.session(FIRST)
    for _ in range(2):
        session.response(message={"id": no_id})
    session.response(message={"id": no_id}, row={"uuid": ABSENT})
    session.response(message={"id": no_id}, row={"uuid": ABSENT})
    session.fork(SECOND).lines[2:] = []  # a copied row is the same row, by its uuid
    assert len(read([history.write()])) == 4


def test_t23_equal_figures_and_times_are_two_responses(history: History) -> None:
    session = history.session()
    for message_id in ("msg_1", "msg_2"):
        session.response(message_id, input=5, output=9, at="2026-06-01T10:00:00Z")
    assert totals(read([history.write()])) == Totals(responses=2, input=10, output=18)


def test_t24_progress_counts_where_the_subagents_file_is_gone(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("a1", layout="progress")
    agent.prompt("Look")
    agent.response("msg_1", output=9)
    response = only(history)
    assert (response.session_id, response.agent_id, response.output) == (FIRST, "a1", 9)
    assert not response.is_main and response.time == TEN + 1000


def test_t24_progress_adds_nothing_to_the_subagents_file(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("a1")
    agent.response("msg_1", output=9)
    session.progress_agent("other", agent.rows[0])
    session.progress_agent("other", {"type": "user", "message": {"role": "user", "content": "Look"}})
    session.append({"type": "progress", "data": {"type": "hook_progress"}})
    session.append({"type": "progress", "data": None})
    response = only(history)
    assert (response.agent_id, response.output) == ("a1", 9)
    assert counts([history.root]).duplicate_rows == 1


def test_t25_repeated_sums_of_a_subagent_are_never_added(history: History) -> None:
    session = history.session()
    session.response("msg_1", blocks=[tool_use("toolu_1", "Task")], output=9)
    spent = agent_result("a1", total_tokens=50_599, usage={"input_tokens": 50_000, "output_tokens": 599})
    session.tool_result("toolu_1", "<usage>total_tokens: 50599</usage>", tool_use_result=spent)
    assert totals(read([history.write()])) == Totals(responses=1, input=1, output=9)


def test_t26_synthetic_rows_and_errors_are_no_responses(history: History) -> None:
    session = history.session()
    session.api_error("You've hit your session limit · resets 7:20pm")
    session.response("msg_1", model="<synthetic>")
    session.response("msg_2", row={"isApiErrorMessage": True})
    session.response("msg_3", row={"attachment": {"type": "file"}})
    session.progress_agent("a1", {**session.rows[-1], "type": "assistant"})
    inner = {key: value for key, value in session.rows[-2].items() if key != "attachment"}
    session.progress_agent("a1", inner, outer={"attachment": None})
    session.response("msg_4", row={"type": "user"})
    session.response("msg_5", message={"usage": None})
    session.response("msg_6", row={"message": "spread over keys"})
    session.response("msg_7", row={"isApiErrorMessage": False})
    assert only(history).key == "msg_7"


def test_t27_a_kept_row_without_a_stop_reason_is_a_floor(history: History) -> None:
    session = history.session()
    session.response("msg_1", partial_outputs=[1, 8], stop_reason=None)
    session.response("msg_2", partial_outputs=[1, 8])
    session.response("msg_3", output=9, stop_reason=None)
    session.response("msg_3", output=2, stop_reason="end_turn")  # not the kept row
    session.response("msg_4", message={"stop_reason": ABSENT})
    assert [one.is_floor for one in read([history.write()])] == [True, False, True, True]
    assert totals(read([history.root])).floors == 3


def test_t28_advice_and_compaction_are_added_with_their_own_models(history: History) -> None:
    session = history.session()
    entries = [
        iteration("message", input=3, output=40),
        iteration("advisor_message", model="claude-opus-5", input=100, output=20),
        iteration("compaction", input=1000, output=30, cache_creation_input_tokens=5),
        iteration("fallback_message", model="claude-haiku-4-5", input=9, output=9),
        "odd",
    ]
    session.response("msg_1", input=3, output=40, usage={"iterations": entries})
    responses = read([history.write()])
    assert [(one.part, one.model, one.input, one.output) for one in responses] == [
        ("", "claude-opus-4-8", 3, 40),
        ("advisor_message", "claude-opus-5", 100, 20),
        ("compaction", "claude-opus-4-8", 1000, 30),
    ]
    assert {(one.key, one.time, one.is_floor) for one in responses} == {("msg_1", TEN, False)}
    assert totals(responses) == Totals(responses=1, input=1103, output=90, cache_write=5, cache_write_5m=5)


def test_t28_only_the_kept_rows_extras_count(history: History) -> None:
    session = history.session()
    session.response("msg_1", output=2, iterations=[iteration("compaction", output=5)])
    session.response("msg_1", output=9, iterations=[iteration("compaction", output=6)])
    assert [one.output for one in read([history.write()])] == [9, 6]


def test_t28_an_extra_request_is_no_floor(history: History) -> None:
    history.session().response(stop_reason=None, iterations=[iteration("advisor_message", output=5)])
    assert [one.is_floor for one in read([history.write()])] == [True, False]


# --- time ---


def test_t50_a_response_belongs_to_its_own_local_day(history: History) -> None:
    session = history.session()
    session.response("msg_1", output=1, at="2026-06-01T21:59:00Z")
    session.response("msg_2", output=2, at="2026-06-01T22:01:00Z")
    session.response("msg_3", output=4, at="2026-06-02T00:30:00+01:00")
    responses = read([history.write()])
    days = {
        zone: {day.day: sums.output for day, sums in reference.by_day(responses, zone).items()}
        for zone in (UTC, timezone(timedelta(hours=2)))
    }
    assert days[UTC] == {1: 7}
    assert days[timezone(timedelta(hours=2))] == {1: 1, 2: 6}
    assert list(reference.by_day(responses, UTC)) == [date(2026, 6, 1)]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-06-01T10:00:00Z", TEN),
        ("2026-06-01T10:00:00.250Z", TEN + 250),
        ("2026-06-01T10:00:00.250999Z", TEN + 250),
        ("2026-06-01T12:30:00+02:30", TEN),
        ("2000-01-01T00:00:00Z", 946_684_800_000),
        ("2099-12-31T23:59:59.999Z", 4_102_444_799_999),
        ("1999-12-31T23:59:59Z", None),
        ("2100-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("2026-06-01T10:00:00", None),
        ("2026-06-01", None),
        ("2026-06-31T10:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (1_780_308_000_000, None),
        (None, None),
        (ABSENT, None),
    ],
)
def test_t51_only_a_readable_time_is_a_time(history: History, written: object, read_as: int | None) -> None:
    history.session().response(row={"timestamp": written})
    responses = read([history.write()])
    assert [one.time for one in responses] == [read_as]
    assert reference.undated(responses) == (responses if read_as is None else [])
    assert len(reference.by_day(responses, UTC)) == (read_as is not None)


def test_t51_the_first_readable_time_of_all_rows_counts(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", row={"timestamp": None})
    session.response("msg_1", at="2026-06-01T11:00:00Z", output=9)
    session.fork(SECOND).response("msg_1", at="2026-06-01T10:00:00Z", output=2)
    assert only(history).time == TEN


# --- groups ---


def test_sums_over_any_grouping_equal_the_total(history: History) -> None:
    for number, version in enumerate(("1.0.24", "2.0.76", "2.1.177")):
        session = history.session(cwd=f"/home/ada/{number}", version=version, model=f"model-{number}")
        session.response(output=2**number, cache_write_1h=number)
        for layout in ("inline", "nested", "sibling", "workflow", "progress"):
            session.subagent(layout=layout).response(input=number, stop_reason=None)
        history.wait(days=1)
    responses = read([history.write()])
    whole = totals(responses)
    assert (whole.responses, whole.output, whole.floors) == (18, 7 + 15, 15)
    groupings: list[Mapping[Any, Totals]] = [
        reference.by_model(responses),
        reference.by_project(responses),
        reference.by_session(responses),
        reference.by_agent(responses),
        reference.by_day(responses, UTC),
    ]
    for groups in groupings:
        assert sum(sums.responses for sums in groups.values()) == whole.responses
        assert sum(sums.output for sums in groups.values()) == whole.output
        assert sum(sums.cache_write_1h for sums in groups.values()) == whole.cache_write_1h
    assert [len(groups) for groups in groupings] == [3, 3, 3, 18, 3]
