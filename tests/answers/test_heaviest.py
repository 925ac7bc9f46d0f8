"""The largest prompts: one a session, and what prompts of such a size came to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.answers import DRAWING, at, cells, read, table_of
from tests.history import NOW
from tests.transcripts import History
from tokenscope.answers.context.heaviest import HeaviestReport, heaviest_card, measure_heaviest
from tokenscope.scope import Scope
from tokenscope.view.question import Drawing


@pytest.fixture
def two(history: History) -> History:
    """Session one: 20,000 and 150,000 tokens, and 160,000 in a subagent. Session two: 100,000, not more."""
    one = history.session("one", cwd="/home/ada/shop")
    one.prompt("Fix the basket.")
    one.response("msg_1", input=20_000, at=at(1))
    one.response("msg_2", input=150_000, at=at(2))
    one.subagent("a1").response("msg_3", input=160_000, at=at(3))
    history.session("two", cwd="/home/ada/blog").response("msg_4", input=100_000, at=at(4))
    return history


def measured(history: History, scope: Scope | None = None) -> HeaviestReport:
    return measure_heaviest(read(history, scope))


def test_the_largest_prompt_of_each_session(two: History) -> None:
    first, second = measured(two).messages
    assert (first.message_id, first.session_id, first.agent_id) == ("msg_3", "one", "a1")
    assert (first.prompt_tokens, first.project, first.title) == (160_000, "/home/ada/shop", "Fix the basket.")
    assert first.at == datetime(2026, 6, 1, 10, 3, tzinfo=UTC)
    assert first.growth == [20_000, 150_000]  # of the session's main thread
    assert (second.message_id, second.agent_id, second.growth) == ("msg_4", None, [100_000])


def test_prompts_of_more_than_100_000_tokens(two: History) -> None:
    report = measured(two)
    assert (report.large, report.large_tokens) == (2, 310_000)
    assert (report.prompt_tokens, report.responses) == (430_000, 4)


def test_only_responses_in_scope_count(two: History) -> None:
    assert measured(two, Scope(NOW, sessions=("tw",), zone=UTC)).responses == 1
    assert measured(two, Scope(NOW, until=0, zone=UTC)).messages == []


def test_no_more_than_ten(history: History) -> None:
    for number in range(12):
        history.session(f"s{number}").response(input=1_000 + number)
    assert [one.prompt_tokens for one in measured(history).messages] == [1_000 + number for number in range(11, 1, -1)]


def test_the_card(two: History) -> None:
    card = heaviest_card(measured(two), DRAWING)
    assert card.sentence == (
        "The largest prompt held 160K tokens; 2 responses sent more than 100K, 72 % of all context."
    )
    first, _ = table_of(card).rows
    assert cells(first) == ["1 Jun 10:03", "shop", "Fix the basket.", "160K", "$1.60"]
    assert first.cells[-1] == (20_000 / 150_000, 1.0)
    assert card.actions == (
        "310K tokens were sent with prompts above 100K; what smaller ones would have saved: "
        "tokenscope whatif clear=pause window=150K",
    )


def test_the_card_of_small_prompts(history: History) -> None:
    history.session("one").response(input=100_000)
    card = heaviest_card(measured(history), DRAWING)
    assert (card.sentence, card.actions) == ("The largest prompt held 100K tokens; none was above 100K.", ())


def test_the_card_of_nothing(history: History) -> None:
    history.session("one").prompt("Hello")
    card = heaviest_card(measured(history), DRAWING)
    assert (card.sentence, card.parts) == ("Nothing: no response in scope had a prompt.", ())


def test_the_card_says_how_many_it_leaves_out(history: History) -> None:
    for number in range(9):
        history.session(f"s{number}").response(input=1_000)
    table = table_of(heaviest_card(measured(history), DRAWING))
    assert (len(table.rows), table.left_out) == (6, 3)
    table = table_of(heaviest_card(measured(history), Drawing(DRAWING.now, DRAWING.zone, 2)))
    assert (len(table.rows), table.left_out) == (2, 7)
