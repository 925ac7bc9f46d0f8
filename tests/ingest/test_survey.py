"""What the doctor is told of the files: malformed rows by line, versions by response, copies, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, store_of
from tests.transcripts import ABSENT, History
from tokenscope.ingest import survey
from tokenscope.ingest.files import pieces, workers
from tokenscope.ingest.load import load
from tokenscope.ingest.survey import malformed_lines
from tokenscope.model import Facet
from tokenscope.store import Store

WHOLE = Facet.USAGE | Facet.FILES


def versions(store: Store) -> dict[str, str]:
    """The version of Claude Code of each response, by its id."""
    return {store.messages[index].id: version for index, version in store.survey.versions.items()}


def lines(tmp_path: Path, content: bytes, size: int | None = None) -> list[int]:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    return list(malformed_lines(str(path), len(content) if size is None else size))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b'{"a":1}\n{"a":2}\n', []),
        (b'{"a":1}\ntorn"}\n{"a":2}\n[1]\nnull\n', [2, 4, 5]),
        (b"\n\n  \n\x00\x00\ntorn\n", [5]),  # blank lines count as lines, and are none that is wrong
        (b'\xef\xbb\xbf{"a":1}\r\n{"a":"\xff"}\r\n', []),  # what a second look can read
        ('{"a":"\u2028"}\n1\n'.encode(), [2]),  # a line ends at a line feed only
        (b'{"a":1}\n{"a":', []),  # still being written
    ],
)
def test_t11_malformed_rows_by_line(tmp_path: Path, content: bytes, expected: list[int]) -> None:
    assert lines(tmp_path, content) == expected


def test_t10_what_was_appended_later_is_not_read(tmp_path: Path) -> None:
    assert lines(tmp_path, b"{}\nx\ny\n", size=5) == [2]


def test_a_row_too_large_is_not_malformed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "LARGEST_ROW", 10)
    assert lines(tmp_path, b"x" * 35 + b"\n" + b"{}\n" + b"x\n") == [3]


def test_a_file_that_has_gone_has_no_lines(tmp_path: Path) -> None:
    assert list(malformed_lines(str(tmp_path / "gone.jsonl"), 100)) == []


def test_every_malformed_row_is_found_whatever_is_asked(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go on with it")
    session.response()
    session.raw(b'torn"}\n')
    session.response()
    prompt = history.encode({"parentUuid": None, "isSidechain": False, "type": "user", "message": {}})
    session.raw(prompt.replace(b":{}", b":{]"))
    store = store_of(history, facets=WHOLE)
    (path,) = history.root.rglob("*.jsonl")
    assert store.survey.malformed == [(str(path), 3), (str(path), 5)]
    assert store.coverage.malformed_rows == 2
    assert store_of(history).coverage.malformed_rows == 2


def test_each_response_has_the_version_that_wrote_it(history: History) -> None:
    session = history.session(FIRST, version="2.1.50")
    session.response("msg_old")
    session.response("msg_new", row={"version": "2.1.60"})
    session.response("msg_none", row={"version": ABSENT})  # then that of its file
    session.subagent("a1").response("msg_agent", row={"version": "2.1.61"})
    store = store_of(history, facets=WHOLE)
    expected = {"msg_old": "2.1.50", "msg_new": "2.1.60", "msg_none": "2.1.50", "msg_agent": "2.1.61"}
    assert versions(store) == expected
    assert store_of(history).survey.versions == {}


def test_versions_of_a_file_that_is_cut(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    session = history.session(FIRST, version="2.1.50")
    for number in range(40):
        session.response(f"msg_{number:02}", row={"version": f"2.1.{number}"})
    root = history.write()
    monkeypatch.setattr(pieces, "PIECE", 2_000)
    monkeypatch.setitem(workers.WORTHWHILE, "fork", 0)
    store = load([root], WHOLE, processes=2)
    assert versions(store) == {f"msg_{number:02}": f"2.1.{number}" for number in range(40)}


def test_rows_of_one_response_are_told_from_copies_in_another_file(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", partial_outputs=[1, 2, 3])  # three rows
    session.response("msg_2", partial_outputs=[1])
    fork = session.fork(SECOND)  # the same four rows
    fork.response("msg_3", partial_outputs=[1])
    store = store_of(history, facets=WHOLE)
    assert (store.survey.repeated_rows, store.survey.copied_responses) == (4, 2)
    assert store.coverage.duplicate_rows == 6


def test_t06_a_file_that_cannot_be_read_is_named(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    history.session(FIRST).response()
    history.session(SECOND).response()
    root = history.write()
    gone = next(root.rglob(f"{SECOND}.jsonl"))
    real = workers.decode  # type: ignore[attr-defined]

    def decode(transcript, *rest):  # type: ignore[no-untyped-def]
        if transcript.path == str(gone):
            raise PermissionError
        return real(transcript, *rest)

    monkeypatch.setattr(workers, "decode", decode)
    store = load([root], WHOLE, processes=1)
    assert store.survey.unreadable == [str(gone)]
    assert [file.session_id for file in store.survey.files] == [FIRST, SECOND]
    assert [file.bytes for file in store.survey.files] == [
        path.stat().st_size for path in sorted(root.rglob("*.jsonl"))
    ]


def test_requests_that_left_no_figures(tmp_path: Path) -> None:
    """Two recaps, a title that is written twice and another one, a compaction; a copy of the session has them again."""
    history = History(tmp_path)
    first = history.session(FIRST)
    first.response(cache_write=180_000)
    first.system("away_summary", content="You were away.")
    first.system("away_summary", content="You were away.")
    for title in ("The mill", "The mill", "The new mill"):
        first.title(title)
    first.title("Mine", "custom-title")
    first.compaction(pre_tokens=180_000)
    copy = history.session(SECOND)
    copy.lines.extend(line for line in first.rows if line["type"] == "system")
    found = store_of(history, facets=WHOLE).own_requests
    assert (found.recaps, found.titles, list(found.compactions)) == (2, 2, [180_000])
    assert store_of(history, facets=Facet.USAGE).own_requests.recaps == 0


def test_a_compaction_that_has_a_file_left_figures(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(cache_write=9_000)
    session.subagent("acompact-0123456789abcdef").response(output=700)
    session.compaction(pre_tokens=9_000)
    assert list(store_of(history, facets=WHOLE).own_requests.compactions) == []
