"""How the context of a thread grew, and where it was compacted."""

from __future__ import annotations

from tests.answers import at, read
from tests.transcripts import History, Session
from tokenscope.answers.context.heaviest import MARK, growth_in_thread, growth_spark


def grown(history: History) -> tuple[list[int], list[int]]:
    return growth_in_thread(read(history), 0)


def respond(session: Session, sizes: list[int]) -> None:
    for size in sizes:
        session.response(input=size)


def test_a_short_thread_is_drawn_response_by_response(history: History) -> None:
    session = history.session("one")
    respond(session, [10, 30, 20])
    session.compaction()
    respond(session, [15, 25])
    assert grown(history) == ([10, 30, 20, 15, 25], [3])


def test_the_largest_of_each_stretch(history: History) -> None:
    """40 responses, two a stretch; a compaction between two of them stands behind theirs."""
    session = history.session("one")
    respond(session, list(range(1, 11)))
    session.compaction()
    respond(session, [5])
    session.compaction()
    respond(session, list(range(6, 35)))
    sizes, compacted = grown(history)
    assert sizes == [2, 4, 6, 8, 10, 6, *range(8, 35, 2)]
    assert compacted == [5, 6]  # after 10 of 40 responses, and after 11


def test_a_compaction_at_an_end_of_a_thread_is_not_drawn(history: History) -> None:
    session = history.session("one")
    session.compaction(at=at(1))
    respond(session, [10, 20])
    session.compaction(at=at(50))
    assert grown(history) == ([10, 20], [])


def test_a_thread_without_a_response(history: History) -> None:
    history.session("one").prompt("Hello")
    assert grown(history) == ([], [])


def test_a_spark_is_on_the_scale_of_its_largest() -> None:
    assert growth_spark([1, 4, 2], []) == (0.25, 1.0, 0.5)
    assert growth_spark([1, 4, 2], [2, 3]) == (0.25, 1.0, MARK, 0.5, MARK)
    assert growth_spark([0, 0], [1]) == ()
    assert growth_spark([], []) == ()
