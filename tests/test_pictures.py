"""The pictures of the README show what the program shows today: python -m tests.pictures makes them anew."""

from __future__ import annotations

import re

import pytest

from tests import pictures
from tests.asking import REPOSITORY

ANEW = "python -m tests.pictures makes it anew; then look at it"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND\xaeB`\x82"


@pytest.mark.parametrize("question", pictures.CARDS)
def test_the_picture_of_a_question_is_current(question: str) -> None:
    kept = (pictures.DOCS / f"{question}.svg").read_text(encoding="utf-8")
    assert kept == pictures.card_picture(question), ANEW


def test_the_picture_of_the_board_is_current() -> None:
    assert pictures.LIVE.read_text(encoding="utf-8") == pictures.live_picture(), ANEW


def test_the_picture_of_the_report_is_current() -> None:
    assert pictures.taken_of(pictures.REPORT.read_bytes()) == pictures.fingerprint(pictures.report_page()), ANEW


def test_every_picture_is_shown_and_every_shown_one_is_there() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(docs/([\w-]+\.(?:svg|png))\)", readme))
    assert shown == {path.name for path in pictures.DOCS.iterdir() if path.suffix in (".svg", ".png")}


def test_a_picture_tells_what_it_was_taken_of() -> None:
    assert pictures.taken_of(pictures.signed(PNG, "page")) == pictures.fingerprint("page")
    assert pictures.taken_of(PNG) == ""
    assert pictures.taken_of(b"") == ""
