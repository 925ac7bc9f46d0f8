"""What each question answers about the small history of this folder, worked out by hand from its table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import reference
from tests.asking import ask
from tests.ingest import FIRST, SECOND, THIRD

Usage = tuple[int, int, int, int, int, int, float | None]


def report(root: Path, question: str, *words: str) -> dict[str, Any]:
    return ask(question, "--json", "--tz", "UTC", *words, root=root).report


def usage(found: dict[str, Any]) -> Usage:
    """Responses, input, output, read, write, of that for an hour, and dollars."""
    names = ("messages", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    given = [found[name] for name in names]
    return (*given, found["ephemeral_1h_input_tokens"], found["list_price_usd"])


# Opus: 55,000 x 20 + 28,000 x 1 + 1,400 x 50 = 1.198, and two searches. Sonnet: 10,000 x 8 + 300 x 4
# + 12,000 x 0.5 + 1,050 x 10 = 0.0977.
OPUS: Usage = (4, 0, 1_400, 28_000, 55_000, 0, 1.218)
SONNET: Usage = (2, 0, 1_050, 12_000, 10_300, 10_000, 0.0977)
HAIKU: Usage = (3, 7, 233, 4_000, 4_500, 0, None)
TOTAL: Usage = (9, 7, 2_683, 44_000, 69_800, 10_000, 1.3157)

# Opus alone: 43,000 x 20 + 28,000 x 1 + 1,000 x 50 = 0.938.
FIRST_OF_JUNE: Usage = (5, 0, 1_230, 32_000, 47_500, 0, 0.938)
# 10,000 x 8 + 1,000 x 10 = 0.09; 12,000 x 20 + 400 x 50 = 0.26; two searches 0.02.
SECOND_OF_JUNE: Usage = (2, 0, 1_400, 0, 22_000, 10_000, 0.37)
# 12,000 x 0.5 + 300 x 4 + 50 x 10 = 0.0077.
THIRD_OF_JUNE: Usage = (1, 0, 50, 12_000, 300, 0, 0.0077)
UNDATED: Usage = (1, 7, 3, 0, 0, 0, None)


def added(*some: Usage) -> Usage:
    columns = [sum(column or 0 for column in columns) for columns in zip(*some, strict=True)]
    return (*columns[:6], round(columns[6], 6))  # type: ignore[return-value]


def test_the_sums_above_add_up() -> None:
    assert added(OPUS, SONNET, HAIKU) == TOTAL
    assert added(FIRST_OF_JUNE, SECOND_OF_JUNE, THIRD_OF_JUNE, UNDATED) == TOTAL


def test_the_reference_finds_the_same(root: Path) -> None:
    totals = reference.totals(reference.read([root]))
    found = (
        totals.responses,
        totals.input,
        totals.output,
        totals.cache_read,
        totals.cache_write,
        totals.cache_write_1h,
    )
    assert found == TOTAL[:6]
    assert totals.floors == 1


def test_daily(root: Path) -> None:
    found = report(root, "daily")
    assert {day["date"]: usage(day["usage"]) for day in found["days"]} == {
        "2026-06-01": FIRST_OF_JUNE,
        "2026-06-02": SECOND_OF_JUNE,
        "2026-06-03": THIRD_OF_JUNE,
    }
    assert usage(found["total"]) == added(FIRST_OF_JUNE, SECOND_OF_JUNE, THIRD_OF_JUNE)


def test_hours_of_days(root: Path) -> None:
    """All of 1 June from ten to eleven, the rest from eight to nine."""
    days = report(root, "daily")["days"]
    assert [(day["tokens_by_hour"].index(day["usage"]["total_tokens"]), day["sessions"]) for day in days] == [
        (10, 1),
        (8, 1),
        (8, 1),
    ]


@pytest.mark.parametrize(("question", "rows", "key"), [("weekly", "weeks", "week"), ("monthly", "months", "month")])
def test_weekly_and_monthly(root: Path, question: str, rows: str, key: str) -> None:
    """1 June 2026 is a Monday. 80,730 and 23,400 and 12,350 tokens on its first days."""
    found = report(root, question)
    (row,) = found[rows]
    start = "2026-06-01" if key == "week" else "2026-06"
    assert (row[key], row["sessions"], row["activity"]) == (start, 3, None)
    assert usage(row["usage"]) == usage(found["total"]) == added(FIRST_OF_JUNE, SECOND_OF_JUNE, THIRD_OF_JUNE)
    assert row["tokens_by_day"][:4] == [80_730, 23_400, 12_350, 0]
    assert len(row["tokens_by_day"]) == (7 if question == "weekly" else 31)


def test_hourly(root: Path) -> None:
    found = report(root, "hourly")
    assert [(row["hour"], usage(row["usage"]), row["sessions"]) for row in found["hours"]] == [
        (8, added(SECOND_OF_JUNE, THIRD_OF_JUNE), 2),
        (10, FIRST_OF_JUNE, 1),
    ]
    assert found["hours"][0]["tokens_by_weekday"] == [0, 23_400, 12_350, 0, 0, 0, 0]
    assert usage(found["total"]) == added(FIRST_OF_JUNE, SECOND_OF_JUNE, THIRD_OF_JUNE)


def test_charts(root: Path) -> None:
    """Opus on 1 June: 20,000 + 5,000 + 18,000 written, 28,000 read, 1,000 out; Haiku 4,500, 4,000 and 230."""
    assert report(root, "daily")["chart"] is None
    chart = report(root, "daily", "--chart")["chart"]
    assert (chart["unit"], chart["periods"]) == ("day", ["2026-06-01", "2026-06-02", "2026-06-03"])
    assert [(one["name"], one["tokens"]) for one in chart["series"]] == [
        ("claude-opus-4-8", [72_000, 12_400, 0]),
        ("claude-sonnet-4-5", [0, 11_000, 12_350]),
        ("claude-haiku-4-5", [8_730, 0, 0]),
    ]
    counters = report(root, "monthly", "--chart", "--by", "counter")["chart"]["series"]
    assert {one["name"]: one["tokens"] for one in counters} == {
        "cache read": [44_000],
        "cache write": [69_800],
        "output": [2_680],
        "input": [0],
    }


def test_trends(root: Path) -> None:
    """The undated response is in none of them."""
    models = report(root, "models")
    assert models["trend"] == {"unit": "day", "periods": ["2026-06-01", "2026-06-02", "2026-06-03"]}
    assert [row["trend"] for row in models["models"]] == [[72_000, 12_400, 0], [0, 11_000, 12_350], [8_730, 0, 0]]
    projects = report(root, "projects", "--chart")
    assert [row["trend"] for row in projects["projects"]] == [[80_730, 0, 0], [0, 23_400, 12_350]]
    assert [one["name"] for one in projects["chart"]["series"]] == ["/home/ada/shop", "/home/ada/blog"]


def test_models(root: Path) -> None:
    """84,400 and 23,350 and 8,740 of 116,490 tokens."""
    found = report(root, "models")
    assert [(row["model"], usage(row["usage"]), row["share"]) for row in found["models"]] == [
        ("claude-opus-4-8", OPUS, 0.724526),
        ("claude-sonnet-4-5", SONNET, 0.200446),
        ("claude-haiku-4-5", HAIKU, 0.075028),
    ]
    assert usage(found["total"]) == TOTAL


def test_projects(root: Path) -> None:
    """80,730 and 35,760 of 116,490 tokens; the fork is a session of the blog."""
    found = report(root, "projects")
    blog = added(SECOND_OF_JUNE, THIRD_OF_JUNE, UNDATED)
    assert [(row["project"], usage(row["usage"]), row["share"], row["sessions"]) for row in found["projects"]] == [
        ("/home/ada/shop", FIRST_OF_JUNE, 0.693021, 1),
        ("/home/ada/blog", blog, 0.306979, 2),
    ]
    assert usage(found["total"]) == TOTAL


def test_sessions(root: Path) -> None:
    """The newest first; a title, or else the first sentence of the first prompt."""
    found = report(root, "sessions")
    rows = [
        (row["session_id"], row["project"], row["title"], row["started_at"], row["ended_at"], row["subagents"])
        for row in found["sessions"]
    ]
    assert rows == [
        (THIRD, "/home/ada/blog", "The harbour in June", "2026-06-03T08:00:01+00:00", "2026-06-03T08:00:01+00:00", 0),
        (SECOND, "/home/ada/blog", "The harbour in June", "2026-06-02T08:00:01+00:00", "2026-06-02T08:00:02+00:00", 0),
        (FIRST, "/home/ada/shop", "Fix the basket.", "2026-06-01T10:00:01+00:00", "2026-06-01T10:10:09+00:00", 1),
    ]
    assert [usage(row["usage"]) for row in found["sessions"]] == [
        THIRD_OF_JUNE,
        added(SECOND_OF_JUNE, UNDATED),
        FIRST_OF_JUNE,
    ]


def test_windows(root: Path) -> None:
    """Each day's responses lie within ten minutes; the five hours before noon of the fifth are empty.

    Of the first of June: carried 32,000, rebuilt 17,000, new 47,500 - 17,000, output 1,230.
    """
    found = report(root, "windows")
    dated = added(FIRST_OF_JUNE, SECOND_OF_JUNE, THIRD_OF_JUNE)
    assert [(one["started_at"], one["ended_at"], one["bounds"], usage(one["usage"])) for one in found["windows"]] == [
        ("2026-06-01T10:00:01+00:00", "2026-06-01T15:00:01+00:00", "estimated", FIRST_OF_JUNE),
        ("2026-06-02T08:00:01+00:00", "2026-06-02T13:00:01+00:00", "estimated", SECOND_OF_JUNE),
        ("2026-06-03T08:00:01+00:00", "2026-06-03T13:00:01+00:00", "estimated", THIRD_OF_JUNE),
    ]
    first = found["windows"][0]
    parts = {name: first["composition"][name]["tokens"] for name in ("carried", "new", "rebuilt", "output")}
    assert parts == {"carried": 32_000, "new": 30_500, "rebuilt": 17_000, "output": 1_230}
    assert [(one["session_id"], usage(one["usage"])) for one in first["sessions"]] == [(FIRST, FIRST_OF_JUNE)]
    assert [(one["model"], one["usage"]["total_tokens"]) for one in first["models"]] == [
        ("claude-opus-4-8", 72_000),
        ("claude-haiku-4-5", 8_730),
    ]
    assert [(one["started_at"], usage(one["usage"])) for one in found["weeks"]] == [
        ("2026-05-29T12:00:00+00:00", dated)
    ]
    last, busiest = found["rolling"][0]["last"], found["rolling"][0]["busiest"]
    assert (last["started_at"], last["usage"]["total_tokens"]) == ("2026-06-05T07:00:00+00:00", 0)
    assert (busiest["started_at"], usage(busiest["usage"])) == ("2026-06-01T10:00:01+00:00", FIRST_OF_JUNE)
    assert [usage(found["rolling"][1][name]["usage"]) for name in ("last", "busiest")] == [dated, dated]
    assert usage(found["total"]) == dated


def test_windows_with_known_resets(root: Path) -> None:
    """A window from 05:00 to 10:00 on the second; weeks that turn on Tuesdays at 08:00:02, between two responses."""
    words = ("--resets-at", "2026-06-02T10:00:00Z", "--week-resets-at", "2026-06-02T08:00:02Z")
    found = report(root, "windows", *words)
    assert [(one["started_at"][:16], one["bounds"]) for one in found["windows"]] == [
        ("2026-06-01T10:00", "estimated"),
        ("2026-06-02T05:00", "told"),
        ("2026-06-03T08:00", "estimated"),
    ]
    assert [(one["started_at"][:10], one["bounds"], one["usage"]["messages"]) for one in found["weeks"]] == [
        ("2026-05-26", "told", 6),
        ("2026-06-02", "told", 2),
    ]


def test_windows_of_a_part_of_the_history(root: Path) -> None:
    """Seven days cannot be summed up from two; an answer about the past looks back from its end."""
    found = report(root, "windows", "--since", "2026-06-02", "--until", "2026-06-02T12:00Z")
    five_hours, seven_days = found["rolling"]
    assert (seven_days["last"], seven_days["busiest"]) == (None, None)
    assert (five_hours["last"]["ended_at"], usage(five_hours["last"]["usage"])) == (
        "2026-06-02T12:00:00+00:00",
        SECOND_OF_JUNE,
    )
    assert "last 7 d" not in ask("windows", "--tz", "UTC", "--since", "2026-06-02", root=root).out


@pytest.mark.parametrize("question", ["quickstart", "context"])
def test_composition(root: Path, question: str) -> None:
    """Carried 44,000; rebuilt 17,000 + 10,000; new 7 + 69,800 - 27,000 = 42,807; output 2,683.

    In dollars: 28,000 x 1 + 12,000 x 0.5; 27,000 x 20; (28,000 x 20 + 10,000 x 8 + 300 x 4); 1,400 x 50
    + 1,050 x 10. With the searches' 0.02 they are the 1.3157 of the total.
    """
    composition = report(root, question)["composition"]
    parts = {name: composition[name] for name in ("carried", "new", "rebuilt", "output")}
    assert {name: (part["tokens"], part["list_price_usd"]) for name, part in parts.items()} == {
        "carried": (44_000, 0.034),
        "new": (42_807, 0.6412),
        "rebuilt": (27_000, 0.54),
        "output": (2_683, 0.0805),
    }
    assert [part["share"] for part in parts.values()] == [0.377715, 0.367474, 0.231780, 0.023032]
    assert [part["price_share"] for part in parts.values()] == [0.025842, 0.487345, 0.410428, 0.061184]
    assert composition["web_search_usd"] == 0.02
    assert composition["unpriced_tokens"] == 8_740
    assert composition["output_floor_share"] == 0.111111  # one of nine


@pytest.mark.parametrize("question", ["quickstart", "context"])
def test_rebuilds(root: Path, question: str) -> None:
    """Ten minutes and four seconds after msg_a2, and a second after msg_c1."""
    rebuilds = report(root, question)["rebuilds"]
    causes = [(one["cause"], one["count"], one["tokens"], one["list_price_usd"]) for one in rebuilds["causes"]]
    assert causes == [("idle", 1, 17_000, 0.34), ("model_switch", 1, 10_000, 0.2)]
    largest = [(one["session_id"], one["agent_id"], one["at"], one["tokens"]) for one in rebuilds["largest"]]
    assert largest == [
        (FIRST, None, "2026-06-01T10:10:09+00:00", 17_000),
        (SECOND, None, "2026-06-02T08:00:02+00:00", 10_000),
    ]
    assert rebuilds["largest"][0]["gap_ms"] == 605_000


@pytest.mark.parametrize("question", ["quickstart", "context"])
def test_the_ledger_sums_to_the_prompts(root: Path, question: str) -> None:
    """7 + 44,000 + 69,800 prompt tokens, whoever put them there."""
    found = report(root, question)
    assert found["prompt_tokens"] == 113_807
    assert sum(source["tokens"] for source in found["ledger"]["sources"]) == 113_807
    assert usage(found["total"]) == TOTAL


def test_prices(root: Path) -> None:
    found = report(root, "prices")
    prices = [(row["model"], row["valid_from"], *row["price"].values(), row["source"]) for row in found["prices"]]
    assert prices == [
        ("claude-opus-4-8", None, 10.0, 20.0, 40.0, 1.0, 50.0, "packaged"),
        ("claude-sonnet-4-5", None, 2.0, 4.0, 8.0, 0.5, 10.0, "packaged"),
    ]
    assert (found["checked"], found["source"], found["web_search_usd_per_1000"]) == ("2026-06-01", "a test", 10.0)


def test_a_window_leaves_out_what_is_outside(root: Path) -> None:
    found = report(root, "models", "--since", "2026-06-02", "--until", "2026-06-02")
    assert usage(found["total"]) == SECOND_OF_JUNE
    composition = report(root, "quickstart", "--since", "2026-06-02", "--until", "2026-06-02")["composition"]
    assert (composition["rebuilt"]["tokens"], composition["new"]["tokens"]) == (10_000, 12_000)
