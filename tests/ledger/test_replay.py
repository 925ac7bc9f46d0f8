"""Planted threads run again under other rules, each figure worked out by hand; and what holds of any thread.

Dollars per million tokens: Opus input 10, cache write 20 (for an hour 40), cache read 1, output 50; Sonnet 2, 4, 0.5, 10.
The comments multiply tokens with these: so they are in millionths of a dollar.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.history import NOW, pricer
from tests.ledger.replays import MILLION, MINUTE, SONNET, STEPS, THREADS, replayed, say, store_with
from tests.transcripts import History
from tokenscope.history.history import History as Seen
from tokenscope.ledger.replay import CostChange, ThreadTurns, all_series, bill_of
from tokenscope.ledger.replay_lifetimes import check_pauses, identity_error, lifetime_saving, with_lifetime
from tokenscope.ledger.replay_results import Cut, repriced, run_cut, switched, with_smaller_floor
from tokenscope.ledger.replay_sizes import clear_after_pause, compact_at, compact_before_pause, run_smaller
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope

FIVE, HOUR = 5 * MINUTE, 60 * MINUTE


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    return pricer(tmp_path_factory.mktemp("prices"))


def dollars(tokens: int, price: int) -> CostChange:
    """`price` in millionths of a dollar."""
    return CostChange(tokens, price * MILLION)


def test_a_cache_of_an_hour_would_have_kept_what_ten_minutes_lost(history: History, prices: Pricer) -> None:
    say(
        history,
        {"cache_write": 10_000},  # for an hour: 20 a token more, 200,000
        {"cache_read": 10_000, "cache_write": 1_000, "wait": 1},  # likewise: 20,000
        {"cache_write": 12_000, "wait": 10},  # 240,000; 11,000 read and 1,000 written come to 51,000
        {"cache_write": 12_500, "wait": 70},  # lost in both cases: 250,000 more
    )
    _, series = replayed(history, prices)
    assert with_lifetime(series, HOUR) == dollars(0, 200_000 + 20_000 - 189_000 + 250_000)
    assert lifetime_saving(series, FIVE) == CostChange()
    assert check_pauses([series])[:3] == (2, 11_000 + 12_000, 11_000 + 12_000)


def test_a_cache_of_five_minutes_would_have_lost_what_an_hour_kept(history: History, prices: Pricer) -> None:
    say(
        history,
        {"cache_write": 10_000, "cache_write_1h": 10_000},  # 20 a token less: 200,000
        {"cache_read": 10_000, "cache_write": 1_000, "cache_write_1h": 1_000, "wait": 10},  # 50,000; 11,000 at 20
    )
    _, series = replayed(history, prices)
    assert lifetime_saving(series, FIVE) == dollars(0, -200_000 + 170_000)
    assert lifetime_saving(series, HOUR) == CostChange()
    assert identity_error([series], bill_of(series)) == 0


def test_a_thread_that_changed_its_lifetime_does_not_reproduce_its_bill(history: History, prices: Pricer) -> None:
    """10,000 tokens at 20 and 2,000 at 40: 280,000 were billed, and 2,000 of writes miss their 20 more."""
    say(
        history,
        {"cache_write": 10_000},
        {"cache_read": 0, "cache_write": 2_000, "cache_write_1h": 2_000},
    )
    _, series = replayed(history, prices)
    assert identity_error([series], bill_of(series)) == pytest.approx(40_000 / 280_000)


def growing(history: History) -> None:
    """Contexts of 5,000, 20,000, 35,000 and 36,000 tokens."""
    say(
        history,
        {"cache_write": 5_000},
        {"cache_read": 5_000, "cache_write": 15_000},
        {"cache_read": 20_000, "cache_write": 15_000},
        {"cache_read": 35_000, "cache_write": 1_000},
    )


def test_a_window(history: History, prices: Pricer) -> None:
    """Compacted before the third response, which would have held 8,000 tokens: 5,000 read and 3,000 written."""
    growing(history)
    seen, series = replayed(history, prices)
    found = run_smaller(seen, series, compact_at(30_000, 8_000, series.first_size))
    request = 20_000 + 3_000 * 50  # reads all, writes the summary
    third = (5_000 + 3_000 * 20) - (20_000 + 15_000 * 20)
    assert found.difference == dollars(20_000 + 3_000 - 27_000 - 27_000, request + third - 27_000)
    assert found.resets == 1


def paused(history: History) -> None:
    """An ask after ten minutes, at 20,000 tokens: all of them written again, with 1,000 new ones."""
    say(
        history,
        {"cache_write": 5_000},
        {"cache_read": 5_000, "cache_write": 15_000},
        {"cache_write": 21_000, "wait": 10, "ask": True},
        {"cache_read": 21_000, "cache_write": 1_000},
    )


def test_clear_at_an_ask_after_a_pause(history: History, prices: Pricer) -> None:
    """The third response would have written 5,000 + 500 + 1,000; 14,500 less are carried from then on."""
    paused(history)
    seen, series = replayed(history, prices)
    asks = frozenset({series.turns[2].place})
    found = run_smaller(seen, series, clear_after_pause(asks, 0, 5_000, 500))
    assert found.difference == dollars(-14_500 - 14_500, -14_500 * 20 - 14_500)
    assert run_smaller(seen, series, clear_after_pause(frozenset(), 0, 5_000, 500)).difference == CostChange()
    assert run_smaller(seen, series, clear_after_pause(asks, 20 * MINUTE, 5_000, 500)).resets == 0


def test_compact_before_that_pause(history: History, prices: Pricer) -> None:
    """A request that reads 20,000 and says 3,000; then 9,000 are written, and 12,000 less are carried."""
    paused(history)
    seen, series = replayed(history, prices)
    asks = frozenset({series.turns[2].place})
    found = run_smaller(seen, series, compact_before_pause(asks, 0, 5_000, 8_000))
    assert found.difference == dollars(23_000 - 12_000 - 12_000, 170_000 - 12_000 * 20 - 12_000)


def test_a_result_cut_and_half_of_it_asked_for_again(history: History, prices: Pricer) -> None:
    """8,000 of 15,000 new tokens cut; a response more reads 12,000, writes 4,000 and says 100; 4,000 less stay."""
    growing(history)
    _, series = replayed(history, prices)
    found = run_cut(series, {series.turns[1].place: Cut(8_000, 1)}, Fraction(1, 2))
    again = 12_000 + 4_000 * 20 + 100 * 50
    assert found == dollars(-8_000 + 16_100 - 4_000 - 4_000, -8_000 * 20 + again - 4_000 - 4_000)
    assert run_cut(series, {}, Fraction(1, 2)) == CostChange()


def test_a_smaller_floor(history: History, prices: Pricer) -> None:
    """Written by the first response, read by the three others; never more than a thread began with."""
    growing(history)
    _, series = replayed(history, prices)
    assert with_smaller_floor(series, 1_000) == dollars(-4_000, -1_000 * (20 + 3))
    assert with_smaller_floor(series, 9_000) == with_smaller_floor(series, 5_000)
    assert with_smaller_floor(series, 0) == CostChange()


def test_a_light_stretch_at_a_smaller_model_pays_for_two_caches(history: History, prices: Pricer) -> None:
    light = [{"cache_read": 10_500 + 500 * place, "cache_write": 500, "output": 100} for place in range(3)]
    say(
        history,
        {"cache_write": 10_000},
        {"cache_read": 10_000, "cache_write": 500},
        *light,
        {"cache_read": 12_000, "cache_write": 9_000},
    )
    _, series = replayed(history, prices)
    stretch = frozenset(turn.place for turn in series.turns[2:5])

    def rates_of(turn: object) -> object:
        return prices.rates_of(series.turns[0].message._replace(model=SONNET))

    first = (11_000 * 4 + 1_000) - (10_500 + 10_000 + 5_000)  # all of it written
    second = (5_500 + 2_000 + 1_000) - (11_000 + 10_000 + 5_000)
    third = (5_750 + 2_000 + 1_000) - (11_500 + 10_000 + 5_000)
    there = first + second + third
    nothing_lost = switched(series, stretch, rates_of, Fraction(0))  # type: ignore[arg-type]
    assert nothing_lost == dollars(0, there + 1_500 * 19)  # what the stretch added is written on coming back
    mostly_lost = switched(series, stretch, rates_of, Fraction(72, 100))  # type: ignore[arg-type]
    assert mostly_lost == dollars(0, there + 8_640 * 19)
    assert repriced(series, lambda turn: turn.rates) == CostChange()


def test_a_compaction_of_the_logs_own_ends_what_was_dropped(history: History, prices: Pricer) -> None:
    session = history.session("one", model="claude-opus-4-8")
    session.prompt("Go", at="2026-06-01T10:00:00Z")
    session.response(input=0, output=0, cache_write=5_000)
    session.response(input=0, output=0, cache_read=5_000, cache_write=30_000)
    session.compaction(pre_tokens=35_000)
    session.response(input=0, output=0, cache_read=5_000, cache_write=2_000)
    session.response(input=0, output=0, cache_read=7_000, cache_write=1_000)
    seen, series = replayed(history, prices)
    found = run_smaller(seen, series, compact_at(30_000, 6_000, 5_000))
    second = (5_000 + 1_000 * 20) - (5_000 + 30_000 * 20)
    assert found.difference == dollars(5_000 + 1_000 - 29_000, 5_000 + 1_000 * 50 + second)
    assert [turn.is_compacted for turn in series.turns] == [False, False, True, False]


# --- any thread ---


def series_of(threads: list, prices: Pricer) -> tuple[Seen, list[ThreadTurns]]:  # type: ignore[type-arg]
    seen = Seen(store_with(threads), Scope(NOW), prices)
    return seen, all_series(seen)


@given(threads=THREADS)
def test_a_thread_at_its_own_lifetime_is_what_was_billed(prices: Pricer, threads: list) -> None:  # type: ignore[type-arg]
    _, every = series_of(threads, prices)
    assert identity_error(every, sum(map(bill_of, every))) == 0
    assert all(lifetime_saving(series, series.lifetime) == CostChange() for series in every)
    assert all(lifetime_saving(series, FIVE if series.lifetime == HOUR else HOUR).tokens == 0 for series in every)


@given(steps=STEPS, windows=st.tuples(st.integers(1, 400_000), st.integers(1, 400_000)), after=st.integers(1, 60_000))
def test_a_larger_window_never_compacts_more(
    prices: Pricer,
    steps: list,  # type: ignore[type-arg]
    windows: tuple[int, int],
    after: int,
) -> None:
    seen, (series,) = series_of([(steps, False)], prices)
    smaller, larger = (
        run_smaller(seen, series, compact_at(window, after, series.first_size)).resets
        for window in sorted(after + window for window in windows)
    )
    assert larger <= smaller
    largest = max(turn.size for turn in series.turns)
    assert run_smaller(seen, series, compact_at(largest, after, series.first_size)).difference == CostChange()


@given(threads=THREADS, number=st.integers(0, 300_000), part=st.fractions(0, 1))
def test_nothing_saves_more_than_the_bill(prices: Pricer, threads: list, number: int, part: Fraction) -> None:  # type: ignore[type-arg]
    seen, every = series_of(threads, prices)
    asks = frozenset(range(len(seen.store.messages)))
    cuts = {place: Cut(number, 1) for place in asks}
    rules: list[Callable[[ThreadTurns], CostChange]] = [
        lambda one: lifetime_saving(one, FIVE),
        lambda one: lifetime_saving(one, HOUR),
        lambda one: with_smaller_floor(one, number),
        lambda one: run_cut(one, cuts, part),
        lambda one: run_smaller(seen, one, compact_at(number, number // 3, one.first_size)).difference,
        lambda one: run_smaller(seen, one, clear_after_pause(asks, 0, one.first_size, 0)).difference,
        lambda one: run_smaller(seen, one, compact_before_pause(asks, 0, one.first_size, number)).difference,
    ]
    for series in every:
        billed = bill_of(series)
        sent = sum(turn.message.total_tokens for turn in series.turns)
        for rule in rules:
            found = rule(series)
            assert -found.price <= billed
            assert -found.tokens <= sent


def test_the_module_of_prices_is_the_one_in_the_comments(tmp_path: Path) -> None:
    rates = pricer(tmp_path).rates_of(store_with([([(0, 1, 0, False)], False)]).messages[0])
    assert rates == (10 * MILLION, 20 * MILLION, 40 * MILLION, 1 * MILLION, 50 * MILLION)
