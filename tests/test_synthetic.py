"""The made-up history is what it says it is: the same bytes every time, the shape of real ones, a known truth."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests import reference
from tests.synthetic import FIGURES, Figures, Truth, generate, load, make_plans

SMALL, MEDIUM = 2, 3  # megabytes


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("small")
    return folder, generate(folder, SMALL)


@pytest.fixture(scope="module")
def medium(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("medium")
    return folder, generate(folder, MEDIUM, seed=7)


def transcripts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.jsonl") if path.name != "journal.jsonl")


def rows(folder: Path) -> Iterable[tuple[bytes, dict[str, Any] | None]]:
    """Every finished line with its row; None where it is not JSON."""
    for path in transcripts(folder):
        for line in path.read_bytes().split(b"\n")[:-1]:
            try:
                yield line, json.loads(line.decode("utf-8", "replace").strip("\ufeff\0\r"))
            except ValueError:
                yield line, None


def digest(folder: Path) -> str:
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        hashed.update(str(path.relative_to(folder)).encode())
        hashed.update(path.read_bytes() if path.is_file() else b"")
    return hashed.hexdigest()


def total(groups: Iterable[Figures]) -> Figures:
    added = Figures()
    for figures in groups:
        added.add(figures)
    return added


def test_the_same_seed_gives_the_same_bytes(small: tuple[Path, Truth], tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    assert generate(again, SMALL) == small[1]
    generate(other, SMALL, seed=2)
    assert digest(again) == digest(small[0])
    assert digest(other) != digest(small[0])


@pytest.mark.parametrize("grouping", ["by_model", "by_day", "by_project", "by_session", "by_agent"])
def test_every_grouping_sums_to_the_total(small: tuple[Path, Truth], grouping: str) -> None:
    truth = small[1]
    groups: dict[str, Figures] = getattr(truth, grouping)
    assert len(groups) > 1
    assert total(groups.values()) == truth.total
    assert truth.total.messages > 50


def test_figures_of_every_group_are_consistent(medium: tuple[Path, Truth]) -> None:
    for one in medium[1].by_agent.values():
        assert min(getattr(one, name) for name in FIGURES) >= 0
        write = one.ephemeral_5m_input_tokens + one.ephemeral_1h_input_tokens
        assert one.cache_creation_input_tokens == write
        assert one.total_tokens == one.input_tokens + one.output_tokens + one.cache_read_input_tokens + write


def test_the_truth_stands_beside_the_history(small: tuple[Path, Truth]) -> None:
    folder, truth = small
    assert load(folder) == orjson.loads(orjson.dumps(truth))
    assert load(folder / "projects") is None


def test_size_files_and_lines_are_as_counted(small: tuple[Path, Truth]) -> None:
    folder, truth = small
    files = transcripts(folder)
    assert truth.files == len(files)
    assert truth.bytes == sum(path.stat().st_size for path in files)
    assert 0.8 * SMALL < truth.bytes / 1_000_000 < 1.5 * SMALL


def test_all_but_the_torn_rows_are_objects(medium: tuple[Path, Truth]) -> None:
    folder, truth = medium
    assert sum(row is None for _, row in rows(folder)) == truth.malformed_rows


def test_shares_of_bytes_are_those_of_real_histories(medium: tuple[Path, Truth]) -> None:
    share: Counter[str] = Counter()
    for line, row in rows(medium[0]):
        share[str(row["type"]) if row else ""] += len(line)
    whole = share.total()
    assert share["user"] / whole == pytest.approx(0.665, abs=0.08)
    assert share["assistant"] / whole == pytest.approx(0.217, abs=0.08)
    assert share["progress"] / whole == pytest.approx(0.081, abs=0.02)
    assert share["attachment"] / whole == pytest.approx(0.023, abs=0.01)


def test_most_responses_have_several_rows_and_output_grows(medium: tuple[Path, Truth]) -> None:
    outputs: dict[str, list[int]] = {}
    for _, row in rows(medium[0]):
        if row and row["type"] == "assistant" and row["message"]["id"].startswith("msg_"):
            outputs.setdefault(row["message"]["id"], []).append(row["message"]["usage"]["output_tokens"])
    assert sum(len(one) > 1 for one in outputs.values()) / len(outputs) == pytest.approx(0.73, abs=0.12)
    assert sum(len(set(one)) > 1 for one in outputs.values()) / len(outputs) == pytest.approx(0.27, abs=0.12)


def test_texts_hold_what_could_be_taken_for_usage(medium: tuple[Path, Truth]) -> None:
    content = b"".join(path.read_bytes() for path in transcripts(medium[0]))
    for decoy in (rb"\"usage\":{", rb"\"type\":\"assistant\"", rb"\u001b[32m", "日本語".encode()):
        assert decoy in content


def test_a_larger_plan_has_every_layout_and_about_three_files_a_megabyte() -> None:
    plans = list(make_plans(1, 1000))
    files = len(plans) + sum(len(plan.agent_bytes) for plan in plans)
    assert 700 < len(plans) < 1300
    assert 2200 < files < 4000
    assert any(plan.is_orphan for plan in plans)
    assert any(plan.fork_bytes for plan in plans)


# Among them: forks of both kinds, every layout, orphans, gateways with short ids and with none, spaced JSON.
@pytest.mark.parametrize(("megabytes", "seed"), [(MEDIUM, 1), (15, 3), (15, 6)])
def test_an_independent_reader_finds_the_truth(megabytes: int, seed: int, tmp_path: Path) -> None:
    truth = generate(tmp_path, megabytes, seed=seed)
    responses, counts = reference.survey([tmp_path])
    found = reference.totals(responses)
    assert as_totals(truth.total, floors=truth.output_floor_messages) == found
    assert counts.malformed == truth.malformed_rows
    assert counts.rows + counts.malformed >= truth.lines  # a last line may have no line feed
    days = reference.by_day(responses, UTC)
    for ours, theirs in (
        (truth.by_model, reference.by_model(responses)),
        (truth.by_project, reference.by_project(responses)),
        (truth.by_session, reference.by_session(responses)),
        (truth.by_day, {str(day): figures for day, figures in days.items()}),
        (truth.by_agent, reference.grouped(responses, thread_of)),
    ):
        assert {key: as_totals(figures, floors=theirs[key].floors) for key, figures in ours.items()} == theirs


def thread_of(response: reference.Response) -> str:
    """As the truth names it: inline subagents of a session are one."""
    agent = response.agent_id or ""
    return f"{response.session_id}/{'inline' if agent.startswith('inline') else agent}"


def as_totals(figures: Figures, *, floors: int) -> reference.Totals:
    return reference.Totals(
        responses=figures.messages,
        input=figures.input_tokens,
        output=figures.output_tokens,
        cache_read=figures.cache_read_input_tokens,
        cache_write=figures.cache_creation_input_tokens,
        cache_write_5m=figures.ephemeral_5m_input_tokens,
        cache_write_1h=figures.ephemeral_1h_input_tokens,
        floors=floors,
    )
