"""All sessions at once: which response counts where, what today came to, how fast, and the plan's windows.

Pure: what happened is handed in, and a moment is given with every question. Of what is no longer asked about nothing is
kept, so that a board that is open for days stays as large as the day's sessions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tokenscope.history.limits import reset_of
from tokenscope.history.usage import dollars_of
from tokenscope.ingest.extract.happenings import RESPONSE, Happening
from tokenscope.ingest.files.running import Running
from tokenscope.live.counted import NONE, CountedResponse, CountedResponses
from tokenscope.live.session_line import FIVE_HOURS, MINUTE, RECENT, SessionLine, line_of, recent
from tokenscope.live.session_state import RunningState
from tokenscope.machine import LastUsage, UsageLimit
from tokenscope.model import Message
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope
from tokenscope.value import Value

HOUR = 3_600_000  # ms
DAY = 24 * HOUR
FIVE = "5 h"
PLAN_NAMES = {"session": FIVE, "week": "7 d", "model": "7 d"}


class PlanWindow(Value):
    """A window of the plan that is open: `resets` and `told` in ms since the epoch. `used`: what Anthropic counted, as
    it was told then. Where `is_known` is false, when it opens and resets is an estimate.
    """

    name: str
    tokens: int | None
    list_price_usd: float | None
    resets: int | None
    is_known: bool
    used: float | None  # a fraction, 1 is all
    told: int | None = None


class Totals(Value):
    """Of all sessions that are followed. The pace is that of the last RECENT minutes."""

    today_tokens: int
    today_usd: float | None
    today_responses: int
    tokens_a_minute: float
    usd_a_minute: float | None
    windows: tuple[PlanWindow, ...]


class BoardView(Value):
    """`now`: ms since the epoch."""

    now: int
    sessions: tuple[SessionLine, ...]
    totals: Totals


def plan_windows(told: LastUsage | None) -> tuple[PlanWindow, ...]:
    """What Anthropic said of each window of the plan, when it was last asked."""
    return tuple(
        PlanWindow(_name(one), None, None, one.resets, is_known=True, used=one.used_percent / 100, told=told.fetched)
        for one in (told.limits if told else ())
        if told
    )


def _name(limit: UsageLimit) -> str:
    return f"{PLAN_NAMES.get(limit.kind, limit.kind)} {limit.model}".strip()


class Board:
    """`zone` and days are those of the scope; its moment is not looked at."""

    def __init__(self, pricer: Pricer, scope: Scope, *, idle_for: int = 4 * HOUR) -> None:
        self.pricer, self.scope, self.idle_for = pricer, scope, idle_for
        self.sessions: dict[str, RunningState] = {}
        self.running: Mapping[str, Running] = {}
        self.plan: tuple[PlanWindow, ...] = ()  # what Anthropic said of the windows last
        self._counted = CountedResponses()
        self._copies: dict[str, set[str]] = defaultdict(set)  # sessions that hold responses of each other
        self._minutes: dict[int, list[int]] = {}  # tokens, picodollars, responses and unpriced tokens by the minute

    def take(self, session_id: str, happenings: list[Happening], folder: str = "", *, is_whole: bool = True) -> None:
        """What happened in one session, in the order of its file."""
        state = self.sessions.get(session_id)
        if state is None:
            state = self.sessions[session_id] = RunningState(session_id, folder)
        state.is_whole &= is_whole
        for one in happenings:
            state.take(one)
            if one.kind == RESPONSE and one.message is not None:
                self._respond(state, one.message, one.rank)

    def forget(self, session_id: str) -> set[str]:
        """A session begins anew, or is gone. Those that hold copies of its responses have to be read again."""
        self.sessions.pop(session_id, None)
        for one in self._counted.take_out([session_id]):
            self._count(one, -1)
        others = self._copies.pop(session_id, set()) & self.sessions.keys()
        for other in others:
            self._copies[other].discard(session_id)
        return others

    def prune(self, now: int) -> list[str]:
        """Let go what is older than a day; the ids of the sessions that are."""
        since = min(now - DAY, self.day_start(now))
        old = [session_id for session_id, state in self.sessions.items() if state.last < since]
        for session_id in old:
            del self.sessions[session_id]
            self._copies.pop(session_id, None)
        self._counted.take_out(old)
        for minute in [minute for minute in self._minutes if minute < since // MINUTE]:
            del self._minutes[minute]
        for state in self.sessions.values():
            for minute in [minute for minute in state.minutes if minute < now // MINUTE - 2 * RECENT]:
                del state.minutes[minute]
        return old

    def day_start(self, now: int) -> int:
        """When the day of a moment began (ms since the epoch)."""
        midnight = self.scope.local(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=self.scope.zone)
        return round(midnight.timestamp() * 1000)

    def view(self, now: int) -> BoardView:
        """What is true at a moment (ms since the epoch). The newest sessions first."""
        lines = [
            line_of(state, now, self.scope.zone, self.idle_for, self.running.get(state.session_id), self.pricer)
            for state in self.sessions.values()
            if state.last
        ]
        return BoardView(now, tuple(sorted(lines, key=lambda one: (-one.last, one.session_id))), self._totals(now))

    # ---------------------------------------------------------------------------------------- what counts

    def _respond(self, state: RunningState, message: Message, rank: int) -> None:
        """A response counts once, by its row with the largest output, for the session nearest to it (T20, T21)."""
        known, mine = self._counted.known(message), self._counted.number_of(state.session_id)
        price = self.pricer.price(message)
        new = CountedResponse(
            message.total_tokens,
            message.output_tokens,
            NONE if message.time is None else message.time,
            mine,
            rank,
            NONE if price is None else price.total,
            NONE,
            bool(message.part),
        )
        if known is not None:
            times = [time for time in (new.time, known.time) if time != NONE]
            owner = new
            if known.session != mine:
                other = self._counted.name_of(known.session)
                self._copies[state.session_id].add(other)
                self._copies[other].add(state.session_id)
                owner = known if known.rank <= rank else new
            counts = new if new.output >= known.output else known
            new = counts._replace(time=min(times, default=NONE), session=owner.session, rank=owner.rank)
            self._count(known, -1)
        ask = self.sessions.get(self._counted.name_of(new.session), state).ask_at(
            None if new.time == NONE else new.time
        )
        new = new._replace(ask=ask.number if ask else NONE)
        self._counted.keep(message, new)
        self._count(new, 1)

    def _count(self, one: CountedResponse, sign: int) -> None:
        state = self.sessions.get(self._counted.name_of(one.session))
        tokens, price = sign * one.tokens, sign * max(one.price, 0)
        unpriced = tokens if one.price == NONE else 0
        if state is not None:
            state.tokens, state.price, state.unpriced = (
                state.tokens + tokens,
                state.price + price,
                state.unpriced + unpriced,
            )
            if (ask := state.ask_of(one.ask)) is not None:
                ask.tokens, ask.price = ask.tokens + tokens, ask.price + price
        if one.time != NONE:
            minute = one.time // MINUTE
            sums = self._minutes.setdefault(minute, [0, 0, 0, 0])
            for place, number in enumerate((tokens, price, 0 if one.is_part else sign, unpriced)):
                sums[place] += number
            if state is not None:
                own = state.minutes.setdefault(minute, [0, 0])
                own[0], own[1] = own[0] + tokens, own[1] + price

    def _between(self, start: int, end: int) -> list[int]:
        """Tokens, picodollars, responses and unpriced tokens of the minutes of a stretch (ms since the epoch)."""
        found = [sums for minute, sums in self._minutes.items() if start <= minute * MINUTE < end]
        return [sum(column) for column in zip(*found, strict=True)] or [0, 0, 0, 0]

    def _totals(self, now: int) -> Totals:
        tokens, price, responses, unpriced = self._between(self.day_start(now), now + MINUTE)
        pace, pace_price = recent(self._minutes, now)
        has_price = bool(price) or not unpriced
        return Totals(
            today_tokens=tokens,
            today_usd=dollars_of(price) if has_price else None,
            today_responses=responses,
            tokens_a_minute=pace / RECENT,
            usd_a_minute=dollars_of(pace_price) / RECENT if has_price else None,
            windows=self._windows(now),
        )

    def _windows(self, now: int) -> tuple[PlanWindow, ...]:
        """The plan's five hours by what the log tells, and what Anthropic said of each window that is still open."""
        said = {one.name: one for one in self.plan if one.resets is not None and one.resets > now}
        five = said.pop(FIVE, None)
        resets = five.resets if five else self._limit_resets(now)
        opened = resets - FIVE_HOURS if resets else self._opened(now)
        found = []
        if opened is not None:
            tokens, price, _, unpriced = self._between(opened, opened + FIVE_HOURS)
            usd = dollars_of(price) if price or not unpriced else None
            used, told = (five.used, five.told) if five else (None, None)
            found.append(PlanWindow(FIVE, tokens, usd, opened + FIVE_HOURS, resets is not None, used, told))
        return (*found, *said.values())

    def _limit_resets(self, now: int) -> int | None:
        """The next reset that a message of a five-hour limit names (ms)."""
        for state in self.sessions.values():
            if state.limit is not None:
                resets, _ = reset_of(state.limit[1], state.limit[0], self.scope.zone)
                if resets is not None and now < resets <= state.limit[0] + FIVE_HOURS:
                    return resets
        return None

    def _opened(self, now: int) -> int | None:
        """When the window that is open now opened (ms), to the minute: with the first response after the one before."""
        opened: int | None = None
        for minute in sorted(minute for minute, sums in self._minutes.items() if sums[2] > 0):
            time = minute * MINUTE
            if time <= now and (opened is None or time >= opened + FIVE_HOURS):
                opened = time
        return opened if opened is not None and now < opened + FIVE_HOURS else None
