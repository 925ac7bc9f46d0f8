"""What is floor and what is inherited, and when a floor changed: the sizes of first prompts, told apart by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.answers import reported, source, sources, walked
from tests.history import NOW
from tests.transcripts import History, text
from tokenscope.answers.context.floor import FloorReport, measure_floors
from tokenscope.answers.context.floor_history import FloorStep
from tokenscope.scope import Scope

AHEAD = ZoneInfo("Pacific/Kiritimati")  # by 14 hours: noon UTC is 2 in the morning of the next day
SHOP, BLOG, WIKI = "/home/ada/shop", "/home/ada/blog", "/home/ada/wiki"


class Start(NamedTuple):
    """A thread of one response, on a day of June 2026 at noon (31 and more: of July)."""

    size: int
    day: int = 1
    project: str = SHOP


def started(history: History, *starts: Start, agents: bool = False) -> None:
    """Sessions that begin with a prompt of that size and nothing visible in it; or subagents of such sessions."""
    for number, start in enumerate(starts):
        month, day = (6, start.day) if start.day <= 30 else (7, start.day - 30)
        at = f"2026-{month:02}-{day:02}T12:{number:02}:00Z"
        session = history.session(f"s{history.count()}", cwd=start.project)
        thread = session.subagent(f"a{number}") if agents else session
        thread.response(f"msg_{history.count()}", input=start.size, blocks=[text("")], at=at)


def split(history: History, scope: Scope | None = None) -> list[tuple[int, int]]:
    """What each thread's first prompt was: floor and inherited. In the order of their time."""
    _, ledger = walked(history, scope)
    ordered = sorted(ledger.floors, key=lambda one: one.time or 0)
    return [(round(one.own_size), round(one.size - one.own_size)) for one in ordered]


def measured(history: History, scope: Scope | None = None) -> FloorReport:
    found, ledger = walked(history, scope)
    return measure_floors(found, ledger)


def steps(history: History, project: str = SHOP, scope: Scope | None = None) -> list[FloorStep]:
    (found,) = [one for one in measured(history, scope).projects if one.project == project]
    return found.steps


# --- inherited ---


def test_a_first_prompt_far_above_the_others_has_inherited_the_rest(history: History) -> None:
    started(history, Start(18_000), Start(18_200), Start(18_400), Start(90_000))
    assert split(history) == [(18_000, 0), (18_200, 0), (18_400, 0), (18_000, 72_000)]
    assert sources(history) == {"inherited": 72_000, "floor": 18_000 + 18_200 + 18_400 + 18_000}


def test_the_price_is_split_like_the_tokens(history: History) -> None:
    started(history, Start(20_000), Start(20_000), Start(20_000), Start(100_000))
    report = reported(history)
    assert (source(report, "inherited").tokens, source(report, "inherited").list_price_usd) == (80_000, 0.8)
    assert (source(report, "floor").tokens, source(report, "floor").list_price_usd) == (80_000, 0.8)


def test_inherited_context_is_carried_until_it_goes(history: History) -> None:
    """Three later responses carry it."""
    started(history, Start(20_000), Start(20_000), Start(20_000))
    fork = history.session("fork")
    for place in range(4):
        fork.response(input=100_000, blocks=[text("")], at=f"2026-06-01T13:0{place}:00Z")
    assert sources(history) == {"inherited": 4 * 80_000, "floor": 3 * 20_000 + 4 * 20_000}


def test_a_compaction_takes_what_was_inherited_out(history: History) -> None:
    """20,000 of 30,000 tokens stay: what was there of the fork, and what arrives later is no floor."""
    started(history, Start(20_000), Start(20_000), Start(20_000))
    fork = history.session("fork")
    fork.response(input=100_000, blocks=[text("")], at="2026-06-01T13:00:00Z")
    fork.compaction(summary="s" * 2_900, at="2026-06-01T13:01:00Z")
    fork.response(input=24_000, blocks=[text("")], at="2026-06-01T13:02:00Z")
    fork.prompt("p" * 2_900, at="2026-06-01T13:03:00Z")
    fork.response(input=25_000, blocks=[text("")], at="2026-06-01T13:04:00Z")
    assert split(history)[-1] == (20_000, 80_000)
    assert sources(history) == {
        "inherited": 80_000,
        "floor": 3 * 20_000 + 3 * 20_000,
        "summaries": 2 * 1_000,
        "kept by compaction": 2 * 3_000,
        "prompts": 1_000,
    }


# --- inherited, where the log says so ---


def forked_subagent(history: History, size: int, *, forked: bool) -> None:
    """A main thread of 18,000 tokens of floor, and a subagent that starts with so many."""
    session = history.session("one", cwd=SHOP)
    session.response(input=18_000, blocks=[text("")])
    agent = session.subagent("a1", forked=forked)
    agent.response(input=size, blocks=[text("")])


@pytest.mark.parametrize(("size", "own"), [(60_000, 18_000), (18_500, 18_000), (11_000, 11_000)])
def test_a_forked_subagent_has_the_floor_of_its_session(history: History, size: int, own: int) -> None:
    """However little is above it, and with no other thread to compare it with."""
    forked_subagent(history, size, forked=True)
    assert split(history) == [(18_000, 0), (own, size - own)]


def test_a_subagent_that_nothing_is_said_of_has_a_floor_of_its_own(history: History) -> None:
    forked_subagent(history, 60_000, forked=False)
    assert split(history) == [(18_000, 0), (60_000, 0)]


def test_forked_subagents_do_not_make_what_is_usual(history: History) -> None:
    started(history, *[Start(9_000)] * 3, agents=True)
    for number in range(9):
        session = history.session(f"m{number}", cwd=SHOP)
        session.response(input=18_000, blocks=[text("")], at=f"2026-06-01T13:{number:02}:00Z")
        session.subagent(f"b{number}", forked=True).response(input=40_000, blocks=[text("")])
    history.session("last", cwd=SHOP).subagent("c").response(input=40_000, blocks=[text("")])
    assert split(history)[-1] == (9_000, 31_000)


def test_a_fork_that_copied_its_first_response_has_the_floor_of_its_original(history: History) -> None:
    """All that its original held is in its own file: nothing is inherited."""
    session = history.session("one", cwd=SHOP)
    session.prompt("p" * 290)
    session.response(input=18_000, blocks=[text("")])
    fork = session.fork("two", marked=True)
    fork.prompt("p" * 2_900)
    fork.response(input=90_000, blocks=[text("")])
    assert split(history) == [(17_900, 0), (17_900, 0)]


def test_a_fork_that_copied_no_response_has_inherited_what_is_above_its_originals_floor(history: History) -> None:
    session = history.session("one", cwd=SHOP)
    session.prompt("p" * 290)
    fork = session.fork("two", marked=True)
    session.response(input=18_100, blocks=[text("")], at="2026-06-01T11:00:00Z")
    fork.response(input=19_100, blocks=[text("")], at="2026-06-01T12:00:00Z")
    assert split(history) == [(18_000, 0), (18_000, 1_000)]


@pytest.mark.parametrize(
    "origin", [None, 5, [], {}, {"sessionId": 5}, {"sessionId": ""}, {"sessionId": "gone"}, "gone"]
)
def test_a_fork_of_nobody_knows_what(history: History, origin: object) -> None:
    """It goes by what is usual, here its own size."""
    session = history.session("one", cwd=SHOP)
    session.prompt("p" * 290, row={"forkedFrom": origin})
    session.response(input=18_100, blocks=[text("")])
    session.append({"type": "fork-context-ref", "agentId": "a", "parentSessionId": origin})
    assert split(history) == [(18_000, 0)]


@pytest.mark.parametrize(
    ("usual", "size", "inherited"),
    [
        (20_000, 30_000, 0),  # not more than half above
        (20_000, 30_001, 10_001),
        (10_000, 18_000, 0),  # more than half above, but not more than 8,000 tokens
        (10_000, 18_001, 8_001),
        (2_000, 10_000, 0),
        (2_000, 10_001, 8_001),
    ],
)
def test_how_far_is_far(history: History, usual: int, size: int, inherited: int) -> None:
    """More than one and a half times the usual size, and more than 8,000 tokens above it."""
    started(history, Start(usual), Start(usual), Start(usual), Start(size))
    assert split(history)[3] == (size - inherited, inherited)


def test_a_quarter_of_the_threads_decides_what_is_usual(history: History) -> None:
    """Five of eight were forks: the second smallest is the usual size."""
    forks = [Start(100_000 + number) for number in range(5)]
    started(history, *forks, Start(20_000), Start(20_500), Start(21_000))
    assert [own for own, _ in split(history)] == [20_500] * 5 + [20_000, 20_500, 21_000]


def test_a_small_first_prompt_is_no_reason_to_call_the_others_inherited(history: History) -> None:
    """One thread without tools among eight with them."""
    started(history, Start(3_000), *[Start(20_000 + number) for number in range(8)])
    assert all(inherited == 0 for _, inherited in split(history))


def test_projects_have_floors_of_their_own(history: History) -> None:
    small, large = [Start(12_000)] * 3, [Start(40_000, project=BLOG)] * 3
    started(history, *small, *large)
    assert sorted(split(history)) == [(12_000, 0)] * 3 + [(40_000, 0)] * 3


def test_months_have_floors_of_their_own(history: History) -> None:
    started(history, *[Start(12_000, day=3)] * 3, *[Start(40_000, day=33)] * 3)
    assert split(history) == [(12_000, 0)] * 3 + [(40_000, 0)] * 3


def test_months_are_those_of_the_reader(history: History) -> None:
    """Noon of June 30 is July already where clocks are 14 hours ahead."""
    started(history, *[Start(12_000, day=30)] * 3, *[Start(40_000, day=31)] * 3)
    assert split(history) == [(12_000, 0)] * 3 + [(40_000, 0)] * 3
    assert split(history, Scope(NOW, zone=AHEAD))[3:] == [(12_000, 28_000)] * 3


def test_a_month_with_few_threads_is_compared_with_the_project(history: History) -> None:
    started(history, *[Start(12_000, day=3)] * 3, Start(40_000, day=33), Start(13_000, day=34))
    assert split(history)[3:] == [(12_000, 28_000), (13_000, 0)]


def test_subagents_are_compared_with_subagents(history: History) -> None:
    started(history, *[Start(30_000)] * 3)
    started(history, *[Start(9_000, day=2)] * 3, Start(31_000, day=2), agents=True)
    assert split(history) == [(30_000, 0)] * 3 + [(9_000, 0)] * 3 + [(9_000, 22_000)]


@pytest.mark.parametrize(
    ("sizes", "inherited"),
    [
        ((35_000, 36_000, 38_000), [0, 0, 0]),  # each has the two others within a tenth of itself
        ((35_000, 36_000, 40_000), [15_000, 16_000, 20_000]),  # 5,000 are more than a tenth of 35,000 and of 40,000
        ((35_000, 35_000), [15_000, 15_000]),
        ((60_000, 60_000, 60_000), [0, 0, 0]),
        ((60_001, 60_001, 60_001), [40_001, 40_001, 40_001]),  # more than three times as much
    ],
)
def test_a_level_that_three_threads_share_is_not_inherited(
    history: History, sizes: tuple[int, ...], inherited: list[int]
) -> None:
    started(history, *[Start(20_000)] * 4, *[Start(size, day=2) for size in sizes])
    assert [above for _, above in split(history)[4:]] == inherited


# --- few threads ---


def test_one_thread_is_its_own_usual_size(history: History) -> None:
    started(history, Start(150_000))
    assert split(history) == [(150_000, 0)]


@pytest.mark.parametrize(
    ("size", "inherited"),
    [(40_000, 0), (60_000, 0), (60_001, 40_001)],  # three times 20,000: projects differ
)
def test_a_project_with_few_threads_is_compared_with_all(history: History, size: int, inherited: int) -> None:
    started(history, *[Start(20_000)] * 3, Start(size, day=2, project=BLOG))
    assert split(history)[3] == (size - inherited, inherited)


def test_of_two_threads_the_smaller_one_is_usual(history: History) -> None:
    started(history, Start(100_000), Start(20_000, day=2))
    assert split(history) == [(20_000, 80_000), (20_000, 0)]


def test_of_all_threads_the_middle_one_is_usual(history: History) -> None:
    """Two threads a project, so that none has a usual size: 10, 11, 20, 21, 29 and 90 thousand, the third is 20."""
    sizes = [(10_000, SHOP), (11_000, SHOP), (20_000, BLOG), (21_000, BLOG), (29_000, WIKI), (90_000, WIKI)]
    started(history, *[Start(size, day, project) for day, (size, project) in enumerate(sizes, 1)])
    assert split(history)[-2:] == [(29_000, 0), (20_000, 70_000)]


def test_no_thread_at_all(history: History) -> None:
    history.session("s").prompt("Hello")
    assert split(history) == []
    report = measured(history)
    assert (report.size, report.responses, report.tokens, report.tokens_a_day) == (None, 0, 0, None)
    assert report.projects == []


def test_a_window_does_not_change_what_was_inherited(history: History) -> None:
    started(history, *[Start(20_000)] * 3, Start(100_000, day=2), Start(100_000, day=2), Start(100_000, day=2))
    second = int(datetime(2026, 6, 2, tzinfo=UTC).timestamp()) * 1_000
    assert split(history, Scope(NOW, since=second)) == [(20_000, 80_000)] * 3
    assert split(history) == [(20_000, 0)] * 3 + [(20_000, 80_000)] * 3


def test_the_own_share_of_what_was_carried(history: History) -> None:
    """A fork of 100,000 tokens carried a fifth of its own; a first prompt that shows all it holds has no floor."""
    started(history, *[Start(20_000)] * 3, Start(100_000))
    assert sorted(one.own_share for one in walked(history)[1].floors) == pytest.approx([0.2, 1, 1, 1])
    session = history.session("shown", cwd=BLOG)
    session.prompt("p" * 290_000)
    session.response(input=20_000, blocks=[text("")])
    assert (0, 1) in [(one.tokens, one.own_share) for one in walked(history)[1].floors]


# --- what a floor came to ---


def test_what_a_project_carried(history: History) -> None:
    """Two days; a thread of two responses; a subagent. The share is of all prompt tokens."""
    started(history, Start(20_000), Start(22_000), Start(24_000, day=2))
    session = history.session("two", cwd=BLOG)
    session.prompt("p" * 2_900)
    for minute in (1, 2):
        session.response(input=31_000, blocks=[text("")], at=f"2026-06-02T13:{minute:02}:00Z")
    agent = session.subagent("a9")
    agent.response(input=9_000, blocks=[text("")], at="2026-06-02T13:09:00Z")
    report = measured(history)
    assert (report.responses, report.tokens, report.subagent_tokens) == (6, 66_000 + 60_000 + 9_000, 9_000)
    # The prompt came on June 1, after the last of the first three sessions' rows: its time is none of ours.
    blog, shop = report.projects
    assert (blog.project, blog.size, blog.threads, blog.tokens, blog.subagent_tokens) == (
        BLOG,
        30_000,
        2,
        69_000,
        9_000,
    )
    assert (shop.project, shop.size, shop.threads, shop.tokens, shop.subagent_tokens) == (SHOP, 22_000, 3, 66_000, 0)
    assert (blog.share, shop.share) == (round(69 / 137, 6), round(66 / 137, 6))
    assert (blog.list_price_usd, shop.list_price_usd) == (0.69, 0.66)
    assert report.tokens_a_day == 135_000 // 2
    assert report.size == 24_000  # responses of main threads: 20, 22, 24, 30 and 30 thousand


def test_the_size_now_is_the_middle_of_the_newest_main_threads(history: History) -> None:
    started(history, Start(90_000), Start(20_000, 2), Start(21_000, 3), Start(20_500, 4))
    started(history, Start(5_000, 5), agents=True)
    (project,) = measured(history).projects
    assert (project.size, project.threads) == (20_500, 5)


def test_a_floor_of_subagents_alone_has_no_size(history: History) -> None:
    started(history, Start(9_000), agents=True)
    report = measured(history)
    assert (report.size, report.tokens, report.subagent_tokens) == (None, 9_000, 9_000)
    assert (report.projects[0].size, report.projects[0].steps) == (None, [])


def test_a_floor_without_a_known_price_has_none(history: History) -> None:
    history.session("s", model="glm-4.6").response(input=9_000)
    assert measured(history).projects[0].list_price_usd is None


# --- steps ---


def test_a_step_is_seen_on_its_day(history: History) -> None:
    started(history, *[Start(20_000, day) for day in (1, 2, 3)], *[Start(26_000, day) for day in (4, 5, 6)])
    assert steps(history) == [FloorStep(date(2026, 6, 4), 20_000, 26_000)]


def test_a_step_down_is_seen_on_its_day(history: History) -> None:
    started(history, *[Start(26_000, day) for day in (1, 2, 3)], *[Start(20_000, day) for day in (4, 5, 6)])
    assert steps(history) == [FloorStep(date(2026, 6, 4), 26_000, 20_000)]


def test_the_day_of_a_step_is_the_readers(history: History) -> None:
    started(history, *[Start(20_000, day) for day in (1, 2)], *[Start(26_000, day) for day in (4, 5)])
    assert steps(history, scope=Scope(NOW, zone=AHEAD))[0].date == date(2026, 6, 5)


@pytest.mark.parametrize(("after", "count"), [(23_999, 0), (24_000, 1)])
def test_a_step_is_at_least_4000_tokens(history: History, after: int, count: int) -> None:
    started(history, *[Start(20_000, day) for day in (1, 2, 3)], *[Start(after, day) for day in (4, 5, 6)])
    assert len(steps(history)) == count


def test_every_step_is_seen(history: History) -> None:
    sizes = [20_000, 20_100, 25_000, 25_100, 25_200, 18_000, 18_100]
    started(history, *[Start(size, day) for day, size in enumerate(sizes, 1)])
    assert steps(history) == [
        FloorStep(date(2026, 6, 3), 20_000, 25_100),
        FloorStep(date(2026, 6, 6), 25_100, 18_000),
    ]


def test_one_odd_thread_is_no_step(history: History) -> None:
    sizes = [20_000, 20_100, 26_000, 20_000, 20_100]
    started(history, *[Start(size, day) for day, size in enumerate(sizes, 1)])
    assert steps(history) == []


def test_one_thread_more_is_no_step_yet(history: History) -> None:
    started(history, Start(20_000), Start(20_000, 2), Start(26_000, 3))
    assert steps(history) == []


def test_subagents_make_no_steps(history: History) -> None:
    started(history, *[Start(9_000, day) for day in (1, 2, 3)], *[Start(15_000, day) for day in (4, 5, 6)], agents=True)
    assert steps(history) == []


def test_forks_make_no_steps(history: History) -> None:
    """Every other thread inherited 60,000 tokens."""
    sizes = [20_000, 80_000] * 4
    started(history, *[Start(size, day) for day, size in enumerate(sizes, 1)])
    assert steps(history) == []
    assert [own for own, _ in split(history)] == [20_000] * 8


def test_a_step_at_the_turn_of_the_month_is_seen_however_large(history: History) -> None:
    started(history, *[Start(20_000, day) for day in (28, 29, 30)], *[Start(60_000, day) for day in (31, 32, 33)])
    assert steps(history) == [FloorStep(date(2026, 7, 1), 20_000, 60_000)]


def test_a_floor_that_was_larger_in_every_thread_of_half_the_month_is_a_step(history: History) -> None:
    """On the 11th an MCP server is connected, and 20,000 tokens become 35,000 in every thread from then on."""
    started(history, *[Start(20_000, day) for day in range(1, 11)], *[Start(35_000, day) for day in range(11, 21)])
    assert steps(history) == [FloorStep(date(2026, 6, 11), 20_000, 35_000)]
    assert "inherited" not in sources(history)
