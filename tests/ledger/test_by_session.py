"""The ledger a session at a time, as exports and a team's rows have it: the ledger of all, taken apart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given

from tests.answers import at, read, window
from tests.ingest import FIRST, SECOND
from tests.ledger.test_ledger_properties import Files, examples, histories, scopes, seen
from tests.transcripts import History, iteration, text
from tokenscope.ledger.ledger import FLOOR, NOT_LOGGED, Entry, Ledger, build_ledger, ledgers_by_session
from tokenscope.scope import Scope
from tokenscope.store import Label


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


def tokens_of(ledger: Ledger) -> float:
    """Floors stand beside the entries."""
    entries = sum(entry.tokens for entry in ledger.entries.values())
    return entries + sum(floor.tokens for floor in ledger.floors)


@pytest.fixture
def two(history: History) -> History:
    """One session with two prompts of 10,000 and 12,000 tokens, and one with a prompt of 5,000, half an hour later."""
    first, second = history.session(FIRST), history.session(SECOND)
    first.prompt("a" * 290, at=at(0))
    first.response("msg_1", at=at(1), input=0, cache_write=10_000, blocks=[text("Yes.")])
    first.response("msg_2", at=at(2), input=0, cache_read=10_000, cache_write=2_000, blocks=[text("Done.")])
    second.prompt("b" * 290, at=at(30))
    second.response("msg_3", at=at(31), input=5, cache_write=4_995, blocks=[text("No.")])
    return history


def test_each_session_has_its_own(two: History) -> None:
    """At $20 and $1 a million for what was written and read, and $10 for what went past the cache."""
    found = ledgers_by_session(read(two))
    assert {name: (one.prompt_tokens, one.prompt_price) for name, one in found.items()} == {
        FIRST: (22_000, (12_000 * 20 + 10_000 * 1) * 1_000_000),
        SECOND: (5_000, (4_995 * 20 + 5 * 10) * 1_000_000),
    }
    for session_id, ledger in found.items():
        assert tokens_of(ledger) == pytest.approx(ledger.prompt_tokens)
        (floor,) = ledger.floors
        assert floor.responses == {FIRST: 2, SECOND: 1}[session_id]
        assert {name for entry in ledger.entries.values() for name in entry.sessions} <= {session_id}


def test_of_a_window_only_sessions_with_a_response_in_it(two: History) -> None:
    """And of those only what lies in it."""
    found = ledgers_by_session(read(two, window(2)))
    assert {name: one.prompt_tokens for name, one in found.items()} == {FIRST: 12_000}
    assert tokens_of(found[FIRST]) == pytest.approx(12_000)
    assert ledgers_by_session(read(two, window(40))) == {}


def test_what_no_walk_has_seen_is_not_logged(history: History) -> None:
    """A request inside a response is in no context: nine tokens at $2 a million."""
    inside = [iteration("advisor_message", model="claude-sonnet-4-5", input=9)]
    history.session(FIRST).response("msg_1", input=700, usage={"iterations": inside})
    (ledger,) = ledgers_by_session(read(history)).values()
    assert ledger.prompt_tokens == 709
    assert ledger.entries[NOT_LOGGED] == Entry(9, 9 * 2 * 1_000_000, 1, 1)


@examples(60)
@given(histories(), scopes())
def test_the_sessions_together_are_the_ledger_of_all(folder: Path, files: Files, scope: Scope) -> None:
    """Label by label, and floor by floor."""
    whole = build_ledger(seen(files, folder, scope))
    parts = ledgers_by_session(seen(files, folder, scope))  # in place of that of all: a walk is gone once
    assert sum(one.prompt_tokens for one in parts.values()) == whole.prompt_tokens
    assert sum(one.prompt_price for one in parts.values()) == whole.prompt_price
    floors = [floor for one in parts.values() for floor in one.floors]
    assert sorted(floor.thread for floor in floors) == sorted(floor.thread for floor in whole.floors)
    occurrences: Counter[Label] = Counter()
    tokens: Counter[Label] = Counter()
    for session_id, ledger in parts.items():
        assert tokens_of(ledger) == pytest.approx(ledger.prompt_tokens, rel=1e-6, abs=1e-3)
        assert {name for entry in ledger.entries.values() for name in entry.sessions} <= {session_id}
        for label, entry in ledger.entries.items():
            occurrences[label] += entry.occurrences
            tokens[label] += entry.tokens  # type: ignore[assignment]
    assert +occurrences == Counter({label: one.occurrences for label, one in whole.entries.items() if one.occurrences})
    for label, entry in whole.entries.items():
        assert tokens[label] == pytest.approx(entry.tokens, rel=1e-6, abs=1e-3)
    assert FLOOR not in occurrences
