"""What was done on made-up histories of any shape: counts of tools, files, lines, git operations and prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.synthetic import generate
from tokenscope.app.registry import find_question
from tokenscope.history.history import History
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.pricing.pricer import load_pricer
from tokenscope.scope import Scope

EVERYTHING = Facet.CONTENT | Facet.TOOLS | Facet.TITLES
FILE_FIGURES = {"reads": "reads", "edits": "edits", "writes": "writes", "lines_added": "added"} | {
    "lines_removed": "removed"
}
DAILY_FIGURES = {"prompts": "prompts", "tool_calls": "calls", "lines_added": "added", "lines_removed": "removed"} | {
    "commits": "commits"
}


class Made:
    """A history with what was done in it, as it was decided while the history was written."""

    def __init__(self, root: Path, done: Counter[str]) -> None:
        self.root = root
        self.done = Counter({what: times for what, times in done.items() if times})

    def told(self, *kinds: str) -> dict[str, int]:
        return {what: times for what, times in self.done.items() if what.split(" ", 1)[0] in kinds}

    def report(self, question: str, *words: str) -> dict[str, Any]:
        return ask(question, "--json", "--tz", "UTC", *words, root=self.root).report


# Among them: forks of both kinds, every layout, orphans, gateways with short ids and with none, spaced JSON.
@pytest.fixture(scope="module", params=[(8, 1), (15, 3), (15, 6)], ids=str)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    megabytes, seed = request.param
    root = tmp_path_factory.mktemp("made")
    return Made(root, generate(root, megabytes, seed=seed).done)


def figures(rows: Iterable[dict[str, Any]], key: str, names: dict[str, str]) -> dict[str, int]:
    """The rows as the truth writes them, without zeros."""
    found: Counter[str] = Counter()
    for row in rows:
        for name, told in names.items():
            found[f"{told} {row[key]}"] += row[name]
    return {what: times for what, times in found.items() if times}


NARROW = ["quota-audit", "subagents", "tools", "files", "prompts", "sessions", "git", "health"]


@pytest.mark.parametrize("question", NARROW)
def test_what_is_not_read_would_change_nothing(made: Made, question: str) -> None:
    asked = find_question(question)
    stores = [load([made.root], facets, processes=1) for facets in (asked.reading.facets, EVERYTHING)]
    prices = load_pricer(user_file=None)
    least, most = (asked.analyze(History(store, Scope(now=0), prices)) for store in stores)
    assert least == most
    if question == "git":  # it does not look into contexts, which tell it otherwise
        return
    missing = {store.coverage.missing_subagents for store in stores}
    assert len(missing) == 1


def test_tools(made: Made) -> None:
    report = made.report("tools")
    assert figures(report["tools"], "tool", {"calls": "calls", "errors": "errors"}) == made.told("calls", "errors")
    assert report["calls"] == sum(made.told("calls").values()) > 100
    assert report["errors"] == sum(made.told("errors").values())


def test_files(made: Made) -> None:
    report = made.report("files")
    told = made.told(*FILE_FIGURES.values())
    assert figures(report["files"], "path", FILE_FIGURES) == told
    assert report["lines_added"] == sum(times for what, times in told.items() if what.startswith("added ")) > 100


@pytest.mark.parametrize("by", ["folder", "extension"])
def test_files_together(made: Made, by: str) -> None:
    """Every made-up file is `<directory>/src/<word>.py`."""
    told: Counter[str] = Counter()
    for what, times in made.told(*FILE_FIGURES.values()).items():
        kind, path = what.split(" ", 1)
        told[f"{kind} {path[: path.rindex('/')] if by == 'folder' else '.py'}"] += times
    assert figures(made.report("files", "--by", by)["files"], "path", FILE_FIGURES) == told


def test_git(made: Made) -> None:
    report = made.report("git")
    names = {"count": "done", "failed": "failed"}
    assert figures(report["operations"], "operation", names) == made.told("done", "failed")
    commits = made.done["done commit"]
    assert report["all"]["commits"] == sum(row["git"]["commits"] for row in report["projects"]) == commits > 0
    assert sum(row["git"]["commits"] for row in report["days"]) == commits
    tokens = report["total"]["total_tokens"]
    assert abs(report["all"]["tokens_per_commit"] - tokens / commits) <= 0.5
    assert len(report["pull_requests"]) == made.done["done pr_create"]


def test_prompts(made: Made) -> None:
    report = made.report("prompts")
    assert report["prompts"] == sum(row["prompts"] for row in report["projects"]) == made.done["prompts"] > 0
    assert sum(map(sum, report["by_weekday"])) == made.done["prompts"]


def test_days_with_what_was_done(made: Made) -> None:
    days = {row["date"]: row["activity"] for row in made.report("daily", "--activity")["days"]}
    found = {
        f"{day} {told}": done[name] for day, done in days.items() for name, told in DAILY_FIGURES.items() if done[name]
    }
    assert found == {what: times for what, times in made.done.items() if what[:1].isdigit()}


@pytest.mark.parametrize(("question", "rows"), [("weekly", "weeks"), ("monthly", "months"), ("hourly", "hours")])
def test_other_periods_add_up_to_the_same(made: Made, question: str, rows: str) -> None:
    for name, told in DAILY_FIGURES.items():
        whole = sum(times for what, times in made.done.items() if what[:1].isdigit() and what.endswith(told))
        assert sum(row["activity"][name] for row in made.report(question, "--activity")[rows]) == whole


def test_what_tools_carried_is_what_the_ledger_says(made: Made) -> None:
    """By tool, with MCP servers and subagents together as in the ledger; results, images and inputs."""
    sources = made.report("context")["ledger"]["sources"]
    told: Counter[str] = Counter()
    for source in sources:
        if source["kind"] == "tool_result":
            told[source["source"].removesuffix(" results")] += source["tokens"]
        elif source["kind"] in ("tool_input", "image"):
            for item in source["items"]:
                told[item["item"]] += item["tokens"]
    found: Counter[str] = Counter()
    report = made.report("tools")
    for row in report["tools"]:
        name = (
            "subagent" if row["tool"] in ("Task", "Agent") else f"MCP {row['server']}" if row["server"] else row["tool"]
        )
        found[name] += row["tokens_carried"]
        assert row["tokens_carried"] == row["result_tokens_carried"] + row["input_tokens_carried"]
    assert found == told
    assert report["tokens_carried"] == sum(told.values())
    assert made.report("files")["tokens_carried"] == next(
        source["tokens"] for source in sources if source["source"] == "Read results"
    )
