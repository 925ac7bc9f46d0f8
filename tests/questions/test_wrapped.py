"""The card to share: its tier and facts by hand, and nothing private on it.

At the tests' prices a million tokens of Opus cost: input $10, cache write $20, cache read $1, output $50.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.asking import Answer, ask
from tests.formats import ATTACKS
from tests.formats.test_harmless import forbidden
from tests.ingest import FIRST, SECOND
from tests.transcripts import History
from tokenscope.answers.context.composition import Composition, Part
from tokenscope.answers.context.luggage import WrappedDay, WrappedReport
from tokenscope.model import Usage
from tokenscope.questions.wrapped import over_time
from tokenscope.view.money import Plan

OPUS, UNPRICED = "claude-opus-4-8", "claude-haiku-4-5"
SVG = "{http://www.w3.org/2000/svg}"


def wrapped(root: Path, *words: object) -> dict[str, Any]:
    return ask("wrapped", "--json", "--tz", "UTC", *words, root=root).report


def picture(root: Path, path: Path, *words: object) -> str:
    assert ask("wrapped", "--svg", path, *words, root=root) == Answer(0, "", "")
    return path.read_text(encoding="utf-8")


def read_and_written(history: History, read: int, output: int) -> Path:
    """One response: `read` dollars a million of luggage, fifty times `output` of its own words."""
    history.session(FIRST, model=OPUS).response(input=0, cache_read=read, output=output, at="2026-06-01T10:00:00Z")
    return history.write()


@pytest.mark.parametrize(
    ("read", "output", "tier"),
    [
        (0, 2_000, "pockets"),
        (44_950, 1_101, "pockets"),
        (45_000, 1_100, "day pack"),
        (59_950, 801, "day pack"),
        (60_000, 800, "carry-on"),
        (69_950, 601, "carry-on"),
        (70_000, 600, "suitcase"),
        (77_950, 441, "suitcase"),
        (78_000, 440, "moving van"),
        (100_000, 0, "moving van"),
    ],
)
def test_each_tier_has_its_limits(history: History, read: int, output: int, tier: str) -> None:
    """read + 50 x output is 100,000 millionths of a dollar each time, so `read` is the share."""
    root = read_and_written(history, read, output)
    report = wrapped(root)
    assert (report["tier"], report["luggage_share"]) == (tier, read / 100_000)
    assert tier.capitalize() in ask("wrapped", "--no-color", root=root).out


def test_what_was_packed_again_is_luggage_too(history: History) -> None:
    """First: 10,000 written = $0.20, 100 out = $0.005. After an hour: nothing read, 10,000 written again of 10,500
    = $0.20, 500 new = $0.01, 100 out = $0.005. Luggage: 0.2 of 0.42.
    """
    session = history.session(FIRST, model=OPUS)
    session.response(input=0, cache_write=10_000, output=100, at="2026-06-01T10:00:00Z")
    session.response(input=0, cache_write=10_500, output=100, at="2026-06-01T11:00:00Z")
    report = wrapped(history.write())
    assert report["luggage_share"] == pytest.approx(0.2 / 0.42, abs=1e-6)
    assert report["tier"] == "day pack"
    assert report["total"]["list_price_usd"] == 0.42


def test_without_prices_of_most_tokens_there_is_no_tier(history: History, tmp_path: Path) -> None:
    read_and_written(history, 45_000, 1_100)
    history.session(SECOND, model=UNPRICED).response(input=46_101, output=0, at="2026-06-01T10:00:00Z")
    report = wrapped(history.write())
    assert (report["tier"], report["luggage_share"], report["total"]["total_tokens"]) == (None, None, 92_201)
    out = ask("wrapped", "--no-color", root=history.root).out
    assert "92.2K tokens were used; without a known price of most of them there is no tier." in out
    assert "shares of tokens" in out
    assert ">92.2K tokens</text>" in picture(history.root, tmp_path / "w.svg")


def test_the_busiest_day_and_the_longest_session(history: History) -> None:
    """Session one: 10:00, 10:20, 11:00 (a break), 11:05 = 25 minutes. Session two: 10:00, 10:26 = 26 minutes."""
    one, two = history.session(FIRST, model=OPUS), history.session(SECOND, model=OPUS)
    for at in ("10:00", "10:20", "11:00", "11:05"):
        one.response(input=1_000, output=10, at=f"2026-06-01T{at}:00Z")
    for at in ("10:00", "10:26"):
        two.response(input=2_100, output=10, at=f"2026-06-02T{at}:00Z")
    report = wrapped(history.write())
    assert report["longest_session"]["active_ms"] == 26 * 60_000
    assert report["longest_session"]["usage"]["messages"] == 2
    assert (report["busiest_day"]["date"], report["busiest_day"]["usage"]["total_tokens"]) == ("2026-06-02", 4_220)
    assert (report["sessions"], report["projects"]) == (2, 1)


def test_the_leanest_project_is_one_that_matters(history: History) -> None:
    """$0.10 of it 60 % luggage, $0.10 of it 70 %, and $0.01 (less than a twentieth) of nothing but output."""
    for name, read, output in (("shop", 60_000, 800), ("blog", 70_000, 600), ("note", 0, 200)):
        session = history.session(name, cwd=f"/home/ada/{name}", model=OPUS)
        session.response(input=0, cache_read=read, output=output, at="2026-06-01T10:00:00Z")
    root = history.write()
    leanest = wrapped(root)["leanest_project"]
    assert (leanest["project"], leanest["luggage_share"]) == (None, 0.6)
    assert wrapped(root, "--names")["leanest_project"]["project"] == "shop"
    assert "60 % luggage  the least of 3 projects" in ask("wrapped", "--no-color", root=root).out
    assert "60 % luggage  shop: the least of 3 projects" in ask("wrapped", "--names", "--no-color", root=root).out


@pytest.mark.parametrize(
    ("words", "first", "messages"),
    [
        ((), "2026-05-07", 3),  # today is 5 June
        (("--monthly",), "2026-05-07", 3),
        (("--weekly",), "2026-05-30", 1),
        (("--since", "2026-04-01"), "2026-04-01", 4),
        (("--weekly", "--since", "2026-05-08"), "2026-05-08", 2),
    ],
)
def test_the_window(history: History, words: tuple[str, ...], first: str, messages: int) -> None:
    for at in ("2026-05-06T23:59:59Z", "2026-05-07T00:00:00Z", "2026-05-29T23:00:00Z", "2026-05-30T00:00:00Z"):
        history.session(model=OPUS).response(input=1_000, output=10, at=at)
    answer = ask("wrapped", "--json", "--tz", "UTC", *words, root=history.write())
    assert answer.json["scope"]["since"] == f"{first}T00:00:00+00:00"
    report = answer.report
    assert (report["first_day"], report["last_day"]) == (first, "2026-06-05")
    assert report["total"]["messages"] == messages == sum(day["usage"]["messages"] for day in report["days"])


def test_a_quiet_month_offers_the_last_one_that_had_use(history: History) -> None:
    history.session(FIRST, model=OPUS).response(at="2024-02-11T10:00:00Z", input=0, cache_write=9_000)
    history.session(SECOND, model=OPUS, cwd="/home/ada/blog").response(at="2024-01-11T10:00:00Z", input=5)
    root = history.write()
    answer = ask("wrapped", "--tz", "UTC", root=root)
    window = "--since 2024-02-01 --until 2024-02-29"
    told = " ".join(answer.out.replace("│", " ").split())
    assert f"→ Feb 2024 was the last month with use: tokenscope wrapped {window}" in told
    assert wrapped(root)["last_use"] == "2024-02-11"
    assert wrapped(root)["total"]["total_tokens"] == 0
    assert wrapped(root, *window.split())["total"]["total_tokens"] == 9_001
    assert wrapped(root, *window.split())["last_use"] is None
    assert wrapped(root, "--project", "blog")["last_use"] == "2024-01-11"
    told = " ".join(ask("wrapped", "--tz", "UTC", "--project", "blog", root=root).out.replace("│", " ").split())
    window = "--since 2024-01-01 --until 2024-01-31"
    assert f"→ Jan 2024 was the last month with use: tokenscope wrapped {window} beside the same filters" in told


def test_without_any_use_no_month_is_offered(history: History) -> None:
    history.session(FIRST, model=OPUS).prompt("Go", at="2024-02-11T10:00:00Z")
    assert "→" not in ask("wrapped", root=history.write()).out


def test_days_are_the_readers(history: History) -> None:
    """23:30 in London on 6 May is 7 May in Berlin, so within Berlin's thirty days to 5 June."""
    history.session(FIRST, model=OPUS).response(input=1_000, output=10, at="2026-05-06T22:30:00Z")
    root = history.write()
    assert ask("wrapped", "--json", "--tz", "Europe/Berlin", root=root).report["total"]["messages"] == 1
    assert ask("wrapped", "--json", "--tz", "UTC", root=root).report["total"]["messages"] == 0


def test_a_week_is_not_a_month(history: History) -> None:
    answer = ask("wrapped", "--weekly", "--monthly", root=read_and_written(history, 45_000, 1_100))
    assert (answer.code, answer.out) == (2, "")
    assert "exclude each other" in answer.err


def test_nothing_private(history: History, tmp_path: Path) -> None:
    """Neither on the card nor in the picture nor in the report: no path, title, prompt, branch, file, id or filter."""
    session = history.session("secret-session", cwd="/home/secret-ada/secret-shop", model=OPUS)
    session.prompt("secret-prompt", at="2026-06-01T10:00:00Z")
    session.title("secret-title")
    session.response("msg_secret", input=0, cache_read=45_000, output=1_100, row={"gitBranch": "secret-branch"})
    agent = session.subagent("secret-agent", agent_type="secret-type", description="secret-words")
    agent.prompt("secret-task")
    agent.response(input=0, cache_read=100, output=1)
    root = history.write()
    chosen = ("--project", "secret", "--session", "secret", "--tz", "UTC")
    for output in ("--no-color", "--plain"):
        out = ask("wrapped", output, *chosen, root=root).out
        assert "Day pack" in out
        assert "secret" not in out
    assert "secret" not in picture(root, tmp_path / "a.svg", *chosen)
    assert "secret" not in str(wrapped(root, *chosen))
    named = picture(root, tmp_path / "b.svg", "--names", *chosen)
    assert named.replace("secret-shop", "").count("secret") == 0
    assert "secret-shop" in named


def test_dollars_are_for_those_who_pay_them(history: History, tmp_path: Path) -> None:
    root = read_and_written(history, 45_000, 1_100)
    for plan in Plan:
        drawn = picture(root, tmp_path / "w.svg", "--plan", plan)
        for text in (ask("wrapped", "--plan", plan, "--no-color", root=root).out, drawn):
            assert ("$0.10 in 1 response" in text) is plan.pays_by_token
            assert ("$" in text) is plan.pays_by_token


def test_the_picture_of_the_demo_says_that_it_is_one(history: History, tmp_path: Path) -> None:
    demo = tmp_path / "demo.svg"
    assert ask("demo", "wrapped", "--svg", demo).code == 0
    assert "a made-up history" in demo.read_text(encoding="utf-8")
    assert "made-up" not in picture(read_and_written(history, 45_000, 1_100), tmp_path / "w.svg")


def test_an_empty_time(history: History, tmp_path: Path) -> None:
    root = read_and_written(history, 45_000, 1_100)
    assert "nothing was used." in ask("wrapped", "--project", "none", root=root).out
    assert "nothing was used." in picture(root, tmp_path / "w.svg", "--project", "none")


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_picture_of_a_hostile_name(history: History, tmp_path: Path, attack: str) -> None:
    history.session(FIRST, cwd=f"/home/ada/{attack}", model=OPUS, folder="x").response(
        input=0, cache_read=45_000, output=1_100, at="2026-06-01T10:00:00Z"
    )
    root = ElementTree.fromstring(picture(history.write(), tmp_path / "w.svg", "--names"))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "g", "rect", "text", "path", "circle", "clipPath"}
    assert forbidden("".join(root.itertext()).replace("\n", "")) == []


@pytest.mark.parametrize("shares", [(45_000, 1_100), (0, 2_000), (100_000, 0)])
def test_the_picture_needs_nothing_from_outside(history: History, tmp_path: Path, shares: tuple[int, int]) -> None:
    drawn = picture(read_and_written(history, *shares), tmp_path / "w.svg")
    assert drawn.count("http") == 1  # the name of SVG itself
    root = ElementTree.fromstring(drawn)
    assert (root.get("width"), root.get("height")) == ("1200", "630")
    for rect in root.iter(f"{SVG}rect"):
        x, width = float(rect.get("x", "0")), float(rect.get("width", ""))
        assert x >= 0
        assert x + width <= 1200.01


def test_a_picture_that_cannot_be_written(history: History, tmp_path: Path) -> None:
    answer = ask("wrapped", "--svg", tmp_path / "none" / "w.svg", root=read_and_written(history, 45_000, 1_100))
    assert (answer.code, answer.out) == (2, "")
    assert "cannot write" in answer.err


def days_used(first: date, last: date, *used: tuple[date, int]) -> WrappedReport:
    nothing = Part(0, None, None, None)
    days = [WrappedDay(day, Usage(total_tokens=tokens)) for day, tokens in used]
    composition = Composition(nothing, nothing, nothing, nothing, 0.0, 0, None)
    return WrappedReport(first, last, None, None, composition, 0, None, None, None, 1, 1, days, Usage())


def test_days_over_time() -> None:
    first, last = date(2026, 5, 30), date(2026, 6, 3)
    report = days_used(first, last, (first, 10), (date(2026, 6, 1), 30), (last, 50))
    assert over_time(report, 60) == ("tokens by day", [10, 0, 30, 0, 50])
    assert over_time(report, 5) == ("tokens by day", [10, 0, 30, 0, 50])
    assert over_time(report, 4) == ("tokens by 2 days", [10, 30, 50])
    assert over_time(report, 1) == ("tokens by 5 days", [90])
