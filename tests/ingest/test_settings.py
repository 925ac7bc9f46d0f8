"""How long Claude Code keeps transcripts, whatever its settings file holds (T52)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenscope.ingest.files import claude_settings
from tokenscope.ingest.files.claude_settings import Retention, retention


@pytest.fixture(autouse=True)
def managed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an organisation would put its settings; nothing is there."""
    path = tmp_path / "managed.json"
    monkeypatch.setattr(claude_settings, "MANAGED_ELSEWHERE", str(path))
    return path


def found(config: Path, content: bytes) -> tuple[float | None, str]:
    (config / "settings.json").write_bytes(content)
    path, days, problem = retention(config, "linux")
    assert path == str(config / "settings.json")
    return days, problem


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"cleanupPeriodDays": 365}', (365, "")),
        (b'\xef\xbb\xbf{"cleanupPeriodDays": 0}', (0, "")),
        (b'{"cleanupPeriodDays": 0.5}', (0.5, "")),
        (b'{"model": "opus"}', (None, "")),
        (b'{"cleanupPeriodDays": null}', (None, "")),
        (b"[]", (None, "")),
        (b"", (None, "it is no JSON")),
        (b'{"cleanupPeriodDays": 9', (None, "it is no JSON")),
        (b"\xff\xfe", (None, "it is no JSON")),
        (b"[" * 100_000, (None, "it is no JSON")),
        (b'{"cleanupPeriodDays": "365"}', (None, "cleanupPeriodDays is no number of days")),
        (b'{"cleanupPeriodDays": true}', (None, "cleanupPeriodDays is no number of days")),
        (b'{"cleanupPeriodDays": -1}', (None, "cleanupPeriodDays is no number of days")),
        (b'{"cleanupPeriodDays": NaN}', (None, "cleanupPeriodDays is no number of days")),
        (b'{"cleanupPeriodDays": Infinity}', (None, "cleanupPeriodDays is no number of days")),
    ],
)
def test_t52_what_the_settings_say(tmp_path: Path, content: bytes, expected: tuple[float | None, str]) -> None:
    assert found(tmp_path, content) == expected


def test_without_a_settings_file_nothing_is_said(tmp_path: Path) -> None:
    assert retention(tmp_path, "linux") == Retention(str(tmp_path / "settings.json"))


def test_a_settings_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    _, days, problem = retention(tmp_path, "linux")
    assert days is None
    assert problem


def test_an_organisation_decides_over_the_user(tmp_path: Path, managed: Path) -> None:
    assert found(tmp_path, b'{"cleanupPeriodDays": 365}') == (365, "")
    managed.write_text('{"cleanupPeriodDays": 7}', encoding="utf-8")
    assert retention(tmp_path, "linux") == Retention(str(managed), 7)
    managed.write_text("{}", encoding="utf-8")
    assert found(tmp_path, b'{"cleanupPeriodDays": 365}') == (365, "")
