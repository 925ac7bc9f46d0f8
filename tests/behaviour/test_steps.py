"""The steps of one session, and what each ask led to: trees built by hand, told again from what was written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

import pytest

from tests.history import NOW, pricer
from tests.ingest import FIRST, SECOND, TEN, THIRD, store_of
from tests.transcripts import History, agent_result, text, tool_use
from tokenscope.behaviour.asks import Ask, asks_of, phases_of
from tokenscope.behaviour.session_steps import Step, retries, steps_of_session
from tokenscope.history import history as accounting
from tokenscope.ingest.files.select_session import load_session
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.store import ToolUse

FACETS = Facet.TITLES | Facet.TOOLS | Facet.TEXT


def seen(history: History, session_id: str = FIRST, **scope: int | tuple[str, ...]) -> accounting.History:
    store = load_session([history.write()], FACETS, session_id)
    return accounting.History(store, Scope(NOW, sessions=(session_id,), zone=UTC, **scope), pricer(history.root))  # type: ignore[arg-type]


def told(history: History, session_id: str = FIRST, **scope: int | tuple[str, ...]) -> list[Step]:
    """The steps, which hold every response of the session once."""
    found = seen(history, session_id, **scope)
    steps = steps_of_session(found, session_id)
    assert sorted(index for step in steps for index in step.messages) == sorted(found.indices)
    asks = asks_of(steps)
    assert sorted(index for ask in asks for index in ask.messages) == sorted(found.indices)
    return steps


def outline(steps: Sequence[Step]) -> list[str]:
    """One word a step, indented by its depth: what it said, or what it is."""
    words = []
    for step in steps:
        name = step.text or step.kind
        if step.subagent is not None:
            marks = "*" * step.resumed + "?" * step.orphan
            name = f"[{step.subagent.description or step.agent_id}{marks}]"
        words.append("  " * step.depth + name)
    return words


def ask(asks: Sequence[Ask], words: str | None) -> Ask:
    (found,) = [one for one in asks if (one.prompt.text if one.prompt else None) == words]
    return found


def outputs(history: History, one: Ask) -> int:
    found = seen(history)
    return sum(found.store.messages[index].output_tokens for index in one.messages)


def spawn(use: str, what: str, name: str = "Agent") -> dict[str, object]:
    return tool_use(use, name, {"description": what, "prompt": f"Do {what}", "subagent_type": "Explore"})


def test_a_session_is_told_in_the_order_of_time(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Fix it", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("I look."), tool_use("t1", "Read", {"file_path": "/a"})])
    session.tool_result("t1", "x")
    session.response(blocks=[text("Fixed.")])
    session.prompt("Thanks")
    session.response(blocks=[text("Gladly.")])
    steps = told(history)
    assert outline(steps) == ["Fix it", "I look.", "Fixed.", "Thanks", "Gladly."]
    assert [(use.tool.name, use.tool.outcome) for use in steps[1].uses] == [("Read", "ok")]


def test_rows_out_of_order_are_told_in_order(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Fix it", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("one")])
    session.response(blocks=[text("two")])
    session.prompt("And then", at="2026-06-01T10:01:00Z")
    session.response(blocks=[text("three")])
    session.lines.reverse()
    assert outline(told(history)) == ["Fix it", "one", "two", "And then", "three"]


def test_all_rows_of_a_response_are_one_step(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("First."), text("Second."), tool_use("t1", "Bash", {"command": "ls"})], output=9)
    (step,) = told(history)
    assert step.text == "First.\nSecond."
    assert len(step.uses) == 1


def test_nested_subagents_stand_below_what_spawned_them(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Look around", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("Two at once."), spawn("t1", "east"), spawn("t2", "west")], output=1)
    east = session.subagent("aeast1")
    east.prompt("Do east")
    east.response(blocks=[text("east 1"), spawn("t3", "deep")], output=2)
    deep = session.subagent("adeep1")
    deep.prompt("Do deep")
    deep.response(blocks=[text("deep 1")], output=4)
    east.tool_result("t3", "ok", tool_use_result=agent_result("adeep1"))
    east.response(blocks=[text("east 2")], output=8)
    west = session.subagent("awest1")
    west.prompt("Do west")
    west.response(blocks=[text("west 1")], output=16)
    session.tool_result("t1", "ok", tool_use_result=agent_result("aeast1"))
    session.tool_result("t2", "ok", tool_use_result=agent_result("awest1"))
    session.response(blocks=[text("Done.")], output=32)
    steps = told(history)
    assert outline(steps) == [
        "Look around",
        "Two at once.",
        "[east]",
        "  east 1",
        "  [deep]",
        "    deep 1",
        "  east 2",
        "[west]",
        "  west 1",
        "Done.",
    ]
    assert outputs(history, ask(asks_of(steps), "Look around")) == 63


@pytest.mark.parametrize("layout", ["nested", "sibling", "inline", "workflow", "progress"])
def test_every_layout_hangs_below_its_spawn(history: History, layout: str) -> None:
    session = history.session(FIRST)
    session.prompt("Look around", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("I send one."), spawn("t1", "east")])
    agent = session.subagent("aeast1", layout=layout)  # type: ignore[arg-type]
    agent.prompt("Do east")
    agent.response(blocks=[text("east")])
    session.tool_result("t1", "ok", tool_use_result=agent_result("aeast1"))
    session.response(blocks=[text("Done.")])
    assert outline(told(history)) == ["Look around", "I send one.", "[east]", "  east", "Done."]


def test_a_background_subagent_belongs_to_the_ask_that_spawned_it(history: History) -> None:
    """It goes on while the next ask is worked on, and ends after it."""
    session = history.session(FIRST)
    session.prompt("Start it", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("It runs."), spawn("t1", "long")], output=1)
    launched = {"isAsync": True, "status": "async_launched", "agentId": "along1", "description": "long"}
    session.tool_result("t1", "launched", tool_use_result=launched)
    agent = session.subagent("along1")
    agent.prompt("Do long")
    agent.response(blocks=[text("still")], output=10)
    session.prompt("Meanwhile", at="2026-06-01T10:01:00Z")
    session.response(blocks=[text("Yes.")], output=100)
    agent.response(blocks=[text("finished")], output=1000, at="2026-06-01T10:09:00Z")
    steps = told(history)
    assert outline(steps) == ["Start it", "It runs.", "[long]", "  still", "  finished", "Meanwhile", "Yes."]
    assert steps[2].subagent is not None
    assert steps[2].subagent.background
    asks = asks_of(steps)
    assert [outputs(history, ask(asks, words)) for words in ("Start it", "Meanwhile")] == [1011, 100]


def test_what_a_resumed_subagent_did_belongs_to_what_resumed_it(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("Go."), spawn("t1", "scout")], output=1)
    agent = session.subagent("ascout1")
    agent.prompt("Do scout")
    agent.response(blocks=[text("first half")], output=10)
    session.tool_result("t1", "ok", tool_use_result=agent_result("ascout1"))
    session.prompt("Go on", at="2026-06-01T10:05:00Z")
    session.response(blocks=[text("Again."), spawn("t2", "scout")], output=100)
    agent.response(blocks=[text("second half")], output=1000)
    session.tool_result("t2", "ok", tool_use_result=agent_result("ascout1"))
    steps = told(history)
    assert outline(steps) == [
        *("Start", "Go.", "[scout]", "  first half"),
        *("Go on", "Again.", "[scout*]", "  second half"),
    ]
    asks = asks_of(steps)
    assert [one.spawns for one in asks] == [1, 0]
    assert [outputs(history, ask(asks, words)) for words in ("Start", "Go on")] == [11, 1100]


def test_an_orphan_belongs_to_no_ask(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("One.")], output=1)
    orphan = session.subagent("aorphan")
    orphan.prompt("Who am I?")
    orphan.response(blocks=[text("alone")], output=10)
    session.response(blocks=[text("Two.")], output=100)
    steps = told(history)
    assert outline(steps) == ["Start", "One.", "[aorphan?]", "  alone", "Two."]
    asks = asks_of(steps)
    assert outputs(history, ask(asks, "Start")) == 101
    assert outputs(history, ask(asks, None)) == 10


def test_a_spawn_without_a_file_is_told_and_counts_nothing(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("Go."), spawn("t1", "lost")])
    session.tool_result("t1", "ok", tool_use_result=agent_result("alost1", total_tokens=5_000))
    steps = told(history)
    assert outline(steps) == ["Start", "Go.", "[lost]"]
    assert steps[2].subagent is not None
    assert (steps[2].subagent.thread, steps[2].subagent.reported_tokens) == (None, 5_000)


def test_what_was_copied_is_one_step_and_counts_in_its_original(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("One."), tool_use("t1", "Bash", {"command": "ls"})])
    session.tool_result("t1", "x")
    session.compaction()
    session.response(blocks=[text("Two.")])
    fork = session.fork(SECOND)
    fork.prompt("Another way", at="2026-06-01T11:00:00Z")
    fork.response(blocks=[text("Three.")])
    assert outline(told(history)) == ["Start", "One.", "auto", "Two."]
    steps = told(history, SECOND)
    assert outline(steps) == [FIRST, "Another way", "Three."]
    assert (steps[0].kind, steps[0].value) == ("copied", 2)
    assert [one.prompt.text for one in asks_of(steps) if one.prompt] == ["Another way"]


def test_t21_what_a_side_question_repeats_is_told_once(history: History) -> None:
    """Its file holds the main thread's rows again, and ends before the main thread does."""
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.system("api_error", error={"message": "overloaded"}, retryInMs=500.0, retryAttempt=1)
    session.response(blocks=[text("One."), tool_use("t1", "Bash", {"command": "ls"})])
    session.tool_result("t1", "x")
    session.compaction()
    aside = session.subagent("aside_question-1")
    aside.lines.extend({**row, "isSidechain": True, "agentId": aside.agent_id} for row in session.rows)
    aside.prompt("By the way?")
    aside.response(blocks=[text("Aside.")], output=10)
    session.response(blocks=[text("Two.")], output=1)
    steps = told(history)
    assert [(step.kind, step.agent_id) for step in steps if step.kind in ("api_error", "compaction")] == [
        ("api_error", ""),
        ("compaction", ""),
    ]
    assert outline(steps) == ["Start", "overloaded", "One.", "auto", "[aside_question-1?]", "  Aside.", "Two."]
    assert outputs(history, ask(asks_of(steps), None)) == 10


def test_compactions_pauses_errors_limits_and_interruptions_have_steps_of_their_own(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.system("api_error", error={"message": "overloaded"}, retryInMs=500.0, retryAttempt=1)
    session.response(blocks=[text("One.")])
    session.compaction(pre_tokens=155_000)
    session.response(blocks=[text("Two.")])
    session.user([text("[Request interrupted by user]")], {})
    history.wait(minutes=12)
    session.prompt("Go on")
    session.api_error("You have hit your session limit")
    steps = told(history)
    assert [step.kind for step in steps] == [
        *("prompt", "api_error", "response", "compaction", "response", "interrupted", "pause", "prompt", "limit"),
    ]
    assert steps[3].value == 155_000
    assert steps[6].value == 12 * 60_000 + 1_000  # to the next row's second


def test_what_happens_beside_responses_has_its_window_and_its_thread(history: History) -> None:
    """The subagent's own error is told in its own steps alone."""
    session = history.session(FIRST)
    long = "Fix the basket. " * 100
    session.prompt(long, at="2026-06-01T10:00:00Z")
    session.system("api_error", error={"message": "overloaded"}, retryAttempt=2)
    session.response(blocks=[text("One."), spawn("t1", "scout")])
    agent = session.subagent("ascout1")
    agent.system("api_error", error={"message": "busy"}, at="2026-06-01T10:00:03Z")
    agent.response(blocks=[text("inside")])
    session.tool_result("t1", "ok", tool_use_result=agent_result("ascout1"))
    session.compaction(at="2026-06-01T10:01:00Z", pre_tokens=7)
    session.response(blocks=[text("Two.")])
    session.prompt("Later", at="2026-06-01T11:00:00Z")
    steps = told(history, until=TEN + 1_800_000)
    assert [line[:20] for line in outline(steps)] == [
        *("Fix the basket. Fix ", "overloaded", "One.", "[scout]", "  busy", "  inside", "auto", "Two."),
    ]
    assert steps[0] == Step("prompt", TEN, text=long.strip())
    assert steps[1] == Step("api_error", TEN + 1_000, text="overloaded", value=2)
    assert steps[4] == Step("api_error", TEN + 3_000, "ascout1", depth=1, text="busy", value=0)
    assert steps[6] == Step("compaction", TEN + 60_000, text="auto", value=7)


def test_what_was_copied_is_not_told_again(history: History) -> None:
    """The error came before the copied response, the other one behind it."""
    session = history.session(FIRST)
    session.system("api_error", error={"message": "old"}, at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("One.")])
    fork = session.fork(SECOND)
    fork.system("api_error", error={"message": "new"})
    fork.response(blocks=[text("Two.")])
    assert outline(told(history, SECOND)) == [FIRST, "new", "Two."]


def test_each_resumption_has_its_part_from_its_own_moment_on(history: History) -> None:
    """What the subagent said without a time is of the last one."""
    session = history.session(FIRST)
    agent = session.subagent("ascout1")
    for number, minute in enumerate((0, 1, 2)):
        session.response(blocks=[text(f"{minute}:"), spawn(f"t{number}", "scout")], at=f"2026-06-01T10:0{minute}:00Z")
        agent.response(blocks=[text(f"at {minute}")], at=f"2026-06-01T10:0{minute}:01Z")  # of the call's row
        session.tool_result(f"t{number}", "ok", tool_use_result=agent_result("ascout1"))
    agent.response(blocks=[text("when?")], row={"timestamp": None})
    assert outline(told(history)) == [
        *("0:", "[scout]", "  at 0", "1:", "[scout*]", "  at 1", "2:", "[scout*]", "  at 2", "  when?"),
    ]


def test_a_gap_in_which_a_tool_ran_is_no_pause(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("t1", "Bash", {"command": "make"})], at="2026-06-01T10:00:00Z")
    session.tool_result("t1", "done", at="2026-06-01T10:20:00Z")
    session.response(blocks=[text("Built.")])
    assert [step.kind for step in told(history)] == ["response", "response"]


def test_what_happens_while_a_tool_runs_makes_no_pause_behind_it(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[tool_use("t1", "Bash", {"command": "make"})], at="2026-06-01T10:00:00Z")
    session.prompt("Still there?", at="2026-06-01T10:02:00Z")
    session.tool_result("t1", "done", at="2026-06-01T10:20:00Z")
    session.response(blocks=[text("Built.")], at="2026-06-01T10:21:00Z")
    assert outline(told(history)) == ["response", "Still there?", "Built."]


def test_a_gap_in_which_an_orphan_was_at_work_is_no_pause(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("One.")], at="2026-06-01T10:00:00Z")
    orphan = session.subagent("aorphan")
    for minute in (4, 8):
        orphan.response(blocks=[text(f"at {minute}")], at=f"2026-06-01T10:0{minute}:00Z")
    session.response(blocks=[text("Two.")], at="2026-06-01T10:12:00Z")
    assert outline(told(history)) == ["One.", "[aorphan?]", "  at 4", "  at 8", "Two."]


@pytest.mark.parametrize(("seconds", "is_pause"), [(300, False), (301, True)])
def test_a_pause_is_longer_than_five_minutes(history: History, seconds: int, is_pause: bool) -> None:  # noqa: FBT001
    session = history.session(FIRST)
    session.response(blocks=[text("One.")], at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("Two.")], at=f"2026-06-01T10:05:{seconds - 300:02}Z")
    pauses = [step for step in told(history) if step.kind == "pause"]
    assert pauses == [Step("pause", TEN, value=301_000)] * is_pause


def test_undated_responses_are_told_last_and_belong_to_no_ask(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("when?")], row={"timestamp": None}, output=5)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("One.")], output=1)
    steps = told(history)
    assert outline(steps) == ["Start", "One.", "when?"]
    assert outputs(history, ask(asks_of(steps), None)) == 5


def test_what_comes_before_the_first_prompt_belongs_to_no_ask(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("Hello.")], at="2026-06-01T10:00:00Z")
    session.prompt("Start")
    session.response(blocks=[text("One.")])
    asks = asks_of(told(history))
    assert [one.prompt.text if one.prompt else None for one in asks] == ["Start", None]


def test_a_window_and_a_model_leave_whole_what_they_let_through(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Start", at="2026-06-01T10:00:00Z")
    advice = [{"type": "advisor_message", "model": "claude-sonnet-4-5", "input_tokens": 7, "output_tokens": 3}]
    session.response(blocks=[text("One.")], iterations=advice)
    session.response(blocks=[text("Two.")], model="claude-sonnet-4-5")
    session.response(blocks=[text("Three.")], at="2026-06-01T12:00:00Z")
    assert len(told(history)) == 5  # a pause of two hours is one
    advised, second = (step for step in told(history, models=("sonnet",)) if step.kind == "response")
    assert (second.text, second.agent_id) == ("Two.", "")
    assert advised == Step("response", TEN + 1_000, messages=(3,))  # of the first only what another model did
    assert outline(told(history, since=NOW - 86_400_000 + 3_600_000)) == ["Three."]


def test_t41_a_retry_is_the_same_call_after_it_had_failed() -> None:
    def use(number: int, same: str, outcome: str) -> ToolUse:
        return ToolUse(
            f"t{number}", 0, None, "Bash", "", "", same, number, None, outcome, 0, 0, 0, created=False, error=""
        )

    calls = ["ls ok", "ls error", "cat ok", "ls error", "ls ok", "ls ok", "make denied", "make ok"]
    uses = [use(number, *call.split()) for number, call in enumerate(calls)]
    assert retries(uses) == {"t3", "t4"}


def test_an_ask_is_told_by_its_phases_and_its_outcome(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Fix it", at="2026-06-01T10:00:00Z")
    for number, name in enumerate(["Read", "Grep", "Edit", "Bash", "Bash"]):
        session.response(blocks=[text(f"{name}."), tool_use(f"t{number}", name)])
        session.tool_result(f"t{number}", "x")
    session.response(blocks=[text("All is well.")])
    (one,) = asks_of(told(history))
    assert phases_of(one.steps) == [("looked", 2), ("changed", 1), ("ran", 2), ("talked", 1)]
    assert one.outcome == "All is well."


def test_a_session_that_is_not_there_has_no_steps(history: History) -> None:
    history.session(FIRST).response()
    assert steps_of_session(seen(history), SECOND) == []


def test_a_window_in_which_subagents_only_spawned_each_other_tells_all_of_it(history: History) -> None:
    """The main thread spawned the first before it; the first spawned the second, and that went on with the first."""
    session = history.session(FIRST)
    session.response(blocks=[text("One."), tool_use("toolu_1", "Agent", {"prompt": "a1"})], at="2026-06-01T10:00:00Z")
    first, second = session.subagent("a1"), session.subagent("a2")
    first.response(blocks=[text("Two."), tool_use("toolu_2", "Agent", {"prompt": "a2"})], at="2026-06-01T11:00:00Z")
    second.response(blocks=[text("Three."), tool_use("toolu_3", "Agent", {"prompt": "a1"})], at="2026-06-01T12:00:00Z")
    second.tool_result("toolu_3", "Done.", tool_use_result=agent_result("a1"))
    first.tool_result("toolu_2", "Done.", tool_use_result=agent_result("a2"))
    session.tool_result("toolu_1", "Done.", tool_use_result=agent_result("a1"))
    everything = outline(told(history))
    assert [line.strip() for line in everything if line.strip() in ("One.", "Two.", "Three.")] == [
        "One.",
        "Two.",
        "Three.",
    ]
    session.response(blocks=[text("Four.")], at="2026-06-01T12:00:01Z")
    late = outline(told(history, since=TEN + 1_800_000))
    assert late.pop(0) == "Four."
    assert late == ["[a2?]", "  Three.", "  [a1]", "    Two."]  # nobody is left who spawned the second


def test_a_subagent_that_such_a_response_spawned_stands_below_it(history: History) -> None:
    """In a window that begins behind the spawn the subagent is an orphan."""
    session = history.session(FIRST)
    session.response(blocks=[text("One.")], at="2026-06-01T10:00:00Z")
    block = spawn("t1", "scout")
    row = {"message": {"id": "msg_x", "role": "assistant", "model": "claude-opus-4-8", "content": [block]}}
    session.response("msg_x", blocks=[block], row=row, at="2026-06-01T10:01:00Z")
    session.subagent("ascout1").response(blocks=[text("inside")], at="2026-06-01T10:02:00Z")
    session.tool_result("t1", "ok", tool_use_result=agent_result("ascout1"))
    assert outline(told(history)) == ["One.", "response", "[scout]", "  inside"]
    assert outline(told(history, since=TEN + 30_000)) == ["response", "[scout]", "  inside"]
    assert outline(told(history, since=TEN + 90_000)) == ["[scout?]", "  inside"]
    session.response(blocks=[text("Two.")], at="2026-06-01T10:03:00Z")
    assert outline(told(history, since=TEN + 90_000)) == ["[scout?]", "  inside", "Two."]


def test_copies_of_several_sessions_are_told_by_the_one_that_most_count_in(history: History) -> None:
    session = history.session(FIRST)
    for when in ("2026-06-01T10:00:00Z", "2026-06-01T10:00:05Z"):
        session.response(at=when)
    other = history.session(SECOND)
    other.response(at="2026-06-01T09:59:00Z")
    copy = history.session(THIRD)
    for row in (*other.rows, *session.rows):
        copy.append(row)
    copy.response(blocks=[text("New.")])
    steps = told(history, THIRD)
    assert steps[0] == Step("copied", TEN - 60_000, text=FIRST, value=3)
    assert outline(steps) == [FIRST, "New."]


def test_a_call_that_only_a_copy_holds_is_told_where_its_response_counts(history: History) -> None:
    """The first session's file has lost the row with the call, which the second, a copy, holds."""
    session = history.session(FIRST)
    session.response(blocks=[text("Go."), spawn("toolu_1", "scout")], at="2026-06-01T10:00:00Z")
    fork = session.fork(SECOND)
    session.lines.pop()
    fork.tool_result("toolu_1", "ok", tool_use_result=agent_result("ascout1"), at="2026-06-01T10:01:00Z")
    session.subagent("ascout1").response(blocks=[text("inside")], at="2026-06-01T10:00:30Z")
    everything = accounting.History(store_of(history, facets=FACETS), Scope(NOW, zone=UTC), pricer(history.root))
    first = steps_of_session(everything, FIRST)
    assert outline(first) == ["Go.", "[scout]", "  inside"]
    assert [use.tool.id for step in first for use in step.uses] == ["toolu_1"]
    assert outline(steps_of_session(everything, SECOND)) == [FIRST]


def test_a_call_whose_own_row_has_no_time_is_in_the_window_of_its_response(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("Go."), spawn("t1", "scout")], at="2026-06-01T10:00:00Z")
    session.rows[-1]["timestamp"] = None
    session.subagent("ascout1").response(blocks=[text("inside")], at="2026-06-01T10:00:30Z")
    session.tool_result("t1", "ok", tool_use_result=agent_result("ascout1"))
    assert outline(told(history, since=TEN)) == ["Go.", "[scout]", "  inside"]


def test_what_happened_at_the_moment_of_the_last_copied_response_is_copied(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("One.")], at="2026-06-01T10:00:00Z")
    session.system("api_error", error={"message": "overloaded"}, at="2026-06-01T10:00:00Z")
    session.compaction(at="2026-06-01T10:00:00Z")
    fork = session.fork(SECOND)
    for number, row in enumerate(fork.rows):
        row["uuid"] = f"copied-{number}"
    fork.system("api_error", error={"message": "busy"}, at="2026-06-01T10:00:00.001Z")
    fork.compaction(trigger="manual", at="2026-06-01T10:00:00.002Z")
    fork.response(blocks=[text("Two.")], at="2026-06-01T10:00:01Z")
    assert outline(told(history, SECOND)) == [FIRST, "busy", "manual", "Two."]


def test_every_step_of_a_subagent_names_it(history: History) -> None:
    """Also its compaction, a request that another model made inside its response, and a call without a response."""
    session = history.session(FIRST)
    session.response(blocks=[spawn("t1", "scout")], at="2026-06-01T10:00:00Z")
    agent = session.subagent("ascout1")
    advice = [{"type": "advisor_message", "model": "claude-sonnet-4-5", "input_tokens": 7, "output_tokens": 3}]
    agent.response(blocks=[text("inside")], iterations=advice, at="2026-06-01T10:00:10Z")
    agent.compaction(at="2026-06-01T10:00:20Z")
    block = tool_use("t2", "Bash", {"command": "ls"})
    row = {"message": {"id": "msg_x", "role": "assistant", "model": "claude-opus-4-8", "content": [block]}}
    agent.response("msg_x", blocks=[block], row=row, at="2026-06-01T10:00:30Z")
    session.tool_result("t1", "ok", tool_use_result=agent_result("ascout1"))
    first, *inside = told(history)
    assert first.agent_id == ""
    kinds = ["subagent", "response", "compaction", "response"]
    assert [(step.kind, step.agent_id) for step in inside] == [(kind, "ascout1") for kind in kinds]
    (advised,) = [step for step in told(history, models=("sonnet",)) if step.messages]
    assert (advised.kind, advised.agent_id) == ("response", "ascout1")


def test_copies_without_a_time_have_none(history: History) -> None:
    session = history.session(FIRST)
    session.response(row={"timestamp": None})
    session.fork(SECOND, rewrite_session_id=False).response(blocks=[text("New.")])
    steps = told(history, SECOND)
    assert [(step.kind, step.time, step.text) for step in steps[1:]] == [("copied", None, FIRST)]


def test_a_subagent_that_was_resumed_nobody_knows_when_keeps_what_it_did_to_its_first_spawn(history: History) -> None:
    session = history.session(FIRST)
    session.response(blocks=[text("Go."), spawn("t1", "scout")], at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("Again."), spawn("t2", "scout")], row={"timestamp": None})
    session.subagent("ascout1").response(blocks=[text("inside")], at="2026-06-01T10:01:00Z")
    for use in ("t1", "t2"):
        session.tool_result(use, "ok", tool_use_result=agent_result("ascout1"))
    assert outline(told(history)) == ["Go.", "[scout]", "  inside", "Again.", "[scout*]"]


def test_a_tool_used_by_a_response_that_counts_nowhere_is_a_step(history: History) -> None:
    """Its row has no figures; what it did is known by thread and time, and is in no window that ended before."""
    session = history.session(FIRST)
    session.response(blocks=[text("One.")], at="2026-06-01T10:00:00Z")
    block = tool_use("toolu_1", "Bash", {"command": "ls"})
    row = {"message": {"id": "msg_x", "role": "assistant", "model": "claude-opus-4-8", "content": [block]}}
    session.response("msg_x", blocks=[block], row=row, at="2026-06-01T10:10:00Z")
    found = [(step.messages, [use.tool.what for use in step.uses]) for step in told(history) if step.kind == "response"]
    assert found == [((0,), []), ((), ["ls"])]
    early = told(history, until=TEN + 60_000)
    assert [step.messages for step in early if step.kind == "response"] == [(0,)]
    (late,) = told(history, since=TEN + 60_000)
    assert (late.kind, late.time, late.agent_id) == ("response", TEN + 600_000, "")
    assert [use.retry for use in late.uses] == [False]
