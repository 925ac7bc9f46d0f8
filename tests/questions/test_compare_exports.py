"""Exported files as sides: what they came to is what the transcripts came to; what they do not say is blank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.answers import at, read
from tests.answers.planted import Kind, changed_on, plant
from tests.asking import Answer, ask
from tests.transcripts import History
from tokenscope.answers.comparison.side_members import Named, test_of
from tokenscope.answers.comparison.sides import EXPORT_ENDINGS
from tokenscope.app.registry import history_formats
from tokenscope.history.history import History as Seen
from tokenscope.model import Facet

test_of.__test__ = False  # type: ignore[attr-defined]
Report = dict[str, Any]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve sessions, and twelve with a larger floor and more output."""
    return plant(tmp_path_factory.mktemp("planted"), Kind(), Kind(floor=25_000, output=800))


def exported(root: Path, folder: Path, name: str, *window: str) -> Path:
    path = folder / name
    assert ask("export", path, *window, "--tz", "UTC", root=root).code == 0
    return path


def halves(root: Path, folder: Path, ending: str) -> tuple[Path, Path]:
    day = changed_on()
    early = exported(root, folder, f"early.{ending}", "--until", f"{day}T00:00:00Z")
    return early, exported(root, folder, f"late.{ending}", "--since", day)


def compared(*sides: object, root: Path) -> Report:
    return ask("compare", *sides, "--tz", "UTC", "--json", root=root).report


def fails(answer: Answer, *words: str) -> None:
    assert (answer.code, answer.out) == (2, "")
    for word in words:
        assert word in answer.err


def test_files_come_to_what_the_transcripts_came_to(root: Path, tmp_path: Path) -> None:
    """No transcript is needed: the folder that is named holds none."""
    logged = compared("--before", changed_on(), root=root)
    report = compared(*halves(root, tmp_path, "sqlite"), root=tmp_path)
    assert (report["exported"], logged["exported"]) == (True, False)
    for side, name in (("before", "early.sqlite"), ("after", "late.sqlite")):
        assert report[side] == {**logged[side], "side": name}
    assert report["rates"] == logged["rates"]
    assert (report["delta_tokens"], report["delta_usd"]) == (logged["delta_tokens"], logged["delta_usd"])


def test_what_sat_in_contexts_is_one_row(root: Path, tmp_path: Path) -> None:
    """Its size is that of all sources together; each level still sums to the difference, to the token and the cent."""
    logged = compared("--before", changed_on(), root=root)
    report = compared(*halves(root, tmp_path, "sqlite"), root=tmp_path)
    sources = {one["source"]: one for one in report["differences"] if one["level"] == "sources" and one["source"]}
    assert set(sources) == {"context", "output"}
    whole = [
        one for one in logged["differences"] if one["level"] == "sources" and one["source"] not in (None, "output")
    ]
    assert sources["context"]["delta_tokens"] == pytest.approx(
        sum(one["delta_tokens"] for one in whole), abs=len(whole)
    )
    for level in ("sources", "parts", "failures"):
        found = [one for one in report["differences"] if one["level"] == level]
        assert sum(one["delta_tokens"] for one in found) == report["delta_tokens"]
        assert sum(one["delta_usd"] for one in found) == pytest.approx(report["delta_usd"], abs=1e-9)
    assert sources["output"]["could_be_chance"] is False
    said = ask("compare", *halves_again(tmp_path), "--plain", root=tmp_path).out
    assert "an export or a team's row does not say what sat in the contexts or why caches were lost" in said


def halves_again(folder: Path) -> tuple[Path, Path]:
    return folder / "early.sqlite", folder / "late.sqlite"


@pytest.mark.parametrize("ending", ["ndjson", "csv"])
def test_asks_and_failures_that_are_not_exported_are_blank(root: Path, tmp_path: Path, ending: str) -> None:
    logged = compared("--before", changed_on(), root=root)
    report = compared(*halves(root, tmp_path, ending), root=tmp_path)
    for side in ("before", "after"):
        assert (report[side]["asks"], report[side]["failures"]) == (None, None)
        assert report[side]["usage"] == logged[side]["usage"]
    assert {one["before"] for one in report["rates"] if one["per"] == "ask"} == {None}
    assert "failures" not in {one["level"] for one in report["differences"]}
    (volume,) = [one for one in report["differences"] if one["level"] == "parts" and one["what"] == "responses"]
    assert (volume["before"], volume["after"]) == (logged["before"]["responses"], logged["after"]["responses"])


def test_a_file_beside_the_history_itself(root: Path, tmp_path: Path) -> None:
    """A side that is no file is of the transcripts alone, also where the file holds the same days."""
    early, _ = halves(root, tmp_path, "sqlite")
    logged = compared("--before", changed_on(), root=root)

    days = f"{changed_on()}..2027-01-01"
    report = compared(early, days, root=root)
    assert {**report["before"], "side": ""} == {**logged["before"], "side": ""}
    assert {**report["after"], "side": ""} == {**logged["after"], "side": ""}


def test_responses_that_both_sides_have_are_told(root: Path, tmp_path: Path) -> None:
    whole = exported(root, tmp_path, "whole.ndjson")
    early, _ = halves(root, tmp_path, "csv")
    fails(ask("compare", whole, early, root=tmp_path), "share responses", "--until")


@pytest.mark.parametrize(
    "sides",
    [
        ("nowhere.sqlite", "7d"),
        ("history.json", "7d"),
        ("file:history.json", "7d"),
        ("7d", "fortnight"),
        ("version:2.1.1", "version:2.1.1"),
        ("2026-05-01..2026-05-31", "2026-05-31..2026-06-30"),
        ("this-week", "30d"),
        ("window:large", "window:100K"),
        ("lifetime:2h", "lifetime:1h"),
        ("last-week", "this-week", "--before", "2026-05-01"),
    ],
    ids=" ".join,
)
def test_wrong_sides_are_refused_before_anything_is_read(
    tmp_path: Path, sides: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "history.json").write_text("{}")

    def read_all(*_: object, **__: object) -> None:
        raise AssertionError("the history was read")

    monkeypatch.setattr("tokenscope.app.open_history.load", read_all)
    fails(ask("compare", *sides, root=tmp_path), "tokenscope: ", "hint: ")


def test_every_ending_of_an_export_is_known() -> None:
    assert set(EXPORT_ENDINGS) == {ending for one in history_formats().values() for ending in one.endings}


# --- sides of the log alone ---


def chosen(history: Seen, kind: str, value: str) -> list[str]:
    is_on = test_of(history, Named(kind, value))
    return [history.store.messages[index].id[-1] for index in history.indices if is_on(index)]


def test_a_version_and_a_branch_are_those_of_each_response(tmp_path: Path) -> None:
    """A session that was updated and changed its branch on the way; what says neither is of what it began with."""
    history = History(tmp_path)
    session = history.session(version="2.1.177")
    session.prompt("Go", row={"gitBranch": "main"})
    for number, told in enumerate(
        [{"gitBranch": "main"}, {"gitBranch": "leaf", "version": "2.1.240"}, {"version": ""}]
    ):
        session.response(f"msg_000000000000000{number}", row=told)
    from tests.ingest import store_of  # noqa: PLC0415

    seen = read(history)
    seen = Seen(store_of(history.root, facets=Facet.STAMPS), seen.scope, seen.pricer)
    assert chosen(seen, "version", "2.1.177") == ["0", "2"]
    assert chosen(seen, "version", "2.1.240") == ["1"]
    assert chosen(seen, "branch", "leaf") == ["1"]


def test_the_window_is_the_size_at_which_contexts_were_compacted(tmp_path: Path) -> None:
    """Up to the first compaction and after the last one; one by hand says nothing, and neither does a short thread."""
    history = History(tmp_path)
    first = history.session()
    first.response("msg_0000000000000001", at=at(1))
    first.compaction(pre_tokens=156_000, at=at(2))
    first.response("msg_0000000000000002", at=at(3))
    first.compaction(pre_tokens=100_000, at=at(4))
    first.response("msg_0000000000000003", at=at(5))
    second = history.session()
    second.response("msg_0000000000000004", at=at(1))
    second.compaction(trigger="manual", pre_tokens=155_000, at=at(2))
    second.response("msg_0000000000000005", at=at(3))
    history.write()
    seen = read(history)
    assert chosen(seen, "window", "155K") == ["1"]
    assert chosen(seen, "window", "100K") == ["2", "3"]
    assert chosen(seen, "window", "200K") == []
