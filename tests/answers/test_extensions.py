"""MCP servers, skills and hooks: what was loaded, what was used, what of it was carried."""

from __future__ import annotations

from datetime import date

import pytest

from tests.answers import DRAWING, cells, table_of, walked
from tests.transcripts import History, Session, text, tool_use
from tokenscope.answers.context.extensions import ExtensionsReport, Server, extensions_card, measure_extensions
from tokenscope.answers.context.floor import FloorReport, measure_floors
from tokenscope.value import replace
from tokenscope.view.card import Note

EMPTY = ExtensionsReport([], 0, 0, [], 0, 0, 0, 0)


def measured(history: History) -> tuple[ExtensionsReport, FloorReport]:
    found, ledger = walked(history)
    floor = measure_floors(found, ledger)
    return measure_extensions(found, ledger, floor), floor


def opened(history: History, *servers: str, day: int = 1, size: int = 20_000, skills: tuple[str, ...] = ()) -> Session:
    """A session on a day of June that announces servers, with three tools each, and skills."""
    session = history.session(f"s{history.count()}", cwd="/home/ada/shop")
    if skills:
        session.attachment("skill_listing", names=list(skills), content="s" * 290, at=f"2026-06-{day:02}T11:00:00Z")
    if servers:
        names = [f"mcp__{server}__{tool}" for server in servers for tool in ("find", "get", "put")]
        session.attachment("deferred_tools_delta", addedNames=["Read", *names], addedLines=[])
    session.response(input=size, blocks=[text("")], at=f"2026-06-{day:02}T12:00:00Z")
    return session


def test_servers_that_were_loaded_and_called(history: History) -> None:
    opened(history, "linear", "jira")
    session = opened(history, "linear")
    session.response(
        input=20_000, blocks=[tool_use("t1", "mcp__linear__find", {}), tool_use("t2", "mcp__linear__get", {})]
    )
    session.tool_result("t1", "r" * 2_900)
    session.response(input=21_000, blocks=[text("")])
    report, _ = measured(history)
    jira, linear = sorted(report.servers, key=lambda one: one.server)
    assert jira == Server("jira", 3, 1, 0, 0, 0, [])
    assert linear == Server("linear", 3, 2, 1, 2, linear.result_tokens, [])
    assert 900 < linear.result_tokens < 1_000  # of 1,000 tokens of growth, some are the inputs'


def test_a_server_that_came_with_a_step_of_the_floor(history: History) -> None:
    """Three sessions of 20,000 tokens that list skills and no server, then three of 28,000 with one."""
    for day in (1, 2, 3):
        opened(history, "jira", day=day, skills=("pdf",))
    for day in (4, 5, 6):
        opened(history, "jira", "linear", day=day, size=28_000, skills=("pdf",))
    report, floor = measured(history)
    (step,) = floor.projects[0].steps
    assert (step.date, step.announced, step.gone) == (date(2026, 6, 4), ["linear"], [])
    assert {one.server: one.floor_steps for one in report.servers} == {"jira": [], "linear": [date(2026, 6, 4)]}


def test_a_server_that_went_with_a_step_of_the_floor(history: History) -> None:
    for day in (1, 2, 3):
        opened(history, "linear", day=day, size=28_000)
    for day in (4, 5, 6):
        opened(history, day=day, skills=("pdf",))
    report, floor = measured(history)
    (step,) = floor.projects[0].steps
    assert (step.announced, step.gone) == ([], ["linear"])
    assert report.servers[0].floor_steps == []


def test_nothing_is_said_to_have_come_where_nothing_was_announced_before(history: History) -> None:
    """Older logs announce nothing: who knows what was loaded then."""
    for day in (1, 2, 3):
        opened(history, day=day)
    for day in (4, 5, 6):
        opened(history, "linear", day=day, size=28_000)
    _, floor = measured(history)
    (step,) = floor.projects[0].steps
    assert (step.announced, step.gone) == ([], [])


def test_skills_that_were_listed_and_used(history: History) -> None:
    opened(history, skills=("pdf", "review"))
    session = opened(history, skills=("pdf", "review", "deploy"))
    session.response(input=20_100, blocks=[tool_use("t1", "Skill", {"skill": "review"})])
    session.prompt("Base directory for this skill: /skills/review\n" + "b" * 600, row={"isMeta": True})
    session.response(input=20_400, blocks=[text("")])
    report, _ = measured(history)
    assert (report.skills_offered, report.skills_used) == (3, 1)
    assert report.skills_never_used == ["pdf", "deploy"]  # in two sessions, in one
    assert report.skill_listing_tokens > 0
    assert 0 < report.skill_body_tokens < 300


# --- the card ---


def test_subagents_that_were_offered_are_no_servers(history: History) -> None:
    opened(history, "linear").attachment("agent_listing_delta", addedTypes=["Explore"], at="2026-06-01T11:00:01Z")
    report, _ = measured(history)
    assert [one.server for one in report.servers] == ["linear"]


def server(name: str = "linear", *, calls: int = 0, loaded: int = 4) -> Server:
    return Server(name, 3, loaded, min(calls, 1), calls, 700 * calls, [])


def notes(report: ExtensionsReport) -> list[str]:
    return [part.text for part in extensions_card(report, DRAWING).parts if isinstance(part, Note)]


def test_the_card_of_nothing() -> None:
    card = extensions_card(EMPTY, DRAWING)
    assert (card.sentence, card.parts) == ("No MCP server was announced or called.", ())


@pytest.mark.parametrize(
    ("servers", "sentence", "actions"),
    [
        ([server(calls=2)], "The one MCP server was called.", ()),
        ([server(calls=2), server("jira", calls=1)], "All of 2 MCP servers were called.", ()),
        (
            [server()],
            "Of 1 MCP server, 1 was loaded and never called.",
            ("linear was loaded in 4 sessions and never called",),
        ),
        (
            [server(), server("jira"), server("hub", calls=1)],
            "Of 3 MCP servers, 2 were loaded and never called.",
            ("linear was loaded in 4 sessions and never called, nor was 1 other",),
        ),
        (
            [server(), server("jira"), server("hub"), server("once", loaded=1)],
            "Of 4 MCP servers, 4 were loaded and never called.",
            ("linear was loaded in 4 sessions and never called, nor were 2 others",),
        ),
        ([server(loaded=1)], "Of 1 MCP server, 1 was loaded and never called.", ()),
    ],
)
def test_the_sentence_and_what_to_do(servers: list[Server], sentence: str, actions: tuple[str, ...]) -> None:
    card = extensions_card(replace(EMPTY, servers=servers), DRAWING)
    assert card.sentence == sentence
    what = ": turn off in /mcp, or take out of .mcp.json, what you do not need"
    assert card.actions == tuple(action + what for action in actions)


def test_a_row_of_the_card() -> None:
    one = replace(server(calls=2), floor_steps=[date(2026, 5, 1), date(2026, 5, 21)])
    (row,) = table_of(extensions_card(replace(EMPTY, servers=[one]), DRAWING)).rows
    assert cells(row) == ["linear", "3", "4", "1", "2", "1.4K", "with a step of the floor on 21 May"]


def test_what_is_said_of_skills_and_hooks() -> None:
    report = replace(EMPTY, skills_offered=3, skills_used=1, skill_listing_tokens=5_000, skill_body_tokens=900)
    assert notes(replace(report, announcement_tokens=70, hook_tokens=8)) == [
        "1 of 3 skills used; their listing was carried for 5K tokens; bodies of used skills: 900 tokens; "
        "announcements of tools: 70 tokens; hooks' output: 8 tokens"
    ]
