"""From bytes to rows: what a line is, and what bad lines cost (T10, T11)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.json import Decoder

from tests.ingest import FIRST, by_id, only, store_of, totals
from tests.transcripts import ABSENT, History, Row, text
from tokenscope.ingest.rows import read as read_module
from tokenscope.ingest.rows.mend import line_end
from tokenscope.ingest.rows.read import CHUNK, RowReader

BOM = b"\xef\xbb\xbf"


def rows_of(
    content: bytes, folder: Path, *, buffer: int = 1 << 20, size: int | None = None
) -> tuple[list[Row], RowReader]:
    """The rows of a file with this content, and their reader with its counts."""
    path = folder / "a.jsonl"
    path.write_bytes(content)
    reader = RowReader(str(path), len(content) if size is None else size, chunk=buffer)
    return list(reader.rows(Decoder(Row))), reader


def response_row(message_id: str = "msg_1", **more: object) -> Row:
    usage = {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 4}
    message = {"id": message_id, "model": "claude-opus-4-8", "usage": usage, "stop_reason": "end_turn"}
    stamps = {"timestamp": "2026-06-01T10:00:00.000Z", "sessionId": FIRST, "cwd": "/home/ada"}
    return {"type": "assistant", "message": message, "uuid": f"uuid-{message_id}", **stamps, **more}


def line(row: Row) -> bytes:
    return json.dumps(row).encode() + b"\n"


# --- T10: one object a line ---


def test_t10_only_a_line_feed_ends_a_line(history: History) -> None:
    session = history.session(FIRST)
    for character in "\u2028\u2029\x85\x0b\x0c\x1c\x1e":
        session.response(blocks=[text(f"one{character}two")])
    session.prompt("\u2028")
    assert any("\u2028".encode() in history.encode(row) for row in session.rows)
    store = store_of(history)
    assert (len(store.messages), store.coverage.rows, store.coverage.malformed_rows) == (7, 8, 0)


def test_t10_empty_files_and_lines_are_nothing(history: History) -> None:
    session = history.session(FIRST)
    session.raw(b"\n\n  \n\r\n\t\n")
    session.response("msg_1")
    session.raw(b"\n" * 5)
    history.file("projects/-x/empty.jsonl", b"")
    store = store_of(history)
    assert (store.coverage.files, store.coverage.rows, store.coverage.malformed_rows) == (2, 1, 0)
    assert set(store.sessions) == {FIRST, "empty"}


@pytest.mark.parametrize("among", [b"", b'{"n":0}\n{"n":0}\n'])
def test_t10_a_row_is_a_line(tmp_path: Path, among: bytes) -> None:
    """Two objects on a line are none, nor is one on two lines: also where there are as many lines as objects."""
    found, reader = rows_of(among + b'{"n":1}{"n":2}\n{"n":\n3}\n{"n":4}\n', tmp_path)
    assert found[-1:] == [{"n": 4}]
    assert (len(found), reader.counts.malformed) == (1 + among.count(b"\n"), 3)


def test_t10_what_stands_in_the_file_for_a_row(tmp_path: Path) -> None:
    lines = [b'{"n":1}', b"", b"torn", b'{"n": 2}', b'{"n":3}']
    for end in (b"\n", b""):
        _, reader = rows_of(b"\n".join(lines) + end, tmp_path)
        for chunk in (9, 1 << 20):
            again = RowReader(str(tmp_path / "a.jsonl"), 1 << 20, chunk=chunk)
            told = [
                (row["n"], again.line(place)) for rows in again.batches(Decoder(Row)) for place, row in enumerate(rows)
            ]
            assert told == [(1, lines[0]), (2, lines[3]), (3, lines[4])]
        assert reader.counts.rows == 4


@pytest.mark.parametrize("buffer", [1, 2, 7, 64, 333, 334, 1000])
def test_t10_rows_may_be_larger_than_the_readers_buffer(tmp_path: Path, buffer: int) -> None:
    rows: list[Row] = [{"n": number, "text": "x" * (number % 7) ** 4} for number in range(50)]
    content = b"".join(line(row) for row in rows)
    found, reader = rows_of(content, tmp_path, buffer=buffer)
    assert found == rows
    assert (reader.counts.rows, reader.counts.malformed, reader.counts.oversized) == (50, 0, 0)
    assert rows_of(content[:-1], tmp_path, buffer=buffer)[0] == rows  # without the last line feed


@pytest.mark.parametrize(("place", "last"), [(0, b"\n"), (0, b""), (2, b"\n"), (2, b""), (4, b"\n")])
def test_t10_a_row_too_large_to_hold_is_passed_over_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, last: bytes
) -> None:
    monkeypatch.setattr(read_module, "LARGEST_ROW", 512)
    rows: list[Row] = [{"n": number} for number in range(4)]
    lines = [line(row) for row in rows]
    lines.insert(place, line({"text": "x" * 5000}))
    content = b"".join(lines)[:-1] + last
    for buffer in (64, 128, 256, 512):
        found, reader = rows_of(content, tmp_path, buffer=buffer)
        assert found == rows
        assert (reader.counts.rows, reader.counts.oversized, reader.counts.malformed) == (5, 1, 0)


def test_t10_every_row_behind_a_row_too_large_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where they all come with the read that ends the large one."""
    monkeypatch.setattr(read_module, "LARGEST_ROW", 512)
    for length in range(500, 1600, 37):
        rows: list[Row] = [{"n": number} for number in range(9)]
        content = line({"text": "x" * length}) + b"".join(map(line, rows))
        found, reader = rows_of(content, tmp_path, buffer=512)
        assert found == rows
        assert (reader.counts.rows, reader.counts.oversized) == (10, 1)


def test_t10_a_large_row_costs_no_other_row_its_usage(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_module, "LARGEST_ROW", 4096)
    monkeypatch.setattr("tokenscope.ingest.files.workers.CHUNK", 1024)
    session = history.session(FIRST)
    session.prompt("Look at this")
    session.response("msg_1", output=1)
    session.tool_result("toolu_1", "iVBORw0KGgo" * 2000)  # an image
    session.response("msg_2", output=20, blocks=[text("y" * 2000)])
    session.response("msg_3", output=300, blocks=[text("z" * 9000)])  # too large as well
    session.response("msg_4", output=4000)
    store = store_of(history)
    assert totals(store.messages).output == 4021
    assert (store.coverage.rows, store.coverage.oversized_rows, store.coverage.malformed_rows) == (6, 2, 0)


# --- T11: bad lines ---


def test_t11_an_unfinished_last_line_is_ignored_silently(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    whole = line(response_row("msg_2"))
    for cut in (1, 10, 100, len(whole) - 2):
        session.lines[1:] = [whole[:cut]]
        store = store_of(history)
        assert set(by_id(store)) == {"msg_1"}
        assert (store.coverage.rows, store.coverage.malformed_rows) == (1, 0)


def test_t11_a_last_line_without_a_line_feed_counts_when_it_is_whole(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1")
    session.raw(line(response_row("msg_2"))[:-1])
    assert set(by_id(store_of(history))) == {"msg_1", "msg_2"}


@pytest.mark.parametrize(
    "bad",
    [
        b'{"type":"assistant","message":{"id":"msg_9","usage":{"output_tok',
        b'"output_tokens":5}},"uuid":"u"}',  # the tail of a record
        b"[1,2,3]",
        b'"text"',
        b"null",
        b"12",
        b"not json",
        b"{}{}",
        b"{'type': 'assistant'}",
        b"\xff\xfe\x00",
        b"{" * 10_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=lambda bad: bytes(bad[:24]).decode("ascii", "replace"),
)
def test_t11_a_bad_line_is_counted_and_costs_no_other_row(history: History, bad: bytes) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.raw(bad + b"\n")
    session.response("msg_2", output=20)
    store = store_of(history)
    assert totals(store.messages).output == 21
    assert store.coverage.malformed_rows == 1


def test_t11_depth_ten_thousand_costs_no_other_row(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    user = line({"type": "user", "message": {"role": "user", "content": "@"}}).replace(b'"@"', deep)
    session.raw(user + b'{"deep":' + deep + b"}\n")
    session.response("msg_2", output=20)
    store = store_of(history)
    assert totals(store.messages).output == 21
    assert store.coverage.malformed_rows in (1, 2)  # a prompt is not decoded at all


WRAPPINGS = {
    "bom": (BOM, b""),
    "crlf": (b"", b"\r"),
    "bom and crlf": (BOM, b"\r"),
    "nul before": (b"\x00" * 100, b""),
    "nul after": (b"", b"\x00" * 5000),
    "spaces": (b"  \t", b" \t "),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_t11_padding_never_costs_a_row_its_usage(history: History, name: str) -> None:
    before, after = WRAPPINGS[name]
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.prompt("Go")
    session.response("msg_2", output=20)
    session.lines[:] = [before + history.encode(row).rstrip(b"\n") + after + b"\n" for row in session.rows]
    store = store_of(history)
    assert totals(store.messages).output == 21
    assert (store.coverage.rows, store.coverage.malformed_rows) == (3, 0)


def test_t11_a_last_line_may_be_followed_by_padding(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.raw(b"\x00" * 4096)
    store = store_of(history)
    assert (store.coverage.rows, store.coverage.malformed_rows) == (1, 0)


@pytest.mark.parametrize(
    ("replaced", "by"),
    [
        (b"Done.", b"\xff\xfe\xc3\x28"),  # invalid UTF-8
        (b"Done.", b"\xed\xa0\x80"),  # a surrogate in UTF-8
        (b"Done.", rb"\ud83d"),  # half of a pair, as an escape
        (b"Done.", rb"\udc00\ud800"),
        (b'"end_turn"', b"NaN"),
        (b'"end_turn"', b"-Infinity"),
    ],
    ids=lambda part: bytes(part).decode("ascii", "replace"),
)
def test_t11_broken_characters_never_cost_a_row_its_usage(history: History, replaced: bytes, by: bytes) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=7, cache_read=50)
    session.lines[:] = [history.encode(row).replace(replaced, by) for row in session.rows]
    assert by in b"".join(line for line in session.lines if isinstance(line, bytes))
    message = only(store_of(history))
    assert (message.output_tokens, message.cache_read_input_tokens) == (7, 50)


def test_t11_broken_characters_in_names_do_not_get_out(history: History) -> None:
    """A lone surrogate can be neither printed nor written as JSON."""
    session = history.session(FIRST, model="claude-\ud800-x", cwd="/home/\udcff")
    session.response("msg_1", output=7)
    session.title("half a pair: \ud83d")
    store = store_of(history)
    found = store.sessions[FIRST]
    assert only(store).output_tokens == 7
    assert "claude-" in only(store).model
    for name in (only(store).model, found.project, found.title):
        assert name.encode("utf-8")


def test_t11_of_a_key_that_stands_twice_the_last_counts(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=7)
    session.lines[:] = [
        history.encode(row).replace(b'"output_tokens":7', b'"output_tokens":1,"output_tokens":7')
        for row in session.rows
    ]
    assert only(store_of(history)).output_tokens == 7


NO_TEXTS: tuple[object, ...] = (None, 5, [], {})
WEIRD: list[dict[str, Any]] = [
    {"message": None},
    {"message": "text"},
    {"message": [1]},
    {"message": {"0": "a", "1": "b"}},
    {"message": {"id": "msg_9"}},
    {"message": {"id": "msg_9", "usage": None}},
    {"message": {"id": "msg_9", "usage": [1]}},
    {"message": {"id": "msg_9", "usage": "text"}},
    {"type": ["assistant"]},
    {"type": {"a": 1}},
    {"type": None},
    {"type": ABSENT},
    {"type": 5},
    {"type": "assistant "},
    {"type": "hologram"},
]


@pytest.mark.parametrize("row", WEIRD, ids=str)
def test_t11_rows_of_another_shape_are_no_responses(history: History, row: dict[str, Any]) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=1)
    session.response("msg_9", output=20, row=row)
    store = store_of(history)
    assert totals(store.messages).output == 1
    assert (store.coverage.rows, store.coverage.malformed_rows) == (2, 0)


@pytest.mark.parametrize(
    "change",
    [
        *({name: value} for name in ("uuid", "timestamp", "sessionId", "cwd") for value in NO_TEXTS),
        {"isSidechain": "yes", "agentId": 5, "parentUuid": [], "requestId": {}, "gitBranch": 5, "version": []},
    ],
    ids=str,
)
def test_t11_facts_of_another_type_never_cost_a_row_its_usage(history: History, change: dict[str, Any]) -> None:
    session = history.session(FIRST)
    session.response("msg_1", output=7, row=change)
    session.response("msg_2", output=10, row={"isSidechain": True, **change})
    assert totals(store_of(history).messages).output == 17


def test_where_a_line_ends_beyond_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * (2 * CHUNK + 5) + b"\nnext\n")
    size = path.stat().st_size
    assert line_end(str(path), 3, size) == 2 * CHUNK + 6
    assert line_end(str(path), 2 * CHUNK + 6, size) == size
    path.write_bytes(b"x" * 50)
    assert line_end(str(path), 3, 50) == 50
    assert line_end(str(tmp_path / "gone"), 3, 50) == 50
