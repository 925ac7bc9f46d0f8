"""Planted stretches of light premium work: all found, none invented, at each rule, with hand-worked dollars."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import ask
from tests.ingest import FIRST, SECOND
from tests.transcripts import History, Session, text, thinking, tool_use

OPUS, SONNET = "claude-opus-4-8", "claude-sonnet-4-5"


def audit(root: Path, *words: object) -> dict[str, Any]:
    return ask("quota-audit", "--json", *words, root=root).report


def light(session: Session, count: int, **fields: Any) -> None:
    """Responses that add 500 tokens and write 100."""
    for _ in range(count):
        session.response(**{"cache_read": 10_000, "cache_write": 500, "input": 0, "output": 100, **fields})


@pytest.fixture
def session(tmp_path: Path) -> Session:
    history = History(tmp_path)
    session = history.session(FIRST, model=OPUS)
    session.prompt("Rename the basket")
    session.response(input=0, cache_write=10_000, output=100)  # a thread's first is never light
    return session


def found(session: Session) -> list[int]:
    """Responses of each stretch, by the middle rule, the largest first."""
    return [stretch["messages"] for stretch in audit(session.history.write())["stretches"]]


def test_three_in_a_row_are_a_stretch_and_two_are_none(session: Session) -> None:
    light(session, 3)
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000)
    light(session, 2)
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000)
    light(session, 4)
    assert found(session) == [4, 3]


@pytest.mark.parametrize(
    ("fields", "strict", "middle", "loose"),
    [
        ({"cache_write": 1_000, "output": 150}, 3, 3, 3),  # at the strict limits
        ({"cache_write": 1_001}, 0, 3, 3),
        ({"output": 151}, 0, 3, 3),
        ({"cache_write": 2_001}, 0, 0, 3),
        ({"output": 301}, 0, 0, 3),
        ({"cache_write": 5_001}, 0, 0, 0),
        ({"output": 601}, 0, 0, 0),
    ],
)
def test_each_rule_has_its_limits(
    session: Session, fields: dict[str, int], strict: int, middle: int, loose: int
) -> None:
    light(session, 3, **fields)
    rules = {one["rule"]: one for one in audit(session.history.write())["sensitivity"]}
    assert [bool(rules[name]["stretches"]) for name in ("strict", "middle", "loose")] == [
        bool(count) for count in (strict, middle, loose)
    ]


def test_tools_count_by_the_rule(session: Session) -> None:
    for number in range(3):
        blocks = [tool_use(f"toolu_{number}_{place}", "Read", {"file_path": "/a"}) for place in range(2)]
        light(session, 1, blocks=blocks)
    rules = {one["rule"]: one["stretches"] for one in audit(session.history.write())["sensitivity"]}
    assert rules == {"strict": 0, "middle": 1, "loose": 1}


def test_a_failure_a_spawn_and_another_model_break_a_stretch(session: Session) -> None:
    light(session, 2)
    light(session, 1, blocks=[tool_use("toolu_fail", "Bash", {"command": "npm test"})])
    session.tool_result("toolu_fail", "Exit code 1", is_error=True)
    light(session, 2)
    light(session, 1, blocks=[tool_use("toolu_spawn", "Task", {"prompt": "Look"})])
    light(session, 2)
    light(session, 1, model=SONNET)
    light(session, 2)
    assert found(session) == []


def test_context_written_again_is_not_new(session: Session) -> None:
    """10,100 tokens were in the cache; after an hour 10,000 of them are written again beside 500 new ones."""
    light(session, 2)
    session.response(input=0, cache_read=0, cache_write=10_500, output=100, at="2026-06-01T18:00:00Z")
    light(session, 1)
    assert found(session) == [4]


def test_where_the_output_is_a_floor_its_text_stands_in(session: Session) -> None:
    """2,900 bytes of text look like 1,000 tokens: not light, although the log says 1."""
    light(session, 3, output=1, stop_reason=None, blocks=[text("x" * 2_900)])
    report = audit(session.history.write())
    assert report["stretches"] == []
    assert report["output_floor_share"] is None  # of no candidates


def test_the_share_of_unfinished_output_is_that_of_the_candidates(session: Session) -> None:
    """Of six premium responses four are candidates, and one of these was never finished: a quarter, not a sixth."""
    light(session, 3)
    light(session, 1, output=1, stop_reason=None)
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000)
    report = audit(session.history.write())
    assert (report["premium"]["messages"], report["candidates"]["messages"]) == (6, 4)
    assert report["output_floor_share"] == 0.25


def test_a_short_thread_is_light_as_a_whole(tmp_path: Path) -> None:
    history = History(tmp_path)
    for name, count in ((FIRST, 2), (SECOND, 0)):
        session = history.session(name, model=OPUS)
        session.response(input=0, cache_write=10_000, output=100)
        light(session, count)
    assert [stretch["messages"] for stretch in audit(history.write())["stretches"]] == [2]


def test_shares_and_the_same_tokens_of_a_smaller_model(session: Session) -> None:
    """Opus at the tests' prices: write $20, read $1, output $50 a million; Sonnet 4.5: $4, $0.50, $10.

    Three light responses: 1,500 written, 30,000 read, 300 out = 0.03 + 0.03 + 0.015 = $0.075; at Sonnet's
    0.006 + 0.015 + 0.003 = $0.024. The first: 10,000 written, 100 out = 0.2 + 0.005 = $0.205.
    """
    light(session, 3)
    report = audit(session.history.write())
    assert report["candidates"]["total_tokens"] == 31_800
    assert report["premium"]["total_tokens"] == 41_900
    assert report["candidates"]["list_price_usd"] == 0.075
    assert report["price_share_of_premium"] == pytest.approx(0.075 / 0.28, abs=1e-6)
    assert report["share_of_premium"] == pytest.approx(31_800 / 41_900, abs=1e-6)
    assert (report["smaller_models"], report["list_price_usd_at_smaller_model"]) == ([SONNET], 0.024)
    assert report["stretches"][0]["resume"] == f"claude --resume {FIRST}"
    assert report["by_month"][0]["label"] == "2026-06"


def test_models_that_are_not_premium_are_not_audited(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST, model=SONNET)
    session.response(input=0, cache_write=10_000, output=100)
    light(session, 5)
    report = audit(history.write())
    assert (report["premium"]["messages"], report["stretches"], report["share_of_premium"]) == (0, [], None)
    assert "No responses here" in ask("quota-audit", root=history.write()).out


def run(command: str, number: int) -> dict[str, Any]:
    return tool_use(f"toolu_{number}", "Bash", {"command": command})


def test_a_retry_is_not_light(session: Session) -> None:
    """The same command after it failed is a retry; after it went well, or with other words, it is not (T41)."""
    light(session, 3)
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000, blocks=[run("npm test", 1)])
    session.tool_result("toolu_1", "Exit code 1", is_error=True)
    light(session, 1, blocks=[run("npm run", 2)])
    session.tool_result("toolu_2", "fine")
    light(session, 1)
    light(session, 1, blocks=[run("npm test", 3)])  # the retry
    session.tool_result("toolu_3", "fine")
    light(session, 1, blocks=[run("npm test", 4)])  # a repeat of what went well
    session.tool_result("toolu_4", "fine")
    light(session, 3)
    assert found(session) == [4, 3]


def test_a_subagent_retries_nothing_of_its_parent(session: Session) -> None:
    session.response(input=0, cache_read=10_000, cache_write=9_000, output=2_000, blocks=[run("npm test", 1)])
    session.tool_result("toolu_1", "Exit code 1", is_error=True)
    agent = session.subagent("a1", layout="inline")
    agent.response(input=0, cache_write=10_000, output=100)
    light(agent, 1)  # type: ignore[arg-type]
    light(agent, 1, blocks=[run("npm test", 2)])  # type: ignore[arg-type]
    light(agent, 1)  # type: ignore[arg-type]
    assert found(session) == [3]


@pytest.mark.parametrize(("shown", "stretches"), [(1_500, [3]), (1_501, [])])
def test_long_thinking_is_not_light(session: Session, shown: int, stretches: list[int]) -> None:
    """By the loose rule 600 tokens of output are few: 1,501 bytes of thinking in them are not."""
    light(session, 1)
    light(session, 1, output=600, blocks=[thinking("x" * shown), text("Done.")])
    light(session, 1)
    loose = audit(session.history.write())["sensitivity"][-1]
    assert (loose["rule"], loose["stretches"]) == ("loose", len(stretches))


def test_thinking_in_secret_stands_in_by_its_signature(session: Session) -> None:
    """A floor of 1 token whose thinking is not shown: 4,000 bytes of signature are about 970 tokens."""
    hidden = {**thinking(), "signature": "x" * 4_000}
    light(session, 3, output=1, stop_reason=None, blocks=[hidden])
    assert found(session) == []
    light(session, 3, output=1, stop_reason=None, blocks=[{**hidden, "signature": "x" * 400}])
    assert found(session) == [3]


def test_a_switch_of_premium_models_ends_a_stretch(session: Session) -> None:
    light(session, 3)
    light(session, 2, model="claude-fable-5")
    light(session, 4)
    light(session, 3, model="claude-fable-5")
    report = audit(session.history.write())
    assert [(one["model"], one["messages"]) for one in report["stretches"]] == [
        (OPUS, 4),
        (OPUS, 3),
        ("claude-fable-5", 3),
    ]


# --- a generated history: everything planted is found, nothing is invented ---

LIMITS = [(1_000, 150, 1), (2_000, 300, 2), (5_000, 600, 3)]  # tokens new, tokens out, tool uses: strict, middle, loose
HEAVY = [(5_001, 100, 0), (500, 601, 0), (500, 100, 4)]
NAMES = ("strict", "middle", "loose")
# The level of a response: 0 to 2 light by that rule and all after it, 3 to 5 heavy for one reason each, 6 an error,
# 7 a spawn, 8 of another model.
LEVELS = st.lists(st.lists(st.sampled_from([0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8]), max_size=14), max_size=4)


def planted(history: History, threads: list[list[int]]) -> None:
    """One session a thread; each response reads all that was there before it."""
    for number, levels in enumerate(threads):
        session = history.session(f"{number:08x}", model=OPUS)
        size = 10_000
        session.response(input=0, cache_write=size, output=100)
        for place, level in enumerate(levels):
            new, output, tools = (*LIMITS, *HEAVY, *[LIMITS[0]] * 3)[level]
            name = "Task" if level == 7 else "Read"
            uses = [tool_use(f"toolu_{number}_{place}_{i}", name, {"file_path": f"/{place}/{i}"}) for i in range(tools)]
            model = SONNET if level == 8 else OPUS
            session.response(input=0, cache_read=size, cache_write=new, output=output, blocks=uses or [text("Yes.")], model=model)  # fmt: skip
            if level == 6:
                session.tool_result(f"toolu_{number}_{place}_0", "No such file", is_error=True)
            size += new


def expected(threads: list[list[int]], rule: int) -> list[list[tuple[int, int, int]]]:
    """The planted stretches: what each of their responses read, wrote and said."""
    stretches = []
    for levels in threads:
        size, responses = 10_000, []
        for level in levels:
            new, output, _ = (*LIMITS, *HEAVY, *[LIMITS[0]] * 3)[level]
            responses.append((level <= rule, (size, new, output)))
            size += new
        runs = [[figures for _, figures in run] for is_light, run in groupby(responses, lambda one: one[0]) if is_light]
        is_short = len(levels) < 3 and len(runs) == 1 and len(runs[0]) == len(levels)
        stretches += [run for run in runs if len(run) >= 3 or is_short]
    return stretches


@given(LEVELS)
@settings(max_examples=60)
def test_all_that_is_planted_is_found_and_nothing_is_invented(
    tmp_path_factory: pytest.TempPathFactory, threads: list[list[int]]
) -> None:
    history = History(tmp_path_factory.mktemp("planted"))
    history.session(FIRST, model=SONNET).response(input=0, cache_write=1, output=1)
    planted(history, threads)
    report = audit(history.write())
    for rule, name in enumerate(NAMES):
        wanted = expected(threads, rule)
        told = next(one for one in report["sensitivity"] if one["rule"] == name)
        assert told["stretches"] == len(wanted)
        tokens = sum(sum(figures) for run in wanted for figures in run)
        premium = report["premium"]["total_tokens"]
        assert told["share_of_premium"] == (round(tokens / premium, 6) if premium else None)
    middle = expected(threads, 1)
    assert sorted(one["messages"] for one in report["stretches"]) == sorted(map(len, middle))
    # Opus: read $1, write $20, output $50 a million; Sonnet 4.5: $0.50, $4, $10.
    prices = [(1, 20, 50), (0.5, 4, 10)]
    usd = [
        sum(figure * price for run in middle for figures in run for figure, price in zip(figures, rates, strict=True)) / 1e6
        for rates in prices
    ]  # fmt: skip
    assert report["candidates"]["list_price_usd"] == pytest.approx(usd[0], abs=1e-6)
    assert report["list_price_usd_at_smaller_model"] == pytest.approx(usd[1], abs=1e-6)
    for groups in ("by_project", "by_month", "by_agent_type"):
        for field in ("premium", "candidates"):
            assert sum(one[field]["total_tokens"] for one in report[groups]) == report[field]["total_tokens"]


def test_project_month_and_kind_of_thread(tmp_path: Path) -> None:
    history = History(tmp_path)
    for name, cwd, at in (
        (FIRST, "/home/ada/shop", "2026-05-31T10:00:00Z"),
        (SECOND, "/home/ada/blog", "2026-06-01T10:00:00Z"),
    ):
        session = history.session(name, cwd=cwd, model=OPUS)
        session.response(input=0, cache_write=10_000, output=100, at=at)
        light(session, 3)
    agent = session.subagent("a1", agent_type="reviewer")
    agent.response(input=0, cache_write=10_000, output=100)
    light(agent, 4)  # type: ignore[arg-type]
    report = audit(history.write())
    told = {
        groups: {one["label"]: one["candidates"]["messages"] for one in report[groups]}
        for groups in ("by_project", "by_month", "by_agent_type")
    }
    assert told == {
        "by_project": {"/home/ada/blog": 7, "/home/ada/shop": 3},
        "by_month": {"2026-06": 7, "2026-05": 3},
        "by_agent_type": {"main thread": 6, "reviewer": 4},
    }
    assert {one["smaller_model"] for one in report["by_project"]} == {SONNET}
    out = ask("quota-audit", "--no-color", root=tmp_path).out
    for words in ("blog", "shop", "2026-05", "reviewer", "main thread", f"tokenscope session {SECOND} --timeline"):
        assert words in out


def test_the_caveat_stands_on_the_card(session: Session) -> None:
    root = session.history.write()
    assert "never proof" in ask("quota-audit", root=root).out
    light(session, 4)  # $0.04 read, $0.04 written, $0.02 out; at Sonnet's $0.015, $0.048, $0.004: the first writes all
    session.history.write()
    for output in ("--no-color", "--plain"):
        out = ask("quota-audit", output, root=root).out
        assert "light is a shape of the log, never proof that a smaller model would have done it" in out
        assert "$0.10 at list price; at Sonnet 4.5, with both caches written again: $0.07" in out


def test_what_the_reader_pays_by_comes_first(session: Session) -> None:
    """4 x 10,600 of 52,500 tokens are light, $0.10 of $0.305."""
    light(session, 4)
    root = session.history.write()
    went = "went to 1 stretch shaped like a smaller model's work."
    for plan, sentence in (
        ("unknown", f"33 % of your premium list price {went}"),
        ("api", f"33 % of your premium list price ($0.10) {went}"),
        ("team", f"81 % of your premium tokens, 33 % by list price, {went}"),
    ):
        assert sentence in " ".join(ask("quota-audit", "--plain", "--plan", plan, root=root).out.split())


def test_a_session_id_is_no_command(tmp_path: Path) -> None:
    """A copied command must not run what a file's name says."""
    session = History(tmp_path).session("a;touch x", model=OPUS, folder="x")
    session.response(input=0, cache_write=10_000, output=100)
    light(session, 3)
    (stretch,) = audit(session.history.write())["stretches"]
    assert stretch["resume"] == "claude --resume 'a;touch x'"
