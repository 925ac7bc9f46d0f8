"""What each session's context came to: its ledger by source, its floor, and why the cache lost it.

For tables with a row a session: an export's, and what is handed on to a team.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.ledger.ledger import Ledger, ledgers_by_session
from tokenscope.ledger.ledger_rows import leaves_of


class SourceSums(NamedTuple):
    """What one source came to in one session. `price`: picodollars."""

    source: str
    tokens: int
    price: int
    occurrences: int


class SessionSources(NamedTuple):
    """One session with a response in scope. The tokens of its sources add up to `prompt_tokens`, exactly.

    `floor_tokens`: of its main thread at its first response (est.); None: it has none here. `causes`: of each cause of
    rebuilds how many there were, and their tokens; in the order of their names.
    """

    session_id: str
    prompt_tokens: int
    floor_tokens: int | None
    sources: list[SourceSums]
    causes: Mapping[str, tuple[int, int]]


def sources_by_session(
    history: History, name_source: Callable[[str], str] = str, name_cause: Callable[[str], str] = str
) -> Iterator[SessionSources]:
    """Every session with a response in scope; what is named alike counts together. Needs Facet.CONTENT."""
    causes: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for rebuild in history.rebuilds_in_scope:
        session_id = history.thread_of(history.store.messages[rebuild.message]).session_id
        causes[session_id][name_cause(rebuild.cause)].update(count=1, tokens=rebuild.tokens)
    for session_id, ledger in ledgers_by_session(history).items():
        found = {name: (sums["count"], sums["tokens"]) for name, sums in sorted(causes[session_id].items())}
        floor = _floor(history, ledger)
        yield SessionSources(session_id, ledger.prompt_tokens, floor, _sources(ledger, name_source), found)


def _sources(ledger: Ledger, name_source: Callable[[str], str]) -> list[SourceSums]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for leaf in leaves_of(ledger):
        found = sums[name_source(leaf.source)]
        for place, amount in enumerate((leaf.tokens, leaf.price, leaf.entry.occurrences)):
            found[place] += amount
    return [SourceSums(source, *found) for source, found in sorted(sums.items()) if found[0] or found[1]]


def _floor(history: History, ledger: Ledger) -> int | None:
    threads = history.store.threads
    sizes = [floor.own_size for floor in ledger.floors if not threads[floor.thread].agent_id]
    return round(sizes[0]) if sizes else None
