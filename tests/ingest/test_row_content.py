"""What rows add to a context: the same however they are written and whatever is damaged (T12, T34)."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest import FIRST, MANY, SECOND
from tests.ingest.test_rows import INTRODUCTION, USAGE, compact, extracts, mostly
from tests.transcripts import Row, image, text, thinking, tool_use
from tokenscope.context_steps import Steps
from tokenscope.ingest.extract.actions import Done
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.spawned import SPAWNING
from tokenscope.ingest.extract.use_words import FILE_TOOLS
from tokenscope.model import Facet

FACETS = (Facet.CONTENT, Facet.TITLES | Facet.CONTENT)
TIMES = ("2026-06-01T10:00:00.000Z", "2026-06-01T09:00:00.000Z")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows") / "a.jsonl"


def both(file: Path, *lines: bytes, agent: str = "", buffer: int = 1 << 16) -> tuple[Extract, Extract]:
    content = b"".join(line + b"\n" for line in (compact(INTRODUCTION), *lines))
    return extracts(file, content, agent=agent, facets=Facet.CONTENT, buffer=buffer)


def same(file: Path, *lines: bytes) -> Extract:
    """Both ways take the same, in a main file and in a subagent's; returned is what a main file holds."""
    for agent, buffer in product(("a1", ""), (1 << 16, 300)):
        fast, full = both(file, *lines, agent=agent, buffer=buffer)
        assert fast == full
    return full


# --- rows as they are written, with anything in their content ---

# What the end of a content looks like, and what makes texts longer or shorter than their JSON.
TRAPS = (
    *(']},"uuid":"', '"}]},"uuid":"u9","timestamp":"2026-06-01T08:00:00Z","toolUseResult":', '],"stop_reason":', "]"),
    *('],"stop_reason":null},"type":"assistant",', '"', "\\", '\\"', "\\\\", "\n", "\t", "\x1b[32m", "é", "\u2028"),
    *("\U0001f642", "<system-reminder>x</system-reminder>", "[Request interrupted by user", "a", " ", "word " * 500),
)
TEXT = st.lists(st.sampled_from(TRAPS), max_size=5).map("".join)
VALUE = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
USES = st.sampled_from(("toolu_1", "toolu_2", "toolu_3"))
NAMES = st.sampled_from(
    ("Bash", "Read", "Edit", "Write", "Grep", "Task", "Agent", "Skill", "mcp__shop__find", "", None)
)
FIELDS = ("command", "file_path", "offset", "pattern", "path", "subagent_type", "skill", "stop_reason", "content")
INPUTS = st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=3) | VALUE
USE = st.builds(lambda use, name, given: {**tool_use(use, "x"), "name": name, "input": given}, USES, NAMES, INPUTS)
SAID = st.one_of(TEXT.map(text), TEXT.map(thinking), USE, USE, VALUE)
PART = st.one_of(TEXT.map(text), st.just(image()), VALUE)


@st.composite
def results(draw: st.DrawFn) -> Row:
    block: Row = {
        "tool_use_id": draw(USES | USES | VALUE),
        "type": "tool_result",
        "content": draw(TEXT | st.lists(PART, max_size=2)),
    }
    if draw(st.booleans()):
        block["is_error"] = draw(st.booleans())
    names = draw(st.permutations(list(block)))
    return {name: block[name] for name in names} if draw(st.booleans()) else block


@st.composite
def user_rows(draw: st.DrawFn) -> Row:
    others = st.lists(st.one_of(results(), SAID), min_size=2, max_size=2)
    content = [draw(results())] if draw(mostly(True, False)) else draw(others)  # noqa: FBT003 - mostly one
    row: Row = {"parentUuid": draw(mostly("b1", None, '"')), "isSidechain": draw(mostly(*(False, True)))}
    row |= draw(st.fixed_dictionaries({}, optional={"cwd": TEXT, "sessionId": st.sampled_from((FIRST, SECOND))}))
    if draw(st.integers(0, 9)) == 5:
        row[draw(st.sampled_from(("isMeta", "isCompactSummary", "forkedFrom", "note")))] = draw(st.booleans())
    row |= {"type": "user", "message": {"role": "user", "content": content}}
    row |= {"uuid": draw(st.sampled_from(("a1", "a2", "a3", "a4"))), "timestamp": draw(st.sampled_from(TIMES))}
    if draw(st.booleans()):
        row["toolUseResult"] = draw(st.builds(lambda agent: {"agentId": agent}, st.sampled_from(("b1", None))) | VALUE)
    behind = {"sourceToolAssistantUUID": TEXT, "version": TEXT, "isCompactSummary": st.booleans(), "x": VALUE}
    return row | draw(st.fixed_dictionaries({}, optional=behind))


@st.composite
def response_rows(draw: st.DrawFn) -> Row:
    message: Row = {"model": "claude-opus-5", "id": draw(mostly("msg_1", "msg_2", "short"))}
    message |= {"type": "message", "role": "assistant", "content": draw(st.lists(SAID, max_size=2))}
    message |= {"stop_reason": draw(st.sampled_from((None, "end_turn"))), "usage": draw(mostly(USAGE, None, {}))}
    row: Row = {"parentUuid": "b1", "isSidechain": draw(mostly(*(False, True))), "message": message}
    if draw(st.booleans()):
        row |= {"requestId": "req_1", "attributionAgent": draw(TEXT)}
    row |= {"type": "assistant", "uuid": draw(st.sampled_from(("a1", "a2", "a3", "a4")))}
    row["timestamp"] = draw(st.sampled_from(TIMES))
    behind = {"version": TEXT, "isApiErrorMessage": st.booleans(), "forkedFrom": VALUE, "x": VALUE}
    return row | draw(st.fixed_dictionaries({}, optional=behind))


LINES = st.one_of(user_rows(), response_rows()).map(compact)


@settings(max_examples=MANY)
@given(st.lists(LINES, min_size=1, max_size=8), st.sampled_from(("", "a1")), st.sampled_from((1 << 16, 300)))
def test_t12_the_content_alone_is_what_a_full_decode_finds(
    file: Path, lines: list[bytes], agent: str, buffer: int
) -> None:
    fast, full = both(file, *lines, agent=agent, buffer=buffer)
    assert fast == full


@settings(max_examples=MANY)
@given(st.lists(LINES, min_size=1, max_size=12), st.sampled_from(("", "a1")))
def test_subagents_are_the_same_whatever_else_was_done_is_read(file: Path, lines: list[bytes], agent: str) -> None:
    """What they are, and what they were told; not where their spawns stand among all tool uses."""
    content = b"".join(line + b"\n" for line in (compact(INTRODUCTION), *lines))
    found = []
    for facets in (Facet.SPAWNS, Facet.TOOLS):
        fast, full = extracts(file, content, agent=agent, facets=facets)
        assert fast == full
        assert fast.activity is not None
        done = Done._make(fast.activity)
        uses = [use for use in zip(*done.uses, strict=True) if use[2] in SPAWNING]
        found.append((uses, done.spawned, done.told, done.sidecar))
    assert found[0] == found[1]


# By facet, the columns of what it tells of a use: place, id, name, what, path, same, time, ended, outcome, …
TOLD = {
    Facet.COUNTS: (0, 1, 2, 6),
    Facet.TOUCHED: (0, 1, 2, 4, 6, 8, 10, 11, 12),
    Facet.CALLS: (0, 1, 2, 6, 7, 8, 9),
    Facet.CHANGES: (0, 1, 2, 6, 7, 8, 9, 10, 11, 12),
    Facet.REPEATS: (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
}


@settings(max_examples=MANY)
@given(st.lists(LINES, min_size=1, max_size=12), st.sampled_from(("", "a1")))
def test_what_is_read_in_part_is_as_when_all_is_read(file: Path, lines: list[bytes], agent: str) -> None:
    content = b"".join(line + b"\n" for line in (compact(INTRODUCTION), *lines))
    whole, _ = extracts(file, content, agent=agent, facets=Facet.CONTENT | Facet.TOOLS)
    assert whole.activity is not None
    every = Done._make(whole.activity)
    for facet, told in TOLD.items():
        part, full = extracts(file, content, agent=agent, facets=facet)
        assert part == full
        assert part.activity is not None
        wanted = [use for use in zip(*every.uses, strict=True) if facet is not Facet.TOUCHED or use[2] in FILE_TOOLS]
        found = zip(*Done._make(part.activity).uses, strict=True)
        uses = [use for use in found if facet is not Facet.TOUCHED or use[2] in FILE_TOOLS]
        assert [[use[at] for at in told] for use in uses] == [[use[at] for at in told] for use in wanted]
    part, full = extracts(file, content, agent=agent, facets=Facet.PROMPTS | Facet.WORK)
    assert part == full
    assert part.activity is not None
    assert Done._make(part.activity).prompts == every.prompts
    other, _ = extracts(file, content, agent=agent, facets=Facet.GIT | Facet.NOTICES | Facet.COUNTED)
    assert other.activity is not None
    assert Done._make(other.activity).operations == every.operations
    assert Done._make(other.activity).notices == every.notices
    assert (other.cost, other.team) == (whole.cost, whole.team)
    assert (part.done, part.spawned) == (whole.done, whole.spawned)


PIECES = (
    b'"',
    b"\\",
    b"]",
    b"[",
    b"}",
    b"{",
    b",",
    b":",
    b'],"',
    b'"}',
    b"\xff",
    b"\x01",
    b"\\u00e9",
    b"\\ud800",
    b"NaN",
    b"",
)


@settings(max_examples=MANY)
@given(LINES, st.floats(0, 1), st.integers(0, 3), st.sampled_from(PIECES))
def test_t12_content_that_is_damaged_is_not_taken_for_sound(
    file: Path, line: bytes, at: float, gone: int, piece: bytes
) -> None:
    """Somewhere in the content some bytes are replaced by others."""
    begin = line.index(b'"content":') + len(b'"content":')
    end = line.rindex(b',"stop_reason":' if b'"type":"assistant"' in line else b'},"uuid":"')
    place = begin + int(at * (end - begin))
    damaged = line[:place] + piece + line[min(place + gone, end) :]
    fast, full = both(file, damaged, line)
    assert fast == full


# --- what decides which way a row goes ---


def result(content: Any, use: str = "toolu_1", uuid: str = "a2", **fields: Any) -> bytes:
    block = {"tool_use_id": use, "type": "tool_result", "content": content}
    row = {"isSidechain": False, "type": "user", "message": {"role": "user", "content": [block]}, "uuid": uuid}
    return compact({**row, "timestamp": TIMES[0], **fields})


def response(*blocks: Row, uuid: str = "a1", **fields: Any) -> bytes:
    message = {"model": "claude-opus-5", "id": "msg_1", "type": "message", "role": "assistant", "content": list(blocks)}
    whole = {**message, "stop_reason": None, "usage": USAGE}
    row = {"isSidechain": False, "message": whole, "type": "assistant", "uuid": uuid, "timestamp": TIMES[0]}
    return compact({**row, **fields})


def test_a_spawns_result_names_its_subagent(file: Path) -> None:
    spawn = response(tool_use("toolu_1", "Task", {"prompt": "Look"}))
    assert same(file, spawn, result("Done", toolUseResult={"agentId": "b1"})).spawned == ["b1"]
    assert same(file, spawn, result("Done", toolUseResult={"status": "completed"})).spawned == [""]


def test_a_summary_is_no_result(file: Path) -> None:
    labels = same(file, response(text("")), result("Summed up", isCompactSummary=True), response(text("x"), uuid="a3"))
    assert ("summary", "summaries", "", "", "", "", "") in labels.labels


def test_a_row_of_a_fork_names_where_it_comes_from(file: Path) -> None:
    assert same(file, result("Done", forkedFrom=SECOND)).forks == {"": SECOND}
    assert same(file, response(text("x"), forkedFrom={"sessionId": SECOND})).forks == {"": SECOND}


def test_a_long_result_is_read_however_small_the_buffer_is(file: Path) -> None:
    """Not taken for a row that is not needed when all of it that has been read so far looks whole."""
    shown = [{"type": "image", "source": {"type": "base64", "data": "A" * 5000}}]
    lines = (
        response(tool_use("toolu_1", "Read", {"file_path": "a.png"})),
        result(shown, toolUseResult={"x": "y" * 5000}),
    )
    for size in range(200, 700, 50):
        fast, full = both(file, *lines, buffer=size)
        assert fast == full
        assert ("image", "images", "Read", "", "", "", "") in fast.labels


def test_rows_of_one_response_make_one_step_in_the_order_of_time(file: Path) -> None:
    lines = [response(text("one")), result("Done"), response(text("two"), uuid="a3"), response(text("x"), uuid="a4")]
    lines[3] = lines[3].replace(TIMES[0].encode(), TIMES[1].encode())  # an hour before the others
    ((agent, steps),) = same(file, *lines).threads
    assert (agent, list(Steps(steps))) == (
        "",
        [(0, [0, 2])],
    )  # before the first row of the response only the prompt had arrived: Go


@pytest.mark.parametrize("line", [b'{"type":"mode"', b'{"isSidechain":false,"type":"user"'])
def test_a_row_that_ends_behind_its_type_is_malformed(file: Path, line: bytes) -> None:
    for facets in (Facet.USAGE, Facet.TITLES, Facet.CONTENT, Facet.TOOLS, Facet.CONTENT | Facet.TOOLS):
        content = compact(INTRODUCTION) + b"\n" + line + b"\n"
        fast, full = extracts(file, content, facets=facets)
        assert fast == full
        assert (fast.rows, fast.malformed) == (2, 1)


def test_an_attachment_behind_the_screens_copy_of_a_result(file: Path) -> None:
    """Claude Code writes none there."""
    same(file, result("Done", toolUseResult={"x": "y"}, attachment={"type": "file"}))
