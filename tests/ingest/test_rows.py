"""Rows in any order of fields, with any spacing and any damage: what each is read as decides nothing else (T12)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.json import Decoder

from tests.ingest import FIRST, MANY, SECOND, by_id, figures, store_of
from tests.transcripts import History, Row, text, tool_use
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.read import Kind, RowReader
from tokenscope.model import Facet

USAGE = {"input_tokens": 3, "output_tokens": 40, "cache_read_input_tokens": 500, "cache_creation_input_tokens": 60}
FACETS = (
    *(Facet.USAGE, Facet.TITLES, Facet.CONTENT, Facet.TITLES | Facet.CONTENT),
    *(Facet.SPAWNS, Facet.TOOLS, Facet.WORK | Facet.PROMPTS, ~Facet.USAGE),
)
INTRODUCTION = {"type": "user", "sessionId": FIRST, "cwd": "/home/ada", "message": {"role": "user", "content": "Go"}}


class FullReader(RowReader):
    """Decodes every row by itself, after another decoder has read all of it and written it anew."""

    __slots__ = ()

    def _decoded(self, block: bytes, start: int, end: int, decoder: Decoder[Kind]) -> list[Kind]:
        return self._one_by_one(block[start : end - 1].split(b"\n"), decoder)

    def _one_by_one(self, lines: Iterable[bytes], decoder: Decoder[Kind]) -> list[Kind]:
        return super()._one_by_one(map(written_anew, lines), decoder)

    def _last_row(self, line: bytes, decoder: Decoder[Kind]) -> list[Kind]:
        return super()._last_row(written_anew(line), decoder)


def written_anew(line: bytes) -> bytes:
    """What a line says, with other spacing, no escapes, and each key once; the line where that makes no sense."""
    try:
        return json.dumps(json.loads(line), ensure_ascii=False, separators=(" , ", ": ")).encode()
    except (ValueError, RecursionError):
        return line


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """One file for all: a new one each time would take longer than reading it."""
    with TemporaryDirectory() as folder:
        yield Path(folder) / "a.jsonl"


def extracts(
    path: Path, content: bytes, *, agent: str = "", buffer: int = 1 << 16, facets: Facet = Facet.TITLES
) -> tuple[Extract, Extract]:
    """What is taken from a file by the fast path, and by decoding every row."""
    path.write_bytes(content)
    transcript = Transcript(str(path), len(content), 0, "-home-ada", FIRST, agent)
    readers = [kind(str(path), len(content), chunk=buffer) for kind in (RowReader, FullReader)]
    fast, full = (decode(transcript, facets, reader) for reader in readers)
    return fast, full


def same(path: Path, *lines: bytes) -> None:
    """Both ways take the same from a main file and from a subagent's with these lines."""
    content = b"".join(line + b"\n" for line in (json.dumps(INTRODUCTION).encode(), *lines))
    for agent, facets in product(("", "a1"), FACETS):
        fast, full = extracts(path, content, agent=agent, facets=facets)
        assert fast == full


# --- rows of every kind, in any order of keys, with any spacing ---

CONVERSATION = ("user", "assistant", "attachment", "progress", "system")
KINDS = (
    *("assistant", "assistant", "assistant", "user", "user", "progress", "system", "attachment"),
    *(
        "summary",
        "ai-title",
        "custom-title",
        "agent-name",
        "queue-operation",
        "file-history-snapshot",
        "mode",
        "pr-link",
    ),
    *("hologram", "assistant2", "user-x", "Assistant", "", None, 5, ["assistant"], {"type": "assistant"}),
)
# Texts that hold what the fast path looks for.
TRAPS = (
    *(
        '"type":"user"',
        '"type":"assistant"',
        '{"type":"user","message":{',
        '"usage":{"output_tokens":9}',
        '","type":"user',
    ),
    *(
        '"isSidechain":true',
        "]",
        "],",
        '"attachment":{',
        "}",
        "{",
        '"',
        "\\",
        "\\\\",
        "\n",
        "\u2028",
        "é",
        "\ud83d\ude00",
        "\x00",
        "a",
    ),
    *(',"toolUseResult":', ',"toolUseResult":{"a":1}', "<system-reminder>x</system-reminder>"),
)
TEXT = st.lists(st.sampled_from(TRAPS), max_size=4).map("".join)
SCALAR = st.one_of(
    TEXT, st.none(), st.booleans(), st.integers(-5, 10**20), st.floats(allow_nan=False, allow_infinity=False)
)
NAMES = st.sampled_from(("type", "message", "usage", "data", "isSidechain", "attachment", "subtype", "x", "\u00e9"))
JUNK = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
COUNTERS = st.fixed_dictionaries(dict.fromkeys(USAGE, st.integers(0, 999)))
IDS = st.sampled_from(("msg_1", "msg_2", "msg_3", "a1", "", None))


def permuted(fields: Row) -> st.SearchStrategy[Row]:
    return st.permutations(list(fields.items())).map(dict)


TOOLS = st.sampled_from(("toolu_1", "toolu_2", None))
BLOCKS = st.lists(
    st.one_of(
        TEXT.map(text),
        st.builds(lambda tool, path: tool_use(tool or "", "Read", {"file_path": path}), TOOLS, TEXT),
        st.builds(
            lambda tool, words: {"type": "tool_result", "tool_use_id": tool, "content": words}, TOOLS, TEXT | JUNK
        ),
        JUNK,
    ),
    max_size=2,
)
RESPONSE = st.builds(
    lambda identity, usage, blocks: {"type": "message", "id": identity, "usage": usage, "content": blocks},
    IDS,
    COUNTERS,
    BLOCKS,
).flatmap(permuted)
SAID = st.builds(lambda content: {"role": "user", "content": content}, TEXT | BLOCKS)
MESSAGE = st.one_of(RESPONSE, RESPONSE, SAID, JUNK)
INNER = st.builds(
    lambda kind, message, uuid: {"type": kind, "message": message, "uuid": uuid}, st.sampled_from(KINDS), MESSAGE, TEXT
).flatmap(permuted)
PROGRESS = st.builds(
    lambda kind, inner: {"type": kind, "message": inner, "agentId": "b1"},
    st.sampled_from(("agent_progress", "hook_progress", "", None)),
    st.one_of(INNER, JUNK),
).flatmap(permuted)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.sampled_from(("u1", "u2", "u3", None, 5)),
    "parentUuid": st.sampled_from(("u1", "u2", None)) | SCALAR,
    "sessionId": st.sampled_from((FIRST, SECOND)),
    "timestamp": st.sampled_from(("2026-06-01T10:00:00.000Z", "2026-06-01T09:00:00.000Z", "never", None)),
    "agentId": st.sampled_from(("b1", None)),
    "isApiErrorMessage": st.booleans(),
    "isMeta": st.booleans(),
    "message": MESSAGE,
    "data": PROGRESS | JUNK,
    "toolUseResult": JUNK,
    "isCompactSummary": st.booleans(),
    "sourceToolAssistantUUID": st.sampled_from(("u1", None)),
    "note": SCALAR,
    "n1": SCALAR,
    "subtype": st.sampled_from(
        ("compact_boundary", "compact_boundary", "microcompact_boundary", "turn_duration", "", None)
    ),
    "compactMetadata": st.just({"trigger": "auto", "preTokens": 1000}),
    "summary": TEXT,
    "leafUuid": st.sampled_from(("u1", "u2")),
    "aiTitle": TEXT,
    "customTitle": TEXT,
    "agentName": TEXT,
}
SPACINGS = st.sampled_from(((",", ":", ""), (",", ":", ""), (", ", ": ", ""), (" ,\t", " : ", " ")))


@st.composite
def encoded(draw: st.DrawFn, fields: Row) -> bytes:
    """A row in some spacing, its type perhaps written with an escape."""
    comma, colon, edge = draw(SPACINGS)
    is_ascii, is_escaped = draw(st.booleans()), draw(st.integers(0, 9)) == 0
    pairs = [
        ('"\\u0074ype"' if is_escaped and name == "type" else json.dumps(name))
        + colon
        + json.dumps(value, ensure_ascii=is_ascii, separators=(comma, colon))
        for name, value in fields.items()
    ]
    return ("{" + edge + comma.join(pairs) + edge + "}").encode("utf-8", "replace")


@st.composite
def any_rows(draw: st.DrawFn) -> Row:
    """Any fields in any order; no key stands twice, and attachments stand where they may: see the tests below."""
    names = draw(st.lists(st.sampled_from(sorted(OPTIONAL)), unique=True, max_size=9))
    fields: Row = {name: draw(OPTIONAL[name]) for name in names}
    if draw(st.integers(0, 9)):
        fields["type"] = draw(st.sampled_from(KINDS))
    if fields.get("type") not in ("user", "assistant", "attachment") and isinstance(fields.get("uuid"), str):
        fields["uuid"] = "other-" + fields["uuid"]  # no uuid of the conversation: see the tests below
    if draw(st.integers(0, 9)) == 0 and fields.get("type", "user") in ("attachment", "assistant", "user"):
        fields["attachment"] = {"type": "file", "content": draw(JUNK)}
    if draw(st.booleans()):
        fields["isSidechain"] = draw(st.booleans()) and fields.get("type", "user") in CONVERSATION
    return draw(permuted(fields))


@st.composite
def tool_results(draw: st.DrawFn) -> Row:
    """A tool's result as it is written, and behind the screen's copy some fields that are not."""
    said = draw(SAID)
    started = {"parentUuid": draw(st.sampled_from(("u1", None))), "isSidechain": draw(st.booleans())}
    stamps = {"uuid": draw(st.sampled_from(("u2", "u3"))), "timestamp": "2026-06-01T10:00:00.000Z"}
    fields = {**started, "type": "user", "message": said, **stamps, "toolUseResult": draw(JUNK)}
    names = draw(st.lists(st.sampled_from(sorted(OPTIONAL.keys() - fields.keys())), unique=True, max_size=3))
    return fields | {name: draw(OPTIONAL[name]) for name in names}


def compact(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


NO_OR_YES = (False, True)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 15).flatmap(lambda chance: st.just(usual) if chance != 5 else st.sampled_from(others))


BEHIND = st.fixed_dictionaries(  # the content, in the message
    {
        "stop_reason": st.sampled_from((None, "end_turn", "}")),
        "stop_sequence": st.none() | TEXT,
        "usage": COUNTERS | COUNTERS | st.builds(lambda usage, x: {**usage, "iterations": x}, COUNTERS, JUNK) | JUNK,
    },
    optional={
        "stop_details": st.none(),
        "model": st.just("another"),
        "diagnostics": st.none() | st.builds(lambda kind: {"cache_miss_reason": {"type": kind}}, TEXT),
    },
)
PLACE = st.fixed_dictionaries(
    {"sessionId": st.sampled_from((FIRST, SECOND)), "version": st.just("2.1.80")},
    optional={"cwd": TEXT, "entrypoint": st.just("cli"), "note": SCALAR, "isApiErrorMessage": mostly(*NO_OR_YES)},
)


@st.composite
def response_rows(draw: st.DrawFn) -> Row:
    """A response's row as it is written, but for what its content holds; and some rows that only look so."""
    identity: Row = {"id": draw(mostly("msg_1", "msg_2", "0123456789abcdef0", "short"))}
    model: Row = {"model": draw(mostly("claude-opus-5", "<synthetic>", "é", "a/b:c"))}
    role = {"type": "message", "role": "assistant"}
    message = {**model, **identity, **role} if draw(st.booleans()) else {**identity, **role, **model}
    behind = draw(BEHIND)
    body: Row = {"message": {**message, "content": draw(BLOCKS), **{k: v for k, v in behind.items() if k != "model"}}}
    if draw(st.integers(0, 9)) == 5:  # the message ends early, and another object goes on like one
        body = {"message": {**message, "content": draw(BLOCKS)}, "note": {"list": draw(BLOCKS), **behind}}
    if draw(st.booleans()):
        body["requestId"] = "req_1"
    body |= {"type": "assistant", "uuid": draw(st.sampled_from(("a1", "a2")))}
    body["timestamp"] = draw(
        mostly("2026-06-01T10:00:00.000Z", "2026-06-01T09:00:00.000Z", "2026-02-31T09:00Z", "never")
    )
    head = {"parentUuid": draw(mostly("b1", None, '"')), "isSidechain": draw(mostly(*NO_OR_YES))}
    place = draw(PLACE)
    return {**head, **place, **body} if draw(st.booleans()) else {**head, **body, **place}


LINES = st.one_of(any_rows(), response_rows(), response_rows(), tool_results()).flatmap(encoded)


@settings(max_examples=MANY)
@given(
    st.lists(LINES, max_size=8),
    st.sampled_from(("", "a1")),
    st.sampled_from((b"\n", b"\n", b"\r\n")),
    st.booleans(),
    st.sampled_from(FACETS),
)
def test_t12_rows_are_read_together_as_one_by_one(
    path: Path,
    lines: list[bytes],
    agent: str,
    line_end: bytes,
    is_finished: bool,  # noqa: FBT001 - drawn
    facets: Facet,
) -> None:
    content = b"".join(line + line_end for line in (json.dumps(INTRODUCTION).encode(), *lines))
    content = content if is_finished else content.rstrip(b"\r\n")
    fast, full = extracts(path, content, agent=agent, facets=facets)
    assert fast == full
    assert extracts(path, content, agent=agent, facets=facets, buffer=50) == (full, full)


@settings(max_examples=MANY)
@given(st.lists(response_rows().map(compact), min_size=1, max_size=4), st.sampled_from(("", "a1")))
def test_t12_responses_are_the_same_without_their_content(path: Path, lines: list[bytes], agent: str) -> None:
    fast, full = extracts(path, b"\n".join((compact(INTRODUCTION), *lines, b"")), agent=agent)
    assert fast == full


@given(LINES)
@example(b'{"type":"user","message":{"role":"user","content":"}"}}')
@example(b'{"isSidechain":false,"type":"progress","data":{"type":"hook_progress"}}')
def test_t12_a_row_that_is_passed_over_holds_nothing(path: Path, line: bytes) -> None:
    """The same the other way round: a file of this row alone has no more to it than its introduction."""
    fast, full = extracts(path, json.dumps(INTRODUCTION).encode() + b"\n" + line + b"\n")
    assert fast == full
    assert fast.rows == 2


# --- the same in other words ---


@pytest.mark.parametrize("version", ["1.0.24", "1.0.60", "2.0.10", "2.1.30", "2.1.177"])
def test_t12_spacing_and_key_order_change_nothing(tmp_path: Path, version: str) -> None:
    found = []
    for number, (spaced, is_reversed) in enumerate(((False, False), (True, False), (False, True), (True, True))):
        history = History(tmp_path / str(number), spaced=spaced)
        session = history.session(FIRST, version=version)
        session.prompt("Go")
        session.response("msg_1", input=3, output=40, cache_read=1000, cache_write=200, cache_write_1h=50)
        agent = session.subagent("a1")
        agent.response("msg_2", output=7)
        session.progress_agent("a1", agent.rows[0])
        session.subagent("a2", layout="progress").response("msg_3", output=9)
        if is_reversed:
            for lines in history.files.values():
                lines[:] = [line if isinstance(line, bytes) else _reversed(line) for line in lines]
        store = store_of(history)
        found.append({name: figures(message) for name, message in by_id(store).items()})
        assert store.sessions[FIRST].project == session.cwd
    assert found == [{"msg_1": (3, 40, 1000, 200, 50), "msg_2": (1, 7, 0, 0, 0), "msg_3": (1, 9, 0, 0, 0)}] * 4


def _reversed(value: Any) -> Any:
    """The same object with its keys the other way round, at every level."""
    if isinstance(value, dict):
        return {key: _reversed(inner) for key, inner in reversed(value.items())}
    return [_reversed(inner) for inner in value] if isinstance(value, list) else value


# --- rows that were torn, or say things twice ---

RESPONSE_MESSAGE = json.dumps({"id": "msg_1", "usage": USAGE}).encode()


def test_t12_of_a_key_that_stands_twice_the_last_counts(path: Path) -> None:
    usage = b'{"output_tokens":1,"output_tokens":7,"input_tokens":2}'
    message = b'"message":{"id":"msg_none"},"message":{"id":"msg_1","usage":{},"usage":%s}' % usage
    line = b'{"type":"user","type":"assistant",%s,"uuid":"a1"}' % message
    (extract, _) = extracts(path, line + b"\n", facets=Facet.USAGE)
    assert (extract.keys, extract.fields[3]) == (["msg_1"], (7,))


def test_t12_a_type_that_stands_twice(path: Path) -> None:
    same(path, b'{"type":"user","type":"assistant","message":' + RESPONSE_MESSAGE + b"}")


def test_t12_sidechain_rows_chain_in_any_key_order(path: Path) -> None:
    same(path, b'{"type":"user","isSidechain":true,"uuid":"u1","parentUuid":null}')


HEAD = b'{"isSidechain":false,"message":{"model":"m","id":"msg_1","type":"message","role":"assistant","content":['
TAIL = b'"stop_reason":null,"usage":%s},"type":"assistant","uuid":"a1","timestamp":"2026-06-01T10:00:00Z"}'
USAGE_TEXT = json.dumps(USAGE).encode()


@pytest.mark.parametrize("space", [b"", b" ", b"\t"])
@pytest.mark.parametrize(
    "end", [b'],"x":1},"y":{"z":[', b'],"y":[', b'}],"x":{"y":[{', b'{"a":[1],"b":2}', b'"]}"', b'"],"', b"[[]],[]"]
)
def test_t12_what_looks_like_the_end_of_the_content(path: Path, end: bytes, space: bytes) -> None:
    spaced = end.replace(b"]", b"]" + space).replace(b",", b"," + space)
    same(path, HEAD + spaced + b"]," + TAIL % USAGE_TEXT)


@pytest.mark.parametrize(
    "usage", [b"null", b"{}", b"5", b'{"output_tokens":}', b'{"output_tokens":NaN}', b'"\xff"', b'{"x":"}"}']
)
def test_t12_a_response_without_sound_usage(path: Path, usage: bytes) -> None:
    """Nor in its next row, which says the same and of which nothing is decoded again."""
    row = HEAD + b"]," + TAIL % usage
    same(path, row)
    same(path, row, row)


@pytest.mark.parametrize(
    "row",
    [
        b'{"type":"user","message":{"content":[%s]},"toolUseResult":{},"uuid":"u1","timestamp":"2026-06-01T10:00:00Z"}',
        b'{"message":{"type":"user","content":[%s]},"uuid":"u1","timestamp":null,"isSidechain":false,"toolUseResult":1}',
        b'{"type":"user","message":{"content":[%s],"toolUseResult":{}},"uuid":"u1","isSidechain":false}',
    ],
)
def test_t12_a_result_is_cut_only_where_a_whole_row_of_its_own_stands_before(path: Path, row: bytes) -> None:
    """In these the rest of the row says more than the screen's copy, or the copy is not the row's own."""
    result = b'{"type":"tool_result","tool_use_id":"toolu_1","content":"12345"}'
    same(path, HEAD + b'{"type":"tool_use","id":"toolu_1","name":"Read"}],' + TAIL % USAGE_TEXT, row % result)


def test_t12_a_torn_response_with_another_row_behind_it(path: Path) -> None:
    """Or its figures would be those of the other."""
    whole = b'{"parentUuid":null,' + HEAD[1:] + b"]," + TAIL % USAGE_TEXT
    same(path, HEAD + b'{"type":"text","text":"Fix th' + whole)


@pytest.mark.parametrize("kind", ["text", "thinking", "image", "document", "tool_use", "tool_result"])
def test_t12_the_rest_of_a_torn_response_begins_with_a_block(path: Path, kind: str) -> None:
    same(path, b'{"type":"%s","x":""}],' % kind.encode() + TAIL % USAGE_TEXT)


def test_t12_a_row_of_another_thread_that_adds_nothing_to_its_context(path: Path) -> None:
    agents = HEAD.replace(b'"isSidechain":false', b'"isSidechain":true,"agentId":"b1"') + b"]," + TAIL % USAGE_TEXT
    note = b'{"parentUuid":null,"isSidechain":%s,"type":"system","subtype":"stop_hook_summary","uuid":"u2"}'
    content = compact(INTRODUCTION | {"isSidechain": True, "agentId": "b1"}) + b"\n" + agents + b"\n" + note % b"false"
    fast, full = extracts(path, content + b"\n", facets=Facet.CONTENT)
    assert fast == full


def test_t12_rows_of_one_response_are_told_apart(path: Path) -> None:
    """By what stands around their content: the same figures, another id, another session, another time."""
    first = HEAD + b"]," + TAIL % USAGE_TEXT
    others = (
        (b"msg_1", b"msg_2"),
        (b'"m"', b'"n"'),
        (b"10:00:00", b"09:00:00"),
        (b'"a1"', b'"a1","sessionId":"%s"' % SECOND.encode()),
        (b'"a1"', b'"a2"'),
    )
    same(path, first, *(first.replace(old, new) for old, new in others), first)


def test_t12_an_attachment_before_another_type(path: Path) -> None:
    same(path, b'{"attachment":{"type":"file"},"type":"custom-title","customTitle":"Basket"}')


def test_t12_an_attachment_beside_another_type(path: Path) -> None:
    same(path, b'{"type":"mode","attachment":{"type":"file","content":"text"}}')


def test_t12_a_sidechain_row_that_is_no_conversation(path: Path) -> None:
    same(path, b'{"type":"queue-operation","isSidechain":true,"uuid":"u2"}')


def test_t12_a_prompt_with_the_uuid_of_another_kind_of_row(path: Path) -> None:
    prompt = b'{"type":"user","uuid":"u2","message":{"role":"user","content":"Fix the basket"}}'
    same(path, b'{"type":"queue-operation","uuid":"u2"}', prompt)


@pytest.mark.parametrize(
    "torn",
    [
        b'{"type":"user","message":{"role":"user","content":"Fix th{"type":"mode","mode":"normal"}',
        b'{"type":"user","message":{"role":"user"}}}',
        b'{"type":"user"oops}',
    ],
)
def test_t12_a_torn_prompt_is_malformed(path: Path, torn: bytes) -> None:
    same(path, torn)
