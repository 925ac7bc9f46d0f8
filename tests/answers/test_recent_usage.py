"""The headline: which time it is about, its sums, how it compares with the time before, and each of its sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.history import NOW, pricer
from tests.ingest import store_of
from tests.transcripts import History
from tokenscope.answers.usage.recent_card import change_sentence, recent_card, recent_sentence
from tokenscope.answers.usage.recent_usage import RecentUsage, UsageChange, measure_recent
from tokenscope.history.history import History as Seen
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.value import replace
from tokenscope.view.card import Table
from tokenscope.view.money import Plan
from tokenscope.view.question import Drawing

DRAWING = Drawing(NOW, UTC)
OPUS = "claude-opus-4-8"


def used(
    root: Path, *days_ago: float, output: dict[float, int] | None = None, asks: dict[float, int] | None = None
) -> Path:
    """A session so many days before now, of a prompt and a response: 1,000 written to the cache at $20 a million and
    200 written by the model at $50, together $0.03 and 1,200 tokens. `output`, `asks`: others, by the day.
    """
    history = History(root)
    for day in days_ago:
        history.now = datetime.fromtimestamp(NOW / 1000, UTC) - timedelta(days=day)
        session = history.session(cwd="/home/ada/shop", model=OPUS)
        for _ in range((asks or {}).get(day, 1)):
            session.prompt("Go on.")
            session.response(input=0, cache_write=1_000, output=(output or {}).get(day, 200))
    return history.write()


def recent(root: Path, scope: Scope | None = None, *, capped: bool = False) -> RecentUsage:
    store = store_of(root, facets=Facet.CONTENT)
    store.coverage.capped = capped
    return measure_recent(Seen(store, scope or Scope(now=NOW, zone=UTC), pricer(root)))


def test_thirty_days_today_and_the_thirty_before(tmp_path: Path) -> None:
    """Now is ten in the morning: half a day ago was yesterday."""
    found = recent(used(tmp_path, 0.1, 0.5, 29, 31, 59, 70))
    assert (found.basis, found.span.sessions, found.span.usage.total_tokens) == ("days", 3, 3_600)
    assert found.span.usage.list_price_usd == 0.09
    assert found.today is not None
    assert (found.today.sessions, found.today.usage.list_price_usd) == (1, 0.03)
    assert found.change is not None
    assert (found.change.days, found.change.before.usage.total_tokens) == (30, 2_400)
    assert (found.change.delta_tokens, found.change.delta_usd) == (1_200, 0.03)
    assert sum(one.delta_tokens for one in found.change.differences) == 1_200
    assert (found.change.asks_before, found.change.asks_after) == (2, 3)


def test_seven_days_where_there_are_no_sixty(tmp_path: Path) -> None:
    found = recent(used(tmp_path, 1, 2, 9, 20))
    assert found.change is not None
    assert (found.basis, found.change.days) == ("days", 7)
    assert (found.change.before.usage.total_tokens, found.change.after.usage.total_tokens) == (1_200, 2_400)


@pytest.mark.parametrize("days", [(1, 2, 9), (1, 20, 70), (9, 20)])
def test_nothing_to_compare_with(tmp_path: Path, days: tuple[int, ...]) -> None:
    """What began nine days ago has no seven days before; where either side is empty, nothing is said."""
    found = recent(used(tmp_path, *days))
    assert found.change is None or found.change.days == 30


def test_only_the_newest_sessions_were_read(tmp_path: Path) -> None:
    """The oldest of those that were read ended twenty days ago: what is older may lack something."""
    found = recent(used(tmp_path, 1, 8, 20), capped=True)
    assert found.basis == "covered"
    assert found.covered_since == datetime.fromtimestamp(NOW / 1000, UTC) - timedelta(days=20) + timedelta(seconds=2)
    assert found.change is not None and found.change.days == 7
    assert recent_sentence(found, DRAWING) == "$0.09 at list price and 3.6K tokens since 13 May; nothing today."


def test_nothing_lately(tmp_path: Path) -> None:
    found = recent(used(tmp_path, 40, 50))
    assert (found.basis, found.change) == ("everything", None)
    said = "Nothing was used in the last 30 days; $0.06 at list price and 2.4K tokens before that, the last time on 23 Apr."
    assert recent_sentence(found, DRAWING) == said


def test_a_window_is_what_it_is_about(tmp_path: Path) -> None:
    root = used(tmp_path, 0.1, 2, 20)
    found = recent(root, Scope(now=NOW, since=NOW - 3 * 86_400_000, zone=UTC))
    assert (found.basis, found.span.sessions, found.change) == ("window", 2, None)
    assert (
        recent_sentence(found, DRAWING) == "$0.06 at list price and 2.4K tokens in this window; $0.03 and 1.2K today."
    )
    ended = recent(root, Scope(now=NOW, since=0, until=NOW - 86_400_000, zone=UTC))
    assert ended.today is None
    assert recent_sentence(ended, DRAWING) == "$0.06 at list price and 2.4K tokens in this window."


def test_nothing_at_all(tmp_path: Path) -> None:
    found = recent(used(tmp_path, 1), Scope(now=NOW, projects=("mill",), zone=UTC))
    assert recent_card(found, DRAWING).sentence == "No responses here: nothing was used."
    old = recent(used(tmp_path / "old", 1), Scope(now=NOW, since=NOW - 3_600_000, zone=UTC))
    assert recent_card(old, DRAWING).sentence == "No responses here: nothing was used."


def test_tokens_first_for_who_has_a_subscription(tmp_path: Path) -> None:
    found = recent(used(tmp_path, 0.1, 2))
    said = "2.4K tokens ($0.06 at list price) in the last 30 days; 1.2K and $0.03 today."
    assert recent_sentence(found, replace(DRAWING, plan=Plan.MAX5)) == said


def test_the_last_row_is_the_sum_of_those_above(tmp_path: Path) -> None:
    found = recent(used(tmp_path, 0.1, 2, 20, 40, 59.5))
    tables = [part for part in recent_card(found, DRAWING).parts if isinstance(part, Table)]
    (table,) = tables
    assert table.total is not None
    assert table.total.cells[:7] == ("in all", "3.6K", "", "$0.09", "", "$0.03", "$0.06")
    parts = [getattr(found.span.composition, name) for name in ("carried", "new", "rebuilt", "output")]
    assert sum(part.tokens for part in parts) == found.span.usage.total_tokens
    assert sum(part.list_price_usd for part in parts) == pytest.approx(found.span.usage.list_price_usd)


def changed(root: Path, *days: float, **more: dict[float, int]) -> UsageChange:
    found = recent(used(root, *days, **more)).change
    assert found is not None
    return found


def test_more_asks(tmp_path: Path) -> None:
    """Three asks for one: each came to $0.03 before and after."""
    change = changed(tmp_path, 1, 40, 59.5, asks={1: 6})
    said = "↑ 3.0 times as much as in the 30 days before ($0.06), above all more asks (2 → 6): +$0.12."
    assert change_sentence(change, Plan.UNKNOWN) == said


def test_less_output_with_each_response(tmp_path: Path) -> None:
    """200 tokens less with each of two responses, at $50 a million."""
    change = changed(tmp_path, 1, 2, 40, 59.5, output={40: 400, 59.5: 400})
    said = (
        "↓ 25 % less than in the 30 days before ($0.08), above all less output with each response (400 → 200): −$0.02."
    )
    assert change_sentence(change, Plan.UNKNOWN) == said
    in_tokens = "↓ 14 % less than in the 30 days before (2.8K tokens), above all less output with each response (400 → 200): −400."
    assert change_sentence(change, Plan.PRO) == in_tokens


def test_seven_days_say_what_they_came_to(tmp_path: Path) -> None:
    change = changed(tmp_path, 1, 9, 20, asks={1: 2})
    said = "↑ the last 7 days: $0.06, 2.0 times as much as in the 7 days before ($0.03), above all more asks (1 → 2): +$0.03."
    assert change_sentence(change, Plan.UNKNOWN) == said


def test_as_much_as_before(tmp_path: Path) -> None:
    change = changed(tmp_path, 1, 2, 40, 59.5)
    assert change_sentence(change, Plan.UNKNOWN) == "As much in the last 30 days as in the 30 days before: $0.06."


def test_responses_where_asks_are_not_known(tmp_path: Path) -> None:
    change = replace(changed(tmp_path, 1, 40, 59.5, asks={1: 6}), asks_before=None, asks_after=None)
    responses = [
        replace(one, what="responses_per_ask", before=None, after=None) if one.what == "asks" else one
        for one in change.differences
    ]
    said = change_sentence(replace(change, differences=responses), Plan.UNKNOWN)
    assert said.endswith("above all more responses (2 → 6): +$0.12.")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("mix_of_models", "above all a mix of dearer models: +$0.12."),
        ("price_of_a_token", "above all dearer tokens of the same models: +$0.12."),
    ],
)
def test_models_and_prices(tmp_path: Path, what: str, words: str) -> None:
    change = changed(tmp_path, 1, 40, 59.5, asks={1: 6})
    others = [replace(one, what=what) if one.what == "asks" else one for one in change.differences]
    assert change_sentence(replace(change, differences=others), Plan.UNKNOWN).endswith(words)
