"""The last row of a table is the sum of all of its rows, and what JSON has as the total."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tokenscope.app.registry import find_question
from tokenscope.view import figures

USAGE = ("daily", "weekly", "monthly", "hourly", "models", "projects")
STAMPED = ("daily", "hourly", "models", "projects")


def answer(root: Path, *words: str) -> Any:
    return ask(*words, "--tz", "UTC", "--json", root=root).report


def last_rows(root: Path, *words: str) -> list[list[str]]:
    """The cells of every row of sums."""
    lines = ask(*words, "--tz", "UTC", "--no-color", root=root).out.splitlines()
    rows = [line.strip("│ ") for line in lines if line.strip("│ ").startswith("in all ")]
    return [[cell.strip() for cell in row.split("  ") if cell.strip()] for row in rows]


@pytest.mark.parametrize("limit", [(), ("--limit", "1")])
@pytest.mark.parametrize("question", USAGE)
def test_usage(root: Path, question: str, limit: tuple[str, ...]) -> None:
    found = answer(root, question)
    if len(found[find_question(question).rows]) < 2:
        assert last_rows(root, question, *limit) == []
        return
    total = found["total"]
    assert last_rows(root, question, *limit) == [
        [
            "in all",
            figures.tokens(total["total_tokens"]),
            figures.tokens(total["cache_read_input_tokens"]),
            figures.tokens(total["output_tokens"]),
            figures.count(total["messages"]),
            figures.dollars(total["list_price_usd"]),
        ]
    ]


@pytest.mark.parametrize("question", STAMPED)
def test_by_a_stamp(root: Path, question: str) -> None:
    """Where the log stamps nothing, one row is all there is of it, and the rows of the question have their sum."""
    total = answer(root, question)["total"]
    rows = last_rows(root, question, "--by", "version")
    assert rows and {row[1] for row in rows if len(row) > 1} <= {
        figures.tokens(total["total_tokens"]),
        figures.count(len(answer(root, "sessions")["sessions"])),
    }


def test_sessions(root: Path) -> None:
    found = answer(root, "sessions")
    (row,) = last_rows(root, "sessions")
    assert row[1] == figures.tokens(found["total"]["total_tokens"])
    assert figures.dollars(found["total"]["list_price_usd"]) in row
    active = sum(one["active_seconds"] or 0 for one in found["sessions"])
    assert figures.duration(active * 1000) in row


def test_context(root: Path) -> None:
    found = answer(root, "context")
    composition, ledger, rebuilt = last_rows(root, "context")
    total = found["total"]
    assert composition[1:] == [figures.tokens(total["total_tokens"]), figures.dollars(total["list_price_usd"])]
    assert ledger[:3] == ["in all", figures.tokens(found["prompt_tokens"]), "100 %"]
    causes = found["rebuilds"]["causes"]
    assert rebuilt[1] == figures.tokens(sum(one["tokens"] for one in causes))
    assert rebuilt[-1] == figures.dollars(sum(one["list_price_usd"] for one in causes))


def test_tools(root: Path) -> None:
    found = answer(root, "tools")
    (row, *_) = last_rows(root, "tools")
    assert row[:2] == ["in all", figures.count(found["calls"])]
    assert row[-1] == figures.tokens(sum(one["tokens_carried"] for one in found["tools"]))


@pytest.mark.parametrize("plan", ["max5", "api", "unknown"])
def test_a_plan_decides_where_dollars_stand_and_never_whether_there_is_a_sum(root: Path, plan: str) -> None:
    (row,) = last_rows(root, "models", "--plan", plan)
    assert sorted(row) == sorted(last_rows(root, "models")[0])
    assert row[1].startswith("$") is (plan == "api")


def test_the_first_screen(root: Path) -> None:
    found = answer(root, "quickstart")["recent"]["span"]["usage"]
    (row,) = last_rows(root, "quickstart")
    assert row[1:3] == [figures.tokens(found["total_tokens"]), figures.dollars(found["list_price_usd"])]


@pytest.mark.parametrize("words", [("demo",), ("demo", "--plan", "max5"), ("demo", "--since", "7d")])
def test_the_first_screen_needs_no_more_than_a_screen(words: tuple[str, ...]) -> None:
    """Thirty lines, one of which is for the prompt of the shell."""
    assert len(ask(*words).out.splitlines()) < 30
