"""The dashboard asks for what the export holds, and what it asks for is what was used."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.export.test_openmetrics import LABEL, PROMTOOL, START, needs_promtool, parse
from tests.export.test_tables import exported

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD: dict[str, Any] = json.loads((DOCS / "grafana-dashboard.json").read_text(encoding="utf-8"))
QUERIES = {
    (panel["title"], target["refId"]): target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
}
VARIABLES = {"$project": ".*", "$model": ".*", "$__interval": "1d", "$__range": "30d"}


def filled(query: str) -> str:
    """A query as Grafana sends it, a day a step, thirty days in all."""
    for name, value in VARIABLES.items():
        query = query.replace(name, value)
    assert "$" not in query
    return query


@pytest.fixture
def exported_text(root: Path, tmp_path: Path) -> str:
    return exported(root, tmp_path / "x.prom").read_text(encoding="utf-8")


def labels_by_metric(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for series in parse(text):
        name, labels = series.split("{", 1)
        found.setdefault(name, set()).update(label.partition("=")[0] for label in LABEL.findall(labels))
    return found


def test_queries_name_metrics_and_labels_that_there_are(exported_text: str) -> None:
    known = labels_by_metric(exported_text)
    asked = set()
    for query in QUERIES.values():
        names = set(re.findall(r"claude_code_\w+", query))
        assert len(names) == 1
        asked |= names
        labels = set(re.findall(r"(\w+)=~?\"", query)) | set(re.findall(r"by \((\w+)\)", query))
        assert labels <= known[names.pop()]
    assert asked == set(known)
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()  # type: ignore[union-attr]
            assert label in known[metric]


def test_the_guide_names_every_metric_and_label(exported_text: str) -> None:
    lines = (DOCS / "prometheus.md").read_text(encoding="utf-8").splitlines()
    told = {}
    for line in lines:
        if line.startswith("| `claude_code."):
            _, metric, labels = line.strip("| ").split(" | ")
            told[metric.strip("`")] = set(re.findall(r"`(\w+)`", labels))
    assert told == labels_by_metric(exported_text)


def test_every_panel_has_its_place() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@needs_promtool
def test_queries_can_be_read(tmp_path: Path) -> None:
    rules = [{"record": f"query:{number}", "expr": filled(query)} for number, query in enumerate(QUERIES.values())]
    path = tmp_path / "rules.json"  # which is YAML too
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run([PROMTOOL, "check", "rules", str(path)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(QUERIES)} rules found" in done.stdout.decode()


def values(samples: list[tuple[int, float]], start: int) -> str:
    """A series as promtool's tests write it, a value a minute, _ where there is none."""
    by_minute = {(second - start) // 60: value for second, value in samples}
    return " ".join(repr(by_minute[minute]) if minute in by_minute else "_" for minute in range(max(by_minute) + 1))


@needs_promtool
def test_queries_answer_what_was_used(exported_text: str, tmp_path: Path) -> None:
    """Figures of tests/export/__init__.py: the first of June at midnight UTC has five responses behind it, the second
    day's midnight has one, and a month later there is nothing new in a day, but all of it in the thirty days before."""
    midnight = START - 10 * 3600
    series = [{"series": name, "values": values(samples, midnight)} for name, samples in parse(exported_text).items()]
    expected = {
        ("Tokens a day, by type", "A", "1d"): {
            '{type="input"}': 5,
            '{type="output"}': 150,
            '{type="cacheRead"}': 3_300,
            '{type="cacheCreation"}': 1_800,
        },
        ("Tokens a day, by type", "A", "2d"): {
            '{type="input"}': 1,
            '{type="output"}': 60,
            '{type="cacheRead"}': 0,
            '{type="cacheCreation"}': 2_000,
        },
        ("Tokens a day, by project", "A", "2d"): {
            '{project="/home/ada/shop"}': 0,
            '{project="/home/ada/blog"}': 2_061,
        },
        ("Tokens a day, main thread and subagents", "A", "1d"): {
            '{query_source="main"}': 4_714,
            '{query_source="subagent"}': 541,
        },
        ("Lines changed a day", "A", "1d"): {'{type="added"}': 5, '{type="removed"}': 2},
        ("Sessions, commits and pull requests a day", "A", "2d"): {"{}": 1},
        ("Sessions, commits and pull requests a day", "B", "1d"): {"{}": 1},
        ("Sessions, commits and pull requests a day", "C", "20d"): {"{}": 0},
        ("Tokens", "A", "20d"): {"{}": 7_316},
        ("Tokens", "A", "31d4h"): {"{}": 2_061},
        ("Sessions", "A", "20d"): {"{}": 2},
        ("Commits", "A", "20d"): {"{}": 1},
        ("Pull requests", "A", "20d"): {"{}": 1},
        ("Lines added", "A", "20d"): {"{}": 5},
    }
    asked = [
        {
            "expr": filled(QUERIES[title, reference]),
            "eval_time": when,
            "exp_samples": [{"labels": labels, "value": value} for labels, value in found.items()],
        }
        for (title, reference, when), found in expected.items()
    ]
    path = tmp_path / "test.json"
    path.write_text(
        json.dumps({"rule_files": [], "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": asked}]})
    )
    done = subprocess.run([PROMTOOL, "test", "rules", str(path)], capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
