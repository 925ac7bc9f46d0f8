"""What a question begins with before the history is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transcripts import History as Transcripts
from tests.transcripts import tool_use
from tokenscope.app.open_history import open_history
from tokenscope.app.request import Request
from tokenscope.history.history import History
from tokenscope.questions.tools import QUESTION


def written(folder: Path) -> Path:
    history = Transcripts(folder)
    session = history.session(cwd="/home/ada/shop")
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response("msg_1", output=40, blocks=[tool_use("toolu_1", "Read")])
    session.tool_result("toolu_1", "1→basket = []")
    session.response("msg_2", output=4)
    return history.write()


def test_it_sees_responses_and_contexts_and_is_asked_once(tmp_path: Path) -> None:
    seen: list[tuple[int, int, int]] = []

    def begin(history: History) -> None:
        seen.append((len(history.store.messages), len(history.store.contexts), len(history.store.tool_uses)))

    history = open_history(QUESTION.reading, Request(root=[written(tmp_path)]), begin=begin)
    assert seen == [(2, 1, 0)]
    assert len(history.store.tool_uses) == 1
    history.once(begin)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "asked",
    [{"since": "2026-05-01"}, {"project": ["shop"]}, {"model": ["opus"]}, {"no_text": True}],
    ids=lambda asked: next(iter(asked)),
)
def test_nothing_is_begun_where_what_follows_may_change_it(tmp_path: Path, asked: dict[str, object]) -> None:
    def begin(_: History) -> None:
        pytest.fail("begun too early")

    request = Request(root=[written(tmp_path)], **asked)  # type: ignore[arg-type]
    assert len(open_history(QUESTION.reading, request, begin=begin).store.messages) == 2
