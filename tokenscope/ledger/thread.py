"""One thread, walked response by response (T31, T33, T35): what its items came to.

What arrived between two responses has a size in bytes, estimated as tokens and scaled to the exact growth of the
prompt; what that does not explain is "not logged". What the model had said is as large as its output, where the log
has the final figure. Each item is then carried by every later response until it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from tokenscope.ledger.densities import said_by
from tokenscope.ledger.growth_shares import estimated, scaled, share_growth
from tokenscope.ledger.live import Left, Live, disowned
from tokenscope.ledger.thread_facts import Bill, ThreadFacts
from tokenscope.model import Message, field_of_message
from tokenscope.store import COMPACTION, MICROCOMPACTION

_SIZE, _THREAD = field_of_message("context_tokens"), field_of_message("thread")

# A thread after one of its responses: tokens of all items, how they had shrunk before, times in scope, what of them
# had left before. A bare tuple: there is one for each response.
Moment = tuple[float, float, float, Sequence[Left]]


class Walked(NamedTuple):
    """What a thread came to, in plain values that another process can hand over.

    `labels` are places in the labels of its context, and behind them: what a compaction kept, what is not logged. What
    each came to stands beside it, as in an Entry. `floor`: the fields of a Floor behind its thread, None where no
    response is in scope. `backlog`: tokens and responses. `counted`: responses, tokens and picodollars of prompts.
    """

    labels: list[int]
    tokens: list[float]
    price: list[float]
    occurrences: list[int]
    carried_with: list[int]
    floor: tuple[int | None, float, float, float, float, float, int] | None
    backlog: tuple[float, int] | None
    counted: tuple[int, int, int]


def walk(facts: ThreadFacts, number: int) -> Walked:
    """Walk the thread of a context, from its first response to its last. What it counts is pending no more."""
    return _Walk(facts, number).run()


class _Walk:
    def __init__(self, facts: ThreadFacts, number: int) -> None:
        self.facts, self.context = facts, facts.store.contexts[number]
        self.each, self.voices = facts.scale_of(number)
        self.live = Live(len(self.context.labels))
        self.rebuilt = facts.rebuilt(self.context.thread)
        self.copied = facts.copied.get(number)  # ordinals of items that occurred where they were copied from
        self.speaker: Message | None = None  # the response whose words arrive with the next one
        self.arrived: list[int] = []  # since the last response: label, bytes, label, bytes, …
        self.ordinals = 0  # given out
        self.floor = 0.0  # what was inherited included, until it goes
        self.size = self.inherited = 0.0
        self.own_size = facts.own_sizes.get(self.context.thread, 0.0)  # 0 where no response has a prompt
        self.first: Message | None = None
        self.floor_tokens = self.floor_price = self.inherited_tokens = 0.0  # carried
        self.prompt_tokens = self.prompt_price = 0
        self.is_compacted = False
        self.is_main = not facts.store.threads[self.context.thread].agent_id
        self.past: list[Moment] = []  # of a main thread since its last compaction
        self.shrunk = 1.0  # since the last response
        self.left: tuple[Left, ...] = ()

    def run(self) -> Walked:
        messages, indices, live = self.facts.store.messages, self.context.messages, self.live
        for number, (place, arrived) in enumerate(self.context.steps):
            if place == MICROCOMPACTION:
                self.left = (*self.left, *filter(None, map(live.retire, arrived)))
                continue
            self.arrived = self.arrived + arrived if self.arrived else arrived
            if place == COMPACTION:
                self._compact()
                continue
            index = indices[place]
            message = messages[index]
            size = _SIZE(message)
            if size and (size > (self.floor + live.total) / 2 or not self._is_aside(number + 1)):
                self._respond(index, message, size)
                self.speaker = message
            else:
                self.speaker = None  # two responses speak before the next one
        backlog = second_half_backlog(self.past)
        self.live.start_over()
        return self._walked(backlog)

    def _compact(self) -> None:
        self.live.start_over()
        self.ordinals += len(self.arrived) // 2
        self.is_compacted, self.arrived, self.past, self.left = True, [], [], ()
        self.speaker = None

    def _is_aside(self, following: int) -> bool:
        """Whether a response much smaller than the one before stands outside the thread: the next one is not."""
        before, places = self.floor + self.live.total, self.context.steps.places
        if self.live.is_empty or following == len(places) or places[following] < 0:
            return False
        after = self.facts.store.messages[self.context.messages[places[following]]].context_tokens
        return after > before * 0.9

    def _respond(self, index: int, message: Message, size: int) -> None:
        live, pending, first, place = self.live, self.facts.pending, self.ordinals, len(self.past)
        labels, tokens, floor = self._fit(message, size)
        own = _THREAD(message) == self.context.thread
        carried, before, factor = live.carried, live.responses, live.factor
        times = paid = 0.0
        if own and pending[index]:
            pending[index] = 0
            times, paid = self._count(self.facts.bill(message, self.rebuilt.get(index, 0)), size, floor)
        if labels:
            weights = tokens if factor == 1.0 else [one / factor for one in tokens]
            batch = (first, labels, weights, carried, live.charged - paid * factor, before, place, own)
            live.batches += (batch,) if self.copied is None else disowned(batch, self.copied)
        live.total = size - floor
        if self.is_main:
            self.past.append((live.total, self.shrunk, times, self.left))
            self.shrunk, self.left = 1.0, ()

    def _fit(self, message: Message, size: int) -> tuple[list[int], list[float], float]:
        """Scale what has arrived so that everything fits a prompt of `size`: new labels, their tokens, the floor."""
        live, speaker = self.live, self.speaker
        labels, tokens, sums, own = estimated(self.arrived, self.each, self.voices)
        self.arrived, self.ordinals = [], self.ordinals + len(labels)
        estimate = sums[0] + sums[1] + sums[2]
        if self.first is None:
            self.first = message
            scale = self._begin(size, estimate)
            return labels, [one * scale for one in tokens], self.floor
        unseen, most = live.not_logged, self.facts.most
        if self.is_compacted:
            unseen, most = live.kept, 1.0
            self.is_compacted, self.floor, self.inherited = False, self.floor - self.inherited, 0.0
        floor = self.floor if self.floor < size else float(size)
        growth = size - floor - live.total
        said = None if speaker is None or not own else said_by(speaker, own)
        if growth < 0:
            by = (size - floor) / (live.total + estimate)
            self.shrunk = by
            live.shrink(by)
            growth, said = size - floor - live.total, None
        factors, rest = share_growth(growth, sums, said, most)
        tokens = scaled(labels, tokens, self.voices, factors, live.nowhere)
        if rest > 0:
            labels.append(unseen)
            tokens.append(rest)
        return labels, tokens, floor

    def _begin(self, size: int, estimate: float) -> float:
        """Find the floor in the first prompt; what its items are multiplied by."""
        scale = min(1.0, size / estimate) if estimate else 1.0
        self.floor = self.size = max(0.0, size - estimate * scale)
        self.inherited = max(0.0, self.floor - self.own_size)
        self.is_compacted = False
        return scale

    def _count(self, bill: Bill, size: int, floor: float) -> tuple[float, float]:
        """Let everything in this prompt be carried and charged. New items pay what was new, the others the rest.

        How often the prompt was sent, and what a token of a new item pays beside the others' price, in picodollars.
        """
        live, (prompt, prompt_price, fresh, fresh_price) = self.live, bill
        times = prompt / size  # more than 1: several requests in one response
        added = size - floor - live.total  # tokens of all new items
        paid = cached = each = 0.0
        if fresh:
            part = added * times / fresh
            paid = fresh_price * part if part < 1 else float(fresh_price)
        if added > fresh / times:  # what was not billed as new was in the cache already: it reads like the old items
            cached = added - fresh / times
        reading = floor + live.total + cached
        if reading > 0:
            each = (prompt_price - paid) / reading
        else:
            paid = prompt_price
        live.responses += 1
        live.carried += live.factor * times
        live.charged += live.factor * each
        self.prompt_tokens += prompt
        self.prompt_price += prompt_price
        self.floor_tokens += floor * times
        self.floor_price += floor * each
        if self.inherited:
            self.inherited_tokens += floor * times * (self.inherited / self.floor)
        return times, (paid + each * cached) / added if added > 0 and prompt_price else 0.0

    def _walked(self, backlog: tuple[float, int] | None) -> Walked:
        """What this thread came to."""
        live, floor = self.live, None
        labels = [label for label, times in enumerate(live.carried_with[: live.nowhere]) if times]
        if live.responses and self.first is not None:
            own = min(self.own_size, self.size)
            sums = self.floor_tokens, self.inherited_tokens, self.floor_price
            floor = (self.first.time, self.size, own, *sums, live.responses)
        return Walked(
            labels,
            [live.tokens[label] for label in labels],
            [live.price[label] for label in labels],
            [live.occurrences[label] for label in labels],
            [live.carried_with[label] for label in labels],
            floor,
            backlog,
            (live.responses, self.prompt_tokens, self.prompt_price),
        )


def second_half_backlog(past: Sequence[Moment]) -> tuple[float, int] | None:
    """Tokens that the second half carried of what was older than its middle, and its responses in scope.

    `past`: since the last compaction. None where there is no second half.
    """
    middle = len(past) // 2
    if not middle:
        return None
    old, tokens, responses = past[middle][0], 0.0, 0
    for _, shrunk, times, left in past[middle + 1 :]:
        if left:
            old -= fsum(size for place, size in left if place <= middle)
        old *= shrunk
        tokens += max(0.0, old) * times
        responses += times > 0
    return tokens, responses
