"""The ledger as it is printed: items inside a source, and every sentence of the card. Its figures: tests/history."""

from __future__ import annotations

import pytest

from tests.answers import DRAWING, cells, reported, source, table_of
from tests.transcripts import History, Session, image, text, tool_use
from tokenscope.answers.context.ledger_sources import ItemRow, LedgerReport, SourceRow, ledger_card, with_items
from tokenscope.value import replace
from tokenscope.view.card import Row, Tone
from tokenscope.view.question import Drawing


@pytest.fixture
def session(history: History) -> Session:
    return history.session("one")


def returned(session: Session, tool: str, path: str, size: int) -> None:
    reference = f"toolu_{session.history.count()}"
    session.response(input=0, blocks=[tool_use(reference, tool, {"file_path": path})])
    session.tool_result(reference, "r" * size)


def row(name: str = "Read results", kind: str = "tool_result", tokens: int = 500, **more: object) -> SourceRow:
    made = SourceRow(name, kind, tokens, tokens / 1_000, 0.05, 4, 12.4, [], 0)
    return replace(made, **more)


def item(name: str = "/home/ada/shop/a.py", times: int = 2) -> ItemRow:
    return ItemRow(name, 300, 0.3, 0.03, times, 12.6)


# --- items ---


def test_items_are_what_a_source_was_made_of(history: History, session: Session) -> None:
    """1,000 and 2,000 tokens arrive with 3,000 of growth; the inputs, of some 40 bytes, arrived in no prompt."""
    session.response(
        input=10_000, blocks=[tool_use("a", "Read", {"file_path": "/a"}), tool_use("b", "Read", {"file_path": "/b"})]
    )
    session.tool_result("a", "r" * (2_900 - 76))
    session.tool_result("b", "r" * 5_800)
    session.response(input=13_000, blocks=[text("")])
    found = source(reported(history), "Read results")
    assert [(one.item, one.tokens, one.occurrences, one.responses) for one in found.items] == [
        ("/b", 2_000, 1, 1.0),
        ("/a", round((2_900 - 76) / 2.9), 1, 1.0),
    ]
    assert (found.tokens, found.items_left_out) == (2_000 + round((2_900 - 76) / 2.9), 0)
    assert found.items[0].share == round(2_000 / 23_000, 6)
    assert found.items[0].list_price_usd == 0.02


def test_no_more_than_20_items_a_source(history: History, session: Session) -> None:
    for place in range(25):
        returned(session, "Read", f"/{place:02}", 2_900 + place * 290)
    session.response(input=90_000)
    found = source(reported(history), "Read results")
    assert [one.item for one in found.items] == [f"/{place:02}" for place in range(24, 4, -1)]
    assert (found.occurrences, found.items_left_out) == (25, 5)
    assert sum(one.tokens for one in found.items) < found.tokens


def test_fewer_items_leave_more_out(history: History, session: Session) -> None:
    """25 files, of which 20 are listed: of 3 that remain, 22 are left out."""
    for place in range(25):
        returned(session, "Read", f"/{place:02}", 2_900 + place * 290)
    session.response(input=90_000)
    found = source(with_items(reported(history), 3), "Read results")
    assert ([one.item for one in found.items], found.items_left_out) == (["/24", "/23", "/22"], 22)


def test_items_add_up_to_their_source_where_some_have_no_name(history: History, session: Session) -> None:
    """An image of a prompt beside one that Read returned: the same estimate, so a half each."""
    session.response(input=10_000, blocks=[tool_use("a", "Read", {"file_path": "/a.png"})])
    session.tool_result("a", [image()])
    session.prompt([image()])
    session.response(input=13_000)
    found = source(reported(history), "images")
    assert {one.item for one in found.items} == {"Read", "in prompts"}
    assert (sum(one.tokens for one in found.items), found.items_left_out) == (found.tokens, 0)


def test_sources_without_a_prompt_token_are_left_out(history: History, session: Session) -> None:
    session.prompt("Go")
    session.response(input=0)
    assert reported(history) == LedgerReport(0, [])


def test_sources_of_two_sessions_are_one(history: History) -> None:
    for name in ("one", "two"):
        session = history.session(name)
        session.prompt("p" * 290)
        session.response(input=1_000)
    found = source(reported(history), "prompts")
    assert (found.tokens, found.occurrences, found.responses, found.share) == (200, 2, 1.0, 0.1)


# --- the card ---


def test_the_card_of_nothing(history: History, session: Session) -> None:
    session.prompt("Go")
    card = ledger_card(reported(history), DRAWING)
    assert card.sentence == "Nothing: no response in scope had a prompt."
    assert (card.parts, card.caption) == ((), "")


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("floor", "floor", "Half of all context was the floor: system prompt, tools and memory, before you typed a word."),
        ("tool_result", "Read results", "Half of all context was Read results: put there once, carried by every later response."),
        ("tool_input", "tool inputs", "Half of all context was what it had written itself into tools: edits and commands."),
        ("prompt", "prompts", "Half of all context was prompts."),
        ("not_logged", "not logged", "Half of all context was not logged."),
    ],
)  # fmt: skip
def test_the_sentence_is_about_the_largest_source(kind: str, name: str, words: str) -> None:
    card = ledger_card(LedgerReport(1_000, [row(name, kind)]), DRAWING)
    assert card.sentence == words
    assert card.caption == "estimated inside each response, scaled to its exact size"


def test_sources_have_a_sum_and_those_left_out_are_in_it() -> None:
    """Nine sources of 100 tokens and $0.05 make 900 and $0.45; 100 more of no known price make 1,000."""
    found = [row(f"{place} results", tokens=100, share=0.1) for place in range(9)]
    found.append(row("prompts", "prompt", 100, share=0.1, list_price_usd=None))
    table = table_of(ledger_card(LedgerReport(1_000, found), replace(DRAWING, limit=8)))
    assert (len(table.rows), table.left_out, table.total) == (4, 6, Row(("in all", "1K", "100 %", "$0.45")))


def test_one_source_is_its_own_sum() -> None:
    assert table_of(ledger_card(LedgerReport(500, [row(share=1.0)]), DRAWING)).total is None


def test_the_sentence_where_one_source_was_all() -> None:
    card = ledger_card(LedgerReport(1_000, [row("prompts", "prompt", share=1.0)]), DRAWING)
    assert card.sentence == "All context was prompts."


@pytest.mark.parametrize(
    ("found", "remark"),
    [
        (row("floor", "floor"), "system, tools, memory"),
        (row("prompts", "prompt"), "what you wrote"),
        (row("inherited", "inherited"), "what forks began with"),
        (row("Bash results"), "each in 12 responses"),
        (row("Bash results", responses=1.9), ""),
        (row("commands and notices", "prompt", responses=3.0), "each in 3 responses"),
    ],
)
def test_what_is_said_beside_a_source(found: SourceRow, remark: str) -> None:
    (shown,) = table_of(ledger_card(LedgerReport(1_000, [found]), DRAWING)).rows
    assert shown.cells[-1] == remark
    assert cells(shown)[:4] == [found.source, "500", "50 %", "$0.05"]
    assert shown.tone == (Tone.PLAIN if found.kind == "floor" else Tone.CARRIED)


def test_a_floors_usual_size_where_it_is_known() -> None:
    card = ledger_card(LedgerReport(1_000, [row("floor", "floor")]), DRAWING, floor=18_432)
    assert table_of(card).rows[0].cells[-1] == "about 18.4K with each"


def test_the_two_largest_results_show_their_items() -> None:
    results = [
        row(name, items=[item(), item("/b", 1), item("/c")])
        for name in ("Read results", "Bash results", "MCP a results")
    ]
    rows = table_of(ledger_card(LedgerReport(1_000, [row("floor", "floor"), *results]), DRAWING)).rows
    assert [shown.cells[0] for shown in rows] == [
        "floor", "Read results", "~/shop/a.py", "/b", "Bash results", "~/shop/a.py", "/b", "MCP a results",
    ]  # fmt: skip
    assert [shown.indent for shown in rows] == [0, 0, 1, 1, 0, 1, 1, 0]
    assert cells(rows[2]) == ["~/shop/a.py", "300", "$0.03", "2 times, in 13 each"]
    assert cells(rows[3])[-1] == "1 time, in 13 each"


def test_an_unknown_price_is_blank() -> None:
    found = row(list_price_usd=None, items=[replace(item(), list_price_usd=None)])
    source_row, item_row = table_of(ledger_card(LedgerReport(1_000, [found]), DRAWING)).rows
    assert cells(source_row) == ["Read results", "500", "50 %", "each in 12 responses"]
    assert cells(item_row) == ["~/shop/a.py", "300", "2 times, in 13 each"]


@pytest.mark.parametrize(
    ("limit", "items", "shown"), [(12, 2, 8), (12, 1, 10), (12, 0, 12), (4, 2, 4), (1, 2, 4), (40, 2, 30)]
)
def test_the_card_says_how_many_it_leaves_out(limit: int, items: int, shown: int) -> None:
    """Items of two sources take the place of sources, but four sources are always there."""
    report = LedgerReport(1_000, [row(f"source {place}", "prompt", 10) for place in range(30)])
    table = table_of(ledger_card(report, Drawing(DRAWING.now, DRAWING.zone, limit), items=items))
    assert (len(table.rows), table.left_out) == (shown, 30 - shown)
