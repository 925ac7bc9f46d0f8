"""Each day's composition, from the table in tests/analyzers, and what the card says of the days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.answers import DRAWING, MORNING, read
from tests.questions import shop
from tests.transcripts import History
from tokenscope.answers.context.composition import Part, compose, compose_days, days_card
from tokenscope.scope import Scope


def test_three_days_by_hand(tmp_path: Path) -> None:
    """1 June: Opus 28,000 x 1, 26,000 new and 17,000 again x 20, 1,000 x 50; Haiku's 4,000 read, 4,500 and 230.

    2 June: 10,000 x 8 and 2,000 x 20 new, 10,000 again x 20, 1,000 x 10 and 400 x 50, two searches.
    3 June: 12,000 x 0.5, 300 x 4, 50 x 10.
    """
    first, second, third = compose_days(read(shop(tmp_path)))
    assert [one.date for one in (first, second, third)] == [date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)]
    assert [one.messages for one in (first, second, third)] == [5, 2, 1]
    assert [one.total_tokens for one in (first, second, third)] == [80_730, 23_400, 12_350]
    assert [one.list_price_usd for one in (first, second, third)] == [0.938, 0.37, 0.0077]
    made = first.composition
    assert [(part.tokens, part.list_price_usd) for part in (made.carried, made.new, made.rebuilt, made.output)] == [
        (32_000, 0.028),
        (30_500, 0.52),
        (17_000, 0.34),
        (1_230, 0.05),
    ]
    made = second.composition
    assert [(part.tokens, part.list_price_usd) for part in (made.carried, made.new, made.rebuilt, made.output)] == [
        (0, 0.0),
        (12_000, 0.12),
        (10_000, 0.2),
        (1_400, 0.03),
    ]
    assert made.web_search_usd == 0.02
    assert third.composition.carried == Part(12_000, 0.97166, 0.006, 0.779221)


def test_the_days_sum_to_the_whole_but_for_what_has_no_time(tmp_path: Path) -> None:
    """msg_c3, 7 in and 3 out, has none."""
    history = read(shop(tmp_path))
    days, whole = compose_days(history), compose(history)
    assert sum(day.composition.new.tokens for day in days) == whole.new.tokens - 7
    assert sum(day.composition.output.tokens for day in days) == whole.output.tokens - 3
    for name in ("carried", "rebuilt"):
        assert sum(getattr(day.composition, name).tokens for day in days) == getattr(whole, name).tokens


def test_a_window_has_its_own_days(tmp_path: Path) -> None:
    (day,) = compose_days(
        read(shop(tmp_path), Scope(MORNING, since=MORNING + 12 * 3_600_000, until=MORNING + 86_400_000))
    )
    assert (day.date, day.total_tokens, day.composition.rebuilt.tokens) == (date(2026, 6, 2), 23_400, 10_000)


def test_the_card_of_no_day(history: History) -> None:
    history.session("s").prompt("Hello")
    card = days_card(compose_days(read(history)), DRAWING)
    assert card.sentence == "No responses here that have a time."


def test_the_card_of_one_and_of_several_days(history: History) -> None:
    session = history.session("s")
    session.response(input=900, output=100, at="2026-06-01T10:00:00Z")
    assert days_card(compose_days(read(history)), DRAWING).sentence == "1K tokens on 1 day."
    session.response(input=2_000, output=0, at="2026-06-02T09:00:00Z")
    sentence = "3K tokens on 2 days; the busiest was 2 Jun with 2K."
    assert days_card(compose_days(read(history)), DRAWING).sentence == sentence
