"""The rows that the status line counts, together where that can be proved, are those of each line alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscope.ingest.extract.ids import is_clock, is_unique
from tokenscope.ingest.rows import status_rows
from tokenscope.ingest.rows.status_rows import counted_rows

PADDING = '"text":"' + "x" * 60 + '"'
LINES = (
    b'{"type":"assistant","uuid":"a","message":{"id":"msg_1","usage":{"output_tokens":1}}}',
    b'{ "uuid" : "b", "\\u0074ype" : "assistant", "message" : {"usage" : {"output_tokens" : 2}} }',
    b'{"type":"user","uuid":"c","message":{"content":"\\"type\\":\\"assistant\\" \\\\"}}',
    b'{"type":"user","isSidechain":true,"uuid":"d","parentUuid":"c"}',
    b'{"cwd":"C:\\\\","type":"user","uuid":"e",%b}' % PADDING.encode(),
    b'{"parentUuid":null,"isSidechain":false,"cwd":"C:\\n","type":"user","uuid":"o"}',
    b'{"parentUuid":"c","isSidechain":false,"attachment":{"type":"assistant"},"type":"attachment","uuid":"p"}',
    b'{"parentUuid":"c","isSidechain":false,"type":"assistant","uuid":"q"}',
    b'{"type":"user","isSidechain":true,"uuid":"r"}',
    b'{"attachment":{"type":"assistant"},"type":"attachment","uuid":"f"}',
    b'{"type":"system","subtype":"compact_boundary","uuid":"g"}\r',
    b"\xef\xbb\xbf" + b'{"type":"assistant","uuid":"h"}',
    b'\0\0{"type":"assistant","uuid":"i"}',
    b'{"type":"assistant","uuid":"j\xff"}',
    b'{"type":"assistant","uuid":"\\ud83d"}',
    b'{"type":"assistant","uuid":"k"}{"type":"assistant","uuid":"l"}',  # two in a line are none
    b'{"type":"assistant","uuid":"m","text":"}',  # and one in two lines is none
    b'{"}',
    b'{"uuid":"n",',
    b'"type":"assistant"}',
    b'torn"}',
    b"[1]",
    b"7",
    b"{}",
    b"",
    b" \r",
)
KINDS_THAT_COUNT = ("assistant", "system", "progress")


def alone(line: bytes) -> dict[str, Any] | None:
    """What another decoder makes of a line."""
    bare = line.strip(b"\x00\r \t\xef\xbb\xbf")
    try:
        row = msgspec.json.decode(bare)
    except msgspec.DecodeError:
        try:
            row = msgspec.json.decode(bare.decode("utf-8", "replace").replace("\\ud83d", "?").encode())
        except msgspec.DecodeError:
            return None
    return row if isinstance(row, dict) else None


def counts(row: Any) -> bool:
    """Whether it may be one that is counted, or one that a subagent's first row is found by."""
    return row["type"] in KINDS_THAT_COUNT or row["isSidechain"] is True


@given(
    lines=st.lists(st.sampled_from(LINES), max_size=12),
    ending=st.sampled_from((b"", b"\n", b'\n{"type":"assistant","uu')),
    buffer=st.integers(1, 300),
    large=st.sampled_from((0, 80, 8_000)),
)
def test_rows_together_are_those_of_each_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], ending: bytes, buffer: int, large: int
) -> None:
    """In blocks of any size, so that every line is cut everywhere; also where what is large may be passed over."""
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"
    path.write_bytes(b"\n".join(lines) + ending)
    fields = ("type", "isSidechain", "subtype", "uuid", "parentUuid")
    expected = [{name: row.get(name) for name in fields} for line in lines if (row := alone(line)) is not None]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(status_rows, "BUFFER", buffer)
        patched.setattr(status_rows, "LARGE", large)
        rows = [row for some in counted_rows(str(path), 0, path.stat().st_size) for row in some]
    found = [{name: getattr(row, name) for name in fields} for row in rows]
    for row in (*found, *expected):
        row["uuid"] = str(row["uuid"])[:1]  # how a broken character is replaced is not the question
    if large >= 8_000:
        assert [row for row in found if row["uuid"] != "?"] == [row for row in expected if row["uuid"] != "?"]
    assert list(filter(counts, found)) == list(filter(counts, expected))


PASSED_OVER = (
    b'{"isSidechain":false,"type":"user",',
    b'{"parentUuid":null,"isSidechain":false,"cwd":"C:\\Users","version":2,"type":"user",',
    b'{"parentUuid":"a","isSidechain":false,"attachment":{"type":"file"},',
)
NOT_PASSED_OVER = (
    b'{"isSidechain":true,"type":"user",',
    b'{"type":"user","isSidechain":true,',
    b'{"isSidechain":false,"\\u0074ype":"assistant","type":"user",',
    b'{"isSidechain":false,"cwd":"\\",\\"type\\":\\"user\\",","type":"assistant",',
    b'{"isSidechain":false,"cwd":"\\\\","type":"assistant",',
    b'{"isSidechain":false,"type":"\\u0061ssistant",',
    b'{"isSidechain":false,"message":{"type":"user"},"type":"assistant",',
    b'{"cwd":"\\"isSidechain\\":false,","isSidechain":true,"type":"user",',
    b'{"isSidechain":false,"type":"progress",',
)


@pytest.mark.parametrize("row", [*PASSED_OVER, *NOT_PASSED_OVER])
def test_what_may_count_is_never_passed_over(row: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its first bytes, which say what it is, or do not."""
    monkeypatch.setattr(status_rows, "LARGE", 0)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(row + PADDING.encode() + b"}\n")
    found = sum(map(len, counted_rows(str(path), 0, path.stat().st_size)))
    assert found == (row in NOT_PASSED_OVER)


IDS = st.from_regex(r"(?:[a-zA-Zé]{0,3}[_:. -]?[0-9]{0,20}\n?)", fullmatch=True)


@given(IDS)
def test_ids_are_told_as_these_patterns_say(text: str) -> None:
    assert is_clock(text) == bool(re.fullmatch(r"(?:[A-Za-z]+[_-])?[0-9]{10,19}", text))
    text = text.rjust(16, "x")
    assert is_unique(text) == (re.search(r"[:._-][0-9]{1,5}\Z", text) is None)


REFUSED_AT_FIRST = """
import sys

class Refusing:
    def find_spec(self, name, path, target=None):
        if name == "msgspec._core":
            sys.meta_path.remove(self)
            raise ImportError(name)

sys.meta_path.insert(0, Refusing())
from tokenscope.light_import import import_msgspec
import_msgspec(for_rows_alone=True)
from tokenscope.value import Value, replace
import msgspec.inspect, msgspec.json, decimal, uuid
assert not isinstance(sys.modules.get("typing_extensions", sys), type(None))
assert msgspec.json.encode(decimal.Decimal(1)) == b'"1"'
assert replace(type("One", (Value,), {"__annotations__": {"a": int}})(1), a=2).a == 2
print(msgspec.inspect.type_info(int))
"""


WHOLE = """
from tokenscope.value import Value
import msgspec.msgpack, decimal, uuid
assert msgspec.json.encode(decimal.Decimal(1)) == b'"1"'
assert msgspec.json.encode(uuid.UUID(int=1)).endswith(b'1"')
assert msgspec.msgpack.encode(1) == bytes([1])
print(msgspec.inspect.type_info(int))
"""


def test_whoever_imports_the_package_has_all_of_msgspec() -> None:
    done = subprocess.run([sys.executable, "-c", WHOLE], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("IntType")


def test_another_msgspec_is_imported_as_it_stands() -> None:
    """One that asks for more than what stands in for it."""
    done = subprocess.run([sys.executable, "-c", REFUSED_AT_FIRST], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("IntType")
