"""What is masked and what stays readable, rule by rule."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.trust.credential_kinds import KINDS, LOOK_ALIKES, Kind
from tokenscope.credential_values import MARK
from tokenscope.credentials import count_marks, mask, masked, start_of
from tokenscope.value import Value

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


@given(some.sampled_from(KINDS), some.integers(0, 200), some.integers(7, 200))
def test_no_cut_shows_a_part(kind: Kind, before: int, length: int) -> None:
    """Wherever the text ends: what its end gave away is masked before it goes."""
    start = start_of("x " * (before // 2) + kind.text, length)
    assert len(start) <= length
    assert leaked(mask(start), kind) == []


def test_what_no_rule_needs_to_know_the_end_of_is_only_cut() -> None:
    """So that texts are told apart, and put together, as they are."""
    assert start_of("export API_KEY=abcdefghijkl and more", 20) == "export API_KEY=abcde"
    assert start_of("ls -l", 160) == "ls -l"


class Pair(NamedTuple):
    one: str
    other: int


class Answer(Value):
    name: str
    rows: list[Pair]
    by_name: dict[str, int]


def test_an_answer_is_masked_wherever_it_has_texts() -> None:
    answer = Answer(
        "TOKEN=abc123xyz",
        [Pair("plain", 1), Pair("mysql -pTulip8Walrus", 2)],
        {"A_KEY=q7w8e9rt": 1, "A_KEY=q7w8e9rz": 2},
    )
    told = masked(answer)
    assert told == Answer("TOKEN=•••", [Pair("plain", 1), Pair("mysql -p•••", 2)], {"A_KEY=•••": 1, "A_KEY=••••": 2})
    assert count_marks(told) == 4
    harmless = Answer("shop", [Pair("plain", 1)], {"a": 1})
    assert masked(harmless) is harmless
