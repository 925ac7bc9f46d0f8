"""One session alone: which is meant, which files are opened for it, and that it counts only what is its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, THIRD, by_id, store_of
from tests.transcripts import History, Session
from tokenscope.errors import AmbiguousError, NoTranscriptsError, UsageError
from tokenscope.ingest.files.select_session import load_session
from tokenscope.model import Facet
from tokenscope.store import Store

DAY = 86_400


def chosen(history: History, wanted: str, projects: tuple[str, ...] = ()) -> Store:
    return load_session([history.write()], Facet.TITLES | Facet.TOOLS | Facet.TEXT, wanted, projects=projects)


def id_of(store: Store) -> str:
    assert store.chosen is not None
    return store.chosen.session_id


def written(session: Session, day: int, agent: str = "") -> None:
    """Write a last row to a session's main file, or to one of its subagents' files, on that day of June."""
    path = session.subagent_path(agent, "nested") if agent else session.project / f"{session.session_id}.jsonl"
    with path.open("a") as file:
        file.write(f'{{"type":"mode","timestamp":"2026-06-{day:02}T12:00:00Z"}}\n')


def own_output(store: Store) -> int:
    """Output tokens that count with the chosen session."""
    return sum(one.output_tokens for one in store.messages if store.session_of(one).session_id == id_of(store))


def test_the_beginning_of_an_id(history: History) -> None:
    history.session(FIRST).response("msg_first", output=3)
    history.session(SECOND).response("msg_second")
    store = chosen(history, FIRST[:6])
    assert id_of(store) == FIRST
    assert list(by_id(store)) == ["msg_first"]


def test_only_its_files_are_opened(history: History) -> None:
    session = history.session(FIRST)
    session.response("msg_first")
    session.subagent("a1").response("msg_agent")
    session.subagent("a2", layout="sibling").response("msg_sibling")
    other = history.session(SECOND)
    other.response("msg_other")
    other.subagent("a3").response("msg_others")
    other.subagent("a4", layout="sibling").response("msg_others_sibling")
    store = chosen(history, "1111")
    assert set(by_id(store)) == {"msg_first", "msg_agent", "msg_sibling"}
    assert store.coverage.files == 3
    assert store.coverage.files_found == 6


def test_the_last_session_is_the_one_that_was_written_to_last(tmp_path: Path) -> None:
    history = History(tmp_path)
    first, second = history.session(FIRST), history.session(SECOND)
    first.response()
    first.subagent("a1").response()
    second.response()
    history.write()
    for session, agent, day in ((first, "", 1), (second, "", 2), (first, "a1", 1)):
        written(session, day, agent)
    assert id_of(load_session([tmp_path], Facet.USAGE, "last")) == SECOND
    written(first, 3, "a1")
    assert id_of(load_session([tmp_path], Facet.USAGE, "last")) == FIRST


def test_the_last_session_has_a_response_if_any_has(tmp_path: Path) -> None:
    history = History(tmp_path)
    first, second = history.session(FIRST), history.session(SECOND)
    first.response()
    second.prompt("Go")
    history.write()
    os.utime(first.project / f"{FIRST}.jsonl", (1_780_000_000, 1_780_000_000))
    assert id_of(load_session([tmp_path], Facet.USAGE, "last")) == FIRST
    (first.project / f"{FIRST}.jsonl").unlink()
    assert id_of(load_session([tmp_path], Facet.USAGE, "last")) == SECOND


def test_t61_a_synced_copy_is_not_the_last_session(tmp_path: Path) -> None:
    """The copy was written later, but each of its responses stands in the session's own file."""
    history = History(tmp_path)
    session = history.session(FIRST)
    session.prompt("Sail")
    session.response("msg_1", output=3)
    history.file(f"projects/{session.project.name}/{FIRST} 2.jsonl", session.rows)
    old = history.session(SECOND)
    old.response("msg_0", at="2026-05-01T10:00:00Z")
    history.write()
    for path in tmp_path.rglob("*.jsonl"):
        os.utime(path, (1_790_000_000 if SECOND in path.name else 1_780_400_000,) * 2)
    store = load_session([tmp_path], Facet.TOOLS, "last")
    assert (id_of(store), own_output(store)) == (FIRST, 3)


@pytest.mark.parametrize("modified", [0, 315_532_800, 1_790_000_000])
def test_t61_times_of_files_that_say_nothing(tmp_path: Path, modified: int) -> None:
    """An archive's files are from 1970 or 1980, or all of the day on which they were unpacked."""
    history = History(tmp_path)
    history.session(SECOND).response(at="2026-05-01T10:00:00Z")
    history.session(FIRST).response(at="2026-06-01T10:00:00Z")
    history.session(THIRD).response(at="2026-05-03T10:00:00Z")
    history.write()
    for path in tmp_path.rglob("*.jsonl"):
        os.utime(path, (modified, modified))
    assert id_of(load_session([tmp_path], Facet.USAGE, "last")) == FIRST


def test_the_last_session_of_a_project(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST, cwd="/home/ada/shop").response()
    history.session(SECOND, cwd="/home/ada/blog").response()
    assert id_of(chosen(history, "last", ("SHOP",))) == FIRST
    assert id_of(chosen(history, "last", ("blog",))) == SECOND
    assert chosen(history, "last", ("nothing",)).chosen is None


def test_the_words_of_a_title_in_any_order_and_case(history: History) -> None:
    for session_id, title in ((FIRST, "The Harbour in June"), (SECOND, "A basket for the harbour")):
        session = history.session(session_id)
        session.response()
        session.title(title)
    assert id_of(chosen(history, "june harbour")) == FIRST
    assert id_of(chosen(history, "BASKET")) == SECOND


def test_a_title_of_last_resort_is_one_too(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Fix the basket. It loses items.")
    session.response()
    assert id_of(chosen(history, "basket")) == FIRST


@pytest.mark.parametrize("wanted", ["harbour", "1"])
def test_what_fits_several_names_them(history: History, wanted: str) -> None:
    for session_id, title in ((FIRST, "The harbour in June"), ("1" * 8, "The harbour in May")):
        session = history.session(session_id)
        session.response()
        session.title(title)
    with pytest.raises(AmbiguousError) as caught:
        chosen(history, wanted)
    assert len(caught.value.choices) == 2
    assert {choice.split()[0] for choice in caught.value.choices} == {FIRST, "1" * 8}
    assert all("The harbour in" in choice and "/home/ada/shop" in choice for choice in caught.value.choices)
    with pytest.raises(AmbiguousError) as caught:
        load_session([history.root], Facet.USAGE, wanted, tells_titles=False)
    assert not any("harbour" in choice for choice in caught.value.choices)


def test_a_whole_id_is_not_ambiguous(history: History) -> None:
    history.session("abc").response()
    history.session("abcd").response()
    assert id_of(chosen(history, "abc")) == "abc"


def test_what_nothing_fits_is_told(history: History) -> None:
    history.session(FIRST).response()
    with pytest.raises(UsageError, match="nothing like it"):
        chosen(history, "nothing like it")


def test_no_transcripts(tmp_path: Path) -> None:
    with pytest.raises(NoTranscriptsError):
        load_session([tmp_path], Facet.USAGE, "last")


def test_a_session_without_its_main_file(history: History) -> None:
    session = history.session(FIRST)
    session.subagent("a1").response("msg_agent", output=5)
    del history.files[session.project / f"{FIRST}.jsonl"]
    store = chosen(history, FIRST)
    assert own_output(store) == 5


@pytest.mark.parametrize("rewrite", [True, False])
def test_t21_copied_responses_count_with_their_original(history: History, *, rewrite: bool) -> None:
    """Whatever file is asked about, each of the three counts what the whole history says is its own."""
    original = history.session(FIRST)
    original.response("msg_1", output=100)
    fork = original.fork(SECOND, rewrite_session_id=rewrite)
    original.response("msg_2", output=20)
    fork.response("msg_3", output=7)
    again = fork.fork(THIRD, rewrite_session_id=rewrite)
    again.response("msg_4", output=1)
    fork.response("msg_5", output=2)
    whole = store_of(history)
    expected = dict.fromkeys((FIRST, SECOND, THIRD), 0)
    for message in whole.messages:
        expected[whole.session_of(message).session_id] += message.output_tokens
    assert expected[FIRST] == 120  # by hand: the others are copies of it
    assert {session_id: own_output(chosen(history, session_id)) for session_id in expected} == expected


def test_t21_a_copy_whose_original_is_gone_counts_where_it_is(history: History) -> None:
    original = history.session(FIRST)
    original.response("msg_1", output=100)
    fork = original.fork(SECOND, rewrite_session_id=False)
    fork.response("msg_2", output=7)
    del history.files[original.project / f"{FIRST}.jsonl"]
    assert own_output(chosen(history, SECOND)) == 107


def test_what_others_copied_tells_no_title(history: History) -> None:
    original = history.session(FIRST)
    original.prompt("Secret plan")
    original.response("msg_1")
    original.fork(SECOND).response("msg_2")
    store = chosen(history, SECOND)
    assert {store.session_of(one).session_id for one in store.messages} == {FIRST, SECOND}
    assert store.sessions[FIRST].title == ""


def test_whether_its_folder_is_there(history: History, tmp_path: Path) -> None:
    history.session(FIRST, cwd=str(tmp_path)).response()
    history.session(SECOND, cwd=str(tmp_path / "gone")).response()
    history.session(THIRD, cwd="\0", folder="x").response()
    found = [chosen(history, session_id).chosen for session_id in (FIRST, SECOND, THIRD)]
    assert [one is not None and one.has_folder for one in found] == [True, False, False]
