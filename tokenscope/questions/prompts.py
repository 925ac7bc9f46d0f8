"""What was asked: how many prompts, how long, when, in which projects, and which of them again and again?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Annotated

from tokenscope.answers.context.recurring import Recurring, find_recurring, is_worth_a_command
from tokenscope.answers.usage.usage_charts import hours_sentence, week_grid
from tokenscope.answers.usage.usage_table import usage_spark
from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import command_of
from tokenscope.history.history import History
from tokenscope.history.session_usage import by_thread
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import build_ledger
from tokenscope.model import Facet, Usage
from tokenscope.store import Prompt
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Option, Question, Reading
from tokenscope.view.short_names import project_labels

NOTHING = "No prompt here: nothing was asked."


class ProjectPrompts(Value):
    """`by_hour`: prompts in each local hour; `tokens_per_prompt`: all its tokens by its prompts, a plain ratio."""

    project: str
    prompts: int
    sessions: int
    median_characters: int
    tokens_per_prompt: int
    usage: Usage
    by_hour: list[int]


class PromptsReport(Value):
    """Prompts that a person wrote, slash commands included (T40). Lengths in characters.

    `by_weekday`: for each day from Monday on, prompts in each of 24 hours; those without a time are in none.
    `repeated`: the same words several times, as far as they were carried; tokens are estimates.
    """

    projects: list[ProjectPrompts]
    prompts: int
    commands: int
    sessions: int
    median_characters: int | None
    ninth_decile_characters: int | None
    longest_characters: int | None
    by_weekday: list[list[int]]
    repeated: list[Recurring]
    tokens_per_prompt: int | None
    total: Usage


def analyze(
    history: History, *, min_times: Annotated[int, Option("A prompt is repeated from so many times on.")] = 3
) -> PromptsReport:
    """Prompts in scope, and by project; the most prompts first."""
    history.once(start_walks)  # other processes begin with the ledger while this one adds up
    prompts = history.once(Activity).prompts
    moments = [None if one.time is None else history.scope.local(one.time) for one in prompts]
    lengths = sorted(one.characters for one in prompts)
    week = [[0] * 24 for _ in range(7)]
    for moment in moments:
        if moment is not None:
            week[moment.weekday()][moment.hour] += 1
    projects = _projects(history, prompts, moments)
    total = history.total.usage()
    return PromptsReport(
        projects=projects,
        prompts=len(prompts),
        commands=sum(bool(command_of(one)) for one in prompts),
        sessions=len({one.session_id for one in prompts}),
        median_characters=round(median(lengths)) if lengths else None,
        ninth_decile_characters=lengths[(9 * len(lengths) - 1) // 10] if lengths else None,
        longest_characters=lengths[-1] if lengths else None,
        by_weekday=week,
        repeated=find_recurring(history.once(build_ledger), min_times=min_times, kinds=("prompt",)),
        tokens_per_prompt=round(total.total_tokens / len(prompts)) if prompts else None,
        total=total,
    )


def _projects(history: History, prompts: Sequence[Prompt], moments: Sequence[datetime | None]) -> list[ProjectPrompts]:
    sessions = history.store.sessions
    by_project: dict[str, list[Prompt]] = defaultdict(list)
    by_hour: dict[str, list[int]] = defaultdict(lambda: [0] * 24)
    for one, moment in zip(prompts, moments, strict=True):
        project = sessions[one.session_id].project
        by_project[project].append(one)
        if moment is not None:
            by_hour[project][moment.hour] += 1
    usages = history.by_group(by_thread(history, lambda thread: sessions[thread.session_id].project))
    rows = []
    for project, found in by_project.items():
        usage = usages[project].usage() if project in usages else Usage()
        rows.append(
            ProjectPrompts(
                project=project,
                prompts=len(found),
                sessions=len({one.session_id for one in found}),
                median_characters=round(median(one.characters for one in found)),
                tokens_per_prompt=round(usage.total_tokens / len(found)),
                usage=usage,
                by_hour=by_hour[project],
            )
        )
    return sorted(rows, key=lambda row: (-row.prompts, row.project))


def cards(report: PromptsReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.prompts:
        return (Card("Prompts", NOTHING),)
    found = [_projects_card(report, drawing)]
    if any(map(any, report.by_weekday)):
        found.append(_week_card(report))
    found.append(_repeated_card(report.repeated, drawing))
    return tuple(found)


def _projects_card(report: PromptsReport, drawing: Drawing) -> Card:
    shown = report.projects[: drawing.limit]
    labels = project_labels(row.project for row in report.projects)
    columns = (
        Column("project", "path"),
        Column("prompts", "number"),
        Column("sessions", "number"),
        Column("length", "number"),
        Column("tokens each", "number"),
        Column("by hour", "spark"),
        Column("", "bar"),
    )
    rows = tuple(
        Row(
            (
                labels[row.project],
                figures.count(row.prompts),
                figures.count(row.sessions),
                figures.count(row.median_characters),
                figures.tokens(row.tokens_per_prompt),
                usage_spark(row.by_hour),
                float(row.prompts),
            ),
            tone=Tone.NEW,
        )
        for row in shown
    )
    commands = f", {figures.plural(report.commands, 'command')} among them" if report.commands else ""
    sentence = (
        f"{figures.plural(report.prompts, 'prompt')} in {figures.plural(report.sessions, 'session')}{commands}; "
        f"half were at most {figures.count(report.median_characters)} characters long, nine in ten at most "
        f"{figures.count(report.ninth_decile_characters)}."
    )
    caption = "length: median, in characters · tokens each: all tokens by the prompts, a plain ratio"
    counts = (figures.count(one) for one in (report.prompts, report.sessions, report.median_characters))
    sums = Row((IN_ALL, *counts, figures.tokens(report.tokens_per_prompt))) if len(report.projects) > 1 else None
    table = Table(columns, rows, len(report.projects) - len(shown), sums)
    return Card("Prompts", sentence, (table,), (), caption)


def _week_card(report: PromptsReport) -> Card:
    by_hour = [sum(hours) for hours in zip(*report.by_weekday, strict=True)]
    sentence = hours_sentence(by_hour, "your prompts were written")
    grid = week_grid(report.by_weekday, "prompts")
    return Card("When you asked", sentence, (grid,), (), "prompts an hour, all weeks together")


def _repeated_card(repeated: Sequence[Recurring], drawing: Drawing) -> Card:
    title = "Asked again and again"
    if not repeated:
        return Card(title, "No prompt came again in the same words.")
    columns = (
        Column("prompt", "text"),
        Column("times", "number"),
        Column("sessions", "number"),
        Column("carried", "number"),
        Column("", "bar"),
    )
    most_often = sorted(repeated, key=lambda one: (-one.occurrences, -one.tokens, one.label))
    shown = most_often[: drawing.limit]
    rows = tuple(
        Row(
            (
                one.label,
                figures.count(one.occurrences),
                figures.count(one.sessions),
                figures.tokens(one.tokens),
                float(one.occurrences),
            ),
            tone=Tone.NEW,
        )
        for one in shown
    )
    times = sum(one.occurrences for one in repeated)
    sentence = f"{figures.plural(len(repeated), 'prompt')} came {figures.plural(times, 'time')} in the same words."
    table = Table(columns, rows, len(repeated) - len(shown))
    long = next((one for one in most_often if is_worth_a_command(one)), None)
    actions = () if long is None else (_command_for(long),)
    return Card(title, sentence, (table,), actions, "by their first 160 characters · carried: est. tokens")


def _command_for(one: Recurring) -> str:
    words = figures.shortened(one.label, 36)
    return f"“{words}” came {one.occurrences:,} times: make it a command in .claude/commands"


QUESTION = Question(
    name="prompts",
    help="Your prompts: how many, how long, when, which again and again.",
    reading=Reading(Facet.ITEMS | Facet.PROMPTS),
    analyze=analyze,
    cards=cards,
    rows="projects",
    group="What was done",
    next=("hourly", "projects", "context"),
    examples=("", "--since 30d", "--min-times 2"),
)
