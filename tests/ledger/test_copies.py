"""What forks copied of their originals occurred once, answered or not (T21)."""

from __future__ import annotations

import pytest

from tests.answers import walked
from tests.ingest import FIRST, SECOND, THIRD, store_of
from tests.transcripts import History, Session, text
from tokenscope.ledger.growth_shares import copied_items
from tokenscope.model import Facet


@pytest.fixture
def session(history: History) -> Session:
    """An answered prompt, and one that is not answered yet."""
    session = history.session(FIRST)
    session.prompt("Fix the basket")
    session.response(input=10_000, blocks=[text("Done.")])
    session.prompt("Now the tests")
    return session


def answer(session: Session) -> None:
    session.response(input=10_100, blocks=[text("")])


def prompts(history: History) -> dict[str, int]:
    _, ledger = walked(history)
    return {label[4]: entry.occurrences for label, entry in ledger.entries.items() if label[3] == "prompt"}


@pytest.mark.parametrize("marked", [True, False])
def test_t21_a_prompt_that_a_fork_copied_unanswered_occurred_once(
    history: History, session: Session, *, marked: bool
) -> None:
    forks = [session.fork(name, marked=marked) for name in (SECOND, THIRD)]
    for one in (session, *forks):
        answer(one)
    assert prompts(history) == {"Fix the basket": 1, "Now the tests": 1}


def test_t21_what_a_fork_asks_itself_is_its_own(history: History, session: Session) -> None:
    """It copies one prompt that is not answered and goes on with another; the original with a third."""
    fork = session.fork(SECOND)
    fork.prompt("Now the docs")
    session.prompt("Now the prices")
    answer(session)
    answer(fork)
    assert prompts(history) == dict.fromkeys(("Fix the basket", "Now the tests", "Now the docs", "Now the prices"), 1)


def test_t21_what_the_original_never_had_answered_is_counted_with_the_fork(history: History, session: Session) -> None:
    answer(session.fork(SECOND))
    assert prompts(history) == {"Fix the basket": 1, "Now the tests": 1}


def test_t21_nothing_is_copied_where_there_is_no_fork(history: History, session: Session) -> None:
    answer(session)
    assert copied_items(store_of(history.write(), facets=Facet.CONTENT)) == {}


def test_t21_the_ordinals_are_those_of_the_thread(history: History, session: Session) -> None:
    """The model's "Done." comes second, the prompt behind it third; a compaction before the fork changes nothing."""
    fork = session.fork(SECOND)
    answer(session)
    answer(fork)
    (found,) = copied_items(store_of(history.write(), facets=Facet.CONTENT)).values()
    assert found == range(1, 3)


def test_t21_what_stands_behind_the_last_copied_response_was_copied_with_it(history: History, session: Session) -> None:
    """Two answered prompts are copied, and a third that is not answered: the fourth item of the thread."""
    answer(session)
    session.prompt("Then the docs")
    fork = session.fork(SECOND)
    for one in (session, fork):
        one.response(input=10_200, blocks=[text("")])
    (found,) = copied_items(store_of(history.write(), facets=Facet.CONTENT)).values()
    assert found == range(3, 4)
    assert prompts(history) == dict.fromkeys(("Fix the basket", "Now the tests", "Then the docs"), 1)


def test_t21_what_was_typed_again_behind_an_answer_was_not_copied(history: History, session: Session) -> None:
    """Fork and original go on with the same words, the original only after an answer, which stands first in its file."""
    fork = session.fork(SECOND)
    answer(session)
    session.lines.insert(0, session.lines.pop())
    for one in (session, fork):
        one.prompt("Go on")
        one.response(input=10_200, blocks=[text("")])
    assert prompts(history) == {"Fix the basket": 1, "Now the tests": 1, "Go on": 2}
