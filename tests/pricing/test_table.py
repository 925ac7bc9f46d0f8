"""A price table is read exactly or refused with the file, the model and the field that is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tokenscope.errors import UsageError
from tokenscope.pricing.table import PACKAGED_FILE, LongPrompt, Rates, overridden, packaged

from .build import LONG, ROW, table_file


def complaint(folder: Path, *lines: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        overridden(packaged(), table_file(folder, *lines))
    return caught.value


def test_dollars_per_million_become_picodollars_per_token(tmp_path: Path) -> None:
    path = table_file(
        tmp_path,
        "[[models.a]]",
        "price = { input = 0.125, cache_write_5m = 1, cache_write_1h = 1e-6, cache_read = 0, output = 7 }",
    )
    (row,) = overridden(packaged(), path).models["a"]
    assert row.rates == Rates(125_000, 1_000_000, 1, 0, 7_000_000)
    assert (row.valid_from, row.long_prompt, row.fast, row.us) == (None, None, None, None)
    assert row.source == str(path)


def test_a_row_may_carry_a_day_a_long_prompt_and_factors(tmp_path: Path) -> None:
    path = table_file(tmp_path, "[[models.a]]", "from = 2026-02-01", ROW, LONG, "fast = 6", "us = 1.1")
    (row,) = overridden(packaged(), path).models["a"]
    assert row.valid_from == date(2026, 2, 1)
    assert row.long_prompt == LongPrompt(5, Rates(4_000_000, 5_000_000, 8_000_000, 400_000, 20_000_000))
    assert (str(row.fast), str(row.us)) == ("6", "1.1")


def test_rows_may_stand_in_any_order(tmp_path: Path) -> None:
    path = table_file(
        tmp_path,
        "[[models.a]]",
        "from = 2026-02-01",
        ROW,
        "[[models.a]]",
        ROW,
        "[[models.a]]",
        "from = 2025-02-01",
        ROW,
    )
    rows = overridden(packaged(), path).models["a"]
    assert [row.valid_from for row in rows] == [None, date(2025, 2, 1), date(2026, 2, 1)]


def test_a_users_file_may_price_web_searches_only(tmp_path: Path) -> None:
    table = overridden(packaged(), table_file(tmp_path, "web_search_per_1000 = 2.5"))
    assert table.web_search == 2_500_000_000
    assert table.models == packaged().models


def test_a_users_file_does_not_vouch_for_the_packaged_prices(tmp_path: Path) -> None:
    table = overridden(packaged(), table_file(tmp_path, "checked = 2030-01-01", 'source = "my contract"'))
    assert (table.checked, table.source) == (packaged().checked, packaged().source)


def test_a_complaint_names_file_model_row_and_field_and_shows_a_way(tmp_path: Path) -> None:
    error = complaint(tmp_path, "[[models.a]]", ROW, "[[models.a]]", ROW.replace("= 2.5", '= "2.5"'))
    file = tmp_path / "prices.toml"
    assert error.message == f"{file}: a, row 2, price: `cache_write_5m` must be a number, not '2.5'"
    assert error.hint == f"{PACKAGED_FILE} shows the format"
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["price = "], "is not TOML"),
        (["[[models.a]]", "price = { input = 1e99999999999999999999 }"], "is not TOML"),
        (["a = " + "[" * 100_000], "is not TOML"),
        (
            ["modles = 1"],
            "`modles` is not a field of a price table; here stand checked, source, web_search_per_1000, models",
        ),
        (["models = 1"], "`models` must be a table"),
        (["web_search_per_1000 = -1"], "`web_search_per_1000` must be from 0 to"),
        (["[models.a]", ROW], "`a` must be one or more rows"),
        (["[models]", "a = []"], "`a` must be one or more rows"),
        (["[models]", "a = [1]"], "`a` must be one or more rows"),
        (["[[models.claude-opus-9.1]]", ROW], "`claude-opus-9` must be one or more rows"),
        (
            ['[[models."claude-opus-9.1"]]', ROW],
            "`claude-opus-9.1` would match no request: write the name as 'claude-opus-9-1'",
        ),
        (["[[models.claude-opus-9-20260101]]", ROW], "write the name as 'claude-opus-9'"),
        (["[[models.a]]"], "a, row 1: `price` is missing"),
        (["[[models.a]]", "price = 5"], "a, row 1: `price` must be a table"),
        (["[[models.a]]", "price = { input = 1 }"], "a, row 1, price: `cache_write_5m` is missing"),
        (["[[models.a]]", ROW.replace("output", "outptu")], "`outptu` is not a field"),
        (["[[models.a]]", ROW, "speedy = 2"], "a, row 1: `speedy` is not a field"),
        (["[[models.a]]", ROW.replace("= 10 ", "= true ")], "`output` must be a number, not True"),
        (["[[models.a]]", ROW.replace("= 10 ", "= nan ")], "`output` must be from 0 to 100000, not NaN"),
        (["[[models.a]]", ROW.replace("= 10 ", "= inf ")], "`output` must be from 0 to 100000, not Infinity"),
        (["[[models.a]]", ROW.replace("= 10 ", "= -1 ")], "`output` must be from 0 to 100000, not -1"),
        (["[[models.a]]", ROW.replace("= 10 ", "= 1e9 ")], "`output` must be from 0 to 100000, not 1E+9"),
        (["[[models.a]]", ROW.replace("= 10 ", "= 0.0000001 ")], "`output` may have 6 decimals at most"),
        (["[[models.a]]", ROW.replace("= 10 ", "= 1e-999999 ")], "`output` may have 6 decimals at most"),
        (["[[models.a]]", ROW, "fast = 0"], "`fast` must be from 0.001 to 100, not 0"),
        (["[[models.a]]", ROW, 'us = "1.1"'], "`us` must be a number, not '1.1'"),
        (
            ["[[models.a]]", 'from = "2026-02-01"', ROW],
            "`from` must be a day such as 2026-02-01 without quotes, not '2026-02-01'",
        ),
        (["[[models.a]]", "from = 2026-02-01T00:00:00Z", ROW], "`from` must be a day"),
        (["[[models.a]]", ROW, LONG.replace("above = 5, ", "")], "a, row 1, long: `above` is missing"),
        (["[[models.a]]", ROW, LONG.replace("above = 5", "above = 5.5")], "`above` must be a whole number"),
        (["[[models.a]]", ROW, LONG.replace("above = 5", "above = -5")], "`above` must be a whole number"),
        (["[[models.a]]", ROW, LONG.replace(", output = 20", "")], "a, row 1, long: `output` is missing"),
        (["[[models.a]]", ROW, "[[models.a]]", ROW], "`a` has two rows with the same `from`"),
        (
            ["[[models.a]]", "from = 2026-02-01", ROW, "[[models.a]]", "from = 2026-02-01", ROW],
            "`a` has two rows with the same `from`",
        ),
    ],
)
def test_a_wrong_table_is_refused_with_what_is_wrong(tmp_path: Path, lines: list[str], said: str) -> None:
    error = complaint(tmp_path, *lines)
    assert said in error.message
    assert str(tmp_path / "prices.toml") in error.message
    assert error.hint


def test_the_limits_of_a_number_are_allowed(tmp_path: Path) -> None:
    """100,000 dollars and factors of 0.001 and 100, with as many decimals as there may be; a long prompt from 0 on."""
    most, least = ROW.replace("= 10 ", "= 100000 "), ROW.replace("= 10 ", "= 0 ")
    lines = ["[[models.a]]", most, "fast = 100", "us = 0.001", "[[models.b]]", least, LONG.replace("= 5,", "= 0,")]
    models = overridden(packaged(), table_file(tmp_path, *lines)).models
    ((a,), (b,)) = models["a"], models["b"]
    assert (a.rates.output, a.fast, a.us) == (100_000 * 10**6, Decimal(100), Decimal("0.001"))
    assert b.rates.output == 0
    assert b.long_prompt is not None
    assert b.long_prompt.above == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fast = 1.0001", "`fast` may have 3 decimals at most"),
        ("fast = 0.0009", "`fast` must be from 0.001 to 100"),
        ("us = 100.001", "`us` must be from 0.001 to 100"),
    ],
)
def test_beyond_the_limits_of_a_factor(tmp_path: Path, line: str, said: str) -> None:
    assert said in complaint(tmp_path, "[[models.a]]", ROW, line).message


def test_a_web_search_costs_whole_picodollars(tmp_path: Path) -> None:
    """12.345678 dollars a thousand are 12,345,678,000 picodollars each, and a whole number."""
    found = overridden(packaged(), table_file(tmp_path, "web_search_per_1000 = 12.345678")).web_search
    assert (found, type(found)) == (12_345_678_000, int)


def test_a_complaint_about_the_top_of_a_file_names_no_place(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    said = complaint(tmp_path, "web_search_per_1000 = -1").message
    assert said.startswith(f"{file}: `web_search_per_1000` must be from 0 to")
    said = complaint(tmp_path, "[models.a]", ROW).message
    assert said == f"{file}: `a` must be one or more rows, each begun with two brackets: [[models.NAME]]"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"a = "])
def test_an_unreadable_file_still_shows_a_way(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "prices.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        overridden(packaged(), path)
    assert raised.value.hint == f"{PACKAGED_FILE} shows the format"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not TOML"):
        overridden(packaged(), path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        overridden(packaged(), tmp_path)


def test_a_source_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "packaged.toml"
    path.write_text("checked = 2026-06-01\nsource = 5\n", encoding="utf-8")
    with (
        pytest.raises(UsageError, match="`source` must be a text in quotes, not 5"),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("tokenscope.pricing.table.PACKAGED_FILE", path)
        packaged()
