"""What the reader's tests share: a store from a built history, and its figures in the words of the reference."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tests.reference import Totals
from tests.transcripts import History
from tokenscope.ingest.load import load
from tokenscope.model import Facet, Message
from tokenscope.store import Store

FIRST = "11111111-2222-4333-8444-555555555555"
SECOND = "22222222-2222-4333-8444-555555555555"
THIRD = "33333333-2222-4333-8444-555555555555"
MANY = int(os.environ.get("TOKENSCOPE_EXAMPLES", "100"))  # made-up files a property; by hand: 2000
TEN = 1_780_308_000_000  # 2026-06-01T10:00:00Z in milliseconds: the builder's first row


def store_of(*histories: History | Path, facets: Facet = Facet.TITLES) -> Store:
    """Everything below these config folders, read in one process."""
    roots = [one.write() if isinstance(one, History) else one for one in histories]
    return load(roots, facets, processes=1)


def only(store: Store) -> Message:
    (message,) = store.messages
    return message


def by_id(store: Store) -> dict[str, Message]:
    """The responses themselves, by their id."""
    found = {message.id: message for message in store.messages if not message.part}
    assert len(found) == sum(not message.part for message in store.messages)
    return found


def figures(message: Message) -> tuple[int, int, int, int, int]:
    """Input, output, cache read, cache write, and how much of the write was for an hour."""
    return (
        message.input_tokens,
        message.output_tokens,
        message.cache_read_input_tokens,
        message.cache_creation_input_tokens,
        message.ephemeral_1h_input_tokens,
    )


def owner(store: Store, message_id: str) -> tuple[str, str]:
    """The session and the subagent ("" for the main thread) that a response is credited to."""
    thread = store.threads[by_id(store)[message_id].thread]
    return thread.session_id, thread.agent_id


def totals(messages: Iterable[Message]) -> Totals:
    """Sums as the reference writes them."""
    some = list(messages)
    write = sum(one.cache_creation_input_tokens for one in some)
    long = sum(one.ephemeral_1h_input_tokens for one in some)
    return Totals(
        responses=sum(not one.part for one in some),
        input=sum(one.input_tokens for one in some),
        output=sum(one.output_tokens for one in some),
        cache_read=sum(one.cache_read_input_tokens for one in some),
        cache_write=write,
        cache_write_5m=write - long,
        cache_write_1h=long,
        floors=sum(one.is_floor for one in some),
    )
