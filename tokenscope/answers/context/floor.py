"""The floor: what every response carried before a word was typed, project by project."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from statistics import median_low

from tokenscope.answers.context.floor_history import AROUND, FloorStep, floor_steps
from tokenscope.answers.whatif.replay_facts import FLOOR_FIX
from tokenscope.answers.whatif.weigh import saved_by_smaller_floors
from tokenscope.behaviour.tool_sums import servers_by_session
from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.ledger.ledger import Floor, Ledger
from tokenscope.ledger.ledger_rows import floor_of, round_to_sum
from tokenscope.model import field_of_message
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

_TIME = field_of_message("time")


class ProjectFloor(Value):
    """`size`: the middle of the newest main threads'. The tokens: carried in scope, in main threads and subagents."""

    project: str
    size: int | None
    threads: int
    tokens: int
    subagent_tokens: int
    share: float | None  # of all prompt tokens
    list_price_usd: float | None
    steps: list[FloorStep]
    months: dict[str, int]  # the middle main thread's floor in each month, 2026-11


class FloorReport(Value):
    """`size`: of a middle main thread, weighted by responses; `responses`: those that carried a floor."""

    size: int | None
    responses: int
    tokens: int
    subagent_tokens: int
    tokens_a_day: int | None  # over the days with responses
    list_price_usd: float | None
    list_price_usd_a_day: float | None
    projects: list[ProjectFloor]
    list_price_usd_of_fix: float | None = None  # what FLOOR_FIX tokens less would have saved; null: not computable
    tokens_of_fix: int = 0  # the same in tokens, by the replay as well


def measure_floors(history: History, ledger: Ledger) -> FloorReport:
    """The floors of the threads in scope."""
    by_project: dict[str, list[Floor]] = defaultdict(list)
    for one in ledger.floors:
        by_project[history.session_of(one).project].append(one)
    servers = history.once(servers_by_session)
    tokens, price = floor_of(ledger)
    sums = _sums(history, list(by_project.values()), tokens, price)
    projects = [
        _project(history, name, floors, carried, ledger.prompt_tokens, servers)
        for (name, floors), carried in zip(by_project.items(), sums, strict=True)
    ]
    projects.sort(key=lambda project: (-project.tokens, project.project))
    main = sorted((one.own_size, one.responses) for one in ledger.floors if not _is_subagent(history, one))
    days = len(history.days.days(time for time in map(_TIME, history.messages) if time is not None))
    saved, saved_price = history.once(saved_by_smaller_floors)
    return FloorReport(
        size=_weighted_median(main),
        responses=sum(one.responses for one in ledger.floors),
        tokens=tokens,
        subagent_tokens=sum(project.subagent_tokens for project in projects),
        tokens_a_day=tokens // days if days else None,
        list_price_usd=_usd(price),
        list_price_usd_a_day=_usd(price / days) if days else None,
        projects=projects,
        list_price_usd_of_fix=None if saved_price is None else _usd(saved_price),
        tokens_of_fix=saved,
    )


class _Carried(Value):
    """What a project's floors came to. `price` in picodollars."""

    main: int
    subagents: int
    price: int


def _sums(history: History, projects: list[list[Floor]], whole: int, paid: int) -> list[_Carried]:
    """Of each project, rounded together: they sum to the floor of the ledger, tokens and picodollars, exactly."""
    parts, prices = [], []
    for floors in projects:
        carried = [(_is_subagent(history, one), one.tokens, one.price, one.own_share) for one in floors]
        for is_wanted in (False, True):
            parts.append(fsum([size * own for is_subagent, size, _, own in carried if is_subagent is is_wanted]))
        prices.append(fsum([cost * own for _, _, cost, own in carried]))
    tokens = round_to_sum(parts, whole)
    return [_Carried(*sums) for sums in zip(tokens[::2], tokens[1::2], round_to_sum(prices, paid), strict=True)]


def _is_subagent(history: History, one: Floor) -> bool:
    return bool(history.thread_of(one).agent_id)


def _weighted_median(sizes: list[tuple[float, int]]) -> int | None:
    half, seen = sum(weight for _, weight in sizes) / 2, 0
    for size, weight in sizes:
        seen += weight
        if seen >= half:
            return round(size)
    return None


def _project(
    history: History,
    name: str,
    floors: list[Floor],
    carried: _Carried,
    prompt_tokens: int,
    servers: dict[str, set[str]],
) -> ProjectFloor:
    main = [one for one in floors if not _is_subagent(history, one) and one.time is not None]
    main.sort(key=lambda one: one.time or 0)
    newest = [one.own_size for one in main[-AROUND:]]
    tokens = carried.main + carried.subagents
    return ProjectFloor(
        project=name,
        size=round(median_low(newest)) if newest else None,
        threads=len(floors),
        tokens=tokens,
        subagent_tokens=carried.subagents,
        share=share_of(tokens, prompt_tokens),
        list_price_usd=_usd(carried.price),
        steps=floor_steps(history, main, servers),
        months=_months(history, main),
    )


def _usd(price: float) -> float | None:
    """None where carrying tokens cost nothing: no price is known then."""
    return dollars_of(round(price)) if round(price) else None


def _months(history: History, main: list[Floor]) -> dict[str, int]:
    sizes: dict[str, list[float]] = defaultdict(list)
    for one in main:
        sizes[history.days.day(one.time or 0).strftime("%Y-%m")].append(one.own_size)
    return {month: round(median_low(found)) for month, found in sorted(sizes.items())}


def floor_card(report: FloorReport, drawing: Drawing) -> Card:
    """How large the floor is, where, and what a thousand tokens less would have been."""
    title = "The floor"
    if report.size is None:
        return Card(title, "No main thread in scope, so no floor to show.")
    sentence = (
        f"Every response of a main thread carried about {figures.tokens(report.size)} tokens "
        f"of system prompt, tools and memory{_a_day(report)}."
    )
    columns = (
        Column("project", "path"),
        Column("now", "number"),
        Column("carried", "number"),
        Column("of context", "number"),
        Column("list price", "dollars"),
        Column("by month", "spark"),
        Column("", "bar"),
        Column("change", "remark"),
    )
    shown = report.projects[: min(8, drawing.limit)]
    largest = max((size for project in shown for size in project.months.values()), default=0)
    parts = figures.shares([project.share for project in shown])
    rows = tuple(
        Row(
            (
                figures.project_name(project.project),
                figures.tokens(project.size),
                figures.tokens(project.tokens),
                part,
                figures.dollars(project.list_price_usd),
                _by_month(project, largest),
                float(project.tokens),
                _remark(project, drawing),
            ),
            tone=Tone.PLAIN,
        )
        for project, part in zip(shown, parts, strict=True)
    )
    caption = "est.: what the first response of a thread held beside visible items"
    if report.subagent_tokens:
        caption += f" · {figures.share(report.subagent_tokens / report.tokens)} of it in subagents"
    table = Table(columns, rows, len(report.projects) - len(shown))
    steps = (f"what was logged when it stepped: {drawing.command} changes",) if any(one.steps for one in shown) else ()
    actions = tuple(one for one in (floor_fix(report), *steps) if one)
    return Card(title, sentence, (table, *_named(shown, drawing)), actions, caption)


def _a_day(report: FloorReport) -> str:
    if report.tokens_a_day is None:
        return ""
    price = report.list_price_usd_a_day
    cost = f" and {figures.dollars(price)}" if price is not None else ""
    return f": {figures.tokens(report.tokens_a_day)} tokens{cost} a day"


def _by_month(project: ProjectFloor, largest: int) -> tuple[float, ...]:
    """Nothing where there was one month alone."""
    return tuple(size / largest for size in project.months.values()) if len(project.months) > 1 and largest else ()


def _named(projects: list[ProjectFloor], drawing: Drawing) -> tuple[Note, ...]:
    """The servers that came or went with the newest steps."""
    notes = []
    steps = [(step, project) for project in projects for step in project.steps if step.announced or step.gone]
    for step, project in sorted(steps, key=lambda one: one[0].date, reverse=True)[:2]:
        day = figures.calendar_day(step.date, drawing.zone, drawing.now)
        said = [
            f"{', '.join(names[:4])} {verb}" for names, verb in ((step.announced, "came"), (step.gone, "went")) if names
        ]
        notes.append(f"{figures.project_name(project.project)}, {_change(step)} on {day}: {'; '.join(said)}")
    return tuple(Note(note, Tone.DIM) for note in notes)


def _change(step: FloorStep) -> str:
    change = step.after - step.before
    return f"{'+' if change > 0 else '−'}{figures.tokens(abs(change))}"


def floor_fix(report: FloorReport) -> str:
    """What a smaller floor would have been worth, run again without it; "" where there is not as much to take off."""
    if not report.tokens_of_fix or (report.size or 0) < FLOOR_FIX:
        return ""
    saved, usd = figures.tokens(report.tokens_of_fix), report.list_price_usd_of_fix
    dollars = f", {figures.dollars(usd)} at list price" if usd else ""
    what = f"{figures.plural(report.responses, 'response')}: 1K off it (CLAUDE.md, an unused MCP server)"
    return f"the floor came with {what} would have saved {saved} tokens{dollars}"


def _remark(project: ProjectFloor, drawing: Drawing) -> str:
    if not project.steps:
        return ""
    step = project.steps[-1]
    return f"{_change(step)} on {figures.calendar_day(step.date, drawing.zone, drawing.now)}"
