"""What came again and again: from how often on, in which order, and no token twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import DRAWING, cells, table_of, walked
from tests.transcripts import History, Session, text, tool_use
from tokenscope.answers.context.recurring import (
    CHECKS,
    FIXES,
    LOOKS,
    Recurring,
    advice,
    best_of_each_kind,
    find_recurring,
    fix_of,
    recurring_card,
)
from tokenscope.value import replace
from tokenscope.view.question import Drawing

LONG = "0123456789" * 290  # 2,900 bytes: 1,000 tokens, and long enough to be compared


def used(session: Session, name: str, given: dict[str, Any], result: str = "r" * 290) -> None:
    """A tool use and what it returned, in a prompt that has grown by 1,000 tokens."""
    reference = f"toolu_{session.history.count()}"
    session.response(input=10_000, blocks=[tool_use(reference, name, given)])
    session.tool_result(reference, result)
    session.response(input=11_000, blocks=[text("")])


def found(
    history: History, *, min_sessions: int = 3, min_times: int = 3, min_output: int = 2_000
) -> list[tuple[str, str, int, int]]:
    """Kind, label, sessions and occurrences of what recurred."""
    _, ledger = walked(history)
    recurring = find_recurring(ledger, min_sessions=min_sessions, min_times=min_times, min_output=min_output)
    return [(one.kind, one.label, one.sessions, one.occurrences) for one in recurring]


# --- from how often on ---


@pytest.mark.parametrize(
    ("name", "given", "kind", "label"),
    [
        ("Read", {"file_path": "/a"}, "file", "/a"),
        ("Grep", {"pattern": "basket"}, "search", "Grep basket"),
        ("Bash", {"command": "npm test"}, "command", "npm test"),
    ],
)
def test_files_searches_and_commands_recur_by_sessions(
    history: History, name: str, given: dict[str, Any], kind: str, label: str
) -> None:
    first, second = history.session("one"), history.session("two")
    for _ in range(3):
        used(first, name, given)
    used(second, name, given)
    assert found(history) == []
    assert found(history, min_sessions=2) == [(kind, label, 2, 4)]
    used(history.session("three"), name, given)
    assert found(history) == [(kind, label, 3, 5)]
    assert found(history, min_sessions=4) == []


def test_prompts_recur_by_times(history: History) -> None:
    session = history.session("one")
    for place in range(3):
        assert found(history) == []
        session.prompt("Run the tests")
        session.response(input=10_000 + place, blocks=[text("")])
    assert found(history) == [("prompt", "Run the tests", 1, 3)]
    assert found(history, min_times=4) == []


def test_outputs_recur_by_times_whatever_gave_them(history: History) -> None:
    session = history.session("one")
    used(session, "Bash", {"command": "npm test"}, LONG)
    used(session, "Bash", {"command": "npm test"}, "\x1b[31m" + LONG)
    assert found(history) == []
    used(session, "Bash", {"command": "yarn test"}, LONG + "\n")
    assert found(history) == [("output", "Bash npm test", 1, 3)]
    assert found(history, min_times=4) == []


def test_what_no_response_carried_did_not_recur(history: History) -> None:
    for name in ("one", "two", "three"):
        session = history.session(name)
        session.response(input=10_000)
        session.prompt("Run the tests")
    assert found(history) == []


def test_t21_what_forks_copied_is_not_read_again(history: History) -> None:
    """Context in every file, but one reading and one prompt."""
    session = history.session("one")
    session.prompt("Fix the basket")
    used(session, "Read", {"file_path": "/a"})
    for name in ("two", "three"):
        fork = session.fork(name)
        fork.response(input=11_000, at=f"2026-06-01T1{len(name)}:00:00Z")
    assert found(history) == []


def test_t21_what_was_copied_before_it_was_carried_is_not_read_again(history: History) -> None:
    """Forked between the result and the response to it: all three responses are new, the result is one."""
    session = history.session("one")
    session.response(input=10_000, blocks=[tool_use("toolu_1", "Read", {"file_path": "/a"})])
    session.tool_result("toolu_1", LONG)
    forks = [session.fork(name) for name in ("two", "three")]
    for one in (session, *forks):
        one.response(input=11_000, blocks=[text("")])
    assert found(history) == []


# --- what it comes to ---


def test_tokens_are_those_of_all_responses_together(history: History) -> None:
    """A file in three sessions, carried by 1, 2 and 3 responses; $10 a million, because nothing is cached."""
    for times, name in enumerate(("one", "two", "three"), 1):
        session = history.session(name)
        session.response(input=10_000, blocks=[tool_use(name, "Read", {"file_path": "/home/ada/shop/a.py"})])
        session.tool_result(name, LONG)
        for _ in range(times):
            session.response(input=11_058, blocks=[text("")])
    _, ledger = walked(history)
    (one,) = find_recurring(ledger)
    # The input, {"file_path":"/home/ada/shop/a.py"} and its frame, has 35 + 20 of the 2,955 bytes that share the growth.
    tokens = 6 * 1_058 * 2_900 / 2_955
    assert (one.tokens, one.list_price_usd) == (round(tokens), round(tokens * 10 / 1e6, 6))
    assert (one.occurrences, one.sessions, one.fix) == (3, 3, FIXES["file"])
    card = recurring_card([one], DRAWING, prompt_tokens=ledger.prompt_tokens)
    assert card.sentence.startswith("6.23K tokens of context, 6 % of it, came from")  # of 3 x 10,000 + 6 x 11,058


def together(session: Session, *uses: tuple[str, dict[str, Any], int]) -> None:
    """Several tools in one response, and so many bytes of each result in the next one."""
    ids = [f"{session.session_id}_{place}" for place in range(len(uses))]
    session.response(
        input=10_000,
        blocks=[tool_use(name, tool, given) for name, (tool, given, _) in zip(ids, uses, strict=True)],
    )
    for name, (*_, size) in zip(ids, uses, strict=True):
        session.tool_result(name, "r" * size)
    session.response(input=90_000, blocks=[text("")])


def test_the_most_tokens_first(history: History) -> None:
    """Ties by kind, then by label."""
    files = [("Read", {"file_path": path}, size) for path, size in (("/b", 1_450), ("/a", 1_450), ("/c", 2_900))]
    for name in ("one", "two", "three"):
        together(history.session(name), *files, ("Bash", {"command": "ls"}, 1_450))
    labels = [(kind, label) for kind, label, *_ in found(history)]
    assert labels == [("file", "/c"), ("command", "ls"), ("file", "/a"), ("file", "/b")]


def test_no_more_than_fifty(history: History) -> None:
    for name in ("one", "two", "three"):
        files = [("Read", {"file_path": f"/{place}"}, 290 + place * 29) for place in range(60)]
        together(history.session(name), *files)
    assert [label for _, label, *_ in found(history)] == [f"/{place}" for place in range(59, 9, -1)]


@pytest.mark.parametrize(("least", "kinds"), [(2_000, ["output"]), (2_900, ["output"]), (2_901, [])])
def test_how_long_an_output_has_to_be(history: History, least: int, kinds: list[str]) -> None:
    """2,900 characters without white space, three times in one session."""
    session = history.session("one")
    for _ in range(3):
        used(session, "Bash", {"command": "npm test"}, LONG + " " * 500)
    assert [kind for kind, *_ in found(history, min_output=least)] == kinds


# --- no token under two recurrences ---


def test_a_commands_outputs_that_are_the_same_count_as_outputs_alone(history: History) -> None:
    """Two uses in each of three sessions: one with the same long output, one with a short one."""
    for name in ("one", "two", "three"):
        session = history.session(name)
        used(session, "Bash", {"command": "npm test"}, LONG)
        session.compaction(summary="")
        used(session, "Bash", {"command": "npm test"}, "r" * 290)
    _, ledger = walked(history)
    output, command = find_recurring(ledger)
    assert (output.kind, output.label, output.sessions, output.occurrences) == ("output", "Bash npm test", 3, 3)
    assert (command.kind, command.label, command.sessions, command.occurrences) == ("command", "npm test", 3, 3)
    results = sum(entry.tokens for label, entry in ledger.entries.items() if label[1] == "Bash results")
    assert output.tokens + command.tokens == pytest.approx(results, abs=1)


def test_a_commands_sessions_are_those_where_it_gave_something_else(history: History) -> None:
    """It ran in three sessions, but in two of them it only gave an output that counts as such."""
    for name, result in (("one", LONG), ("one", LONG), ("two", LONG), ("three", "r" * 290)):
        used(history.session(name), "Bash", {"command": "npm test"}, result)
    assert found(history) == [("output", "Bash npm test", 2, 3)]


# --- the card ---


def recurring(kind: str = "file", label: str = "/home/ada/shop/a.py", tokens: int = 1_000) -> Recurring:
    return Recurring(kind, label, 3, 4, tokens, 0.01, FIXES[kind])


def test_the_card_of_nothing() -> None:
    card = recurring_card([], DRAWING, prompt_tokens=5)
    assert card.sentence == "Nothing came into the context of three sessions alike."
    assert (card.parts, card.actions) == ((), ())


def test_the_card_of_one() -> None:
    card = recurring_card([recurring()], DRAWING, prompt_tokens=10_000)
    assert card.sentence == (
        "1K tokens of context, 10 % of it, came from files, searches, commands, prompts and outputs that recurred."
    )
    (row,) = table_of(card).rows
    assert cells(row) == ["read", "~/shop/a.py", "1K", "4", "3"]
    assert card.actions == (
        "a.py was read whole 4 times in 3 sessions: say in CLAUDE.md what matters in it, or ask for a range of lines",
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [("file", "read"), ("search", "searched"), ("prompt", "asked"), ("output", "same output"), ("command", "ran")],
)
def test_what_each_kind_is_called(kind: str, name: str) -> None:
    (row,) = table_of(recurring_card([recurring(kind)], DRAWING, prompt_tokens=10_000)).rows
    assert row.cells[0] == name


def test_the_card_of_many_ends_in_two_things_to_do() -> None:
    """One for the largest of each kind."""
    many = [
        recurring("file", "/a"),
        recurring("file", "/b"),
        recurring("command", "npm test"),
        recurring("prompt", "Go"),
    ]
    card = recurring_card(many, DRAWING, prompt_tokens=10_000)
    assert [action.partition(" 4 times")[0] for action in card.actions] == ["a was read whole", "“npm test” ran"]
    assert [one.label for one in best_of_each_kind(many)] == ["/a", "npm test"]  # “Go” is short enough to be typed
    assert len(table_of(card).rows) == 4


def test_long_labels_are_cut_in_what_there_is_to_do() -> None:
    fix = advice(recurring("prompt", "Fix " + "the basket " * 9))
    assert fix.startswith("“Fix the basket the basket the baske…” was asked 4 times in 3 sessions: ")


@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        ("file", "/home/ada/shop/a.py", "a.py was read whole 4 times in 3 sessions: "),
        ("search", "Grep basket", "“Grep basket” was searched for 4 times in 3 sessions: "),
        ("prompt", "Go on", "“Go on” was asked 4 times in 3 sessions: "),
        ("output", "Bash npm test", "Bash npm test returned the same 4 times in 3 sessions: "),
        ("command", "npm test", "“npm test” ran 4 times in 3 sessions: "),
    ],
)
def test_what_is_said_of_each_kind(kind: str, label: str, words: str) -> None:
    assert advice(recurring(kind, label)) == words + FIXES[kind]
    in_one_session = replace(recurring(kind, label), sessions=1)
    assert " 4 times: " in advice(in_one_session)


@pytest.mark.parametrize(
    ("kind", "label", "fix"),
    [
        ("command", "npm test", CHECKS),
        ("command", "cd web && pnpm vitest --run", CHECKS),
        ("command", "make", CHECKS),
        ("command", "git log --oneline", LOOKS),
        ("command", "cd /home/ada/shop && ls -la", LOOKS),
        ("command", "cat latest.txt", LOOKS),  # latest is no test
        ("command", "npm delta par", FIXES["command"]),
        ("output", "Bash cargo build", CHECKS),
        ("output", "Bash git diff", LOOKS),
        ("output", "Bash docker ps", FIXES["output"]),
        ("output", "Glob test", FIXES["output"]),  # a pattern
        ("file", "/tests/test.py", FIXES["file"]),
        ("prompt", "Run the tests", FIXES["prompt"]),
        ("search", "Grep test", FIXES["search"]),
    ],
)
def test_what_to_do_fits_what_it_was(kind: str, label: str, fix: str) -> None:
    assert fix_of(kind, label) == fix


def test_the_card_says_how_many_it_leaves_out() -> None:
    table = table_of(recurring_card([recurring()] * 30, DRAWING, prompt_tokens=10_000))
    assert (len(table.rows), table.left_out) == (10, 20)


@pytest.mark.parametrize("limit", [1, 2])
def test_a_small_limit_is_kept(limit: int) -> None:
    drawing = Drawing(DRAWING.now, DRAWING.zone, limit)
    table = table_of(recurring_card([recurring()] * 5, drawing, prompt_tokens=10_000))
    assert 1 <= len(table.rows) <= limit
    assert len(table.rows) + table.left_out == 5


def test_what_has_no_known_price_has_none(history: History) -> None:
    for name in ("one", "two", "three"):
        session = history.session(name, model="glm-4.6")
        used(session, "Read", {"file_path": "/a"})
    _, ledger = walked(history)
    (one,) = find_recurring(ledger)
    assert one.list_price_usd is None
