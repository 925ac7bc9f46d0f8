"""Same transcripts, same bytes out: whatever the number of processes, the locale, the zone, the seed of hashing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.asking import ask, ask_outside
from tests.questions import shop
from tests.trust.fuzz import made_up, places, write
from tokenscope.app.registry import find_question, question_names

ELSEWHERE = (
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "America/St_Johns"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu"},
    {"PYTHONHASHSEED": "31", "LC_ALL": "tr_TR.UTF-8", "TZ": "UTC", "LANGUAGE": "tr"},
)

LOOKS_BACK_FROM_NOW = {"windows": ("--until", "2026-06-05")}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sound history, and strange rows beside it."""
    root = shop(tmp_path_factory.mktemp("shop")).write()
    random = Random(7)
    templates = [
        line for path in sorted(root.rglob("*.jsonl")) for line in path.read_bytes().splitlines() if line[:1] == b"{"
    ]
    names = sorted(
        {key for _, key in places({"message": {"usage": {}, "id": 1}, "uuid": 1, "type": 1, "timestamp": 1})}
    )
    lines, _ = made_up(random, templates, names, 400, 0)
    write(random, lines, root)
    return root


@pytest.mark.parametrize("question", question_names())
def test_the_machine_changes_nothing(root: Path, question: str) -> None:
    words = (question, "--json", "--tz", "Europe/Berlin", *LOOKS_BACK_FROM_NOW.get(question, ()))
    answers = [ask_outside(*words, root=root, env=env) for env in ELSEWHERE]
    first = _of_history(answers[0].json)
    assert answers[0].code == 0
    for answer in answers[1:]:
        assert _of_history(answer.json) == first


def _of_history(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what the doctor says of the machine itself."""
    answer["report"].pop("terminal", None)
    return answer


@pytest.mark.parametrize("question", [name for name in question_names() if find_question(name).reads])
def test_processes_and_the_order_of_entries_change_nothing(
    root: Path, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (question, "--json", "--tz", "UTC", *LOOKS_BACK_FROM_NOW.get(question, ()))
    expected = ask(*words, root=root).out
    scandir = os.scandir

    class Shuffled:
        def __init__(self, folder: str) -> None:
            with scandir(folder) as entries:
                self.entries = list(entries)
            Random(3).shuffle(self.entries)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None:
            self.entries.clear()

    monkeypatch.setattr(os, "scandir", Shuffled)
    monkeypatch.setattr("tokenscope.ingest.files.workers.WORTHWHILE", {"fork": 0, "spawn": 0})
    monkeypatch.setattr("tokenscope.ingest.files.workers.available_processors", lambda: 3)
    monkeypatch.setattr("tokenscope.ledger.all_threads.WORTHWHILE", 1)
    monkeypatch.setattr("tokenscope.ledger.all_threads.TASKS", 1_000_000)
    monkeypatch.setattr("tokenscope.process_pool.processors", lambda: 3)
    monkeypatch.setattr("tokenscope.process_pool.WORTHWHILE", 1)
    assert ask(*words, root=root).out == expected
