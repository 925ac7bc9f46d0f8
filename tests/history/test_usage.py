"""Sums: tokens and their list price, where the price is known, partly known and unknown."""

from __future__ import annotations

import pytest

from tests.history import seen
from tests.ingest import FIRST
from tests.transcripts import History, Session, iteration
from tokenscope.history.usage import Tally, dollars_of, share_of, total_of
from tokenscope.model import Usage


@pytest.fixture
def session(history: History) -> Session:
    return history.session(FIRST, model="claude-opus-4-8")


def test_a_sum_in_full(history: History, session: Session) -> None:
    """Opus: 4 x 10 + 150 x 20 + 50 x 40 + 3,000 x 1 + 40 x 50 = 10,040 dollars per million; Haiku has no price."""
    session.response(input=3, output=30, cache_read=1_000, cache_write=200, cache_write_1h=50)
    session.response(input=1, output=10, cache_read=2_000)
    assert seen(history).total.usage() == Usage(
        messages=2,
        input_tokens=4,
        output_tokens=40,
        cache_read_input_tokens=3_000,
        cache_creation_input_tokens=200,
        ephemeral_5m_input_tokens=150,
        ephemeral_1h_input_tokens=50,
        total_tokens=3_244,
        list_price_usd=0.01004,
    )


def test_no_usage_costs_nothing(history: History, session: Session) -> None:
    session.prompt("Go")
    assert seen(history).total.usage() == Usage()
    assert Usage().list_price_usd == 0.0


def test_an_unknown_price_is_none_and_never_nothing(history: History, session: Session) -> None:
    session.response(model="claude-haiku-4-5", input=5, output=7)
    usage = seen(history).total.usage()
    assert (usage.list_price_usd, usage.total_tokens, usage.messages) == (None, 12, 1)


def test_where_some_has_a_price_the_rest_is_told(history: History, session: Session) -> None:
    session.response(model="claude-opus-4-8", input=1_000_000, output=0)
    session.response(model="claude-haiku-4-5", input=5, output=7)
    session.response(model="gpt-x", input=1, output=1)
    total = seen(history).total
    assert total.usage().list_price_usd == 10.0
    assert (total.unpriced_tokens, total.usage().total_tokens) == (14, 1_000_014)


def test_a_response_of_no_tokens_needs_no_price(history: History, session: Session) -> None:
    session.response(model="claude-haiku-4-5", input=0, output=0)
    total = seen(history).total
    assert (total.usage().list_price_usd, total.usage().messages, total.unpriced_tokens) == (0.0, 1, 0)


def test_web_searches_cost_extra(history: History, session: Session) -> None:
    """Ten dollars per thousand: three of them and one input token are 0.03001 dollars."""
    session.response(input=1, output=0, usage={"server_tool_use": {"web_search_requests": 3}})
    assert seen(history).total.usage().list_price_usd == 0.03001


def test_a_request_inside_a_response_counts_as_tokens_and_no_message(history: History, session: Session) -> None:
    """An advisor of another model at that model's price: 1,000 x 2 + 100 x 10 = 3,000 per million."""
    advice = iteration("advisor_message", model="claude-sonnet-4-5", input=1_000, output=100)
    session.response(input=1, output=0, iterations=[advice])
    by_model = seen(history).by(lambda message: message.model)
    usage = {model: tally.usage() for model, tally in by_model.items()}
    assert (usage["claude-opus-4-8"].messages, usage["claude-opus-4-8"].list_price_usd) == (1, 0.00001)
    assert (usage["claude-sonnet-4-5"].messages, usage["claude-sonnet-4-5"].list_price_usd) == (0, 0.003)
    assert usage["claude-sonnet-4-5"].total_tokens == 1_100


def test_groups_stand_in_the_order_they_were_met_and_add_up(history: History, session: Session) -> None:
    for model, output in (("b", 1), ("a", 20), ("b", 300)):
        session.response(model=model, input=0, output=output)
    found = seen(history)
    tallies = found.by(lambda message: message.model)
    assert [(name, tally.usage().output_tokens) for name, tally in tallies.items()] == [("b", 301), ("a", 20)]
    assert total_of(tallies.values()).usage() == found.total.usage() == seen(history).total.usage()


def test_floors_and_priority_are_counted(history: History, session: Session) -> None:
    session.response(stop_reason=None)
    session.response(usage={"service_tier": "priority"})
    session.response(stop_reason=None, iterations=[iteration("compaction", input=4)])
    total = seen(history).total
    assert (total.messages, total.floors, total.priority) == (3, 2, 1)


def test_a_sum_is_exact_however_many_there_are(history: History, session: Session) -> None:
    """A thousand cache reads of one token: a million of them cost a dollar. Floats would drift."""
    for _ in range(1_000):
        session.response(input=0, output=0, cache_read=1)
    assert seen(history).total.price.total == 1_000 * 10**6
    assert seen(history).total.usage().list_price_usd == 0.001


@pytest.mark.parametrize(
    ("picodollars", "usd"),
    [(0, 0.0), (10**12, 1.0), (499_999, 0.0), (500_001, 0.000001), (123_456_789_000_000, 123.456789)],
)
def test_dollars_are_rounded_to_six_places(picodollars: int, usd: float) -> None:
    assert dollars_of(picodollars) == usd


def test_a_share_of_nothing_is_unknown() -> None:
    assert share_of(0, 0) is None
    assert share_of(0, 5) == 0
    assert share_of(1, 3) == 0.333333
    assert share_of(5, 5) == 1


def test_what_is_told_beside_a_sum_is_the_sum_of_its_parts(history: History, session: Session) -> None:
    """Three floors and three responses on the priority tier, in two models; 14 + 12 tokens of a model without price."""
    priority = {"service_tier": "priority"}
    for model in ("claude-opus-4-8", "claude-haiku-4-5"):
        session.response(model=model, input=5, output=7, stop_reason=None, usage=priority)
    session.response(model="claude-haiku-4-5", input=5, output=9, stop_reason=None)
    session.response(model="claude-opus-4-8", input=1, output=1, usage=priority)
    total = seen(history).total
    assert (total.floors, total.priority) == (3, 3)
    assert total.unpriced == {"claude-haiku-4-5": 26}
    assert total.unpriced_tokens == 26


def test_responses_of_one_model_and_tariff_are_added_one_after_the_other(history: History, session: Session) -> None:
    session.response(model="claude-haiku-4-5", input=5, output=7, usage={"service_tier": "priority"})
    found = seen(history)
    tally = Tally()
    for _ in range(3):
        tally.add(found.messages, found.pricer)
    assert (tally.priority, tally.unpriced, tally.messages) == (3, {"claude-haiku-4-5": 36}, 3)
