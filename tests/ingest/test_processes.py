"""However a history is read (in one process or several, in whole files or in pieces), it is the same store."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.process
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.asking import PATIENCE, REPOSITORY
from tests.ingest import FIRST, SECOND, store_of, totals
from tests.transcripts import ABSENT, History, Layout, iteration, tool_use
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files import pieces, workers
from tokenscope.ingest.files.discover import Transcript, discover
from tokenscope.ingest.load import load
from tokenscope.ingest.rows.read import RowReader
from tokenscope.model import Facet
from tokenscope.store import Store

LAYOUTS: Sequence[Layout] = ("nested", "sibling", "workflow", "inline", "progress")
VERSIONS = ("1.0.60", "2.0.10", "2.1.30", "2.1.177")


def build(root: Path) -> History:
    """Eight sessions of every kind: layouts, versions, forks, relays, odd figures, torn rows."""
    history = History(root)
    for number in range(8):
        session = history.session(f"{number:08x}", cwd=f"/home/ada/p{number % 3}", version=VERSIONS[number % 4])
        session.prompt("Go on. " * (1 + number * 40))
        session.title(f"Session {number}")
        for turn in range(6):
            output = 100 * number + turn
            session.response(cache_read=turn * 1000, partial_outputs=[1, 2, output + 3])
            session.tool_result("toolu_1", "x" * (turn * 300))
            agent = session.subagent(f"a{number}{turn}", layout=LAYOUTS[(number + turn) % 5])
            agent.prompt("Look around")
            agent.response(output=7, blocks=[tool_use("toolu_2", "Read")])
            agent.response(f"relay_{turn}", request_id=None, input=turn, iterations=[iteration("compaction", input=3)])
        session.compaction()
        session.raw(b'torn"}\n')
        session.response(usage={"input_tokens": "5", "output_tokens": 40}, row={"timestamp": "soon"})
        if number % 2:
            session.fork(f"{number + 100:08x}", upto=9, rewrite_session_id=number % 4 == 1).response(output=50_000)
    return history


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("history")).write()


@pytest.fixture(scope="module")
def expected(root: Path) -> Store:
    store = store_of(root)
    assert (len(store.sessions), store.coverage.malformed_rows) == (12, 8)
    assert totals(store.messages).responses > 100
    return ordered(store)


def ordered(store: Store) -> Store:
    """The store with each thread's responses as they are asked for."""
    for thread in store.threads:
        thread.messages = store.in_order(thread)
    return store


def cut_at(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """Files of more than twice as many bytes are cut."""
    monkeypatch.setattr(pieces, "PIECE", piece)


def read(root: Path, processes: int) -> Store:
    return ordered(load([root], Facet.TITLES, processes=processes))


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
def test_the_number_of_processes_changes_nothing(
    root: Path, expected: Store, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(workers, "BATCH", 3000)  # or one process would take it all
    assert read(root, processes) == expected


def test_more_processes_than_files_change_nothing(history: History) -> None:
    history.session(FIRST).response(output=7)
    root = history.write()
    assert read(root, 5) == ordered(store_of(root))


@pytest.mark.parametrize("batch", [1, 3000])
def test_the_size_of_a_batch_changes_nothing(
    root: Path, expected: Store, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(workers, "BATCH", batch)
    assert read(root, 2) == expected


@pytest.mark.parametrize("piece", [1, 300, 1000, 5000])
def test_files_cut_in_pieces_are_the_same_as_whole_ones(
    root: Path, expected: Store, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    cut_at(monkeypatch, piece)
    monkeypatch.setattr(workers, "BATCH", 1)
    assert read(root, 2) == expected


def test_a_piece_ends_where_a_line_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte of a file is in one piece, and each piece ends in a line feed or with the file."""
    cut_at(monkeypatch, 500)
    found = [Transcript(str(path), path.stat().st_size, 0, "", "", "") for path in root.rglob("*.jsonl")]
    owners, cut = pieces.cut_in_pieces(found)
    assert len(cut) > 2 * len(found)
    assert len(owners) == len(cut)
    for number, transcript in enumerate(found):
        content, position = Path(transcript.path).read_bytes(), 0
        for piece in (piece for owner, piece in zip(owners, cut, strict=True) if owner == number):
            assert piece.start == position
            position += piece.size
            assert position == len(content) or content[position - 1 : position] == b"\n"
        assert position == len(content)


def test_rows_without_id_and_uuid_are_told_apart_in_pieces(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    session = history.session(FIRST)
    for _ in range(10):
        session.response(output=7, message={"id": ABSENT}, row={"uuid": ABSENT})
    root = history.write()
    whole = ordered(store_of(root))
    assert totals(whole.messages).output == 70
    cut_at(monkeypatch, 1000)
    assert totals(read(root, 2).messages) == totals(whole.messages)


@pytest.mark.parametrize("is_sibling", [False, True])
def test_what_only_a_later_piece_tells_is_known(
    history: History, monkeypatch: pytest.MonkeyPatch, *, is_sibling: bool
) -> None:
    session = history.session(FIRST)
    session.prompt("Fix the basket" if is_sibling else "<system-reminder>Hello</system-reminder>")
    thread = session.subagent("a1", layout="sibling") if is_sibling else session
    for _ in range(5):
        thread.append({"type": "mode", "mode": "x" * 1000})
    thread.prompt("Fix the till")
    thread.response("msg_1")
    if not is_sibling:
        del session.rows[0]["cwd"]
    root = history.write()
    whole = ordered(store_of(root))
    found = whole.sessions[FIRST]
    assert (found.project, found.title) == (session.cwd, "Fix the basket" if is_sibling else "Fix the till")
    cut_at(monkeypatch, 1000)
    assert read(root, 2) == whole


def test_odd_counters_on_both_sides_of_a_cut_are_counted_alike(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = history.session(FIRST)
    for _ in range(6):
        session.response("msg_1", output=7, usage={"input_tokens": "5"})
    root = history.write()
    whole = ordered(store_of(root))
    cut_at(monkeypatch, 1000)
    assert read(root, 2).coverage.anomalous_counters == whole.coverage.anomalous_counters


def test_a_file_that_vanishes_in_pieces_is_one_unreadable_file(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    for session_id in (FIRST, SECOND):
        for _ in range(5):
            history.session(session_id).response(output=7)
    root = history.write()
    cut_at(monkeypatch, 500)
    real = decode

    def vanish(transcript: Transcript, facets: Facet, rows: RowReader) -> Extract:
        if SECOND in transcript.path and transcript.start:
            raise FileNotFoundError(transcript.path)
        return real(transcript, facets, rows)

    monkeypatch.setattr(workers, "decode", vanish)
    store = read(root, 2)
    assert (store.coverage.files, store.coverage.unreadable_files, totals(store.messages).output) == (1, 1, 35)


def test_another_way_of_starting_processes_changes_nothing(
    root: Path, expected: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where processes cannot be forked they start anew, share nothing, and are dealt their files."""
    monkeypatch.setattr(workers, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setattr(workers, "BATCH", 3000)
    read_here: list[str] = []
    real = decode

    def watched(transcript: Transcript, facets: Facet, rows: RowReader) -> Extract:
        read_here.append(transcript.path)
        return real(transcript, facets, rows)

    monkeypatch.setattr(workers, "decode", watched)
    assert read(root, 2) == expected
    assert 0 < len(read_here) < expected.coverage.files


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no other process here is a copy of this one")
@pytest.mark.parametrize("after", [0, 3])
def test_a_killed_process_takes_no_row_with_it(
    root: Path, expected: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: int
) -> None:
    """Each child dies at its first file, or after some that it had already read."""
    parent, real, died = os.getpid(), decode, tmp_path / "died"
    read_here: list[str] = []

    def die_in_a_child(transcript: Transcript, facets: Facet, rows: RowReader) -> Extract:
        if os.getpid() == parent:
            deadline = time.monotonic() + PATIENCE
            while not died.exists() and time.monotonic() < deadline:
                time.sleep(0.001)  # the child gets its share first
        elif len(read_here) == after:
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        read_here.append(transcript.path)
        return real(transcript, facets, rows)

    monkeypatch.setattr(workers, "decode", die_in_a_child)
    monkeypatch.setattr(workers, "BATCH", 1)
    assert read(root, 2) == expected
    assert died.exists()


def test_no_process_outlives_an_interruption(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, real = os.getpid(), decode
    alive: list[multiprocessing.process.BaseProcess] = []

    def wait_in_a_child(transcript: Transcript, facets: Facet, rows: RowReader) -> Extract:
        if os.getpid() != parent:
            time.sleep(PATIENCE)  # it is there until it is killed
        return real(transcript, facets, rows)

    monkeypatch.setattr(workers, "BATCH", 1)
    monkeypatch.setattr(workers, "decode", wait_in_a_child)

    def interrupt(done: int, total: int) -> None:
        alive.extend(multiprocessing.active_children())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load([root], Facet.USAGE, processes=3, progress=interrupt)
    for child in alive:
        child.join(timeout=PATIENCE)
    assert multiprocessing.active_children() == []


def test_processes_are_left_where_there_is_little_to_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting processes for a small history would take longer than reading it; for a large one it would not."""
    started: list[object] = []
    monkeypatch.setattr(workers, "available_processors", lambda: 2)
    real = workers._read_together

    def watched(context: Any, *rest: Any) -> Any:
        started.append(context)
        return real(context, *rest)

    monkeypatch.setattr(workers, "_read_together", watched)
    load([root], Facet.USAGE)
    assert started == []
    monkeypatch.setattr(workers, "WORTHWHILE", {"fork": 1, "spawn": 1 << 40})
    load([root], Facet.USAGE)
    assert len(started) == 1


@pytest.mark.parametrize("processes", [1, 2])
def test_progress_is_told_in_bytes_and_never_goes_back(root: Path, processes: int) -> None:
    told: list[tuple[int, int]] = []
    store = load([root], Facet.USAGE, processes=processes, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert {total for _, total in told} <= {store.coverage.bytes}
    assert all(0 < done <= total for done, total in told)
    if processes == 1:
        assert told[-1] == (store.coverage.bytes, store.coverage.bytes)


def test_what_another_process_does_done_here(root: Path, expected: Store) -> None:
    """The children's own code, where coverage and debuggers can see it."""
    transcripts = discover([root]).transcripts
    receiver, sender = multiprocessing.Pipe(duplex=False)
    childs_copy = Connection(os.dup(receiver.fileno()))
    everything = [list(range(len(transcripts)))]
    before = signal.getsignal(signal.SIGINT)
    receivers, found = [receiver], dict[int, Extract | None]()

    def receive() -> None:
        while receivers:
            found.update(workers._arrived(receivers, wait=True))

    thread = threading.Thread(target=receive)
    thread.start()
    try:
        workers._work(sender, childs_copy, transcripts, everything, [0], [Facet.TITLES] * len(transcripts))
    finally:
        gc.enable()
        signal.signal(signal.SIGINT, before)
    thread.join(10)
    here = dict(workers._read(transcripts, everything[0], [Facet.TITLES] * len(transcripts), None))
    assert found == here
    assert len(found) == expected.coverage.files


@pytest.mark.skipif(sys.platform == "win32", reason="only forked processes hold both ends of a pipe")
def test_a_process_whose_reader_has_gone_ends(history: History) -> None:
    """An interruption can come between the start of a process and the moment when anybody knows of it."""
    session = history.session(FIRST)
    for _ in range(2_000):  # more than a pipe holds
        session.response()
    transcripts = discover([history.write()]).transcripts
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=workers._work, args=(sender, receiver, transcripts, [[0]], [0], [Facet.USAGE]), daemon=True
    )
    process.start()
    sender.close()
    receiver.close()
    process.join(PATIENCE)
    assert process.exitcode == 0


def test_processors_where_nobody_tells_which_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert workers.available_processors() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert workers.available_processors() == 1


DIES = """
import os, sys
from tokenscope import process_pool
from tokenscope.ingest import status_session as session
from tokenscope.ingest.files import workers
workers.WORTHWHILE = {"fork": 0, "spawn": 0}
workers.available_processors = process_pool.processors = lambda: 3
session.WORTHWHILE = 0
parent = os.getpid()

def mortal(read):
    return lambda *given: os._exit(0) if os.getpid() == parent else read(*given)

workers._read, session._read = mortal(workers._read), mortal(session._read)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are not forked")
@pytest.mark.parametrize(
    "ask",
    [
        "from tokenscope.cli.command_line import run; run(['daily', '--root', sys.argv[1]])",
        "session.read_session(sys.argv[1] + '/projects/-home-ada-shop/s1.jsonl')",
    ],
)
def test_nobody_waits_for_a_process_that_is_gone(tmp_path: Path, ask: str) -> None:
    """What the others found is more than a pipe takes at once. They hold on to stdout: it ends when they do."""
    history = History(tmp_path)
    for name in ("s1", "s2", "s3"):
        session = history.session(name)
        for number in range(2_000):
            session.response(f"msg_{name}_{number:060}")
    command = [sys.executable, "-c", DIES + ask, str(history.write())]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=PATIENCE, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
