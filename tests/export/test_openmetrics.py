"""Counters over time: by hand, and as Prometheus' own tool reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.asking import ask
from tests.export.test_tables import exported, from_ndjson
from tests.ingest import TEN
from tests.questions.test_any_history import hostile

PROMTOOL = shutil.which("promtool") or ""
needs_promtool = pytest.mark.skipif(
    not PROMTOOL, reason="promtool is not installed (Debian: apt-get install prometheus)"
)
Samples = dict[str, list[tuple[int, float]]]  # seconds since the epoch and value, by series with sorted labels
SHOP, BLOG = 'project="/home/ada/shop"', 'project="/home/ada/blog"'
LABEL = re.compile(r'\w+="(?:[^"\\]|\\.)*"')
START = TEN // 1000
NEXT_DAY = START + 79_200  # eight o'clock


def parse(text: str) -> Samples:
    found: Samples = defaultdict(list)
    for line in text.splitlines():
        if not line.startswith("#"):
            series, value, second = line.rsplit(" ", 2)
            found[sorted_labels(series)].append((int(second), float(value)))
    return dict(found)


def sorted_labels(series: str) -> str:
    name, labels = series.split("{", 1)
    return counter_of(name, LABEL.findall(labels))


def counter_of(name: str, labels: Iterable[str]) -> str:
    return f"{name}{{{','.join(sorted(labels))}}}"


def counter(name: str, *labels: str) -> str:
    return counter_of(f"claude_code_{name}_total", labels)


@pytest.fixture
def text(root: Path, tmp_path: Path) -> str:
    return exported(root, tmp_path / "x.prom").read_text(encoding="utf-8")


def test_tokens(text: str) -> None:
    """Written: 1,000 in the first minute, 100 and 100 in the second, 100 in the sixth; the subagent's 500 apart.

    A minute that follows another needs no second sample at its beginning.
    """
    found = parse(text)
    opus, written = 'model="claude-opus-4-8"', 'type="cacheCreation"'
    assert found[counter("token_usage_tokens", opus, written, 'query_source="main"', SHOP)] == [
        (START, 0),
        (START + 60, 1_000),
        (START + 120, 1_200),
        (START + 300, 1_200),
        (START + 360, 1_300),
    ]
    assert found[counter("token_usage_tokens", opus, written, 'query_source="subagent"', SHOP)] == [
        (START + 120, 0),
        (START + 180, 500),
    ]
    read = found[counter("token_usage_tokens", opus, 'type="cacheRead"', 'query_source="main"', SHOP)]
    assert read == [(START + 60, 0), (START + 120, 2_100), (START + 300, 2_100), (START + 360, 3_300)]


def test_cost(text: str) -> None:
    """In millionths of a dollar: 10 + 20,000 + 500; 10 + 1,000 + 2,000 + 1,000; 10 + 1,100 + 2,000 + 1,500; …"""
    cost = parse(text)[counter("cost_usage_USD", 'model="claude-opus-4-8"', 'query_source="main"', SHOP)]
    assert cost == [
        (START, 0),
        (START + 60, 0.02051),
        (START + 120, 0.02913),
        (START + 300, 0.02913),
        (START + 360, 0.03484),
    ]


def test_what_was_done(text: str) -> None:
    found = parse(text)
    assert found[counter("session_count", SHOP)] == [(START, 0), (START + 60, 1)]
    assert found[counter("session_count", BLOG)] == [(NEXT_DAY, 0), (NEXT_DAY + 60, 1)]
    assert found[counter("commit_count", SHOP)] == [(START + 60, 0), (START + 120, 1)]
    assert found[counter("pull_request_count", SHOP)] == [(START + 300, 0), (START + 360, 1)]
    assert found[counter("lines_of_code_count", 'type="added"', SHOP)] == [
        (START + 60, 0),
        (START + 120, 4),
        (START + 180, 5),
    ]
    assert found[counter("lines_of_code_count", 'type="removed"', SHOP)][-1] == (START + 180, 2)


def test_what_was_sent_past_the_cache_and_what_came_back(text: str) -> None:
    """One token of input with each response; output 10, then 20 and 30 in one minute, 50; the subagent's 40."""
    found = parse(text)
    opus, main = 'model="claude-opus-4-8"', 'query_source="main"'
    assert found[counter("token_usage_tokens", opus, 'type="input"', main, SHOP)] == [
        *((START, 0), (START + 60, 1), (START + 120, 3), (START + 300, 3), (START + 360, 4)),
    ]
    assert found[counter("token_usage_tokens", opus, 'type="output"', main, SHOP)] == [
        *((START, 0), (START + 60, 10), (START + 120, 60), (START + 300, 60), (START + 360, 110)),
    ]
    assert found[counter("token_usage_tokens", opus, 'type="output"', 'query_source="subagent"', SHOP)] == [
        (START + 120, 0),
        (START + 180, 40),
    ]


def test_every_counter_says_what_it_counts(text: str) -> None:
    assert [line for line in text.splitlines() if line.startswith("# HELP")] == [
        "# HELP claude_code_token_usage_tokens_total Tokens used.",
        "# HELP claude_code_cost_usage_USD_total API list price in US dollars, where one is known.",
        "# HELP claude_code_session_count_total Sessions, at their first response.",
        "# HELP claude_code_commit_count_total Git commits.",
        "# HELP claude_code_pull_request_count_total Pull requests that were opened.",
        "# HELP claude_code_lines_of_code_count_total Lines of code changed by edits and writes.",
    ]


def test_the_form_of_the_file(text: str) -> None:
    """Families stand together, a counter's samples too, in the order of time; the end is marked."""
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    assert lines.count("# EOF") == 1
    families = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert families == list(dict.fromkeys(re.split(r"[{ ]", line)[0] for line in lines if line[0] != "#"))
    series = [line.rsplit(" ", 2)[0] for line in lines if line[0] != "#"]
    assert len(list(dict.fromkeys(series))) == sum(a != b for a, b in zip(series, [*series[1:], ""], strict=True))
    for samples in parse(text).values():
        assert samples == sorted(samples)
        assert len({second for second, _ in samples}) == len(samples)


def test_counters_end_at_what_the_rows_add_up_to(root: Path, tmp_path: Path) -> None:
    rows = from_ndjson(exported(root, tmp_path / "x.ndjson"))
    found = parse(exported(root, tmp_path / "x.prom").read_text(encoding="utf-8"))
    last = {series: samples[-1][1] for series, samples in found.items()}
    tokens = sum(value for series, value in last.items() if "token_usage" in series)
    assert tokens == sum(row["total_tokens"] for row in rows)
    dollars = sum(value for series, value in last.items() if "cost_usage" in series)
    assert dollars == pytest.approx(sum(row["list_price_usd"] or 0 for row in rows), abs=1e-9)


def test_a_history_without_anything(root: Path) -> None:
    out = ask("export", "-", "--format", "openmetrics", "--until", "2020-01-01", root=root).out
    assert parse(out) == {}
    assert out.endswith("# EOF\n")


@needs_promtool
def test_promtool_finds_nothing_to_complain_about(text: str) -> None:
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def loaded(path: Path, blocks: Path) -> Samples:
    """What a time series database holds after it was filled with an export."""
    command = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", str(path), str(blocks)]
    subprocess.run(command, check=True, capture_output=True)
    (blocks / "wal").mkdir()  # without which the dump does not open it
    dump = subprocess.run([PROMTOOL, "tsdb", "dump", str(blocks)], check=True, capture_output=True).stdout.decode()
    found: Samples = defaultdict(list)
    for line in dump.splitlines():
        labels, value, time = line.rsplit(" ", 2)
        name = re.search(r'__name__="(\w+)"', labels)
        assert name
        rest = [one for one in LABEL.findall(labels) if not one.startswith("__name__")]
        found[counter_of(name[1], rest)].append((int(time) // 1000, float(value)))
    return dict(found)


@needs_promtool
def test_a_database_holds_every_sample(text: str, tmp_path: Path) -> None:
    assert loaded(tmp_path / "x.prom", tmp_path / "blocks") == parse(text)


@needs_promtool
def test_a_hostile_history_loads(tmp_path: Path) -> None:
    """Models and projects with quotes, line feeds, control characters; two that only differ in these are one."""
    root = hostile(tmp_path / "config")
    path = exported(root, tmp_path / "x.prom")
    text = path.read_text(encoding="utf-8")
    assert subprocess.run([PROMTOOL, "check", "metrics"], input=text.encode(), check=False).returncode == 0
    found = loaded(path, tmp_path / "blocks")
    assert sum(map(len, found.values())) == sum(map(len, parse(text).values())) > 100
