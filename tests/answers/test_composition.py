"""Carried, new, rebuilt and output, in tokens and dollars; and every sentence of the card."""

from __future__ import annotations

import pytest

from tests.answers import cells, read, table_of
from tests.history import NOW
from tests.transcripts import History, Session
from tokenscope.answers.context.composition import Composition, Part, compose, composition_card
from tokenscope.scope import Scope
from tokenscope.value import replace
from tokenscope.view.card import Card, Note, Row, Stack, Tone

# A million tokens of claude-opus-4-8 cost $10 as input, $20 written, $1 read, $50 as output (tests/history).


@pytest.fixture
def session(history: History) -> Session:
    return history.session("one")


def part(tokens: int = 0, share: float | None = 0.0, usd: float | None = 0.0, of_price: float | None = 0.0) -> Part:
    return Part(tokens, share, usd, of_price)


def notes(card: Card) -> list[str]:
    return [one.text for one in card.parts if isinstance(one, Note)]


def two_responses(session: Session) -> None:
    """10,000 tokens arrive; they are read again and 500 are written; 1,000 are output."""
    session.response(input=1_000, cache_write=9_000, output=100)
    session.response(input=0, cache_read=10_000, cache_write=500, output=900)


def test_two_responses_by_hand(history: History, session: Session) -> None:
    """21,500 tokens; $0.01 + $0.18 + $0.01 for what was new, $0.01 for reading, $0.05 for output: $0.26."""
    two_responses(session)
    assert compose(read(history)) == Composition(
        carried=Part(10_000, 0.465116, 0.01, 0.038462),
        new=Part(10_500, 0.488372, 0.2, 0.769231),
        rebuilt=Part(0, 0.0, 0.0, 0.0),
        output=Part(1_000, 0.046512, 0.05, 0.192308),
        web_search_usd=0.0,
        unpriced_tokens=0,
        output_floor_share=0.0,
    )


def test_rebuilt_tokens_are_not_new(history: History, session: Session) -> None:
    """8,000 of 10,000 are lost and written again for $0.16, with 1,000 new ones for $0.02."""
    session.response(input=0, cache_write=10_000, output=0)
    session.response(input=0, cache_read=2_000, cache_write=9_000, output=0)
    found = compose(read(history))
    assert [one.tokens for one in (found.carried, found.new, found.rebuilt)] == [2_000, 11_000, 8_000]
    assert [one.list_price_usd for one in (found.carried, found.new, found.rebuilt)] == [0.002, 0.22, 0.16]


def test_the_card_of_two_responses(history: History, session: Session) -> None:
    two_responses(session)
    card = composition_card(compose(read(history)))
    assert card.sentence == (
        "Three quarters of what you used, by list price, was new to the context: prompts, files and tool output."
    )
    rows = [cells(row) for row in table_of(card).rows]
    assert rows == [
        ["new", "10.5K", "49 %", "$0.20", "77 %", "added to context"],
        ["output", "1K", "5 %", "$0.05", "19 %", "written by model"],
        ["carried", "10K", "47 %", "$0.01", "4 %", "read from cache"],
        ["rebuilt", "0", "0 %", "$0", "0 %", "written again"],
    ]
    assert table_of(card).total == Row(("in all", "21.5K", "", "$0.26"))
    (stack,) = [one for one in card.parts if isinstance(one, Stack)]
    assert stack.shares == (
        (Tone.NEW, 0.769231), (Tone.OUTPUT, 0.192308), (Tone.CARRIED, 0.038462), (Tone.REBUILT, 0.0),
    )  # fmt: skip
    assert (notes(card), card.caption) == ([], "exact tokens at API list prices")


def test_the_card_of_nothing(history: History, session: Session) -> None:
    session.prompt("Hello")
    card = composition_card(compose(read(history)))
    assert card.sentence == "No responses here: nothing was used."
    assert card.parts == ()


def test_the_card_of_an_empty_window(history: History, session: Session) -> None:
    two_responses(session)
    found = compose(read(history, Scope(NOW, until=0)))
    assert found.carried == Part(0, None, 0.0, None)
    assert composition_card(found).sentence == "No responses here: nothing was used."


def test_the_card_of_models_without_a_price(history: History) -> None:
    """By tokens then, and without dollars."""
    session = history.session("one", model="glm-4.6")
    two_responses(session)
    found = compose(read(history))
    assert [one.list_price_usd for one in (found.carried, found.new, found.rebuilt, found.output)] == [None] * 4
    assert found.unpriced_tokens == 21_500
    card = composition_card(found)
    assert card.sentence == (
        "Half of what you used, by tokens, was new to the context: prompts, files and tool output."
    )
    assert cells(table_of(card).rows[0]) == ["new", "10.5K", "49 %", "added to context"]
    assert notes(card) == ["21.5K tokens of models without a known price are not in the dollars"]


def test_the_card_of_some_models_without_a_price(history: History, session: Session) -> None:
    two_responses(session)
    session.response(input=500, output=40, model="glm-4.6")
    card = composition_card(compose(read(history)))
    assert "by list price" in card.sentence
    assert notes(card) == ["540 tokens of models without a known price are not in the dollars"]


@pytest.mark.parametrize(
    ("largest", "words"),
    [
        ("carried", "Two thirds of what you used, by list price, was old context, carried again with every response."),
        ("new", "Two thirds of what you used, by list price, was new to the context: prompts, files and tool output."),
        ("output", "Two thirds of what you used, by list price, was written by the model."),
        ("rebuilt", "Two thirds of what you used, by list price, was context that the cache had lost and that was "
                    "written again."),
    ],
)  # fmt: skip
def test_the_sentence_is_about_the_largest_part(largest: str, words: str) -> None:
    parts = {name: part(10, 0.1, 0.1, 0.11) for name in ("carried", "new", "rebuilt", "output")}
    parts[largest] = part(70, 0.7, 0.7, 0.67)
    card = composition_card(Composition(**parts, web_search_usd=0.0, unpriced_tokens=0, output_floor_share=None))
    assert card.sentence == words


def test_searches_and_unfinished_output_are_told(history: History, session: Session) -> None:
    """Two searches for $0.02 are in the sum, 202 tokens for $0.0021; one of two responses never logged its output."""
    session.response(input=100, usage={"server_tool_use": {"web_search_requests": 2}})
    session.response(input=100, stop_reason=None)
    found = compose(read(history))
    assert (found.web_search_usd, found.output_floor_share) == (0.02, 0.5)
    card = composition_card(found)
    assert notes(card) == ["with $0.02 for web searches"]
    assert table_of(card).total == Row(("in all", "202", "", "$0.02"))
    assert card.caption == "exact tokens at API list prices · 50 % of the output figures unfinished"
    assert composition_card(replace(found, output_floor_share=None)).caption == "exact tokens at API list prices"
