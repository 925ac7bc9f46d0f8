"""What happened in one session? Its overview, its timeline, or what each ask led to."""

from __future__ import annotations

from typing import Annotated

from tokenscope.answers.activity.failure_costs import TroubleReport, largest_card, measure_trouble
from tokenscope.answers.context.composition import Composition, compose, composition_card
from tokenscope.answers.session.ask_costs import AskRow, ask_rows, asks_card
from tokenscope.answers.session.context_growth import ContextPoint, context_series, growth_card
from tokenscope.answers.session.session_details import SessionDetails, session_details
from tokenscope.answers.session.session_facts import (
    ModelShare,
    Restore,
    ToldCostReport,
    facts_card,
    measure_told_cost,
    restore_of,
    told_cost_card,
)
from tokenscope.answers.session.session_tools import ToolsOfSession, errors_card, measure_tools, tools_card
from tokenscope.answers.session.step_card import View, timeline_card
from tokenscope.answers.session.step_rows import StepRow, step_rows
from tokenscope.answers.session.threads import ThreadRow, thread_rows, threads_card
from tokenscope.behaviour.session_steps import steps_of_session
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.machine import OtherFiles
from tokenscope.model import Facet, Usage
from tokenscope.value import Value, field, replace
from tokenscope.view.card import Card
from tokenscope.view.question import Argument, Drawing, Option, Question, Reading, Sessions

OVERVIEW, TIMELINE, MAP = "overview", "timeline", "map"


class SessionReport(Value):
    """Everything is of one session, its subagents included. `details` null: it has no response in scope.

    `usage` is the sum over `models`, over `threads`, over `steps` and over `asks`.
    """

    session_id: str | None
    details: SessionDetails | None
    usage: Usage
    restore: Restore | None
    composition: Composition
    models: list[ModelShare]
    threads: list[ThreadRow]
    context_series: list[ContextPoint]
    tools: ToolsOfSession
    trouble: TroubleReport
    steps: list[StepRow]
    asks: list[AskRow]
    shown: str = OVERVIEW
    view: View = field(default_factory=View)
    claude_code: ToldCostReport | None = None  # what Claude Code itself counted; null: it wrote nothing of the kind


def analyze(  # noqa: PLR0913 - one parameter an option
    history: History,
    *,
    which: Annotated[
        list[str] | None,
        Argument("The beginning of a session's id, `last` (the default), or words of its title.", "[ID]"),
    ] = None,
    timeline: Annotated[bool, Option("Every step, from top to bottom.")] = False,
    map: Annotated[bool, Option("What each ask led to, and what it cost.")] = False,
    depth: Annotated[int, Option("Show subagents down to this depth in the timeline.", "N")] = 2,
    steps: Annotated[int, Option("Show the newest N steps in the timeline.", "N")] = 500,
    newest_first: Annotated[bool, Option("Turn the timeline round.")] = False,
    full_text: Annotated[bool, Option("Whole texts in the timeline, not first lines.")] = False,
    show_secrets: Annotated[bool, Option("With --full-text, in a terminal: credentials too.")] = False,
    idle_hours: Annotated[float, Option("A session is stale after so many hours without activity.", "N")] = 4.0,
) -> SessionReport:
    """The chosen session as a whole, whatever of it is shown."""
    if timeline and map:
        raise UsageError("--timeline and --map exclude each other", hint="use one of them")
    if depth < 0 or steps < 1:
        raise UsageError("--depth counts from 0, --steps from 1", hint="tokenscope session --help")
    if show_secrets and not full_text:
        raise UsageError("--show-secrets needs --full-text", hint="elsewhere credentials are masked always")
    del which  # it was chosen when the history was read
    chosen = history.store.chosen
    session_id = chosen.session_id if chosen else ""
    session = history.store.sessions.get(session_id)
    told = steps_of_session(history, session_id)
    details = session_details(history, idle_hours=idle_hours)
    return SessionReport(
        session_id=session_id or None,
        details=next((one for one in details if one.session_id == session_id), None),
        usage=history.total.usage(),
        restore=restore_of(session, chosen) if session is not None and chosen is not None else None,
        composition=compose(history),
        models=_models(history),
        threads=thread_rows(history, session_id),
        context_series=context_series(history, session.threads if session else []),
        tools=measure_tools(history, told),
        trouble=measure_trouble(history),
        steps=step_rows(history, told),
        asks=ask_rows(history, told),
        claude_code=measure_told_cost(history, session_id),
        shown=TIMELINE if timeline else MAP if map else OVERVIEW,
        view=View(depth, steps, newest_first, full_text),
    )


def _models(history: History) -> list[ModelShare]:
    tallies = history.by(lambda message: message.model)
    everything = history.total.total_tokens
    models = []
    for model in sorted(tallies, key=lambda name: (-tallies[name].total_tokens, name)):
        usage = tallies[model].usage()
        part = share_of(usage.total_tokens, everything)
        models.append(ModelShare(model, usage.messages, usage.total_tokens, usage.list_price_usd, part))
    return models


def cards(report: SessionReport, drawing: Drawing) -> tuple[Card, ...]:
    if report.details is None or report.restore is None:
        return (Card("One session", "No response of it here."),)
    folder = report.details.worktree or report.details.project
    if report.shown == TIMELINE:
        return (timeline_card(report.steps, report.view, folder, drawing),)
    if report.shown == MAP:
        return (asks_card(report.asks, drawing),)
    told = (
        facts_card(report.details, report.models, report.asks, report.restore, drawing),
        told_cost_card(report.claude_code, drawing) if report.claude_code else None,
        growth_card(report.context_series),
        replace(composition_card(report.composition), title="What it was made of"),
        tools_card(report.tools, folder, drawing),
        threads_card(report.threads, drawing),
        errors_card(report.tools.errors, folder, drawing),
        largest_card(report.trouble, drawing),
    )
    return tuple(card for card in told if card is not None)


QUESTION = Question(
    name="session",
    help="One session: what happened, step by step and ask by ask, and how to get back into it.",
    reading=Reading(Facet.TITLES | Facet.TOOLS | Facet.TEXT, sessions=Sessions.ONE, other_files=OtherFiles.RUNNING),
    analyze=analyze,
    cards=cards,
    group="What happened",
    next=("sessions",),
    examples=("", "last --timeline", "last --map", "last --json"),
)
