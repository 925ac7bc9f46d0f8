"""Every question here is asked at one moment, at one price list, in one zone, a hundred characters wide."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.analyzers import NOW, TABLE, shop


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


@pytest.fixture(autouse=True)
def _one_moment_and_one_price_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "packaged.toml"
    path.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr("tokenscope.pricing.table.PACKAGED_FILE", path)
    monkeypatch.setattr("tokenscope.ask.time", SimpleNamespace(time_ns=lambda: NOW * 1_000_000))
    monkeypatch.setenv("COLUMNS", "100")
