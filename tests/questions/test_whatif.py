"""The question as a person asks it: refusals with reasons, ranges, halves, settings; and what holds of any history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.asking import ask
from tests.history import NOW, pricer
from tests.ledger.replays import THREADS, store_with
from tests.transcripts import History, tool_use
from tokenscope.answers.whatif.replay_facts import leave_one_out_error
from tokenscope.answers.whatif.weigh import LARGE_PROMISE, MODELS, levers_asked, weigh_levers
from tokenscope.history.history import History as Seen
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope

KEYS = [
    *("lever", "value", "setting", "since_version", "delta_usd", "low_usd", "high_usd", "delta_tokens", "basis"),
    *("assumed", "self_check", "second_half_usd", "sign_stable"),
]


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    return pricer(tmp_path_factory.mktemp("prices"))


def lever(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in report["levers"] if one["lever"] == name]
    return dict(found)


def why(report: dict[str, Any], name: str) -> str:
    (found,) = [one["why"] for one in report["not_computable"] if one["lever"] == name]
    return str(found)


def with_breaks(root: Path, sessions: int = 2) -> Path:
    """Each session: 10,000 tokens, then five asks after ten minutes each, which write all of it again and 100 more."""
    history = History(root)
    for number in range(sessions):
        session = history.session(f"{number}" * 8, version="2.1.250")
        session.prompt("Go", at=f"2026-06-0{number + 1}T10:00:00Z")
        session.response(input=0, cache_write=10_000, output=0)
        for place in range(1, 6):
            history.wait(minutes=10)
            session.prompt("Next")
            session.response(input=0, cache_write=10_000 + 100 * place, output=0)
    return history.write()


def test_breaks_that_an_hour_would_have_outlived(tmp_path: Path) -> None:
    """A session: 10,000 at 40 for 20 are 0.2 dollars more; five times the old context at 1 for 20, 51,000 tokens, 0.969
    less; 500 new tokens, 0.01 more. Two sessions, so twice; the second one is the later half.
    """
    report = ask("whatif", "cache=1h", "--json", root=with_breaks(tmp_path)).report
    found = lever(report, "cache")
    assert list(found)[: len(KEYS)] == KEYS
    assert report["bill_usd"] == pytest.approx(2 * 61_500 * 20e-6)
    one_session = 0.2 - 51_000 * 19e-6 + 0.01
    assert found["delta_usd"] == pytest.approx(2 * one_session)
    assert found["delta_tokens"] == 0
    assert (found["low_usd"], found["self_check"]) == (found["delta_usd"], {"n": 10, "error": 0})
    assert found["second_half_usd"] == pytest.approx(one_session)
    assert found["sign_stable"]
    assert found["setting"] == {"file": "~/.claude/settings.json", "key": "promptCacheTtl", "value": "1h"}
    assert found["since_version"] == "2.1.243"
    assert found["discounted_usd"] == found["high_usd"] == pytest.approx(one_session)  # half of a large promise
    assert report["versions"] == ["2.1.250", "2.1.250"]


def test_the_lifetime_that_a_history_had_saves_nothing(tmp_path: Path) -> None:
    found = lever(ask("whatif", "cache=5m", "--json", root=with_breaks(tmp_path)).report, "cache")
    assert (found["delta_usd"], found["low_usd"], found["high_usd"]) == (0, 0, 0)
    assert found["second_half_usd"] is None  # nobody would have advised it


def test_prompts_after_breaks_are_found_in_the_log(tmp_path: Path) -> None:
    """Each ask would have written 10,000 and 100 new tokens; 100 that an own session usually grows by first are read
    again. So the second and each later ask drop 100 of what the ones before had added, less the 100 again: nothing at
    the first two, then 100, 200 … of 10,500 tokens.
    """
    found = lever(ask("whatif", "clear=pause", "--json", root=with_breaks(tmp_path)).report, "clear")
    assert found["delta_usd"] == pytest.approx(-2 * (0 + 0 + 100 + 200 + 300) * 20e-6)


def test_few_compactions_and_few_pauses_are_no_ground(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session("a" * 8).response(input=0, cache_write=10_000)
    report = ask("whatif", "--json", root=history.write()).report
    assert "fewer than 5" in why(report, "window")
    assert why(report, "cache") == "0 pauses outlasted the cache here, too few to check the model on"
    assert {"thinking and effort", "opusplan"} <= {one["lever"] for one in report["not_computable"]}
    assert "window" not in {one["lever"] for one in report["levers"]}


def test_models_without_a_price_refuse_every_lever(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session("a" * 8)
    session.response(input=0, cache_write=7_000)
    session.response(input=0, cache_write=3_000, model="gateway-model")
    report = ask("whatif", "--json", root=history.write()).report
    assert report["levers"] == []
    assert why(report, "floor") == "no price is known for gateway-model, which 30 % of the tokens ran on"


def test_a_bill_that_the_replay_misses_refuses_every_lever(tmp_path: Path) -> None:
    """10,000 tokens at 20 and 2,000 at 40: a seventh of the bill is missed."""
    history = History(tmp_path)
    session = history.session("a" * 8)
    session.response(input=0, output=0, cache_write=10_000)
    session.response(input=0, output=0, cache_write=2_000, cache_write_1h=2_000)
    report = ask("whatif", "floor=-1K", "--json", root=history.write()).report
    assert why(report, "floor") == "run again at its own rules, the history misses its bill by 14.3 %"
    assert report["identity_error"] == pytest.approx(1 / 7, abs=1e-6)


def test_a_read_beyond_the_limit(tmp_path: Path) -> None:
    """At 2.9 bytes a token 29,000 bytes are 10,000 tokens: 6,000 beyond 4K. The best: they are written once and read
    once less, 6,000 at 20 and at 1 dollars a million.
    """
    history = History(tmp_path)
    session = history.session("a" * 8)
    session.prompt("Read")
    session.response(input=0, output=0, cache_write=5_000, blocks=[tool_use("toolu_1", "Read", {"file_path": "/a.py"})])
    session.tool_result("toolu_1", "x" * 29_000)
    session.response(input=0, output=0, cache_read=5_000, cache_write=10_000)
    session.response(input=0, output=0, cache_read=15_000, cache_write=100)
    found = lever(ask("whatif", "read=4K", "--json", root=history.write()).report, "read")
    assert found["low_usd"] == pytest.approx(-6_000 * 21e-6, rel=1e-3)
    assert found["low_usd"] <= found["delta_usd"] <= found["high_usd"]
    assert lever(ask("whatif", "read=25K", "--json", root=tmp_path).report, "read")["delta_usd"] == 0


@pytest.mark.parametrize("word", ["floor", "speed=1", "cache=2h", "window=50K", "window=x", "clear=soon", "model=gpt"])
def test_what_is_no_lever_or_no_value_is_said_so(tmp_path: Path, word: str) -> None:
    answer = ask("whatif", word, root=with_breaks(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert "hint: " in answer.err


def test_values_are_told_again_as_they_are_usually_written() -> None:
    asked = levers_asked(["window=100000", "floor=5K", "read=4096", "cache=1h"])
    assert asked == {"window": "100K", "floor": "-5K", "read": "4096", "cache": "1h"}


def test_settings_go_to_a_new_file_among_the_levers(tmp_path: Path) -> None:
    root, file = with_breaks(tmp_path), tmp_path / "try.json"
    printed = ask("whatif", "cache=1h", "--export-config", "claude-code", root=root).out
    for words in (("cache=1h", file), (file, "cache=1h")):
        answer = ask("whatif", *words, "--export-config", "claude-code", root=root)
        assert (answer.code, answer.out, file.read_text()) == (0, "", printed)
        file.unlink()
    file.write_text("mine")
    again = ask("whatif", file, "--export-config", "claude-code", root=root)
    assert (again.code, file.read_text()) == (2, "mine")
    assert ask("whatif", file, root=root).code == ask("whatif", file, "--json", root=root).code == 2
    assert ask("whatif", "a.json", "b.json", "--export-config", "claude-code", root=root).code == 2


def test_wrong_levers_are_refused_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_all(*_: object, **__: object) -> None:
        raise AssertionError("the history was read")

    monkeypatch.setattr("tokenscope.app.open_history.load", read_all)
    assert ask("whatif", "speed=1", root=tmp_path).code == 2


def test_settings_to_copy(tmp_path: Path) -> None:
    answer = ask("whatif", "--export-config", "claude-code", root=with_breaks(tmp_path))
    told = json.loads(answer.out)
    assert [one["settings"] for one in told["levers"]] == [{"promptCacheTtl": "1h"}]
    assert told["levers"][0]["undo"] == "take promptCacheTtl out again"
    none = json.loads(ask("whatif", "cache=5m", "--export-config", "claude-code", root=tmp_path).out)
    assert none["levers"] == []
    assert none["why_none"].endswith("leave it as it is")


def test_leaving_it_as_it_is_is_an_answer(tmp_path: Path) -> None:
    out = ask("whatif", "cache=5m", "--plain", root=with_breaks(tmp_path)).out
    assert "Leave it as it is" in out
    assert "do not add up" in out


def test_each_size_is_foretold_by_the_others() -> None:
    """Medians of the others: 25, 20, 15 of 10, 20, 30: off by 1.5, 0, 0.5."""
    assert leave_one_out_error([10, 20, 30]) == 0.5
    assert leave_one_out_error([10]) is None


@settings(max_examples=30)
@given(threads=THREADS)
def test_low_figure_and_high_stand_in_order_and_nothing_is_above_the_bill(
    prices: Pricer,
    threads: list,  # type: ignore[type-arg]
) -> None:
    report = weigh_levers(Seen(store_with(threads), Scope(NOW), prices), {})
    for one in report.levers:
        assert one.low_usd <= one.delta_usd <= one.high_usd
        assert one.low_usd <= one.discounted_usd <= one.high_usd
        assert -one.low_usd <= report.bill_usd + 1e-9
        if abs(one.delta_usd) <= LARGE_PROMISE * report.bill_usd:
            assert one.discounted_usd == one.delta_usd
    assert len({one.lever for one in report.levers}) == len(report.levers)
    known = {one.lever for one in report.levers} | {one.lever for one in report.not_computable}
    assert {one.lever for one in MODELS} <= known


def test_what_compacting_would_have_netted_is_the_figure_of_the_lever(tmp_path: Path) -> None:
    """Five sessions, each compacted from 100,000 to 20,000 tokens, and an ask ten minutes after 60,000, which writes all
    of that again: 61,000 at 20. Before it, a request would have read 60,000 at 1 and written a summary of 10,000 at 50,
    the rest of 20,000 being the first prompt; the ask would have written 21,000 at 20, and what came next would have read
    21,000 at 1 and not 61,000. 1.22 - 0.06 - 0.5 - 0.42 + 0.04 are 0.28 dollars, five times; of so large a promise half.
    """
    history = History(tmp_path)
    for number in range(5):
        session = history.session(f"{number}" * 8)
        session.prompt("Go", at=f"2026-06-0{number + 1}T10:00:00Z")
        session.response(input=0, output=0, cache_write=10_000)
        session.response(input=0, output=0, cache_read=10_000, cache_write=90_000)
        session.compaction(pre_tokens=100_000)
        session.response(input=0, output=0, cache_write=20_000)
        session.response(input=0, output=0, cache_read=20_000, cache_write=40_000)
        history.wait(minutes=10)
        session.prompt("Next")
        session.response(input=0, output=0, cache_write=61_000)
        session.response(input=0, output=0, cache_read=61_000)
    root = history.write()
    found = lever(ask("whatif", "compact=pause", "--json", root=root).report, "compact")
    rebuilds = ask("context", "--json", root=root).report["rebuilds"]
    assert rebuilds["list_price_usd_of_breaks"] == pytest.approx(5 * 60_000 * 19e-6)
    assert rebuilds["list_price_usd_saved_by_compacting"] == pytest.approx(-found["discounted_usd"])
    assert (found["delta_usd"], found["discounted_usd"]) == (pytest.approx(-5 * 0.28), pytest.approx(-5 * 0.14))
