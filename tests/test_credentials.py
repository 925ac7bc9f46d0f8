"""What is masked and what stays readable, rule by rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.trust.credential_kinds import KINDS, LOOK_ALIKES, Kind
from tokenscope.credential_rules import MARK
from tokenscope.credentials import count_masked, mask, masked_label, masked_start, without_its_sum

PIECES = [kind.text for kind in KINDS] + list(LOOK_ALIKES)


def leaked(told: str, kind: Kind) -> list[str]:
    """Six characters in a row of a value that stand in a text."""
    around = kind.text
    for value in kind.values:
        around = around.replace(value, "\n")
    parts = {value[at : at + 6] for value in kind.values for at in range(len(value) - 5)}
    return [part for part in parts if part in told and part not in around]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.text[:30])
def test_a_credential_is_masked(kind: Kind) -> None:
    masked = mask(kind.text)
    assert leaked(masked, kind) == []
    assert MARK in masked
    assert masked[:3] == kind.text[:3] or masked.startswith(MARK)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_look_alike_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("export ACME_API_KEY=zq81mvkx7tpl", "export ACME_API_KEY=•••"),
        ("mysql -u root -pTulip8Walrus shop", "mysql -u root -p••• shop"),
        ("https://user:Marble7Heron@host/x", "https://user:•••@host/x"),
        ('{"password": "hunter2pass", "user": "ada"}', '{"password": "•••", "user": "ada"}'),
        ('curl -H "X-Api-Key: xk7plumtree91" https://a.example', 'curl -H "X-Api-Key: •••" https://a.example'),
    ],
)
def test_the_name_and_the_sentence_stay(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(some.lists(some.sampled_from(PIECES) | some.text(max_size=30), max_size=4), some.sampled_from([" ", "\n", "; "]))
def test_masking_again_changes_nothing(pieces: list[str], between: str) -> None:
    once = mask(between.join(pieces))
    assert mask(once) == once


@given(some.sampled_from(KINDS), some.integers(0, 200), some.integers(1, 200))
def test_no_cut_shows_a_part(kind: Kind, before: int, length: int) -> None:
    """Wherever the text ends: what is cut was masked as a whole."""
    text = "x " * (before // 2) + kind.text
    for told in (masked_start(text, length), without_its_sum(masked_label(text, length))):
        assert len(told) <= length
        assert leaked(told, kind) == []


def test_labels_that_look_the_same_stay_apart() -> None:
    one, other = (masked_label(f"export API_KEY={value}", 160) for value in ("abc123xyz789", "abc123xyz780"))
    assert one != other
    assert without_its_sum(one) == without_its_sum(other) == "export API_KEY=•••"
    assert masked_label("ls -l", 160) == "ls -l"


def test_marks_are_counted_wherever_they_stand() -> None:
    assert count_masked({"a": ["x ••• y ••• z", 5, None], "b": ("•••",)}) == 3
