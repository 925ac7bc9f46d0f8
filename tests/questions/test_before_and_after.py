"""Changes that were planted in a history are found and named, by compare and by changes; a mix is no change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.answers.planted import Kind, changed_on, plant
from tests.asking import ask

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"


def compared(root: Path) -> dict[str, Any]:
    return ask("compare", "--before", changed_on(), "--tz", "UTC", "--json", root=root).report


def claimed(report: dict[str, Any]) -> set[str]:
    """What is said not to be chance."""
    return {one["source"] or one["what"] for one in report["differences"] if one["could_be_chance"] is False}


def changes(root: Path) -> dict[str, Any]:
    return ask("changes", "--tz", "UTC", "--json", root=root).report


def events(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["from"], one["to"]) for one in report["events"]]


def shifts(report: dict[str, Any]) -> list[str]:
    return [one["date"] for one in report["shifts"] if not one["could_be_chance"]]


def test_a_larger_floor_is_found_and_nothing_logged_is_blamed(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(), Kind(floor=25_000))
    assert claimed(compared(root)) == {"floor"}
    report = changes(root)
    (shift,) = report["shifts"]
    assert (shift["date"], shift["sessions_before"], shift["sessions_after"]) == (changed_on(), 12, 12)
    assert shift["after"] - shift["before"] == pytest.approx(5_000, abs=700)
    assert (shift["named"], shift["could_be_chance"], report["events"]) == ([], False, [])
    said = ask("changes", "--tz", "UTC", "--plain", root=root).out
    assert "nothing logged changed" in said
    assert "CLAUDE.md" not in said


def test_a_version_that_came_with_a_larger_floor_is_named(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(), Kind(floor=25_000, version="2.1.240"))
    report = changes(root)
    assert [one["named"] for one in report["shifts"]] == [["version 2.1.177 → 2.1.240"]]
    assert events(report) == [("version", "2.1.177", "2.1.240")]


def test_an_effort_and_a_subagent_that_may_be_used(tmp_path: Path) -> None:
    """Newer logs say an effort with each response, and which subagents are on offer."""
    report = changes(plant(tmp_path, Kind(effort="medium"), Kind(effort="high", agents=("Explore",))))
    assert sorted(events(report)) == [("effort", "medium", "high"), ("subagent", "", "Explore")]
    assert report["shifts"] == []
    said = ask("changes", "--tz", "UTC", "--plain", root=tmp_path).out
    assert "effort medium → high" in said
    assert "subagent Explore came" in said


def test_a_version_twice_as_chatty(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(), Kind(output=800, version="2.1.240"))
    assert claimed(compared(root)) == {"output"}
    report = changes(root)
    assert (shifts(report), events(report)) == ([], [("version", "2.1.177", "2.1.240")])
    by_version = ask("compare", "version:2.1.177", "version:2.1.240", "--json", root=root).report
    assert claimed(by_version) == {"output"}
    assert (by_version["before"]["sessions"], by_version["after"]["sessions"]) == (12, 12)


def test_a_shorter_lifetime_of_the_cache(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(), Kind(one_hour=False))
    assert {"rebuilt: idle", "price_of_a_token"} <= claimed(compared(root))
    assert "floor" not in claimed(compared(root))
    report = changes(root)
    assert (shifts(report), events(report)) == ([], [("cache_lifetime", "1 h", "5 min")])
    by_lifetime = ask("compare", "lifetime:1h", "lifetime:5m", "--json", root=root).report
    assert by_lifetime["delta_tokens"] == compared(root)["delta_tokens"]


def test_another_mix_of_models_is_not_mistaken_for_a_change(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(models=(OPUS,) * 4 + (HAIKU,)), Kind(models=(OPUS,) + (HAIKU,) * 4))
    report = compared(root)
    assert claimed(report) == set()
    largest = next(one for one in report["differences"] if one["level"] == "sources")
    assert largest["what"] == "mix_of_models"
    assert all(one["named"] for one in changes(root)["shifts"])
    assert "Another mix of models" in ask("compare", "--before", changed_on(), "--plain", root=root).out


@pytest.mark.parametrize("seed", range(5))
def test_nothing_planted_nothing_claimed(tmp_path: Path, seed: int) -> None:
    root = plant(tmp_path, Kind(), Kind(), seed=seed)
    assert claimed(compared(root)) == set()
    report = changes(root)
    assert (report["shifts"], report["events"]) == ([], [])


def test_every_level_sums_to_the_difference_to_the_token_and_the_cent(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(models=(OPUS, HAIKU)), Kind(floor=26_000, one_hour=False, models=(OPUS, HAIKU)))
    report = compared(root)
    before, after = (report[side]["usage"] for side in ("before", "after"))
    total = after["total_tokens"] - before["total_tokens"]
    for level in ("sources", "parts", "failures"):
        found = [one for one in report["differences"] if one["level"] == level]
        assert sum(one["delta_tokens"] for one in found) == total == report["delta_tokens"]
        paid = sum(round(one["delta_usd"] * 1_000_000) for one in found)
        assert paid == round((after["list_price_usd"] - before["list_price_usd"]) * 1_000_000)


def test_both_sides_are_what_a_window_of_each_has(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(), Kind(floor=25_000))
    report = compared(root)
    until = ask("daily", "--until", "2026-03-13", "--tz", "UTC", "--json", root=root).report["total"]
    since = ask("daily", "--since", changed_on(), "--tz", "UTC", "--json", root=root).report["total"]
    assert (report["before"]["usage"], report["after"]["usage"]) == (until, since)


def test_too_few_sessions_have_figures_without_a_verdict(tmp_path: Path) -> None:
    root = plant(tmp_path, Kind(), Kind(floor=40_000), sessions=4)
    answer = ask("compare", "--before", changed_on(4), "--tz", "UTC", "--json", root=root).report
    assert {one["could_be_chance"] for one in answer["differences"]} == {None}
    assert "fewer than 5 sessions" in ask("compare", "--before", changed_on(4), "--plain", root=root).out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("version:", "version:2"), "cannot compare"),
        (("lifetime:2h", "lifetime:1h"), "no lifetime"),
        (("model:opus", "model:claude"), "share responses"),
        (("--before", "2026-03-20", "--after", "2026-03-10"), "overlap"),
    ],
)
def test_sides_that_cannot_be_compared(tmp_path: Path, words: tuple[str, ...], hint: str) -> None:
    answer = ask("compare", *words, root=plant(tmp_path, Kind(), Kind(), sessions=1))
    assert answer.code == 2
    assert hint in answer.err
