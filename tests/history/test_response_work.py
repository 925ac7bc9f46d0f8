"""What responses did, from what each file says of it."""

from __future__ import annotations

from pathlib import Path

from tests.history import NOW, pricer
from tokenscope.history.history import History
from tokenscope.scope import Scope
from tokenscope.store import FileWork, ResponseWork, Store


def test_t21_a_copied_response_did_the_most_that_any_file_says(tmp_path: Path) -> None:
    """The first file has messages 4 and 5; the second 5 and 4, whose tool had failed by then, and 7."""
    first: FileWork = (range(4, 6), {0: (1, 0, 0, 0, 20, 0), 1: (2, 1, 0, 0, 300, 7)})
    second: FileWork = ([5, 4, 7], {1: (1, 0, 1, 0, 20, 0), 0: (1, 0, 0, 1, 400, 0), 2: (0, 0, 0, 0, 1, 0)})
    assert History(Store(response_work=[first, second]), Scope(NOW), pricer(tmp_path)).response_work == {
        4: ResponseWork(tool_uses=1, errors=1, visible_bytes=20),
        5: ResponseWork(tool_uses=2, spawns=1, retries=1, visible_bytes=400, thinking_bytes=7),
        7: ResponseWork(visible_bytes=1),
    }


def test_nobody_did_anything_where_nothing_is_told(tmp_path: Path) -> None:
    assert History(Store(), Scope(NOW), pricer(tmp_path)).response_work == {}
