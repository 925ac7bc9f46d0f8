"""What the status line reads of a session, and that it is what reading a history finds there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest import FIRST
from tests.ingest.test_session import LAYOUTS, long_session
from tests.rewritten import WAYS, rewrite
from tests.test_properties import Files, histories, write
from tests.transcripts import ABSENT, History, Session, iteration
from tokenscope import process_pool
from tokenscope.cli.status_parts import _as_a_history
from tokenscope.ingest import status_figures
from tokenscope.ingest.extract.status_counts import count_rows
from tokenscope.ingest.rows import status_rows
from tokenscope.ingest.rows.status_rows import Unusual
from tokenscope.ingest.status_figures import SessionFigures, session_figures


def path_of(history: History, session_id: str = FIRST) -> str:
    return str(next(history.write().glob(f"projects/*/{session_id}.jsonl")))


@pytest.fixture
def _in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_figures, "WORTHWHILE", 0)
    monkeypatch.setattr(process_pool, "processors", lambda: 3)
    monkeypatch.setattr(status_rows, "BUFFER", 700)
    monkeypatch.setattr(status_rows, "LARGE", 0)


def a_session(session: Session) -> None:
    """Worked out below. The subagent's second prompt finds 300 of 450 tokens."""
    session.prompt("Mend the gate")
    session.response("msg_a", input=10, output=5, cache_write=990, partial_outputs=[1, 5])
    agent = session.subagent("a1")
    agent.response("msg_b", input=50, output=7, cache_write=400)
    agent.response("msg_c", output=8, cache_read=300, cache_write=200, input=0)
    session.response("msg_d", input=20, output=6, cache_read=1_000, cache_write=80)


def test_worked_out_by_hand(history: History) -> None:
    """Main: 10 + 990, then 20 + 1,000 + 80. Subagent: 50 + 400, then 300 + 200 of which 150 had been there."""
    a_session(history.session(FIRST))
    carried, output = 1_000 + 300, 5 + 7 + 8 + 6
    new = 10 + 990 + 20 + 80 + 50 + 400 + (200 - 150)
    assert session_figures(path_of(history)) == SessionFigures(
        1_100, carried + output + new + 150, carried, output, rebuilt=150
    )


@settings(max_examples=100)
@given(files=histories(is_plain=True), processes=st.integers(1, 3))
def test_it_is_what_reading_a_history_finds(
    tmp_path_factory: pytest.TempPathFactory, files: Files, processes: int
) -> None:
    """In transcripts with all that may be wrong with them. Those with responses without an id are not for this way."""
    root = write(files, tmp_path_factory.mktemp("config"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(status_figures, "WORTHWHILE", 0)
        patched.setattr(process_pool, "processors", lambda: processes)
        patched.setattr(status_rows, "LARGE", 0)
        for path in map(str, root.glob("projects/*/*.jsonl")):
            try:
                found = session_figures(path)
            except Unusual:
                continue
            assert found == _as_a_history(path)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.usefixtures("_in_pieces")
def test_every_place_of_a_subagent(history: History, layout: str) -> None:
    session = history.session(FIRST)
    for turn in range(12):
        session.prompt("On. " * 300)
        session.response(input=turn, cache_read=turn * 900, cache_write=1_000, partial_outputs=[1, 2, 9])
        agent = session.subagent(f"a{turn}", layout=layout)  # type: ignore[arg-type]
        agent.response(output=7, cache_write=500)
        agent.response(output=8, cache_read=40, cache_write=90, input=3)
    session.compaction()
    session.response(cache_write=700)
    path = path_of(history)
    found = session_figures(path)
    assert found == _as_a_history(path)
    assert found.rebuilt > 0


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.usefixtures("_in_pieces")
def test_in_other_words(history: History, tmp_path: Path, way: str) -> None:
    path = long_session(history)
    rewrite(way, history.root, tmp_path / "new")
    new = str(next((tmp_path / "new").glob(f"projects/*/{FIRST}.jsonl")))
    assert session_figures(new) == session_figures(path) == _as_a_history(path)


@pytest.mark.usefixtures("_in_pieces")
def test_a_process_that_dies_takes_nothing_with_it(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    path, parent = long_session(history), os.getpid()
    expected = session_figures(path)
    monkeypatch.setattr(
        status_figures, "count_rows", lambda *given: count_rows(*given) if os.getpid() == parent else os._exit(1)
    )
    assert session_figures(path) == expected
    monkeypatch.setattr(process_pool, "start", _no_process)
    assert session_figures(path) == expected


def _no_process(_: object) -> None:
    raise OSError


def test_requests_that_a_responses_counters_leave_out(history: History) -> None:
    """Two requests of 60 and 40 of the response's own 100, beside an advisor's of 30 and 5 out."""
    session = history.session(FIRST)
    iterations = [
        iteration("message", input=60, output=1),
        iteration("advisor_message", input=30, output=5),
        iteration("message", input=40, output=3),
    ]
    session.response("msg_a", input=100, output=4, usage={"iterations": iterations})
    assert session_figures(path_of(history)) == SessionFigures(60, 100 + 30 + 4 + 5, 0, 9, 0)


def test_attempts_before_another_model_served(history: History) -> None:
    """The counters are those of the 70 that served; 90 and 2 out went before."""
    session = history.session(FIRST)
    iterations = [iteration("message", input=90, output=2), iteration("fallback_message", input=70, output=4)]
    session.response("msg_a", input=70, output=4, usage={"iterations": iterations})
    assert session_figures(path_of(history)) == SessionFigures(70, 90 + 70 + 2 + 4, 0, 6, 0)


def test_a_split_without_its_sum(history: History) -> None:
    split = {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 40}
    usage = {"cache_creation_input_tokens": ABSENT, "cache_creation": split}
    history.session(FIRST).response("msg_a", input=1, output=2, usage=usage)
    assert session_figures(path_of(history)) == SessionFigures(341, 343, 0, 2, 0)


def test_only_the_end_is_read_for_the_newest_context(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    path = long_session(history)
    monkeypatch.setattr(status_figures, "TAIL", 3_000)
    found = session_figures(path, newest_alone=True)
    assert (found.context, found.is_whole) == (session_figures(path).context, False)
    monkeypatch.setattr(status_figures, "TAIL", 10)
    assert session_figures(path, newest_alone=True) == session_figures(path)  # no response stands there
    monkeypatch.setattr(status_figures, "LARGEST_SESSION", 1_000)
    assert session_figures(path) == SessionFigures(is_whole=False)


def without_id(session: Session) -> None:
    session.response("msg_a", message={"id": ABSENT})


def a_moment(session: Session) -> None:
    session.response("msg_1780308000123")


def odd_counter(session: Session) -> None:
    session.response("msg_a", usage={"output_tokens": "12"})


def odd_split(session: Session) -> None:
    split = {"ephemeral_5m_input_tokens": 7.5, "ephemeral_1h_input_tokens": 40}
    session.response("msg_a", usage={"cache_creation_input_tokens": 0, "cache_creation": split})


def two_owners(session: Session) -> None:
    for name in ("a1", "a2"):
        session.subagent(name).response("msg_a")


@pytest.mark.parametrize("make", [without_id, a_moment, odd_counter, odd_split, two_owners])
def test_what_is_unusual_is_left_to_who_reads_all(history: History, make: Callable[[Session], None]) -> None:
    make(history.session(FIRST))
    with pytest.raises(Unusual):
        session_figures(path_of(history))


def test_a_line_without_an_end(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.session(FIRST).response("msg_a")
    path = path_of(history)
    monkeypatch.setattr(status_rows, "LONGEST_LINE", 100)
    monkeypatch.setattr(status_rows, "BUFFER", 50)
    with pytest.raises(Unusual):
        session_figures(path)


def test_a_row_that_is_still_being_written_does_not_count(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_a", input=3, output=4)
    path = Path(path_of(history))
    whole = session_figures(str(path))
    session.response("msg_b", input=3, output=4)
    rows = Path(path_of(history)).read_bytes()
    path.write_bytes(rows[:-30])
    assert session_figures(str(path)) == whole
    path.write_bytes(rows.rstrip(b"\n"))
    assert session_figures(str(path)).total == 2 * whole.total
