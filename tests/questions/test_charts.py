"""Bars over time and activity beside tokens, on an empty history, a malformed and a hostile one, in every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask
from tests.ingest import FIRST
from tests.questions.test_any_history import harmless, hostile, malformed
from tests.transcripts import History
from tokenscope.draw.harmless import cells

PERIODS = ("daily", "weekly", "monthly", "hourly")
ASKED = [
    *((question, "--chart", "--by", by) for question in PERIODS for by in ("model", "counter")),
    *((question, "--activity") for question in PERIODS),
    ("models", "--chart"),
    ("projects", "--chart"),
    ("files", "--by", "folder"),
    ("files", "--by", "extension"),
]


def nothing(root: Path) -> Path:
    history = History(root)
    history.session(FIRST).prompt("Go")
    return history.write()


@pytest.fixture(scope="module", params=[nothing, malformed, hostile], ids=lambda made: made.__name__)
def some_root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = request.param(tmp_path_factory.mktemp("some"))
    return root


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_any_history(some_root: Path, words: tuple[str, ...]) -> None:
    for output in ("--json", "--csv", "--plain", "--no-color"):
        answer = ask(*words, output, "--tz", "UTC", root=some_root)
        assert (answer.code, answer.err) == (0, "")
        if output != "--json":
            assert harmless(answer.out)


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_no_line_is_wider_than_asked_for(root: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (60, 100, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        out = ask(*words, "--no-color", "--tz", "UTC", root=root).out
        assert max(map(cells, out.splitlines())) <= width


def test_a_chart_in_words(root: Path) -> None:
    lines = ask("daily", "--chart", "--plain", "--tz", "UTC", root=root).out.splitlines()
    assert "2 Jun: 23.4K tokens, Opus 4.8 53 %, Sonnet 4.5 47 %" in lines
    assert "Jun: 116K tokens on 3 days" in lines
    assert "You used it on 3 of the 3 days to 3 Jun; the longest run of days was 3." in lines


def test_a_series_that_is_none(root: Path) -> None:
    answer = ask("daily", "--chart", "--by", "weather", root=root)
    assert answer.code == 2
    assert "'model', 'counter'" in answer.err
