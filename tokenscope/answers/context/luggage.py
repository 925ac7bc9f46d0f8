"""Luggage: which share of the list price was context, carried along or packed again; and the tiers it is told in.

A tier is a range of that share, what was carried along (read from the cache) and packed again (rebuilt) together. The
tiers' limits are about the fifths of the real histories they were set on: 19 sessions (20 to 82 %) fall 4, 3, 4, 4, 4
into the five tiers and their 14 projects 4, 1, 4, 3, 2. That is a small sample, and a month of several projects
lies nearer to the middle than a session.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from tokenscope.answers.context.composition import Composition, compose
from tokenscope.history.history import History
from tokenscope.history.session_usage import BREAK
from tokenscope.history.usage import Tally, share_of
from tokenscope.model import Usage
from tokenscope.value import Value, replace
from tokenscope.view import figures

LEAST_PART = 0.05  # of the list price: smaller projects are too small to be called lean


class Tier(NamedTuple):
    """`below`: the first share that belongs to the next tier."""

    name: str
    below: float
    words: str


TIERS = (
    Tier("pockets", 0.45, "Hands free: more than half of it was new work."),
    Tier("day pack", 0.60, "What a day needs, and a jacket."),
    Tier("carry-on", 0.70, "It fits into the overhead bin, with a little push."),
    Tier("suitcase", 0.78, "Wheels help. So does /clear between two tasks."),
    Tier("moving van", 1.01, "The sofa came along. /clear and /compact lift well."),
)


class WrappedDay(Value):
    date: date
    usage: Usage


class LongestSession(Value):
    """`active_ms`: between its responses, pauses of more than half an hour left out."""

    active_ms: int
    usage: Usage


class LeanestProject(Value):
    """`project`: its folder's name, only where names were asked for. `luggage_share`: as of the whole."""

    project: str | None
    luggage_share: float
    usage: Usage


class WrappedReport(Value):
    """`luggage_share`: of the list price, what was carried and rebuilt; None, and no tier, where less than half of
    the tokens have a known price. `days` are those with a dated response, and `total` is their sum.
    """

    first_day: date | None
    last_day: date | None
    tier: str | None
    luggage_share: float | None
    composition: Composition
    prompt_tokens: int
    busiest_day: WrappedDay | None
    longest_session: LongestSession | None
    leanest_project: LeanestProject | None
    sessions: int
    projects: int
    days: list[WrappedDay]
    total: Usage
    last_use: date | None = None  # where nothing is in scope: the day of the last response before it
    is_filtered: bool = False  # by more than a window


def measure_luggage(history: History, *, names: bool) -> WrappedReport:
    """What the dated responses in scope were made of, and three facts about them."""
    dated = history.dated()
    composition = compose(dated)
    find = dated.days.day
    by_day = dated.by(lambda message: find(message.time or 0))
    days = [WrappedDay(day, by_day[day].usage()) for day in sorted(by_day)]
    by_project = dated.by(lambda message: dated.session_of(message).project)
    luggage = _share_of_luggage(composition, dated.total)
    first, last = _edges(history, days)
    return WrappedReport(
        first_day=first,
        last_day=last,
        tier=None if luggage is None else next(tier.name for tier in TIERS if luggage < tier.below),
        luggage_share=luggage,
        composition=composition,
        prompt_tokens=dated.total.total_tokens - dated.total.sums[1],
        busiest_day=max(days, key=lambda day: day.usage.total_tokens, default=None),
        longest_session=_longest(dated),
        leanest_project=_leanest(dated, by_project, names=names),
        sessions=len({dated.session_of(message).session_id for message in dated.messages}),
        projects=len(by_project),
        days=days,
        last_use=None if days else _last_use(history),
        is_filtered=not replace(history.scope, since=None, until=None).is_everything,
        total=dated.total.usage(),
    )


def _share_of_luggage(composition: Composition, total: Tally) -> float | None:
    carried, rebuilt = composition.carried.price_share, composition.rebuilt.price_share
    if carried is None or rebuilt is None or 2 * composition.unpriced_tokens > total.total_tokens:
        return None
    return round(carried + rebuilt, 6)


def _last_use(history: History) -> date | None:
    """The day of the last response of these projects and sessions before the window."""
    threads, since = history.threads_in_scope, history.scope.since
    times = [message.time for message in history.store.messages if threads[message.thread] and message.time is not None]
    last = max((time for time in times if since is None or time < since), default=None)
    return None if last is None else history.days.day(last)


def _edges(history: History, days: list[WrappedDay]) -> tuple[date | None, date | None]:
    """The first and the last day of the window, or of the responses where it has no such end."""
    scope, find = history.scope, history.days.day
    used = [day.date for day in days]
    first = find(scope.since) if scope.since is not None else min(used, default=None)
    last = find(scope.until - 1) if scope.until is not None else max(used, default=None)
    if scope.since is not None and scope.until is None:
        last = max(find(scope.now), last or find(scope.now))
    return first, last


def _longest(history: History) -> LongestSession | None:
    times: dict[str, list[int]] = defaultdict(list)
    threads = history.store.threads
    for message in history.messages:
        times[threads[message.thread].session_id].append(message.time or 0)
    if not times:
        return None
    active = {
        name: sum(gap for gap in (after - before for before, after in pairwise(sorted(own))) if gap <= BREAK)
        for name, own in times.items()
    }
    longest = min(active, key=lambda name: (-active[name], name))
    tallies = history.by(lambda message: threads[message.thread].session_id)
    return LongestSession(active[longest], tallies[longest].usage())


def _leanest(history: History, by_project: dict[str, Tally], *, names: bool) -> LeanestProject | None:
    """Of the projects that are large enough, the one with the smallest share of luggage."""
    luggage = {project: tally.price.cache_read for project, tally in by_project.items()}
    for rebuild, price in zip(history.rebuilds_in_scope, history.rebuild_prices, strict=True):
        project = history.session_of(history.store.messages[rebuild.message]).project
        luggage[project] += price[0] if price else 0
    whole = sum(tally.price.total for tally in by_project.values())
    shares = [
        (share_of(luggage[project], tally.price.total) or 0.0, project)
        for project, tally in by_project.items()
        if whole and tally.price.total >= LEAST_PART * whole
    ]
    if not shares:
        return None
    least, project = min(shares)
    return LeanestProject(figures.project_name(project) if names else None, least, by_project[project].usage())
