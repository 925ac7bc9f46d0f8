"""The context ledger: every prompt token of every response, by what it was, adding up to the last token.

A thread is walked response by response (T31, T33, T35). What arrived between two of them has a size in
bytes, estimated as tokens and scaled to the exact growth of the prompt; what that does not explain is "not
logged". What the model had said is as large as its output, where the log has the final figure. Each item is
then carried by every later response until it leaves. Sums over responses are differences of running sums, so
that the cost is linear in items and responses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from tokenscope.accounting.copies import copied_items
from tokenscope.accounting.densities import OWN, THINKING, Densities, measure_densities, said_by
from tokenscope.accounting.growth import OTHERS, THOUGHT, VISIBLE, share_growth
from tokenscope.accounting.history import History
from tokenscope.accounting.starts import own_sizes
from tokenscope.model import Message
from tokenscope.store import COMPACTION, MICROCOMPACTION, Context, Label

FLOOR: Label = ("floor", "floor", "", "", "", "", "")
INHERITED: Label = ("inherited", "inherited", "", "", "", "", "")
KEPT: Label = ("kept", "kept by compaction", "", "", "", "", "")
NOT_LOGGED: Label = ("not_logged", "not logged", "", "", "", "", "")


@dataclass(slots=True)
class Entry:
    """What one label's items came to. Tokens and picodollars are sums over the responses in scope."""

    tokens: float = 0.0
    price: float = 0.0
    occurrences: int = 0  # what a fork copied occurred in its original alone
    carried_with: int = 0  # responses, summed over the items


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


class Backlog(NamedTuple):
    """What the second half of a thread carried of what was there at its middle, since its last compaction."""

    thread: int
    tokens: float
    responses: int  # in scope and in the second half


@dataclass(slots=True)
class Ledger:
    """`prompt_tokens` is exact, and so is the sum of the entries once they are rounded together."""

    prompt_tokens: int = 0
    prompt_price: int = 0  # picodollars
    entries: dict[Label, Entry] = field(default_factory=lambda: defaultdict(Entry))
    sessions: dict[Label, set[str]] = field(default_factory=lambda: defaultdict(set))  # of what may recur
    floors: list[Floor] = field(default_factory=list)
    backlogs: list[Backlog] = field(default_factory=list)

    def enter(self, label: Label, entry: Entry) -> None:
        """Add what one thread's items of a label came to."""
        sums = self.entries[label]
        sums.tokens += entry.tokens
        sums.price += entry.price
        sums.occurrences += entry.occurrences
        sums.carried_with += entry.carried_with


def build_ledger(history: History) -> Ledger:
    """The ledger of the messages in scope, by `history.once`, as it is only read. Needs Facet.CONTENT."""
    ledger = Ledger()
    store = history.store
    pending = bytearray(len(store.messages))  # in scope and not counted yet
    for index in history.content_indices:
        pending[index] = 1
        ledger.prompt_tokens += store.messages[index].prompt_tokens
        price = history.price(index)
        if price is not None:
            ledger.prompt_price += price.input + price.cache_write + price.cache_read
    densities, copied = measure_densities(store), copied_items(store)
    own = own_sizes(history, densities)
    for number in sorted(range(len(store.contexts)), key=lambda number: -len(store.contexts[number].steps)):
        walk = _Walk(history, ledger, store.contexts[number], pending, densities)
        walk.copied = copied.get(number, walk.copied)
        walk.own_size = own.get(walk.context.thread)
        walk.run()
    rest = ledger.entries[NOT_LOGGED]
    for index in history.content_indices:
        if pending[index]:  # undated, outside a response's counters, or in no file's order
            message = store.messages[index]
            price = history.price(index)
            rest.tokens += message.prompt_tokens
            rest.price += 0 if price is None else price.input + price.cache_write + price.cache_read
            rest.occurrences += 1
            rest.carried_with += 1
    return ledger


SPECK = 0.01  # tokens: what has shrunk to less is not followed any further
SMALLEST_FACTOR = 1e-3  # below it the running sums would lose what the items have left
# A live item: its entry, its weight (its size now is that times the walk's factor), what the sums `carried` and
# `charged` were when it came, the number of responses in scope and of all responses before it, and whether it came
# in this thread (1) or with a copy of another's (0). A bare tuple: half of all the time goes here.
Item = tuple[Entry, float, float, float, int, int, int]


class Moment(NamedTuple):
    """A thread after one of its responses: tokens of all items, how they had shrunk before, times in scope."""

    total: float
    shrunk: float
    times: float
    left: tuple[tuple[int, float], ...]  # of what had left before: number of responses before it came, tokens


Arrival = tuple[int, Entry, float]  # ordinal, entry, tokens


def _voice(label: Label) -> int:
    return VISIBLE if label[0] in OWN else THOUGHT if label[0] == THINKING else OTHERS


class _Walk:
    """One thread, from its first response to its last.

    `factor` falls when the context shrinks without saying what left. `carried` and `charged` are running sums:
    what an item of weight 1 has been carried for and has been charged since the beginning.
    """

    def __init__(
        self, history: History, ledger: Ledger, context: Context, pending: bytearray, densities: Densities
    ) -> None:
        self.history, self.ledger, self.context, self.pending = history, ledger, context, pending
        self.messages = history.store.messages
        self.entries = [Entry() for _ in context.labels]
        self.each = [densities.of(label) for label in context.labels]  # tokens a byte
        self.voices = [_voice(label) for label in context.labels]
        self.most = densities.largest_scale
        self.copied = range(0)  # ordinals of items that occurred in the thread that they were copied from
        self.speaker: Message | None = None  # the response whose words arrive with the next one
        self.unseen = {label: Entry() for label in (KEPT, NOT_LOGGED)}
        self.live: dict[int, Item] = {}  # by ordinal; below 0 what has none
        self.arrived: list[int] = []  # since the last response: label, bytes, label, bytes, …
        self.ordinals = self.unnumbered = 0  # given out: from 0 up, from -1 down
        self.total = 0.0  # tokens of all live items
        self.factor, self.carried, self.charged = 1.0, 0.0, 0.0
        self.responses = 0  # in scope
        self.floor: float | None = None  # what was inherited included, until it goes
        self.size = self.inherited = self.inherited_sum = 0.0
        self.own_size: float | None = None  # None: all of it is its own
        self.first: Message | None = None
        self.floor_sum = Entry()
        self.is_compacted = False
        self.past: list[Moment] = []  # since the last compaction
        self.shrunk = 1.0  # since the last response
        self.left: list[tuple[int, float]] = []

    def run(self) -> None:
        steps = self.context.steps
        for number, (place, arrived) in enumerate(steps):
            if place == MICROCOMPACTION:
                for ordinal in arrived:
                    self._retire(ordinal)
                continue
            self.arrived += arrived
            if place == COMPACTION:
                self._start_over()
                self.ordinals += len(self.arrived) // 2
                self.is_compacted, self.arrived, self.past, self.left = True, [], [], []
                self.speaker = None
                continue
            message = self.messages[self.context.messages[place]]
            if message.context_tokens and not self._is_aside(message, number + 1):
                self._respond(self.context.messages[place], message)
                self.speaker = message
            else:
                self.speaker = None  # two responses speak before the next one
        self._note_backlog()
        self._start_over()
        self._post()

    def _is_aside(self, message: Message, following: int) -> bool:
        """Whether a response stands outside the thread: much smaller than those before and behind it."""
        before, steps = (self.floor or 0.0) + self.total, self.context.steps
        if not self.live or message.context_tokens > before / 2 or following == len(steps) or steps[following][0] < 0:
            return False
        after = self.messages[self.context.messages[steps[following][0]]].context_tokens
        return after > before * 0.9

    def _respond(self, index: int, message: Message) -> None:
        if self.first is None:
            self.first = message
        size, times = message.context_tokens, 0.0
        new, floor = self._fit(size)
        own = int(message.thread == self.context.thread)
        carried, before, place = self.carried, self.responses, len(self.past)
        if own and self.pending[index]:
            self.pending[index] = 0
            self.responses += 1
            times = message.prompt_tokens / size  # more than 1: several requests in one response
            self._count(index, message, times, new, floor)
        factor, charged, live = self.factor, self.charged, self.live
        for ordinal, entry, tokens in new:
            live[ordinal] = (entry, tokens / factor, carried, charged, before, place, own)
        if own and self.copied:
            self._disown(new)
        self.total = size - floor
        self.past.append(Moment(self.total, self.shrunk, times, tuple(self.left)))
        self.shrunk, self.left = 1.0, []

    def _disown(self, new: list[Arrival]) -> None:
        """What was copied occurred where it was copied from."""
        for ordinal, *_ in new:
            if ordinal in self.copied:
                self.live[ordinal] = (*self.live[ordinal][:-1], 0)

    def _fit(self, size: int) -> tuple[list[Arrival], float]:
        """Scale what has arrived so that everything fits a prompt of `size`: the new items and the floor."""
        estimates, sizes, own = self._estimated()
        said = None if self.speaker is None else said_by(self.speaker, own)
        estimate = sum(estimates)
        if self.floor is None:
            scale = min(1.0, size / estimate) if estimate else 0.0
            self.floor = self.size = max(0.0, size - estimate * scale)
            self.inherited = max(0.0, self.floor - (self.floor if self.own_size is None else self.own_size))
            self.is_compacted = False
            return self._scaled(sizes, (scale, scale, scale)), self.floor
        if self.is_compacted:
            self.floor -= self.inherited
            self.inherited = 0.0
        floor = min(self.floor, size)
        growth = size - floor - self.total
        unseen, most = (KEPT, 1.0) if self.is_compacted else (NOT_LOGGED, self.most)
        if growth < 0:
            self._shrink((size - floor) / (self.total + estimate))
            growth, said = size - floor - self.total, None
        self.is_compacted = False
        scales = share_growth(growth, estimates, said, most)
        new = self._scaled(sizes, scales.factors)
        if scales.rest > 0:
            self.unnumbered -= 1
            new.append((self.unnumbered, self.unseen[unseen], scales.rest))
        return new, floor

    def _estimated(self) -> tuple[list[float], list[float], int]:
        """What has arrived in tokens, as sums by voice and one by one; and the bytes of the model's own."""
        flat, each, voices = self.arrived, self.each, self.voices
        sums, sizes, own = [0.0, 0.0, 0.0], [], 0
        for label, size in zip(flat[::2], flat[1::2], strict=True):
            tokens, voice = size * each[label], voices[label]
            sums[voice] += tokens
            sizes.append(tokens)
            if voice:
                own += size
        return sums, sizes, own

    def _scaled(self, sizes: list[float], factors: tuple[float, float, float]) -> list[Arrival]:
        """What has arrived, as so many times its estimate; what comes to nothing is left out."""
        labels, first, entries, voices = self.arrived[::2], self.ordinals, self.entries, self.voices
        self.arrived = []
        self.ordinals += len(labels)
        scaled = [
            (ordinal, entries[label], size * factors[voices[label]])
            for ordinal, (label, size) in enumerate(zip(labels, sizes, strict=True), first)
        ]
        return scaled if min(factors) > 0 else [one for one in scaled if one[2] > 0]

    def _shrink(self, by: float) -> None:
        """Something left without a word: all that is live becomes smaller."""
        self.shrunk *= by
        if by <= 1e-9:
            self._start_over()
            return
        self.factor *= by
        self.total *= by
        if self.factor < SMALLEST_FACTOR:
            self._rebase()

    def _rebase(self) -> None:
        """Enter what the items came to so far, and go on with a factor of 1, specks swept together."""
        kept: dict[int, Item] = {}
        specks = 0.0
        for ordinal, item in self.live.items():
            entry, weight, carried, charged, responses, place, own = item
            size = weight * self.factor
            if size < SPECK:
                self._settle((item,))
                specks += size
                continue
            entry.tokens += weight * (self.carried - carried)
            entry.price += weight * (self.charged - charged)
            kept[ordinal] = (entry, size, self.carried, self.charged, responses, place, own)
        if specks:
            self.unnumbered -= 1
            entry = self.unseen[NOT_LOGGED]
            kept[self.unnumbered] = (entry, specks, self.carried, self.charged, self.responses, len(self.past), 0)
        self.live, self.factor = kept, 1.0

    def _count(self, index: int, message: Message, times: float, new: list[Arrival], floor: float) -> None:
        """Let everything in this prompt be carried and charged. New items pay what was new, the others the rest."""
        price = self.history.price(index)
        rebuild = self.history.rebuilds.get(index)
        fresh = message.input_tokens + message.cache_creation_input_tokens
        fresh_price = prompt_price = 0
        if price is not None:
            fresh_price = price.input + price.cache_write
            prompt_price = fresh_price + price.cache_read
        if rebuild is not None:
            fresh -= rebuild.tokens
            fresh_price -= self.history.price_of_rebuild(rebuild) or 0
        added = message.context_tokens - floor - self.total  # tokens of all new items
        paid = fresh_price * min(1.0, added * times / fresh) if fresh else 0.0
        # New items beyond what was billed as new were in the cache already: they read like the old ones.
        cached = max(0.0, added - fresh / times)
        reading = floor + self.total + cached
        if reading <= 0:
            paid = prompt_price
        each = (prompt_price - paid) / reading if reading > 0 else 0.0
        if added > 0 and prompt_price:
            one_new = (paid + each * cached) / added
            for _, entry, tokens in new:
                entry.price += one_new * tokens
        self.carried += self.factor * times
        self.charged += self.factor * each
        self.floor_sum.tokens += floor * times
        if self.inherited and self.floor:
            self.inherited_sum += floor * times * (self.inherited / self.floor)
        self.floor_sum.price += floor * each

    def _retire(self, ordinal: int) -> None:
        item = self.live.pop(ordinal, None)
        if item is not None:
            tokens = item[1] * self.factor
            self.left.append((item[5], tokens))
            self.total = max(0.0, self.total - tokens)
            self._settle((item,))

    def _settle(self, items: Iterable[Item]) -> None:
        """Enter what these items have been carried for and charged until now."""
        carried_now, charged_now, responses_now = self.carried, self.charged, self.responses
        for entry, weight, carried, charged, responses, _, own in items:
            if responses_now > responses:
                entry.tokens += weight * (carried_now - carried)
                entry.price += weight * (charged_now - charged)
                entry.occurrences += own
                entry.carried_with += responses_now - responses

    def _start_over(self) -> None:
        self._settle(self.live.values())
        self.live.clear()
        self.total, self.factor = 0.0, 1.0

    def _note_backlog(self) -> None:
        middle = len(self.past) // 2
        if not middle or self.history.store.threads[self.context.thread].agent_id:
            return
        old, tokens, responses = self.past[middle].total, 0.0, 0
        for moment in self.past[middle + 1 :]:
            old = (old - sum(size for place, size in moment.left if place <= middle)) * moment.shrunk
            tokens += max(0.0, old) * moment.times
            responses += moment.times > 0
        self.ledger.backlogs.append(Backlog(self.context.thread, tokens, responses))

    def _post(self) -> None:
        """Enter what this thread came to."""
        ledger, session = self.ledger, self.history.store.threads[self.context.thread].session_id
        known = zip(self.context.labels, self.entries, strict=True)
        for label, entry in chain(known, self.unseen.items()):
            if entry.carried_with:
                ledger.enter(label, entry)
                if entry.occurrences and (label[3] or label[5]):
                    ledger.sessions[label].add(session)
        if self.responses and self.first is not None:
            sums = self.floor_sum
            own = self.size if self.own_size is None else min(self.own_size, self.size)
            floor = Floor(
                self.context.thread,
                self.first.time,
                self.size,
                own,
                sums.tokens,
                self.inherited_sum,
                sums.price,
                self.responses,
            )
            ledger.floors.append(floor)
