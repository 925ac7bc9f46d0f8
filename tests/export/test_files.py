"""Where an export goes: a whole file of one's own or nothing, standard output, a pipe; and what cannot be written."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.asking import Answer, ask, ask_outside
from tests.export.test_tables import from_ndjson, from_sqlite
from tests.trust.guard import CODE
from tokenscope.app.registry import history_formats

NAMES = ("x.json", "x.ndjson", "x.csv", "x.sqlite", "x.prom")


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def fails(answer: Answer, *words: str) -> None:
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("tokenscope: ")
    assert "\nhint: " in answer.err
    for word in words:
        assert word in answer.err


@pytest.mark.parametrize("name", NAMES)
def test_only_its_owner_may_read_it(root: Path, tmp_path: Path, name: str) -> None:
    answer = ask("export", tmp_path / name, root=root)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"tokenscope: 6 responses in {tmp_path / name}\n"
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert names_in(tmp_path) == [name]


def test_a_file_that_is_there_is_replaced_only_by_force(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mine")
    fails(ask("export", path, root=root), "is there already", "--force")
    assert path.read_text() == "mine"
    assert ask("export", path, "--force", root=root).code == 0
    assert path.read_text().startswith("time,")
    assert names_in(tmp_path) == ["x.csv"]


def test_a_file_that_appears_meanwhile_stays(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.ndjson"

    def write(*_: object) -> bytes:
        path.write_text("somebody was faster")
        return b""

    monkeypatch.setattr("tokenscope.draw.json_text.encoded", write)
    fails(ask("export", path, root=root), "is there already")
    assert path.read_text() == "somebody was faster"
    assert names_in(tmp_path) == ["x.ndjson"]


def test_a_file_system_without_links(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    assert ask("export", tmp_path / "x.ndjson", root=root).code == 0
    assert names_in(tmp_path) == ["x.ndjson"]


def test_a_link_stays_one(root: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "x.csv").symlink_to(tmp_path / "folder" / "y.csv")
    assert ask("export", tmp_path / "x.csv", root=root).code == 0
    assert (tmp_path / "x.csv").is_symlink()
    assert (tmp_path / "folder" / "y.csv").read_text().startswith("time,")


def test_places_that_are_none(root: Path, tmp_path: Path) -> None:
    fails(ask("export", tmp_path, "--format", "csv", root=root), "is a folder")
    fails(ask("export", tmp_path / "nowhere" / "x.csv", root=root), "no such folder")
    fails(ask("export", tmp_path / "x.txt", root=root), "no format", "--format", ".ndjson")
    fails(ask("export", "-", "--format", "sqlite", root=root), "no stream")
    fails(ask("export", tmp_path / "x.csv", "--format", "excel", root=root), "excel")
    fails(ask("export", root=root), "OUT")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_other_file_is_opened_for_writing(root: Path, tmp_path: Path, name: str) -> None:
    """All that happens is in the folder of the file: its own name, and the one that it has until it is whole."""
    folder = tmp_path / "out"
    folder.mkdir()
    log = tmp_path / "guard.log"
    answer = ask_outside("export", folder / name, root=root, code=CODE, env={"GUARD": str(log), "HOME": str(tmp_path)})
    assert answer.code == 0
    doors = log.read_text(encoding="utf-8").splitlines()
    assert doors
    assert all(str(folder) in door or door.startswith("sqlite3.connect/handle ") for door in doors), doors


@pytest.mark.parametrize("name", ["new.jsonl", "-home-ada-shop/x.csv", "-home-ada-shop/11111111.jsonl"])
def test_no_transcript_is_ever_overwritten(root: Path, name: str) -> None:
    path = root / "projects" / name
    before = {one: one.read_bytes() for one in root.rglob("*.jsonl")}
    fails(ask("export", path, "--force", root=root), "where transcripts are read from")
    assert {one: one.read_bytes() for one in root.rglob("*.jsonl")} == before


def test_no_transcripts(tmp_path: Path) -> None:
    answer = ask("export", tmp_path / "x.csv", root=tmp_path / "nothing")
    assert (answer.code, answer.out) == (3, "")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_nothing_behind(root: Path, tmp_path: Path, name: str) -> None:
    """A limit on the size of files stands for it."""
    full = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))\n"
        "from tokenscope.cli.command_line import run; sys.exit(run(sys.argv[1:]))"
    )
    (tmp_path / name).write_text("mine")
    answer = ask_outside("export", tmp_path / name, "--force", root=root, code=full)
    fails(answer, f"cannot write {tmp_path / name}")
    assert "Traceback" not in answer.err
    assert names_in(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_folder_of_somebody_else(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    fails(ask("export", tmp_path / "x.csv", root=root), "Permission denied", "is its folder yours?")


def test_a_device_that_is_full(root: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    answer = ask_outside("export", "/dev/full", "--format", "csv", root=root)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("format", ["json", "ndjson", "csv", "openmetrics"])
def test_standard_output(root: Path, tmp_path: Path, format: str) -> None:
    answer = ask("export", "-", "--format", format, "--until", "2026-07-01", root=root)
    assert (answer.code, answer.err) == (0, "")
    ending = history_formats()[format].endings[0]
    ask("export", tmp_path / f"x{ending}", "--until", "2026-07-01", root=root)
    assert answer.out == (tmp_path / f"x{ending}").read_text(encoding="utf-8")


def test_standard_output_is_lines_of_json(root: Path) -> None:
    out = ask("export", "-", root=root).out
    assert [json.loads(line)["message_id"] for line in out.splitlines()] == [f"msg_{number}" for number in range(1, 7)]


def test_a_pipe_is_written_to(root: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert ask("export", pipe, "--format", "ndjson", root=root).code == 0
    reader.join()
    assert read[0].count(b"\n") == 6
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_reader_that_has_seen_enough(root: Path) -> None:
    command = f"'{sys.executable}' -m tokenscope export - --root '{root}' | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b'{"time":"2', b"")


def test_the_demo(tmp_path: Path) -> None:
    assert ask("demo", "export", tmp_path / "x.ndjson").code == 0
    total = ask("demo", "models", "--json").report["total"]["total_tokens"]
    assert sum(row["total_tokens"] for row in from_ndjson(tmp_path / "x.ndjson")) == total
    assert ask("demo", "export", tmp_path / "x.sqlite").code == 0
    assert from_sqlite(tmp_path / "x.sqlite", "tool_uses")


def test_parquet_without_pyarrow(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscope.formats.parquet.find_spec", lambda name: None)
    fails(ask("export", tmp_path / "x.parquet", root=root), "pyarrow", "tokenscope-cli[parquet]")


@pytest.mark.parametrize("name", NAMES)
def test_too_little_memory(root: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("tokenscope.app.export._fill", exhausted)
    fails(ask("export", tmp_path / name, root=root), "not enough memory")
    assert names_in(tmp_path) == []
