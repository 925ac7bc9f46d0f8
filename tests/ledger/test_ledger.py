"""The ledger on threads small enough to be worked out by hand. The first one is the example of docs/ledger.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.answers import at, report_of, reported, source, sources, walked, window
from tests.history import NOW, pricer
from tests.ingest import FIRST, SECOND, THIRD, store_of
from tests.ledger.document import number, table
from tests.transcripts import History, Session, image, iteration, text, tool_use
from tokenscope.history import history as accounting
from tokenscope.ledger.ledger import NOT_LOGGED, Backlog, build_ledger
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.store import Store


@pytest.fixture
def session(history: History) -> Session:
    return history.session(FIRST)


def backlogs(history: History) -> list[Backlog]:
    return [one for one in walked(history)[1].backlogs if one.responses]


# --- the example of the document ---


@pytest.fixture
def example(history: History) -> History:
    """The thread of the document, minute by minute: response 1 at 10:01, 2 at 10:02, the aside at 10:03 …"""
    session = history.session(FIRST)

    def responds(minute: int, words: int, **counters: int) -> None:
        blocks = [text("w" * words)]
        if minute == 1:
            blocks = [tool_use("toolu_1", "Read", {"file_path": "/home/ada/shop/cart.py"})]  # 38 bytes, and 20
        session.response(f"msg_{minute}", at=at(minute), blocks=blocks, **{"input": 0, **counters})  # type: ignore[arg-type]

    session.prompt("a" * 290)
    responds(1, 0, cache_write=10_000)
    session.tool_result("toolu_1", "r" * 5_800, tool_use_result={"file": {"content": "r" * 5_600}})
    responds(2, 290, cache_write=3_030, cache_read=10_000)
    responds(3, 0, input=900)
    session.prompt("b" * 580)
    responds(4, 29, cache_write=725, cache_read=13_030)
    responds(5, 870, input=8, cache_read=12_984)
    session.compaction(summary="s" * 1_450)
    responds(6, 145, cache_write=700, cache_read=9_900)
    responds(7, 12, cache_write=40, cache_read=10_600)
    return history


def test_the_document_adds_up() -> None:
    """The tables alone: every line and every column is the sum that it says it is."""
    *lines, total = [[*map(number, row[1:-1]), number(row[-1].replace("$0.", ""))] for row in table("ledger")]
    assert total == [sum(column) for column in zip(*lines, strict=True)]
    assert all(sum(line[:-2]) == line[-2] for line in [*lines, total])
    counters = [list(map(number, row[1:])) for row in table("counters")]
    assert all(sum(line[:3]) == line[3] for line in counters)
    assert [line[3] for line in counters] == total[:-2]
    given, written, read, _ = map(sum, zip(*counters, strict=True))
    assert given * 10 + written * 20 + read == total[-1]  # in millionths of a dollar
    for _, _, size, tokens, _ in table("arrivals"):
        assert number(size) * 10 == number(tokens) * 29


def test_the_document_says_what_the_log_holds(example: History) -> None:
    store = store_of(example, facets=Facet.CONTENT)
    figures = [
        [one.input_tokens, one.cache_creation_input_tokens, one.cache_read_input_tokens, one.prompt_tokens]
        for one in store.messages
    ]
    assert figures == [list(map(number, row[1:])) for row in table("counters")]
    said = [(row[1], number(row[2])) for row in table("arrivals") if row[2]]
    assert arrivals(store) == sorted([*said, ("model text", 870)])  # of response 4: gone before it was carried


def arrivals(store: Store) -> list[tuple[str, int]]:
    """Source and bytes of every item that arrived before a response or a compaction."""
    (context,) = store.contexts
    return sorted(
        (context.labels[label][1], size)
        for _, arrived in context.steps
        for label, size in zip(arrived[::2], arrived[1::2], strict=True)
    )


def test_the_ledger_of_the_document(example: History) -> None:
    *lines, total = table("ledger")
    report = reported(example)
    assert report.prompt_tokens == number(total[-2])
    assert {row.source: (row.tokens, f"${row.list_price_usd:.6f}") for row in report.sources} == {
        line[0]: (number(line[-2]), line[-1]) for line in lines
    }
    assert [row.source for row in report.sources] == [line[0] for line in lines]  # the most tokens first


@pytest.mark.parametrize("column", range(1, 8))
def test_the_ledger_of_the_document_response_by_response(example: History, column: int) -> None:
    expected = {row[0]: number(row[column]) for row in table("ledger")[:-1] if row[column]}
    assert sources(example, window(column)) == expected


def test_the_document_says_what_each_arrival_was_counted_as(example: History) -> None:
    """What a source came to in one response, less what it had carried there already (or what had shrunk of it)."""
    column = {"1": 1, "2": 2, "3": 4, "4": 5, "5": 6, "6": 7}
    told: Counter[tuple[str, str]] = Counter()
    for before, what, _, _, tokens in table("arrivals"):
        told[before, what] += number(tokens)
    earlier = {("2", "prompts"): 100, ("3", "prompts"): 100, ("4", "model text"): 140}
    for (before, what), size in told.items():
        assert sources(example, window(column[before]))[what] == size + earlier.get((before, what), 0)


def test_occurrences_and_how_many_responses_carried_them(example: History) -> None:
    report = reported(example)
    assert (source(report, "Read results").occurrences, source(report, "Read results").responses) == (1, 3.0)
    assert (source(report, "prompts").occurrences, source(report, "prompts").responses) == (2, 3.0)  # by 4 and by 2
    assert (source(report, "model text").occurrences, source(report, "model text").responses) == (3, 1.3)  # 2, 1, 1
    assert (source(report, "floor").occurrences, source(report, "floor").responses) == (1, 6.0)
    (item,) = source(report, "Read results").items
    assert (item.item, item.tokens, item.list_price_usd) == ("/home/ada/shop/cart.py", 8_400, 0.0654)
    assert (item.occurrences, item.responses) == (1, 3.0)
    assert item.share == round(8_400 / 71_917, 6)


# --- T35: bytes, scaled to the exact growth ---


def step(history: History, session: Session, *, growth: int, sizes: tuple[int, int] = (2_900, 5_800)) -> dict[str, int]:
    """Two results arrive between a prompt of 10,000 tokens and one that is larger by `growth`: the second's tokens."""
    session.response("msg_1", input=10_000, at=at(1), blocks=[text("")])
    for name, size in zip(("one", "two"), sizes, strict=True):
        session.tool_result(name, "r" * size)
    session.response("msg_2", input=10_000 + growth, at=at(2), blocks=[text("")])
    return sources(history, window(2))


@pytest.mark.parametrize(
    ("growth", "explained"),
    [
        (3_000, 3_000),  # as estimated: 1,000 + 2,000
        (1, 1),
        (300, 300),
        (5_250, 5_250),  # 1.75 times as much
        (5_251, 5_250),
        (50_000, 5_250),
    ],
)
def test_t35_an_estimate_is_scaled_up_to_1_75_and_down_without_end(
    history: History, session: Session, growth: int, explained: int
) -> None:
    unseen = growth - explained
    expected = {"floor": 10_000, "unknown results": explained} | ({"not logged": unseen} if unseen else {})
    assert step(history, session, growth=growth) == expected


def test_t35_growth_that_nothing_visible_explains_is_not_logged(history: History, session: Session) -> None:
    assert step(history, session, growth=700, sizes=(0, 0)) == {"floor": 10_000, "not logged": 700}


def test_t35_what_arrives_together_is_taken_to_be_equally_dense(history: History, session: Session) -> None:
    """300 and 600 estimated tokens share 720 of growth one to two."""
    session.response("msg_1", input=10_000, blocks=[tool_use("toolu_1", "Bash", {"command": "ls"})])  # {"command":"ls"}
    session.tool_result("toolu_1", "r" * (870 - 36))  # 16 + 20 bytes of input, 834 of result: 300 in all
    session.prompt("p" * 1_740)
    session.response("msg_2", input=10_720, at=at(5), blocks=[text("")])
    found = sources(history, window(5))
    assert found["prompts"] == 480
    assert found["tool inputs"] + found["Bash results"] == 240
    assert found["tool inputs"] == round(240 * 36 / 870)


def test_t35_the_first_items_of_a_thread_never_exceed_its_first_prompt(history: History, session: Session) -> None:
    session.prompt("p" * 29_000)  # 10,000 tokens at 2.9 bytes
    session.response(input=4_000, blocks=[text("")])
    assert sources(history) == {"prompts": 4_000}


def test_t35_the_first_items_of_a_thread_are_not_scaled_up(history: History, session: Session) -> None:
    session.prompt("p" * 2_900)
    session.response(input=4_000, blocks=[text("")])
    assert sources(history) == {"floor": 3_000, "prompts": 1_000}


def test_t34_an_image_is_1500_tokens_whatever_its_bytes(history: History, session: Session) -> None:
    session.prompt([image("A" * 900_000), text("p" * 290)])
    session.response(input=4_000, blocks=[text("")])
    assert sources(history) == {"floor": 2_400, "images": 1_500, "prompts": 100}


# --- the floor, shrinkage, asides ---


def test_the_floor_stays_what_it_was_at_the_first_response(history: History, session: Session) -> None:
    """Also where the prompt halves."""
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.prompt("p" * 29_000)
    session.response("msg_2", input=20_000, blocks=[text("")])
    session.response("msg_3", input=11_000, at=at(3), blocks=[text("")])
    assert sources(history, window(3)) == {"floor": 10_000, "prompts": 1_000}


def test_a_prompt_below_the_floor_is_all_floor(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.prompt("p" * 29_000)
    session.response("msg_2", input=20_000, blocks=[text("")])
    session.response("msg_3", input=7_000, at=at(3), blocks=[text("")])
    session.response("msg_4", input=10_500, at=at(4), blocks=[text("")])
    assert sources(history, window(3)) == {"floor": 7_000}
    assert sources(history, window(4)) == {"floor": 10_000, "not logged": 500}  # nothing says what came back


def test_shrinkage_takes_the_same_share_of_everything_and_lasts(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.prompt("p" * 2_900)
    session.response("msg_2", input=11_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 8_700)
    session.response("msg_3", input=14_000, blocks=[text("")])
    session.response("msg_4", input=12_000, at=at(4), blocks=[text("")])
    assert sources(history, window(4)) == {"floor": 10_000, "prompts": 500, "unknown results": 1_500}
    session.tool_result("toolu_2", "r" * 2_900)
    session.response("msg_5", input=13_000, at=at(5), blocks=[text("")])
    assert sources(history, window(5)) == {"floor": 10_000, "prompts": 500, "unknown results": 2_500}


def aside(history: History, session: Session, size: int, after: int) -> dict[str, int]:
    """A response of `size` between one of 20,000 and one of `after` tokens: the sources of all three."""
    session.response("msg_1", input=10_000, at=at(0), blocks=[text("")])
    session.prompt("p" * 29_000)
    session.response("msg_2", input=20_000, at=at(1), blocks=[text("")])
    session.response("msg_3", input=size, at=at(2), blocks=[text("")])
    session.response("msg_4", input=after, at=at(3), blocks=[text("")])
    return sources(history, window(1, 4))


def test_an_aside_is_not_logged_and_leaves_the_thread_as_it_was(history: History, session: Session) -> None:
    expected = {"floor": 20_000, "prompts": 20_000, "not logged": 10_000}
    assert aside(history, session, 10_000, 20_000) == expected


def test_an_aside_before_the_row_that_stands_first_in_its_file(history: History, session: Session) -> None:
    """Rows are walked in the order of time, so the response after an aside may be the first one that was read."""
    aside(history, session, 10_000, 20_000)
    session.lines.insert(0, session.lines.pop())
    assert sources(history, window(1, 4)) == {"floor": 20_000, "prompts": 20_000, "not logged": 10_000}


def test_an_aside_occurs_once_beside_what_is_not_logged_in_its_thread(history: History, session: Session) -> None:
    """10,000 tokens of the aside, and 700 that nothing explains in two responses."""
    aside(history, session, 10_000, 20_000)
    for name in ("msg_5", "msg_6"):
        session.response(name, input=20_700, blocks=[text("")])
    unseen = walked(history)[1].entries[NOT_LOGGED]
    assert unseen.tokens == pytest.approx(10_000 + 2 * 700)
    assert (unseen.occurrences, unseen.carried_with) == (2, 1 + 2)


def test_more_than_half_is_no_aside(history: History, session: Session) -> None:
    """20,000 -> 10,001 -> 20,000: one token of the prompt stays, and the rest comes back unexplained."""
    expected = {"floor": 30_000, "prompts": 10_002, "not logged": 9_999}
    assert aside(history, session, 10_001, 20_000) == expected


def test_a_thread_that_does_not_go_on_where_it_was_had_no_aside(history: History, session: Session) -> None:
    """20,000 -> 10,000 -> 18,000: nine tenths are not more than nine tenths."""
    expected = {"floor": 30_000, "prompts": 10_000, "not logged": 8_000}
    assert aside(history, session, 10_000, 18_000) == expected


def test_what_arrived_before_an_aside_is_carried_by_the_thread(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.prompt("p" * 2_900)
    session.response("msg_2", input=11_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 5_800)
    session.response("msg_3", input=400, blocks=[text("")])
    session.response("msg_4", input=13_000, at=at(4), blocks=[text("")])
    assert sources(history, window(4)) == {"floor": 10_000, "prompts": 1_000, "unknown results": 2_000}


def test_a_response_without_a_prompt_changes_nothing(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response("msg_1", input=0, output=9, blocks=[text("")])
    session.response("msg_2", input=1_000, blocks=[text("")])
    assert sources(history) == {"floor": 900, "prompts": 100}


# --- T33: compactions ---


def test_t33_a_compaction_takes_everything_but_the_floor(history: History, session: Session) -> None:
    session.prompt("p" * 2_900)
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.compaction(summary="s" * 2_900)
    session.response("msg_2", input=11_500, at=at(2), blocks=[text("")])
    assert sources(history, window(2)) == {"floor": 9_000, "summaries": 1_000, "kept by compaction": 1_500}


def test_t33_a_summary_is_scaled_down_where_it_does_not_fit(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.compaction(summary="s" * 2_900)
    session.response("msg_2", input=10_400, at=at(2), blocks=[text("")])
    assert sources(history, window(2)) == {"floor": 10_000, "summaries": 400}


def test_t33_only_the_first_response_after_a_compaction_holds_what_was_kept(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.compaction(summary="s" * 2_900)
    session.response("msg_2", input=11_200, blocks=[text("")])
    session.response("msg_3", input=11_250, at=at(3), blocks=[text("")])
    expected = {"floor": 10_000, "summaries": 1_000, "kept by compaction": 200, "not logged": 50}
    assert sources(history, window(3)) == expected


def test_t33_a_thread_that_begins_with_a_compaction(history: History, session: Session) -> None:
    """No first response tells its floor before: the first one after it does."""
    session.compaction(summary="s" * 2_900)
    session.response("msg_1", input=11_200, blocks=[text("")])
    assert sources(history) == {"floor": 10_200, "summaries": 1_000}


def test_t33_what_a_response_says_behind_a_compaction_is_not_all_that_it_said(
    history: History, session: Session
) -> None:
    """Its rows stand before and behind: 200 tokens were said, but of them these words are all that can be there."""
    for words in ("", "w" * 290):
        session.response("msg_1", input=10_000, output=200, at=at(1), blocks=[text(words)])
        if not words:
            session.compaction(summary="s" * 290, at=at(1))
    session.response("msg_2", input=10_500, at=at(2), blocks=[text("")])
    expected = {"floor": 10_000, "summaries": 100, "model text": 100, "kept by compaction": 300}
    assert sources(history, window(2)) == expected


def test_t33_two_compactions_in_a_row(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.compaction(summary="s" * 29_000)
    session.compaction(summary="s" * 2_900)
    session.response("msg_2", input=11_000, at=at(2), blocks=[text("")])
    assert sources(history, window(2)) == {"floor": 10_000, "summaries": 1_000}


def results(history: History, session: Session) -> None:
    """Two results of 1,000 and 2,000 tokens on a floor of 10,000."""
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 2_900)
    session.tool_result("toolu_2", [text("r" * 1_450), image()])  # 500 tokens, and 1,500
    session.response("msg_2", input=13_000, blocks=[text("")])


def removed(session: Session, *ids: object) -> None:
    session.system("microcompact_boundary", microcompactMetadata={"tokensSaved": 5, "compactedToolIds": list(ids)})


def test_t33_a_microcompaction_takes_out_the_results_that_it_names(history: History, session: Session) -> None:
    results(history, session)
    removed(session, "toolu_1", "toolu_9", 7, None)
    session.response("msg_3", input=12_000, at=at(3), blocks=[text("")])
    assert sources(history, window(3)) == {"floor": 10_000, "unknown results": 500, "images": 1_500}


def test_t33_a_microcompaction_takes_out_a_results_images_too(history: History, session: Session) -> None:
    results(history, session)
    removed(session, "toolu_2", "toolu_2")
    session.response("msg_3", input=11_000, at=at(3), blocks=[text("")])
    assert sources(history, window(3)) == {"floor": 10_000, "unknown results": 1_000}


def test_t33_a_microcompaction_behind_a_compaction_takes_out_what_it_names(history: History, session: Session) -> None:
    """What had arrived just before the compaction never reached a response, and is nothing that could be named."""
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.prompt("p" * 2_900)
    session.prompt("q" * 2_900)
    session.compaction(summary="s" * 2_900)
    session.response("msg_2", input=11_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 2_900)
    session.tool_result("toolu_2", "r" * 5_800)
    session.response("msg_3", input=14_000, blocks=[text("")])
    removed(session, "toolu_1")
    session.response("msg_4", input=13_000, at=at(4), blocks=[text("")])
    assert sources(history, window(4)) == {"floor": 10_000, "summaries": 1_000, "unknown results": 2_000}


def test_t33_a_microcompaction_takes_out_what_is_left_of_a_result_that_shrank(
    history: History, session: Session
) -> None:
    """Two results of 1,000 tokens, of which half is gone without a word; then one of them is taken out."""
    session.response("msg_1", input=10_000, blocks=[text("")])
    for name in ("toolu_1", "toolu_2"):
        session.tool_result(name, "r" * 2_900)
    session.response("msg_2", input=12_000, blocks=[text("")])
    session.response("msg_3", input=11_000, blocks=[text("")])
    removed(session, "toolu_1")
    session.response("msg_4", input=10_500, at=at(4), blocks=[text("")])
    assert sources(history, window(4)) == {"floor": 10_000, "unknown results": 500}


def test_t33_what_a_microcompaction_leaves_of_a_result_is_not_logged(history: History, session: Session) -> None:
    results(history, session)
    removed(session, "toolu_1")
    session.response("msg_3", input=12_030, at=at(3), blocks=[text("")])
    expected = {"floor": 10_000, "unknown results": 500, "images": 1_500, "not logged": 30}
    assert sources(history, window(3)) == expected


@pytest.mark.parametrize("metadata", [None, "x", {}, {"compactedToolIds": "toolu_1"}, {"compactedToolIds": [[], {}]}])
def test_t33_a_microcompaction_that_names_nothing(history: History, session: Session, metadata: object) -> None:
    results(history, session)
    session.system("microcompact_boundary", microcompactMetadata=metadata)
    session.response("msg_3", input=13_000, at=at(3), blocks=[text("")])
    assert sources(history, window(3)) == {"floor": 10_000, "unknown results": 1_500, "images": 1_500}


# --- threads ---


def test_subagents_are_walked_on_their_own(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response(input=10_000, blocks=[text("")])
    agent = session.subagent("a1")
    agent.prompt("s" * 2_900)
    agent.response(input=5_000, blocks=[text("")])
    session.response(input=10_000, blocks=[text("")])
    assert sources(history) == {"floor": 9_900 * 2 + 4_000, "prompts": 200, "spawn prompts": 1_000}


def test_t21_a_copied_history_is_context_but_counts_once(history: History, session: Session) -> None:
    """A fork goes on above the copied rows: it carries the file that its original had read."""
    session.prompt("p" * 290)
    session.response("msg_1", input=10_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 2_900)
    session.response("msg_2", input=11_000, blocks=[text("")])
    fork = session.fork(SECOND)
    fork.prompt("q" * 290, at=at(9))
    fork.response("msg_3", input=11_100, at=at(10), blocks=[text("")])
    own = {"floor": 9_900, "prompts": 200, "unknown results": 1_000}
    assert sources(history, Scope(NOW, sessions=(SECOND,))) == own
    assert sources(history, Scope(NOW, sessions=(FIRST,))) == {
        "floor": 19_800, "prompts": 200, "unknown results": 1_000,
    }  # fmt: skip
    assert reported(history).prompt_tokens == 10_000 + 11_000 + 11_100


def test_a_file_of_which_only_the_copy_is_left_is_walked_as_a_whole(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response("msg_1", input=10_000, blocks=[text("")])
    fork = session.fork(SECOND, rewrite_session_id=False)
    fork.response("msg_2", input=10_000, blocks=[text("")])
    del history.files[next(path for path in history.files if path.stem == FIRST)]
    assert sources(history) == {"floor": 19_800, "prompts": 200}


def again_as_progress(session: Session) -> None:
    """A subagent's file, and the same rows inside the main file."""
    agent = session.subagent("a1")
    agent.prompt("s" * 290)
    agent.response(input=1_000, blocks=[text("")])
    agent.response(input=1_000, blocks=[text("")])
    for row in agent.rows:
        session.progress_agent("a1", row)


def test_t24_progress_rows_and_the_subagents_file_count_once(history: History, session: Session) -> None:
    again_as_progress(session)
    report = reported(history)
    assert report.prompt_tokens == 2_000
    assert (source(report, "floor").tokens, source(report, "floor").occurrences) == (1_800, 1)
    assert [row.tokens for row in report.sources if row.kind == "prompt"] == [200]


def test_t24_a_spawn_prompt_in_progress_rows_is_not_a_persons(history: History, session: Session) -> None:
    agent = session.subagent("a1", layout="progress")
    agent.prompt("s" * 290)
    agent.response(input=1_000, blocks=[text("")])
    assert sources(history) == {"floor": 900, "spawn prompts": 100}


def test_t24_a_spawn_prompt_in_both_is_not_a_persons(history: History, session: Session) -> None:
    again_as_progress(session)
    assert sources(history) == {"floor": 1_800, "spawn prompts": 200}


# --- T28, T51: what has no place in a thread ---


def test_t28_requests_outside_a_response_are_not_logged(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    outside = [iteration("message", input=1_000), iteration("advisor_message", input=300, cache_read_input_tokens=50)]
    session.response(input=1_000, iterations=outside, blocks=[text("")])
    assert sources(history) == {"floor": 900, "prompts": 100, "not logged": 350}


def test_t28_several_requests_in_one_response_carry_the_context_several_times(
    history: History, session: Session
) -> None:
    """600 + 1,000 tokens were sent, so that the context of 1,000 was carried 1.6 times."""
    session.prompt("p" * 290)
    requests = [iteration("message", input=600), iteration("message", input=1_000)]
    session.response(input=1_600, iterations=requests, blocks=[text("")])
    assert sources(history) == {"floor": 1_440, "prompts": 160}


def test_t51_a_response_without_a_time_stays_behind_the_row_before_it(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response("msg_1", input=1_000, row={"timestamp": None}, blocks=[text("")])
    assert sources(history) == {"floor": 900, "prompts": 100}


def test_rows_out_of_order_are_walked_in_the_order_of_time(history: History, session: Session) -> None:
    session.response("msg_1", input=10_000, at=at(1), blocks=[text("")])
    session.response("msg_3", input=12_100, at=at(5), blocks=[text("")])
    session.tool_result("toolu_1", "r" * 5_800, at=at(4))
    session.response("msg_2", input=10_100, at=at(3), blocks=[text("")])
    session.prompt("p" * 290, at=at(2))
    assert sources(history, window(5)) == {"floor": 10_000, "prompts": 100, "unknown results": 2_000}


# --- dollars ---


def prices_of(history: History, scope: Scope | None = None) -> dict[str, float | None]:
    return {row.source: row.list_price_usd for row in reported(history, scope).sources}


def test_what_was_written_again_is_paid_by_what_was_there(history: History, session: Session) -> None:
    """Response 3 writes everything again: 11,000 old tokens and 1,000 new ones at $20 a million."""
    session.response("msg_1", input=0, cache_write=10_000, at=at(1), blocks=[text("")])
    session.prompt("p" * 2_900)
    session.response("msg_2", input=0, cache_read=10_000, cache_write=1_000, at=at(2), blocks=[text("")])
    session.tool_result("toolu_1", "r" * 2_900)
    session.response("msg_3", input=0, cache_write=12_000, at=at(30), blocks=[text("")])
    assert prices_of(history, window(30)) == {"floor": 0.2, "prompts": 0.02, "unknown results": 0.02}


def test_what_was_written_again_is_not_paid_by_what_was_sent_past_the_cache(history: History, session: Session) -> None:
    """11,000 old tokens are written again at $20 a million, and your 1,000 new ones sent at $10."""
    session.response("msg_1", input=0, cache_write=11_000, at=at(1), blocks=[text("")])
    session.prompt("p" * 2_900)
    session.response("msg_2", input=1_000, cache_write=11_000, at=at(2), blocks=[text("")])
    assert prices_of(history, window(2)) == {"floor": 0.22, "prompts": 0.01}


def test_a_rebuild_in_part_is_shared_by_size(history: History, session: Session) -> None:
    """6,000 of 11,000 old tokens are written again at $20, 5,000 are read at $1: $0.125, ten elevenths the floor's."""
    session.response("msg_1", input=0, cache_write=10_000, at=at(1), blocks=[text("")])
    session.prompt("p" * 2_900)
    session.response("msg_2", input=0, cache_read=10_000, cache_write=1_000, at=at(2), blocks=[text("")])
    session.tool_result("toolu_1", "r" * 2_900)
    session.response("msg_3", input=0, cache_read=5_000, cache_write=7_000, at=at(3), blocks=[text("")])
    assert prices_of(history, window(3)) == {"floor": 0.113636, "prompts": 0.011364, "unknown results": 0.02}


def test_an_hour_in_the_cache_costs_twice_as_much(history: History, session: Session) -> None:
    session.prompt("p" * 2_900)
    session.response(input=0, cache_write=10_000, cache_write_1h=10_000, blocks=[text("")])
    assert prices_of(history) == {"floor": 0.36, "prompts": 0.04}


def test_a_model_without_a_price_adds_tokens_and_no_dollars(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response(input=1_000, model="glm-4.6", blocks=[text("")])
    assert prices_of(history) == {"floor": None, "prompts": None}


def test_a_source_that_only_unpriced_responses_carried_has_no_price(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response(input=1_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 290)
    session.response(input=1_100, model="glm-4.6", blocks=[text("")])
    assert prices_of(history) == {"floor": 0.009, "prompts": 0.001, "unknown results": None}


FROM_CACHE = "what arrived pays only what was new in the prompt, and nothing of what was read from the cache"


def test_what_arrived_and_was_in_the_cache_already_pays_for_reading(history: History, session: Session) -> None:
    """A resumed conversation: its first prompt of 4,000 tokens is read for $0.004, a quarter of it your words."""
    session.prompt("p" * 2_900)
    session.response(input=0, cache_read=4_000, blocks=[text("")])
    assert prices_of(history) == {"floor": 0.003, "prompts": 0.001}


def test_what_arrived_pays_for_writing_and_for_reading(history: History, session: Session) -> None:
    """4,000 tokens of which 100 are written ($0.002): 3,900 are read, 900 of them are the rest of your 1,000."""
    session.prompt("p" * 2_900)
    session.response(input=0, cache_read=3_900, cache_write=100, blocks=[text("")])
    assert prices_of(history) == {"floor": 0.003, "prompts": 0.0029}


def test_what_arrived_pays_once_in_a_response_of_several_requests(history: History, session: Session) -> None:
    """Two requests of 4,000 tokens. The first sends your 1,000 ($0.010) and reads the floor, the second reads it all.

    Of the 7,000 read for $0.007, six are the floor's and one is your words'.
    """
    session.prompt("p" * 2_900)
    first = iteration("message", input=1_000, cache_read_input_tokens=3_000)
    second = iteration("message", cache_read_input_tokens=4_000)
    session.response(input=1_000, cache_read=7_000, iterations=[first, second], blocks=[text("")])
    assert prices_of(history) == {"floor": 0.006, "prompts": 0.011}


def test_dollars_where_nothing_was_there_before(history: History, session: Session) -> None:
    """77,777 bytes look like more than 4,000 tokens: there is no floor, and your words are all of the prompt."""
    session.prompt("p" * 77_777)
    session.response(input=4_000, blocks=[text("")])
    assert prices_of(history) == {"prompts": 0.04}


def test_dollars_where_nothing_was_there_before_but_in_the_cache(history: History, session: Session) -> None:
    session.prompt("p" * 77_777)
    session.response(input=0, cache_read=4_001, blocks=[text("")])
    assert prices_of(history) == {"prompts": 0.004001}


def test_large_sums_leave_the_unknown_unknown(history: History, session: Session) -> None:
    """$70,000, and a result of 1,000 tokens that only a response without a price carried."""
    session.response(input=10_000, model="glm-4.6", blocks=[text("")])
    session.response(input=7_000_000_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 2_900)
    session.response(input=0, cache_read=3_000_000_000, model="glm-4.6", blocks=[text("")])
    assert prices_of(history)["unknown results"] is None


# --- scope ---


def test_responses_out_of_scope_shape_the_thread_but_do_not_count(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response(input=1_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 290)
    session.response(input=1_100, at=at(5), model="claude-sonnet-4-5", blocks=[text("")])
    session.response(input=1_100, at=at(6), blocks=[text("")])
    expected = {"floor": 900, "prompts": 100, "unknown results": 100}
    assert sources(history, Scope(NOW, models=("sonnet",))) == expected
    row = source(reported(history, Scope(NOW, models=("sonnet",))), "prompts")
    assert (row.occurrences, row.responses) == (1, 1.0)
    assert sources(history, Scope(NOW, until=0)) == {}


def test_an_item_that_no_response_in_scope_carried_did_not_occur(history: History, session: Session) -> None:
    session.response(input=1_000, at=at(1), blocks=[text("")])
    session.tool_result("toolu_1", "r" * 290)
    session.response(input=1_100, at=at(2), blocks=[text("")])
    session.compaction(summary="s" * 290)
    session.response(input=1_100, at=at(3), blocks=[text("")])
    found, ledger = walked(history, window(3))
    assert found.indices == [2]
    assert {label[1] for label, entry in ledger.entries.items() if entry.occurrences} == {"summaries"}


# --- the second half of a thread ---


def test_the_backlog_is_what_the_second_half_carried_of_the_first(history: History, session: Session) -> None:
    """Responses at 10,000 (the floor), then 11, 12, 13 thousand: the middle is the third, and one more follows it."""
    for place, size in enumerate((10_000, 11_000, 12_000, 13_000)):
        session.tool_result(f"toolu_{place}", "r" * 2_900 * bool(place))
        session.response(input=size, blocks=[text("")])
    (found,) = backlogs(history)
    assert (found.thread, round(found.tokens, 3), found.responses) == (0, 2_000.0, 1)


def test_the_backlog_starts_over_at_a_compaction(history: History, session: Session) -> None:
    for size in (10_000, 50_000, 50_000, 50_000):
        session.response(input=size, blocks=[text("")])
    session.compaction(summary="s" * 2_900)
    for size in (11_000, 12_000, 13_000, 14_000):
        session.tool_result("toolu_1", "r" * 2_900)
        session.response(input=size, blocks=[text("")])
    (found,) = backlogs(history)
    assert (round(found.tokens), found.responses) == (3_000, 1)  # 13,000 - the floor, by the fourth


def test_a_subagent_has_no_backlog(history: History, session: Session) -> None:
    agent = session.subagent("a1")
    for size in (10_000, 50_000, 50_000, 50_000):
        agent.response(input=size, blocks=[text("")])
    assert backlogs(history) == []


def test_the_backlog_leaves_out_what_a_microcompaction_took_out(history: History, session: Session) -> None:
    session.response(input=10_000, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 290_000)
    session.response(input=110_000, blocks=[text("")])
    session.response(input=110_000, blocks=[text("")])  # the middle of five
    removed(session, "toolu_1")
    session.response(input=10_000, blocks=[text("")])
    session.response(input=10_000, blocks=[text("")])
    (found,) = backlogs(history)
    assert found.tokens == pytest.approx(0, abs=1)


def test_the_backlog_keeps_what_a_microcompaction_did_not_take_of_it(history: History, session: Session) -> None:
    """The fourth of six is the middle: what came after it and went again is none of its 1,000 tokens."""
    session.response(input=10_000, blocks=[text("")])
    session.prompt("p" * 2_900)
    for size in (11_000, 11_000, 11_000):
        session.response(input=size, blocks=[text("")])
    session.tool_result("toolu_1", "r" * 5_800)
    session.response(input=13_000, blocks=[text("")])
    removed(session, "toolu_1")
    session.response(input=11_000, blocks=[text("")])
    (found,) = backlogs(history)
    assert (round(found.tokens, 3), found.responses) == (2_000.0, 2)


def test_the_backlog_leaves_out_what_was_gone(history: History, session: Session) -> None:
    for size in (10_000, 110_000, 110_000, 10_000, 10_000):
        session.response(input=size, blocks=[text("")])
    (found,) = backlogs(history)
    assert found.tokens == pytest.approx(0, abs=1)


# --- T33, T21: the same thread in two files ---


def test_a_thread_in_two_files_is_counted_once(history: History, session: Session) -> None:
    session.prompt("p" * 290)
    session.response("msg_1", input=1_000, blocks=[text("")])
    again = history.session(FIRST, cwd="/home/ada/elsewhere")
    again.lines.extend(session.rows)
    again.response("msg_2", input=1_000, blocks=[text("")])
    assert sources(history) == {"floor": 1_800, "prompts": 200}


def test_two_sessions_of_one_prompt_are_two_occurrences(history: History) -> None:
    for name in (FIRST, SECOND, THIRD):
        one = history.session(name)
        one.prompt("Run the tests")
        one.response(input=1_000, blocks=[text("")])
    _, ledger = walked(history)
    (label,) = [label for label in ledger.entries if label[1] == "prompts"]
    assert ledger.entries[label].occurrences == 3
    assert set(ledger.entries[label].sessions) == {FIRST, SECOND, THIRD}


def test_an_empty_history(tmp_path: Path) -> None:
    found = accounting.History(Store(), Scope(NOW), pricer(tmp_path))
    ledger = build_ledger(found)
    report = report_of(found, ledger)
    assert (report.prompt_tokens, report.sources) == (0, [])


# --- long threads that shrink again and again ---


def seesaw(history: History, times: int) -> dict[str, int]:
    """A floor of 20,000, then prompts of 100,000 and 60,000 tokens in turns, as of two terminals in one session.

    1,000 bytes of a result arrive each time, R of them are there. Up: R becomes R + 603, and most of the 40,000
    is not logged. Down: everything above the floor shrinks to 40,000 of 80,345, and so R to (R + 345) x 0.498.
    """
    session = history.session(FIRST)
    session.response(input=20_000, blocks=[text("")])
    for place in range(times):
        session.tool_result(f"toolu_{place}", "r" * 1_000)
        session.response(input=60_000 if place % 2 else 100_000, blocks=[text("")])
    found, ledger = walked(history)
    whole = sum(entry.tokens for entry in ledger.entries.values()) + sum(floor.tokens for floor in ledger.floors)
    assert whole == pytest.approx(ledger.prompt_tokens, rel=1e-6)
    return {row.source: row.tokens for row in report_of(found, ledger).sources}


STEADY = 940 + 1_543  # R down and R up, from R = (R + 603 + 345) x 0.498


def test_a_thread_that_shrinks_thirty_times(history: History) -> None:
    found = seesaw(history, 60)
    assert found["floor"] == 61 * 20_000
    assert found["unknown results"] == pytest.approx(30 * STEADY, rel=0.05)


def test_a_thread_that_shrinks_a_hundred_times(history: History) -> None:
    found = seesaw(history, 200)
    assert found["floor"] == 201 * 20_000
    assert found["unknown results"] == pytest.approx(100 * STEADY, rel=0.05)


def test_a_thread_that_shrinks_a_thousand_times(history: History) -> None:
    assert seesaw(history, 3_000)["floor"] == 3_001 * 20_000
