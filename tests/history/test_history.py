"""A history seen through a scope: which responses are in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.history import seen
from tests.ingest import FIRST, SECOND, TEN
from tests.transcripts import History
from tokenscope.history import history as accounting
from tokenscope.history.session_usage import session_sums

HOUR = 3_600_000


@pytest.fixture
def shop(history: History) -> History:
    """Four sessions of three projects and three models, an hour between them; the third has a subagent."""
    for number, (session_id, cwd, model) in enumerate(
        (
            (FIRST, "/home/ada/shop", "claude-opus-4-8"),
            (SECOND, "/home/ada/Shop/till", "claude-sonnet-4-5"),
            ("2222aaaa", "/home/ada/blog", "claude-haiku-4-5"),
            ("3333aaaa", "/home/ada/blog", "claude-opus-4-8"),
        )
    ):
        session = history.session(session_id, cwd=cwd, model=model)
        session.response(f"msg_{number}", at=f"2026-06-01T1{number}:00:00Z")
        if number == 2:
            session.subagent("a1").response("msg_a", at="2026-06-01T12:30:00Z")
    return history


def test_what_was_found_once_is_not_looked_for_again(shop: History) -> None:
    asked = []

    def count(history: accounting.History) -> list[int]:
        asked.append(history)
        return [len(history.messages)]

    whole = seen(shop)
    part = whole.only([0, 1])
    assert whole.once(count) is whole.once(count)
    assert (whole.once(count), part.once(count)) == ([5], [2])
    assert asked == [whole, part]
    assert (part.scope, part.pricer) == (whole.scope, whole.pricer)


def test_a_part_takes_over_what_its_whole_has_worked_out(shop: History) -> None:
    """What a response cost, and what was written to the cache again: both know no window."""
    whole = seen(shop)
    price = whole.price(0)
    part = whole.only([0, 1])
    assert part.price(0) is price is not None
    assert part.rebuilds is whole.rebuilds


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, "0 1 2 3 a"),
        ({"since": TEN}, "0 1 2 3 a"),
        ({"since": TEN + 1}, "1 2 3 a"),
        ({"until": TEN}, ""),
        ({"until": TEN + 1}, "0"),
        ({"since": TEN + HOUR, "until": TEN + 2 * HOUR}, "1"),
        ({"since": TEN + 9 * HOUR}, ""),
        ({"since": 0}, "0 1 2 3 a"),
        ({"projects": ("shop",)}, "0 1"),
        ({"projects": ("SHOP/t",)}, "1"),
        ({"projects": ("till", "blog")}, "1 2 3 a"),
        ({"projects": ("ada",)}, "0 1 2 3 a"),
        ({"projects": ("nothing",)}, ""),
        ({"models": ("opus",)}, "0 3"),
        ({"models": ("OPUS", "haiku")}, "0 2 3 a"),
        ({"models": ("4-8",)}, "0 3"),
        ({"models": ("gpt",)}, ""),
        ({"sessions": (FIRST,)}, "0"),
        ({"sessions": ("2222",)}, "1 2 a"),
        ({"sessions": ("2222a", "1")}, "0 2 a"),
        ({"sessions": ("222aaaa",)}, ""),  # the beginning, not the middle
        ({"projects": ("blog",), "models": ("opus",)}, "3"),
        ({"projects": ("blog",), "since": TEN + 2 * HOUR + 1, "until": TEN + 3 * HOUR}, "a"),
        ({"sessions": ("2222a",), "models": ("opus",)}, ""),
    ],
    ids=str,
)
def test_a_scope_says_which_responses_count(shop: History, scope: dict[str, Any], expected: str) -> None:
    history = seen(shop, **scope)
    assert sorted(message.id.removeprefix("msg_") for message in history.messages) == expected.split()
    assert [history.store.messages[index] for index in history.indices] == history.messages
    assert history.total.messages == len(history.messages)


def test_undated_responses_are_in_no_window_and_in_every_other_scope(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.response("msg_2", output=20, row={"timestamp": "soon"})
    for scope, output in (({}, 21), ({"models": ("opus",)}, 21), ({"since": 0}, 1), ({"until": 1 << 50}, 1)):
        assert seen(history, **scope).total.usage().output_tokens == output
    assert seen(history).dated().total.usage().output_tokens == 1
    assert seen(history, models=("opus",)).dated().total.usage().output_tokens == 1
    assert seen(history, until=1 << 50).dated().total.usage().output_tokens == 1


def test_sessions_are_summed_with_their_subagents_the_last_one_first(shop: History) -> None:
    found = [
        (sums.session.session_id, sums.tally.messages, sums.started, sums.ended, sums.subagents)
        for sums in session_sums(seen(shop))
    ]
    assert found == [
        ("3333aaaa", 1, TEN + 3 * HOUR, TEN + 3 * HOUR, 0),
        ("2222aaaa", 2, TEN + 2 * HOUR, TEN + 5 * HOUR // 2, 1),
        (SECOND, 1, TEN + HOUR, TEN + HOUR, 0),
        (FIRST, 1, TEN, TEN, 0),
    ]


def test_a_session_is_measured_inside_the_window_alone(shop: History) -> None:
    found = session_sums(seen(shop, since=TEN + 2 * HOUR + 1, until=TEN + 3 * HOUR))
    assert [(sums.session.session_id, sums.tally.messages, sums.started) for sums in found] == [
        ("2222aaaa", 1, TEN + 5 * HOUR // 2)
    ]


def test_a_session_without_responses_in_scope_is_not_listed(shop: History) -> None:
    shop.session("empty").prompt("Go")
    found = seen(shop)
    assert "empty" in found.store.sessions
    assert "empty" not in {sums.session.session_id for sums in session_sums(found)}


def test_a_history_without_any_dates_has_nothing_dated(history: History) -> None:
    history.session(FIRST).response(row={"timestamp": None})
    assert seen(history).total.messages == 1
    assert seen(history).dated().total.messages == 0


def test_sessions_count_their_subagents_and_stand_without_a_time(history: History) -> None:
    dated = history.session(FIRST)
    for agent in ("a1", "a2"):
        thread = dated.subagent(agent)
        thread.response(at="2026-06-01T10:00:00Z")
        thread.response(at="2026-06-01T11:00:00Z")
    history.session(SECOND).response(row={"timestamp": None})
    found = [(one.session.session_id, one.started, one.ended, one.subagents) for one in session_sums(seen(history))]
    assert found == [(FIRST, TEN, TEN + HOUR, 2), (SECOND, None, None, 0)]


def test_what_a_rebuild_cost_is_whole_picodollars(history: History) -> None:
    """Two thirds of what was written, and of what was read, at 20 and at 1 picodollar millions a token.

    The second response reads 3,000 of 10,000 tokens and writes 10,001, of which 7,000 were there before.
    """
    session = history.session(FIRST, model="claude-opus-4-8")
    session.response("msg_1", input=0, cache_write=10_000, at="2026-06-01T10:00:00Z")
    session.response("msg_2", input=0, cache_read=3_000, cache_write=10_001, at="2026-06-01T11:00:00Z")
    found = seen(history)
    (rebuild,) = found.rebuilds.values()
    assert rebuild.tokens == 7_000
    assert found.rebuild_prices == [found.price_rebuild(rebuild)]
    paid, as_read = found.price_rebuild(rebuild) or (None, None)
    assert (paid, type(paid)) == (7_000 * 20_000_000, int)
    assert (as_read, type(as_read)) == (7_000 * 1_000_000, int)


def test_what_was_written_again_for_an_hour_cost_more(history: History) -> None:
    """7,500 of 10,000 tokens written, a quarter of which for an hour: at 20 and at 40 picodollar millions, 25 on average."""
    session = history.session(FIRST, model="claude-opus-4-8", version="2.1.30")
    session.response("msg_1", input=0, cache_write=10_000, at="2026-06-01T10:00:00Z")
    session.response(
        "msg_2", cache_read=2_500, cache_write=10_000, cache_write_1h=2_500, at="2026-06-01T11:00:00Z", input=0
    )
    found = seen(history)
    (rebuild,) = found.rebuilds.values()
    assert rebuild.tokens == 7_500
    assert found.price_rebuild(rebuild) == (7_500 * 25_000_000, 7_500 * 1_000_000)
