"""Which tables a pricer goes by, and what it tells about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenscope.errors import UsageError
from tokenscope.pricing import pricer as pricer_module
from tokenscope.pricing.pricer import Price, Pricer, load_pricer
from tokenscope.questions.prices import Dollars, Rate, rates_of

from .build import LONG, ROW, input_dollars, response, table_file


@pytest.fixture(scope="module")
def pricer() -> Pricer:
    return load_pricer(user_file=None)


def test_a_users_rows_replace_all_rows_of_their_model(tmp_path: Path) -> None:
    path = table_file(tmp_path, "[[models.claude-sonnet-5-5]]", "from = 2026-10-20", ROW.replace("0.2,", "7,"))
    pricer = load_pricer(path, user_file=None)
    early = response("claude-sonnet-5-5", "2026-10-19T23:59:59+00:00", cache_read=1)
    late = response("claude-sonnet-5-5", "2026-10-20T00:00:00+00:00", cache_read=1)
    assert pricer.price(early) is None
    assert pricer.price(late) == Price(0, 0, 7_000_000, 0, 0)


def test_a_users_file_leaves_other_models_alone_and_may_add_some(tmp_path: Path) -> None:
    pricer = load_pricer(table_file(tmp_path, "[[models.glm-7]]", ROW), user_file=None)
    assert input_dollars(pricer, "glm-7", None) == 2
    assert input_dollars(pricer, "claude-opus-5", None) == 5


def test_the_file_on_the_command_line_goes_over_the_users_own(tmp_path: Path) -> None:
    own, given = tmp_path / "own", tmp_path / "given"
    own.mkdir()
    given.mkdir()
    user_file = table_file(own, "[[models.a]]", ROW, "[[models.b]]", ROW)
    prices_file = table_file(given, "[[models.b]]", ROW.replace("input = 2", "input = 3"))
    pricer = load_pricer(prices_file, user_file=user_file)
    assert input_dollars(pricer, "a", None) == 2
    assert input_dollars(pricer, "b", None) == 3


def test_a_users_own_file_need_not_exist(tmp_path: Path) -> None:
    pricer = load_pricer(user_file=tmp_path / "none.toml")
    assert input_dollars(pricer, "claude-opus-5", None) == 5


def test_a_users_own_file_is_found_in_the_configuration_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table_file(tmp_path, "[[models.mine]]", ROW)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path if name == "tokenscope" else None)
    assert pricer_module.user_prices_path() == path
    assert input_dollars(load_pricer(), "mine", None) == 2


def test_a_configuration_folder_that_may_not_be_entered_holds_no_prices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    assert input_dollars(load_pricer(user_file=tmp_path / "prices.toml"), "claude-opus-5", None) == 5


def test_a_file_on_the_command_line_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read: No such file"):
        load_pricer(tmp_path / "none.toml", user_file=None)


def test_rates_tell_a_row_in_dollars(tmp_path: Path) -> None:
    path = table_file(
        tmp_path,
        "[[models.claude-opus-4-6]]",
        "from = 2026-02-01",
        ROW,
        LONG,
        "fast = 6",
        "us = 1.1",
        "regional = 1.2",
        "batch = 0.4",
    )
    pricer = load_pricer(path, user_file=None)
    (rate,) = [rate for rate in rates_of(pricer.table) if rate.model == "claude-opus-4-6"]
    assert rate.valid_from is not None
    assert rate == Rate(
        model="claude-opus-4-6",
        valid_from=rate.valid_from,
        price=Dollars(2, 2.5, 4, 0.2, 10),
        long_above=5,
        long_price=Dollars(4, 5, 8, 0.4, 20),
        fast=6,
        us=1.1,
        regional=1.2,
        batch=0.4,
        source=str(path),
    )
    assert rate.valid_from.isoformat() == "2026-02-01"


def test_rates_name_packaged_rows_and_leave_blanks_where_nothing_is_published(pricer: Pricer) -> None:
    (rate,) = [rate for rate in rates_of(pricer.table) if rate.model == "claude-haiku-4-5"]
    assert rate == Rate(
        model="claude-haiku-4-5",
        valid_from=None,
        price=Dollars(1, 1.25, 2, 0.1, 5),
        long_above=None,
        long_price=None,
        fast=None,
        us=None,
        regional=1.1,
        batch=0.5,
        source="packaged",
    )


def test_rates_give_a_models_oldest_row_first(pricer: Pricer) -> None:
    days = [str(rate.valid_from) for rate in rates_of(pricer.table) if rate.model == "claude-opus-4-6"]
    assert days == ["None", "2026-02-01", "2026-03-13"]
