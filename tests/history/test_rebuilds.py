"""Carried, new and rebuilt context, thread by thread (T30 to T33)."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.history import seen
from tests.ingest import FIRST, SECOND, THIRD, store_of
from tests.transcripts import ABSENT, History, Session, Thread, iteration, tool_use
from tokenscope.answers.context.composition import compose
from tokenscope.history.rebuilds import (
    COPY,
    IDLE,
    MODEL_SWITCH,
    REMOTE_CONTROL,
    SERVER_CAME,
    TOOL_LOADED,
    TOOLS_CHANGED,
    UNEXPLAINED,
    find_rebuilds,
    first_writes,
)
from tokenscope.model import Facet

Found = dict[str, tuple[int, str]]


def rebuilds(history: History) -> Found:
    """Tokens and cause of every rebuild, by the id of its response."""
    store = store_of(history)
    found = find_rebuilds(store)
    assert all(index == rebuild.message for index, rebuild in found.items())
    return {store.messages[index].id: (rebuild.tokens, rebuild.cause) for index, rebuild in found.items()}


def parts(history: History) -> tuple[int, int, int, int]:
    """Carried, new, rebuilt and output tokens of it all."""
    found = seen(history)
    composition = compose(found)
    prompts = (composition.carried.tokens, composition.new.tokens, composition.rebuilt.tokens)
    assert sum(prompts) == sum(message.prompt_tokens for message in found.messages)
    return *prompts, composition.output.tokens


@pytest.fixture
def session(history: History) -> Session:
    return history.session(FIRST)


def grow(thread: Thread, message_id: str, **fields: int) -> None:
    thread.response(message_id, **{"input": 0, **fields})  # type: ignore[arg-type]


# --- T31: the arithmetic ---


def test_t31_new_material_is_a_cache_write_and_no_rebuild(history: History, session: Session) -> None:
    """Each response reads what the one before it had sent, and writes what was added since (T32)."""
    grow(session, "msg_1", input=3, cache_write=10_000, output=100)  # P = 10,003
    grow(session, "msg_2", input=2, cache_read=10_003, cache_write=500, output=200)  # P = 10,505
    grow(session, "msg_3", cache_read=10_505, cache_write=700, output=300)
    assert rebuilds(history) == {}
    assert parts(history) == (10_003 + 10_505, 10_003 + 502 + 700, 0, 600)


def test_t31_what_is_not_read_again_was_lost(history: History, session: Session) -> None:
    """P(1) = 10,000; the second response reads 4,000 of it and writes 6,700: 6,000 again and 700 new."""
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=4_000, cache_write=6_700)
    assert rebuilds(history) == {"msg_2": (6_000, UNEXPLAINED)}
    assert parts(history) == (4_000, 10_000 + 700, 6_000, 2)


def test_t31_no_more_is_rebuilt_than_was_written(history: History, session: Session) -> None:
    """The second response sends less than was lost (a rewind), or sends it uncached."""
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=4_000, cache_write=1_500, input=5_000)
    assert rebuilds(history) == {"msg_2": (1_500, UNEXPLAINED)}
    assert parts(history) == (4_000, 10_000 + 5_000, 1_500, 2)


def test_t31_a_response_that_writes_nothing_rebuilds_nothing(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", input=10_000)
    assert rebuilds(history) == {}
    assert parts(history) == (0, 20_000, 0, 2)


def test_t31_a_response_that_reads_more_than_was_sent_rebuilds_nothing(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=12_000, cache_write=3_000)
    assert rebuilds(history) == {}


def test_t31_a_threads_first_response_rebuilds_nothing(history: History, session: Session) -> None:
    """Subagents are threads of their own: none goes on where another stopped."""
    grow(session, "msg_1", cache_write=10_000)
    for number in (1, 2):
        agent = session.subagent(f"a{number}")
        grow(agent, f"msg_a{number}", cache_write=5_000)
        grow(agent, f"msg_b{number}", cache_read=2_000, cache_write=3_100)
    grow(session, "msg_2", cache_read=10_000, cache_write=1)
    assert rebuilds(history) == {"msg_b1": (3_000, UNEXPLAINED), "msg_b2": (3_000, UNEXPLAINED)}


def test_t31_inline_subagents_are_threads_of_their_own(history: History) -> None:
    session = history.session(FIRST, version="1.0.60")
    grow(session, "msg_1", cache_write=10_000)
    agent = session.subagent(layout="inline")
    agent.prompt("Look around")
    grow(agent, "msg_a", cache_write=500)
    grow(session, "msg_2", cache_read=10_000, cache_write=600)
    assert rebuilds(history) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_t31_responses_are_taken_in_the_order_of_time(
    history: History, session: Session, order: tuple[int, ...]
) -> None:
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=10_000, cache_write=500)
    grow(session, "msg_3", cache_read=10_000, cache_write=900)  # 500 of 10,500 were lost
    session.lines[:] = [session.lines[place] for place in order]
    assert rebuilds(history) == {"msg_3": (500, UNEXPLAINED)}


def test_t31_responses_of_one_moment_are_taken_as_they_stand(history: History, session: Session) -> None:
    at = {"at": "2026-06-01T10:00:00Z"}
    session.response("msg_1", input=0, cache_write=10_000, **at)  # type: ignore[arg-type]
    session.response("msg_2", input=0, cache_read=9_000, cache_write=1_200, **at)  # type: ignore[arg-type]
    assert rebuilds(history) == {"msg_2": (1_000, UNEXPLAINED)}


def test_t31_an_undated_response_has_no_place_in_the_order(history: History, session: Session) -> None:
    """It is new as a whole, and the one after it goes on from the one before it."""
    grow(session, "msg_1", cache_write=10_000)
    session.response("msg_2", input=0, cache_read=0, cache_write=99_000, row={"timestamp": ABSENT})
    grow(session, "msg_3", cache_read=10_000, cache_write=500)
    assert rebuilds(history) == {}
    assert parts(history) == (10_000, 10_000 + 99_000 + 500, 0, 3)


def test_t31_of_several_requests_in_a_response_the_largest_is_its_context(history: History, session: Session) -> None:
    """The first response sent 6,000 and then 6,500 tokens: 12,500 on its bill, but never in one prompt."""
    entries = [iteration("message", input=6_000), iteration("message", input=6_500)]
    session.response("msg_1", input=12_500, iterations=entries)
    grow(session, "msg_2", cache_read=6_000, cache_write=1_000)
    assert rebuilds(history) == {"msg_2": (500, UNEXPLAINED)}


def test_t31_an_advisor_is_new_and_no_part_of_the_thread(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    advice = [iteration("advisor_message", input=70, cache_read_input_tokens=600, cache_creation_input_tokens=5_000)]
    session.response("msg_2", input=0, cache_read=10_000, cache_write=100, iterations=advice)
    grow(session, "msg_3", cache_read=10_100, cache_write=100)
    assert rebuilds(history) == {}
    assert parts(history) == (10_000 + 600 + 10_100, 10_000 + 100 + 5_070 + 100, 0, 3)


# --- T33: compactions ---


def test_t33_the_first_response_after_a_compaction_rebuilds_nothing(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=100_000)
    session.compaction()
    grow(session, "msg_2", cache_read=9_000, cache_write=8_000)  # the summary: P = 17,000
    grow(session, "msg_3", cache_read=9_000, cache_write=8_100)
    assert rebuilds(history) == {"msg_3": (8_000, UNEXPLAINED)}


def test_t33_a_response_of_the_same_moment_comes_after_the_compaction(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=100_000)
    session.compaction(at="2026-06-01T10:05:00Z")
    session.response("msg_2", input=0, cache_read=9_000, cache_write=8_000, at="2026-06-01T10:05:00Z")
    assert rebuilds(history) == {}


def test_t33_only_the_threads_own_compaction_counts(history: History, session: Session) -> None:
    agent = session.subagent("a1")
    grow(agent, "msg_a", cache_write=10_000)
    grow(session, "msg_1", cache_write=10_000)
    session.compaction()
    grow(agent, "msg_b", cache_read=8_000, cache_write=2_500)
    grow(session, "msg_2", cache_read=8_000, cache_write=2_500)
    assert rebuilds(history) == {"msg_b": (2_000, UNEXPLAINED)}


def test_t33_several_compactions_in_a_row_are_one(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.compaction()
    session.compaction(trigger="manual")
    grow(session, "msg_2", cache_write=9_000)
    grow(session, "msg_3", cache_write=9_000)
    assert rebuilds(history) == {"msg_3": (9_000, UNEXPLAINED)}


def test_t33_a_compaction_before_the_first_response_is_done_with_it(history: History, session: Session) -> None:
    session.compaction()
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=4_000, cache_write=6_700)
    assert rebuilds(history) == {"msg_2": (6_000, UNEXPLAINED)}


def test_t33_an_undated_compaction_is_in_no_order(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.compaction()
    session.rows[-2]["timestamp"] = None
    grow(session, "msg_2", cache_read=4_000, cache_write=6_700)
    assert rebuilds(history) == {"msg_2": (6_000, UNEXPLAINED)}


def test_t33_a_microcompaction_is_no_compaction(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.system("microcompact_boundary", microcompactMetadata={"tokensSaved": 5})
    grow(session, "msg_2", cache_read=4_000, cache_write=6_700)
    assert rebuilds(history) == {"msg_2": (6_000, UNEXPLAINED)}


def test_t33_compactions_are_kept_with_their_sizes(history: History, session: Session) -> None:
    session.compaction(trigger="manual", pre_tokens=150_000, post_tokens=9_000, at="2026-06-01T10:00:00Z")
    session.add({"type": "system", "subtype": "compact_boundary"}, at="2026-06-01T11:00:00Z")
    (thread,) = store_of(history).threads
    assert [tuple(one) for one in thread.compactions] == [
        (1_780_308_000_000, "manual", 150_000, 9_000),
        (1_780_311_600_000, "", 0, 0),
    ]


# --- forks ---


def test_t31_copies_are_the_context_of_what_follows_in_the_fork(history: History, session: Session) -> None:
    """The fork's own first response loses 5,000 tokens of what it was given; copies are rebuilt once at most."""
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=9_000, cache_write=1_500)  # 1,000 again
    fork = session.fork(SECOND)
    grow(fork, "msg_3", cache_read=5_500, cache_write=5_300)
    assert rebuilds(history) == {"msg_2": (1_000, UNEXPLAINED), "msg_3": (5_000, COPY)}


def test_t31_a_fork_in_the_middle_goes_on_from_there(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    grow(session, "msg_2", cache_read=10_000, cache_write=90_000)
    fork = session.fork(SECOND, upto=1)
    grow(fork, "msg_3", cache_read=10_000, cache_write=200)
    assert rebuilds(history) == {}


# --- causes ---


def lost(session: Session, **wait: float) -> None:
    """A response after a while, for which all context was lost."""
    if wait:
        session.history.wait(**wait)
    session.response("msg_2", input=0, cache_read=0, cache_write=10_000)


@pytest.mark.parametrize(
    ("one_hour", "seconds", "cause"),
    [
        (0, 10, UNEXPLAINED),
        (0, 300, UNEXPLAINED),
        (0, 310, UNEXPLAINED),
        (0, 311, IDLE),
        (0, 86_400, IDLE),
        (10_000, 301, UNEXPLAINED),
        (10_000, 3_600, UNEXPLAINED),
        (10_000, 3_610, UNEXPLAINED),
        (10_000, 3_611, IDLE),
        (1, 301, UNEXPLAINED),
    ],
)
def test_t31_a_gap_longer_than_the_lifetime_in_use(
    history: History, session: Session, one_hour: int, seconds: int, cause: str
) -> None:
    grow(session, "msg_1", cache_write=10_000, cache_write_1h=one_hour)
    lost(session, seconds=seconds - 1)  # each row is a second after the one before it
    assert rebuilds(history) == {"msg_2": (10_000, cause)}
    assert [rebuild.gap for rebuild in find_rebuilds(store_of(history)).values()] == [seconds * 1000]


def test_t31_the_lifetime_is_that_of_the_last_write(history: History, session: Session) -> None:
    """A response that wrote nothing changes nothing; one that wrote for five minutes does."""
    grow(session, "msg_0", cache_write=9_000, cache_write_1h=9_000)
    grow(session, "msg_1", cache_read=9_000, input=1_000)
    lost(session, minutes=10)
    assert rebuilds(history) == {"msg_2": (10_000, UNEXPLAINED)}
    grow(session, "msg_3", cache_read=10_000, cache_write=5)
    session.history.wait(minutes=10)
    grow(session, "msg_4", cache_write=10_005)
    assert rebuilds(history) == {"msg_2": (10_000, UNEXPLAINED), "msg_4": (10_005, IDLE)}


def test_t31_a_switch_of_models_comes_before_a_gap(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.model = "claude-sonnet-4-5"
    lost(session, hours=2)
    assert rebuilds(history) == {"msg_2": (10_000, MODEL_SWITCH)}


@pytest.mark.parametrize(
    ("diagnostics", "cause"),
    [
        ({"cache_miss_reason": {"type": "tools_changed"}}, "tools_changed"),
        ({"cache_miss_reason": {"type": "system_changed", "cache_missed_input_tokens": 5}}, "system_changed"),
        ({"cache_miss_reason": "messages_changed"}, "messages_changed"),
        ({"cache_miss_reason": None}, MODEL_SWITCH),
        ({"cache_miss_reason": {}}, MODEL_SWITCH),
        ({"cache_miss_reason": {"type": 5}}, MODEL_SWITCH),
        ({}, MODEL_SWITCH),
        (None, MODEL_SWITCH),
        ("text", MODEL_SWITCH),
        ({"cache_miss_reason": {"type": "previous_message_not_found"}}, MODEL_SWITCH),
        ({"cache_miss_reason": {"type": "unavailable"}}, MODEL_SWITCH),
        ({"cache_miss_reason": {"type": "model_changed"}}, MODEL_SWITCH),
    ],
    ids=str,
)
def test_t31_the_logged_reason_comes_first(history: History, session: Session, diagnostics: object, cause: str) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.response(
        "msg_2", model="claude-sonnet-4-5", input=0, cache_write=10_000, message={"diagnostics": diagnostics}
    )
    assert rebuilds(history) == {"msg_2": (10_000, cause)}


def test_t31_a_logged_reason_without_a_loss_is_no_rebuild(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.response(
        "msg_2",
        input=0,
        cache_read=10_000,
        cache_write=10,
        diagnostics={"cache_miss_reason": {"type": "tools_changed"}},
    )
    assert rebuilds(history) == {}


REASONS = ("previous_message_not_found", "unavailable", "tools_changed", "system_changed", "messages_changed")


@pytest.mark.parametrize("reason", [*REASONS, "model_changed", "moon_phase", None])
@pytest.mark.parametrize(("one_hour", "lifetime"), [(0, 310), (10_000, 3_610)])
def test_t60_a_logged_reason_stands_only_inside_the_lifetime(
    history: History, session: Session, reason: str | None, one_hour: int, lifetime: int
) -> None:
    """Ten seconds more than five minutes or an hour are inside; a second more is a pause, whatever is logged."""
    inside = {None: UNEXPLAINED, "model_changed": MODEL_SWITCH}.get(reason, reason or "")
    logged = None if reason is None else {"cache_miss_reason": {"type": reason}}
    grow(session, "msg_1", cache_write=10_000, cache_write_1h=one_hour)
    for number, (seconds, cause) in enumerate([(lifetime, inside), (lifetime + 1, IDLE)], 2):
        session.history.wait(seconds=seconds - 1)
        session.response(f"msg_{number}", input=0, cache_write=10_000, cache_write_1h=one_hour, diagnostics=logged)
        assert rebuilds(history)[f"msg_{number}"] == (10_000, cause)


@pytest.mark.parametrize("reason", ["previous_message_not_found", "unavailable", None])
def test_t60_a_copys_first_own_response_is_named_as_that(
    history: History, session: Session, reason: str | None
) -> None:
    """Only the first: the second loss in the copy is its own."""
    logged = None if reason is None else {"cache_miss_reason": {"type": reason}}
    grow(session, "msg_1", cache_write=10_000)
    fork = session.fork(SECOND)
    for number in (2, 3):
        fork.response(f"msg_{number}", input=0, cache_write=10_000, diagnostics=logged)
    assert rebuilds(history) == {"msg_2": (10_000, COPY), "msg_3": (10_000, reason or UNEXPLAINED)}


def test_t60_a_copy_made_after_a_pause_lost_to_the_pause(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    fork = session.fork(SECOND)
    history.wait(hours=1)
    grow(fork, "msg_2", cache_write=10_000)
    assert rebuilds(history) == {"msg_2": (10_000, IDLE)}


# --- what changed the tools ---

CHANGED = {"cache_miss_reason": {"type": "tools_changed"}}


def tool_changes(history: History) -> Found:
    """As `rebuilds`, with what went into the contexts."""
    store = store_of(history, facets=Facet.CONTENT)
    return {store.messages[index].id: (one.tokens, one.cause) for index, one in find_rebuilds(store).items()}


def test_t60_tools_that_changed_after_the_models_own_search_were_loaded(history: History, session: Session) -> None:
    """Only right after it; a later change has no name. The result holds references alone, no text."""
    search = tool_use("toolu_1", "ToolSearch", {"query": "select:WebFetch"})
    session.response("msg_1", input=0, cache_write=10_000, blocks=[search])
    session.tool_result("toolu_1", [{"type": "tool_reference", "tool_name": "WebFetch"}])
    for number in (2, 3):
        session.response(f"msg_{number}", input=0, cache_write=10_000, diagnostics=CHANGED)
    assert tool_changes(history) == {"msg_2": (10_000, TOOL_LOADED), "msg_3": (10_000, TOOLS_CHANGED)}


def test_t60_tools_that_changed_after_a_bridge_are_remote_control(history: History, session: Session) -> None:
    """A subagent beside it did not get the bridge, and a bridge explains what follows it alone."""
    agent = session.subagent("a1")
    grow(agent, "msg_a", cache_write=5_000)
    grow(session, "msg_1", cache_write=10_000)
    session.system("bridge_status", content="/remote-control is active", isMeta=False)
    for number in (2, 3):
        session.response(f"msg_{number}", input=0, cache_write=10_000, diagnostics=CHANGED)
    agent.response("msg_b", input=0, cache_write=5_000, diagnostics=CHANGED)
    found = {
        "msg_2": (10_000, REMOTE_CONTROL),
        "msg_3": (10_000, TOOLS_CHANGED),
        "msg_b": (5_000, TOOLS_CHANGED),
    }
    assert tool_changes(history) == found
    assert rebuilds(history) == found


def test_t60_tools_that_changed_when_a_server_was_announced_came_with_it(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.attachment("mcp_instructions_delta", addedNames=["db"], addedBlocks=["Ask the database."])
    session.response("msg_2", input=0, cache_write=10_000, diagnostics=CHANGED)
    assert tool_changes(history) == {"msg_2": (10_000, SERVER_CAME)}


# --- seen through a window ---


def test_t31_what_lies_before_a_window_counts_for_what_is_in_it(history: History, session: Session) -> None:
    grow(session, "msg_1", cache_write=10_000)
    session.history.wait(hours=1)
    grow(session, "msg_2", cache_read=4_000, cache_write=6_700)
    whole = seen(history)
    (second,) = whole.rebuilds_in_scope
    time = whole.store.messages[second.message].time
    assert time is not None
    inside, outside = compose(seen(history, since=time)), compose(seen(history, until=time))
    assert (inside.rebuilt.tokens, inside.new.tokens) == (6_000, 700)
    assert (outside.rebuilt.tokens, outside.new.tokens) == (0, 10_000)


# --- what had nothing to read ---


def test_first_writes_by_why(history: History, session: Session) -> None:
    """A fork that only copies has none of its own; the session behind it has, and one response after a compaction."""
    grow(session, "msg_1", cache_write=10_000)
    session.fork(SECOND)
    other = history.session(THIRD)
    grow(other, "msg_2", cache_write=10_000)
    other.compaction()
    grow(other, "msg_3", cache_write=5_000)
    grow(other, "msg_4", cache_read=5_000, cache_write=100)
    store = store_of(history)
    found = {why: {store.messages[index].id for index in ones} for why, ones in first_writes(store).items()}
    assert found == {
        "session_start": {"msg_1", "msg_2"},
        "subagent_start": set(),
        "after_compaction": {"msg_3"},
        "thread_end": {"msg_1", "msg_4"},
    }
