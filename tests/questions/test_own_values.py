"""A lever at the value that a history had changes nothing, whatever the history: nothing to save and nothing to lose."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.history import NOW, pricer
from tests.ingest import store_of
from tests.ledger.replays import THREADS, store_with
from tests.transcripts import History, tool_use
from tokenscope.answers.whatif.price_models import FLOOR
from tokenscope.answers.whatif.replay_facts import ReplayFacts
from tokenscope.answers.whatif.result_models import BASH, READ
from tokenscope.answers.whatif.size_models import WINDOW
from tokenscope.answers.whatif.trial import Model
from tokenscope.history.history import History as Seen
from tokenscope.ledger.replay import CostChange
from tokenscope.model import Facet
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope

BYTES_A_TOKEN = 2  # fewer than any estimate has, so that a limit by it is one that no result went beyond


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    return pricer(tmp_path_factory.mktemp("prices"))


def assert_nothing(facts: ReplayFacts, model: Model, value: int) -> None:
    found = model.run(facts, f"-{value}" if model is FLOOR else str(value))
    assert (found.total, found.low, found.high) == (CostChange(), 0, 0)


@settings(max_examples=40)
@given(threads=THREADS)
def test_the_window_and_the_floor_that_a_history_had(prices: Pricer, threads: list) -> None:  # type: ignore[type-arg]
    """No window that every prompt fits into compacts; no token off the floor is none. Without a compaction there is no
    telling what one leaves, and so no model of a window.
    """
    facts = ReplayFacts(Seen(store_with(threads), Scope(NOW), prices))
    largest = max(turn.size for series in facts.series for turn in series.turns)
    if facts.sizes_after_compaction:
        assert_nothing(facts, WINDOW, largest)
    assert_nothing(facts, FLOOR, 0)


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.tuples(st.sampled_from(("Read", "Bash")), st.integers(0, 60_000)), max_size=8))
def test_the_limits_that_no_result_went_beyond(prices: Pricer, sizes: list[tuple[str, int]]) -> None:
    """Of a limit in tokens (Read) and one in characters (Bash), as large as the largest result of the tool."""
    with TemporaryDirectory() as folder:
        facts = ReplayFacts(returned(Path(folder), prices, sizes))
        for model, each in ((READ, BYTES_A_TOKEN), (BASH, 1)):
            largest = max((size for tool, size in sizes if tool.lower() == model.lever), default=0)
            assert_nothing(facts, model, max(500, -(-largest // each)))


def returned(root: Path, prices: Pricer, sizes: list[tuple[str, int]]) -> Seen:
    """A session in which tools returned so many characters, one after the other."""
    history = History(root)
    session = history.session("a" * 8)
    session.prompt("Go")
    context = 5_000
    for number, (tool, size) in enumerate([*sizes, ("Read", 0)]):
        call = tool_use(f"toolu_{number}", tool, {"file_path": f"/{number}", "command": "ls"})
        session.response(input=0, output=0, cache_read=context, cache_write=1_000 + size, blocks=[call])
        session.tool_result(f"toolu_{number}", "x" * size)
        context += 1_000 + size
    return Seen(store_of(history.write(), facets=Facet.CONTENT), Scope(now=NOW), prices)
