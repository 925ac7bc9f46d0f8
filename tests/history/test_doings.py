"""What was done beside responses, by session; how a session grew; the lives of its subagents: all counted by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC
from typing import Any

from tests.history import NOW, pricer
from tests.ingest import FIRST, SECOND, TEN, store_of
from tests.transcripts import History, iteration, text, tool_use
from tokenscope.answers.session.context_growth import Point, growth_of
from tokenscope.behaviour.asks import asks_of, phases_of
from tokenscope.behaviour.session_steps import steps_of_session
from tokenscope.behaviour.subagent_work import find_candidates, lives
from tokenscope.behaviour.tool_sums import sum_tool_uses
from tokenscope.history import history as accounting
from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import activity_by_session
from tokenscope.model import Facet
from tokenscope.names import server_of
from tokenscope.scope import Scope
from tokenscope.store import ToolUse

DENIED = "The user doesn't want to proceed with this tool use. The tool use was rejected."
LINK = "https://github.com/ada/shop/pull/7"


def seen(history: History, *, until: int | None = None, models: tuple[str, ...] = ()) -> accounting.History:
    store = store_of(history, facets=Facet.TITLES | Facet.TOOLS)
    return accounting.History(store, Scope(NOW, until=until, models=models, zone=UTC), pricer(history.root))


def test_activity_is_counted_by_session(history: History) -> None:
    """Six tool uses: a commit, one that failed, two denials, a pull request with a link and one without."""
    session = history.session(FIRST)
    for number, (command, said, is_error) in enumerate(
        (
            ("git commit -m one", "[main 1] one", False),
            ("git commit -m two", "Exit code 1", True),
            ("rm a", DENIED, True),
            ("rm b", DENIED, True),
            ("gh pr create", LINK, False),
            ("gh pr create", "done", False),
        )
    ):
        session.response(blocks=[tool_use(f"t{number}", "Bash", {"command": command})])
        session.tool_result(f"t{number}", said, is_error=is_error)
    history.session(SECOND).prompt("Later", at="2026-06-01T11:00:00Z")
    found = activity_by_session(seen(history))
    assert set(found) == {FIRST, SECOND}
    one = found[FIRST]
    assert (one.tool_uses, one.errors, one.denied, one.commits) == (6, 1, 2, 1)
    assert one.pull_requests == {LINK, "1"}  # one was there before it
    assert sorted(one.times) == [TEN + 1_000 * second for second in range(12)]
    assert found[SECOND].times == [TEN + 3_600_000]


def test_activity_outside_a_window_are_left_out(history: History) -> None:
    session = history.session(FIRST)
    for use, at in (("t1", "2026-06-01T10:00:00Z"), ("t2", "2026-06-01T12:00:00Z")):
        session.response(blocks=[tool_use(use, "Bash", {"command": "git commit -m x"})], at=at)
        session.tool_result(use, "[main 1] x")
    found = activity_by_session(seen(history, until=TEN + 3_600_000))
    assert (found[FIRST].tool_uses, found[FIRST].commits) == (1, 1)


def test_prompts_have_their_window_and_undated_ones_none(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("When?", row={"timestamp": None})
    session.prompt("Now", at="2026-06-01T10:00:00Z")
    session.response()
    session.prompt("Later", at="2026-06-01T12:00:00Z")
    session.response()
    assert [one.words for one in Activity(seen(history)).prompts] == ["Now", "Later", "When?"]
    assert [one.words for one in Activity(seen(history, until=TEN + 3_600_000)).prompts] == ["Now"]


def test_a_prompt_is_a_copy_up_to_the_last_copied_response(history: History) -> None:
    """A copy that gave its rows ids of their own: the prompt of the same moment is one, that of the next is not."""
    session = history.session(FIRST)
    session.prompt("One", at="2026-06-01T10:00:00.000Z")
    session.response("msg_1", at="2026-06-01T10:00:00.000Z")
    fork = session.fork(SECOND)
    for number, row in enumerate(fork.rows):
        row["uuid"] = f"copied-{number}"
    fork.prompt("Two", at="2026-06-01T10:00:00.001Z")
    fork.response("msg_2")
    found = Activity(seen(history)).prompts
    assert [(one.session_id, one.words) for one in found] == [(FIRST, "One"), (SECOND, "Two")]


def test_tool_uses_are_summed_by_server(history: History) -> None:
    """Two calls of a server that failed alike, one that did not and took no time, and one by a subagent."""
    session = history.session(FIRST)
    names = ("mcp__shop__get__price", "mcp__shop__buy", "mcp__shop__buy", "Read")
    for number, name in enumerate(names):
        at = f"2026-06-01T10:0{number}:00Z"
        session.response(blocks=[tool_use(f"t{number}", name)], at=at)
        session.tool_result(f"t{number}", "no stock", is_error=number < 2, at=at)
    agent = session.subagent("a1")
    for number in (8, 9):
        agent.response(blocks=[tool_use(f"t{number}", "mcp__shop__buy")], at="2026-06-01T10:08:00Z")
        agent.tool_result(f"t{number}", "sold", at="2026-06-01T10:08:10Z")
    asked = seen(history)
    groups: dict[str, list[ToolUse]] = defaultdict(list)
    for use in Activity(asked).tool_uses:
        groups[server_of(use.name)].append(use)
    found = sum_tool_uses(asked, groups)
    assert set(found) == {"shop"}
    shop = found["shop"]
    assert (shop.calls, shop.subagent_calls, shop.errors.total(), shop.sessions) == (5, 2, 2, {FIRST})
    assert list(shop.errors.values()) == [2]
    assert shop.median_duration_ms == 0  # of 0, 0, 0, 10,000 and 10,000


def test_a_prompt_without_an_answer_is_no_models(history: History) -> None:
    session = history.session(FIRST, model="claude-opus-4-8")
    session.prompt("One", at="2026-06-01T10:00:00Z")
    session.response()
    session.prompt("Two")
    assert [one.words for one in Activity(seen(history, models=("opus",))).prompts] == ["One"]
    assert [one.words for one in Activity(seen(history)).prompts] == ["One", "Two"]


def test_what_was_done_is_the_models_whose_response_it_goes_with(history: History) -> None:
    """A prompt goes with the response behind it, a commit with the one before it; other sessions' are theirs."""
    session = history.session(FIRST)
    for number, (model, minute) in enumerate(
        (("claude-opus-4-8", 0), ("claude-sonnet-4-5", 10), ("claude-opus-4-8", 20))
    ):
        session.prompt(f"prompt {number}", at=f"2026-06-01T10:{minute:02}:00Z")
        commit = tool_use(f"t{number}", "Bash", {"command": f"git commit -m {number}"})
        session.response(blocks=[commit], model=model, at=f"2026-06-01T10:{minute:02}:01Z")
        session.tool_result(f"t{number}", f"[main abc000{number}] {number}", at=f"2026-06-01T10:{minute:02}:02Z")
    other = history.session(SECOND)
    other.prompt("elsewhere", at="2026-06-01T10:05:00Z")
    other.response(model="claude-sonnet-4-5", at="2026-06-01T10:05:01Z")

    def done(**scope: Any) -> tuple[list[str], list[int]]:
        activity = Activity(seen(history, **scope))
        return [one.words for one in activity.prompts], [
            ((one.time or 0) - TEN) // 60_000 for one in activity.operations
        ]

    assert done(models=("opus",)) == (["prompt 0", "prompt 2"], [0, 20])
    assert done(models=("sonnet",)) == (["elsewhere", "prompt 1"], [10])
    until = TEN + 15 * 60_000
    assert done(models=("opus",), until=until) == (["prompt 0"], [0])
    assert done(until=until) == (["prompt 0", "elsewhere", "prompt 1"], [0, 10])


def test_tools_that_nobody_knows_are_phases_of_their_own(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    for name in ("Read", "mcp__shop__price", "mcp__shop__price", "Paint"):
        session.response(blocks=[tool_use(f"t{history.count()}", name)])
    (ask,) = asks_of(steps_of_session(seen(history), FIRST))
    assert phases_of(ask.steps) == [("looked", 1), ("mcp__shop__price", 2), ("Paint", 1)]


# --- growth ---


def test_a_session_grows_by_the_responses_of_its_main_thread(history: History) -> None:
    """Neither its subagents' nor requests inside a response (T28), nor copies, nor what has no place in time."""
    session = history.session(FIRST)
    session.response(input=100, at="2026-06-01T10:00:00Z")
    session.subagent("a1").response(input=7)
    session.response(input=200, iterations=[iteration("advisor_message", input=5)], at="2026-06-01T10:01:00Z")
    session.response(input=300, row={"timestamp": None})
    found = seen(history)
    threads = found.store.sessions[FIRST].threads
    assert growth_of(found, threads) == [
        Point(TEN, 100, rebuilt=0, compacted=False),
        Point(TEN + 60_000, 200, rebuilt=0, compacted=False),
    ]
    fork = session.fork(SECOND)
    fork.response(input=400, at="2026-06-01T11:00:00Z")
    found = seen(history)
    assert growth_of(found, found.store.sessions[SECOND].threads) == [
        Point(TEN + 3_600_000, 400, rebuilt=0, compacted=False)
    ]


def test_a_compaction_marks_the_response_behind_it(history: History) -> None:
    """The one before the first response replaced nothing; the last is of the same moment as its response."""
    session = history.session(FIRST)
    session.compaction(at="2026-06-01T10:00:00Z")
    session.response(input=100, at="2026-06-01T10:01:00Z")
    session.response(input=200, at="2026-06-01T10:02:00Z")
    session.compaction(at="2026-06-01T10:03:00Z")
    session.response(input=50, at="2026-06-01T10:03:00Z")
    found = seen(history)
    points = growth_of(found, found.store.sessions[FIRST].threads)
    assert [(point.context_tokens, point.compacted) for point in points] == [(100, False), (200, False), (50, True)]


def test_several_compactions_before_one_response_mark_it_once(history: History) -> None:
    """Two behind the second response, none behind the third, one behind the fourth, and one that no response follows."""
    session = history.session(FIRST)
    for minute, size in enumerate((100, 200, 50, 60, 70)):
        session.response(input=size, at=f"2026-06-01T10:0{minute}:00Z")
        for second in {1: (10, 20), 3: (10,)}.get(minute, ()):
            session.compaction(at=f"2026-06-01T10:0{minute}:{second}Z")
    session.compaction(at="2026-06-01T10:09:00Z")
    found = seen(history)
    points = growth_of(found, found.store.sessions[FIRST].threads)
    assert [point.compacted for point in points] == [False, False, True, False, True]


def test_what_the_cache_had_lost_is_told_with_its_response(history: History) -> None:
    """The second response reads 4,000 of 10,000 tokens and writes the other 6,000 again."""
    session = history.session(FIRST)
    session.response(input=0, cache_write=10_000, at="2026-06-01T10:00:00Z")
    session.response(input=0, cache_read=4_000, cache_write=6_700, at="2026-06-01T10:01:00Z")
    found = seen(history)
    points = growth_of(found, found.store.sessions[FIRST].threads)
    assert [(point.context_tokens, point.rebuilt) for point in points] == [(10_000, 0), (10_700, 6_000)]


def test_the_main_thread_is_found_wherever_it_stands(history: History) -> None:
    session = history.session(FIRST)
    session.response(input=100)
    session.subagent("a1").response(input=7)
    found = seen(history)
    for threads in ([0, 1], [1, 0]):
        assert [point.context_tokens for point in growth_of(found, threads)] == [100]


# --- subagents ---


def test_lives_are_in_the_order_of_time_and_undated_responses_last(history: History) -> None:
    """A spawn that left no file, before all others, has no life and hides none."""
    session = history.session(FIRST)
    session.response(blocks=[tool_use("t0", "Agent", {"prompt": "x", "description": "lost"})])
    agent = session.subagent("a1")
    agent.response("msg_when", row={"timestamp": None})
    agent.response("msg_late", at="2026-06-01T10:02:00Z")
    agent.response("msg_early", at="2026-06-01T10:01:00Z")
    found = seen(history)
    (life,) = lives(found)
    assert [found.store.messages[index].id for index in life.messages] == ["msg_early", "msg_late", "msg_when"]
    assert life.parent is None


def test_a_subagent_outside_the_window_has_no_life_in_it_and_hides_none(history: History) -> None:
    session = history.session(FIRST)
    session.response(at="2026-06-01T10:00:00Z")
    for name, hour in (("a1", 12), ("a2", 10), ("a3", 12)):
        session.subagent(name).response(at=f"2026-06-01T{hour}:01:00Z")
    assert [one.subagent.agent_id for one in lives(seen(history))] == ["a1", "a2", "a3"]
    assert [one.subagent.agent_id for one in lives(seen(history, until=TEN + 3_600_000))] == ["a2"]


def test_the_first_of_the_same_by_time_is_no_repetition(history: History) -> None:
    session = history.session(FIRST)
    blocks = [tool_use(f"t{one}", "Agent", {"prompt": "Look around", "description": "look"}) for one in "abc"]
    session.response(blocks=[text("Three."), *blocks], at="2026-06-01T10:00:00Z")
    for name, minute in (("aa", 3), ("ab", 2), ("ac", 1)):
        agent = session.subagent(name)
        agent.prompt("Look around", at=f"2026-06-01T10:0{minute}:00Z")
        agent.response(at=f"2026-06-01T10:0{minute}:30Z")
        session.tool_result(f"t{name[1]}", "ok", tool_use_result={"agentId": name})
    found = seen(history)
    repeated = [one for one in find_candidates(found, lives(found)) if one.kind == "repeated"]
    assert [one.life.subagent.agent_id for one in repeated] == ["ab", "aa"]
    assert [one.figures for one in repeated] == [(3,), (3,)]


def test_subagents_of_which_no_spawn_tells_are_no_repetition(history: History) -> None:
    session = history.session(FIRST)
    session.response()
    for name in ("aa", "ab", "ac"):
        session.subagent(name).response()
    found = seen(history)
    assert len(lives(found)) == 3
    assert [one.kind for one in find_candidates(found, lives(found))] == []
