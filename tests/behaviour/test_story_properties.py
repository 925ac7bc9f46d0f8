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
from tokenscope.behaviour.asks import asks_of
from tokenscope.behaviour.session_steps import PROMPT, Step, steps_of
from tokenscope.history.history import History
from tokenscope.ingest.files.select_session import load_session
from tokenscope.model import Facet
from tokenscope.scope import Scope

FACETS = Facet.TITLES | Facet.TOOLS | Facet.TEXT


def told(root: Path, session_id: str) -> tuple[History, list[Step]]:
    store = load_session([root], FACETS, session_id)
    history = History(store, Scope(NOW, sessions=(session_id,), zone=UTC), pricer(root))
    return history, steps_of(history, session_id)


def beside_each_other(files: Files) -> Files:
    """All in one project's folder: what a session shares with another one's subagents is looked for there alone."""
    return {re.sub("^projects/[^/]+", "projects/-home-ada-a", path): lines for path, lines in files.items()}


@settings(max_examples=40)
@given(histories())
def test_each_session_alone_is_what_the_reference_counts(folder: Path, files: Files) -> None:  # noqa: F811
    root = write(beside_each_other(files), folder)
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
