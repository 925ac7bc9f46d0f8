"""What was done: tool uses with their outcome, prompts, notices, and who spawned whom (T04, T21, T40 to T44)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, TEN, THIRD, store_of
from tests.transcripts import History, agent_result, bash_result, create_result, edit_result, image, text, tool_use
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.store import Store, Subagent, ToolUse

REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed."
)


def read(history: History) -> Store:
    return store_of(history, facets=Facet.TOOLS)


def uses(store: Store) -> dict[str, ToolUse]:
    assert len({use.id for use in store.tool_uses}) == len(store.tool_uses)
    return {use.id: use for use in store.tool_uses}


def subagents(store: Store) -> dict[str, Subagent]:
    return {one.agent_id: one for one in store.subagents}


def test_a_tool_use_and_its_result(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go", at="2026-06-01T10:00:00Z")
    session.response("msg_1", blocks=[tool_use("toolu_1", "Bash", {"command": "pytest -q"})], at="2026-06-01T10:00:01Z")
    session.tool_result("toolu_1", "3 passed ✓", tool_use_result=bash_result("3 passed ✓"), at="2026-06-01T10:00:05Z")
    (use,) = read(history).tool_uses
    assert use == ToolUse(
        id="toolu_1",
        thread=0,
        message=0,
        name="Bash",
        what="pytest -q",
        path="",
        same=use.same,
        time=TEN + 1_000,
        ended=TEN + 5_000,
        outcome="ok",
        result_bytes=12,  # a check mark is three bytes
        lines_added=0,
        lines_removed=0,
        created=False,
        error="",
    )


def test_lines_of_edits_that_succeeded(history: History) -> None:
    session = history.session(FIRST)
    edit = {"file_path": "/home/ada/shop/a.py", "old_string": "x = 1", "new_string": "x = 2\ny = 3"}
    for name in ("toolu_1", "toolu_2", "toolu_3"):
        session.response(blocks=[tool_use(name, "Edit", edit)])
    session.tool_result("toolu_1", "done", tool_use_result=edit_result(edit["file_path"], "x = 1", "x = 2\ny = 3"))
    session.tool_result("toolu_2", "no such string", is_error=True)
    session.response(blocks=[tool_use("toolu_4", "Write", {"file_path": "/home/ada/shop/b.py", "content": "1\n2\n"})])
    session.tool_result("toolu_4", "done", tool_use_result=create_result("/home/ada/shop/b.py", "1\n2\n"))
    found = uses(read(history))
    changed = {name: (use.lines_added, use.lines_removed, use.created, use.path) for name, use in found.items()}
    assert changed == {
        "toolu_1": (2, 1, False, "/home/ada/shop/a.py"),
        "toolu_2": (0, 0, False, "/home/ada/shop/a.py"),
        "toolu_3": (0, 0, False, "/home/ada/shop/a.py"),
        "toolu_4": (2, 0, True, "/home/ada/shop/b.py"),
    }
    assert [found[name].outcome for name in sorted(found)] == ["ok", "error", "", "ok"]


@pytest.mark.parametrize(
    ("said", "told", "is_error", "outcome", "error"),
    [
        ("fine", bash_result("fine"), False, "ok", ""),
        ("<tool_use_error>File has not\nbeen read</tool_use_error>", None, True, "error", "File has not been read"),
        (REJECTED, "User rejected tool use", True, "denied", " ".join(REJECTED.split())[:160]),
        ("no", "User rejected tool use", True, "denied", "no"),
        ("Permission to use Bash with command rm has been denied.", None, True, "denied", "Permission to use Bash with command rm has been denied."),
        ("[Request interrupted by user for tool use]", None, True, "interrupted", "[Request interrupted by user for tool use]"),
        ("half", {"stdout": "half", "interrupted": True}, False, "interrupted", "half"),
    ],
)  # fmt: skip
def test_outcomes(history: History, said: str, told: object, *, is_error: bool, outcome: str, error: str) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("toolu_1", "Bash", {"command": "x"})])
    session.tool_result("toolu_1", said, is_error=is_error, tool_use_result=told)  # type: ignore[arg-type]
    (use,) = read(history).tool_uses
    assert (use.outcome, use.error) == (outcome, error)


def test_t41_what_is_the_same(history: History) -> None:
    session = history.session(FIRST)
    inputs = [
        ("Bash", {"command": "a"}),
        ("Bash", {"command": "a"}),
        ("Bash", {"command": "a "}),
        ("Read", {"command": "a"}),
    ]
    for number, (name, given) in enumerate(inputs):
        session.response(blocks=[tool_use(f"toolu_{number}", name, given)])
    first, second, third, fourth = (use.same for use in read(history).tool_uses)
    assert first == second
    assert len({first, third, fourth}) == 3


def test_images_count_by_a_flat_estimate(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("toolu_1", "Read", {"file_path": "/a.png"})])
    session.tool_result("toolu_1", [image("A" * 99_999), text("seen")])
    (use,) = read(history).tool_uses
    assert use.result_bytes == 4_350 + 4


@pytest.mark.parametrize("content", [7, True, {"type": "image"}, None])
def test_a_result_of_no_known_form_has_no_size(history: History, content: object) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("toolu_1", "Read", {"file_path": "/a.png"})])
    block = {"tool_use_id": "toolu_1", "type": "tool_result", "content": content}
    session.tool_result("toolu_1", row={"message": {"role": "user", "content": [block]}})
    (use,) = read(history).tool_uses
    assert (use.outcome, use.result_bytes) == ("ok", 0)


def test_a_result_before_its_use(history: History) -> None:
    session = history.session(FIRST)
    session.tool_result("toolu_1", "early", at="2026-06-01T10:00:05Z")
    session.response(blocks=[tool_use("toolu_1", "Bash", {"command": "x"})], at="2026-06-01T10:00:01Z")
    (use,) = read(history).tool_uses
    assert (use.outcome, use.result_bytes) == ("ok", 5)


def test_t21_a_fork_copies_what_was_done_and_may_know_their_outcome(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.response("msg_1", blocks=[tool_use("toolu_1", "Bash", {"command": "git push"})])
    fork = session.fork(SECOND)
    fork.tool_result("toolu_1", "pushed")
    fork.prompt("More")
    fork.response("msg_2", blocks=[tool_use("toolu_2", "Bash", {"command": "git commit -m x"})])
    fork.tool_result("toolu_2", "1 file changed")
    store = read(history)
    found = uses(store)
    owners = {name: store.threads[use.thread].session_id for name, use in found.items()}
    assert owners == {"toolu_1": FIRST, "toolu_2": SECOND}
    assert found["toolu_1"].outcome == "ok"
    assert [(one.name, one.failed) for one in store.operations] == [("push", False), ("commit", False)]
    assert [(prompt.words, prompt.session_id) for prompt in store.prompts] == [("Go", FIRST), ("More", SECOND)]


def test_t40_prompts(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Fix  the\nbasket", at="2026-06-01T10:00:00Z")
    session.prompt("<command-name>/compact</command-name><command-args>all</command-args>")
    session.prompt("<system-reminder>x</system-reminder>")
    session.prompt("not mine", row={"isMeta": True})
    session.prompt("[Request interrupted by user]")
    agent = session.subagent("a1")
    agent.prompt("Look around")
    store = read(history)
    said = [(prompt.words, prompt.characters, prompt.session_id) for prompt in store.prompts]
    assert said == [("Fix the basket", 15, FIRST), ("/compact all", 12, FIRST)]
    assert store.prompts[0].time == TEN
    assert [(one.kind, one.thread) for one in store.notices] == [("interrupted", 0)]


def test_t21_of_rows_with_one_uuid_in_a_file_the_first_that_is_no_copy_counts(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    for whose, took in ((SECOND, 1_000), (FIRST, 2_000), (FIRST, 3_000)):
        row = {"type": "system", "subtype": "turn_duration", "durationMs": took, "uuid": "u1", "sessionId": whose}
        session.append({**row, "timestamp": "2026-06-01T11:00:00Z"})
    assert [one.value for one in read(history).notices] == [2_000]


def test_t26_notices(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.api_error("You've hit your session limit · resets 7:20pm")
    session.api_error("Overloaded")
    session.api_error("No response requested.")
    session.system("api_error", error={"error": {"error": {"message": "Overloaded"}}}, retryAttempt=2, retryInMs=500.5)
    session.system("turn_duration", durationMs=31_976, messageCount=4)
    session.system("stop_hook_summary", hookCount=1)
    found = [(one.kind, one.text, one.value) for one in read(history).notices]
    assert found == [
        ("limit", "You've hit your session limit · resets 7:20pm", None),
        ("api_message", "Overloaded", None),
        ("api_error", "Overloaded", 2),
        ("turn_duration", "", 31_976),
    ]


def test_t43_operations(history: History) -> None:
    session = history.session(FIRST)
    for name, command, failed in (("toolu_1", "git add . && git commit -m x", False), ("toolu_2", "git push", True)):
        session.response(blocks=[tool_use(name, "Bash", {"command": command})])
        session.tool_result(name, "said", is_error=failed)
    link = {"type": "pr-link", "sessionId": FIRST, "prNumber": 7, "prUrl": "https://x/pull/7"}
    session.append({**link, "timestamp": "2026-06-01T11:00:00Z"})
    session.append({**link, "timestamp": "2026-06-01T12:00:00Z"})
    store = read(history)
    found = [(one.name, one.failed, one.detail) for one in store.operations]
    assert found == [
        ("add", False, ""),
        ("commit", False, ""),
        ("push", True, ""),
        ("pr_link", False, "https://x/pull/7"),
    ]


def test_t04_a_subagent_by_the_id_in_its_result(history: History) -> None:
    session = history.session(FIRST)
    spawn = {"description": "Look", "prompt": "Look around", "subagent_type": "Explore", "run_in_background": True}
    session.response("msg_1", blocks=[tool_use("toolu_1", "Task", spawn)])
    agent = session.subagent("a1234567")
    agent.prompt("Look around")
    agent.response("msg_2")
    session.tool_result("toolu_1", "found", tool_use_result=agent_result("a1234567", total_tokens=50_599, tool_uses=3))
    store = read(history)
    (one,) = store.subagents
    assert (one.agent_type, one.description, one.prompt) == ("Explore", "Look", "Look around")
    assert (one.background, one.reported_tokens, one.reported_tool_uses) == (True, 50_599, 3)
    assert [store.tool_uses[spawn].id for spawn in one.spawns] == ["toolu_1"]
    assert one.thread is not None
    assert store.threads[one.thread].agent_id == "a1234567"
    assert store.coverage.missing_subagents == 0


def test_t04_a_subagent_by_its_sidecar_by_the_text_and_by_its_prompt(history: History) -> None:
    session = history.session(FIRST)
    for number, told in enumerate(("by sidecar", "by text", "by prompt", "by nothing"), 1):
        session.response(blocks=[tool_use(f"toolu_{number}", "Agent", {"prompt": told, "description": told})])
    session.tool_result("toolu_1", "found")
    session.tool_result("toolu_2", "found\nagentId: b2222222 (for resuming)")
    session.tool_result("toolu_3", "found")
    session.tool_result("toolu_4", "failed", is_error=True)
    session.subagent("b1111111", agent_type="Plan", tool_use_id="toolu_1").prompt("other words")
    session.subagent("b2222222").prompt("other words")
    session.subagent("b3333333", layout="sibling").prompt("by prompt")
    store = read(history)
    joined = {one.agent_id: [store.tool_uses[spawn].id for spawn in one.spawns] for one in store.subagents}
    assert joined == {"b1111111": ["toolu_1"], "b2222222": ["toolu_2"], "b3333333": ["toolu_3"]}
    assert subagents(store)["b1111111"].agent_type == "Plan"


def test_t04_spawns_without_a_file_and_files_without_a_spawn(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("toolu_1", "Task", {"prompt": "one", "description": "One"})])
    session.tool_result("toolu_1", "found", tool_use_result=agent_result("c1111111", total_tokens=9_000, tool_uses=2))
    session.subagent("acompact-2222").prompt("summarise")
    session.subagent("d3333333", layout="workflow").prompt("flow")
    store = read(history)
    found = subagents(store)
    assert found.keys() == {"c1111111", "acompact-2222", "d3333333"}
    assert (found["c1111111"].thread, found["c1111111"].reported_tokens) == (None, 9_000)
    assert (found["acompact-2222"].kind, found["acompact-2222"].spawns) == ("compaction", ())
    assert found["d3333333"].run.startswith("wf_")
    assert store.coverage.missing_subagents == 1


@pytest.mark.parametrize(("own", "kind"), [(1, "compaction"), (3, "compaction"), (4, "copied thread")])
def test_t21_what_answers_again_and_again_is_no_compaction(history: History, own: int, kind: str) -> None:
    """Responses that the main thread has are its own, however many a compaction's file repeats."""
    session = history.session(FIRST)
    agent = session.subagent("acompact-2222")
    for number in range(5):
        session.response(f"msg_main{number}")
        agent.response(f"msg_main{number}")
    for number in range(own):
        agent.response(f"msg_own{number}")
    assert subagents(read(history))["acompact-2222"].kind == kind


def test_t04_nested_inline_and_resumed(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("toolu_1", "Task", {"prompt": "outer"})])
    outer = session.subagent("e1111111")
    outer.prompt("outer")
    outer.response(blocks=[tool_use("toolu_2", "Task", {"prompt": "inner"})])
    inner = session.subagent("f2222222")
    inner.prompt("inner")
    inner.response(blocks=[text("done")])
    outer.tool_result("toolu_2", "ok", tool_use_result=agent_result("f2222222"))
    session.tool_result("toolu_1", "ok", tool_use_result=agent_result("e1111111", total_tokens=10, tool_uses=1))
    session.response(blocks=[tool_use("toolu_3", "Task", {"prompt": "go on", "resume": "e1111111"})])
    session.tool_result("toolu_3", "ok", tool_use_result=agent_result("e1111111", total_tokens=20, tool_uses=4))
    session.response(blocks=[tool_use("toolu_4", "Task", {"prompt": "in line"})])
    session.tool_result("toolu_4", "ok")
    inline = session.subagent(layout="inline")
    inline.leaf = None
    inline.prompt("in line")
    inline.response(blocks=[text("done")])
    store = read(history)
    threads = {index: thread.agent_id for index, thread in enumerate(store.threads)}
    parents = {
        one.agent_id.split(":")[0]: [
            (store.tool_uses[spawn].id, threads[store.tool_uses[spawn].thread]) for spawn in one.spawns
        ]
        for one in store.subagents
    }
    assert parents == {
        "e1111111": [("toolu_1", ""), ("toolu_3", "")],
        "f2222222": [("toolu_2", "e1111111")],
        "inline": [("toolu_4", "")],
    }
    assert (subagents(store)["e1111111"].reported_tokens, subagents(store)["e1111111"].reported_tool_uses) == (20, 5)


def test_agents_that_spawn_themselves(history: History) -> None:
    session = history.session(FIRST)
    for agent_id, other in (("a1111111", "a2222222"), ("a2222222", "a1111111"), ("a3333333", "a3333333")):
        agent = session.subagent(agent_id)
        agent.prompt("go")
        agent.response(blocks=[tool_use(f"toolu_{agent_id}", "Task", {"prompt": "go"})])
        agent.tool_result(f"toolu_{agent_id}", "ok", tool_use_result=agent_result(other))
    store = read(history)
    by_thread = {one.thread: one for one in store.subagents}
    for one in store.subagents:
        met = []
        while one.spawns:
            assert one.thread not in met
            met.append(one.thread)
            one = by_thread[store.tool_uses[one.spawns[0]].thread]  # noqa: PLW2901


def test_a_broken_sidecar_says_nothing(history: History) -> None:
    session = history.session(FIRST)
    for agent_id, content in (
        ("a1", b"{"),
        ("a2", b"[]"),
        ("a3", json.dumps({"agentType": 5, "toolUseId": None}).encode()),
    ):
        session.subagent(agent_id).prompt(agent_id)
        history.files[session.subagent_path(agent_id, "nested").with_suffix(".meta.json")] = [content]
    assert {one.agent_type for one in read(history).subagents} == {""}


def test_without_the_facet_nothing_of_it_is_there(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.response(blocks=[tool_use("toolu_1", "Bash", {"command": "x"})])
    store = store_of(history, facets=Facet.CONTENT | Facet.TITLES)
    assert (store.tool_uses, store.prompts, store.notices, store.subagents) == ([], [], [], [])


def test_processes_and_order_change_nothing(history: History, tmp_path: Path) -> None:
    session = history.session(FIRST)
    for number in range(5):
        session.prompt(f"prompt {number}")
        session.response(blocks=[tool_use(f"toolu_{number}", "Bash", {"command": "git push"})])
        session.tool_result(f"toolu_{number}", "ok")
        session.subagent(f"a{number}").prompt(f"told {number}")
    session.fork(SECOND)
    root = history.write()
    one, three = (load([root], Facet.TOOLS, processes=processes) for processes in (1, 3))
    for name in ("tool_uses", "prompts", "operations", "notices", "subagents"):
        assert getattr(one, name) == getattr(three, name)
    assert len(one.tool_uses) == len(one.prompts) == len(one.operations) == 5


def test_a_second_result_changes_nothing(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("toolu_1", "Bash", {"command": "x"})])
    session.tool_result("toolu_1", "no", is_error=True)
    session.tool_result("toolu_1", "yes")
    (use,) = read(history).tool_uses
    assert (use.outcome, use.error) == ("error", "no")


def test_an_input_that_is_nested_too_deeply_is_still_a_tool_use(history: History) -> None:
    nested: object = "end"
    for _ in range(400):  # what is read goes deeper than what is written
        nested = [nested]
    session = history.session(FIRST)
    for number, key in enumerate(("a", "a", "b")):
        session.response(blocks=[tool_use(f"toolu_{number}", "Bash", {key: nested})])
    first, second, third = (use.same for use in read(history).tool_uses)
    assert first == second != third


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("overloaded", "overloaded"),
        ({"message": "overloaded"}, "overloaded"),
        ({"cause": {"error": {"message": "overloaded"}}}, "overloaded"),
        ({"error": {"error": {"error": {"error": {"message": "too deep"}}}}}, ""),
        (["overloaded"], ""),
        (None, ""),
    ],
)
def test_what_an_api_error_says(history: History, error: object, text: str) -> None:
    history.session(FIRST).system("api_error", error=error, retryAttempt="many")
    (notice,) = read(history).notices
    assert (notice.kind, notice.text, notice.value) == ("api_error", text, None)


def test_a_lost_subagents_progress_rows_tell_what_it_did(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("a1234567", layout="progress")
    agent.response("msg_1", blocks=[tool_use("toolu_1", "Bash", {"command": "ls"})])
    store = read(history)
    (use,) = store.tool_uses
    assert (store.threads[use.thread].agent_id, use.what) == ("a1234567", "ls")


def test_t04_of_unnamed_spawns_only_as_many_are_missing_as_there_are_too_many_of(history: History) -> None:
    session = history.session(FIRST)
    for number in range(3):
        session.response(blocks=[tool_use(f"toolu_{number}", "Task", {"prompt": f"task {number}"})])
        session.tool_result(f"toolu_{number}", "found")
    session.subagent("a1", layout="sibling").prompt("told otherwise")
    store = read(history)
    assert [(one.agent_id, one.spawns) for one in store.subagents if one.thread is not None] == [("a1", ())]
    missing = [one for one in store.subagents if one.thread is None]
    assert [one.prompt for one in missing] == ["task 1", "task 2"]
    assert store.coverage.missing_subagents == 2


def test_ids_of_tool_uses_that_are_counted_up_repeat(history: History) -> None:
    """Three uses in two sessions go by one id; a fork holds two of them again."""
    first, second = history.session(FIRST), history.session(SECOND)
    for session, name in ((first, "Read"), (first, "Edit"), (second, "Grep")):
        session.response(blocks=[tool_use("functions.Read:0", name)])
        session.tool_result("functions.Read:0", "no", is_error=name == "Edit")
    first.fork(THIRD)
    store = store_of(history, facets=Facet.TOOLS)
    found = [(store.threads[use.thread].session_id, use.name, use.outcome) for use in store.tool_uses]
    assert found == [(FIRST, "Read", "ok"), (FIRST, "Edit", "error"), (SECOND, "Grep", "ok")]
