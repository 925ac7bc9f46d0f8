"""Where /compact would have helped, and what past compactions did."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.answers import DRAWING, at, cells, table_of, walked, window
from tests.history import NOW
from tests.transcripts import History, Session, text
from tokenscope.answers.context.compaction import (
    CompactionCandidate,
    CompactionReport,
    PastCompaction,
    compaction_card,
    measure_compaction,
)
from tokenscope.answers.context.heaviest import MARK
from tokenscope.scope import Scope
from tokenscope.view.card import Note
from tokenscope.view.question import Drawing


def measured(history: History, scope: Scope | None = None) -> CompactionReport:
    return measure_compaction(*walked(history, scope))


def respond(session: Session, *sizes: int) -> None:
    for size in sizes:
        session.response(input=size, blocks=[text("")])


def long_thread(session: Session, tokens: int = 100_000, times: int = 14) -> None:
    """A floor of 10,000, then so many responses with so much more. The middle is the one after half of them."""
    respond(session, 10_000, *[10_000 + tokens] * times)


# --- candidates ---


def test_a_long_thread_is_a_candidate(history: History) -> None:
    """15 responses: after the eighth come seven, and each carried 100,000 tokens that were older."""
    session = history.session("one", cwd="/home/ada/shop")
    session.prompt("Fix the basket. Then test.")
    long_thread(session)
    (one,) = measured(history).candidates
    assert (one.session_id, one.project, one.title) == ("one", "/home/ada/shop", "Fix the basket.")
    # The prompt's 26 bytes are 9 of the first prompt's tokens, and old as well.
    assert (one.tokens, one.responses) == (7 * 100_009, 7)
    assert one.started_at == datetime(2026, 6, 1, 10, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(("tokens", "count"), [(71_428, 0), (71_429, 1)])
def test_less_than_half_a_million_tokens_is_not_worth_it(history: History, tokens: int, count: int) -> None:
    """Seven times 71,428 is 499,996."""
    long_thread(history.session("one"), tokens)
    assert len(measured(history).candidates) == count


def test_the_most_tokens_first_and_no_more_than_20(history: History) -> None:
    for place in range(22):
        long_thread(history.session(f"s{place:02}"), 100_000 + place % 21)
    sessions = [one.session_id for one in measured(history).candidates]
    assert sessions == [f"s{place:02}" for place in range(20, 0, -1)]  # the last two of 100,000 are left out


def test_what_arrived_in_the_second_half_is_not_old(history: History) -> None:
    """20,000 tokens at the middle, 100,000 more after it."""
    respond(history.session("one"), 10_000, *[30_000] * 30, *[130_000] * 30)
    (one,) = measured(history).candidates
    assert (one.tokens, one.responses) == (30 * 20_000, 30)


def test_subagents_are_no_candidates(history: History) -> None:
    agent = history.session("one").subagent("a1")
    for size in (10_000, *[110_000] * 14):
        agent.response(input=size, blocks=[text("")])
    assert measured(history).candidates == []


def test_a_thread_that_was_compacted_counts_from_there(history: History) -> None:
    session = history.session("one")
    long_thread(session)
    session.compaction(summary="s" * 290)
    respond(session, *[20_000] * 20)
    assert measured(history).candidates == []
    respond(session, *[200_000] * 40)
    (one,) = measured(history).candidates
    assert one.responses == 29  # of 60 the 31st is the middle: those behind it
    assert one.tokens == 29 * 190_000
    assert one.compactions == 1


def test_only_responses_in_scope_count(history: History) -> None:
    """The first response is at 10:00:00, each a second later; five of the seven of the second half are left."""
    long_thread(history.session("one"), 110_000)
    start = NOW - 86_400_000
    assert measured(history, Scope(NOW, start + 10_000, zone=UTC)).candidates[0].responses == 5
    assert measured(history, Scope(NOW, until=start + 8_000, zone=UTC)).candidates == []


def test_how_a_thread_grew_is_drawn_in_20_stretches(history: History) -> None:
    session = history.session("one")
    respond(session, *[10_000 * place for place in range(1, 41)])
    (one,) = measured(history).candidates
    assert one.growth == [20_000 * place for place in range(1, 21)]  # the larger one of every two
    respond(history.session("two"), 10_000, 800_000, 800_000, 800_000)
    assert measured(history).candidates[1].growth == [10_000, 800_000, 800_000, 800_000]


def test_a_session_in_two_files_is_one_candidate(history: History) -> None:
    session = history.session("one")
    long_thread(session)
    again = history.session("one", cwd="/home/ada/elsewhere")
    again.lines.extend(session.rows)
    respond(again, *[110_000] * 6)
    assert len(measured(history).candidates) == 1


# --- past compactions ---


def compacted(history: History) -> None:
    """Two sessions: 150,000 to 30,000 and 90,000 to 20,000; a subagent's copy begins with the first compaction."""
    one = history.session("one")
    one.response(input=150_000, at=at(1))
    one.compaction(at=at(2))
    one.response(input=30_000, at=at(3))
    one.response(input=31_000, at=at(4))
    two = history.session("two")
    two.response(input=90_000, at=at(5))
    two.compaction(at=at(6))
    two.response(input=20_000, at=at(7))
    agent = one.subagent("acompact")
    agent.lines.extend(one.rows[:3])
    agent.response(input=40_000, at=at(8))


def test_the_prompts_before_and_after(history: History) -> None:
    compacted(history)
    report = measured(history)
    assert (report.compactions, report.tokens_before, report.tokens_after) == (2, 240_000, 50_000)


def test_a_compaction_is_in_scope_with_the_response_after_it(history: History) -> None:
    compacted(history)
    assert measured(history, window(3)).tokens_before == 150_000
    assert measured(history, window(1, 3)).compactions == 0
    assert measured(history, window(7, 9)).tokens_after == 20_000


@pytest.mark.parametrize("first", [True, False])
def test_a_compaction_at_an_end_of_a_thread_did_nothing_yet(history: History, first: bool) -> None:  # noqa: FBT001
    session = history.session("one")
    if first:
        session.compaction()
    session.response(input=30_000)
    if not first:
        session.compaction()
    assert measured(history).compactions == 0


def test_two_compactions_in_a_row_are_one(history: History) -> None:
    session = history.session("one")
    session.response(input=150_000)
    session.compaction()
    session.compaction()
    session.response(input=30_000)
    report = measured(history)
    assert (report.compactions, report.tokens_before, report.tokens_after) == (1, 150_000, 30_000)


def test_what_was_carried_until_a_compaction(history: History) -> None:
    """150,000 and 30,000 + 31,000 + 120,000 tokens, of which the last compaction was asked for."""
    session = history.session("one")
    session.response(input=150_000, at=at(1))
    session.compaction(at=at(2))
    for minute, size in ((3, 30_000), (4, 31_000), (5, 120_000)):
        session.response(input=size, at=at(minute))
    session.compaction(trigger="manual", at=at(6))
    session.response(input=20_000, at=at(7))
    first, second = measured(history).past
    assert first == PastCompaction("one", when(2), "auto", 150_000, 30_000, 150_000, 1)
    assert second == PastCompaction("one", when(6), "manual", 120_000, 20_000, 181_000, 3)


# --- the card ---


def when(minute: int) -> datetime:
    return datetime(2026, 6, 1, 10, minute, tzinfo=UTC)


def past(before: int, after: int) -> PastCompaction:
    return PastCompaction("one", when(0), "manual", before, after, 1_000_000, 10)


def candidate(session: str = "one", tokens: int = 700_000) -> CompactionCandidate:
    started = datetime(2026, 6, 1, 10, 5, tzinfo=UTC)
    return CompactionCandidate(session, "/home/ada/shop", "Fix the basket.", tokens, 1_200, started, [1, 4, 2], 1, [2])


def test_the_card_of_nothing() -> None:
    card = compaction_card(CompactionReport([], 0, 0, 0, []), DRAWING)
    assert card.sentence == "No session carried much old context through its second half."
    assert (card.parts, card.actions, card.caption) == ((), (), "")


def test_the_card_of_past_compactions_alone() -> None:
    card = compaction_card(CompactionReport([], 1, 150_000, 30_000, [past(150_000, 30_000)]), DRAWING)
    (note,) = card.parts
    assert isinstance(note, Note)
    assert note.text == (
        "1 compaction (1 by you) took the prompt from 150K to 30K tokens on average, after 10 responses that had "
        "carried 1M"
    )


def test_the_card_of_one() -> None:
    card = compaction_card(
        CompactionReport([candidate()], 2, 240_000, 50_000, [past(150_000, 30_000), past(90_000, 20_000)]), DRAWING
    )
    assert card.sentence == "In 1 session the second half carried 700K tokens that were older than the middle."
    (row,) = table_of(card).rows
    assert cells(row) == ["1 Jun 10:05", "shop", "Fix the basket.", "700K", "1,200"]
    assert row.cells[-1] == (0.25, 1.0, MARK, 0.5)
    note = card.parts[-1]
    assert isinstance(note, Note)
    assert note.text == (
        "2 compactions (2 by you) took the prompt from 120K to 25K tokens on average, after 10 responses that had "
        "carried 1M"
    )
    assert card.actions == (
        "the last 1,200 responses of the first one carried 700K old tokens: /compact halfway would have left a "
        "summary of them (/clear, where another task began, nothing)",
    )
    assert card.caption.startswith("est. · main threads, since their last compaction")


def test_the_card_of_many() -> None:
    report = CompactionReport([candidate()] * 9, 0, 0, 0, [])
    card = compaction_card(report, DRAWING)
    assert card.sentence.startswith("In 9 sessions the second half carried 6.3M tokens")
    assert (len(table_of(card).rows), table_of(card).left_out) == (6, 3)
    table = table_of(compaction_card(report, Drawing(DRAWING.now, DRAWING.zone, 2)))
    assert (len(table.rows), table.left_out) == (2, 7)


def test_a_session_without_a_title_or_a_time() -> None:
    one = CompactionCandidate("one", "/home/ada/shop", None, 700_000, 7, None, [], 0, [])
    (row,) = table_of(compaction_card(CompactionReport([one], 0, 0, 0, []), DRAWING)).rows
    assert cells(row) == ["shop", "700K", "7"]
