"""Every column of a table has a head, and a caption explains only what is drawn."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

from tests.asking import ask
from tests.synthetic import generate
from tokenscope import demo
from tokenscope.app.registry import question_names
from tokenscope.draw.terminal_page import write_page
from tokenscope.formats import terminal
from tokenscope.view.card import Card, Column, Page, Row, Table
from tokenscope.view.page import make_page

DRAWN = frozenset({"bar", "spark"})  # what says by its length or its height, and needs no words

ASKED = (
    *((name,) for name in question_names() if name != "report"),  # a page, of cards that the others have too
    *((name, "--chart") for name in ("daily", "weekly", "models", "projects")),
    *((name, "--activity") for name in ("daily", "weekly", "monthly")),
    *((name, "--by", "version") for name in ("daily", "models")),
    *(("sessions", "--by", by) for by in ("project", "run", "branch")),
    *(("files", "--by", by) for by in ("folder", "extension")),
    ("session", "last", "--timeline"),
    ("session", "last", "--map"),
    ("quickstart", "--cards"),
    ("models", "--check"),
)


class Shown(NamedTuple):
    asked: tuple[str, ...]
    card: Card


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    """Every card of the demo, and of a history with whatever a log may hold, in the usual output."""
    made = tmp_path_factory.mktemp("heads") / "made"
    generate(made, 2, seed=11)
    found: list[Shown] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "demo_store", cache(demo.demo_store))
        pages: list[Page] = []

        def kept(*given: Any) -> Page:
            pages.append(make_page(*given))
            return pages[-1]

        patch.setattr(terminal, "make_page", kept)
        for root in (None, made):
            for words in ASKED:
                answer = ask(*(("demo",) if root is None else ()), *words, root=root)
                assert answer.code == 0, (words, answer.err)
                found += [Shown(words, card) for card in pages.pop().cards]
    return found


def tables(card: Card) -> Iterator[Table]:
    return (part for part in card.parts if isinstance(part, Table))


def filled(table: Table) -> list[Column]:
    """The columns in which anything stands."""
    every: tuple[Row, ...] = (*table.rows, *([table.total] if table.total else []))
    return [
        column
        for place, column in enumerate(table.columns)
        if any(place < len(row.cells) and row.cells[place] not in (None, "", ()) for row in every)
    ]


def is_a_list_of_facts(columns: list[Column]) -> bool:
    """A name a line, and what it is: "system  Linux"."""
    return len(columns) <= 3 and not any(column.title for column in columns)


def test_every_column_has_a_head(cards: list[Shown]) -> None:
    headless = [
        (*shown.asked, shown.card.title, column)
        for shown in cards
        for table in tables(shown.card)
        if not is_a_list_of_facts(columns := filled(table))
        for column in columns
        if not column.title and column.kind not in DRAWN
    ]
    assert not headless


def test_no_head_stands_twice(cards: list[Shown]) -> None:
    for shown in cards:
        for table in tables(shown.card):
            titles = [column.title for column in filled(table) if column.title]
            assert len(set(titles)) == len(titles), (shown.asked, shown.card.title, titles)


# What stands before a colon in a caption and is not the head of a column, but says how far a figure goes, or explains a
# row, a sign in a picture or a word of the sentence.
OTHERS = (
    *("est.", "by Edit and Write that succeeded", "until", "Anthropic's", "loaded for nothing", "before → after"),
    *("no recorded cause", "╎", "work"),
)


def explained(card: Card) -> Iterator[tuple[list[str], str]]:
    """The columns that a caption explains, and how the explanation begins."""
    for fact in card.caption.split(" · "):
        names, colon, words = fact.partition(": ")
        if colon:
            yield names.split(", "), " ".join(words.split()[:2])


def test_a_caption_explains_columns_of_its_card(cards: list[Shown]) -> None:
    for shown in cards:
        titles = {column.title for table in tables(shown.card) for column in table.columns}
        for names, _ in explained(shown.card):
            is_told = titles.issuperset(names) or names[0].startswith(OTHERS)
            assert is_told or not any(titles), (shown.asked, shown.card.title, names)


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_a_caption_explains_only_what_is_drawn(cards: list[Shown], width: int) -> None:
    """Heads are looked for where they stand: in a line of nothing else."""
    for shown in cards:
        titles = {column.title for table in tables(shown.card) for column in table.columns if column.title}
        stream = io.StringIO()
        write_page(Page("", (shown.card,)), stream, width=width, color=False)
        lines = [line.strip("│╰╯─ ") for line in stream.getvalue().splitlines()]
        heads = {cell for line in lines if titles.issuperset(cells := re.split(" {2,}", line)) for cell in cells}
        text = " ".join(lines)
        for names, begin in explained(shown.card):
            if heads and titles.issuperset(names):
                drawn = [name for name in names if name in heads]
                assert (f"{', '.join(names)}: {begin}" in text) is (drawn == names), (shown, width)
                assert not drawn or f"{', '.join(drawn)}: {begin}" in text, (shown, width)
