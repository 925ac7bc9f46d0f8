"""Files that vanish or shrink while they are read, and values nested deeper than can be written again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.history import NOW, pricer
from tests.ingest import FIRST, store_of
from tests.transcripts import History, tool_use
from tokenscope.history import history as accounting
from tokenscope.ingest import status_session
from tokenscope.ingest.files.discover import Transcript, candidate_roots, discover_session
from tokenscope.ingest.files.related_files import Head, head_of, kin_of
from tokenscope.ingest.files.select_session import LAST, Candidate, pick
from tokenscope.ingest.hide_texts import hide_texts
from tokenscope.ingest.rows import read
from tokenscope.ingest.rows.read import RowReader
from tokenscope.ingest.rows.schema import decoder_of
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.store import ResponseWork


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.fixture
def gone(history: History) -> list[Transcript]:
    """A session's transcripts, deleted after they were found."""
    history.session(FIRST).response()
    path = next(history.write().glob("projects/*/*.jsonl"))
    transcripts = discover_session(str(path))
    path.unlink()
    return transcripts


def test_a_file_that_is_gone_says_nothing_of_its_beginning(gone: list[Transcript]) -> None:
    assert head_of(gone[0]) == Head("", (), frozenset())
    assert kin_of(gone, [gone[0]._replace(path="/gone/too.jsonl", session_id="another")]) == []


def test_a_file_that_is_gone_is_told_as_unread(gone: list[Transcript]) -> None:
    assert status_session._read([(7, gone[0])]) == {7: None}


def test_what_another_process_reads_arrives_as_if_it_had_been_read_here(
    history: History, gone: list[Transcript]
) -> None:
    history.session(FIRST).response(output=7)
    path = history.write() / "projects" / gone[0].folder / f"{FIRST}.jsonl"
    pieces = [(7, discover_session(str(path))[0]), (8, gone[0]._replace(path=gone[0].path + "x"))]
    arrived = {number: status_session._taken(fields) for number, fields in status_session._handed(pieces).items()}
    assert arrived == status_session._read(pieces)
    assert arrived[7] is not None
    assert arrived[8] is None


def test_a_large_row_whose_end_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is shorter than it was when it was found."""
    monkeypatch.setattr(read, "LARGEST_ROW", 512)
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": "' + b"x" * 2_000)
    reader = RowReader(str(path), 4_000, chunk=256)
    assert list(reader.rows(decoder_of(Facet.USAGE))) == []
    assert (reader.counts.rows, reader.counts.oversized) == (1, 1)


def test_a_home_that_nobody_has() -> None:
    """A tilde stays one where nobody of that name is known."""
    wanted = "~nobody-has-this-name/x"
    assert candidate_roots((), {"CLAUDE_CONFIG_DIR": wanted}, Path("/home/ada")) == [Path(wanted)]


def test_the_last_of_no_sessions_is_none() -> None:
    assert pick([], LAST) == ""
    assert pick([Candidate("a", 1, "", ""), Candidate("b", 2, "", ""), Candidate("c", 1, "", "")], LAST) == "b"


def test_a_subagent_that_was_told_nothing_has_nothing_to_hide(history: History) -> None:
    history.session(FIRST).subagent("a1").response()
    store = store_of(history, facets=Facet.TITLES | Facet.TOOLS)
    assert [one.prompt for one in store.subagents] == [""]
    hide_texts(store)
    assert [one.prompt for one in store.subagents] == [""]


def test_inputs_nested_too_deep_to_be_written_are_compared_all_the_same(history: History) -> None:
    """300 levels are read, and more than can be written. What failed is tried again with the same, not with another."""
    main = history.session(FIRST)
    for number, depth in enumerate((300, 300, 301)):
        main.response(blocks=[tool_use(f"toolu_{number}", "Odd", nested(depth))], output=1)
        main.tool_result(f"toolu_{number}", "no", is_error=True)
    store = store_of(history, facets=Facet.CONTENT | Facet.TOOLS | Facet.TEXT)
    work = accounting.History(store, Scope(NOW), pricer(history.root)).response_work
    assert [ResponseWork._make(work[index]).retries for index in sorted(work)] == [0, 1, 0]
    assert [len(use.id) for use in store.tool_uses] == [7, 7, 7]
    assert set(store.texts.given.values()) <= {""}
