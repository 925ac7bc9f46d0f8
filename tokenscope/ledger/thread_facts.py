"""What walking a thread takes beside the thread itself: facts of the history, worked out once for all threads."""

from __future__ import annotations

from itertools import repeat
from operator import itemgetter

from tokenscope.history.history import History
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
    """`pending`: whether each message is in scope and was not counted yet. Needs Facet.CONTENT."""

    def __init__(self, history: History) -> None:
        self.store, self.rates, self.rebuilds = history.store, history.rates, history.rebuilds
        self.pending = bytearray(len(history.store.messages))
        for index in history.content_indices:
            self.pending[index] = 1
        self.densities = history.once(densities_of)
        self.most = self.densities.largest_scale  # times its estimate that a step's growth is believed
        self.copied = history.of_store(copied_items)
        self.own_sizes = history.once(own_sizes)
        self._shared = _first_with_same_labels(history.store.contexts)
        self._scales: dict[int, tuple[list[float], list[int]]] = {}  # by the first context with the labels

    def scale_of(self, number: int) -> tuple[list[float], list[int]]:
        """Tokens a byte, and whose voice it is, of each label of a context."""
        first = self._shared[number]
        found = self._scales.get(first)
        if found is None:
            labels = self.store.contexts[first].labels
            found = self._scales[first] = self.densities.each(labels), _voices(labels)
        return found

    def bill(self, index: int, message: Message) -> Bill:
        """What a response's prompt cost, and what was new in it."""
        given, read, written, one_hour = _COUNTERS(message)
        rates, rebuild = self.rates[index] or NO_RATES, self.rebuilds.get(index)
        write_price = rates.of_writes(written, one_hour)
        fresh, fresh_price = given + written, given * rates.input + write_price
        prompt_price = fresh_price + read * rates.cache_read
        if rebuild is None:
            return fresh + read, prompt_price, fresh, fresh_price
        rebuilt = rebuild.tokens
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
