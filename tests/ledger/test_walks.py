"""The walks against a plain second way of walking, and by one process against several."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given

from tests.history import NOW, pricer
from tests.ledger.plain_walks import walk_plainly
from tests.ledger.test_ledger_properties import Files, drawn, examples, histories, long_thread, scopes, seen
from tests.packed_steps import packed
from tokenscope import process_pool
from tokenscope.context_steps import Steps
from tokenscope.history import history as accounting
from tokenscope.ledger import all_threads
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import Ledger, build_ledger
from tokenscope.ledger.live import SMALLEST_FACTOR
from tokenscope.scope import Scope
from tokenscope.store import MICROCOMPACTION, Context, Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walks")


# --- the plain way ---


@examples(200)
@given(histories(), scopes())
def test_every_item_has_come_to_what_it_comes_to_response_by_response(folder: Path, files: Files, scope: Scope) -> None:
    check(seen(files, folder, scope))


def test_a_long_thread_that_grows_shrinks_and_forgets(folder: Path) -> None:
    check(long_thread(folder, 120))


def test_a_thread_that_falls_to_its_floor_again_and_again(folder: Path) -> None:
    ledger = check(drawn([(100_000, 0), *[(180_000, 900), (100_060, 900)] * 20], folder))
    assert sum(entry.tokens for entry in ledger.entries.values()) > 20 * 79_000


def check(history: accounting.History) -> Ledger:
    ledger, plain = build_ledger(history), walk_plainly(history)
    is_whole = plain.least >= SMALLEST_FACTOR  # else some items became specks, and were followed no further
    for label in ledger.entries.keys() | plain.entries.keys():
        entry, sums = ledger.entries[label], plain.entries[label]
        assert entry.tokens == pytest.approx(sums.tokens, rel=1e-6, abs=1), label
        assert entry.price == pytest.approx(sums.price, rel=1e-6, abs=1e7), label  # ten microdollars
        if is_whole:
            assert (entry.occurrences, entry.carried_with) == (sums.occurrences, sums.responses), label
    order = sorted(plain.floors, key=lambda number: -len(history.store.contexts[number].steps))
    for floor, number in zip(ledger.floors, order, strict=True):
        sums = plain.floors[number]
        assert floor.tokens == pytest.approx(sums.tokens, rel=1e-9)
        assert floor.price == pytest.approx(sums.price, rel=1e-6, abs=1e7)
        assert floor.responses == sums.responses
    return ledger


# --- several processes ---


@pytest.fixture
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if they were many: a task for every thread, and processes for a handful of them."""
    monkeypatch.setattr(all_threads, "WORTHWHILE", 2)
    monkeypatch.setattr(all_threads, "TASKS", 1_000_000)


def by(history: accounting.History, processes: int) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process_pool, "processors", lambda: processes)
        return start_walks(history).results()


@pytest.mark.usefixtures("_few_steps")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="walks are shared with copies of this process alone")
@examples(25)
@given(histories(), scopes())
def test_several_processes_find_the_same_to_the_last_digit(folder: Path, files: Files, scope: Scope) -> None:
    history = seen(files, folder, scope)
    alone = by(history, 1)
    assert by(history, 2) == alone
    assert by(history, 5) == alone


def test_a_small_history_is_walked_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = long_thread(folder, 50)
    monkeypatch.setattr(process_pool, "processors", lambda: 8)
    monkeypatch.setattr(process_pool, "start", lambda *_: pytest.fail("a process was started"))
    assert start_walks(history).results()
    assert len(history.store.contexts[0].steps) < all_threads.WORTHWHILE


def test_a_history_without_content_is_no_walk(folder: Path) -> None:
    assert start_walks(accounting.History(Store(), Scope(NOW), pricer(folder))).results() == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (4, [[0], [1, 2], [3, 4]]),  # 5 steps; 3 and 2; 2 and 1
        (6, [[0, 1], [2, 3, 4]]),
        (0, [[0], [1], [2], [3], [4]]),
        (99, [[0, 1, 2, 3, 4]]),
    ],
)
def test_a_task_is_as_many_threads_as_make_so_many_steps(size: int, expected: list[list[int]]) -> None:
    contexts = [of_length(thread, length) for thread, length in enumerate((5, 3, 2, 2, 1))]
    assert all_threads._tasks(contexts, list(range(5)), size) == expected


@pytest.mark.parametrize(
    ("free", "steps", "expected"), [(2, 24, 2), (64, 24, 4), (64, 6_000, 8), (4, 5, 1), (1, 24, 1)]
)
def test_as_many_processes_as_are_free_and_worthwhile(
    monkeypatch: pytest.MonkeyPatch, folder: Path, free: int, steps: int, expected: int
) -> None:
    """One for every six steps, eight at most."""
    asked: list[int] = []
    monkeypatch.setattr(all_threads, "WORTHWHILE", 6)
    monkeypatch.setattr(process_pool, "processors", lambda: free)
    monkeypatch.setattr(process_pool, "Team", lambda *given: Mock(start=lambda: asked.append(given[2])))
    start_walks(accounting.History(Store(contexts=[of_length(0, steps)]), Scope(NOW), pricer(folder)))
    assert asked == [expected]


def of_length(thread: int, steps: int) -> Context:
    return Context(thread, [], Steps(packed([(MICROCOMPACTION, [])] * steps)), [])
