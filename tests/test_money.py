"""A plan changes the words and the order of an answer, never a figure."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.questions import shop
from tokenscope import demo as made_up
from tokenscope.app.registry import find_question, question_names
from tokenscope.demo import NOW
from tokenscope.history.history import History
from tokenscope.model import Facet, Usage
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.store import Store
from tokenscope.view.card import Card, Column, Note, Row, Table
from tokenscope.view.money import Plan, amount, arranged, counted, part, ranked
from tokenscope.view.question import Drawing

QUESTIONS = question_names()
TABLES = tuple(name for name in QUESTIONS if find_question(name).rows)
SUBSCRIPTIONS = [plan for plan in Plan if plan.is_subscription]
LIMIT = 1_000_000


@cache
def demo(facets: Facet) -> Store:
    return made_up.demo_store(facets)  # made once a process: tests/conftest.py


@cache
def report_of(question: str) -> Any:
    analyzer = find_question(question)
    store = demo(analyzer.reading.facets) if analyzer.reads else Store()
    return analyzer.analyze(History(store, Scope(now=NOW), pricer.load_pricer(user_file=None)))


@cache
def cards_of(question: str, plan: Plan) -> tuple[Card, ...]:
    return find_question(question).cards(report_of(question), Drawing(NOW, None, LIMIT, plan))


def tables(cards: tuple[Card, ...]) -> list[Table]:
    return [part for card in cards for part in card.parts if isinstance(part, Table)]


def words(card: Card) -> str:
    """Everything on a card that is not in a table's row."""
    notes = [part.text for part in card.parts if isinstance(part, Note)]
    titles = [column.title for part in card.parts if isinstance(part, Table) for column in part.columns]
    return " ".join((card.title, card.sentence, *notes, *titles, *card.actions, card.caption))


def figures_in(table: Table) -> list[tuple[Counter[str], int]]:
    """What stands in each row, whatever the order of rows and columns."""
    rows = [Counter(cell for cell in row.cells if isinstance(cell, str) and cell) for row in table.rows]
    return sorted(((row, table.left_out) for row in rows), key=lambda found: sorted(found[0].items()))


# What is shared tells of dollars only where somebody pays them, and then in the place of tokens.
@pytest.mark.parametrize("question", [name for name in QUESTIONS if not find_question(name).is_shared])
def test_every_plan_sees_the_same_figures(question: str) -> None:
    expected = [figures_in(table) for table in tables(cards_of(question, Plan.UNKNOWN))]
    for plan in Plan:
        shown = tables(arranged(cards_of(question, plan), plan))
        assert [figures_in(table) for table in shown] == expected


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


@pytest.mark.parametrize("question", QUESTIONS)
def test_machines_get_the_same_answer_whatever_the_plan(
    root: Path, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the same moment: `windows` looks back from now."""
    monkeypatch.setattr("tokenscope.app.request.time.time_ns", lambda: NOW * 1_000_000)
    for output in ("--json", *(("--csv",) if question in TABLES else ())):
        answers = {ask(question, output, "--since", "2026-06-01", "--plan", plan, root=root).out for plan in Plan}
        assert len(answers) == 1


@pytest.mark.parametrize("question", QUESTIONS)
def test_columns_of_dollars_say_so(question: str) -> None:
    """Otherwise they could not be put where the plan wants them."""
    for table in tables(cards_of(question, Plan.UNKNOWN)):
        for place, column in enumerate(table.columns):
            cells = [str(row.cells[place]) for row in table.rows if place < len(row.cells) and row.cells[place]]
            if cells and all(cell.startswith(("$", "<$")) for cell in cells):
                assert column.kind == "dollars", f"{question}: {column.title!r}"


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("plan", SUBSCRIPTIONS)
def test_on_a_subscription_dollars_are_called_a_list_price(question: str, plan: Plan) -> None:
    for card in arranged(cards_of(question, plan), plan):
        cells = [str(cell) for table in tables((card,)) for row in table.rows for cell in row.cells]
        if any("$" in cell for cell in (*cells, words(card))):
            assert "list price" in words(card)


@pytest.mark.parametrize("plan", Plan)
def test_no_answer_speaks_of_a_share_of_a_quota(plan: Plan) -> None:
    for question in QUESTIONS:
        for card in cards_of(question, plan):
            told = words(card) + str([row.cells for table in tables((card,)) for row in table.rows])
            assert not re.search(r"%[^.]*\b(quota(?!-audit)|limit|allowance)\b", told)


COLUMNS = (
    Column("day", "number"),
    Column("tokens", "number"),
    Column("list price", "dollars"),
    Column("responses", "number"),
    Column("", "bar"),
)
CARD = Card("T", "S.", (Note("n"), Table(COLUMNS, (Row(("1 Jun", "5M", "$3", "7", 0.5)), Row(("2 Jun", "1M"))))))


@pytest.mark.parametrize(
    ("plan", "titles", "first", "second"),
    [
        (Plan.UNKNOWN, ["day", "tokens", "list price", "responses", ""], ("1 Jun", "5M", "$3", "7", 0.5), ("2 Jun", "1M", None, None, None)),
        (Plan.API, ["day", "list price", "tokens", "responses", ""], ("1 Jun", "$3", "5M", "7", 0.5), ("2 Jun", None, "1M", None, None)),
        (Plan.PRO, ["day", "tokens", "responses", "at API list price", ""], ("1 Jun", "5M", "7", "$3", 0.5), ("2 Jun", "1M", None, None, None)),
    ],
)  # fmt: skip
def test_where_dollars_stand(
    plan: Plan, titles: list[str], first: tuple[object, ...], second: tuple[object, ...]
) -> None:
    note, table = arranged((CARD,), plan)[0].parts
    assert note == Note("n")
    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == titles
    assert {column.kind for column in table.columns} == {"number", "bar"}
    assert [row.cells for row in table.rows] == [first, second]


def test_amounts() -> None:
    priced, free = Usage(total_tokens=5_000_000, list_price_usd=3.2), Usage(total_tokens=7_000_000, list_price_usd=None)
    assert [amount(priced, plan) for plan in (Plan.API, Plan.PRO, Plan.UNKNOWN)] == ["$3.20", "5M tokens", "5M tokens"]
    assert amount(free, Plan.API) == "7M tokens"
    assert [counted(free, plan) for plan in (Plan.API, Plan.PRO)] == [0.0, 7_000_000.0]
    assert ranked([free, priced], lambda usage: usage, Plan.API) == [priced, free]
    assert ranked([free, priced], lambda usage: usage, Plan.TEAM) == [free, priced]
    total = Usage(total_tokens=12_000_000, list_price_usd=6.4)
    assert part(priced, total, Plan.API) == (0.5, "list price")
    assert part(free, total, Plan.API) == (7 / 12, "tokens")
    assert part(priced, total, Plan.MAX5) == (5 / 12, "tokens")
    assert part(Usage(), Usage(), Plan.PRO) == (0.0, "tokens")


@pytest.mark.parametrize("question", ["daily", "weekly", "monthly"])
def test_who_pays_by_the_token_reads_of_dollars(question: str) -> None:
    (card, *_), (other, *_) = cards_of(question, Plan.API), cards_of(question, Plan.MAX20)
    assert re.match(r"\$[\d,.]+ (on|in) .* was .* with \$[\d,.]+\.", card.sentence)
    assert re.match(r"[\d.]+M tokens (on|in) .* was .* with [\d.]+M\.", other.sentence)


@pytest.mark.parametrize("plan", Plan)
def test_the_picture_and_the_plain_answer_follow(tmp_path: Path, plan: Plan) -> None:
    picture = tmp_path / "models.svg"
    assert ask("demo", "models", "--plan", plan, "--svg", picture).code == 0
    drawn, plain = picture.read_text(encoding="utf-8"), ask("demo", "models", "--plan", plan, "--plain").out
    for text in (drawn, plain):
        assert ("at API list price" in text.replace("at API list prices", "")) is plan.is_subscription
    row = next(line for line in plain.splitlines() if line.startswith("Opus 5:"))
    assert (row.index("list price") < row.index("tokens")) is plan.pays_by_token
