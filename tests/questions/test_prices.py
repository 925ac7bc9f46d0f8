"""Prices of one's own: what is printed to be filled in is what --prices takes; contract rates; searches of a tool."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.asking import ask
from tests.transcripts import History, tool_use
from tokenscope.ingest.files.claude_settings import contract_rates
from tokenscope.pricing.pricer import load_pricer

RATES = "price = { input = 2, cache_write_5m = 2.5, cache_write_1h = 4, cache_read = 0.2, output = 10 }"


def test_the_template_filled_in_prices_what_had_no_price(tmp_path: Path) -> None:
    history = History(tmp_path / "root")
    session = history.session()
    session.response("msg_1", model='glm-4.6 "x"', input=1_000_000, output=0)
    session.response("msg_2", model="claude-opus-4-8", input=1, output=0)
    history.write()
    root: list[object] = ["--root", tmp_path / "root"]
    template = ask("prices", "--template", *root).out
    assert "opus" not in template
    file = tmp_path / "own.toml"
    file.write_text(template, encoding="utf-8")
    assert "1M tokens unpriced" in ask("models", *root, "--prices", file).out
    lines = [RATES if line.startswith("# price") else line for line in template.splitlines()]
    file.write_text("\n".join(line.removeprefix("# ") if "[[models" in line else line for line in lines))
    models = json.loads(ask("models", "--json", *root, "--prices", file).out)["report"]["models"]
    assert [row["usage"]["list_price_usd"] for row in models] == [2.0, 0.00001]


def test_searches_of_the_tool_are_priced_beside_those_of_the_response_once(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(model="claude-opus-4-8")
    session.response("msg_1", input=0, output=0, usage={"server_tool_use": {"web_search_requests": 3}})
    session.response("msg_2", input=0, output=0, blocks=[tool_use("toolu_1", "WebSearch", {"query": "tides"})])
    session.tool_result("toolu_1", "Links", tool_use_result={"query": "tides", "durationSeconds": 3, "searchCount": 2})
    fork = session.fork("99999999-0000-4000-8000-000000000099")
    fork.response("msg_3", input=0, output=0)
    history.write()
    for question in ("models", "daily"):
        told = json.loads(ask(question, "--json", root=tmp_path).out)
        assert told["coverage"]["tool_web_searches"] == 2
    total = json.loads(ask("models", "--json", root=tmp_path).out)["report"]["total"]
    assert (total["messages"], total["total_tokens"], total["list_price_usd"]) == (3, 0, 0.05)
    assert "2 searches of the WebSearch tool without their tokens" in " ".join(ask("daily", root=tmp_path).out.split())


def test_contract_rates_hold_below_the_users_file_and_what_is_no_rate_is_passed_over(tmp_path: Path) -> None:
    good = {"input": 8, "output": 40, "cacheRead": 0.2, "cacheWrite": 10}
    overrides = {"us.anthropic.claude-opus-5": good, "claude-opus-4-8": {"input": 1}, "glm-5": good}
    settings = tmp_path / "managed-settings.json"
    settings.write_text(json.dumps({"modelPricing": {"multiplier": 0.85, "overrides": overrides}}))
    contract = contract_rates("linux", settings)
    assert contract is not None
    assert contract.problems == ("claude-opus-4-8",)
    own = tmp_path / "own.toml"
    own.write_text(f"[[models.glm-5]]\n{RATES}\n")
    models = load_pricer(own, user_file=None, contract=contract).table.models
    (opus,) = models["claude-opus-5"]
    # 0.85 times 8, 10, 10, 0.2 and 40 dollars a million, in picodollars a token
    assert opus.rates == (6_800_000, 8_500_000, 8_500_000, 170_000, 34_000_000)
    assert {opus.fast, opus.us, opus.regional, opus.batch} == {Decimal(1)}
    assert models["claude-opus-4-8"][0].rates.input == 8_500_000  # 0.85 times the 10 of this test's table
    assert models["glm-5"][0].rates.input == 2_000_000


def test_settings_without_contract_rates_change_nothing(tmp_path: Path) -> None:
    settings = tmp_path / "managed-settings.json"
    for text in ("", "[]", "{}", '{"modelPricing": 3}'):
        settings.write_text(text)
        assert contract_rates("linux", settings) is None
