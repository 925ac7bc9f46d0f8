"""What is in a thread's context, and what its items have been carried for and have cost so far.

Sums over responses are differences of running sums: `carried` and `charged` are what an item of weight 1 has been
carried for and has been charged since the beginning. So the cost is linear in items and responses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from math import fsum
from operator import itemgetter

SPECK = 0.01  # tokens: what has shrunk to less is not followed any further
SMALLEST_FACTOR = 1e-3  # below it the running sums would lose what the items have left
# What arrived together: the ordinal of the first item; the items' labels; their weights (the size of an item now is
# its weight times `factor`); what `carried` and `charged` were when they came, and the number of responses in scope
# and of all responses before them; whether they came in this thread (1) or with a copy of another's (0).
# A bare tuple of plain lists: there are as many as responses, and half of all the time goes here.
Batch = tuple[int, list[int], list[float], float, float, int, int, int]
Left = tuple[int, float]  # the number of responses before an item came, and its tokens when it left

_first = itemgetter(0)


class Live:
    """The items of one thread, oldest first. Sums are by label, and behind the thread's own labels by three more:
    what a compaction `kept`, what is `not_logged`, and `nowhere`, which is for what is there no longer.

    `factor` falls when the context shrinks without saying what left.
    """

    def __init__(self, labels: int) -> None:
        self.kept, self.not_logged, self.nowhere = labels, labels + 1, labels + 2
        self.tokens, self.price = [0.0] * (labels + 3), [0.0] * (labels + 3)  # price: picodollars
        self.occurrences, self.carried_with = [0] * (labels + 3), [0] * (labels + 3)
        self.batches: list[Batch] = []
        self.total = 0.0  # tokens of all items
        self.factor, self.carried, self.charged = 1.0, 0.0, 0.0
        self.responses = 0  # in scope

    @property
    def is_empty(self) -> bool:
        return all(label == self.nowhere for batch in self.batches for label in batch[1])

    def retire(self, ordinal: int) -> Left | None:
        """Take one item out; None where it is not there."""
        at = bisect_right(self.batches, ordinal, key=_first) - 1
        if at < 0:
            return None
        first, labels, weights, carried, charged, before, place, own = self.batches[at]
        nth = ordinal - first
        if nth >= len(labels) or labels[nth] >= self.kept:
            return None
        tokens = weights[nth] * self.factor
        self.total = max(0.0, self.total - tokens)
        self._settle(((ordinal, [labels[nth]], [weights[nth]], carried, charged, before, place, own),))
        labels[nth], weights[nth] = self.nowhere, 0.0
        return place, tokens

    def shrink(self, by: float) -> None:
        """Something left without a word: all items become smaller."""
        if by <= 1e-9:
            self.start_over()
            return
        self.factor *= by
        self.total *= by
        if self.factor < SMALLEST_FACTOR:
            self._rebase()

    def start_over(self) -> None:
        """Everything leaves."""
        self._settle(self.batches)
        self.batches = []
        self.total, self.factor = 0.0, 1.0

    def _settle(self, batches: Iterable[Batch]) -> None:
        """Enter what these items have been carried for and charged until now, and what they were."""
        occurrences, carried_with = self.occurrences, self.carried_with
        for batch in batches:
            times, own = self.responses - batch[5], batch[7]
            if times:
                self._enter(batch)
                for label in batch[1]:
                    occurrences[label] += own
                    carried_with[label] += times

    def _enter(self, batch: Batch) -> None:
        tokens, price = self.tokens, self.price
        _, labels, weights, carried, charged, *_ = batch
        carried, charged = self.carried - carried, self.charged - charged
        for label, weight in zip(labels, weights, strict=True):
            tokens[label] += weight * carried
            price[label] += weight * charged

    def _rebase(self) -> None:
        """Enter what the items came to so far, and go on with a factor of 1, specks swept together."""
        swept, kept = 0.0, list[Batch]()
        for batch in self.batches:
            first, labels, weights, *came = batch
            specks = [nth for nth, weight in enumerate(weights) if weight * self.factor < SPECK]
            gone = [weights[nth] for nth in specks]
            swept += fsum(gone) * self.factor
            self._settle(((first, [labels[nth] for nth in specks], gone, *came),))  # type: ignore[arg-type]
            if len(specks) < len(labels):
                for nth in specks:
                    labels[nth], weights[nth] = self.nowhere, 0.0
                self._enter(batch)
                weights = [weight * self.factor for weight in weights]
                kept.append((first, labels, weights, self.carried, self.charged, *batch[5:]))
        if swept:
            kept.insert(0, (-1, [self.not_logged], [swept], self.carried, self.charged, self.responses, 0, 0))
        self.batches, self.factor = kept, 1.0


def disowned(batch: Batch, copied: range) -> list[Batch]:
    """The same items in up to three batches, so that what was copied is not of this thread."""
    first, labels, weights, carried, charged, before, place, own = batch
    start = min(max(copied.start - first, 0), len(labels))
    stop = min(max(copied.stop - first, start), len(labels))
    parts = ((0, start, own), (start, stop, 0), (stop, len(labels), own))
    return [
        (first + a, labels[a:b], weights[a:b], carried, charged, before, place, whose) for a, b, whose in parts if b > a
    ]
