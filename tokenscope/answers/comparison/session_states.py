"""What each session ran under and came to, and what the log says has changed from one to the next. No causes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from tokenscope.behaviour.tool_sums import servers_by_session
from tokenscope.history.history import History
from tokenscope.history.session_usage import session_tallies
from tokenscope.ledger.floors import own_sizes
from tokenscope.model import UNSTAMPED, Message, field_of_message
from tokenscope.store import COMPACTION, MICROCOMPACTION
from tokenscope.value import Value

_ID, _THREAD, _MODEL, _TIME, _WRITTEN, _ONE_HOUR = map(
    field_of_message,
    ("id", "thread", "model", "time", "cache_creation_input_tokens", "ephemeral_1h_input_tokens"),
)
FIVE_MINUTES, ONE_HOUR = "5 min", "1 h"


class SessionState(Value):
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
    EFFORTS or STAMPS for efforts.
    """
    store, threads, stamps = history.store, history.store.threads, history.store.stamps
    sessions = [thread.session_id for thread in threads]
    models: dict[str, Counter[str]] = defaultdict(Counter)
    efforts: dict[str, Counter[str]] = defaultdict(Counter)
    started: dict[str, int] = {}
    written: dict[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0])  # tokens for 5 minutes, and for 1 hour
    by_thread: dict[int, list[Message]] = defaultdict(list)
    for number, message in zip(map(_THREAD, history.messages), history.messages, strict=True):
        by_thread[number].append(message)
    for number, own in by_thread.items():
        session, is_main = sessions[number], not threads[number].agent_id
        kept, one_hour = written[session, is_main], sum(map(_ONE_HOUR, own))
        kept[1] += one_hour
        kept[0] += sum(map(_WRITTEN, own)) - one_hour
        dated = [one for one in own if one.time is not None and not one.part] if is_main else []
        if dated:
            models[session].update(map(_MODEL, dated))
            efforts[session].update([stamps.get(key, UNSTAMPED).effort for key in map(_ID, dated)] if stamps else [""])
            first = min(map(_TIME, dated))
            started[session] = min(first, started.get(session, first))
    tokens, prices = Counter[str](), Counter[str]()
    for (session, _), tally in history.once(session_tallies).items():
        tokens[session] += tally.total_tokens
        prices[session] += tally.price.total
    rebuilt: Counter[str] = Counter()
    for index, again, _, _ in history.rebuilds_in_scope:
        rebuilt[sessions[_THREAD(store.messages[index])]] += again
    of_messages = map(sessions.__getitem__, map(_THREAD, history.messages))
    asks = count_asks(history, dict(zip(history.indices, of_messages, strict=True)))
    floors = history.once(own_sizes)
    main = {sessions[number]: size for number, size in floors.items() if not threads[number].agent_id}
    servers, subagents = history.once(servers_by_session), _subagents(history)
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
            tokens=tokens[session],
            rebuilt=rebuilt[session],
            price=prices[session],
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


AROUND = 5  # sessions before and after
VERSION, MODEL, LIFETIME, SUBAGENT_LIFETIME, EFFORT = (
    *("version", "model", "cache_lifetime", "subagent_cache_lifetime", "effort"),
)
SERVERS, SUBAGENTS = "mcp_server", "subagent"  # each by its name; one that is offered may be used


class Event(Value):
    """Something was otherwise from a session on. `before` and `after`: the values; "" for what was not there.

    `place`: of that session among those of its project.
    """

    project: str
    place: int
    kind: str
    before: str
    after: str


_FACTS: tuple[tuple[str, Callable[[SessionState], str]], ...] = (
    (VERSION, lambda one: one.version),
    (MODEL, lambda one: one.model),
    (LIFETIME, lambda one: one.lifetime),
    (SUBAGENT_LIFETIME, lambda one: one.subagent_lifetime),
    (EFFORT, lambda one: one.effort),
)
_SETS: tuple[tuple[str, Callable[[SessionState], frozenset[str] | None]], ...] = (
    (SERVERS, lambda one: one.servers),
    (SUBAGENTS, lambda one: one.subagents),
)


def sessions_by_project(states: Sequence[SessionState]) -> dict[str, list[SessionState]]:
    projects: dict[str, list[SessionState]] = defaultdict(list)
    for one in states:
        projects[one.project].append(one)
    return dict(projects)


def find_events(projects: dict[str, list[SessionState]]) -> list[Event]:
    """What was otherwise from a session on: a value that none of the AROUND sessions before had, and that stayed."""
    found = []
    for project, states in projects.items():
        for kind, fact in _FACTS:
            values = [fact(one) for one in states]
            found += [Event(project, place, kind, before, after) for place, before, after in _changes(values)]
        for kind, known in _SETS:
            found += [Event(project, place, kind, *names) for place, names in _comings([known(one) for one in states])]
    return found


def _changes(values: Sequence[str]) -> list[tuple[int, str, str]]:
    """Where a value came that the sessions before had not and that at least half of the next ones have."""
    known = [(place, value) for place, value in enumerate(values) if value]
    found = []
    for number, (place, value) in enumerate(known):
        past = [one for _, one in known[max(0, number - AROUND) : number]]
        coming = [one for _, one in known[number : number + AROUND]]
        if past and value not in past and coming.count(value) * 2 >= len(coming):
            found.append((place, past[-1], value))
    return found


def _comings(sets: Sequence[frozenset[str] | None]) -> list[tuple[int, tuple[str, str]]]:
    """Where something came or went, among the sessions that announce what they have: ("", what) or (what, "")."""
    known = [(place, names) for place, names in enumerate(sets) if names is not None]
    found = []
    for name in sorted(set[str]().union(*(names for _, names in known))):
        values = [("there" if name in names else "gone") for _, names in known]
        for number, before, _ in _changes(values):
            found.append((known[number][0], (name, "") if before == "there" else ("", name)))
    return found


Key = TypeVar("Key", bound=Hashable)


def count_asks(history: History, key_of: Mapping[int, Key]) -> Counter[Key]:
    """Prompts, by the key of the response that answered them. `key_of`: by message index. Needs Facet.CONTENT."""
    found: Counter[Key] = Counter()
    messages, threads = history.store.messages, history.store.threads
    seen: set[int] = set()
    asked = {number for number in {messages[index].thread for index in key_of} if not threads[number].agent_id}
    contexts = [context for context in history.store.contexts if context.thread in asked]
    for context in sorted(contexts, key=lambda context: -len(context.steps)):
        prompts = {place for place, label in enumerate(context.labels) if label[1] == "prompts"}
        if not prompts:
            continue
        waiting = 0
        for place, arrived in context.steps:
            if place == MICROCOMPACTION:
                continue
            labels = arrived[::2]
            if not prompts.isdisjoint(labels):
                waiting += sum(map(prompts.__contains__, labels))
            if place == COMPACTION or not waiting:
                continue
            index = context.messages[place]
            if index in key_of and messages[index].thread == context.thread and index not in seen:
                seen.add(index)
                found[key_of[index]] += waiting
            waiting = 0
    return found
