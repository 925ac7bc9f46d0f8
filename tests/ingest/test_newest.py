"""Reading only the newest sessions: chosen by their newest rows, each with all its subagents (T61)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, THIRD, by_id
from tests.transcripts import History, Session
from tokenscope.ingest import load as load_module
from tokenscope.ingest.files import newest as newest_module
from tokenscope.ingest.files.discover import Discovery, Transcript, discover
from tokenscope.ingest.files.newest import Cap, newest_megabytes, newest_sessions
from tokenscope.ingest.files.workers import read_all
from tokenscope.ingest.load import load
from tokenscope.ingest.rows.read import last_time
from tokenscope.model import Facet
from tokenscope.store import Store


def newest(root: Path, most: int) -> Store:
    return load([root], Facet.USAGE, cap=Cap(most), processes=1)


def write(history: History, *oldest_first: str) -> Path:
    """Writes the history; files whose names hold these words end a minute later from word to word. All are copies."""
    root = history.write()
    for path in root.rglob("*.jsonl"):
        (age,) = [place for place, word in enumerate(oldest_first) if word in path.name] or [0]
        with path.open("a") as file:  # after the last row of all
            file.write(f'{{"type":"mode","timestamp":"2026-06-09T10:{age:02}:00Z"}}\n')
        os.utime(path, (1_790_000_000,) * 2)
    return root


def sessions(history: History, *names: str) -> list[Session]:
    found = []
    for name in names:
        session = history.session(name)
        session.response(f"msg_{name}")
        found.append(session)
    return found


def test_the_newest_sessions_are_read_and_all_are_counted(history: History) -> None:
    sessions(history, "one", "two", "six")
    root = write(history, "two", "six", "one")
    for most, expected in ((1, {"one"}), (2, {"one", "six"}), (3, {"one", "six", "two"}), (300, {"one", "six", "two"})):
        store = newest(root, most)
        assert set(store.sessions) == expected
        assert set(by_id(store)) == {f"msg_{name}" for name in expected}
        assert (store.coverage.sessions_found, store.coverage.sessions_read) == (3, min(most, 3))
        assert store.coverage.files == min(most, 3)


def test_of_equally_old_sessions_the_choice_is_always_the_same(history: History) -> None:
    sessions(history, "one", "two", "six")
    root = write(history)
    assert set(newest(root, 2).sessions) == {"one", "six"}


def test_a_session_is_as_new_as_its_newest_file(history: History) -> None:
    one, _ = sessions(history, "one", "two")
    one.subagent("a9").response("msg_a9")
    root = write(history, "one", "two", "a9")
    store = newest(root, 1)
    assert set(by_id(store)) == {"msg_one", "msg_a9"}
    assert store.coverage.sessions_found == 2


def test_a_chosen_session_has_all_its_old_subagents(history: History) -> None:
    one, two = sessions(history, "one", "two")
    one.subagent("a1").response("msg_a1")
    one.subagent("a2", layout="workflow").response("msg_a2")
    one.subagent("a3", layout="sibling").response("msg_a3")
    two.subagent("b3", layout="sibling").response("msg_b3")
    root = write(history, "a1", "a2", "a3", "b3", "two", "one")
    store = newest(root, 1)
    assert set(by_id(store)) == {"msg_one", "msg_a1", "msg_a2", "msg_a3"}
    assert (store.coverage.sessions_found, store.coverage.sessions_read) == (2, 1)


def test_a_sibling_makes_its_session_new(history: History) -> None:
    one, two = sessions(history, "one", "two")
    one.subagent("a3", layout="sibling").response("msg_a3")
    two.subagent("b3", layout="sibling").response("msg_b3")
    root = write(history, "one", "b3", "two", "a3")
    assert set(by_id(newest(root, 1))) == {"msg_one", "msg_a3"}


def test_a_sibling_without_a_main_file_is_a_session(history: History) -> None:
    sessions(history, "one")
    lost = history.session("lost")
    lost.subagent("a3", layout="sibling").response("msg_a3")
    history.files = {path: lines for path, lines in history.files.items() if lines}
    root = write(history, "one", "a3")
    store = newest(root, 1)
    assert (set(store.sessions), set(by_id(store))) == ({"lost"}, {"msg_a3"})


def test_a_sibling_in_another_folder_belongs_to_its_session(history: History) -> None:
    """The subagent worked in another directory; it is newer than the oldest session chosen."""
    one, _, _ = sessions(history, "one", "two", "six")
    agent = one.subagent("a3", layout="sibling")
    agent.response("msg_a3")
    path = one.subagent_path("a3", "sibling")
    history.files[history.root / "projects" / "-elsewhere" / path.name] = history.files.pop(path)
    root = write(history, "one", "two", "six", "a3")
    assert set(by_id(newest(root, 2))) == {"msg_one", "msg_a3", "msg_six"}


def test_a_sibling_that_begins_with_a_large_prompt_belongs_to_its_session(history: History) -> None:
    (one,) = sessions(history, "one")
    agent = one.subagent("a3", layout="sibling")
    agent.prompt("x" * 100_000)
    agent.response("msg_a3")
    root = write(history, "a3", "one")
    store = newest(root, 1)
    assert set(by_id(store)) == {"msg_one", "msg_a3"}
    assert store.coverage.sessions_found == 1


def test_a_sibling_that_cannot_be_read_costs_nothing_else(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = sessions(history, "one")
    one.subagent("a3", layout="sibling").response("msg_a3")
    root = write(history, "a3", "one")
    real = discover

    def discover_and_remove(roots: list[Path]) -> Discovery:
        found = real(roots)
        next(root.rglob("agent-a3.jsonl")).unlink()
        return found

    monkeypatch.setattr(load_module, "discover", discover_and_remove)
    store = newest(root, 5)
    assert set(by_id(store)) == {"msg_one"}
    assert store.coverage.unreadable_files == 1


def test_without_a_limit_every_session_is_read(history: History) -> None:
    sessions(history, "one", "two", "six")
    root = write(history, "two", "six", "one")
    store = load([root], Facet.USAGE, processes=1)
    assert (store.coverage.sessions_found, store.coverage.sessions_read, len(store.messages)) == (3, 3, 3)


def test_a_sibling_belongs_to_its_session_where_bytes_are_counted(tmp_path: Path) -> None:
    """Not to a session of their own that all siblings would share."""
    history = History(tmp_path)
    for number, name in enumerate((FIRST, SECOND)):
        session = history.session(name)
        session.response(f"msg_{number}")
        session.subagent(f"a{number}", layout="sibling").response(f"msg_agent_{number}")
    root = history.write()
    transcripts, _, _ = newest_sessions(discover([root]).transcripts, Cap(2))
    assert {file.session_id for file in transcripts} == {FIRST, SECOND}
    assert newest_megabytes(transcripts, 1) <= {FIRST, SECOND}
    assert len(newest_megabytes(transcripts, 1)) == 1  # at least one, however large
    assert newest_megabytes(transcripts, 1 << 20) == {FIRST, SECOND}


def test_files_from_before_the_window_are_not_opened(tmp_path: Path) -> None:
    """A file is as new as its last row; a session's files stay together."""
    history = History(tmp_path)
    for name in (FIRST, SECOND):
        session = history.session(name)
        session.response(f"msg_{name[:1]}", at="2026-06-01T10:00:00Z")
        session.subagent("a1").response(f"msg_agent_{name[:1]}")
    root = history.write()
    since = 1_780_308_000_000  # 2026-06-01T10:00:00Z
    for path in root.rglob("*.jsonl"):
        is_old = FIRST in str(path) or path.name == f"{SECOND}.jsonl"
        seconds = since / 1000 - (3 * 86_400 if is_old else 0)
        os.utime(path, (seconds, seconds))
    store = load([root], Facet.USAGE, since=since)
    assert set(store.sessions) == {SECOND}
    assert (store.coverage.files, store.coverage.files_found) == (2, 4)
    assert len(load([root], Facet.USAGE, since=since - 3 * 86_400_000).messages) == 4


def test_a_window_opens_the_main_file_of_a_fresh_sibling(history: History) -> None:
    """Else the session loses its title, and its project becomes the subagent's directory."""
    session = history.session("one", cwd="/home/ada/shop")
    session.title("Basket")
    session.response("msg_one", at="2026-05-20T10:00:00Z")
    agent = session.subagent("a3", layout="sibling")
    agent.cwd = "/home/ada/shop/worktree"
    agent.response("msg_a3", at="2026-06-01T10:00:00Z")
    root = history.write()
    for path in root.rglob("*.jsonl"):
        os.utime(path, (1_780_308_010 if "a3" in path.name else 1_779_271_200,) * 2)
    whole = load([root], Facet.TITLES, processes=1).sessions["one"]
    found = load([root], Facet.TITLES, since=1_780_272_000_000, processes=1).sessions["one"]
    assert (whole.project, whole.title) == ("/home/ada/shop", "Basket")
    assert (found.project, found.title) == (whole.project, whole.title)


def test_a_sibling_from_before_a_session_began_is_not_opened(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be the session's own, so that a folder of many old siblings costs no time."""
    old, new = history.session("old"), history.session("new")
    for session, day in ((old, "2026-05-01"), (new, "2026-06-01")):
        session.response(f"msg_{session.session_id}", at=f"{day}T10:00:00Z")
        name = session.session_id
        session.subagent(f"a{name}", layout="sibling").response(f"msg_a{name}", at=f"{day}T10:01:00Z")
    root = history.write()
    for path in root.rglob("*.jsonl"):
        os.utime(path, (1_777_629_700 if "old" in path.name else 1_780_308_100,) * 2)  # a minute after its last row
    opened: list[str] = []
    real = newest_module.session_inside

    def remember(transcript: Transcript) -> str:
        opened.append(transcript.agent_id)
        return real(transcript)

    monkeypatch.setattr(newest_module, "session_inside", remember)
    assert set(by_id(newest(root, 1))) == {"msg_new", "msg_anew"}
    assert opened == ["anew"]


def test_large_sessions_are_fewer(history: History) -> None:
    """A cap of bytes is of whole sessions, the newest first, and never leaves none."""
    for day, (name, words) in enumerate(((FIRST, 10), (SECOND, 3_000), (THIRD, 10)), start=1):
        session = history.session(name)
        session.prompt("word " * words, at=f"2026-07-0{day}T08:00:00Z")
        session.response(f"msg_{day}", at=f"2026-07-0{day}T08:00:01Z")
    found = discover([history.write()]).transcripts
    sizes = {file.session_id: file.size for file in found}
    assert sizes[SECOND] > 10_000 > 2 * max(sizes[FIRST], sizes[THIRD])

    def chosen(cap: Cap) -> tuple[str, ...]:
        newest = newest_sessions(found, cap)
        assert {file.session_id for file in newest.files} == set(newest.order)
        assert newest.sessions == 3
        return newest.order

    assert chosen(Cap(3)) == (THIRD, SECOND, FIRST)
    assert chosen(Cap(3, bytes=sizes[THIRD] + sizes[SECOND])) == (THIRD, SECOND)
    assert chosen(Cap(3, bytes=sizes[THIRD] + sizes[SECOND] - 1)) == (THIRD,)
    assert chosen(Cap(1, bytes=1 << 30)) == (THIRD,)
    assert chosen(Cap(9, bytes=1)) == (THIRD,)
    assert newest_sessions(found, Cap(4, bytes=sum(sizes.values()))).order == ()  # all: nobody looked


DATED, LATER = b'{"timestamp":"2026-06-01T10:00:00Z"}\n', b'{"type":"user","timestamp":"2026-06-01T10:00:09.5Z"}\n'
TEN = 1_780_308_000_000  # ms: 2026-06-01T10:00:00Z


@pytest.mark.parametrize(
    ("content", "last"),
    [
        (DATED + LATER, TEN + 9_500),
        (LATER + DATED, TEN),
        (DATED + LATER.strip(), TEN + 9_500),  # whole, without its line feed
        (DATED + LATER[:-2], TEN),  # still being written
        (DATED + b'{"type":"summary"}\n{"timestamp":"soon"}\n\n', TEN),
        (DATED * 20_000 + b'{"type":"mode"}\n', TEN),
        (DATED + b'{"type":"mode"}\n' * 60_000, TEN),
        (DATED + b"{broken\n", None),
        (b'{"type":"mode"}\n', None),
        (b"", None),
    ],
)
def test_t61_whoever_reads_a_file_tells_when_its_last_row_was_written(
    tmp_path: Path, content: bytes, last: int | None
) -> None:
    """None: it does not know; then the end of the file is looked at."""
    path = tmp_path / "projects" / "-shop" / "one.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    transcripts = discover([tmp_path]).transcripts
    (found,) = read_all(transcripts, [Facet.TOOLS], processes=1)
    assert found is not None
    assert found.last_time == last
    assert last is None or last_time(str(path), len(content)) == last
