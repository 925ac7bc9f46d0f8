"""Stretches of five hours and of seven days: which responses lie in each, and which stretch was the busiest.

A plan's five-hour window opens with the first response after the one before has closed. Where the log does not
say when a window closed, this is an estimate, and one known moment of closing puts its neighbours right.
Times are milliseconds since the epoch; a stretch holds start <= time < end.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.scope import Scope, parse_moment

FIVE_HOURS, SEVEN_DAYS = 5 * 3_600_000, 7 * 86_400_000  # ms
_CLOCK = re.compile(
    r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)|(?P<of_twelve>0?[1-9]|1[0-2])(?::(?P<past>[0-5]\d))?\s*(?P<half>[ap]m)",
    re.ASCII,
)


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

    def opened(self, span: int, resets: int | None) -> list[Stretch]:
        """Windows that open with a response and close `span` ms later; one closes at `resets`, if that is known."""
        windows, place = [], 0
        anchor = None if resets is None else resets - span
        while place < len(self.times):
            start = self.times[place]
            end = start + span
            is_anchored = anchor is not None and anchor <= start < anchor + span
            if anchor is not None and is_anchored:
                start, end = anchor, anchor + span
            elif anchor is not None and start < anchor:
                end = min(end, anchor)
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


def parse_reset(text: str, scope: Scope, span: int) -> int:
    """When a window of `span` ms closes, as it is told: 19:20, 7:20pm, seconds since the epoch, or an ISO time.

    A time of day is the next one of it where a window that is open now can close then, else the last one.
    Raises UsageError.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) == 10:
        return int(text) * 1000
    clock = _CLOCK.fullmatch(text.lower())
    if clock is not None and span < SEVEN_DAYS:
        hour = int(clock["hour"] or clock["of_twelve"])
        if clock["half"]:
            hour = hour % 12 + (12 if clock["half"] == "pm" else 0)
        return _nearest(f"{hour:02}:{clock['minute'] or clock['past'] or '00'}", scope, span)
    if not re.match(r"\d{4}-", text):
        example = "19:20, 7:20pm or 2026-11-03T19:20" if span < SEVEN_DAYS else "2026-11-03T09:00"
        raise UsageError(f"cannot read {text!r} as the time of a reset", hint=f"write {example}")
    return parse_moment(text, now=scope.now, zone=scope.zone)


def _nearest(clock: str, scope: Scope, span: int) -> int:
    today = scope.local(scope.now).date()
    days = (today + timedelta(days=ahead) for ahead in (-1, 0, 1))
    moments = (parse_moment(f"{day}T{clock}", now=scope.now, zone=scope.zone) for day in days)
    return max(moment for moment in moments if moment <= scope.now + span)


def now_of(scope: Scope) -> int:
    """The moment that an answer looks back from, in ms since the epoch: now, or the end of its window."""
    return scope.now if scope.until is None else min(scope.now, scope.until)


def reaches_back(scope: Scope, start: int) -> bool:
    """Whether all that was used since `start` is in scope."""
    return scope.since is None or scope.since <= start
