"""Whole texts of one session: what was asked, said, given to tools, answered as an error, and left to do."""

from __future__ import annotations

from tests.ingest import FIRST, by_id, store_of
from tests.transcripts import History, text, thinking, tool_use
from tokenscope.ingest.extract.texts import LONGEST
from tokenscope.model import Facet
from tokenscope.store import Store, Texts

FACETS = Facet.TITLES | Facet.TOOLS | Facet.TEXT


def texts(history: History) -> tuple[Store, Texts]:
    store = store_of(history, facets=FACETS)
    return store, store.texts


def said(history: History) -> dict[str, str]:
    store, found = texts(history)
    return {store.messages[index].id: words for index, words in found.said.items()}


def test_what_a_response_says_is_all_of_its_text(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", blocks=[thinking("hm"), text("One."), tool_use("toolu_t1", "Read"), text("Two.")])
    session.response("msg_2", blocks=[tool_use("toolu_t2", "Read")])
    assert said(history) == {"msg_1": "One.\nTwo."}


def test_a_row_that_stands_twice_is_said_once(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", blocks=[text("One.")])
    session.lines.append(session.rows[-1])
    assert said(history) == {"msg_1": "One."}


def test_what_a_copy_says_is_what_its_original_said(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_1", blocks=[text("One.")])
    session.fork("copy")
    assert said(history) == {"msg_1": "One."}


def test_a_prompt_is_kept_whole(history: History) -> None:
    words = "Fix the basket. " * 50
    history.session(FIRST).prompt(words)
    store, found = texts(history)
    assert found.asked[store.prompts[0].uuid] == words.strip()
    assert len(store.prompts[0].words) < len(words)


def test_what_a_tool_was_given_and_what_it_answered(history: History) -> None:
    session = history.session(FIRST)
    session.response(
        blocks=[
            tool_use("toolu_t1", "Bash", {"command": "make\nmake test"}),
            tool_use("toolu_t2", "Read", {"file_path": "/a"}),
        ]
    )
    session.tool_result("toolu_t1", "Exit code 2\nno rule", is_error=True)
    session.tool_result("toolu_t2", [text("fine")])
    _, found = texts(history)
    assert found.given == {"toolu_t1": "make\nmake test", "toolu_t2": '{"file_path":"/a"}'}
    assert found.errors == {"toolu_t1": "Exit code 2\nno rule"}


def test_no_text_is_longer_than_a_person_reads(history: History) -> None:
    history.session(FIRST).response("msg_1", blocks=[text("x" * (LONGEST + 1)), text("y")])
    assert len(said(history)["msg_1"]) == LONGEST


def test_todos_as_they_were_written(history: History) -> None:
    session = history.session(FIRST)
    todos = [
        {"content": "Read", "status": "completed", "activeForm": "Reading"},
        {"content": "Write", "status": "doing", "activeForm": "Writing"},
    ]
    session.response(blocks=[tool_use("toolu_t1", "TodoWrite", {"todos": todos})])
    _, found = texts(history)
    assert found.todos == {"toolu_t1": [("Read", "completed"), ("Write", "pending")]}


def test_todos_that_are_tasks_of_their_own(history: History) -> None:
    session = history.session(FIRST)
    for number, subject in enumerate(("Read", "Write"), 1):
        session.response(blocks=[tool_use(f"toolu_c{number}", "TaskCreate", {"subject": subject})])
        session.tool_result(
            f"toolu_c{number}", "created", tool_use_result={"task": {"id": str(number), "subject": subject}}
        )
    session.response(blocks=[tool_use("toolu_u1", "TaskUpdate", {"taskId": "1", "status": "completed"})])
    session.response(blocks=[tool_use("toolu_u2", "TaskUpdate", {"taskId": "9", "status": "completed"})])
    _, found = texts(history)
    assert found.todos["toolu_c2"] == [("Read", "pending"), ("Write", "pending")]
    assert found.todos["toolu_u1"] == [("Read", "completed"), ("Write", "pending")]
    assert "toolu_u2" not in found.todos


def test_texts_are_only_read_where_they_are_wanted(history: History) -> None:
    history.session(FIRST).response(blocks=[text("One.")])
    store = store_of(history, facets=Facet.TITLES | Facet.TOOLS)
    assert by_id(store)
    assert store.texts == Texts()
