"""The three commands at the end of the long answer are chosen from what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask
from tests.transcripts import History, Session

OPUS = "claude-opus-4-8"


def next_of(root: Path, *words: object) -> list[str]:
    """The questions that are named, without the program's name."""
    line = ask("quickstart", "--cards", *words, root=root).out.splitlines()[-1]
    assert line.startswith("next: ")
    return [one.removeprefix("tokenscope ") for one in line.removeprefix("next: ").split(" · ")]


def work(session: Session, *, light: int = 0) -> None:
    """A heavy response, then light ones: such as a smaller model would have done."""
    session.response(model=OPUS, input=0, cache_write=10_000, output=2_000)
    for _ in range(light):
        session.response(model=OPUS, input=0, cache_read=10_000, cache_write=500, output=100)


def test_one_session(history: History) -> None:
    work(history.session())
    assert next_of(history.write()) == ["context", "daily", "models"]


def test_several_sessions(history: History) -> None:
    work(history.session())
    work(history.session())
    assert next_of(history.write()) == ["context", "sessions", "daily"]


@pytest.mark.parametrize(("projects", "expected"), [(2, "sessions"), (3, "projects")])
def test_several_projects(history: History, projects: int, expected: str) -> None:
    for number in range(projects):
        work(history.session(cwd=f"/home/ada/p{number}"))
    assert next_of(history.write())[1] == expected


def test_work_that_looks_light(history: History) -> None:
    work(history.session(), light=10)
    assert next_of(history.write())[1] == "quota-audit"


def test_nothing_found(history: History) -> None:
    work(history.session())
    assert next_of(history.write(), "--project", "nothing") == ["doctor", "demo"]
