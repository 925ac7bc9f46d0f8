"""The floor: what every response carried before a word was typed, project by project, and when it changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from tokenscope import figures
from tokenscope.accounting.floors import SplitFloor
from tokenscope.accounting.history import History
from tokenscope.accounting.usage import dollars, share
from tokenscope.card import Card, Column, Row, Table, Tone
from tokenscope.question import Drawing

STEP = 4_000  # tokens: a smaller change is not told from the usual differences
AROUND = 3  # threads on each side that a step is judged by


@dataclass(frozen=True, slots=True)
class FloorStep:
    """The day of the first thread with another floor, and both sizes in tokens."""

    date: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ProjectFloor:
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


@dataclass(frozen=True, slots=True)
class FloorReport:
    """`size`: of a middle main thread, weighted by responses; `responses`: those that carried a floor."""

    size: int | None
    responses: int
    tokens: int
    subagent_tokens: int
    tokens_a_day: int | None
    projects: list[ProjectFloor]


def measure_floors(history: History, split: list[SplitFloor], prompt_tokens: int) -> FloorReport:
    """The floors of the threads in scope."""
    by_project: dict[str, list[SplitFloor]] = defaultdict(list)
    for one in split:
        session = history.store.threads[one.floor.thread].session_id
        by_project[history.store.sessions[session].project].append(one)
    projects = [_project(history, name, floors, prompt_tokens) for name, floors in by_project.items()]
    projects.sort(key=lambda project: (-project.tokens, project.project))
    main = sorted((one.own_size, one.floor.responses) for one in split if not _is_subagent(history, one))
    tokens = sum(project.tokens for project in projects)
    days = {history.days.day(message.time) for message in history.messages if message.time is not None}
    return FloorReport(
        size=_weighted_median(main),
        responses=sum(one.floor.responses for one in split),
        tokens=tokens,
        subagent_tokens=sum(project.subagent_tokens for project in projects),
        tokens_a_day=tokens // len(days) if days else None,
        projects=projects,
    )


def _is_subagent(history: History, one: SplitFloor) -> bool:
    return bool(history.store.threads[one.floor.thread].agent_id)


def _weighted_median(sizes: list[tuple[float, int]]) -> int | None:
    half, seen = sum(weight for _, weight in sizes) / 2, 0
    for size, weight in sizes:
        seen += weight
        if seen >= half:
            return round(size)
    return None


def _project(history: History, name: str, floors: list[SplitFloor], prompt_tokens: int) -> ProjectFloor:
    main = [one for one in floors if not _is_subagent(history, one) and one.floor.time is not None]
    main.sort(key=lambda one: one.floor.time or 0)
    newest = [one.own_size for one in main[-AROUND:]]
    tokens = sum(one.floor.tokens * one.own_share for one in floors)
    return ProjectFloor(
        project=name,
        size=round(median_low(newest)) if newest else None,
        threads=len(floors),
        tokens=round(tokens),
        subagent_tokens=round(sum(one.floor.tokens * one.own_share for one in floors if _is_subagent(history, one))),
        share=share(tokens, prompt_tokens),
        list_price_usd=_usd(sum(one.floor.price * one.own_share for one in floors)),
        steps=_steps(history, main),
        months=_months(history, main),
    )


def _usd(price: float) -> float | None:
    """None where carrying tokens cost nothing: no price is known then."""
    return dollars(round(price)) if round(price) else None


def _months(history: History, main: list[SplitFloor]) -> dict[str, int]:
    sizes: dict[str, list[float]] = defaultdict(list)
    for one in main:
        sizes[history.days.day(one.floor.time or 0).strftime("%Y-%m")].append(one.own_size)
    return {month: round(median_low(found)) for month, found in sorted(sizes.items())}


def _steps(history: History, main: list[SplitFloor]) -> list[FloorStep]:
    """Where the middle of the next threads lies a step away from the middle of the last ones."""
    sizes = [one.own_size for one in main]
    steps: list[FloorStep] = []
    start = 0  # of the level that holds
    for place in range(1, len(sizes)):
        before, after = sizes[start:place][-AROUND:], sizes[place : place + AROUND]
        if len(before) < 2 or len(after) < 2:
            continue
        old, new = median_low(before), median_low(after)
        if abs(new - old) >= STEP and abs(sizes[place] - new) < abs(sizes[place] - old):
            day = history.days.day(main[place].floor.time or 0)
            steps.append(FloorStep(day, round(old), round(new)))
            start = place
    return steps


def floor_card(report: FloorReport, drawing: Drawing) -> Card:
    """How large the floor is, where, and what a thousand tokens less would have been."""
    title = "The floor"
    if report.size is None:
        return Card(title, "No main thread in scope, so no floor to show.")
    sentence = (
        f"Every response of a main thread carried about {figures.tokens(report.size)} tokens "
        "of system prompt, tools and memory."
    )
    columns = (
        Column("", "path"),
        Column("now", "number"),
        Column("carried", "number"),
        Column("of context", "number"),
        Column("list price", "dollars"),
        Column("", "bar"),
        Column("", "remark"),
    )
    shown = report.projects[: min(8, drawing.limit)]
    parts = figures.shares([project.share for project in shown])
    rows = tuple(
        Row(
            (
                figures.home_path(project.project),
                figures.tokens(project.size),
                figures.tokens(project.tokens),
                part,
                figures.dollars(project.list_price_usd),
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
    return Card(
        title, sentence, (Table(columns, rows, len(report.projects) - len(shown)),), (floor_fix(report),), caption
    )


def floor_fix(report: FloorReport) -> str:
    """What a smaller floor would have been worth; "" where there is none."""
    if not report.responses:
        return ""
    saved = figures.tokens(report.responses * 1_000)
    return f"1K off the floor (CLAUDE.md, an unused MCP server) would have been {saved} tokens less"


def _remark(project: ProjectFloor, drawing: Drawing) -> str:
    if not project.steps:
        return ""
    step = project.steps[-1]
    change = step.after - step.before
    sign = "+" if change > 0 else "−"
    return f"{sign}{figures.tokens(abs(change))} on {figures.calendar_day(step.date, drawing.zone, drawing.now)}"
