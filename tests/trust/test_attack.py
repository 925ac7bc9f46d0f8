"""The short form of tests/trust/attack.py: one session an attack, all of them in every answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.questions import ask
from tests.trust.attack import EVERY_ATTACK, FORMATS, complaints, histories, words
from tokenscope.registry import find_question, question_names


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("attacked")
    fields = histories(EVERY_ATTACK, root)
    assert len(fields) > 60
    return root


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("question", question_names())
def test_no_attack_works_anywhere(root: Path, question: str, output: str) -> None:
    if output == "--csv" and not find_question(question).rows:
        pytest.skip("no table")
    answer = ask(*words(question, output), root=root)
    assert list(complaints(question, output, answer)) == []
    assert len(answer.out) > 60


def test_the_attacks_arrive(root: Path) -> None:
    """Otherwise nothing would be proved: what is left of them stands in the cards."""
    out = ask("sessions", "--all", "--plain", root=root).out
    assert "cleared" in out
    assert "DROP TABLE" in out
