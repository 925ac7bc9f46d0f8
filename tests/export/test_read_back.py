"""What an export wrote is read back: every response once, to the token, from whichever format and however often."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.asking import ask
from tokenscope.errors import UsageError
from tokenscope.history.counter_series import MESSAGES
from tokenscope.ingest.exported import load_exported
from tokenscope.ingest.exported_rows import COLUMNS, check_exported
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.store import Store

ENDINGS = ("ndjson", "csv", "sqlite", "parquet")


def exported(root: Path, folder: Path, ending: str, *options: str) -> Path:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    path = folder / f"x{len(options)}.{ending}"
    assert ask("export", path, *options, root=root).code == 0
    return path


def told(store: Store) -> Counter[tuple[object, ...]]:
    """Every response with its thread, but for the reason of a cache miss, which is not exported."""
    found = []
    for one in store.messages:
        thread = store.threads[one.thread]
        found.append((*one._replace(thread=0, miss_reason=""), thread.session_id, thread.agent_id))
    return Counter(found)


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_of_it_comes_back(root: Path, tmp_path: Path, ending: str) -> None:
    store = load_exported([exported(root, tmp_path, ending)])
    assert told(store) == told(load([root], Facet.USAGE))
    assert {one.project for one in store.sessions.values()} == {"/home/ada/shop", "/home/ada/blog"}
    assert (store.coverage.rows, store.coverage.malformed_rows, store.coverage.sessions_read) == (6, 0, 2)
    (file,) = store.exported
    assert sorted(file.rebuilt) == [0, 1, 2, 3, 4, 5]


def test_only_a_database_knows_asks_and_failures(root: Path, tmp_path: Path) -> None:
    """Two prompts; an edit and a commit failed, of the second response and of the fifth."""
    store = load_exported([exported(root, tmp_path, "sqlite")])
    ids = [one.id for one in store.messages]
    (file,) = store.exported
    assert file.asks is not None
    assert [ids[index] for index in file.asks] == ["msg_1", "msg_6"]
    ((indices, by_place),) = store.response_work
    failed = {ids[indices[place]]: work[2] for place, work in by_place.items() if work[2]}
    assert (file.has_failures, failed) == (True, {"msg_2": 1, "msg_5": 1})
    (lines,) = load_exported([exported(root, tmp_path, "ndjson")]).exported
    assert (lines.asks, lines.has_failures) == (None, False)


def test_a_response_that_stands_in_several_files_counts_once(root: Path, tmp_path: Path) -> None:
    """In two formats, in a part of the history, and in the transcripts themselves."""
    files = [exported(root, tmp_path, ending) for ending in ("ndjson", "csv", "sqlite")]
    files.append(exported(root, tmp_path, "csv", "--project", "blog"))
    whole = load([root], Facet.USAGE)
    assert told(load_exported(files)) == told(whole)
    store = load_exported(files, load([root], Facet.USAGE))
    assert told(store) == told(whole)
    assert [len(file.rebuilt) for file in store.exported] == [6, 6, 6, 1]
    assert store.coverage.duplicate_rows - whole.coverage.duplicate_rows == 19


def test_the_larger_output_counts_whatever_the_order(root: Path, tmp_path: Path) -> None:
    """A response that was exported before it had ended."""
    path = exported(root, tmp_path, "ndjson")
    early = tmp_path / "early.ndjson"
    early.write_text(path.read_text().replace('"output_tokens":60', '"output_tokens":7'))
    for files in ([path, early], [early, path]):
        assert sum(one.output_tokens for one in load_exported(files).messages) == 210


def test_several_requests_of_a_kind_inside_one_response_are_several(root: Path, tmp_path: Path) -> None:
    row = json.loads(exported(root, tmp_path, "ndjson").read_text().splitlines()[0])
    path = tmp_path / "searches.ndjson"
    rows = [row, *({**row, "part": "web_search", "web_search_requests": number} for number in (2, 3))]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    found = load_exported([path, path])
    assert [one.web_search_requests for one in found.messages] == [0, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"input_tokens": -1},
        {"time": "soon"},
        {"output_tokens": 1.5},
        {"model": None},
        {"ephemeral_1h_input_tokens": 9**9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_rows_that_are_none_are_counted(root: Path, tmp_path: Path, change: dict[str, object]) -> None:
    lines = exported(root, tmp_path, "ndjson").read_text().splitlines()
    path = tmp_path / "torn.ndjson"
    path.write_text("\n".join([*lines, json.dumps({**json.loads(lines[0]), **change}), lines[0][:99]]))
    coverage = load_exported([path]).coverage
    assert (coverage.rows, coverage.malformed_rows) == (8, 2)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", b'{"reports": {}}\n'),
        ("x.prom", b"# TYPE tokens counter\n"),
        ("x.csv", b"day,total_tokens\n"),
        ("x.ndjson", b""),
        ("x.db", b"SQLite format 3\0" + b"x" * 100),
        ("x.jsonl", b'{"type":"assistant","message":{}}\n'),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=name.replace(".", r"\.")) as error:
        load_exported([path])
    assert "tokenscope export" in error.value.hint


def test_what_is_not_there_and_other_databases_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(UsageError):
            check_exported(path)
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE messages (time TEXT)")
    connection.close()
    with pytest.raises(UsageError):
        load_exported([path])


def test_what_is_read_is_what_is_written() -> None:
    assert {field.name for field in MESSAGES} - set(COLUMNS) == {
        *("ephemeral_5m_input_tokens", "total_tokens", "list_price_usd"),  # which follow from the others
    }
