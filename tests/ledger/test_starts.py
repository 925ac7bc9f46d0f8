"""What threads started with: which file tells it, what counts as a start, and what a start is compared with."""

from __future__ import annotations

from tests.answers import at, sources
from tests.ingest import SECOND
from tests.ledger.test_floors import SHOP, Start, split, started
from tests.transcripts import History, iteration, text

# --- what tells it ---


def test_a_thread_that_begins_with_a_microcompaction(history: History) -> None:
    """It takes nothing out of what the first prompt holds."""
    session = history.session("one")
    session.system("microcompact_boundary", microcompactMetadata={"compactedToolIds": ["toolu_1"]})
    session.prompt("p" * 2_900)
    session.response(input=10_000, blocks=[text("")])
    assert split(history) == [(9_000, 0)]


def test_the_longest_file_of_a_thread_tells_its_start(history: History) -> None:
    """A shorter file of the same session has words before the first response, which the longer one has not."""
    session = history.session("one", folder="longer")
    session.response("msg_1", input=10_000, at=at(1), blocks=[text("")])
    session.response("msg_2", input=10_000, at=at(2), blocks=[text("")])
    shorter = history.session("one", folder="shorter")
    shorter.prompt("p" * 2_900, at=at(0))
    shorter.response("msg_1", input=10_000, at=at(1), blocks=[text("")])
    assert split(history) == [(10_000, 0)]
    assert sources(history) == {"floor": 20_000}


def test_inherited_context_is_carried_by_every_request_of_a_response(history: History) -> None:
    """Two requests of 100,000 tokens, of which 20,000 are usual."""
    started(history, Start(20_000), Start(20_000), Start(20_000))
    requests = [iteration("message", input=100_000), iteration("message", input=100_000)]
    session = history.session("fork", cwd=SHOP)
    session.response(input=200_000, iterations=requests, blocks=[text("")], at="2026-06-01T13:00:00Z")
    assert split(history)[-1] == (20_000, 80_000)
    assert sources(history) == {"inherited": 2 * 80_000, "floor": 3 * 20_000 + 2 * 20_000}


# --- forks ---


def test_a_fork_that_copied_its_first_response_makes_what_is_usual(history: History) -> None:
    """With its original and one more they are three: 45,000 is far above them, but no more than three times as much."""
    session = history.session("one", cwd=SHOP)
    session.response(input=20_000, blocks=[text("")], at=at(0))
    session.fork("two", marked=True).response(input=20_000, blocks=[text("")], at=at(1))
    history.session("three", cwd=SHOP).response(input=45_000, blocks=[text("")], at=at(2))
    assert split(history)[-1] == (20_000, 25_000)


def test_a_fork_that_only_an_undated_response_tells_of(history: History) -> None:
    """It has no first response in the order of time. It goes by its own size."""
    session = history.session("one", cwd=SHOP)
    session.prompt("p" * 290)
    fork = session.fork(SECOND, marked=True)
    session.response(input=18_100, blocks=[text("")])
    fork.response(input=19_100, row={"timestamp": None}, blocks=[text("")])
    assert sorted(split(history)) == [(18_000, 0), (19_000, 0)]


# --- what it is compared with ---


def test_a_quarter_of_five_threads_is_the_second_smallest(history: History) -> None:
    """31,000 is 11,000 above it; above the smallest it would be 19,000."""
    sizes = (12_000, 20_000, 20_100, 20_200, 31_000)
    started(history, *[Start(size) for size in sizes])
    assert split(history) == [(12_000, 0), (20_000, 0), (20_100, 0), (20_200, 0), (20_000, 11_000)]


def test_months_with_few_threads_are_compared_by_a_quarter_of_the_project(history: History) -> None:
    """Two threads in June and two in July: of the four, the smallest is usual, not one in the middle."""
    started(history, Start(12_000, day=3), Start(12_500, day=4), Start(13_000, day=33), Start(28_000, day=34))
    assert split(history) == [(12_000, 0), (12_500, 0), (13_000, 0), (12_000, 16_000)]
