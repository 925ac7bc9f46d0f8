"""The tables of the backtest, on histories whose pauses and halves are planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backtest import decisions, lifetime_curve, see, tell
from tests.questions.test_whatif import with_breaks
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.weigh import weigh_levers
from tokenscope.history.rebuilds import FIVE_MINUTES, ONE_HOUR


def test_the_curve_counts_pauses_and_what_they_lost(tmp_path: Path) -> None:
    """Two sessions of five pauses, each of ten minutes and some seconds, each with the whole context lost."""
    facts = see(with_breaks(tmp_path)).once(ReplayFacts)
    assert lifetime_curve(facts.series, FIVE_MINUTES) == {360: (10, 1.0)}
    assert lifetime_curve(facts.series, ONE_HOUR) == {}


def test_what_the_first_half_advised(tmp_path: Path) -> None:
    """Both sessions are alike: the second one gets half of what both would have saved."""
    history = see(with_breaks(tmp_path))
    found = {lever: (promised, got) for lever, promised, got in decisions(weigh_levers(history, {}))}
    promised, got = found["cache=1h"]
    assert got == pytest.approx(promised / 2)


def test_every_table_is_told(tmp_path: Path) -> None:
    lines = list(tell(with_breaks(tmp_path)))
    assert "identity 0.00%" in lines[0]
    assert "lost 102,000 tokens, foretold 102,000" in lines[1]  # 10,000 to 10,400 five times, twice
