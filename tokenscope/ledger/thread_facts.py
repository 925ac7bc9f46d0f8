"""What walking a thread takes beside the thread itself: facts of the history, worked out once for all threads."""

from __future__ import annotations

from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import Any

from tokenscope.history.history import History
from tokenscope.history.rebuilds import find_rebuilds_of
from tokenscope.ledger.densities import OWN, THINKING, Densities, measure_densities
from tokenscope.ledger.floors import own_sizes
from tokenscope.ledger.growth_shares import OTHERS, THOUGHT, VISIBLE, copied_items
from tokenscope.model import Message, fields_of_message
from tokenscope.pricing.table import Rates
from tokenscope.store import Context, Label

NO_RATES = Rates(0, 0, 0, 0, 0)
VOICES = {**dict.fromkeys(OWN, VISIBLE), THINKING: THOUGHT}  # by kind; all others are OTHERS
_COUNTERS = fields_of_message(
    "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "ephemeral_1h_input_tokens"
)

# Tokens and picodollars of a prompt, then of what was new in it, neither carried nor rebuilt; 0 picodollars where no
# price is known.
Bill = tuple[int, int, int, int]


def densities_of(history: History) -> Densities:
    """Those of all that was read, by `history.once`."""
    return history.of_store(measure_densities)


class ThreadFacts:
    """`pending`: whether each message is in scope and was not counted yet. Needs Facet.CONTENT.

    Nothing is worked out before a thread is walked: the processes that walk begin sooner, and each finds the rebuilds
    of its own threads.
    """

    def __init__(self, history: History) -> None:
        self.history, self.store = history, history.store
        self.pending = bytearray(len(history.store.messages))
        for index in history.content_indices:
            self.pending[index] = 1
        self._rebuilt: tuple[int, dict[int, int]] = -1, {}  # of the last thread that was asked for
        self._scales: dict[int, tuple[list[float], list[int]]] = {}  # by the first context with the labels

    def told(self) -> tuple[Any, ...]:
        """What all threads need, worked out, in plain values that another process can hand over."""
        found = self.densities
        copied = {number: (ordinals.start, ordinals.stop) for number, ordinals in self.copied.items()}
        return (found.by_source, found.largest_scale, found.equations), copied, self.own_sizes

    def take(self, told: tuple[Any, ...]) -> None:
        """Know what another process has told."""
        densities, copied, sizes = told
        self.history.know({densities_of: Densities(*densities), own_sizes: sizes})
        self.copied = {number: range(*ordinals) for number, ordinals in copied.items()}

    @cached_property
    def densities(self) -> Densities:
        return self.history.once(densities_of)

    @cached_property
    def most(self) -> float:
        """Times its estimate that a step's growth is believed."""
        return self.densities.largest_scale

    @cached_property
    def copied(self) -> dict[int, range]:
        return self.history.of_store(copied_items)

    @cached_property
    def own_sizes(self) -> dict[int, float]:
        return self.history.once(own_sizes)

    @cached_property
    def _shared(self) -> list[int]:
        return _first_with_same_labels(self.store.contexts)

    def rebuilt(self, thread: int) -> dict[int, int]:
        """Tokens that a thread's responses wrote again, by their index."""
        if self._rebuilt[0] != thread:
            self._rebuilt = thread, {one.message: one.tokens for one in find_rebuilds_of(self.store, thread)}
        return self._rebuilt[1]

    def scale_of(self, number: int) -> tuple[list[float], list[int]]:
        """Tokens a byte, and whose voice it is, of each label of a context."""
        first = self._shared[number]
        found = self._scales.get(first)
        if found is None:
            labels = self.store.contexts[first].labels
            found = self._scales[first] = self.densities.each(labels), _voices(labels)
        return found

    def bill(self, message: Message, rebuilt: int) -> Bill:
        """What a response's prompt cost, and what was new in it. `rebuilt`: tokens."""
        given, read, written, one_hour = _COUNTERS(message)
        rates = self.history.pricer.rates_of(message) or NO_RATES
        write_price = rates.of_writes(written, one_hour)
        fresh, fresh_price = given + written, given * rates.input + write_price
        prompt_price = fresh_price + read * rates.cache_read
        if not rebuilt:
            return fresh + read, prompt_price, fresh, fresh_price
        return fresh + read, prompt_price, fresh - rebuilt, fresh_price - write_price * rebuilt // written


def _first_with_same_labels(contexts: list[Context]) -> list[int]:
    """For each context. Those of one file follow each other and have one list."""
    first = list[int]()
    for number, context in enumerate(contexts):
        is_shared = number > 0 and contexts[number - 1].labels is context.labels
        first.append(first[-1] if is_shared else number)
    return first


def _voices(labels: list[Label]) -> list[int]:
    return list(map(VOICES.get, map(itemgetter(0), labels), repeat(OTHERS)))
