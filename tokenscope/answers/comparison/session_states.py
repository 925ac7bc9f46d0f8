"""What each session ran under and came to: what may have changed from one to the next."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from tokenscope.answers.comparison.asks_shown import count_asks
from tokenscope.behaviour.tool_sums import servers_by_session
from tokenscope.history.history import History
from tokenscope.ledger.densities import measure_densities
from tokenscope.ledger.floors import own_sizes
from tokenscope.model import UNSTAMPED

FIVE_MINUTES, ONE_HOUR = "5 min", "1 h"


class SessionState(NamedTuple):
    """One session with a response of its main thread in scope. "" and None: the log does not say.

    `floor`: tokens of its main thread's (est.). `price`: picodollars. `rebuilt` and `tokens`: subagents included.
    """

    session_id: str
    project: str
    started: int  # ms since the epoch
    model: str  # of most responses of its main thread
    version: str
    lifetime: str  # of most cache writes of its main thread
    subagent_lifetime: str
    effort: str  # that most responses of its main thread were made with
    servers: frozenset[str] | None
    subagents: frozenset[str] | None  # types that it was offered
    floor: float | None
    tokens: int
    rebuilt: int
    price: int
    asks: int


def session_states(history: History) -> list[SessionState]:
    """Every session that has a dated response of its main thread in scope, in the order of time. Needs CONTENT, and
    STAMPS for efforts.
    """
    store, messages, threads = history.store, history.store.messages, history.store.threads
    sessions = [thread.session_id for thread in threads]
    models: dict[str, Counter[str]] = defaultdict(Counter)
    efforts: dict[str, Counter[str]] = defaultdict(Counter)
    started: dict[str, int] = {}
    written: dict[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0])  # tokens for 5 minutes, and for 1 hour
    for message in history.messages:
        session, is_main = sessions[message.thread], not threads[message.thread].agent_id
        kept = written[session, is_main]
        kept[1] += message.ephemeral_1h_input_tokens
        kept[0] += message.cache_creation_input_tokens - message.ephemeral_1h_input_tokens
        if is_main and message.time is not None and not message.part:
            models[session][message.model] += 1
            efforts[session][store.stamps.get(message.id, UNSTAMPED).effort] += 1
            started[session] = min(message.time, started.get(session, message.time))
    tallies = history.by(lambda message: sessions[message.thread])
    rebuilt: Counter[str] = Counter()
    for one in history.rebuilds_in_scope:
        rebuilt[sessions[messages[one.message].thread]] += one.tokens
    asks = count_asks(history, {index: sessions[messages[index].thread] for index in history.indices})
    floors = own_sizes(history, measure_densities(store))
    main = {sessions[number]: size for number, size in floors.items() if not threads[number].agent_id}
    servers, subagents = servers_by_session(history), _subagents(history)
    states = [
        SessionState(
            session_id=session,
            project=store.sessions[session].project,
            started=time,
            model=models[session].most_common(1)[0][0],
            version=store.sessions[session].version,
            lifetime=_lifetime(written[session, True]),
            subagent_lifetime=_lifetime(written[session, False]),
            effort=efforts[session].most_common(1)[0][0],
            subagents=frozenset(subagents[session]) if session in subagents else None,
            servers=frozenset(servers[session]) if session in servers else None,
            floor=main.get(session),
            tokens=tallies[session].total_tokens,
            rebuilt=rebuilt[session],
            price=tallies[session].price.total,
            asks=asks[session],
        )
        for session, time in started.items()
    ]
    return sorted(states, key=lambda one: (one.started, one.session_id))


def _subagents(history: History) -> dict[str, set[str]]:
    """The types of subagents that each session was offered; those that were not told of any are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in history.store.inventory:
        if one.kind == "agent_offered":
            found[one.session_id].add(one.name)
    return found


def _lifetime(written: list[int]) -> str:
    short, long = written
    return "" if not short + long else ONE_HOUR if long > short else FIVE_MINUTES
