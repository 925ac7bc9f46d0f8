"""What each question looks like, character by character: one golden file a question and a format.

After a change that is wanted: pytest tests/analyzers --update-golden, then read the difference line by line. The
figures in the files are those of tests/analyzers/__init__.py; test_by_hand.py checks them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from tests.asking import ask
from tests.conftest import GOLDEN
from tests.questions import shop
from tokenscope import __version__
from tokenscope.app.registry import find_question, question_names

Golden = Callable[[str, str], None]
FORMATS = {"txt": "--no-color", "plain.txt": "--plain", "json": "--json", "csv": "--csv"}
NAMES = [
    (name, ending) for name in question_names() for ending in FORMATS if ending != "csv" or find_question(name).rows
]


def answered(root: Path, question: str, *words: str) -> str:
    """What is the same on every machine: the folder by its name alone, no version."""
    with chdir(root.parent):
        answer = ask(question, "--tz", "UTC", *words, root=Path(root.name))
    assert (answer.code, answer.err) == (0, "")
    return answer.out.replace(f'"tokenscope": "{__version__}"', '"tokenscope": "VERSION"')


@pytest.mark.parametrize(("question", "ending"), NAMES)
def test_every_question_in_every_format(root: Path, golden: Golden, question: str, ending: str) -> None:
    golden(f"{question}.{ending}", answered(root, question, FORMATS[ending]))


@pytest.mark.parametrize("question", question_names())
def test_no_line_of_a_card_is_wider_than_asked_for(root: Path, question: str) -> None:
    for width in (60, 80, 100, 120):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", str(width))
            out = answered(root, question, "--no-color")
        assert max(map(len, out.splitlines())) <= width


@pytest.mark.parametrize("question", question_names())
def test_cards_about_nothing(root: Path, golden: Golden, question: str) -> None:
    golden(f"empty/{question}.txt", answered(root, question, "--project", "nothing", "--no-color"))


def test_cards_about_nothing_advise_nothing(root: Path) -> None:
    assert "0 tokens less" not in answered(root, "quickstart", "--project", "nothing", "--no-color")


def test_golden_files_of_questions_that_are_gone_are_deleted() -> None:
    expected = {f"{name}.{ending}" for name, ending in NAMES}
    assert {path.name for path in GOLDEN.iterdir() if path.is_file()} == expected
    assert {path.name for path in (GOLDEN / "empty").iterdir()} == {f"{name}.txt" for name in question_names()}


def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    """Also when the files were written in another order, and read by another run."""
    history = shop(tmp_path)
    history.files = dict(reversed(history.files.items()))
    root = history.write()
    for question in question_names():
        assert answered(root, question, "--json") == answered(root, question, "--json")
