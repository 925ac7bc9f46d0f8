"""The short form of tests/trust/attack.py: one session an attack, a third of them in each answer."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from tests.asking import Answer, ask
from tests.formats.test_harmless import forbidden
from tests.trust.attack import EVERY_ATTACK, histories, status_line, transcripts
from tests.trust.checks import CANARY, complaints
from tests.trust.lines import FILE, Line, asked, every_line
from tokenscope.app.registry import question_names

LINES = every_line()
SOME = 4  # status lines: each takes a process
PARTS = 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All attacks."""
    root = tmp_path_factory.mktemp("attacked")
    fields = histories(EVERY_ATTACK, root, length=20)
    assert len(fields) > 60
    return root


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Each attack in one of them."""
    found = []
    for number in range(PARTS):
        found.append(tmp_path_factory.mktemp("attacked"))
        histories(EVERY_ATTACK[number::PARTS], found[-1], length=16)
    return found


@pytest.mark.parametrize("number", range(len(LINES)), ids=[" ".join(line.words) for line in LINES])
def test_no_attack_works_anywhere(parts: list[Path], tmp_path: Path, number: int) -> None:
    line = LINES[number]
    answer, written = asked(line, parts[number % PARTS], tmp_path)
    assert list(complaints(line, answer, written)) == []
    assert len(written) > 40


@pytest.mark.parametrize("number", range(len(EVERY_ATTACK)))
def test_no_attack_works_in_the_steps_of_a_session(root: Path, tmp_path: Path, number: int) -> None:
    session = transcripts(root)[number].name[:36]
    view, output = (("--timeline", "--full-text"), "--html") if number % 2 else (("--map",), "--plain")
    file = (FILE,) if output == "--html" else ()
    line = Line(("session", "--session", session, *view, output, *file, "--tz", "UTC"), output.strip("-"))
    answer, written = asked(line, root, tmp_path)
    if answer.code == 2:  # several attacks on one session of the demo
        assert "which one" in answer.err or "several" in answer.err
        return
    assert list(complaints(line, answer, written)) == []


@pytest.mark.parametrize("number", range(0, len(EVERY_ATTACK), len(EVERY_ATTACK) // SOME))
def test_the_status_line_stays_one_line(root: Path, number: int) -> None:
    assert status_line(transcripts(root)[number], EVERY_ATTACK[number]) is None


def test_an_error_that_names_titles_lets_nothing_through(root: Path) -> None:
    answer = ask("session", "Basket", root=root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("Basket") > 3
    assert [one for line in answer.err.split("\n") for one in forbidden(line)] == []


def test_a_database_holds_what_the_lines_of_json_hold(root: Path, tmp_path: Path) -> None:
    """Texts of attacks included: nothing is cut, quoted or read as SQL on the way."""
    for name in ("x.sqlite", "x.ndjson"):
        assert ask("export", tmp_path / name, "--with-text", root=root).code == 0
    rows = [tuple(json.loads(line).values()) for line in (tmp_path / "x.ndjson").read_bytes().splitlines()]
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as connection:
        found = connection.execute("SELECT * FROM messages").fetchall()
    assert len(rows) > 100
    of_lines = [row[: len(rows[0])] for row in found]  # a database says besides who it was, and what was rebuilt
    assert sorted(map(repr, of_lines)) == sorted(repr(tuple(map(_stored, row))) for row in rows)


def test_a_parquet_file_holds_what_the_lines_of_json_hold(root: Path, tmp_path: Path) -> None:
    """As they are: control characters, lone quotation marks and formulas mean nothing there."""
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("x.parquet", "x.ndjson"):
        assert ask("export", tmp_path / name, "--with-text", root=root).code == 0
    rows = [json.loads(line) for line in (tmp_path / "x.ndjson").read_bytes().splitlines()]
    found = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    assert len(found) > 100
    assert found == [{**row, "time": row["time"] and datetime.fromisoformat(row["time"])} for row in rows]
    texts = "".join(str(value) for row in found for value in row.values())
    assert all(left in texts for left in ("DROP TABLE", CANARY, "=1+1|", "fake_metric 7"))


def _stored(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def test_the_attacks_arrive(root: Path) -> None:
    """Otherwise nothing would be proved: what is left of them stands in the cards."""
    out = ask("sessions", "--all", "--plain", root=root).out
    assert "cleared" in out
    assert "DROP TABLE" in out
    assert CANARY in out


@pytest.mark.parametrize(
    ("output", "written"),
    [
        ("json", '"a\x1b[2J"'),
        ("json", "{"),
        ("csv", "a,b\n=1+1,2\n"),
        ("csv", "a,b\n1\n"),
        ("plain", "a\u202eb"),
        ("color", "\x1b[31mred\x1b]0;title\x07"),
        ("svg", '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        ("svg", f'<svg xmlns="http://www.w3.org/2000/svg"><text {CANARY}="1"/></svg>'),
        ("html", "<p>no policy</p>"),
        ("openmetrics", "# HELP claude_code_x_total x\nfake_metric 7\n# EOF\n"),
        ("openmetrics", '# HELP claude_code_x_total x\nclaude_code_x_total{a="b"c"} 1 2\n# EOF\n'),
        ("openmetrics", "# EOF\nmore\n# EOF\n"),
        ("ndjson", '{"a": 1}\n{"b"\n'),
        ("sqlite", "no database"),
    ],
)
def test_what_gets_through_is_seen(output: str, written: str) -> None:
    """Otherwise the checks would prove nothing."""
    assert list(complaints(Line(("daily",), output), Answer(0, written, ""), written.encode()))


def test_an_injected_element_is_seen(root: Path, tmp_path: Path) -> None:
    """On a page that is sound otherwise."""
    line = Line(("daily", "--html", FILE), "html")
    answer, written = asked(line, root, tmp_path)
    assert list(complaints(line, answer, written)) == []
    for injected in (f"<p {CANARY}=1>x</p>", "<img src=x>", "<p onclick=x>x</p>", "<a href=https://x>x</a>", "</p>"):
        assert list(complaints(line, answer, written.replace(b"<footer", injected.encode() + b"<footer", 1)))


def test_every_question_is_attacked() -> None:
    assert {line.words[0] for line in LINES} == {*question_names(), "export"}
