"""The short form of tests/trust/atheris_rows.py, and that its checks see what they are there for."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests import reference
from tests.trust import alike
from tests.trust.alike import MOST_BYTES, Mutator, Reading, encoded, is_sound
from tests.trust.fuzz import broken, good
from tokenscope.model import Facet

INPUTS = 250


def test_any_bytes_are_answered_and_sound_rows_are_read_alike(tmp_path: Path) -> None:
    """Each input is made of the one before it, as a fuzzer does, or begins anew."""
    random, reading = Random(3), Reading(tmp_path)
    mutator = Mutator(lambda data, one: data[:1] + broken(one, data[1:]))
    data = b"\0"
    for number in range(INPUTS):
        data = mutator(data, MOST_BYTES, number) if random.random() < 0.9 else b"\0"
        reading.one(data)


def test_what_is_lost_or_read_otherwise_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the checks would prove nothing."""
    reading = Reading(tmp_path)
    reading.is_answered(reading.main, b"{}\n", 0)
    reading.is_read_alike(reading.main, good(1) + b"\n", Facet.USAGE)
    monkeypatch.setattr(reference, "totals", lambda _: None)
    with pytest.raises(AssertionError):
        reading.is_read_alike(reading.main, good(1) + b"\n", Facet.USAGE)
    monkeypatch.setattr(alike, "good", lambda number: good(number + 1))
    with pytest.raises(AssertionError, match="msg_good_7 is lost"):
        reading.is_answered(reading.main, b"{}\n", 0)


@pytest.mark.parametrize("line", [b"[]", b"", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":' * 9_000])
def test_only_sound_rows_are_compared(line: bytes) -> None:
    assert not is_sound(line)
    assert is_sound(encoded({"a": {"a": 1}}))
