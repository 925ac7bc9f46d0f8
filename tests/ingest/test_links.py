"""Links, and files that cannot be read: each file counted once, what is missing told (T06)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, by_id, owner, store_of, totals
from tests.transcripts import History
from tokenscope.errors import NoTranscriptsError
from tokenscope.ingest import load as load_module
from tokenscope.ingest.files.discover import Discovery, discover
from tokenscope.ingest.load import load
from tokenscope.model import Facet

Scanned = AbstractContextManager[Iterator[os.DirEntry[str]]]
Change = Callable[[Callable[[], None]], None]


@pytest.fixture
def after_discovery(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Lets something happen between the moment a file is found and the moment it is opened."""

    def arrange(change: Callable[[], None]) -> None:
        real = discover

        def discover_and_change(roots: list[Path]) -> Discovery:
            found = real(roots)
            change()
            return found

        monkeypatch.setattr(load_module, "discover", discover_and_change)

    return arrange


# --- links ---


def test_t06_a_linked_folder_is_followed_once(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=4)
    session.subagent("a1").response("msg_2", output=3)
    root = history.write()
    (root / "projects" / "-a-link").symlink_to(session.project)
    (session.project / FIRST / "subagents" / "loop").symlink_to(root / "projects")
    store = store_of(root)
    assert (totals(store.messages).output, store.coverage.files, store.coverage.duplicate_rows) == (7, 2, 0)
    assert (owner(store, "msg_1"), owner(store, "msg_2")) == ((FIRST, ""), (FIRST, "a1"))


def test_t06_what_stands_elsewhere_is_followed_by_its_link(history: History, tmp_path: Path) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=4)
    root = history.write()
    session.project.rename(tmp_path / "moved")
    session.project.symlink_to(tmp_path / "moved")
    assert owner(store_of(root), "msg_1") == (FIRST, "")


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_t06_a_file_with_two_names_is_counted_once(history: History, link: Callable[[Path, Path], None]) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=4)
    root = history.write()
    link(session.project / f"{FIRST}.jsonl", session.project / f"{SECOND}.jsonl")
    store = store_of(root)
    assert (store.coverage.files, store.coverage.rows, store.coverage.duplicate_rows) == (1, 1, 0)
    assert owner(store, "msg_1") == (FIRST, "")  # the name that comes first


def test_t06_the_order_of_a_folders_entries_changes_nothing(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are listed in any order: here in both."""
    session = history.session(FIRST, folder="-real")
    session.response("msg_1", row={"cwd": None})
    root = history.write()
    (root / "projects" / "-a-link").symlink_to(session.project)
    projects = set()
    for is_reversed in (False, True):
        ordered = _listing(os.scandir, is_reversed=is_reversed)
        monkeypatch.setattr(os, "scandir", ordered)
        projects.add(store_of(root).sessions[FIRST].project)
        monkeypatch.undo()
    assert len(projects) == 1


class _listing:  # noqa: N801 - stands in for a function
    """os.scandir with its entries sorted by name, or the other way round."""

    def __init__(self, scandir: Callable[[str], Scanned], *, is_reversed: bool) -> None:
        self._scandir, self._is_reversed = scandir, is_reversed

    def __call__(self, folder: str) -> _listing:
        with self._scandir(folder) as entries:
            self._entries = sorted(entries, key=lambda entry: entry.name, reverse=self._is_reversed)
        return self

    def __enter__(self) -> list[os.DirEntry[str]]:
        return self._entries

    def __exit__(self, *error: object) -> None:
        return None


# --- what cannot be read ---


def test_t06_a_dangling_link_is_skipped_and_counted(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    root = history.write()
    (session.project / f"{SECOND}.jsonl").symlink_to(root / "gone.jsonl")
    store = store_of(root)
    assert (store.coverage.files, store.coverage.unreadable_files) == (1, 1)
    assert set(by_id(store)) == {"msg_1"}


def test_t06_a_link_to_itself_is_skipped(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    root = history.write()
    (root / "projects" / "circle").symlink_to(root / "projects" / "circle")
    assert set(by_id(store_of(root))) == {"msg_1"}


def test_t06_what_only_looks_like_a_transcript_is_no_file(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    root = history.write()
    (session.project / "folder.jsonl").mkdir()
    os.mkfifo(session.project / "pipe.jsonl")  # opening it would wait for ever
    store = store_of(root)
    assert (store.coverage.files, store.coverage.unreadable_files) == (1, 0)


def test_t06_a_vanishing_file_is_skipped_and_counted(history: History, after_discovery: Change) -> None:
    for session_id, output in ((FIRST, 1), (SECOND, 20)):
        history.session(session_id).response(output=output)
    root = history.write()
    after_discovery(lambda: next(root.rglob(f"{SECOND}.jsonl")).unlink())
    store = store_of(root)
    assert totals(store.messages).output == 1
    assert (store.coverage.files, store.coverage.unreadable_files) == (1, 1)


def test_t06_a_history_that_vanishes_altogether_is_empty(history: History, after_discovery: Change) -> None:
    history.session(FIRST).response()
    root = history.write()
    after_discovery(lambda: next(root.rglob("*.jsonl")).unlink())
    store = store_of(root)
    assert (store.messages, store.sessions, store.coverage.unreadable_files) == ([], {}, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_t06_a_locked_file_and_a_locked_folder_are_skipped_and_counted(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    history.session(SECOND, cwd="/other").response("msg_2")
    locked = history.session("33333333", cwd="/locked")
    locked.response("msg_3")
    root = history.write()
    next(root.rglob(f"{SECOND}.jsonl")).chmod(0)
    locked.project.chmod(0)
    try:
        store = store_of(root)
    finally:
        locked.project.chmod(0o700)
    assert set(by_id(store)) == {"msg_1"}
    assert store.coverage.unreadable_files == 2


def test_t06_a_folder_that_cannot_be_listed_is_counted(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.session(FIRST).response("msg_1")
    locked = history.session(SECOND, cwd="/locked")
    locked.response("msg_2")
    root = history.write()
    real = os.scandir

    def refuse(folder: str) -> Scanned:
        if str(folder) == str(locked.project):
            raise PermissionError(folder)
        return real(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    store = store_of(root)
    assert set(by_id(store)) == {"msg_1"}
    assert store.coverage.unreadable_files == 1


def test_t06_where_nothing_can_be_read_there_are_no_transcripts(tmp_path: Path) -> None:
    (tmp_path / "projects" / "-x").mkdir(parents=True)
    (tmp_path / "projects" / "-x" / "a.jsonl").symlink_to(tmp_path / "gone")
    with pytest.raises(NoTranscriptsError):
        load([tmp_path], Facet.USAGE)


# --- files that change while they are read (T10) ---


def test_t10_a_file_is_read_up_to_its_size_when_it_was_found(history: History, after_discovery: Change) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    root = history.write()
    session.response("msg_2", output=20)
    after_discovery(lambda: void(history.write()))
    store = store_of(root)
    assert set(by_id(store)) == {"msg_1"}
    assert store.coverage.malformed_rows == 0


def test_t10_a_file_that_has_become_shorter_gives_what_is_left(history: History, after_discovery: Change) -> None:
    session = history.session(FIRST)
    for number in range(3):
        session.response(f"msg_{number}")
    root = history.write()
    path = next(root.rglob("*.jsonl"))
    first_line = path.read_bytes().index(b"\n") + 1
    after_discovery(lambda: os.truncate(path, first_line + 40))
    store = store_of(root)
    assert set(by_id(store)) == {"msg_0"}
    assert (store.coverage.rows, store.coverage.malformed_rows, store.coverage.unreadable_files) == (1, 0, 0)


def test_t10_a_file_that_has_become_empty_gives_nothing(history: History, after_discovery: Change) -> None:
    history.session(FIRST).response("msg_1")
    root = history.write()
    after_discovery(lambda: os.truncate(next(root.rglob("*.jsonl")), 0))
    store = store_of(root)
    assert (store.messages, store.coverage.rows, store.coverage.unreadable_files) == ([], 0, 0)


def void(_: object) -> None:
    """For a lambda whose value nobody wants."""
