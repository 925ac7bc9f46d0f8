"""JSON says what was there, and no terminal that shows it obeys it."""

from __future__ import annotations

import json
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tests.formats import ATTACKS
from tests.formats.test_harmless import FORBIDDEN
from tokenscope.draw.json_text import encoded

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [one.replace("\ud800", "") for one in ATTACKS]
)
STEERING = FORBIDDEN - {"Co", "Cn", "Cs"}  # private and unassigned characters only look strange


def steering(text: str) -> list[str]:
    return [one for one in text if unicodedata.category(one) in STEERING and one != "\n"]


@given(st.dictionaries(TEXT, TEXT))
def test_what_is_written_is_read_again_and_steers_nothing(value: dict[str, str]) -> None:
    written = encoded(value).decode()
    assert json.loads(written) == value
    assert steering(written) == []


def test_every_character_that_steers_is_known() -> None:
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))))
    written = encoded(everything).decode()
    assert json.loads(written) == everything
    assert steering(written) == []
    assert "日é😀" in encoded("日é😀").decode()
