"""Two sides worked out by hand: what each came to, its rates, and which part makes the difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.answers import at, read
from tests.transcripts import History, text
from tokenscope.answers.comparison.compare_sides import Comparison, compare_sides
from tokenscope.answers.comparison.sides import find_sides

NOON = "2026-06-01T10:30:00Z"


def two_sessions(root: Path) -> History:
    """One at ten, one at eleven, a prompt and two responses each; the second one says twice as much."""
    history = History(root)
    for start, times in ((0, 1), (40, 2)):
        session = history.session()
        session.prompt("Go on", at=at(start))
        blocks = [text("Done.")]
        session.response(
            at=at(start + 1), input=0, cache_write=1_000, cache_write_1h=1_000, output=10 * times, blocks=blocks
        )
        session.response(
            at=at(start + 4),
            input=0,
            cache_read=1_000,
            cache_write=200,
            cache_write_1h=200,
            output=20 * times,
            blocks=blocks,
        )
    history.write()
    return history


def compared(root: Path, *words: str, before: str | None = None) -> Comparison:
    history = read(two_sessions(root))
    first, second = words or ("7d", "7d")
    return compare_sides(history, find_sides(history, (first, second), before, None))


def test_what_each_side_came_to(tmp_path: Path) -> None:
    report = compared(tmp_path, before=NOON)
    before, after = report.before, report.after
    assert (before.side, after.side) == (f"before {NOON}", f"since {NOON}")
    for one in (before, after):
        assert (one.sessions, one.asks, one.responses, one.failures) == (1, 1, 2, 0)
        assert one.active_hours == 0.05  # three minutes between the two responses
    # 1,200 written at $40 a million, 1,000 read at $1; 30 or 60 of output at $50.
    assert (before.usage.list_price_usd, after.usage.list_price_usd) == (0.0505, 0.052)
    assert (before.usage.total_tokens, after.usage.total_tokens) == (2_230, 2_260)
    assert (report.delta_tokens, report.delta_usd, report.enough) == (30, 0.0015, False)


def test_rates(tmp_path: Path) -> None:
    report = compared(tmp_path, before=NOON)
    rates = {(one.per, one.what): (one.before, one.after) for one in report.rates}
    assert rates["response", "carried"] == (500, 500)
    assert rates["response", "new"] == (600, 600)
    assert rates["ask", "output"] == (30, 60)
    assert rates["active_hour", "rebuilt"] == (0, 0)
    assert rates["active_hour", "list_price_usd"] == (1.01, 1.04)


@pytest.mark.parametrize("level", ["sources", "parts"])
def test_output_makes_all_of_the_difference(tmp_path: Path, level: str) -> None:
    report = compared(tmp_path, before=NOON)
    found = [one for one in report.differences if one.level == level and one.delta_tokens]
    (output,) = [one for one in found if one.source == "output"]
    assert (output.before, output.after, output.delta_tokens, output.could_be_chance) == (15, 30, 30, None)
    others = sum(one.delta_tokens for one in found if one.source != "output")
    assert others == 0


def test_sides_of_one_history(tmp_path: Path) -> None:
    history = read(two_sessions(tmp_path))
    first, second = history.store.messages[0], history.store.messages[2]
    assert (first.time or 0) < (second.time or 0)

    def sides(*words: str, before: str | None = None, after: str | None = None) -> list[int]:
        return list(find_sides(history, (words[0], words[-1]), before, after).of)

    assert sides("7d", before=NOON) == sides("7d", after=NOON) == [0, 0, 1, 1]
    assert sides("7d", before=at(1), after=at(44)) == [2, 2, 2, 1]
    # Now is ten o'clock of 2 June, a Tuesday.
    assert sides("yesterday", "today") == sides("2026-06-01..2026-06-01", "2026-06-02..2026-06-09") == [0, 0, 0, 0]
    assert sides("last-week", "this-week") == sides("last-month", "this-month") == [1, 1, 1, 1]
    assert sides("24h", "23h") == [0, 0, 0, 0]
    assert sides("lifetime:5m", "lifetime:1h") == [1, 1, 1, 1]
    assert sides("model:sonnet", "model:opus") == [1, 1, 1, 1]
    assert sides("project:mill", "project:shop") == [1, 1, 1, 1]
    assert sides("version:2.1.17", "version:2.1.177") == [1, 1, 1, 1]
    assert sides("branch:main", "branch:mai") == [0, 0, 0, 0]
