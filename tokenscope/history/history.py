"""A store seen through a scope and a price table: what every question is asked of.

What several parts of an answer need (the selected messages, their prices, the rebuilds) is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from tokenscope.history.rebuilds import Rebuild, find_rebuilds
from tokenscope.history.response_actions import find_deeds
from tokenscope.history.usage import Tally, tally_by, total_of
from tokenscope.model import Message, field_of_message
from tokenscope.pricing.pricer import Price, Pricer
from tokenscope.scope import DayFinder, Scope
from tokenscope.store import Deed, Session, Store

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")

_MODEL = field_of_message("model")


class History:
    """`indices` are those of the messages in scope; every figure of a report is about them alone."""

    def __init__(self, store: Store, scope: Scope, pricer: Pricer) -> None:
        self.store = store
        self.scope = scope
        self.pricer = pricer
        self.days = DayFinder(scope)
        self._prices: dict[int, Price | None] = {}
        self._found: dict[Callable[[History], Any], Any] = {}

    def once(self, find: Callable[[History], Found]) -> Found:
        """What a function finds in this history, the same object for all parts of an answer that ask for it."""
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    @cached_property
    def indices(self) -> list[int]:
        if self.scope.is_everything:
            return list(range(len(self.store.messages)))
        threads = self.threads_in_scope
        models = {message.model: self._has_model(message.model) for message in self.store.messages}
        return [
            index
            for index, message in enumerate(self.store.messages)
            if threads[message.thread] and models[message.model] and self._in_window(message.time)
        ]

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

    def _has_model(self, model: str) -> bool:
        wanted = self.scope.models
        return not wanted or any(name.casefold() in model.casefold() for name in wanted)

    def _in_window(self, time: int | None) -> bool:
        """An undated message is in no window (T51)."""
        since, until = self.scope.since, self.scope.until
        if time is None:
            return not self.scope.has_window
        return (since is None or time >= since) and (until is None or time < until)

    def covers(self, thread: int, time: int | None) -> bool:
        """Whether something that happened in a thread at a time is in scope, whatever the model."""
        return self.threads_in_scope[thread] and self._in_window(time)

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

    @cached_property
    def deeds(self) -> dict[int, Deed]:
        """What each response in the store did, by message index. Needs Facet.CONTENT."""
        return find_deeds(self.store)

    @cached_property
    def rebuilds(self) -> dict[int, Rebuild]:
        """Every rebuild in the store by message index: a thread's arithmetic needs what lies before the window."""
        return find_rebuilds(self.store)

    @cached_property
    def rebuilds_in_scope(self) -> list[Rebuild]:
        if len(self.indices) == len(self.store.messages):
            return list(self.rebuilds.values())
        return [self.rebuilds[index] for index in self.indices if index in self.rebuilds]

    def price(self, index: int) -> Price | None:
        """What a message cost, worked out once; None: no price known."""
        try:
            return self._prices[index]
        except KeyError:
            price = self._prices[index] = self.pricer.price(self.store.messages[index])
            return price

    def price_rebuild(self, rebuild: Rebuild) -> tuple[int, int] | None:
        """Picodollars of writing this context again (its part of what the response paid for cache writes), and what
        reading it would have cost, had the cache still held it; None: no price known.
        """
        index, tokens, _, _ = rebuild
        message = self.store.messages[index]
        rates = self.pricer.rates_of(message)
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
        tallies = tally_by(self.messages, key, self.pricer)
        self.__dict__.setdefault("total", total_of(tallies.values()))  # spares adding all up once more
        return tallies

    def sum_of(self, indices: Iterable[int]) -> Tally:
        """The sum of these messages."""
        messages = (self.store.messages[index] for index in indices)
        return total_of(tally_by(messages, _MODEL, self.pricer).values())

    def dated(self) -> History:
        """The same without the messages that have no readable time (T51)."""
        if all(message.time is not None for message in self.messages):
            return self
        return History(self.store, replace(self.scope, since=self.scope.since or 0), self.pricer)

    def only(self, indices: list[int]) -> History:
        """The same about some of its messages alone."""
        part = History(self.store, self.scope, self.pricer)
        part.__dict__.update(indices=indices, rebuilds=self.rebuilds, _prices=self._prices)
        return part

    def session_of(self, message: Message) -> Session:
        return self.store.session_of(message)
