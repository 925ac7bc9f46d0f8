"""A store seen through a scope and a price table: what every question is asked of.

What is in scope is decided here alone. A response is in scope by its session, its model and its time; a tool use and
what it did are in scope with the response that made it. What stands beside the responses (a prompt, a notice) is in
scope by its own session and time, and by the model of the response that it goes with: where there is none, it is no
model's. A subagent counts where its first response does. So what is counted over disjoint windows, projects or
sessions adds up to the whole, and over disjoint models too with what is no model's (`activity.py`).
What several parts of an answer need (the selected messages, their prices, the rebuilds) is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from tokenscope.history.rebuilds import Rebuild, find_rebuilds, find_response_work
from tokenscope.history.usage import Tally, tally_by, tally_groups, total_of
from tokenscope.model import UNSTAMPED, InThread, Message, field_of_message
from tokenscope.pricing.pricer import Price, Pricer
from tokenscope.pricing.table import Rates
from tokenscope.scope import DayFinder, Scope
from tokenscope.store import Session, Store, Thread
from tokenscope.value import replace

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")

LATEST = 1 << 62  # ms: where what has no time stands in an order
_MODEL, _TIME = map(field_of_message, ("model", "time"))


class History:
    """`indices` are those of the messages in scope; every figure of a report is about them alone."""

    def __init__(self, store: Store, scope: Scope, pricer: Pricer) -> None:
        self.store = store
        self.scope = scope
        self.pricer = pricer
        self.days = DayFinder(scope)
        self._prices: dict[int, Price | None] = {}
        self._found: dict[Callable[[History], Any], Any] = {}
        self._of_store: dict[Callable[[Store], Any], Any] = {}

    def once(self, find: Callable[[History], Found]) -> Found:
        """What a function finds in this history, the same object for all parts of an answer that ask for it."""
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    def of_store(self, find: Callable[[Store], Found]) -> Found:
        """What a function finds in the store, whatever is in scope: once for this history and all parts of it."""
        if find not in self._of_store:
            self._of_store[find] = find(self.store)
        found: Found = self._of_store[find]
        return found

    def know(self, found: Mapping[Callable[[History], Any], Any], rebuilds: dict[int, Rebuild] | None = None) -> None:
        """What is told, and not to be found out: what functions would find; rebuilds by message index, where which
        subagents there were is not known.
        """
        self._found.update(found)
        if rebuilds is not None:
            self.__dict__.update(rebuilds=rebuilds, started_subagents=frozenset())

    @cached_property
    def indices(self) -> list[int]:
        if self.scope.is_everything:
            return list(range(len(self.store.messages)))
        threads = self.threads_in_scope
        models, only = self._models, self.scope.only
        return [
            index
            for index, message in enumerate(self.store.messages)
            if threads[message.thread]
            and models[message.model]
            and self._in_window(message.time)
            and (not only or self._has_stamps(message))
        ]

    def _has_stamps(self, message: Message) -> bool:
        """Whether it was made for or with all that was asked for, whatever the case; "": the log does not say."""
        stamps = self.store.stamps.get(message.id, UNSTAMPED)
        told = ((getattr(stamps, field).casefold(), wanted.casefold()) for field, wanted in self.scope.only)
        return all(wanted in value if wanted else not value for value, wanted in told)

    @cached_property
    def _models(self) -> dict[str, bool]:
        """Of each model, whether it was asked for."""
        wanted = [name.casefold() for name in self.scope.models]
        models = {message.model for message in self.store.messages}
        return {model: not wanted or any(name in model.casefold() for name in wanted) for model in models}

    @cached_property
    def threads_in_scope(self) -> list[bool]:
        """Of each thread of the store, whether its project and its session were asked for."""
        scope = self.scope
        in_scope = []
        for thread in self.store.threads:
            session = self.store.sessions[thread.session_id]
            right_project = scope.has_project(session.project, session.worktree)
            in_scope.append(right_project and (not scope.sessions or thread.session_id.startswith(scope.sessions)))
        return in_scope

    def _in_window(self, time: int | None) -> bool:
        """An undated message is in no window (T51)."""
        since, until = self.scope.since, self.scope.until
        if time is None:
            return not self.scope.has_window
        return (since is None or time >= since) and (until is None or time < until)

    @cached_property
    def _inside(self) -> bytearray:
        """Of each response, whether it is in scope."""
        inside = bytearray(len(self.store.messages))
        for index in self.indices:
            inside[index] = 1
        return inside

    def includes(self, index: int) -> bool:
        """Whether a response is in scope."""
        return bool(self._inside[index])

    def selects(self, thread: int, time: int | None, response: int | None) -> bool:
        """Whether something beside the responses is in scope. `response`: the one that it goes with."""
        if not self.in_place(thread, time):
            return False
        if not self.scope.models and not self.scope.only:
            return True
        message = None if response is None else self.store.messages[response]
        return message is not None and self._models[message.model] and self._has_stamps(message)

    def in_place(self, thread: int, time: int | None) -> bool:
        """Whether a thread's project and session and a time were asked for, whatever the model."""
        return self.threads_in_scope[thread] and self._in_window(time)

    @cached_property
    def started_subagents(self) -> frozenset[int]:
        """Threads of the subagents that count here: those whose first response is in scope."""
        threads = self.store.threads
        if len(self.indices) == len(self.store.messages):
            return frozenset(number for number in {one.thread for one in self.messages} if threads[number].agent_id)
        first: dict[int, tuple[int, int]] = {}  # its time and index; an undated one comes after all others
        for index, message in enumerate(self.store.messages):
            if threads[message.thread].agent_id and not message.part:
                place = LATEST if message.time is None else message.time, index
                first[message.thread] = min(place, first.get(message.thread, place))
        return frozenset(number for number, (_, index) in first.items() if self._inside[index])

    @cached_property
    def messages(self) -> list[Message]:
        if len(self.indices) == len(self.store.messages):
            return self.store.messages
        return [self.store.messages[index] for index in self.indices]

    @cached_property
    def content_indices(self) -> list[int]:
        """Those of `indices` whose context is known: all, or those of the newest sessions."""
        known = self.store.sessions_with_content
        if known is None:
            return self.indices
        threads = [thread.session_id in known for thread in self.store.threads]
        return [index for index in self.indices if threads[self.store.messages[index].thread]]

    @property
    def response_work(self) -> dict[int, tuple[int, ...]]:
        """What each response in the store did, by message index: the fields of ResponseWork. Needs CONTENT or WORK."""
        return self.of_store(find_response_work)

    @cached_property
    def rebuilds(self) -> dict[int, Rebuild]:
        """Every rebuild in the store by message index: a thread's arithmetic needs what lies before the window."""
        return find_rebuilds(self.store)

    @cached_property
    def rebuilds_in_scope(self) -> list[Rebuild]:
        if len(self.indices) == len(self.store.messages):
            return list(self.rebuilds.values())
        return [self.rebuilds[index] for index in self.indices if index in self.rebuilds]

    @cached_property
    def rates(self) -> list[Rates | None]:
        """What a token of each message in the store cost; None: no price known."""
        return list(map(self.pricer.rates_of, self.store.messages))

    def price(self, index: int) -> Price | None:
        """What a message cost, worked out once; None: no price known."""
        if index not in self._prices:
            self._prices[index] = self.pricer.price(self.store.messages[index])
        return self._prices[index]

    def price_rebuild(self, rebuild: Rebuild) -> tuple[int, int] | None:
        """Picodollars of writing this context again (its part of what the response paid for cache writes), and what
        reading it would have cost, had the cache still held it; None: no price known.
        """
        index, tokens, _, _ = rebuild
        message, rates = self.store.messages[index], self.rates[index]
        if rates is None:
            return None
        written = message.cache_creation_input_tokens
        paid = rates.of_writes(written, message.ephemeral_1h_input_tokens)
        return paid * tokens // written, rates.cache_read * tokens

    @cached_property
    def rebuild_prices(self) -> list[tuple[int, int] | None]:
        """Those of `rebuilds_in_scope`."""
        return list(map(self.price_rebuild, self.rebuilds_in_scope))

    @cached_property
    def total(self) -> Tally:
        return total_of(self.by(_MODEL).values())

    @cached_property
    def total_of_content(self) -> Tally:
        """That of `content_indices`."""
        return self.total if self.content_indices is self.indices else self.sum_of(self.content_indices)

    def by(self, key: Callable[[Message], Key]) -> dict[Key, Tally]:
        """One sum a key. The sums add up to `total`."""
        return self.by_group(map(key, self.messages))

    def by_group(self, groups: Iterable[Key]) -> dict[Key, Tally]:
        """The same, where the key of each message is known."""
        tallies = tally_groups(self.messages, groups, self.pricer)
        self.__dict__.setdefault("total", total_of(tallies.values()))  # spares adding all up once more
        return tallies

    def sum_of(self, indices: Iterable[int]) -> Tally:
        """The sum of these messages."""
        return total_of(tally_by(map(self.store.messages.__getitem__, indices), _MODEL, self.pricer).values())

    def dated(self) -> History:
        """The same without the messages that have no readable time (T51)."""
        if None not in map(_TIME, self.messages):
            return self
        return History(self.store, replace(self.scope, since=self.scope.since or 0), self.pricer)

    def only(self, indices: list[int]) -> History:
        """The same about some of its messages alone."""
        part = History(self.store, self.scope, self.pricer)
        part.__dict__.update(indices=indices, rebuilds=self.rebuilds, rates=self.rates)
        part.__dict__.update(_prices=self._prices, _of_store=self._of_store)
        return part

    def thread_of(self, one: InThread) -> Thread:
        return self.store.thread_of(one)

    def session_of(self, one: InThread) -> Session:
        return self.store.session_of(one)
