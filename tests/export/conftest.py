"""Every export here is of one history, at prices that can be multiplied by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.export import what_was_done
from tests.questions import TABLE


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return what_was_done(tmp_path_factory.mktemp("what_was_done")).write()


@pytest.fixture(autouse=True)
def _one_price_list(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("prices") / "packaged.toml"
    path.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr("tokenscope.pricing.table.PACKAGED_FILE", path)
