"""Every question here is asked at one moment, at one price list, in one zone, a hundred characters wide."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ingest import FIRST
from tests.questions import NOW, TABLE, shop
from tokenscope.machine import Program, Terminal


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Called ROOT, so that every machine shows it alike; the basket was last written to on 1 June, the rest on 3 June."""
    history = shop(tmp_path_factory.mktemp("shop") / "ROOT")
    history.file("settings.json", b'{"cleanupPeriodDays": 10}')
    for path in history.write().rglob("*.jsonl"):
        written = datetime(2026, 6, 1 if FIRST in str(path) else 3, 12, tzinfo=UTC).timestamp()
        os.utime(path, (written, written))
    return history.root


@pytest.fixture(autouse=True)
def _one_moment_and_one_price_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "packaged.toml"
    path.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr("tokenscope.pricing.table.PACKAGED_FILE", path)
    monkeypatch.setattr("tokenscope.app.request.time", SimpleNamespace(time_ns=lambda: NOW * 1_000_000))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(autouse=True)
def _one_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = Terminal(
        is_terminal=True,
        columns=100,
        encoding="utf-8",
        unicode=True,
        colors="256",
        variables={"TERM": "xterm-256color"},
    )
    program = Program("VERSION", "CPython 3.12.1", "Linux 6.1 x86_64", {"rich": "15.0.0", "typer": "0.28.0"})
    monkeypatch.setattr("tokenscope.draw.terminal_page.capabilities", lambda *given, **more: terminal)
    monkeypatch.setattr("tokenscope.app.examine.program", lambda: program)
    monkeypatch.setattr(
        "tokenscope.ingest.files.claude_settings.MANAGED", {sys.platform: str(tmp_path / "managed.json")}
    )
