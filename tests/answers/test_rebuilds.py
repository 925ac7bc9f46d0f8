"""What the cache had lost, by cause; what was written cold or for nothing; and every sentence of the card."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.answers import DRAWING, at, cells, read, table_of, window
from tests.transcripts import History, Session
from tokenscope.answers.context.rebuild_card import rebuilds_card
from tokenscope.answers.context.rebuild_causes import Cause, LargestRebuild, RebuildsReport, Writes, measure_rebuilds
from tokenscope.scope import Scope
from tokenscope.value import replace
from tokenscope.view.card import Note, Table
from tokenscope.view.question import Drawing

NOTHING = Writes("thread_end", 0, 0, 0.0)
EMPTY = RebuildsReport([], [], 0.0, 0, None, None, None, [], NOTHING)


@pytest.fixture
def session(history: History) -> Session:
    return history.session("one")


def measured(history: History, scope: Scope | None = None) -> RebuildsReport:
    return measure_rebuilds(read(history, scope))


def lost(session: Session, tokens: int, *, minute: int, size: int = 20_000, **fields: str) -> None:
    """A response that writes `tokens` again, and nothing new."""
    session.response(input=0, cache_read=size - tokens, cache_write=tokens, at=at(minute), **fields)  # type: ignore[arg-type]


@pytest.fixture
def three(history: History, session: Session) -> History:
    """20,000 tokens. After 19 minutes all are written again ($0.40), then 500 within a minute, then another model:
    6,000, at $4 a million."""
    session.response(input=0, cache_write=20_000, at=at(1))
    lost(session, 20_000, minute=20)
    lost(session, 500, minute=21)
    lost(session, 6_000, minute=22, model="claude-sonnet-4-5")
    return history


def test_rebuilds_by_cause_the_most_tokens_first(three: History) -> None:
    assert measured(three).causes == [
        Cause("idle", 1, 1, 20_000, 0.4),
        Cause("model_switch", 1, 1, 6_000, 0.024),
        Cause("unexplained", 1, 0, 500, 0.01),  # less than 1,000 tokens are not large
    ]


def test_the_largest_rebuilds(three: History) -> None:
    first, *others = measured(three).largest
    moment = datetime(2026, 6, 1, 10, 20, tzinfo=UTC)
    assert first == LargestRebuild("one", None, moment, "idle", 20_000, 19 * 60_000, 0.4)
    assert [one.tokens for one in others] == [6_000, 500]


def test_no_more_than_the_ten_largest(history: History, session: Session) -> None:
    session.response(input=0, cache_write=20_000, at=at(0))
    for minute in range(1, 15):
        lost(session, 1_000 + minute, minute=minute)
    assert [one.tokens for one in measured(history).largest] == [1_000 + minute for minute in range(14, 4, -1)]


def test_what_it_would_have_cost_as_reads(three: History) -> None:
    """20,500 tokens at $1 a million, 6,000 at $0.50."""
    assert measured(three).list_price_usd_as_reads == 0.0205 + 0.003


def test_what_a_break_costs_on_average(history: History, session: Session) -> None:
    """Breaks of 20,000, 10,000 and 900 tokens: the last one is too small to be one."""
    session.response(input=0, cache_write=20_000, at=at(0))
    for minute, tokens in ((10, 20_000), (20, 10_000), (30, 900)):
        lost(session, tokens, minute=minute)
    report = measured(history)
    assert report.tokens_a_break == 15_000
    assert report.list_price_usd_a_break == 0.285  # $0.30 as writes, $0.015 as reads
    assert report.shortest_break_ms == 10 * 60_000
    nothing = measured(history, window(0))
    assert (nothing.tokens_a_break, nothing.list_price_usd_a_break, nothing.shortest_break_ms) == (None, None, None)


@pytest.mark.parametrize(
    ("sizes", "count"), [((10,), 1), ((10, 9), 1), ((10, 10), 1), ((5, 4, 3), 2), ((4, 4, 4, 4), 2), ((3, 3, 3), 2)]
)
def test_how_many_sessions_hold_half(history: History, sizes: tuple[int, ...], count: int) -> None:
    for number, size in enumerate(sizes):
        session = history.session(f"s{number}")
        session.response(input=0, cache_write=20_000)
        session.response(input=0, cache_read=20_000 - size * 1_000, cache_write=size * 1_000)
    assert measured(history).sessions_with_half == count


def test_what_was_written_cold_and_for_nothing(history: History, session: Session) -> None:
    """A session of two responses and one after a compaction; a subagent of one response."""
    session.response(input=5, cache_write=20_000, at=at(1))
    session.response(input=5, cache_read=20_005, cache_write=1_000, at=at(2))
    session.compaction(at=at(3))
    session.response(input=5, cache_read=10_000, cache_write=4_000, at=at(4))
    session.subagent("a1").response(input=0, cache_write=7_000, at=at(5))
    report = measured(history)
    assert report.cold_starts == [
        Writes("session_start", 1, 20_000, 0.4),
        Writes("subagent_start", 1, 7_000, 0.14),
        Writes("after_compaction", 1, 4_000, 0.08),
    ]
    assert report.dead_writes == Writes("thread_end", 2, 11_000, 0.22)
    assert report.causes == []  # none of it is a rebuild


def test_an_empty_history_lost_nothing(history: History, session: Session) -> None:
    session.prompt("Hello")
    report = measured(history)
    assert (report.causes, report.largest, report.sessions_with_half, report.tokens_a_break) == ([], [], 0, None)
    assert (report.list_price_usd_as_reads, report.dead_writes.tokens) == (0.0, 0)


def test_a_rebuild_without_a_known_price_has_none(history: History) -> None:
    session = history.session("one", model="glm-4.6")
    session.response(input=0, cache_write=20_000, at=at(1))
    lost(session, 5_000, minute=2)
    report = measured(history)
    assert report.causes == [Cause("unexplained", 1, 1, 5_000, None)]
    assert report.largest[0].list_price_usd is None
    card = rebuilds_card(report, DRAWING)
    assert [one for one in card.parts if isinstance(one, Note)] == []
    assert cells(table_of(card).rows[0])[1:] == ["5K", "1"]


# --- the card ---


CLEARING = "what /clear before those that an ask ended would have saved: tokenscope whatif clear=pause"


def test_the_card_of_nothing() -> None:
    card = rebuilds_card(EMPTY, DRAWING)
    assert card.sentence == "Nothing: no context had to be written a second time."
    assert (card.parts, card.actions) == ((), ())


def test_the_card_of_three_causes(three: History) -> None:
    card = rebuilds_card(measured(three), DRAWING)
    assert card.sentence == (
        "26.5K tokens were written to the cache a second time, 75 % of them after a break longer than the cache lives."
    )
    assert [cells(row) for row in table_of(card).rows] == [
        ["after a break longer than the cache lives", "20K", "1", "$0.40"],
        ["after a switch of models", "6K", "1", "$0.02"],
    ]
    assert card.actions == (
        "a break of more than 5 minutes cost you 20K tokens on average, $0.38 more than reading them: "
        "all of it inside an ask or a subagent, where nobody can type; "  # no prompt
        "what a longer cache lifetime would have saved: tokenscope whatif",
    )
    (note,) = [one.text for one in card.parts if isinstance(one, Note)]
    assert note == "$0.43 instead of $0.02 as reads; half of it in 1 session"


@pytest.mark.parametrize(
    ("cause", "words", "actions"),
    [
        ("model_switch", "after a switch of models", ("switch models between tasks, not inside one",)),
        (
            "idle",
            "after a break longer than the cache lives",
            ("come back to a small context: /clear or /compact before it",),
        ),
        ("unexplained", "for no logged reason, within the cache's lifetime", ()),
        (
            "tools_changed",
            "after a change of tools",
            ("change plugins, agents and permissions between sessions",),
        ),
        ("tool_loaded", "after loading a tool", ("have tools loaded early, while the context is small",)),
        ("server_came", "after an MCP server came", ("connect MCP servers before a session, not inside it",)),
        (
            "remote_control",
            "after remote control came or went",
            ("switch remote control on before a session, not inside it",),
        ),
        ("copy", "by the first response of a resumed or forked copy", ()),
        ("unavailable", "after a change that the log does not name", ("set effort and thinking between tasks",)),
        ("system_changed", "after a change of the system prompt", ("change settings and memory between sessions",)),
        (
            "messages_changed",
            "after a change of earlier messages",
            ("start a new session rather than change an old one",),
        ),
        (
            "previous_message_not_found",
            "for a request that the service could not compare with the one before",
            ("stay with one account and one gateway inside a session",),
        ),
        ("moon_phase", "for what the log calls “moon phase”", ()),  # a reason of a newer Claude Code
    ],
)
def test_the_sentence_of_each_cause(cause: str, words: str, actions: tuple[str, ...]) -> None:
    card = rebuilds_card(replace(EMPTY, causes=[Cause(cause, 2, 1, 5_000, 0.1)]), DRAWING)
    assert card.sentence == f"5K tokens were written to the cache a second time, 100 % of them {words}."
    assert card.actions == tuple(f"5K tokens {words}: {action}" for action in actions)


def test_what_can_be_done_is_about_the_largest_cause_that_anything_can_be_done_about() -> None:
    causes = [Cause("unexplained", 2, 1, 9_000, 0.1), Cause("tools_changed", 1, 1, 4_000, 0.1)]
    card = rebuilds_card(replace(EMPTY, causes=causes), DRAWING)
    assert card.actions == (
        "4K tokens after a change of tools: change plugins, agents and permissions between sessions",
    )


@pytest.mark.parametrize(
    ("shortest", "usd", "words"),
    [
        (5 * 60_000, 0.5, "a break of more than 5 minutes cost you 9K tokens on average, $0.50 more than reading them"),
        (3_600_000, None, "a break of more than an hour cost you 9K tokens on average"),
    ],
)
def test_what_a_break_cost_you(shortest: int, usd: float | None, words: str) -> None:
    causes = [Cause("idle", 1, 1, 9_000, 0.1)]
    report = replace(EMPTY, causes=causes, tokens_a_break=9_000, list_price_usd_a_break=usd, shortest_break_ms=shortest)
    (action,) = rebuilds_card(report, DRAWING).actions
    assert action == f"{words}: {CLEARING}"
    for saved, told in (
        (0.2, "would have netted $0.20, a smaller context afterwards included"),
        (-0.1, "would not have paid"),
    ):
        known = replace(report, list_price_usd_of_breaks=0.5, list_price_usd_saved_by_compacting=saved)
        (action,) = rebuilds_card(known, DRAWING).actions
        assert action == f"{words}: /compact before those that an ask ended ($0.50) {told}"


def test_the_detailed_card_shows_the_largest_and_what_was_written_cold_and_for_nothing(
    history: History, session: Session
) -> None:
    session.response(input=0, cache_write=20_000, at=at(1))
    for minute, tokens in ((20, 20_000), (21, 8_000), (22, 6_000), (23, 999)):
        lost(session, tokens, minute=minute)
    session.subagent("a1").response(input=0, cache_write=7_000, at=at(40))
    report = measured(history)
    assert [one.columns[0].title for one in rebuilds_card(report, DRAWING).parts if isinstance(one, Table)] == ["cause"]
    tables = [part for part in rebuilds_card(report, DRAWING, detailed=True).parts if isinstance(part, Table)]
    assert [cells(row) for row in tables[1].rows] == [
        ["one", "20K", "$0.40", "1 Jun 10:20", "19 min"],
        ["one", "8K", "$0.16", "1 Jun 10:21", "1 min"],
        ["one", "6K", "$0.12", "1 Jun 10:22", "1 min"],
    ]
    notes = [part.text for part in rebuilds_card(report, DRAWING, detailed=True).parts if isinstance(part, Note)]
    assert notes[1:] == [
        "written where there was nothing to read: 20K by sessions' first responses, 7K by subagents' first",
        "written by the last response of a thread, and never read: 8K",  # 999 and 7,000
    ]


def test_the_card_says_how_many_it_leaves_out() -> None:
    causes = [Cause(f"reason_{place}", 1, 1, 100 - place, 0.1) for place in range(15)]
    table = table_of(rebuilds_card(replace(EMPTY, causes=causes), DRAWING))
    assert (len(table.rows), table.left_out) == (12, 3)
    table = table_of(rebuilds_card(replace(EMPTY, causes=causes), Drawing(DRAWING.now, DRAWING.zone, 1)))
    assert (len(table.rows), table.left_out) == (1, 14)


def test_breaks_where_nobody_could_have_typed(history: History) -> None:
    """Ten minutes before an ask, which writes 10,000 tokens again, and ten inside of it, which write 30,000 again."""
    session = history.session("s", model="claude-opus-4-8")
    session.prompt("Go", at="2026-06-01T10:00:00Z")
    session.response(input=0, cache_write=10_000)
    history.wait(minutes=10)
    session.prompt("Next")
    session.response(input=0, cache_write=30_000)
    history.wait(minutes=10)
    session.response(input=0, cache_write=31_000)
    report = measured(history)
    assert report.untyped_share_of_breaks == 0.75
    (action,) = rebuilds_card(report, DRAWING).actions
    assert action.endswith("; 75 % fell inside an ask or a subagent, where nobody can type")
