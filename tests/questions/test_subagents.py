"""Subagents: what each used, who spawned whom, and which stand out, each token claimed once.

At the tests' prices a million tokens of Opus cost: input $10, cache write $20, cache read $1, output $50; of Sonnet
$2, $4, $0.50, $10.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import ask
from tests.ingest import FIRST, SECOND
from tests.transcripts import History, Session, Subagent, Thread, agent_result, iteration, text, tool_use
from tokenscope.behaviour.light_stretches import MIDDLE, find_stretches
from tokenscope.behaviour.subagent_work import find_candidates, lives
from tokenscope.history.history import History as Seen
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope

OPUS, SONNET, HAIKU = "claude-opus-4-8", "claude-sonnet-4-5", "claude-haiku-4-5"


def report_of(root: Path, *words: object) -> dict[str, Any]:
    return ask("subagents", "--json", "--tz", "UTC", *words, root=root).report


def rows(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["agent_id"]: row for row in report["subagents"]}


def spawn(
    parent: Thread, session: Session, agent_id: str, told: str, *, kind: str = "Explore", background: bool = False
) -> Subagent:
    """A call of the Task tool, its subagent with one response so far, and its result."""
    reference = f"toolu_{agent_id}_{session.history.count()}"
    given: dict[str, object] = {"prompt": told, "description": told[:20], "subagent_type": kind}
    given |= {"run_in_background": True} if background else {}
    parent.response(
        input=0, cache_read=10_000, cache_write=9_000, output=900, blocks=[tool_use(reference, "Task", given)]
    )
    agent = session.subagent(agent_id)
    assert isinstance(agent, Subagent)
    agent.prompt(told)
    parent.tool_result(reference, "found", tool_use_result=agent_result(agent_id, total_tokens=777, tool_uses=3))
    return agent


@pytest.fixture
def session(history: History) -> Session:
    session = history.session(FIRST, model=OPUS)
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    return session


def test_one_row_a_subagent(session: Session) -> None:
    """Its responses: 12,000 written, 100 out; then 12,000 read, 3,000 written, 200 out, ten minutes later."""
    agent = spawn(session, session, "a1111111", "Look for other baskets", background=True)
    agent.model = SONNET
    agent.response(input=0, cache_write=12_000, output=100, blocks=[tool_use("toolu_r", "Read", {"file_path": "/a"})])
    agent.tool_result("toolu_r", "a")
    agent.response(input=0, cache_read=12_000, cache_write=3_000, output=200, at="2026-06-01T10:10:00Z")
    report = report_of(session.history.write())
    (row,) = report["subagents"]
    told = {name: row[name] for name in ("session_id", "agent_id", "agent_type", "kind", "run", "parent_agent_id", "background", "resumed", "prompt", "model", "tool_uses", "first_prompt_tokens", "peak_prompt_tokens", "reported_tokens")}  # fmt: skip
    assert told == {
        "session_id": FIRST,
        "agent_id": "a1111111",
        "agent_type": "Explore",
        "kind": "",
        "run": None,
        "parent_agent_id": None,
        "background": True,
        "resumed": 0,
        "prompt": "Look for other baske",
        "model": SONNET,
        "tool_uses": 1,
        "first_prompt_tokens": 12_000,
        "peak_prompt_tokens": 15_000,
        "reported_tokens": 777,
    }
    # 27,300 of the subagent; 19,900 of the response that spawned it.
    assert row["usage"]["total_tokens"] == report["total"]["total_tokens"] == 27_300
    assert row["share_of_session"] == report["share"] == pytest.approx(27_300 / 47_200, abs=1e-6)
    # $0.06 written, $0.006 read, $0.003 out
    assert row["usage"]["list_price_usd"] == 0.069
    assert row["duration_ms"] == 10 * 60_000 - 4_000  # it began at 10:00:04
    out = ask("subagents", "--no-color", root=session.history.root).out
    assert "1 subagent used 27.3K tokens, 58 % of all tokens." in out
    assert "1 ran in the background" in out


def test_groups_sum_to_the_total(session: Session) -> None:
    spawn(session, session, "a1111111", "one").response(input=10, cache_write=5_000, output=7, model=SONNET)
    mixed = spawn(session, session, "a2222222", "two", kind="Plan")
    mixed.response(input=10, cache_write=6_000, output=7, model=OPUS)
    mixed.response(input=10, cache_write=7_000, output=7, model=HAIKU)
    session.subagent("acompact-3333").response(input=10, cache_write=8_000, output=7, model=OPUS)
    session.subagent("aside_question-44").response(input=10, cache_write=9_000, output=7, model=OPUS)
    other = session.history.session(SECOND, cwd="/home/ada/blog", model=OPUS)
    spawn(other, other, "a5555555", "five").response(input=10, cache_write=10_000, output=7)
    report = report_of(session.history.write())
    assert report["total"]["total_tokens"] == 45_000 + 6 * 17
    for groups in ("subagents", "by_agent_type", "by_model", "by_session"):
        for name in ("total_tokens", "messages", "cache_creation_input_tokens"):
            assert sum(one["usage"][name] for one in report[groups]) == report["total"][name], groups
    assert [(one["agent_type"], one["kind"], one["subagents"]) for one in report["by_agent_type"]] == [
        ("Explore", "", 2),
        ("Plan", "", 1),
        (None, "side question", 1),
        (None, "compaction", 1),
    ]
    assert {one["model"]: one["subagents"] for one in report["by_model"]} == {OPUS: 4, SONNET: 1, HAIKU: 0}
    assert [(one["session_id"], one["subagents"]) for one in report["by_session"]] == [(FIRST, 4), (SECOND, 1)]
    out = ask("subagents", "--no-color", root=session.history.root).out
    assert (
        out.index("by type") < out.index("beside the conversation") < out.index("side question") < out.index("by model")
    )
    one_project = report_of(session.history.root, "--project", "blog")
    assert [row["agent_id"] for row in one_project["subagents"]] == ["a5555555"]


def test_nested_ones_and_workflows_are_a_tree(session: Session) -> None:
    outer = spawn(session, session, "a1111111", "outer")
    outer.response(input=0, cache_write=2_000, output=10)
    inner = spawn(outer, session, "a2222222", "inner", kind="Plan")
    inner.response(input=0, cache_write=3_000, output=10)
    spawn(inner, session, "a3333333", "innermost", kind="helper").response(input=0, cache_write=4_000, output=10)
    for number in (4, 5):
        session.subagent(f"a{number}{number}", layout="workflow").response(
            input=0, cache_write=number * 1_000, output=10
        )
    root = session.history.write()
    report = report_of(root)
    assert {name: row["parent_agent_id"] for name, row in rows(report).items()} == {
        "a1111111": None,
        "a2222222": "a1111111",
        "a3333333": "a2222222",
        "a44": None,
        "a55": None,
    }
    assert {row["run"] for row in report["subagents"]} == {None, "wf_0badcafe-001"}
    lines = ask("subagents", "--no-color", root=root).out.splitlines()
    card = lines[next(place for place, line in enumerate(lines) if "handed" in line and "peak" in line) + 1 :]
    tree = [line[3:27].rstrip() for line in card[:6]]
    assert tree == [
        "Explore",
        "  Plan",
        "    helper",
        "workflow wf_0badcafe-001",
        "  no type logged",
        "  no type logged",
    ]


def test_a_thousand_deep(session: Session) -> None:
    parent: Thread = session
    for number in range(1_200):
        agent = spawn(parent, session, f"a{number:07d}", f"told {number}")
        agent.response(input=0, cache_write=100, output=1)
        parent = agent
    answer = ask("subagents", "--no-color", "--all", root=session.history.write())
    assert (answer.code, answer.err) == (0, "")
    assert "1,200 subagents" in answer.out


def test_spawns_without_a_file_are_told_with_what_they_reported(session: Session) -> None:
    session.response(input=0, cache_write=5_000, output=5, blocks=[tool_use("toolu_1", "Agent", {"prompt": "gone", "subagent_type": "Plan"})])  # fmt: skip
    session.tool_result("toolu_1", "ok", tool_use_result=agent_result("c1111111", total_tokens=58_577, tool_uses=24))
    root = session.history.write()
    report = report_of(root)
    assert report["subagents"] == []
    assert report["total"]["total_tokens"] == 0
    assert report["missing"] == [
        {
            "session_id": FIRST,
            "agent_id": "c1111111",
            "agent_type": "Plan",
            "prompt": "gone",
            "background": False,
            "reported_tokens": 58_577,
            "reported_tool_uses": 24,
            "reported_ms": 1_000,
        }
    ]
    out = ask("subagents", "--no-color", root=root).out
    assert "No subagents here." in out
    assert "1 spawn left no file and is in no sum here; at the end its context was reported as" in out
    assert "58.6K" in out
    for words in (("--project", "nothing"), ("--until", "2026-05-01"), ("--session", "zzz")):
        assert report_of(root, *words)["missing"] == []


# --- what stands out ---


def found(root: Path, finding: str, *words: object) -> dict[str, dict[str, Any]]:
    return {one["agent_id"]: one for one in report_of(root, *words)["candidates"] if one["finding"] == finding}


def light(thread: Thread, count: int) -> None:
    for _ in range(count):
        thread.response(input=0, cache_read=10_000, cache_write=500, output=100)


def test_over_powered(session: Session) -> None:
    """A premium model, light all through. Its light responses are the audit's; what is left to claim is the first."""
    lightly = spawn(session, session, "a1111111", "easy")
    lightly.response(input=0, cache_write=10_000, output=100)
    light(lightly, 4)
    heavily = spawn(session, session, "a2222222", "hard")
    heavily.response(input=0, cache_write=10_000, output=100)
    light(heavily, 4)
    heavily.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000)
    cheaply = spawn(session, session, "a3333333", "cheap")
    cheaply.model = SONNET
    cheaply.response(input=0, cache_write=10_000, output=100)
    light(cheaply, 4)
    root = session.history.write()
    (one,) = found(root, "over-powered").values()
    assert (one["agent_id"], one["usage"]["messages"]) == ("a1111111", 5)
    assert one["usage"]["total_tokens"] == 10_100 + 4 * 10_600
    assert one["claimed"]["total_tokens"] == 10_100
    assert sorted(stretch["messages"] for stretch in ask("quota-audit", "--json", root=root).report["stretches"]) == [
        4,
        4,
    ]


@pytest.mark.parametrize(
    ("handed", "said", "is_found"), [(50_000, 1_000, True), (49_999, 1_000, False), (50_000, 1_001, False)]
)
def test_over_provisioned(session: Session, handed: int, said: int, is_found: bool) -> None:  # noqa: FBT001
    agent = spawn(session, session, "a1111111", "big")
    agent.response(input=0, cache_write=handed, output=5_000)
    agent.response(input=0, cache_read=handed, cache_write=6_000, output=said)
    candidates = found(session.history.write(), "over-provisioned")
    assert (candidates != {}) is is_found
    for one in candidates.values():
        assert (one["handed_tokens"], one["returned_tokens"]) == (handed, said)
        assert one["claimed"] == one["usage"]


def test_what_a_floor_said_is_estimated(session: Session) -> None:
    """2,900 and 2,910 bytes of text are 1,000 and 1,003 tokens, whatever the log's figure."""
    for number, size in enumerate((2_900, 2_910)):
        agent = spawn(session, session, f"a{number}", "big")
        agent.response(input=0, cache_write=60_000, output=1, stop_reason=None, blocks=[text("x" * size)])
    assert {name: one["returned_tokens"] for name, one in found(session.history.write(), "over-provisioned").items()} == {"a0": 1_000}  # fmt: skip


def test_a_last_response_without_a_word_returned_what_its_figure_says(session: Session) -> None:
    agent = spawn(session, session, "a1111111", "big")
    agent.response(input=0, cache_write=60_000, output=40, message={"content": []})
    (one,) = found(session.history.write(), "over-provisioned").values()
    assert (one["handed_tokens"], one["returned_tokens"]) == (60_000, 40)


def test_what_is_beside_the_conversation_hides_no_other_candidate(session: Session) -> None:
    """A side question, and a subagent of which only a request inside a response is in scope, before the one to find."""
    session.subagent("aside_question-1").response(input=0, cache_write=60_000, output=1)
    advice = iteration("advisor_message", model=OPUS, input=7, output=3)
    spawn(session, session, "a1", "other").response(model=SONNET, input=0, cache_write=60_000, iterations=[advice])
    spawn(session, session, "az", "big").response(input=0, cache_write=60_000, output=40)
    report = report_of(session.history.write(), "--model", "opus")
    assert {row["agent_id"] for row in report["subagents"]} == {"a1", "aside_question-1", "az"}
    assert set(found(session.history.root, "over-provisioned", "--model", "opus")) == {"az"}


def test_repeated(session: Session) -> None:
    """Three alike in one project, in two sessions: all but the first. Twice, or beside the conversation, is not."""
    for number in range(2):
        spawn(session, session, f"a{number}", "same again").response(input=0, cache_write=2_000, output=10)
        spawn(session, session, f"b{number}", "only twice").response(input=0, cache_write=2_000, output=10)
    other = session.history.session(SECOND, model=OPUS)
    spawn(other, other, "a2", "same again").response(input=0, cache_write=3_000, output=10)
    elsewhere = session.history.session("third", cwd="/home/ada/blog", model=OPUS)
    spawn(elsewhere, elsewhere, "b2", "only twice").response(input=0, cache_write=3_000, output=10)
    for number in range(3):
        side = session.subagent(f"aside_question-{number}")
        side.prompt("asked three times")
        side.response(input=0, cache_write=2_000, output=10)
    candidates = found(session.history.write(), "repeated")
    assert {name: (one["same_prompt"], one["claimed"]["total_tokens"]) for name, one in candidates.items()} == {
        "a1": (3, 2_010),
        "a2": (3, 3_010),
    }


def resume(session: Session, agent: Thread, told: str, handed: int) -> None:
    reference = f"toolu_{session.history.count()}"
    given = {"prompt": told, "resume": agent.agent_id}
    session.response(
        input=0, cache_read=10_000, cache_write=9_000, output=900, blocks=[tool_use(reference, "Task", given)]
    )
    agent.prompt(told)
    agent.response(input=0, cache_read=handed, output=2_000)
    session.tool_result(reference, "ok", tool_use_result=agent_result(str(agent.agent_id)))


def test_runaway(session: Session) -> None:
    """10,000, then 20,000, then 30,000 when resumed: three times as large. What is claimed begins with the second."""
    growing, steady = (spawn(session, session, name, f"start {name}") for name in ("a1111111", "a2222222"))
    for agent in (growing, steady):
        agent.response(input=0, cache_write=10_000, output=2_000)
    for number, handed in enumerate((20_000, 30_000)):
        resume(session, growing, f"on {number}", handed)
        resume(session, steady, f"on and on {number}", handed - 1_000 * number)
    report = report_of(session.history.write())
    assert {name: row["resumed"] for name, row in rows(report).items()} == {"a1111111": 2, "a2222222": 2}
    (one,) = found(session.history.root, "runaway").values()
    assert (one["agent_id"], one["segment_prompts"]) == ("a1111111", [10_000, 20_000, 30_000])
    assert one["claimed"]["total_tokens"] == 22_000 + 32_000


def test_what_a_subagent_says_at_the_moment_of_its_resumption_belongs_to_it(session: Session) -> None:
    agent = spawn(session, session, "a1111111", "start")
    agent.response(input=0, cache_write=10_000, output=2_000)
    resume(session, agent, "on", 30_000)
    called = next(row["timestamp"] for row in reversed(session.rows) if row["type"] == "assistant")
    agent.rows[-1]["timestamp"] = called
    (one,) = found(session.history.write(), "runaway").values()
    assert (one["segment_prompts"], one["claimed"]["total_tokens"]) == ([10_000, 30_000], 32_000)


def test_a_runaway_grew_every_time_it_was_resumed(session: Session) -> None:
    """Resumed once is enough; one that began as large as before did not grow, whatever it came to."""
    once, stood = (spawn(session, session, name, f"start {name}") for name in ("a1111111", "a2222222"))
    for agent in (once, stood):
        agent.response(input=0, cache_write=10_000, output=2_000)
    resume(session, once, "on", 30_000)
    resume(session, stood, "on", 10_000)
    resume(session, stood, "on and on", 30_000)
    assert set(found(session.history.write(), "runaway")) == {"a1111111"}


def test_each_finding_is_told_with_something_to_do(session: Session) -> None:
    agent = spawn(session, session, "a1111111", "big")
    agent.response(input=0, cache_write=60_000, output=40)
    root = session.history.write()
    out = ask("subagents", "--no-color", root=root).out
    assert "1 subagent was handed 60K tokens and said 40 in the end; 60K in all." in out
    assert "60K in, 40 out, 1 response" in out
    assert "→ give that type fewer tools and a shorter task" in out
    assert "candidates to check, no proof" in out


# --- each token once ---

# What a subagent is told, its model, whether it is resumed, and its responses: read, written, said.
RESPONSE = st.tuples(
    st.sampled_from([0, 10_000, 60_000]), st.sampled_from([0, 500, 60_000]), st.sampled_from([50, 2_000])
)
AGENT = st.tuples(
    st.sampled_from(["same", "other", "third"]),
    st.sampled_from([OPUS, OPUS, SONNET]),
    st.lists(RESPONSE, min_size=1, max_size=6),
    st.lists(RESPONSE, max_size=2),
)


@given(st.lists(AGENT, max_size=7), st.lists(RESPONSE, max_size=6))
@settings(max_examples=80)
def test_no_token_is_claimed_twice(
    tmp_path_factory: pytest.TempPathFactory,
    agents: list[tuple[str, str, list[tuple[int, int, int]], list[tuple[int, int, int]]]],
    main: list[tuple[int, int, int]],
) -> None:
    """By two candidates, or by a candidate and a stretch of the audit; and no candidate claims what is not its own."""
    history = History(tmp_path_factory.mktemp("claims"))
    session = history.session(FIRST, model=OPUS)
    session.response(input=0, cache_write=10_000, output=100)
    for read, written, said in main:
        session.response(input=0, cache_read=read, cache_write=written, output=said)
    for number, (told, model, responses, resumed) in enumerate(agents):
        agent = spawn(session, session, f"a{number:07d}", told)
        agent.model = model
        for read, written, said in responses:
            agent.response(input=0, cache_read=read, cache_write=written, output=said)
        for read, _, _ in resumed:
            resume(session, agent, "go on", read)
    store = load([history.write() / "projects"], Facet.TOOLS | Facet.CONTENT, processes=1)
    asked = Seen(store, Scope(now=0), pricer.load_pricer(user_file=None))
    alive = lives(asked)
    findings = find_candidates(asked, alive)
    audited = [index for run in find_stretches(asked, MIDDLE) for index in run]
    claimed = [index for finding in findings for index in finding.claimed]
    assert len(set(audited)) == len(audited)
    assert len(set(claimed)) == len(claimed)
    assert set(claimed) & set(audited) == set()
    for finding in findings:
        assert set(finding.claimed) <= set(finding.life.messages)
    report = report_of(history.root)
    together = sum(one["claimed"]["total_tokens"] for one in report["candidates"])
    audit = ask("quota-audit", "--json", root=history.root).report["candidates"]["total_tokens"]
    assert together + audit <= sum(message.total_tokens for message in store.messages)
    assert len(report["candidates"]) == len(findings)
