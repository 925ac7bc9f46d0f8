"""The context ledger: every prompt token of every response, by what it was, adding up to the last token."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.ledger.all_threads import Sum, start_walks, walk_each
from tokenscope.ledger.thread import Walked
from tokenscope.store import Context, Label, Store
from tokenscope.value import Record, field

FLOOR: Label = ("floor", "floor", "", "", "", "", "")
INHERITED: Label = ("inherited", "inherited", "", "", "", "", "")
KEPT: Label = ("kept", "kept by compaction", "", "", "", "", "")
NOT_LOGGED: Label = ("not_logged", "not logged", "", "", "", "", "")
BEHIND = KEPT, NOT_LOGGED  # behind the labels of each context


class Entry(Record):
    """What one label's items came to. Tokens and picodollars are sums over the responses in scope."""

    tokens: float = 0.0
    price: float = 0.0
    occurrences: int = 0  # what a fork copied occurred in its original alone
    carried_with: int = 0  # responses, summed over the items
    sessions: list[str] = field(default_factory=list)  # that they occurred in; one may stand there twice


class Floor(NamedTuple):
    """What a thread held before anything that the log shows.

    `size`: at its first response, and `own_size` without what was inherited; `tokens` and `price`: carried by its
    responses in scope, `inherited` of the tokens above its own size.
    """

    thread: int
    time: int | None  # ms since the epoch
    size: float
    own_size: float
    tokens: float
    inherited: float
    price: float
    responses: int

    @property
    def own_share(self) -> float:
        """How much of what was carried was the thread's own floor, not inherited."""
        return 1 - self.inherited / self.tokens if self.tokens else 1.0


class Backlog(NamedTuple):
    """What the second half of a thread carried of what was there at its middle, since its last compaction."""

    thread: int
    tokens: float
    responses: int  # in scope and in the second half


class Ledger(Record):
    """`prompt_tokens` is exact, and so is the sum of the entries once they are rounded together."""

    prompt_tokens: int = 0
    prompt_price: int = 0  # picodollars
    entries: dict[Label, Entry] = field(default_factory=lambda: defaultdict(Entry))
    floors: list[Floor] = field(default_factory=list)
    backlogs: list[Backlog] = field(default_factory=list)


def build_ledger(history: History) -> Ledger:
    """The ledger of the messages in scope, by `history.once`, as it is only read. Needs Facet.CONTENT."""
    walks = history.once(start_walks)
    total = history.total_of_content
    price = total.price.input + total.price.cache_write + total.price.cache_read
    ledger = Ledger(total.prompt_tokens, price)
    counts = []
    for sums, floors, backlogs, count in walks.results():
        _add(ledger.entries, sums, history.store)
        ledger.floors += map(Floor._make, floors)
        ledger.backlogs += map(Backlog._make, backlogs)
        counts.append(count)
    rest = ledger.entries[NOT_LOGGED]  # with what is undated, outside a response's counters, or in no file's order
    counted, tokens, paid = map(sum, zip((0, 0, 0), *counts, strict=True))
    rest.tokens += ledger.prompt_tokens - tokens
    rest.price += ledger.prompt_price - paid
    rest.occurrences += len(history.content_indices) - counted
    rest.carried_with += len(history.content_indices) - counted
    return ledger


def _add(entries: dict[Label, Entry], sums: Iterable[Sum], store: Store) -> None:
    """Add what some threads' items came to together."""
    contexts, threads = store.contexts, store.threads
    for number, place, tokens, price, occurrences, carried_with, own in sums:
        labels = contexts[number].labels
        entry = entries[labels[place] if place < len(labels) else BEHIND[place - len(labels)]]
        entry.tokens += tokens
        entry.price += price
        entry.occurrences += occurrences
        entry.carried_with += carried_with
        entry.sessions += [threads[one].session_id for one in own]


def _enter(entries: dict[Label, Entry], context: Context, walked: Walked, session_id: str) -> None:
    """Add what one thread's items came to, label by label."""
    labels = [*context.labels, *BEHIND]
    for label, tokens, price, occurrences, carried_with in zip(*walked[:5], strict=True):
        entry = entries[labels[label]]
        entry.tokens += tokens
        entry.price += price
        entry.carried_with += carried_with
        if occurrences:
            entry.occurrences += occurrences
            entry.sessions.append(session_id)


def ledgers_by_session(history: History) -> dict[str, Ledger]:
    """The ledger of each session with a response in scope, in place of that of all. Needs Facet.CONTENT."""
    threads, messages = history.store.threads, history.store.messages
    indices: dict[str, list[int]] = defaultdict(list)
    for index in history.content_indices:
        indices[threads[messages[index].thread].session_id].append(index)
    found: dict[str, Ledger] = {}
    for session_id, own in indices.items():
        total = history.sum_of(own)
        price = total.price.input + total.price.cache_write + total.price.cache_read
        found[session_id] = Ledger(total.prompt_tokens, price)
        found[session_id].entries[NOT_LOGGED] = Entry(total.prompt_tokens, price, len(own), len(own))
    for context, walked in walk_each(history):
        session_id = threads[context.thread].session_id
        if session_id not in found:
            continue
        ledger, (counted, tokens, paid) = found[session_id], walked.counted
        _enter(ledger.entries, context, walked, session_id)
        rest = ledger.entries[NOT_LOGGED]
        rest.tokens, rest.price = rest.tokens - tokens, rest.price - paid
        rest.occurrences, rest.carried_with = rest.occurrences - counted, rest.carried_with - counted
        if walked.floor is not None:
            ledger.floors.append(Floor(context.thread, *walked.floor))
    return found
