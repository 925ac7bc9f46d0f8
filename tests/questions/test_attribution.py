"""Usage by skill, entrypoint and the like, worked out by hand.

session  entrypoint  branch  output: with the skill "pruning" and the agent's "Explore", and without
first    cli         main    300 + 500 of pruning, 200 of neither
second   sdk-cli     spring  40 of Explore, 60 of neither
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.asking import Answer, ask
from tests.ingest import FIRST, SECOND
from tests.transcripts import History
from tokenscope.history.stamp_groups import StampField

QUESTIONS = {"daily": "days", "weekly": "weeks", "monthly": "months", "hourly": "hours", "models": "models",
             "projects": "projects"}  # fmt: skip


@pytest.fixture(scope="module")
def orchard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = History(tmp_path_factory.mktemp("orchard"))
    first = history.session(FIRST, cwd="/home/ada/orchard")
    first.prompt("Prune the pear", at="2026-06-01T10:00:00Z")
    first.response(output=200, input=0)
    first.response(output=300, row={"attributionSkill": "pruning"}, input=0)
    first.response(output=500, row={"attributionSkill": "pruning"}, at="2026-06-02T10:00:00Z", input=0)
    second = history.session(SECOND, cwd="/home/ada/shed")
    other = {"entrypoint": "sdk-cli", "gitBranch": "spring"}
    second.prompt("Count the ladders", at="2026-06-02T11:00:00Z", row=other)
    second.response(output=60, row=other, input=0)
    second.response(output=40, row=other | {"attributionAgent": "Explore"}, input=0)
    return history.write()


def asked(root: Path, *words: str) -> Answer:
    answer = ask(*words, "--tz", "UTC", root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer


def outputs(rows: list[dict[str, Any]], key: str = "name") -> dict[str | None, int]:
    return {row[key]: row["usage"]["output_tokens"] for row in rows}


def test_each_day_by_entrypoint(orchard: Path) -> None:
    report = asked(orchard, "daily", "--by", "entrypoint", "--json").report
    found = [(row["date"], row["group"], row["usage"]["output_tokens"]) for row in report["days"]]
    assert found == [
        ("2026-06-01", "cli", 500),
        ("2026-06-02", "cli", 500),
        ("2026-06-02", "sdk-cli", 100),
    ]
    assert outputs(report["groups"]) == {"cli": 1_000, "sdk-cli": 100}
    assert [row["sessions"] for row in report["groups"]] == [1, 1]


def test_what_bears_no_stamp_is_a_row(orchard: Path) -> None:
    report = asked(orchard, "models", "--by", "skill", "--json").report
    assert outputs(report["groups"]) == {"pruning": 800, None: 300}
    assert outputs(report["models"], "group") == {"pruning": 800, None: 300}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("field", StampField)
def test_rows_add_up_to_the_total(orchard: Path, question: str, field: StampField) -> None:
    report = asked(orchard, question, "--by", field, "--json").report
    for rows in (report[QUESTIONS[question]], report["groups"]):
        assert sum(row["usage"]["total_tokens"] for row in rows) == report["total"]["total_tokens"] == 1_100
        assert sum(row["usage"]["messages"] for row in rows) == 5


def test_sessions_put_together(orchard: Path) -> None:
    groups = asked(orchard, "sessions", "--by", "branch", "--json").report["groups"]
    assert [(one["group"], one["kind"], one["sessions"]) for one in groups] == [
        ("main", "branch", 1),
        ("spring", "branch", 1),
    ]
    assert outputs(groups, "group") == {"main": 1_000, "spring": 100}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("skill=PRUN", [FIRST]), ("agent=explore", [SECOND]), ("skill!=pruning", [SECOND]), ("tier=batch", [])],
)
def test_sessions_with_a_stamp(orchard: Path, condition: str, expected: list[str]) -> None:
    rows = asked(orchard, "sessions", "--where", condition, "--json").report["sessions"]
    assert [row["session_id"] for row in rows] == expected


@pytest.mark.parametrize(
    ("conditions", "output"),
    [
        (["skill=pruning"], 800),
        (["skill="], 300),  # without a stamp
        (["branch=SPRING"], 100),
        (["branch=main", "skill=prun"], 800),
        (["branch=spring", "skill=pruning"], 0),
    ],
)
def test_only_some_responses(orchard: Path, conditions: list[str], output: int) -> None:
    words = [word for condition in conditions for word in ("--only", condition)]
    for question in ("daily", "sessions", "context"):
        answer = asked(orchard, question, *words, "--json")
        assert answer.report["total"]["output_tokens"] == output
        assert answer.json["scope"]["only"] == conditions


def test_attribution(orchard: Path) -> None:
    report = asked(orchard, "attribution", "--json").report
    assert outputs(report["skills"]) == {"pruning": 800, None: 300}
    assert outputs(report["agents"]) == {"Explore": 40, None: 1_060}
    assert outputs(report["plugins"]) == outputs(report["servers"]) == {None: 1_100}
    assert report["total"]["output_tokens"] == 1_100


def test_the_caveat_is_told(orchard: Path) -> None:
    text = asked(orchard, "attribution", "--no-color").out
    assert "pruning took 73 % of your tokens; 27 % bear no skill's name." in text
    assert "a skill's stamp lasts to the end of the turn" in text
    assert "The log names no MCP server with any response here." in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("daily", "--by", "skill", "--activity"), "exclude each other"),
        (("daily", "--by", "counter"), "every row has all counters"),
        (("models", "--by", "skill", "--chart"), "exclude each other"),
        (("daily", "--only", "skill"), "cannot choose responses by 'skill'"),
        (("daily", "--only", "nope=1"), "cannot choose responses by 'nope=1'"),
    ],
)
def test_what_cannot_be_answered(orchard: Path, words: tuple[str, ...], told: str) -> None:
    answer = ask(*words, root=orchard)
    assert answer.code == 2
    assert told in answer.err
