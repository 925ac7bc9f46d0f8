"""What each question looks like, character by character: one golden file a question and a format.

After a change that is wanted: pytest tests/questions --update-golden, then read the difference line by line. The
figures in the files are those of tests/questions/__init__.py; test_by_hand.py checks them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.conftest import GOLDEN
from tests.questions import shop
from tokenscope import __version__
from tokenscope.app.registry import find_question, question_names

Golden = Callable[[str, str], None]
FORMATS = {"txt": "--no-color", "plain.txt": "--plain", "fields": "--json", "csv": "--csv"}
KINDS = {
    dict: "object",
    list: "list",
    str: "text",
    int: "whole",
    float: "number",
    bool: "yes or no",
    type(None): "null",
}
NAMES = [
    (name, ending) for name in question_names() for ending in FORMATS if ending != "csv" or find_question(name).rows
]


def fields(text: str) -> str:
    """The fields of a report in JSON, an object a line, with the kinds of their values: figures are checked by hand.

    What is like an object further up refers to it. All objects of a list, or of a field, are one.
    """
    lines: list[str] = []
    seen: dict[str, str] = {}

    def tell(place: str, values: list[Any]) -> None:
        lists = [one for one in values if isinstance(one, list)]
        if lists:
            return tell(f"{place}[]", [inner for one in lists for inner in one])
        objects = [one for one in values if isinstance(one, dict)]
        if not objects:
            return None
        inside = {
            name: [one[name] for one in objects if name in one]
            for name in dict.fromkeys(key for one in objects for key in one)
        }
        first = seen.setdefault(shape(values), place)
        if first != place:
            lines.append(f"{place}: as {first}")
            return None
        lines.append(f"{place}: " + ", ".join(f"{name} {kind(inner)}" for name, inner in inside.items()))
        for name, inner in inside.items():
            tell(f"{place}.{name}", inner)
        return None

    tell("report", [json.loads(text)["report"]])
    return "".join(f"{line}\n" for line in lines)


def kind(values: list[Any]) -> str:
    found = {KINDS[type(one)] for one in values}
    if found & {"list"}:
        inner = kind([value for one in values if isinstance(one, list) for value in one])
        found = (found - {"list"}) | {f"list of {inner}" if inner else "list"}
    return " or ".join(sorted(found))


def shape(values: list[Any]) -> str:
    """Names of fields and no more of what is equal: kinds that are missing by chance make no other shape."""
    names: dict[str, list[Any]] = {}
    for one in values:
        if isinstance(one, list):
            return f"[{shape([inner for each in values if isinstance(each, list) for inner in each])}]"
        for name, inner in one.items() if isinstance(one, dict) else ():
            names.setdefault(name, []).append(inner)
    return "{" + ", ".join(f"{name} {shape(inner)}" for name, inner in names.items()) + "}" if names else ""


def test_fields() -> None:
    report = (
        '{"report": {"total": 1, "rows": [{"name": "a", "usd": null}, {"name": "b", "usd": 0.5}], "none": [],'
        ' "best": {"name": "c", "usd": 1.5}}}'
    )
    assert fields(report).splitlines() == [
        "report: total whole, rows list of object, none list, best object",
        "report.rows[]: name text, usd null or number",
        "report.best: as report.rows[]",
    ]


def answered(root: Path, question: str, *words: str) -> str:
    """What is the same on every machine: the folder by its name alone, no version."""
    with chdir(root.parent):
        answer = ask(question, "--tz", "UTC", *words, root=Path(root.name))
    assert (answer.code, answer.err) == (0, "")
    return answer.out.replace(f'"tokenscope": "{__version__}"', '"tokenscope": "VERSION"')


@pytest.mark.parametrize(("question", "ending"), NAMES)
def test_every_question_in_every_format(root: Path, golden: Golden, question: str, ending: str) -> None:
    answer = answered(root, question, FORMATS[ending])
    golden(f"{question}.{ending}", fields(answer) if ending == "fields" else answer)


@pytest.mark.parametrize("question", question_names())
def test_no_line_of_a_card_is_wider_than_asked_for(root: Path, question: str) -> None:
    for width in (60, 80, 100, 120):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", str(width))
            out = answered(root, question, "--no-color")
        assert max(map(len, out.splitlines())) <= width


@pytest.mark.parametrize("question", question_names())
def test_cards_about_nothing(root: Path, golden: Golden, question: str) -> None:
    golden(f"empty/{question}.txt", answered(root, question, "--project", "nothing", "--no-color"))


def test_cards_about_nothing_advise_nothing(root: Path) -> None:
    assert "0 tokens less" not in answered(root, "quickstart", "--project", "nothing", "--no-color")


def test_golden_files_of_questions_that_are_gone_are_deleted() -> None:
    expected = {f"{name}.{ending}" for name, ending in NAMES}
    assert {path.name for path in GOLDEN.iterdir() if path.is_file()} == expected
    assert {path.name for path in (GOLDEN / "empty").iterdir()} == {f"{name}.txt" for name in question_names()}


def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    """Also when the files were written in another order, and read by another run."""
    history = shop(tmp_path)
    history.files = dict(reversed(history.files.items()))
    root = history.write()
    for question in question_names():
        assert answered(root, question, "--json") == answered(root, question, "--json")
