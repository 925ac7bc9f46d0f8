"""The ledger a second time, slow and plain: every response goes over every item that is in its prompt.

Nothing is a running sum here, nothing is put off and nothing swept together. What is the same is how the growth of a
prompt is shared (tests/ledger/test_growth.py), how dense sources are and how large a thread's own floor is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tokenscope.history.history import History
from tokenscope.ledger.densities import OWN, measure_densities, said_by
from tokenscope.ledger.floors import own_sizes
from tokenscope.ledger.growth_shares import copied_items, share_growth
from tokenscope.model import Message
from tokenscope.store import COMPACTION, MICROCOMPACTION, Context, Label

KEPT: Label = ("kept", "kept by compaction", "", "", "", "", "")
NOT_LOGGED: Label = ("not_logged", "not logged", "", "", "", "", "")


@dataclass(slots=True)
class Item:
    """`size` in tokens, as it is now. `number`: its ordinal in the thread, None for what the log does not show."""

    label: Label
    size: float
    number: int | None
    is_own: bool
    tokens: float = 0.0
    price: float = 0.0
    responses: int = 0


@dataclass(slots=True)
class Sums:
    tokens: float = 0.0
    price: float = 0.0
    occurrences: int = 0
    responses: int = 0


@dataclass(slots=True)
class Plain:
    """`entries`: of the ledger. `floors`: tokens and price of what each context held before anything else.

    `least`: how much smaller than at first anything that stayed became.
    """

    history: History
    entries: dict[Label, Sums] = field(default_factory=lambda: defaultdict(Sums))
    floors: dict[int, Sums] = field(default_factory=lambda: defaultdict(Sums))
    least: float = 1.0


def walk_plainly(history: History) -> Plain:
    plain = Plain(history)
    counted: set[int] = set()
    for number, context in sorted(enumerate(history.store.contexts), key=lambda one: -len(one[1].steps)):
        _Thread(plain, number, context, counted).walk()
    for index in history.content_indices:
        if index not in counted:
            _enter(plain.entries[NOT_LOGGED], history.store.messages[index].prompt_tokens, _paid(history, index)[1], 1)
    return plain


def _enter(sums: Sums, tokens: float, price: float, responses: int, *, occurrences: int = 1) -> None:
    sums.tokens += tokens
    sums.price += price
    sums.occurrences += occurrences
    sums.responses += responses


def _paid(history: History, index: int) -> tuple[int, int]:
    """Picodollars of what was new in a prompt, and of all of it."""
    price, rebuild, message = history.price(index), history.rebuilds.get(index), history.store.messages[index]
    if price is None:
        return 0, 0
    again = 0 if rebuild is None else price.cache_write * rebuild.tokens // message.cache_creation_input_tokens
    return price.input + price.cache_write - again, price.input + price.cache_write + price.cache_read


class _Thread:
    def __init__(self, plain: Plain, number: int, context: Context, counted: set[int]) -> None:
        self.plain, self.context, self.counted, self.history = plain, context, counted, plain.history
        self.number, self.store = number, plain.history.store
        self.densities = measure_densities(self.store)
        self.copied = copied_items(self.store).get(number, range(0))
        self.own = own_sizes(self.history).get(context.thread)
        self.items: list[Item] = []
        self.total = 0.0  # tokens of all items
        self.arrived: list[tuple[Label, int]] = []
        self.given_out = 0
        self.floor: float | None = None
        self.inherited = 0.0
        self.speaker: Message | None = None
        self.was_compacted = False
        self.shrunk = 1.0  # since everything left

    def message(self, step: int) -> Message | None:
        places = self.context.steps.places
        place = places[step] if step < len(places) else -1
        return self.store.messages[self.context.messages[place]] if place >= 0 else None

    def walk(self) -> None:
        for step, (place, what) in enumerate(self.context.steps):
            if place == MICROCOMPACTION:
                self.leave([item for item in self.items if item.number in what])
                continue
            self.arrived += [(self.context.labels[a], b) for a, b in zip(what[::2], what[1::2], strict=True)]
            message = self.message(step)
            if place == COMPACTION:
                self.leave(list(self.items))
                self.given_out += len(self.arrived)
                self.arrived, self.was_compacted, self.speaker, self.shrunk = [], True, None, 1.0
            elif message is None or not message.context_tokens or self.is_aside(message, self.message(step + 1)):
                self.speaker = None
            else:
                self.respond(self.context.messages[place], message)
                self.speaker = message
        self.leave(list(self.items))

    def leave(self, items: Sequence[Item]) -> None:
        for item in items:
            self.items.remove(item)
            self.total = max(0.0, self.total - item.size) if self.items else 0.0
            if item.responses:
                occurrences = int(item.is_own)
                entry = self.plain.entries[item.label]
                _enter(entry, item.tokens, item.price, item.responses, occurrences=occurrences)

    def is_aside(self, message: Message, following: Message | None) -> bool:
        before = (self.floor or 0.0) + self.total
        is_smaller = message.context_tokens <= before / 2
        return bool(self.items) and is_smaller and following is not None and following.context_tokens > before * 0.9

    def respond(self, index: int, message: Message) -> None:
        floor, new = self.fit(message.context_tokens)
        is_own = message.thread == self.context.thread
        for item in new:
            item.is_own = is_own and (item.number is None or item.number not in self.copied)
        old, self.items = list(self.items), self.items + new
        before, self.total = self.total, message.context_tokens - floor
        assert sum(item.size for item in self.items) == pytest.approx(self.total, rel=1e-6, abs=1e-3)
        if is_own and index in set(self.history.content_indices) - self.counted:
            self.counted.add(index)
            self.charge(index, message, floor, before, old, new)

    def fit(self, size: int) -> tuple[float, list[Item]]:
        """The floor in a prompt of `size`, and what is new in it."""
        new = [
            Item(label, length * self.densities.of(label), self.given_out + place, is_own=True)
            for place, (label, length) in enumerate(self.arrived)
        ]
        own = sum(length for label, length in self.arrived if _voice(label))
        self.given_out, self.arrived = self.given_out + len(new), []
        sums = [sum(item.size for item in new if _voice(item.label) == voice) for voice in range(3)]
        if self.floor is None:
            scale = min(1.0, size / sum(sums)) if sum(sums) else 1.0
            self.floor = max(0.0, size - sum(sums) * scale)
            self.inherited = 0.0 if self.own is None else max(0.0, self.floor - self.own)
            self.was_compacted = False
            return self.floor, _times(new, (scale, scale, scale))
        unseen, most = NOT_LOGGED, self.densities.largest_scale
        if self.was_compacted:
            self.floor, self.inherited, self.was_compacted = self.floor - self.inherited, 0.0, False
            unseen, most = KEPT, 1.0
        floor = min(self.floor, size)
        said = None if self.speaker is None else said_by(self.speaker, own)
        if size - floor < self.total:
            self.shrink((size - floor) / (self.total + sum(sums)))
            said = None
        factors, rest = share_growth(size - floor - self.total, sums, said, most)
        new = _times(new, factors)
        return floor, [*new, Item(unseen, rest, None, is_own=True)] if rest > 0 else new

    def shrink(self, by: float) -> None:
        if by <= 1e-9:
            self.leave(list(self.items))
            self.shrunk = 1.0
            return
        self.shrunk *= by
        self.plain.least = min(self.plain.least, self.shrunk)
        self.total *= by
        for item in self.items:
            item.size *= by

    def charge(
        self, index: int, message: Message, floor: float, before: float, old: list[Item], new: list[Item]
    ) -> None:
        """Every item is carried once, or as often as the prompt was sent. New ones pay what was billed as new."""
        fresh_price, prompt_price = _paid(self.history, index)
        rebuild = self.history.rebuilds.get(index)
        times = message.prompt_tokens / message.context_tokens
        fresh = message.input_tokens + message.cache_creation_input_tokens - (rebuild.tokens if rebuild else 0)
        added = message.context_tokens - floor - before
        paid = fresh_price * min(1.0, added * times / fresh) if fresh else 0.0
        beyond = max(0.0, added - fresh / times)  # new, and read from the cache
        reading = floor + before + beyond
        if reading <= 0:
            paid = prompt_price
        a_token = (prompt_price - paid) / reading if reading > 0 else 0.0
        for item in old:
            item.price += a_token * item.size
        for item in new if added > 0 else ():
            item.price += (paid + a_token * beyond) * item.size / added
        for item in (*old, *new):
            item.tokens += item.size * times
            item.responses += 1
        _enter(self.plain.floors[self.number], floor * times, floor * a_token, 1)


def _voice(label: Label) -> int:
    """0: somebody else's; 1: the model's, to be seen; 2: its thinking."""
    return 1 if label[0] in OWN else 2 if label[0] == "thinking" else 0


def _times(items: list[Item], factors: tuple[float, float, float]) -> list[Item]:
    """These items, so many times as large. Where something comes to nothing, it is left out."""
    for item in items:
        item.size *= factors[_voice(item.label)]
    return items if min(factors) > 0 else [item for item in items if item.size > 0]
