"""Threads to be run again: built from JSONL by hand, or as values straight into a store for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.history import NOW
from tests.ingest import FIRST, store_of
from tests.transcripts import History
from tokenscope.history.history import History as Seen
from tokenscope.ledger.replay import ThreadTurns, all_series
from tokenscope.model import Facet, Message
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope
from tokenscope.store import Compaction, Session, Store, Thread

OPUS, SONNET = "claude-opus-4-8", "claude-sonnet-4-5"
MILLION = 10**6  # picodollars a token in a dollar per million tokens
MINUTE = 60_000  # ms


def replayed(history: History, prices: Pricer) -> tuple[Seen, ThreadTurns]:
    """The history as it is seen, and its first thread."""
    seen = Seen(store_of(history, facets=Facet.CONTENT), Scope(NOW), prices)
    return seen, all_series(seen)[0]


def say(history: History, *responses: dict[str, Any], model: str = OPUS) -> None:
    """One session's responses. `wait`: minutes before it; `ask`: a prompt comes first."""
    session = history.session(FIRST, model=model)
    session.prompt("Go", at="2026-06-01T10:00:00Z")
    for fields in responses:
        history.wait(minutes=fields.pop("wait", 0))
        if fields.pop("ask", False):
            session.prompt("Next")
        session.response(**{"input": 0, "output": 0, **fields})


# --- straight into a store ---

# Minutes since the response before, new tokens, output, whether a compaction came before it.
STEPS = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 6, 20, 70)),
        st.integers(1, 40_000),
        st.integers(0, 3_000),
        st.integers(0, 9).map(lambda one: one == 0),
    ),
    min_size=1,
    max_size=40,
)
THREADS = st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=4)


def store_with(threads: list[tuple[list[tuple[int, int, int, bool]], bool]]) -> Store:
    """A session for each thread. Of each: its steps, and whether its cache is kept for an hour."""
    store = Store()
    for number, (steps, keeps_an_hour) in enumerate(threads):
        session_id = f"session-{number}"
        thread = Thread(session_id, "")
        store.threads.append(thread)
        store.sessions[session_id] = Session(session_id, "/home/ada/shop", threads=[number])
        time, size, lifetime = NOW - 10**9 + number * 10**7, 0, (60 if keeps_an_hour else 5) * MINUTE
        for place, (minutes, new, output, compacts) in enumerate(steps):
            time += minutes * MINUTE + 1_000
            if compacts and place:
                thread.compactions.append(Compaction(time - 1, "auto", size, 0))
                size //= 4
            read = 0 if minutes * MINUTE > lifetime or not place or (compacts and place) else size
            written = size + new - read
            size += new
            thread.messages.append(len(store.messages))
            store.messages.append(
                Message(
                    id=f"{number}-{place}",
                    thread=number,
                    model=OPUS,
                    time=time,
                    input_tokens=0,
                    output_tokens=output,
                    cache_read_input_tokens=read,
                    cache_creation_input_tokens=written,
                    ephemeral_1h_input_tokens=written if keeps_an_hour else 0,
                    context_tokens=size,
                    web_search_requests=0,
                    tariff="",
                    is_floor=False,
                    miss_reason="",
                    part="",
                )
            )
    return store
