"""What the board says of one session at some moment: numbers and words of the log, without a clock of its own."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache

from tokenscope.history.limits import reset_of
from tokenscope.history.session_usage import ACTIVE, CLOSED, IDLE, STALE, status_of
from tokenscope.history.usage import dollars_of
from tokenscope.ingest.files.project_folders import project_of, same_folder
from tokenscope.ingest.files.running import BUSY, Running
from tokenscope.ingest.files.running import WAITING as WAITS
from tokenscope.live.session_state import OpenCall, RunningState
from tokenscope.pricing.pricer import Pricer
from tokenscope.value import Value

WAITING, LIMITED = "waiting", "limit"
STATES = (WAITING, LIMITED, ACTIVE, IDLE, STALE, CLOSED)  # in the order in which they matter to a person
ASKS_PERSONS = frozenset({"AskUserQuestion", "ExitPlanMode"})  # tools whose result is the person's answer
SPAWNS = frozenset({"Task", "Agent"})
QUIET = 600_000  # ms without a row after which a subagent whose end nobody told is no longer taken for running
USUAL_WINDOW, LARGE_WINDOW = 200_000, 1_000_000  # tokens
FIVE_HOURS = 5 * 3_600_000  # ms: how long a limit holds that does not say when it resets
MINUTE, RECENT = 60_000, 10  # ms; minutes that a pace is taken over


class SessionLine(Value):
    """`state`: one of STATES. `reason`: what it waits for, the limit's message, or how it was closed.

    Times are ms since the epoch, dollars list price: null where no price is known. Where `is_whole` is false the
    sums are not of all of the session, and are null. `window_tokens` is an estimate: see `context_window`.
    """

    session_id: str
    project: str
    worktree: str | None
    title: str
    terminal: str | None
    entrypoint: str | None  # how Claude Code was started
    state: str
    reason: str
    last: int  # ms: its newest row
    model: str | None  # of the newest response of the main thread, as what follows
    context_tokens: int | None
    window_tokens: int
    tokens: int | None
    list_price_usd: float | None
    tokens_a_minute: float  # over the last RECENT minutes
    usd_a_minute: float | None
    ask_number: int
    ask: str
    asked: int | None  # ms
    doing: str  # the tool use that has no result yet
    subagents: int
    background_tasks: int
    warm_until: int | None  # when the cache forgets it
    cold_usd: float | None  # what writing its context again would cost then
    errors: int
    loops: int
    is_looping: bool
    compactions: int
    is_whole: bool


def line_of(
    state: RunningState, now: int, zone: tzinfo | None, idle_for: int, running: Running | None, pricer: Pricer
) -> SessionLine:
    """`now` and `idle_for` in ms; `zone`: of resets that name none; `running`: its process, where one is known."""
    status, reason = _status(state, now, zone, idle_for, running)
    project, folder = _project(state.directory or state.folder)
    newest, ask = state.newest, state.asks[-1] if state.asks else None
    has_price = state.price or not state.unpriced
    tokens, price = recent(state.minutes, now)
    call = next((call for call in reversed(state.open.values()) if not call.agent_id), None)
    is_over = status in (CLOSED, STALE)
    return SessionLine(
        session_id=state.session_id,
        project=project,
        worktree=folder if folder != project else None,
        title=state.title or (running.name if running else ""),
        terminal=(running.terminal or None) if running else None,
        entrypoint=state.entrypoint or None,
        state=status,
        reason=reason,
        last=state.last,
        model=newest.model if newest else None,
        context_tokens=newest.context_tokens if newest else None,
        window_tokens=context_window(state),
        tokens=state.tokens if state.is_whole else None,
        list_price_usd=dollars_of(state.price) if state.is_whole and has_price else None,
        tokens_a_minute=tokens / RECENT,
        usd_a_minute=dollars_of(price) / RECENT if has_price else None,
        ask_number=state.asked,
        ask=ask.words if ask else "",
        asked=ask.time if ask else None,
        doing=f"{call.name} {call.what}".strip() if call and not is_over else "",
        subagents=0 if is_over else _subagents(state, now),
        background_tasks=0 if is_over else sum(task.name != "agent" for task in state.tasks.values()),
        warm_until=newest.time + state.lifetime if newest and newest.time is not None else None,
        cold_usd=_cold_usd(state, pricer),
        errors=state.errors,
        loops=state.loops,
        is_looping=state.is_looping and not is_over,
        compactions=state.compactions,
        is_whole=state.is_whole,
    )


@lru_cache(4_096)
def _project(directory: str) -> tuple[str, str]:
    """The project of a working directory, and its one spelling; asked once a second of each session."""
    folder = same_folder(directory)
    return project_of(folder), folder


def context_window(state: RunningState) -> int:
    """How many tokens its context may hold: the usual number, unless the log shows that it may hold more."""
    context = state.newest.context_tokens if state.newest else 0
    return LARGE_WINDOW if state.has_large_window or context > USUAL_WINDOW else USUAL_WINDOW


def recent(minutes: dict[int, list[int]], now: int) -> tuple[int, int]:
    """Tokens and picodollars of the last RECENT minutes, the one that goes on included."""
    this = now // MINUTE
    found = [sums for minute, sums in minutes.items() if this - RECENT < minute <= this]
    return sum(sums[0] for sums in found), sum(sums[1] for sums in found)


def _status(
    state: RunningState, now: int, zone: tzinfo | None, idle_for: int, running: Running | None
) -> tuple[str, str]:
    """A state and its reason. What Claude Code says of its own process goes before what its silence suggests."""
    if state.closed and running is None:
        return CLOSED, state.closed
    if state.limit is not None:
        when, said = state.limit
        resets, _ = reset_of(said, when, zone)
        if now < (when + FIVE_HOURS if resets is None else resets):
            return LIMITED, said
    if running is not None and running.state == WAITS:
        return WAITING, running.waiting_for
    if running is not None and running.state == BUSY:
        return ACTIVE, ""
    status = status_of(state.last, now=now, idle_for=idle_for)
    if status != STALE and (question := _question(state)) is not None:
        return WAITING, question.what or question.name
    is_over = state.turn_has_ended or (running is not None and bool(running.state))
    return (WAITING, "your turn") if status == ACTIVE and is_over else (status, "")


def _question(state: RunningState) -> OpenCall | None:
    """What it asks the person and has no answer to."""
    return next((call for call in state.open.values() if call.name in ASKS_PERSONS and not call.agent_id), None)


def _subagents(state: RunningState, now: int) -> int:
    spawns = sum(call.name in SPAWNS for call in state.open.values())
    heard = sum(now - last <= QUIET for last in state.agents.values())
    return max(spawns, heard)


def _cold_usd(state: RunningState, pricer: Pricer) -> float | None:
    rates = pricer.rates_of(state.newest) if state.newest else None
    if rates is None or state.newest is None:
        return None
    context = state.newest.context_tokens
    return dollars_of(rates.of_writes(context, context if state.lifetime > 5 * MINUTE else 0))
