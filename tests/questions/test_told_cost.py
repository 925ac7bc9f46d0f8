"""What Claude Code counted of a session stands beside what its rows hold, and is never added (T54)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.ingest import FIRST, SECOND
from tests.transcripts import History

OPUS, HAIKU = "claude-opus-4-8", "claude-haiku-4-5"


def counted(usd: object, models: object, **fields: object) -> dict[str, Any]:
    row = {"type": "cost-state", "sessionId": FIRST, "timestamp": "2026-06-01T11:00:00Z", "totalCostUSD": usd}
    return {**row, "hasUnknownModelCost": False, "modelUsage": models, **fields}


def of_model(given: int, output: int, usd: float, searches: int = 0) -> dict[str, Any]:
    prompt = {"inputTokens": given, "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0}
    return {**prompt, "outputTokens": output, "webSearchRequests": searches, "costUSD": usd}


def asked(root: Path, *words: str) -> Any:
    answer = ask("session", "last", "--json", "--tz", "UTC", *words, root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.report


@pytest.fixture
def vineyard(tmp_path: Path) -> History:
    """100 + 20 tokens of Opus are in rows; Claude Code counted 50 more of it, and 4,000 + 300 of Haiku."""
    history = History(tmp_path)
    session = history.session(FIRST, model=OPUS)
    session.prompt("Tie the vines")
    session.response(input=100, output=20)
    session.append(counted(0.1, {}))
    session.append(counted(0.75, {f"{OPUS}[1m]": of_model(150, 20, 0.5), HAIKU: of_model(4_000, 300, 0.25, 2)}))
    return history


def test_t54_the_last_row_counts_and_is_not_added(vineyard: History) -> None:
    report = asked(vineyard.write())
    assert report["usage"]["total_tokens"] == 120
    told = report["claude_code"]
    assert told["usd"] == 0.75
    assert told["at"] == "2026-06-01T11:00:00+00:00"
    assert told["row_usd"] == report["usage"]["list_price_usd"]
    assert told["difference_usd"] == round(0.75 - report["usage"]["list_price_usd"], 6)
    opus, haiku = told["models"]
    assert (opus["tokens"], opus["row_tokens"], opus["unlogged_tokens"]) == (170, 120, 50)
    assert (haiku["tokens"], haiku["row_tokens"], haiku["unlogged_tokens"]) == (4_300, 0, 4_300)
    assert (haiku["usd"], haiku["row_usd"], haiku["web_searches"]) == (0.25, 0.0, 2)


def test_the_card_names_what_no_row_has(vineyard: History) -> None:
    text = ask("session", "last", "--no-color", root=vineyard.write()).out
    assert "Claude Code counted $0.75;" in text
    assert "no row of it, 2 web searches" in text
    assert "50 without a row" in text


def test_without_such_rows_there_is_no_card(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST).response()
    assert asked(history.write())["claude_code"] is None


def test_of_a_part_of_a_session_nothing_is_compared(vineyard: History) -> None:
    assert asked(vineyard.write(), "--model", "opus")["claude_code"] is None


def test_a_count_of_another_session_is_not_this_one(vineyard: History) -> None:
    """A fork repeats the rows of its original."""
    (lines,) = vineyard.files.values()
    lines.append(counted(9.0, {}, sessionId=SECOND))
    assert asked(vineyard.write())["claude_code"]["usd"] == 0.75


@pytest.mark.parametrize("usd", [None, "1", -1, True, [], 1e12])
@pytest.mark.parametrize("models", [None, [], "x", {OPUS: 7}, {OPUS: {"inputTokens": "x", "costUSD": None}}])
def test_what_makes_no_sense_is_passed_over(vineyard: History, usd: object, models: object) -> None:
    (lines,) = vineyard.files.values()
    lines.append(counted(usd, models))
    assert asked(vineyard.write())["claude_code"]["usd"] == 0.75
