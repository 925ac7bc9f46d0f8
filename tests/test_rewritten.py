"""Histories in other words: they say the same, and no two are written alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask
from tests.rewritten import NEW_ROW, WAYS, reordered, rewrite
from tests.transcripts import History, text, tool_use


def test_fields_are_turned_round() -> None:
    turned = reordered({"a": [{"b": 1, "c": 2}], "d": {}})
    assert (list(turned), list(turned["a"][0])) == (["d", "a"], ["c", "b"])


@pytest.mark.parametrize("way", WAYS)
def test_every_way_says_the_same(tmp_path: Path, way: str) -> None:
    history = History(tmp_path / "old")
    session = history.session("00000001", cwd="/home/ada/shop")
    session.prompt("Go on", at="2026-06-01T10:00:00Z")
    session.response(blocks=[text("é"), tool_use("toolu_1", "Read", {"file_path": "a"})])
    old, new = history.write(), tmp_path / "new"
    rewrite(way, old, new)
    files = [sorted(root.rglob("*.jsonl")) for root in (old, new)]
    assert [path.name for path in files[0]] == [path.name for path in files[1]]
    assert files[0][0].read_bytes() != files[1][0].read_bytes()
    assert (NEW_ROW in files[1][0].read_bytes()) == (way == "strange")
    for question in ("daily", "context", "tools"):
        reports = [ask(question, "--json", root=root).json["report"] for root in (old, new)]
        assert reports[0] == reports[1]
