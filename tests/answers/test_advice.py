"""Advice: what is claimed once, what comes first in histories with one planted waste, and what is left alone.

At the tests' prices a million tokens of Opus cost: cache write $20 (for an hour $40), cache read $1, output $50.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asking import ask
from tests.history import NOW, pricer
from tests.ledger.replays import THREADS, store_with
from tests.transcripts import History, text, tool_use
from tokenscope.answers.advice.advice_cards import advice_sentence
from tokenscope.answers.advice.advise import advise, advise_in_short
from tokenscope.answers.advice.change import (
    CONTEXT,
    FLOOR,
    MOST,
    PAUSES,
    AdviceReport,
    Change,
    Claim,
    TokenSaving,
    first_of,
    least_usd,
    rank,
    rank_ceilings,
)
from tokenscope.answers.context.floor import measure_floors
from tokenscope.answers.whatif.trial import CEILING, REPLAY, NotComputable
from tokenscope.history.history import History as Seen
from tokenscope.ledger.ledger import build_ledger
from tokenscope.ledger.replay import CostChange
from tokenscope.model import Usage
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope

DOLLAR = 10**12  # picodollars
BILL = 100 * DOLLAR


def change(name: str, usd: float, basis: str = REPLAY) -> Change:
    return Change(name, name.title(), usd, usd / 2, usd * 2, 0, usd / 100, basis, "seen", "habit", "do", "context")


def claim(name: str, saved: Mapping[str, float], *touches: str) -> Claim:
    """`saved`: dollars by session, each with as many thousand tokens."""
    by_session = {one: CostChange(-round(usd * 1_000), -round(usd * DOLLAR)) for one, usd in saved.items()}
    return Claim(change(name, sum(saved.values())), by_session, frozenset(touches))


# --- no saving twice ---


def test_what_two_changes_share_is_left_to_the_larger_one() -> None:
    """In session a the second could save nothing that the first one does not; in b 3 of its 5 dollars."""
    first = claim("first", {"a": 10, "b": 2}, PAUSES, CONTEXT)
    second = claim("second", {"a": 4, "b": 5}, CONTEXT)
    ranked = rank([second, first], BILL).changes
    assert [(one.name, one.saving_usd, one.taken_usd, one.saving_tokens) for one in ranked] == [
        ("first", 12, 0, 0),
        ("second", 3, 6, 3_000),
    ]
    assert (ranked[1].low_usd, ranked[1].high_usd) == (1.5, 6)  # the range shrinks with it
    assert ranked[1].share == 0.03


def test_other_tokens_are_nobody_elses() -> None:
    ranked = rank([claim("floor", {"a": 4}, FLOOR), claim("clear", {"a": 10}, CONTEXT, PAUSES)], BILL).changes
    assert [(one.name, one.saving_usd, one.taken_usd) for one in ranked] == [("clear", 10, 0), ("floor", 4, 0)]


def test_what_is_left_decides_the_order() -> None:
    """Alone the second saves 9, beside the first one 1; the third 4."""
    found = [
        claim("first", {"a": 10}, CONTEXT),
        claim("second", {"a": 8, "b": 1}, CONTEXT),
        claim("third", {"c": 4}, CONTEXT),
    ]
    assert [one.name for one in rank(found, BILL).changes] == ["first", "third", "second"]


def test_a_session_where_it_costs_more_is_counted_in_full() -> None:
    found = [claim("first", {"a": 10}, CONTEXT), claim("second", {"a": -3, "b": 8}, CONTEXT)]
    assert [one.saving_usd for one in rank(found, BILL).changes] == [10, 5]


def test_what_is_nearly_all_saved_already_is_named_apart() -> None:
    found = rank([claim("first", {"a": 10}, PAUSES), claim("second", {"a": 9}, PAUSES)], BILL)
    assert [one.name for one in found.changes] == ["first"]
    assert [(one.name, one.saving_usd) for one in found.overlaps] == [("second", 9)]


def test_what_is_not_worth_it_is_nowhere() -> None:
    """Half a percent of the bill, and half a dollar."""
    assert (least_usd(BILL), least_usd(10 * DOLLAR), least_usd(0)) == (0.5, 0.5, 0.5)
    assert least_usd(1_000 * DOLLAR) == 5
    found = rank([claim("small", {"a": 0.49}, FLOOR)], BILL)
    assert (found.changes, found.overlaps) == ([], [])
    assert [one.name for one in rank([claim("enough", {"a": 0.5}, FLOOR)], BILL).changes] == ["enough"]


def test_at_most_seven() -> None:
    found = [claim(f"number {place}", {str(place): 1 + place}, CONTEXT) for place in range(12)]
    ranked = rank(found, BILL).changes
    assert len(ranked) == MOST == 7
    assert [one.saving_usd for one in ranked] == [12, 11, 10, 9, 8, 7, 6]


SAVED = st.dictionaries(st.sampled_from("abcd"), st.floats(-5, 20).map(lambda usd: round(usd, 3)), max_size=4)
KINDS = st.sets(st.sampled_from((FLOOR, CONTEXT, PAUSES)), min_size=1)


@given(st.lists(st.tuples(SAVED, KINDS), max_size=12))
def test_together_they_never_promise_more_than_the_largest_in_each_session(
    ones: list[tuple[dict[str, float], set[str]]],
) -> None:
    claims = [claim(f"{place}", saved, *kinds) for place, (saved, kinds) in enumerate(ones)]
    ranked = rank(claims, BILL).changes
    assert len(ranked) <= MOST
    assert all(one.saving_usd >= least_usd(BILL) for one in ranked)
    assert all(one.low_usd <= one.saving_usd <= one.high_usd for one in ranked)
    for kind in (FLOOR, CONTEXT, PAUSES):
        alike = [one for one in claims if kind in one.touches]
        most = sum(
            max((-one.by_session[each].price for one in alike if each in one.by_session), default=0) for each in "abcd"
        )
        positive = sum(
            max([0, *(-one.by_session[each].price for one in alike if each in one.by_session)]) for each in "abcd"
        )
        told = {one.name for one in ranked} & {one.change.name for one in alike}
        promised = sum(one.saving_usd for one in ranked if one.name in told)
        assert most <= positive
        assert promised <= positive / DOLLAR + 1e-5


def test_ceilings_are_apart() -> None:
    ceilings = [Claim(change(f"c{usd}", usd, CEILING), {}, frozenset()) for usd in (1, 9, 5, 7, 0.1)]
    assert [one.name for one in rank_ceilings(ceilings, BILL)] == ["c9", "c7", "c5"]
    models = change("model=haiku", 80, CEILING)
    report = told(advice=[change("clear", 5)], ceilings=[models, change("file=a", 3, CEILING)])
    assert [one.name for one in first_of(report)] == ["clear", "file=a"]


# --- what is said ---

IN_TOKENS = TokenSaving("a", "A", 9, 0.5, "seen", "habit", "do", "", "undo", "context")


LISTS = ("advice", "ceilings", "overlaps", "leave_alone", "not_computable", "in_tokens", "unpriced_models")


def told(**given: Any) -> AdviceReport:
    usual: dict[str, Any] = {
        **{name: [] for name in LISTS},
        **{"bill_usd": 100.0, "least_usd": 0.5, "sessions": 2, "looked_into": 2, "responses": 9, "total": Usage()},
    }
    return AdviceReport(**(usual | given))


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (told(advice=[change("a", 9)]), "One change would have saved about $9.00, 9 % of $100."),
        (told(advice=[change("a", 9), change("b", 2)]), "Two changes would have saved about $11.00, 11 % of $100."),
        (told(), "Nothing here is worth your time: no change would have saved $0.50 for certain."),
        (
            told(not_computable=[NotComputable("floor", "the bill is missed")]),
            "What a change would have saved cannot be told here: the bill is missed.",
        ),
        (told(bill_usd=0.0, unpriced_models=["acme/x"]), "No price is known for acme/x, so no change has a figure."),
        (
            told(bill_usd=0.0, unpriced_models=["a", "b", "c", "d"], in_tokens=[IN_TOKENS]),
            "No price is known for a, b and 2 others, so savings are told in tokens.",
        ),
        (
            told(unpriced_models=["acme/x", "claude-opus-9"], in_tokens=[IN_TOKENS]),
            "No price is known for acme/x and Opus 9, the most of it, so savings are told in tokens.",
        ),
        (told(bill_usd=0.0, responses=0), "No response in scope, so nothing to change."),
    ],
)
def test_the_sentence(report: AdviceReport, sentence: str) -> None:
    assert advice_sentence(report) == sentence


# --- planted waste ---


def advice(root: Path) -> dict[str, Any]:
    return ask("advice", "--json", root=root).report


def with_breaks(root: Path) -> Path:
    """Six sessions: 100,000 tokens, then five times ten minutes' break, which writes all of it again and 100 more."""
    history = History(root)
    for number in range(6):
        session = history.session(f"{number}" * 8, version="2.1.250")
        session.prompt("Go", at=f"2026-06-0{number + 1}T10:00:00Z")
        session.response(input=0, cache_write=100_000, output=0)
        for place in range(1, 6):
            history.wait(minutes=10)
            session.response(input=0, cache_write=100_000 + 100 * place, output=0)
    return history.write()


def test_breaks_within_an_hour_want_a_longer_cache(tmp_path: Path) -> None:
    """At the list prices of Opus 4.8 (write $6.25, for an hour $10, read $0.50): a session wrote 601,500 tokens for
    $3.759375. With an hour: 100,500 at 10, and what was there before, 501,000, read: $1.2555. So $2.503875 saved, six
    times, of which half is promised. Nobody typed after the breaks, so /clear helps nowhere.
    """
    report = advice(with_breaks(tmp_path))
    first = report["advice"][0]
    assert (first["name"], first["basis"], first["kind"]) == ("cache=1h", "replay", "setting")
    assert first["setting"] == {"file": "~/.claude/settings.json", "key": "promptCacheTtl", "value": "1h"}
    assert first["high_usd"] == pytest.approx(6 * 2.503875)
    assert first["saving_usd"] == first["low_usd"] == pytest.approx(3 * 2.503875)
    assert report["bill_usd"] == pytest.approx(6 * 3.759375)
    assert first["share"] == pytest.approx(3 * 2.503875 / (6 * 3.759375), abs=1e-6)
    assert first["evidence"].startswith("30 breaks outlasted the cache; 3.01M tokens")
    assert first["halves_agree"]
    assert first["self_check"] == {"n": 30, "error": 0}


def test_an_hour_that_pays_is_left_alone(tmp_path: Path) -> None:
    """The same breaks with the cache kept for an hour: five minutes would have been $2.503875 more, six times."""
    history = History(tmp_path)
    for number in range(6):
        session = history.session(f"{number}" * 8, version="2.1.250")
        session.prompt("Go", at=f"2026-06-0{number + 1}T08:00:00Z")
        session.response(input=0, cache_write_1h=100_000, output=0)
        for place in range(5):
            history.wait(minutes=10)
            session.response(input=0, cache_read=100_000 + 100 * place, cache_write_1h=100, output=0)
        history.wait(minutes=70)
        session.response(input=0, cache_write_1h=100_600, output=0)
    report = advice(history.write())
    (kept,) = [one for one in report["leave_alone"] if one["name"] == "cache=5m"]
    assert kept["title"] == "The 1-hour cache of main threads: keep it"
    assert kept["evidence"] == "five minutes instead"
    assert not [one for one in report["advice"] if one["name"].startswith("cache")]


def with_repeated_reads(root: Path, model: str = "claude-opus-4-8") -> Path:
    """Each session reads 29,000 bytes (10,000 tokens at 2.9 bytes each) eleven times; ten of them need not have been."""
    history = History(root)
    for number in range(8):
        session = history.session(f"{number}" * 8, model=model)
        session.prompt("Read", at=f"2026-06-0{number + 1}T10:00:00Z")
        size = 5_000
        session.response(input=0, output=0, cache_write=size, blocks=[read(number, 0)])
        for place in range(11):
            session.tool_result(f"toolu_{number}_{place}", "x" * 29_000)
            block = read(number, place + 1) if place < 10 else text("Read.")
            session.response(input=0, output=0, cache_read=size, cache_write=10_000, blocks=[block])
            size += 10_000
    return history.write()


def test_without_prices_savings_are_told_in_tokens(tmp_path: Path) -> None:
    """Ten of the eleven reads were needless, half of them by experience: each came once, and was carried by the later
    ones, so 10,000 x (10 + 0 + 1 ... + 9) in eight sessions, halved. Twelve responses had 5,000 and 0 to 11 reads.
    """
    root = with_repeated_reads(tmp_path, "acme/large")
    report = advice(root)
    assert (report["advice"], report["ceilings"], report["bill_usd"]) == ([], [], 0)
    assert report["unpriced_models"] == ["acme/large"]
    first = report["in_tokens"][0]
    assert first["name"] == "repeated-files"
    assert first["saving_tokens"] == pytest.approx(8 * 10_000 * 55 / 2, rel=0.02)
    assert first["share"] == pytest.approx(8 * 10_000 * 55 / 2 / (8 * (12 * 5_000 + 66 * 10_000)), rel=0.02)
    for question in ("advice", "quickstart"):
        out = ask(question, root=root).out
        assert "No price is known for acme/large, so savings are told in tokens." in out
        assert "1 Keep unchanged files from being read again" in out
    assert "prices --template > prices.toml" in ask("advice", root=root).out
    assert "no price is known for acme/large" in ask("whatif", "--no-color", root=root).out


def test_a_file_that_is_read_again_and_again(tmp_path: Path) -> None:
    """The place k from the end is carried by k later responses. Of Opus 4.8: written at $6.25 a million, read at $0.50."""
    report = advice(with_repeated_reads(tmp_path))
    assert (report["in_tokens"], report["unpriced_models"]) == ([], [])
    first = report["advice"][0]
    assert (first["name"], first["kind"]) == ("repeated-files", "memory")
    assert "app.py" in first["paste"]
    assert first["evidence"].startswith("80 reads of whole files in 8 sessions")
    most = 8 * 10_000 * (10 * 6.25e-6 + sum(range(10)) * 0.5e-6)
    assert first["high_usd"] == pytest.approx(most, rel=0.02)
    assert first["saving_usd"] == pytest.approx(most / 2, rel=0.02)


def read(number: int, place: int) -> dict[str, Any]:
    return tool_use(f"toolu_{number}_{place}", "Read", {"file_path": "/home/ada/shop/app.py"})


def test_a_file_that_was_edited_or_is_of_another_size_is_another(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session("a" * 8)
    session.prompt("Read", at="2026-06-01T10:00:00Z")
    for place in range(40):
        session.response(input=0, output=0, cache_write=9_000, blocks=[read(1, place)])
        session.tool_result(f"toolu_1_{place}", "x" * (29_000 + 1_000 * place))
    assert not [one for one in advice(history.write())["advice"] if one["name"] == "repeated-files"]


@pytest.mark.parametrize("is_called", [False, True])
def test_a_server_that_nobody_calls(tmp_path: Path, is_called: bool) -> None:  # noqa: FBT001
    """It came with 20,000 tokens of floor, in five sessions: written once at $6.25 a million and read sixty times at
    $0.50, so 5 x 20,000 x 36.25 millionths of a dollar.
    """
    history = History(tmp_path)
    for day in range(1, 9):
        session, has_it = history.session(f"{day}" * 8), day > 3
        servers, size = ["jira", *(["linear"] if has_it else [])], 40_000 if has_it else 20_000
        session.attachment("skill_listing", names=["pdf"], content="s" * 290, at=f"2026-06-{day:02}T11:00:00Z")
        names = [f"mcp__{server}__{tool}" for server in servers for tool in ("find", "get")]
        session.attachment("deferred_tools_delta", addedNames=["Read", *names], addedLines=[])
        use = tool_use(f"toolu_{day}", f"mcp__{'linear' if is_called and has_it else 'jira'}__find", {})
        session.response(input=0, output=0, cache_write=size, blocks=[use])
        session.tool_result(f"toolu_{day}", "found")
        for _ in range(60):
            session.response(input=0, output=0, cache_read=size, cache_write=10)
    report = advice(history.write())
    found = [one for one in report["advice"] if one["name"] == "server=linear"]
    if is_called:
        assert found == []
        return
    assert report["advice"][0] == found[0]
    assert found[0]["saving_usd"] == pytest.approx(5 * 20_000 * 36.25e-6, rel=0.01)
    assert found[0]["title"] == "Turn off the MCP server linear in shop"
    assert "loaded in 5 sessions and never called" in found[0]["evidence"]


def test_work_without_waste_is_told_so(tmp_path: Path) -> None:
    session = History(tmp_path).session("a" * 8)
    session.prompt("Go", at="2026-06-01T10:00:00Z")
    session.response(input=0, cache_write=20_000, output=500)
    session.response(input=0, cache_read=20_000, cache_write=500, output=500)
    root = session.history.write()
    assert advice(root)["advice"] == []
    assert (
        "Nothing here is worth your time: no change would have saved $0.50 for certain." in ask("advice", root=root).out
    )


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    return pricer(tmp_path_factory.mktemp("prices"))


@given(THREADS)
def test_of_any_history(prices: Pricer, threads: list[Any]) -> None:
    """Savings are below the bill, ranges hold, ceilings are apart, and the short form says no other levers."""
    seen = Seen(store_with(threads), Scope(NOW), prices)
    report = advise(seen)
    assert sum(one.saving_usd for one in report.advice) <= report.bill_usd + 1e-6
    for one in (*report.advice, *report.ceilings):
        assert one.low_usd <= one.saving_usd <= one.high_usd
        assert one.title
        assert one.how
        assert one.undo
        assert one.question
    assert all(one.basis != CEILING for one in report.advice)
    assert [one.saving_usd for one in report.advice] == sorted((one.saving_usd for one in report.advice), reverse=True)
    short = advise_in_short(seen, measure_floors(seen, seen.once(build_ledger)))
    assert {one.name.partition("=")[0] for one in short.advice} <= {
        "cache",
        "subagent-cache",
        "window",
        "clear",
        "floor",
    }
