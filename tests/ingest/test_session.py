"""One session read alone, in pieces and by several processes: what the whole history says of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, store_of, totals
from tests.transcripts import History, Layout
from tokenscope import process_pool
from tokenscope.history.rebuilds import find_rebuilds
from tokenscope.ingest import status_session
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.files import pieces
from tokenscope.ingest.files.discover import discover_session
from tokenscope.ingest.status_session import read_session

LAYOUTS: tuple[Layout, ...] = ("nested", "workflow", "inline", "progress")


def long_session(history: History, session_id: str = FIRST) -> str:
    """A main thread of 60 responses with rebuilds and compactions, and subagents of every kind; its path."""
    main = history.session(session_id)
    for turn in range(60):
        main.prompt("Go on. " * (1 + turn % 7 * 60))
        main.response(
            cache_read=turn * 900, cache_write=1_000 + turn % 5 * 700, partial_outputs=[1, 2, 50 + turn], input=turn
        )
        if turn % 9 == 0:
            agent = main.subagent(f"a{turn:02}", layout=LAYOUTS[turn % 4])
            agent.response(output=7, cache_write=100)
            agent.response(output=8, cache_read=40, cache_write=90)
        if turn == 30:
            main.compaction()
    root = history.write()
    return str(next(root.glob(f"projects/*/{session_id}.jsonl")))


@pytest.fixture
def _cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORTHWHILE": 0, "HEAD_START": 0}.items():
        monkeypatch.setattr(status_session, name, value)
    monkeypatch.setattr(process_pool, "processors", lambda: 3)
    monkeypatch.setattr(pieces, "LEAST_PIECE", 2_000)


def same_as_in_the_history(root: Path, path: str) -> None:
    found, is_whole = read_session(path)
    expected = store_of(root)
    assert is_whole
    assert totals(found.messages) == totals(expected.messages)
    rebuilt = sum(one.tokens for one in find_rebuilds(expected).values())
    assert rebuilt > 0
    assert sum(one.tokens for one in find_rebuilds(found).values()) == rebuilt


def test_a_session_alone(history: History) -> None:
    path = long_session(history)
    same_as_in_the_history(history.root, path)


@pytest.mark.usefixtures("_cut_small")
def test_a_session_in_pieces(history: History) -> None:
    path = long_session(history)
    owners, cut = pieces.cut_in_pieces(discover_session(path), 4_000)
    assert len(cut) > 2 * len(set(owners))
    same_as_in_the_history(history.root, path)


@pytest.mark.usefixtures("_cut_small")
def test_a_process_that_dies_takes_nothing_with_it(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    path, parent = long_session(history), os.getpid()

    def dies(*given: object) -> object:
        if os.getpid() != parent:
            os._exit(1)
        return decode(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(status_session, "decode", dies)
    same_as_in_the_history(history.root, path)


@pytest.mark.usefixtures("_cut_small")
def test_a_process_that_fails_says_nothing(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    path = long_session(history)
    monkeypatch.setattr("marshal.dump", lambda found, stream: stream.write(b"half"))
    same_as_in_the_history(history.root, path)


def test_other_sessions_are_not_read(history: History) -> None:
    path = long_session(history)
    history.session(SECOND).response(output=1_000_000)
    history.write()
    found, _ = read_session(path)
    assert set(found.sessions) == {FIRST}
    assert max(message.output_tokens for message in found.messages) < 1_000


def test_of_a_very_large_session_only_its_end(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    path = long_session(history)
    whole, _ = read_session(path)
    monkeypatch.setattr(status_session, "LARGEST_SESSION", 10_000)
    monkeypatch.setattr(status_session, "TAIL", 10_000)
    found, is_whole = read_session(path)
    assert not is_whole
    assert 0 < len(found.messages) < len(whole.messages)
    newest, expected = (
        [one for one in store.messages if not store.threads[one.thread].agent_id] for store in (found, whole)
    )
    assert newest[-1] == expected[-1]
    assert newest[-1].input_tokens == 59


def test_nothing_there(tmp_path: Path) -> None:
    for path in ("", "nowhere.jsonl", str(tmp_path), str(tmp_path / "x.jsonl")):
        found, _ = read_session(path)
        assert found.messages == []
