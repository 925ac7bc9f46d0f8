"""Prices of one's own: what is printed to be filled in is what --prices takes; contract rates; searches of a tool."""

from __future__ import annotations

import json
from pathlib import Path

from tests.asking import run
from tests.transcripts import History

RATES = "price = { input = 2, cache_write_5m = 2.5, cache_write_1h = 4, cache_read = 0.2, output = 10 }"


def test_the_template_filled_in_prices_what_had_no_price(tmp_path: Path) -> None:
    history = History(tmp_path / "root")
    session = history.session()
    session.response("msg_1", model='glm-4.6 "x"', input=1_000_000, output=0)
    session.response("msg_2", model="claude-opus-4-8", input=1, output=0)
    root = ["--root", str(tmp_path / "root")]
    template = run("prices", "--template", *root).out
    assert "opus" not in template
    file = tmp_path / "own.toml"
    file.write_text(template, encoding="utf-8")
    assert "1M tokens unpriced" in run("models", *root, "--prices", str(file)).out
    lines = [RATES if line.startswith("# price") else line for line in template.splitlines()]
    file.write_text("\n".join(line.removeprefix("# ") if "[[models" in line else line for line in lines))
    models = json.loads(run("models", "--json", *root, "--prices", str(file)).out)["report"]["models"]
    assert [row["usage"]["list_price_usd"] for row in models] == [2.0, 0.000005]
