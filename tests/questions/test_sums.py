"""The last row of a table is the sum of all of its rows, and what JSON has as the total."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tokenscope.app.registry import find_question
from tokenscope.pricing import table
from tokenscope.view import figures

PACKAGED = table.PACKAGED_FILE  # the demo's models have no price in the list of the other tests here

USAGE = ("daily", "weekly", "monthly", "hourly", "models", "projects")
STAMPED = ("daily", "hourly", "models", "projects")


def answer(root: Path, *words: str) -> Any:
    return ask(*words, "--tz", "UTC", "--json", root=root).report


def last_rows(root: Path, *words: str) -> list[list[str]]:
    """The cells of every row of sums."""
    return sums_in(ask(*words, "--tz", "UTC", "--no-color", root=root).out)


@pytest.fixture
def _packaged_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscope.pricing.table.PACKAGED_FILE", PACKAGED)


def demo_rows(*words: str) -> list[list[str]]:
    return sums_in(ask("demo", *words, "--no-color").out)


def sums_in(out: str) -> list[list[str]]:
    lines = out.splitlines()
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


@pytest.mark.usefixtures("_packaged_prices")
def test_subagents() -> None:
    found = ask("demo", "subagents", "--json").report
    (row,) = demo_rows("subagents")
    total = found["total"]
    assert row[1:3] == [figures.count(len(found["subagents"])), figures.tokens(total["total_tokens"])]
    assert row[3:] == ["100 %", figures.dollars(total["list_price_usd"])]
    assert total["total_tokens"] == sum(one["usage"]["total_tokens"] for one in found["subagents"])


@pytest.mark.usefixtures("_packaged_prices")
def test_files() -> None:
    found = ask("demo", "files", "--json").report
    changed, read = demo_rows("files")
    told = ("edits", "writes", "lines_added", "lines_removed")
    assert changed[1:] == [figures.count(found[name]) for name in told if found[name]]
    assert read[1:] == [figures.count(found["reads"]), figures.tokens(found["tokens_carried"])]


@pytest.mark.usefixtures("_packaged_prices")
def test_git() -> None:
    found = ask("demo", "git", "--json").report
    by_project, by_day = demo_rows("git")
    (commits,) = [one["count"] for one in found["operations"] if one["operation"] == "commit"]
    for row, rows in ((by_project, found["projects"]), (by_day, found["days"])):
        assert row[1] == figures.count(sum(one["git"]["commits"] for one in rows)) == figures.count(commits)
        tokens = sum(one["git"]["usage"]["total_tokens"] for one in rows)
        assert row[4:6] == [figures.tokens(tokens), figures.tokens(round(tokens / commits))]


@pytest.mark.usefixtures("_packaged_prices")
def test_prompts() -> None:
    found = ask("demo", "prompts", "--json").report
    (row,) = demo_rows("prompts")
    assert row[1:4] == [figures.count(found[name]) for name in ("prompts", "sessions", "median_characters")]
    assert row[4] == figures.tokens(found["tokens_per_prompt"])
    assert found["prompts"] == sum(one["prompts"] for one in found["projects"])


@pytest.mark.usefixtures("_packaged_prices")
def test_quota_audit() -> None:
    found = ask("demo", "quota-audit", "--json").report
    (row,) = demo_rows("quota-audit")
    premium, light = found["premium"], found["candidates"]
    assert row[1:3] == [figures.tokens(premium["total_tokens"]), figures.tokens(light["total_tokens"])]
    assert row[-1] == figures.dollars(light["list_price_usd"])
    for groups in ("by_project", "by_month", "by_agent_type"):
        assert sum(one["candidates"]["total_tokens"] for one in found[groups]) == light["total_tokens"]
        assert sum(one["premium"]["total_tokens"] for one in found[groups]) == premium["total_tokens"]


@pytest.mark.usefixtures("_packaged_prices")
def test_windows() -> None:
    found = ask("demo", "windows", "--json").report
    sums = [figures.tokens(found["total"]["total_tokens"]), figures.dollars(found["total"]["list_price_usd"])]
    assert [row[1:] for row in demo_rows("windows")] == [sums, sums]
    for name in ("windows", "weeks"):
        assert sum(one["usage"]["total_tokens"] for one in found[name]) == found["total"]["total_tokens"]


@pytest.mark.usefixtures("_packaged_prices")
def test_health() -> None:
    kinds = ask("demo", "health", "--json").report["kinds"]
    (row,) = demo_rows("health")
    tokens = figures.tokens(sum(one["usage"]["total_tokens"] for one in kinds))
    usd = figures.dollars(sum(one["usage"]["list_price_usd"] or 0 for one in kinds))
    assert row[1:] == [tokens, usd]


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
