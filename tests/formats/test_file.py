"""A file is written whole or not at all, and never over somebody else's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tokenscope.errors import OutputError
from tokenscope.whole_file import save

OURS = "<!doctype html>\n<title>tokenscope report</title>"


def test_a_new_file_and_one_of_ours_are_written(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    for text in (OURS, OURS + "é\n"):
        save(text, path)
        assert path.read_bytes() == text.encode()
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]


def test_an_empty_file_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "made.html"
    path.touch()
    save(OURS, path)
    assert path.read_text(encoding="utf-8") == OURS


@pytest.mark.parametrize("content", ["import this\n", "\x00" * 5000 + OURS, "<html><title>mine</title>"])
def test_the_file_of_somebody_else_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / "work.py"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OutputError, match="tokenscope did not write it") as told:
        save(OURS, path)
    assert told.value.hint
    assert path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("path", ["none/page.html", "."])
def test_what_cannot_be_written_is_told(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        save(OURS, tmp_path / path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="a file is no folder there either, but another error")
def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="Not a directory") as told:
        save(OURS, tmp_path / "mine" / "page.html")
    assert told.value.hint == "name a file in a folder that exists"
    assert [found.name for found in tmp_path.iterdir()] == ["mine"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text(OURS, encoding="utf-8")
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "real.html")
    save(OURS + "new", link)
    assert link.is_symlink()
    assert (tmp_path / "real.html").read_text(encoding="utf-8") == OURS + "new"


def test_a_device_takes_it_and_stays_a_device() -> None:
    save(OURS, Path(os.devnull))
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_where_writing_breaks_off_nothing_is_left_or_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    save(OURS, path)

    def broken(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OutputError, match="No space left"):
        save(OURS + "new", path)
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]
    assert path.read_text(encoding="utf-8") == OURS


def test_others_may_read_it_as_any_new_file_unless_it_is_private(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("x", encoding="utf-8")
    save(OURS, tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").stat().st_mode == (tmp_path / "usual").stat().st_mode
    for _ in range(2):  # also where it replaces another one of ours
        save(OURS, tmp_path / "picture.svg", is_private=True)
    assert os.name == "nt" or stat.S_IMODE((tmp_path / "picture.svg").stat().st_mode) == 0o600
