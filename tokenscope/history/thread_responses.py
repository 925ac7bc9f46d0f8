"""The responses of each thread in the order of time: which one stands before a moment, and which one after it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from tokenscope.store import Store


class ThreadResponses:
    """Requests inside a response are none of their own (T28); undated ones have no place."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._orders: dict[int, tuple[list[int], list[int]]] = {}  # by thread: its responses and their times

    def before(self, thread: int, time: int) -> int | None:
        """The last response of a thread that had begun by then, in ms."""
        order, times = self._order(thread)
        place = bisect_right(times, time) - 1
        return order[place] if place >= 0 else None

    def after(self, thread: int, time: int | None) -> int | None:
        order, times = self._order(thread)
        place = len(order) if time is None else bisect_left(times, time)
        return order[place] if place < len(order) else None

    def _order(self, thread: int) -> tuple[list[int], list[int]]:
        """A thread's responses, copies of another's among them, and their times in ms."""
        if thread not in self._orders:
            messages = self.store.messages
            order = [index for index in self.store.in_order(self.store.threads[thread]) if not messages[index].part]
            self._orders[thread] = order, [messages[index].time or 0 for index in order]
        return self._orders[thread]

    def home(self, thread: int, time: int | None) -> int:
        """The thread in which something counts: that of the response after it."""
        after = self.after(thread, time)
        return thread if after is None else self.store.messages[after].thread
