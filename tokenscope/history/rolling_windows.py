"""Stretches of five hours and of seven days: which responses lie in each, and which stretch was the busiest.

A plan's five-hour window opens with the first response after the one before has closed. Where the log does not
say when a window closed, this is an estimate, and one known moment of closing puts its neighbours right.
Times are milliseconds since the epoch; a stretch holds start <= time < end.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.history.limits import SAID, moments, said_reset
from tokenscope.scope import Scope, parse_moment

FIVE_HOURS, SEVEN_DAYS = 5 * 3_600_000, 7 * 86_400_000  # ms


class Stretch(NamedTuple):
    """`is_anchored`: a known moment of closing says where it lies. `indices`: of its messages, by time."""

    start: int  # ms since the epoch
    end: int  # the same
    is_anchored: bool
    indices: list[int]


class RollingTimeline:
    """The dated messages of a history in the order of time."""

    def __init__(self, history: History) -> None:
        messages = history.store.messages
        dated = [(time, index) for index in history.indices if (time := messages[index].time) is not None]
        dated.sort()
        self.times = [time for time, _ in dated]
        self.indices = [index for _, index in dated]
        self._sums = [0, *accumulate(messages[index].total_tokens for index in self.indices)]

    def between(self, start: int, end: int, *, is_anchored: bool = False) -> Stretch:
        first, last = bisect_left(self.times, start), bisect_left(self.times, end)
        return Stretch(start, end, is_anchored, self.indices[first:last])

    def busiest(self, span: int) -> Stretch | None:
        """The `span` ms that hold the most tokens, the first of equals; they begin with a response."""
        if not self.times:
            return None
        held = [
            self._sums[bisect_left(self.times, start + span)] - self._sums[place]
            for place, start in enumerate(self.times)
        ]
        start = self.times[held.index(max(held))]
        return self.between(start, start + span)

    def opened(self, span: int, *resets: int) -> list[Stretch]:
        """Windows that open with a response and close `span` ms later; one closes at each of `resets` that is known.

        Of two resets that cannot both be true, the first one given is.
        """
        windows, place = [], 0
        anchors = _apart([reset - span for reset in resets], span)
        while place < len(self.times):
            start = self.times[place]
            end = start + span
            held = bisect_right(anchors, start) - 1
            is_anchored = held >= 0 and start < anchors[held] + span
            if is_anchored:
                start, end = anchors[held], anchors[held] + span
            elif held + 1 < len(anchors):
                end = min(end, anchors[held + 1])
            windows.append(self.between(start, end, is_anchored=is_anchored))
            place = bisect_left(self.times, end)
        return windows

    def side_by_side(self, span: int, edge: int, *, is_anchored: bool) -> list[Stretch]:
        """Windows of `span` ms, one of which ends at `edge`; those without a message are left out."""
        windows, place = [], 0
        while place < len(self.times):
            start = edge + (self.times[place] - edge) // span * span
            windows.append(self.between(start, start + span, is_anchored=is_anchored))
            place = bisect_left(self.times, start + span)
        return windows


def _apart(starts: Sequence[int], span: int) -> list[int]:
    """In order, without those whose window would overlap that of one before them."""
    kept: list[int] = []
    for start in starts:
        if all(abs(start - other) >= span for other in kept):
            kept.append(start)
    return sorted(kept)


def parse_reset(text: str, scope: Scope, span: int) -> int:
    """When a window of `span` ms closes, as it is told: seconds since the epoch, an ISO time, or what `/usage` and
    messages print: 19:20, 7:20pm (Europe/Berlin), Nov 24, 9am (UTC), Mon 9am.

    A time of day or of a week is the next one where a window that is open now can close then, else the last one.
    Raises UsageError.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) == 10:
        return int(text) * 1000
    found = SAID.fullmatch(re.sub(r"^resets?\s+(?:at\s+)?", "", text, flags=re.IGNORECASE))
    said = None if found is None else said_reset(found)
    if said is not None and (said.day or said.weekday is not None or span < SEVEN_DAYS):
        possible = moments(said, scope.now, scope.zone)
        if said.day and possible:
            return min(possible, key=lambda moment: abs(moment - scope.now))
        if not said.day:
            return max(moment for moment in possible if moment <= scope.now + span)
    if not re.match(r"\d{4}-", text):
        example = "19:20, 7:20pm (Europe/Berlin)" if span < SEVEN_DAYS else "Nov 24, 9am (UTC), Mon 9am"
        raise UsageError(f"cannot read {text!r} as the time of a reset", hint=f"write {example} or 2026-11-03T09:00")
    return parse_moment(text, now=scope.now, zone=scope.zone)


def now_of(scope: Scope) -> int:
    """The moment that an answer looks back from, in ms since the epoch: now, or the end of its window."""
    return scope.now if scope.until is None else min(scope.now, scope.until)


def reaches_back(scope: Scope, start: int) -> bool:
    """Whether all that was used since `start` is in scope."""
    return scope.since is None or scope.since <= start
