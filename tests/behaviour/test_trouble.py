"""Loops, failing stretches, retries, denials and interruptions, counted by hand; each response in one of them alone."""

from __future__ import annotations

from datetime import UTC

import pytest

from tests.history import NOW, pricer
from tests.ingest import FIRST, SECOND, TEN, store_of
from tests.transcripts import History, Thread, text, tool_use
from tokenscope.answers.activity.failure_costs import measure_trouble
from tokenscope.behaviour.failures import Trouble, find_trouble
from tokenscope.behaviour.runs import runs_of
from tokenscope.history import history as accounting
from tokenscope.model import Facet
from tokenscope.scope import Scope

DENIED = "The user doesn't want to proceed with this tool use. The tool use was rejected."


def seen(history: History) -> accounting.History:
    store = store_of(history, facets=Facet.TITLES | Facet.TOOLS)
    return accounting.History(store, Scope(NOW, zone=UTC), pricer(history.root))


def calls(thread: Thread, *commands: str, fails: str = "") -> None:
    """One response a command; those among `fails` by number fail."""
    for number, command in enumerate(commands):
        use = f"toolu_{thread.history.count()}"
        thread.response(blocks=[tool_use(use, "Bash", {"command": command})], output=10)
        thread.tool_result(
            use, "Exit code 1" if str(number) in fails.split() else "x", is_error=str(number) in fails.split()
        )


def found(history: History, kind: str) -> list[Trouble]:
    return [one for one in find_trouble(seen(history)) if one.kind == kind]


@pytest.mark.parametrize(
    ("commands", "loops"),
    [
        ("a a a a", [(4, 4)]),
        ("a b a c a a", [(4, 6)]),  # four of six that follow each other
        ("a b b a b a b a", [(4, 6)]),  # b: places 1 2 4 6; a: places 0 3 5 7, which are eight apart
        ("a a a b b b c", []),
        ("a a a b c d a", []),  # four, but of seven
        ("a a a a b b a a a a", [(8, 10)]),  # runs that overlap are one
        ("a a a a b c d e f g a a a a", [(4, 4), (4, 4)]),
        ("a a a b c a d a a a", [(7, 10)]),  # places 0 1 2 5 and 5 7 8 9 share one call
    ],
)
def test_a_loop_is_the_same_call_four_times_in_six(
    history: History, commands: str, loops: list[tuple[int, int]]
) -> None:
    calls(history.session(FIRST), *commands.split())
    assert [(one.times, one.calls) for one in found(history, "loop")] == loops


@pytest.mark.parametrize(("tool", "loops"), [("BashOutput", 0), ("TaskOutput", 0), ("Bash", 1)])
def test_asking_how_far_a_background_task_is_is_no_loop(history: History, tool: str, loops: int) -> None:
    session = history.session(FIRST)
    for place in range(8):
        session.response(blocks=[tool_use(f"toolu_{place}", tool, {"bash_id": "b1"})])
        session.tool_result(f"toolu_{place}", "still running")
    assert len(found(history, "loop")) == loops


def test_a_loop_is_one_thread_s(history: History) -> None:
    session = history.session(FIRST)
    agent = session.subagent("a1")
    for _ in range(3):
        calls(session, "a")
        calls(agent, "a")
    assert found(history, "loop") == []


@pytest.mark.parametrize(("failures", "stretches"), [(4, []), (5, [(5, 17)])])
def test_more_than_a_fifth_of_twenty_calls_failing(
    history: History, failures: int, stretches: list[tuple[int, int]]
) -> None:
    """Every fourth call fails, from the first on; all are different."""
    fails = " ".join(str(number * 4) for number in range(failures))
    calls(history.session(FIRST), *(f"c{number}" for number in range(24)), fails=fails)
    assert [(one.times, one.calls) for one in found(history, "failing")] == stretches


def test_retries_denials_and_interruptions(history: History) -> None:
    session = history.session(FIRST)
    calls(session, "make", "make", fails="0")
    session.response("msg_denied", blocks=[tool_use("t1", "Bash", {"command": "rm -r /"})], output=3)
    session.tool_result("t1", DENIED, is_error=True)
    session.response("msg_stopped", blocks=[text("I will now")], output=5)
    session.user([text("[Request interrupted by user]")], {})
    history_seen = seen(history)
    by_kind = {one.kind: one for one in find_trouble(history_seen)}
    assert set(by_kind) == {"retry", "denied", "interrupted"}
    ids = {kind: [history_seen.store.messages[index].id for index in one.messages] for kind, one in by_kind.items()}
    assert (ids["denied"], ids["interrupted"]) == (["msg_denied"], ["msg_stopped"])
    assert {one.calls for kind, one in by_kind.items() if kind != "interrupted"} == {1}
    report = measure_trouble(history_seen)
    assert (report.tool_uses, report.errors) == (3, 1)  # what a person denies is no error of the tool


def test_an_interruption_is_of_the_response_before_it(history: History) -> None:
    """Of none where nothing came before it, and of one of the same moment; what follows is not interrupted yet."""
    session, stopped = history.session(FIRST), "[Request interrupted by user]"
    session.user([text(stopped)], {}, at="2026-06-01T10:00:00Z")
    session.response("msg_1", at="2026-06-01T10:00:01Z")
    session.user([text(stopped)], {}, at="2026-06-01T10:00:01Z")
    session.response("msg_2", at="2026-06-01T10:00:02Z")
    assert found(history, "interrupted") == [
        Trouble("interrupted", 0, "", stopped, 1, 0, TEN, TEN, ()),
        Trouble("interrupted", 0, "", stopped, 1, 0, TEN + 1_000, TEN + 1_000, (0,)),
    ]
    store = seen(history).store
    assert store.messages[0].id == "msg_1"
    scope = Scope(NOW, models=("sonnet",), zone=UTC)
    others = find_trouble(accounting.History(store, scope, pricer(history.root)))
    assert others == []  # the second is another model's, the first no model's


def test_errors_of_the_api_are_no_responses_and_have_their_window(history: History) -> None:
    session = history.session(FIRST)
    for at in ("2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z"):
        session.response(at=at)
        session.system("api_error", error={"message": "overloaded"}, retryAttempt=1)
    store = seen(history).store
    early, late = Scope(NOW, until=TEN + 3_600_000, zone=UTC), Scope(NOW, since=TEN + 3_600_000, zone=UTC)
    for scope, time in ((early, TEN + 1_000), (late, TEN + 7_201_000)):
        (one,) = find_trouble(accounting.History(store, scope, pricer(history.root)))
        assert one == Trouble("api_error", 0, "", "overloaded", 1, 0, time, time, ())


def test_a_response_counts_in_one_finding(history: History) -> None:
    """Five failures of one call are a loop, a failing stretch and four retries."""
    calls(history.session(FIRST), *["make"] * 5, fails="0 1 2 3 4")
    report = measure_trouble(seen(history))
    assert {kind.kind: (kind.found, kind.usage.output_tokens) for kind in report.kinds} == {
        "loop": (1, 50),
        "failing": (1, 0),
        "retry": (4, 0),
    }
    assert sum(one.usage.output_tokens for one in report.findings) == 50


def test_a_finding_says_what_it_was_and_when(history: History) -> None:
    """A row a second: the call at 0 s, its result at 1 s, the next call at 2 s."""
    calls(history.session(FIRST), *["make"] * 4)
    (loop,) = found(history, "loop")
    assert loop[2:8] == ("Bash", "make", 4, 4, TEN, TEN + 7_000)
    assert loop.messages == (0, 1, 2, 3)


def test_what_failing_calls_have_in_common(history: History) -> None:
    session = history.session(FIRST)
    calls(session, *"zabcde", fails="1 2 3 4 5")
    other = history.session(SECOND)
    calls(other, *"abcd", fails="0 1 2 3")
    other.response(blocks=[tool_use("t1", "Read", {"file_path": "/x"})])
    other.tool_result("t1", "no such file", is_error=True)
    assert [one[2:6] for one in found(history, "failing")] == [("Bash", "", 5, 5), ("", "", 5, 5)]


def test_a_finding_without_times_has_none(history: History) -> None:
    session, undated = history.session(FIRST), {"timestamp": None}
    for number in range(4):
        session.response(blocks=[tool_use(f"t{number}", "Bash", {"command": "make"})], row=undated)
        session.tool_result(f"t{number}", "x", row=undated)
    (loop,) = found(history, "loop")
    assert (loop.times, loop.started, loop.ended) == (4, None, None)


def test_errors_of_the_api_cost_what_nobody_knows(history: History) -> None:
    session = history.session(FIRST)
    for attempt in (1, 2):
        session.system("api_error", error={"message": "overloaded"}, retryInMs=500.0, retryAttempt=attempt)
    session.response()
    session.api_error("API Error: 529 overloaded")
    kinds = {kind.kind: kind for kind in measure_trouble(seen(history)).kinds}
    assert kinds["api_error"].times == 2
    assert kinds["api_message"].times == 1
    assert kinds["api_error"].usage.total_tokens == 0


def test_sessions_are_a_run_where_the_log_says_so(history: History) -> None:
    first = history.session(FIRST)
    first.response(output=1)
    fork = first.fork(SECOND)
    fork.response(output=2)
    past = history.session("past")
    past.response(output=4)
    past.append({"type": "continued-in", "sessionId": "past", "continuedInSessionId": "next"})
    history.session("next").response(output=8)
    alone = history.session("alone")
    alone.response(output=16)
    alone.subagent("a1", layout="workflow").response(output=32)
    runs = {run.kind: run for run in runs_of(seen(history))}
    assert {kind: run.tally.sums[1] for kind, run in runs.items()} == {
        "fork": 3,
        "continued": 12,
        "workflow": 32,
        "alone": 16,
    }
    assert runs["fork"].session_ids == (FIRST, SECOND)
    assert runs["continued"].session_ids == ("past", "next")
    assert runs["workflow"].subagents == 1
    assert runs["alone"].name == ""
    # 32 + 1 tokens, 12 + 2, 3 + 2 and, although it holds more than the last two, what belongs to no run.
    assert [run.kind for run in runs_of(seen(history))] == ["workflow", "continued", "fork", "alone"]


def test_a_family_goes_by_the_responses_that_it_shares(history: History) -> None:
    """One session went on in another that has a fork: the three are one run, and forks are its kind."""
    history.session("a").response("msg_1", output=1, at="2026-06-01T10:00:00Z")
    history.session("a").append({"type": "continued-in", "sessionId": "a", "continuedInSessionId": "b"})
    second = history.session("b")
    second.response("msg_2", output=2)
    second.fork("c").response("msg_3", output=4)
    (run,) = runs_of(seen(history))
    assert (run.kind, run.name, run.session_ids, run.tally.sums[1]) == ("fork", "a", ("a", "b", "c"), 7)


def test_a_run_is_told_by_what_joined_its_first_sessions(history: History) -> None:
    """The second session is a continuation, the third a fork of it: what holds the same responses is known first."""
    history.session("a").response("msg_1", output=1)
    second = history.session("b")
    second.append(history.session("a").rows[0])
    second.response("msg_3", output=1, row={"timestamp": None})
    history.session("c").append(second.rows[1])
    history.session("c").response("msg_2", output=1)
    history.session("a").append({"type": "continued-in", "sessionId": "a", "continuedInSessionId": "b"})
    (run,) = runs_of(seen(history))
    assert (run.kind, run.name) == ("fork", "a")
    assert run.session_ids == ("a", "c", "b")  # b's only response has no time
