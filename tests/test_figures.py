"""Figures as people read them. Every expectation is worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest

from tokenscope.view import figures
from tokenscope.view.short_names import model_labels, path_below, project_labels, short_path

Ymd = tuple[int, int, int]

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


def milliseconds(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


NOW = milliseconds(2026, 11, 21, 12)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, ""),
        (0, "0"),
        (941, "941"),
        (999, "999"),
        (999.4, "999"),
        (999.6, "1K"),
        (1000, "1K"),
        (1004, "1K"),
        (1005, "1.01K"),
        (1500, "1.5K"),
        (9994, "9.99K"),
        (9995, "10K"),
        (12_449, "12.4K"),
        (12_450, "12.5K"),
        (99_949, "99.9K"),
        (99_950, "100K"),
        (999_499, "999K"),
        (999_500, "1M"),
        (999_950, "1M"),
        (1_000_000, "1M"),
        (64_020_000, "64M"),
        (245_000_000, "245M"),
        (999_500_000, "1B"),
        (1_436_000_000, "1.44B"),
        (3_912_345_678, "3.91B"),
        (999_500_000_000, "1T"),
        (999_400_000_000_000, "999T"),
        (1_234_500_000_000_000, "1,235T"),
        (-12_400, "-12.4K"),
    ],
)
def test_tokens_have_three_significant_digits(number: float | None, expected: str) -> None:
    assert figures.tokens(number) == expected


def test_counts_mark_thousands() -> None:
    assert [figures.count(number) for number in (None, 0, 999, 66_607)] == ["", "0", "999", "66,607"]


def test_nouns_follow_their_number() -> None:
    assert figures.plural(0, "session") == "0 sessions"
    assert figures.plural(1, "session") == "1 session"
    assert figures.plural(1023, "session") == "1,023 sessions"
    assert figures.plural(2, "reply", "replies") == "2 replies"


@pytest.mark.parametrize(
    ("noun", "one"),
    [("calls", "call"), ("pushes", "push"), ("stretches", "stretch"), ("loaded in", "loaded in"),
     ("responses", "response"), ("+lines", "+line"), ("", ""), ("less", "less")],
)  # fmt: skip
def test_singular(noun: str, one: str) -> None:
    assert figures.singular(noun) == one
    assert figures.plural(1, "reply", "replies") == "1 reply"


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        (None, ""),
        (0.0, "$0"),
        (0.0001, "<$0.01"),
        (0.0099, "<$0.01"),
        (0.01, "$0.01"),
        (3.2, "$3.20"),
        (99.99, "$99.99"),
        (99.996, "$100"),
        (100.0, "$100"),
        (100.4, "$100"),
        (2065.7, "$2,066"),
        (-3.2, "-$3.20"),
    ],
)
def test_dollars_have_cents_below_a_hundred(usd: float | None, expected: str) -> None:
    assert figures.dollars(usd) == expected


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        (None, ""),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.41, "41 %"),
        (0.145, "15 %"),
        (0.125, "13 %"),
        (0.005, "1 %"),
        (0.0049, "0.5 %"),
        (0.0004, "<0.1 %"),
        (0.994, "99 %"),
        (0.996, "99.6 %"),
        (0.9996, ">99.9 %"),
    ],
)
def test_a_share_has_decimals_only_where_it_would_read_all_or_nothing(fraction: float | None, expected: str) -> None:
    assert figures.share(fraction) == expected


def test_the_shares_of_a_column_have_the_same_decimals() -> None:
    assert figures.shares([0.92, 0.06, 0.02, 0.0]) == ["92 %", "6 %", "2 %", "0 %"]
    assert figures.shares([0.996, 0.004, None, 0.0]) == ["99.6 %", "0.4 %", "", "0 %"]
    assert figures.shares([0.5, 0.4996, 0.0004]) == ["50.0 %", "50.0 %", "<0.1 %"]
    assert figures.shares([1.0, None]) == ["100 %", ""]
    assert figures.shares([]) == []


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (None, ""),
        (0, "0 s"),
        (1, "<1 s"),
        (999, "<1 s"),
        (1499, "1 s"),
        (42 * SECOND, "42 s"),
        (59_499, "59 s"),
        (59_500, "1 min"),
        (89_999, "1 min"),
        (90_000, "2 min"),
        (3 * MINUTE, "3 min"),
        (59 * MINUTE + 30 * SECOND, "1 h"),
        (2 * HOUR + 10 * MINUTE, "2 h 10 min"),
        (3 * HOUR, "3 h"),
        (23 * HOUR + 59 * MINUTE + 29 * SECOND, "23 h 59 min"),
        (23 * HOUR + 59 * MINUTE + 30 * SECOND, "1 d"),
        (3 * DAY + 4 * HOUR, "3 d 4 h"),
        (2 * DAY + 23 * HOUR + 30 * MINUTE, "3 d"),
        (-5, "0 s"),
    ],
)
def test_durations_name_the_unit_that_matters_and_the_next(length: float | None, expected: str) -> None:
    assert figures.duration(length) == expected


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        (milliseconds(2026, 11, 21, 14, 5), UTC, "21 Nov 14:05"),
        (milliseconds(2026, 3, 1, 0, 0), UTC, "1 Mar 00:00"),
        (milliseconds(2025, 11, 21, 9, 7), UTC, "21 Nov 2025 09:07"),
        (milliseconds(2026, 11, 21, 23, 30), timezone(timedelta(hours=1)), "22 Nov 00:30"),
        (milliseconds(2026, 1, 1, 0, 30), timezone(timedelta(hours=-5)), "31 Dec 2025 19:30"),
        (None, UTC, ""),
        (10**17, UTC, ""),
        (-(10**17), UTC, ""),
    ],
)
def test_times_are_in_the_zone_and_name_the_year_only_when_it_is_another(
    time: int | None, zone: tzinfo, expected: str
) -> None:
    assert figures.clock(time, zone, NOW) == expected
    assert figures.day(time, zone, NOW) == expected.rpartition(" ")[0]


def test_whose_year_it_is_depends_on_the_zone_too() -> None:
    new_year = milliseconds(2027, 1, 1, 2)
    assert figures.day(new_year - DAY, UTC, new_year) == "31 Dec 2026"
    assert figures.day(new_year - DAY, timezone(timedelta(hours=-5)), new_year) == "30 Dec"


def test_no_zone_is_the_machines_zone() -> None:
    local = datetime.fromtimestamp(NOW / 1000)
    assert figures.clock(NOW, None, NOW) == f"{local.day} Nov {local:%H:%M}"


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [(0.5, "Half"), (0.51, "Half"), (0.66, "Two thirds"), (1.0, "All"), (0.99, "99 %"), (0.41, "41 %"), (0.0, "0 %")],
)
def test_portions_are_plain_words_where_one_is_close(fraction: float, expected: str) -> None:
    assert figures.portion(fraction) == expected


@pytest.mark.parametrize(
    ("path", "name", "short"),
    [
        ("/home/you/work/site", "site", "~/work/site"),
        ("/Users/you/site/", "site", "~/site/"),
        ("C:\\Users\\you\\site", "site", "~\\site"),
        ("/root", "root", "~"),
        ("/home/youth", "youth", "~"),
        ("/srv/home/you", "you", "/srv/home/you"),
        ("", "", ""),
    ],
)
def test_folders_of_projects(path: str, name: str, short: str) -> None:
    assert figures.project_name(path) == name
    assert figures.home_path(path) == short


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (941, "941 bytes"),
        (12_400, "12.4 KB"),
        (999_950, "1 MB"),
        (48_000_000, "48 MB"),
        (3_305_000_000, "3.31 GB"),
        (2 * 10**12, "2 TB"),
    ],
)
def test_sizes(number: int, expected: str) -> None:
    assert figures.size(number) == expected


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("src/basket.py", "src/basket.py"),
        ("/home/ada/shop/src/store/basket.py", "…/ada/shop/src/store/basket.py"),
        (
            "/a/very-long-name-of-a-file-that-is-longer-than-all.py",
            "…/very-long-name-of-a-file-that-is-longer-than-all.py",
        ),
        (r"C:\Users\ada\work\shop\src\store\basket.py", r"…/work\shop\src\store\basket.py"),
        ("pytest -q tests/a tests/b tests/c tests/d", "pytest -q tests/a tests/b tests/c tests/d"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_long_path_is_its_last_folders(path: str, shown: str) -> None:
    assert short_path(path) == shown


@pytest.mark.parametrize(
    ("path", "folder", "shown"),
    [
        ("/home/ada/shop/src/a.py", "/home/ada/shop", "src/a.py"),
        ("/home/ada/shopping/a.py", "/home/ada/shop", "~/shopping/a.py"),
        ("/home/ada/shop", "/home/ada/shop", "~/shop"),
        (r"C:\work\shop\a.py", r"C:\work\shop", "a.py"),
        ("c:/work/shop/src/a.py", r"C:\work\shop", "src/a.py"),
        ("/home/ada/a\\b/c.py", "/home/ada/a/b", "~/a\\b/c.py"),
        ("make", "", "make"),
    ],
)
def test_a_path_as_seen_from_a_folder(path: str, folder: str, shown: str) -> None:
    assert path_below(path, folder) == shown


def test_the_time_of_day() -> None:
    assert figures.time_of_day(1_780_308_000_000, UTC) == "10:00"
    assert figures.time_of_day(None, UTC) == ""


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-opus-4-7", "Opus 4.7"),
        ("claude-opus-4-5-20251101", "Opus 4.5"),
        ("claude-sonnet-4-20250514", "Sonnet 4"),
        ("claude-3-5-sonnet-20241022", "Sonnet 3.5"),
        ("claude-3-opus-20240229", "Opus 3"),
        ("claude-fable-5-2", "Fable 5.2"),
        ("claude-opus-4-7[1m]", "opus-4-7[1m]"),
        ("glm-4.7", "glm-4.7"),
        ("", ""),
    ],
)
def test_models_as_people_call_them(model: str, name: str) -> None:
    assert figures.model_name(model) == name


def test_two_models_of_one_name_go_by_their_ids() -> None:
    ids = ["claude-opus-4-5", "claude-opus-4-5-20251101", "claude-haiku-4-5"]
    assert model_labels(ids) == {ids[0]: ids[0], ids[1]: ids[1], ids[2]: "Haiku 4.5"}


@pytest.mark.parametrize(
    ("projects", "names"),
    [
        (["/home/ada/shop", "/home/ada/mill"], ["shop", "mill"]),
        (["/home/ada/shop", "/home/ada/work/shop", "/home/ada/mill"], ["ada/shop", "work/shop", "mill"]),
        (["/a/x/shop", "/b/x/shop"], ["a/x/shop", "b/x/shop"]),
        (["/shop", "/a/shop"], ["shop", "a/shop"]),
        (["C:\\work\\shop", "/work/shop"], ["C:/work/shop", "work/shop"]),
        ([], []),
    ],
)
def test_projects_have_as_much_path_as_tells_them_apart(projects: list[str], names: list[str]) -> None:
    assert list(project_labels(projects).values()) == names


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ((2026, 10, 21), (2026, 11, 20), "21 Oct to 20 Nov"),
        ((2025, 6, 16), (2026, 8, 20), "16 Jun 2025 to 20 Aug 2026"),
        ((2025, 6, 16), (2025, 8, 20), "16 Jun 2025 to 20 Aug 2025"),
        ((2026, 8, 20), (2026, 8, 20), "20 Aug"),
    ],
)
def test_a_span_has_its_year_at_both_ends_or_at_neither(first: Ymd, last: Ymd, shown: str) -> None:
    ends = [datetime(*one, 12, tzinfo=UTC) for one in (first, last)]
    now = round(datetime(2026, 11, 29, tzinfo=UTC).timestamp() * 1000)
    assert figures.day_span(ends[0], ends[1], UTC, now) == shown
