"""Contexts that are known item by item: how far off the ledger is. The figures stand in docs/ledger.md."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.answers import reported, source
from tests.ledger import known_contexts
from tests.ledger.document import table
from tests.ledger.known_contexts import STORIES, Story
from tests.transcripts import History
from tokenscope.answers.context.ledger_sources import LedgerReport

SEEDS = (3, 4)
USUAL = "the densities above"
TOLD = {row[0]: (row[1], row[2]) for row in table("known")}
MISSED = {("a tokenizer that makes two fifths more", "MCP browser results"), ("both of these", "thinking")}

Told = tuple[Story, LedgerReport]


@pytest.fixture(scope="module")
def tell(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Told]:
    """A story by its name and seed, told and read once."""
    told: dict[tuple[str, int], Told] = {}

    def once(name: str, seed: int) -> Told:
        if (name, seed) not in told:
            history = History(tmp_path_factory.mktemp("known"))
            story = known_contexts.tell(history, Random(seed), **STORIES[name])
            told[name, seed] = story, reported(story.history)
        return told[name, seed]

    return once


def errors(told: Told) -> dict[str, tuple[float, float]]:
    """By what share the tokens and the dollars of each source of more than 1 % are too large."""
    story, report = told
    found = {}
    for name, true in story.by_source().items():
        if true.tokens > 0.01 * story.prompt_tokens:
            row = source(report, name)
            assert row.list_price_usd is not None
            found[name] = (row.tokens / true.tokens - 1, row.list_price_usd * 1e6 / true.price - 1)
    return found


def test_the_document_tells_of_every_story() -> None:
    assert list(TOLD) == list(STORIES)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", STORIES)
def test_every_prompt_is_as_large_as_it_is(tell: Callable[[str, int], Told], name: str, seed: int) -> None:
    story, report = tell(name, seed)
    assert report.prompt_tokens == story.prompt_tokens
    assert {row.source for row in report.sources} == set(story.by_source())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", STORIES)
def test_every_source_of_more_than_1_percent_is_within_a_tenth(
    tell: Callable[[str, int], Told], name: str, seed: int
) -> None:
    found = errors(tell(name, seed))
    assert len(found) >= 11
    off = {place: error for place, error in found.items() if max(map(abs, error)) > 0.1}
    assert {(name, place) for place in off} <= MISSED, off


@pytest.mark.parametrize("name", STORIES)
def test_the_document_says_how_far_off_each_story_is(tell: Callable[[str, int], Told], name: str) -> None:
    every = [(error[0], place) for seed in SEEDS for place, error in errors(tell(name, seed)).items()]
    error, place = max(every, key=lambda one: abs(one[0]))
    assert (f"{error:+.0%}".replace("-", "−").replace("%", " %"), place) == TOLD[name]


@pytest.mark.parametrize("seed", SEEDS)
def test_known_items_are_within_a_tenth(tell: Callable[[str, int], Told], seed: int) -> None:
    """Single files, commands and tools of more than 1 %."""
    story, report = tell(USUAL, seed)
    found = {(row.source, item.item): item.tokens for row in report.sources for item in row.items}
    large = {
        place: one.tokens for place, one in story.truth.items() if place[1] and one.tokens > 0.01 * story.prompt_tokens
    }
    assert len(large) >= 15
    for place, tokens in large.items():
        assert found[place] == pytest.approx(tokens, rel=0.1)
