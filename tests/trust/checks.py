"""What an answer must not let through, output by output; each is read as its own readers would."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from tests.asking import Answer
from tests.formats.markup import Page, nothing_is_loaded
from tests.formats.test_harmless import forbidden
from tests.formats.test_json import steering
from tests.trust.lines import FILE, Line

CANARY = "canary"  # the name of the attribute that attacks try to make
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {
    f"{SVG}{name}" for name in ("svg", "title", "g", "rect", "line", "circle", "path", "text", "tspan", "clipPath")
}
ATTRIBUTES = re.compile(
    "charset|content|http-equiv|name|lang|class|id|href|title|role|scope|colspan|open|for|type|value|placeholder|checked|"
    "hidden|width|height|[xy][12]?|c[xy]|rx?|d|dx|points|viewbox|preserveaspectratio|transform|fill|opacity|tabindex|"
    "text-anchor|(aria|data)-[a-z-]+"
)
OURS = re.compile(r"[a-z0-9 _-]*")  # classes and ids
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TABLES = {"about", "sessions", "messages", "tool_uses", "files", "git", "prompts", "ledger", "causes"}
LABELS = r'\w+="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"(claude_code_\w+_total)\{{({LABELS}(?:,{LABELS})*)?\}} (\d+(?:\.\d+)?) (-?\d+)")


def complaints(line: Line, answer: Answer, written: bytes) -> Iterator[str]:
    """What is wrong with an answer."""
    told = answer.err if FILE in line.words and line.words[0] == "export" else ""
    if answer.code or answer.err != told or forbidden(told.replace("\n", "")):
        yield f"{answer.code} {answer.err[:300]!r}"
        return
    try:
        if line.output == "sqlite":
            yield from _database(written)
        elif line.output == "parquet":
            yield from _parquet(written)
        else:
            yield from CHECKS[line.output](written.decode())
    except (AssertionError, ValueError, LookupError, csv.Error, sqlite3.Error, ElementTree.ParseError) as error:
        yield f"{type(error).__name__}: {error}"


def _json(text: str) -> Iterator[str]:
    json.loads(text)
    if found := steering(text):
        yield f"steering characters {found[:5]}"


def _ndjson(text: str) -> Iterator[str]:
    assert text.endswith("\n") or not text
    for one in text.split("\n")[:-1]:
        yield from _json(one)


def _colour(text: str) -> Iterator[str]:
    yield from _text(COLOURS.sub("", text))


def _text(text: str) -> Iterator[str]:
    if found := [one for line in text.split("\n") for one in forbidden(line)]:
        yield f"characters {found[:5]}"


def _table(text: str) -> Iterator[str]:
    yield from _text(text)
    header, *rows = csv.reader(io.StringIO(text), strict=True)
    for row in rows:
        if len(row) != len(header):
            yield f"a row of {len(row)} cells: {row}"
        for cell in row:
            if cell.startswith(("=", "@", "+", "\t", "\r")) or re.match(r"-(?!\d+(\.\d+)?(e-?\d+)?$)", cell):
                yield f"a formula: {cell[:40]!r}"


def _page(text: str) -> Iterator[str]:
    page = Page(text)
    nothing_is_loaded(page)
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            if not ATTRIBUTES.fullmatch(name):
                yield f"an attribute {name} of {tag}"
            if name in ("class", "id") and not OURS.fullmatch(value or ""):
                yield f"a {name} {value!r}"
    yield from _text("".join(page.said()) + "".join(v or "" for _, a in page.elements for v in a.values()))


def _picture(text: str) -> Iterator[str]:
    for one in ElementTree.fromstring(text).iter():
        if one.tag not in SHAPES:
            yield f"an element {one.tag}"
        for name, value in one.attrib.items():
            if name.startswith("on") or name in (CANARY, "href", "style") or re.search(r"url\((?!#)", value):
                yield f"an attribute {name}={value!r}"
    yield from _text(text)


def _metrics(text: str) -> Iterator[str]:
    """The grammar of OpenMetrics, as far as it is used: a family's HELP, its samples with labels and time, the end."""
    *lines, end, nothing = text.split("\n")
    assert (end, nothing) == ("# EOF", "")
    family, seen = "", dict[str, int]()
    for one in lines:
        if one.startswith("# HELP "):
            family = one.split(" ")[2]
            continue
        sample = SAMPLE.fullmatch(one)
        if sample is None or sample[1] != family:
            yield f"no sample of {family}: {one[:200]!r}"
        else:
            series, second = one.rsplit(" ", 2)[0], int(sample[4])
            if seen.get(series, second - 1) >= second:
                yield f"{series} goes back in time"
            seen[series] = second
    yield from _text(text)


def _database(written: bytes) -> Iterator[str]:
    """Every table is one of ours, is whole, and its texts are what was put in: characters, no bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.sqlite"
        path.write_bytes(written)
        with closing(sqlite3.connect(path)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check").fetchone()
            assert said == "ok", said
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables != TABLES:
                yield f"tables {sorted(tables ^ TABLES)}"
            for name in tables:
                for row in connection.execute(f'SELECT * FROM "{name}"'):
                    if any(isinstance(value, bytes) for value in row):
                        yield f"bytes in {name}"


def _parquet(written: bytes) -> Iterator[str]:
    from pyarrow import BufferReader  # noqa: PLC0415 - only where it is installed
    from pyarrow.parquet import read_table  # noqa: PLC0415

    table = read_table(BufferReader(written))
    if not table.num_columns or written[:4] != b"PAR1":
        yield "no table"


CHECKS: dict[str, Callable[[str], Iterator[str]]] = {
    "json": _json,
    "csv": _table,
    "plain": _text,
    "no-color": _text,
    "color": _colour,
    "svg": _picture,
    "html": _page,
    "config": _json,
    "ndjson": _ndjson,
    "openmetrics": _metrics,
}
