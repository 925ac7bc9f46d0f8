"""The floor's card: every sentence it can say. Its figures are in tests/ledger/test_floors.py."""

from __future__ import annotations

from datetime import date

import pytest

from tests.answers import DRAWING, cells, read, table_of, walked
from tests.transcripts import History, text
from tokenscope.answers.context.floor import FloorReport, ProjectFloor, floor_card, floor_fix, measure_floors
from tokenscope.answers.context.floor_history import FloorStep
from tokenscope.ledger.ledger_rows import leaves_of
from tokenscope.value import replace
from tokenscope.view.card import Note
from tokenscope.view.question import Drawing

SHOP = ProjectFloor("/home/ada/shop", 20_000, 4, 600_000, 0, 0.3, 1.5, [], {})
BLOG = ProjectFloor("/home/ada/blog", None, 2, 60_000, 60_000, 0.03, 0.15, [], {})
REPORT = FloorReport(20_000, 33, 660_000, 60_000, 330_000, 1.7, 0.85, [SHOP, BLOG], 0.09, 33_000)


def report_of(history: History) -> FloorReport:
    found, ledger = walked(history)
    return measure_floors(found, ledger)


def test_the_card_of_nothing(history: History) -> None:
    history.session("s").prompt("Hello")
    card = floor_card(report_of(history), DRAWING)
    assert card.sentence == "No main thread in scope, so no floor to show."
    assert (card.parts, card.actions, card.caption) == ((), (), "")


def test_the_card_of_subagents_alone(history: History) -> None:
    history.session("s").subagent("a1").response(input=9_000)
    assert floor_card(report_of(history), DRAWING).sentence == "No main thread in scope, so no floor to show."


def test_the_card_of_one_thread(history: History) -> None:
    """Two responses of 20,500 tokens, $10 a million: 20,000 of each are the floor."""
    session = history.session("s", cwd="/home/ada/shop")
    session.prompt("p" * 1_450)
    for _ in range(2):
        session.response(input=20_500, blocks=[text("")])
    card = floor_card(report_of(history), DRAWING)
    assert card.sentence == (
        "Every response of a main thread carried about 20K tokens of system prompt, tools and memory: "
        "40K tokens and $0.40 a day."
    )
    (row,) = table_of(card).rows
    assert cells(row) == ["shop", "20K", "40K", "98 %", "$0.40"]
    assert card.actions == (
        "the floor came with 2 responses: 1K off it (CLAUDE.md, an unused MCP server) would have saved 2K tokens, "
        "$0.02 at list price",
    )
    assert card.caption == "est.: what the first response of a thread held beside visible items"


def test_the_card_of_several_projects() -> None:
    card = floor_card(REPORT, DRAWING)
    shop, blog = table_of(card).rows
    assert cells(shop) == ["shop", "20K", "600K", "30 %", "$1.50"]
    assert cells(blog) == ["blog", "60K", "3 %", "$0.15"]  # its size is not known
    assert card.caption.endswith(" · 9 % of it in subagents")  # 60,000 of 660,000
    assert card.actions[0].endswith("saved 33K tokens, $0.09 at list price")
    assert card.sentence.endswith(": 330K tokens and $0.85 a day.")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (FloorStep(date(2026, 5, 21), 20_000, 26_100), "+6.1K on 21 May"),
        (FloorStep(date(2025, 5, 21), 26_000, 20_000), "−6K on 21 May 2025"),
    ],
)
def test_the_card_tells_the_last_step(step: FloorStep, words: str) -> None:
    first = FloorStep(date(2026, 5, 1), 1_000, 9_000)
    report = replace(REPORT, projects=[replace(SHOP, steps=[first, step])])
    assert cells(table_of(floor_card(report, DRAWING)).rows[0])[-1] == words


def test_the_card_names_the_servers_that_came_and_went_with_the_newest_steps() -> None:
    names = ["a", "b", "c", "d", "e"]
    steps = [
        FloorStep(date(2026, 5, 1), 1_000, 9_000, ["first"]),
        FloorStep(date(2026, 5, 2), 9_000, 20_000, names, ["jira"]),
        FloorStep(date(2026, 5, 3), 20_000, 10_000, [], ["linear"]),
        FloorStep(date(2026, 5, 4), 10_000, 20_000),
    ]
    card = floor_card(replace(REPORT, projects=[replace(SHOP, steps=steps)]), DRAWING)
    assert [part.text for part in card.parts if isinstance(part, Note)] == [
        "shop, −10K on 3 May: linear went",
        "shop, +11K on 2 May: a, b, c, d came; jira went",
    ]


def test_the_card_draws_the_months_of_all_projects_on_one_scale() -> None:
    """One month alone is no change over time."""
    projects = [
        replace(SHOP, months={"2026-04": 10_000, "2026-05": 20_000}),
        replace(SHOP, months={"2026-05": 40_000}),
    ]
    shop, blog = table_of(floor_card(replace(REPORT, projects=projects), DRAWING)).rows
    assert (shop.cells[5], blog.cells[5]) == ((0.25, 0.5), ())


def test_a_history_without_known_prices_or_days_says_nothing_about_them() -> None:
    report = replace(REPORT, list_price_usd=None, list_price_usd_a_day=None)
    assert floor_card(report, DRAWING).sentence.endswith("tools and memory: 330K tokens a day.")
    assert floor_card(replace(report, tokens_a_day=None), DRAWING).sentence.endswith("tools and memory.")


def test_the_card_says_how_many_it_leaves_out() -> None:
    report = replace(REPORT, projects=[SHOP] * 30)
    assert [len(table_of(floor_card(report, DRAWING)).rows), table_of(floor_card(report, DRAWING)).left_out] == [8, 22]
    table = table_of(floor_card(report, Drawing(DRAWING.now, DRAWING.zone, 3)))
    assert (len(table.rows), table.left_out) == (3, 27)


def test_the_card_of_a_model_without_a_price(history: History) -> None:
    history.session("s", model="glm-4.6").response(input=20_000)
    (row,) = table_of(floor_card(report_of(history), DRAWING)).rows
    assert cells(row) == ["shop", "20K", "20K", "100 %"]


def test_nothing_to_fix_where_nothing_was_carried() -> None:
    assert floor_fix(replace(REPORT, responses=0, tokens_of_fix=0)) == ""
    assert floor_fix(replace(REPORT, size=999)) == floor_fix(replace(REPORT, size=None)) == ""
    assert floor_card(replace(REPORT, size=999), DRAWING).actions == ()
    assert floor_fix(replace(REPORT, responses=1_500, tokens_of_fix=1_500_000)).endswith(
        "saved 1.5M tokens, $0.09 at list price"
    )


def test_no_dollars_of_a_floor_where_the_replay_misses_the_bill(history: History) -> None:
    """20,000 written at 20 dollars a million and 4,000 at 40: of a thread with two lifetimes the replay knows one."""
    session = history.session("s")
    session.response(input=0, output=0, cache_write=20_000)
    session.response(input=0, output=0, cache_read=20_000, cache_write=4_000, cache_write_1h=4_000)
    report = report_of(history)
    assert (report.tokens_of_fix, report.list_price_usd_of_fix) == (2_000, None)
    assert floor_fix(report).endswith("would have saved 2K tokens")


def test_the_median_is_weighted_by_responses(history: History) -> None:
    """Three threads of 10,000 tokens with a response each, and one of 15,000 with five."""
    for name, size, times in (("a", 10_000, 1), ("b", 10_000, 1), ("c", 10_000, 1), ("d", 15_000, 5)):
        session = history.session(name)
        for _ in range(times):
            session.response(input=size, blocks=[text("")])
    report = report_of(history)
    assert (report.size, report.responses, report.tokens) == (15_000, 8, 105_000)
    assert read(history).total.usage().messages == 8


def test_the_floors_of_projects_sum_to_that_of_the_ledger(history: History) -> None:
    """Prompts of 10 tokens and nothing visible, seven responses each: 70 a project, 210 in all, subagents included."""
    for name in ("a", "b", "c"):
        session = history.session(name, cwd=f"/home/ada/{name}")
        session.response(input=10, blocks=[text("")])
        for _ in range(6):
            session.response(input=10, blocks=[text("")])
    found, ledger = walked(history)
    report = measure_floors(found, ledger)
    leaf = next(leaf.tokens for leaf in leaves_of(ledger) if leaf.kind == "floor")
    assert (report.tokens, leaf) == (210, 210)
    assert [project.tokens for project in report.projects] == [70, 70, 70]


@pytest.mark.parametrize("sizes", [(1_001, 1_003, 1_007), (997, 1_009, 1_013)])
def test_floors_rounded_together_lose_no_token(history: History, sizes: tuple[int, ...]) -> None:
    for number, size in enumerate(sizes):
        session = history.session(f"s{number}", cwd=f"/home/ada/{number}")
        session.prompt("x" * (size % 100))
        for step in range(3):
            session.response(input=size + step * 11, blocks=[text("some words")])
    found, ledger = walked(history)
    report = measure_floors(found, ledger)
    leaf = next(leaf.tokens for leaf in leaves_of(ledger) if leaf.kind == "floor")
    assert report.tokens == leaf == sum(project.tokens for project in report.projects)
