"""Subagents in every layout, the sessions they belong to, and the files that say nothing of usage (T03 to T05)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import ask
from tests.ingest import FIRST, MANY, SECOND, by_id, owner, store_of, totals
from tests.transcripts import WORKFLOW, History, Layout, agent_result, tool_use
from tokenscope.ingest.extract.ids import root_of


@pytest.mark.parametrize("layout", ["nested", "sibling", "workflow", "inline", "progress"])
@pytest.mark.parametrize("version", ["1.0.60", "2.1.177"])
def test_t03_subagents_are_found_in_every_layout(history: History, layout: Layout, version: str) -> None:
    session = history.session(FIRST, version=version)
    session.prompt("Go")
    session.response("msg_main", output=10)
    agent = session.subagent("a1b2c3d4", layout=layout)
    agent.prompt("Look around")
    agent.response("msg_agent", output=7)
    store = store_of(history)
    assert owner(store, "msg_agent") == (FIRST, "a1b2c3d4")
    assert owner(store, "msg_main") == (FIRST, "")
    assert totals(store.messages).output == 17
    assert list(store.sessions) == [FIRST]


def test_t03_subagents_are_found_at_any_depth(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("a1")
    agent.response("msg_1", output=1)
    below = f"projects/{session.project.name}/{FIRST}/subagents"
    for number, folder in enumerate(("workflows/wf_1/deep", "agent-a1/subagents", "x/y/z"), start=2):
        deeper = session.subagent(f"b{number}")
        deeper.response(f"msg_{number}", output=10**number)
        history.files[history.root / below / folder / f"agent-b{number}.jsonl"] = deeper.lines
        del history.files[session.subagent_path(f"b{number}", "nested")]
    store = store_of(history)
    assert totals(store.messages).output == 11_101
    assert {owner(store, message.id) for message in store.messages} == {
        (FIRST, f"{x}") for x in ("a1", "b2", "b3", "b4")
    }


def test_t03_journals_and_audits_are_left_out(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("a1", layout="workflow")
    agent.response("msg_1", output=1)
    journal = history.root / f"projects/{session.project.name}/{FIRST}/subagents/workflows/{WORKFLOW}/journal.jsonl"
    assert journal in history.files
    session.response("msg_2", output=20)
    for name in ("journal.jsonl", "audit.jsonl"):
        history.files[session.project / name] = list(session.lines)
        history.files[journal.with_name(name)] = [
            {**session.rows[0], "uuid": "u", "message": {"id": "msg_3", "usage": {}}}
        ]
    store = store_of(history)
    assert set(by_id(store)) == {"msg_1", "msg_2"}
    assert (store.coverage.files, store.coverage.duplicate_rows) == (2, 0)


def test_t03_unnamed_inline_subagents_are_told_apart_by_where_they_start(history: History) -> None:
    session = history.session(FIRST, version="1.0.60")
    session.response("msg_main")
    starts = []
    for number in (1, 2):
        agent = session.subagent(layout="inline")
        starts.append(agent.prompt("Look around"))
        agent.response(f"msg_{number}a", blocks=[tool_use(f"toolu_{number}", "Read")])
        agent.tool_result(f"toolu_{number}", "text")
        agent.response(f"msg_{number}b")
    store = store_of(history)
    assert owner(store, "msg_1a") == owner(store, "msg_1b") == (FIRST, f"inline:{starts[0]}")
    assert owner(store, "msg_2a") == owner(store, "msg_2b") == (FIRST, f"inline:{starts[1]}")
    assert owner(store, "msg_main") == (FIRST, "")


def test_t03_inline_subagents_may_be_interleaved(history: History) -> None:
    session = history.session(FIRST, version="1.0.60")
    agents = [session.subagent(layout="inline") for _ in range(2)]
    starts = [agent.prompt("Go") for agent in agents]
    for number in range(4):
        agents[number % 2].response(f"msg_{number}")
    store = store_of(history)
    assert [owner(store, f"msg_{number}")[1] for number in range(4)] == [f"inline:{starts[n % 2]}" for n in range(4)]


def test_t03_inline_subagents_stay_together_in_any_key_order(history: History) -> None:
    session = history.session(FIRST, version="1.0.60")
    session.prompt("Go")
    session.response("msg_main")
    agent = session.subagent(layout="inline")
    start = agent.prompt("Look around")
    agent.response("msg_a", blocks=[tool_use("toolu_1", "Read")])
    agent.tool_result("toolu_1", "text")
    agent.response("msg_b")
    session.lines[:] = [{"type": row["type"], **row} for row in session.rows]
    store = store_of(history)
    assert owner(store, "msg_a") == owner(store, "msg_b") == (FIRST, f"inline:{start}")


def test_t03_a_circle_of_inline_rows_ends(history: History) -> None:
    session = history.session(FIRST)
    for number in range(3):
        links = {"uuid": f"u{number}", "parentUuid": f"u{(number + 1) % 3}", "isSidechain": True}
        session.response(f"msg_{number}", output=10**number, row=links)
    store = store_of(history)
    assert totals(store.messages).output == 111
    assert len({owner(store, f"msg_{number}") for number in range(3)}) == 1


@pytest.mark.parametrize("agent_id", ["a1b2c3d4", "0123456789abcdef", "a0123456789abcdef", "aside_question-abc"])
def test_t04_a_subagent_is_named_by_its_file_whatever_the_length(history: History, agent_id: str) -> None:
    session = history.session(FIRST)
    session.subagent(agent_id).response("msg_1")
    session.subagent("b" + agent_id, layout="sibling").response("msg_2")
    store = store_of(history)
    assert (owner(store, "msg_1"), owner(store, "msg_2")) == ((FIRST, agent_id), (FIRST, "b" + agent_id))


def test_t04_the_session_comes_from_the_path_first(history: History) -> None:
    session = history.session(FIRST)
    session.subagent("a1").response("msg_1", row={"sessionId": SECOND})
    assert owner(store_of(history), "msg_1") == (FIRST, "a1")


def test_t04_a_siblings_session_comes_from_the_first_row_that_tells(history: History) -> None:
    agent = history.session(FIRST).subagent("a1", layout="sibling")
    agent.append({"type": "mode", "mode": "normal"})
    agent.prompt("Go")
    agent.response("msg_1")
    assert owner(store_of(history), "msg_1") == (FIRST, "a1")


def test_t04_a_sibling_that_tells_no_session_is_one_of_its_own(history: History) -> None:
    row = {"type": "assistant", "message": {"id": "msg_1", "usage": {"input_tokens": 5}}}
    history.file("projects/-x/agent-a1.jsonl", [row])
    store = store_of(history)
    assert owner(store, "msg_1") == ("agent-a1", "a1")
    assert totals(store.messages).input == 5


def test_t04_a_subagent_without_its_parents_file_is_not_dropped(history: History) -> None:
    session = history.session(FIRST)
    session.subagent("a1").response("msg_1", output=9)
    history.files = {path: lines for path, lines in history.files.items() if lines}
    assert [path.name for path in history.files] == ["agent-a1.jsonl"]
    store = store_of(history)
    assert (owner(store, "msg_1"), totals(store.messages).output) == ((FIRST, "a1"), 9)


def test_t04_a_subagent_without_a_parents_call_is_not_dropped(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_main", blocks=[tool_use("toolu_1", "Task")])
    session.tool_result("toolu_1", "Done.", tool_use_result=agent_result("a1"))
    session.subagent("a1").response("msg_1")
    session.subagent("a2").response("msg_2")
    store = store_of(history)
    assert (owner(store, "msg_1"), owner(store, "msg_2")) == ((FIRST, "a1"), (FIRST, "a2"))


@pytest.mark.parametrize("tool", ["Task", "Agent"])
def test_t04_a_spawn_without_a_file_is_reported_as_missing(history: History, tool: str) -> None:
    session = history.session(FIRST)
    for number, agent_id in enumerate(("a1", "a2")):
        session.response(f"msg_{number}", blocks=[tool_use(f"toolu_{number}", tool)])
        session.tool_result(f"toolu_{number}", "Done.", tool_use_result=agent_result(agent_id, total_tokens=50_599))
    session.subagent("a1").response("msg_agent")
    coverage = ask("context", "--json", root=history.write()).json["coverage"]
    assert coverage["missing_subagents"] == 1


def test_t04_every_thread_stands_under_its_session(history: History) -> None:
    for session_id in (FIRST, SECOND):
        session = history.session(session_id)
        session.response()
        for agent_id in ("a1", "a2"):
            session.subagent(agent_id).response()
    store = store_of(history)
    for session_id, found in store.sessions.items():
        threads = [store.threads[index] for index in found.threads]
        assert {thread.session_id for thread in threads} == {session_id}
        assert sorted(thread.agent_id for thread in threads) == ["", "a1", "a2"]


def test_t05_indexes_caches_and_tool_results_are_never_read(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.response("msg_1", output=5)
    figures_bytes = sum(len(history.encode(line)) for line in session.lines)
    usage = b'{"type":"assistant","message":{"id":"msg_2","usage":{"output_tokens":1000}}}\n'
    project = Path("projects") / session.project.name
    for name in ("sessions-index.json", "stats-cache.json", f"{FIRST}/tool-results/b1.txt", f"{FIRST}.jsonl.bak"):
        history.file(str(project / name), usage)
    history.file("stats-cache.json", usage)
    store = store_of(history)
    assert totals(store.messages).output == 5
    assert (store.coverage.files, store.coverage.bytes, store.coverage.rows) == (1, figures_bytes, 2)


ROWS = st.sampled_from("abcdef")


@settings(max_examples=MANY)
@given(st.dictionaries(ROWS, ROWS | st.none()), st.lists(ROWS))
def test_t03_where_a_chain_starts_is_the_same_whatever_was_followed_before(
    chain: dict[str, str | None], rows: list[str]
) -> None:
    """Also where parents go round in a circle."""
    known: dict[str, str] = {}
    for row in rows:
        assert root_of(f"inline:{row}", chain, known) == root_of(f"inline:{row}", chain)
