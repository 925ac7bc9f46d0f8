"""One session told alone, out of any history: what the independent reader counts for it, in steps and in asks."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests import reference
from tests.history import NOW, pricer
from tests.ingest import store_of, totals
from tests.test_properties import Files, folder, histories, write  # noqa: F401 - folder is a fixture
from tokenscope.answers.session.session_details import session_details
from tokenscope.behaviour.asks import asks_of
from tokenscope.behaviour.session_steps import PROMPT, Step, steps_of_session
from tokenscope.history.history import History
from tokenscope.ingest.files.select_session import load_session
from tokenscope.model import Facet
from tokenscope.scope import Scope

ID = re.compile(rb'"message":\{"id":"([^"]+)"')
FACETS = Facet.TITLES | Facet.TOOLS | Facet.TEXT


def told(root: Path, session_id: str) -> tuple[History, list[Step]]:
    store = load_session([root], FACETS, session_id)
    history = History(store, Scope(NOW, sessions=(session_id,), zone=UTC), pricer(root))
    return history, steps_of_session(history, session_id)


@settings(max_examples=40)
@given(histories())
def test_each_session_alone_is_what_the_reference_counts(folder: Path, files: Files) -> None:  # noqa: F811
    root = write(files, folder)
    expected = reference.by_session(reference.read([root]))
    known = set(store_of(root).sessions)
    for session_id in {Path(path).stem for path in files if "agent-" not in path} & known:
        history, steps = told(root, session_id)
        own = [one for one in history.messages if history.session_of(one).session_id == session_id]
        assume(len(own) == len(history.messages))  # where an id begins another one, both are in scope
        if session_id in expected:
            assert totals(history.messages) == expected[session_id]
        else:
            assert own == []
        assert Counter(index for step in steps for index in step.messages) == Counter(history.indices)
        asks = asks_of(steps)
        assert Counter(index for ask in asks for index in ask.messages) == Counter(history.indices)
        assert sum(ask.prompt is not None for ask in asks) == sum(step.kind == PROMPT for step in steps)


def undated(lines: list[bytes]) -> set[bytes]:
    """The ids of responses with a row that has no time."""
    return {found[1] for line in lines if b'"timestamp"' not in line and (found := ID.search(line))}


@settings(max_examples=40)
@given(histories())
def test_each_session_alone_is_what_it_is_among_all(folder: Path, files: Files) -> None:  # noqa: F811
    """Time, errors, changes, status, title and all else that `sessions` tells of it, whatever is a copy of what."""
    root = write(files, folder)
    whole = History(store_of(root, facets=FACETS), Scope(NOW, zone=UTC), pricer(root))
    for row in session_details(whole, idle_hours=4):
        if any(other != row.session_id and other.startswith(row.session_id) for other in whole.store.sessions):
            continue  # where an id begins another one, both are in scope
        if Path(row.session_id).name != row.session_id or not any(Path(path).stem == row.session_id for path in files):
            continue  # a session that only siblings name has no file of its own to be asked for
        own = [
            line
            for path, lines in files.items()
            if row.session_id in Path(path).parts or Path(path).stem == row.session_id
            for line in lines
        ]
        if undated(own):
            continue  # when it was made may stand in a copy alone, in a session that is no copy of this one
        alone, _ = told(root, row.session_id)
        assert session_details(alone, idle_hours=4) == [row]


@settings(max_examples=25)
@given(histories(has_copies=False), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_ask(folder: Path, files: Files, chance: random.Random) -> None:  # noqa: F811
    root = write(files, folder)
    known = sorted({Path(path).stem for path in files if "agent-" not in path} & set(store_of(root).sessions))
    before = {session_id: outline(*told(root, session_id)) for session_id in known}
    for path, lines in files.items():
        assert path
        chance.shuffle(lines)
    write(files, folder)
    assert {session_id: outline(*told(root, session_id)) for session_id in known} == before


def outline(history: History, steps: list[Step]) -> Counter[tuple[int, int, int, str]]:
    """The dated responses with their depth; rows of one moment have no order of their own, some no id."""
    messages = history.store.messages
    return Counter(
        (messages[index].total_tokens, step.time, step.depth, step.agent_id)
        for step in steps
        for index in step.messages
        if step.time is not None
    )
