"""The board in words: a table of sessions, what stands above it, and what is told of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo

from tokenscope.history.session_usage import ACTIVE, CLOSED, IDLE, STALE
from tokenscope.live.board import BoardView, PlanWindow, Totals
from tokenscope.live.session_line import LIMITED, STATES, WAITING, SessionLine
from tokenscope.view import figures
from tokenscope.view.card import Column, Row, Table, Tone

# What a state is called, and its colour: that of the arrow asks for something, green goes on, red has stopped.
NAMES = {
    WAITING: ("waiting", Tone.ACTION),
    LIMITED: ("limit", Tone.REBUILT),
    ACTIVE: ("active", Tone.NEW),
    IDLE: ("idle", Tone.PLAIN),
    STALE: ("stale", Tone.DIM),
    CLOSED: ("closed", Tone.DIM),
}
STATE, NEWEST, TOKENS, PRICE, CONTEXT = "state", "newest", "tokens", "price", "context"
ORDERS: dict[str, Callable[[SessionLine], tuple[float, ...]]] = {
    STATE: lambda one: (STATES.index(one.state), -one.last),
    NEWEST: lambda one: (-one.last,),
    TOKENS: lambda one: (-(one.tokens or 0),),
    PRICE: lambda one: (-(one.list_price_usd or 0),),
    CONTEXT: lambda one: (-(one.context_tokens or 0),),
}
NOW = 60_000  # ms: what happened less than that ago has just happened
COLUMNS = (
    Column("", "label"),  # whether it is chosen
    Column("", "label"),  # its state
    Column("project", "path"),
    Column("what", "text"),
    Column("where", "label", spare=True),
    Column("context", "number"),
    Column("full est.", "number"),
    Column("tokens", "number"),
    Column("list price", "number"),
    Column("agents", "number", spare=True),
    Column("warm for", "number", spare=True),
    Column("errors", "number", spare=True),
    Column("loops", "number", spare=True),
    Column("cold turn", "number", spare=True),
    Column("a minute", "number", spare=True),
    Column("ask", "number", spare=True),
    Column("last", "number", spare=True),
    Column("model", "label", spare=True),
)


def in_order_of(view: BoardView, order: str, wanted: str) -> list[SessionLine]:
    """The sessions that have every word of `wanted` in what is shown of them, in one of ORDERS."""
    words = wanted.casefold().split()
    shown = [one for one in view.sessions if not words or all(word in _searched(one) for word in words)]
    return sorted(shown, key=lambda one: (*ORDERS[order](one), one.session_id))


def _searched(one: SessionLine) -> str:
    parts = (one.session_id, one.project, one.worktree, one.title, one.terminal, one.entrypoint, one.state, one.model)
    return " ".join(filter(None, parts)).casefold()


def board_table(lines: Sequence[SessionLine], now: int, chosen: str = "", left_out: int = 0) -> Table:
    """A row a session. `now`: ms since the epoch; `chosen`: the id of the session that is marked."""
    return Table(COLUMNS, tuple(_row(one, now, one.session_id == chosen) for one in lines), left_out)


def _row(one: SessionLine, now: int, is_chosen: bool) -> Row:  # noqa: FBT001 - the only one
    name, tone = NAMES[one.state]
    left = warm_for(one, now)
    cells = (
        "›" if is_chosen else "",
        name,
        figures.project_name(one.project),
        one.title or one.session_id[:8],
        where(one),
        figures.tokens(one.context_tokens),
        figures.share(one.context_tokens / one.window_tokens) if one.context_tokens else "",
        figures.tokens(one.tokens),
        figures.dollars(one.list_price_usd),
        "+".join(str(number) for number in (one.subagents, one.background_tasks) if number),
        figures.duration(left) if left else "cold" if one.warm_until else "",
        figures.count(one.errors) if one.errors else "",
        f"{one.loops} now" if one.is_looping else figures.count(one.loops) if one.loops else "",
        figures.dollars(one.cold_usd),
        figures.tokens(one.tokens_a_minute) if one.tokens_a_minute else "",
        str(one.ask_number) if one.ask_number else "",
        ago(one.last, now),
        figures.model_name(one.model or ""),
    )
    return Row(cells, tone=tone)


def where(one: SessionLine) -> str:
    """Where it runs: its terminal, its worktree, or what started Claude Code where that is no terminal."""
    tree = figures.project_name(one.worktree) if one.worktree else ""
    app = one.entrypoint.removeprefix("claude-") if one.entrypoint and one.entrypoint != "cli" else ""
    return " ".join(filter(None, (one.terminal or app, tree)))


def trouble(one: SessionLine) -> str:
    """Errors and loops so far, and whether it loops now."""
    loops = "loops now" if one.is_looping else figures.plural(one.loops, "loop") if one.loops else ""
    errors = figures.plural(one.errors, "error") if one.errors else ""
    return ", ".join(filter(None, (loops, errors)))


def warm_for(one: SessionLine, now: int) -> int:
    """How long the cache still holds its context, in ms; 0: not any more, or not known."""
    return max(0, (one.warm_until or 0) - now)


def ago(time: int | None, now: int) -> str:
    """How long ago something was, or "now"; "" where that is not known."""
    if time is None:
        return ""
    return "now" if now - time < NOW else figures.duration((now - time) // NOW * NOW)


def totals_facts(totals: Totals, zone: tzinfo | None, now: int) -> list[str]:
    """What stands above the table: today, the pace, the windows of the plan."""
    today = f"today {figures.tokens(totals.today_tokens)} tokens"
    pace = f"{figures.tokens(totals.tokens_a_minute)} a minute"
    return [
        _with(today, figures.dollars(totals.today_usd)),
        _with(pace, figures.dollars(totals.usd_a_minute) if totals.tokens_a_minute else ""),
        *(_window(one, zone, now) for one in totals.windows),
    ]


def _window(one: PlanWindow, zone: tzinfo | None, now: int) -> str:
    parts = [
        figures.share(one.used) + (f" used {ago(one.told, now)} ago" if ago(one.told, now) != "now" else " used"),
    ] if one.used is not None else []  # fmt: skip
    if one.tokens is not None:
        parts.append(_with(f"{figures.tokens(one.tokens)} tokens", figures.dollars(one.list_price_usd)))
    if one.resets is not None:
        moment = figures.clock(one.resets, zone, now)
        is_today = figures.day(one.resets, zone, now) == figures.day(now, zone, now)
        parts.append(f"until {moment[-5:] if is_today else moment}{'' if one.is_known else ' est.'}")
    return f"{one.name}: {', '.join(parts)}"


def _with(text: str, dollars: str) -> str:
    return f"{text}, {dollars}" if dollars else text


def counts(view: BoardView) -> str:
    """How many sessions are in which state: 2 waiting, 3 active."""
    held = {state: sum(one.state == state for one in view.sessions) for state in STATES}
    return ", ".join(f"{number} {NAMES[state][0]}" for state, number in held.items() if number) or "no sessions"


def details(one: SessionLine, zone: tzinfo | None, now: int) -> Iterator[tuple[str, str]]:
    """What the table has no room for, of the session that is chosen: a name and what is said."""
    if one.reason:
        yield NAMES[one.state][0], one.reason
    if one.ask:
        yield f"ask {one.ask_number}", " · ".join(filter(None, (_since(one.asked, now), one.ask)))
    if one.doing and one.state != WAITING:
        yield "runs", one.doing
    running = [
        figures.plural(one.subagents, "subagent") if one.subagents else "",
        figures.plural(one.background_tasks, "background task") if one.background_tasks else "",
        trouble(one),
        figures.plural(one.compactions, "compaction") if one.compactions else "",
    ]
    pace = _with(f"{figures.tokens(one.tokens_a_minute)} a minute", figures.dollars(one.usd_a_minute))
    yield (
        "in",
        " · ".join(filter(None, (figures.home_path(one.worktree or one.project), where(one), one.session_id[:8]))),
    )
    if one.model:
        model = figures.model_name(one.model)
        yield "model", " · ".join(filter(None, (model, _cache(one, zone, now), pace if one.tokens_a_minute else "")))
    if any(running):
        yield "with", " · ".join(filter(None, running))
    if not one.is_whole:
        yield "sums", "left out: of a transcript this large only the end was read"


def _since(time: int | None, now: int) -> str:
    before = ago(time, now)
    return "" if not before else "just asked" if before == "now" else f"{before} ago"


def _cache(one: SessionLine, zone: tzinfo | None, now: int) -> str:
    """Until when the cache is warm, and what a turn after that writes again."""
    if one.warm_until is None or one.context_tokens is None:
        return ""
    again = _with(f"{figures.tokens(one.context_tokens)} tokens", figures.dollars(one.cold_usd))
    if one.warm_until <= now:
        return f"cache cold: the next turn writes {again} again"
    return f"cache warm until {figures.time_of_day(one.warm_until, zone)}, then a turn writes {again} again"
