"""A question asked of the team's history, not of this machine's: what it is answered from is fetched, never sent.

With `tokenscope sync` the only thing that opens a connection, and for the same login.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from typing import Any, cast

from tokenscope.answers.context.told_context import analyze_told, told_cards
from tokenscope.answers.usage.people_sums import KINDS, people_context_cards, people_sums_card, share_people, sum_people
from tokenscope.app.request import Request, scope_of
from tokenscope.app.sync import known_login, open_target, where_of
from tokenscope.errors import NoRightsError, UsageError
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.pricing.pricer import load_pricer
from tokenscope.scope import Scope
from tokenscope.store import Store
from tokenscope.team.stored_login import read_address
from tokenscope.team.target import DayWindow, PeopleTarget
from tokenscope.team.team_history import TeamRows, team_history
from tokenscope.value import replace
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Needs, Question, Reading, Sessions

# What rows without texts, tools and prompts can answer.
ASKED = ("daily", "weekly", "monthly", "models", "projects", "sessions", "context", "compare")
WITH_SESSIONS = ("context",)  # what sat in contexts
# What other options would need is in no row.
NOT_HANDED_ON = ("activity", "worktrees")
# Of a session, null in what is told of it.
NOT_KNOWN = (
    *("title", "branch", "subagents", "errors", "denied", "lines_added", "lines_removed", "commits", "pull_requests"),
    *("compactions", "worktree", "claude_code_usd"),
)
COLUMNS = {*NOT_KNOWN, "lines", "prs"}  # what `sessions` calls them


def open_team_history(question: Question, request: Request, needs: Needs) -> tuple[History, Question]:
    """The team's history that this machine is signed in to, and the question as it can be asked of it: of each person's
    rows, or where those may not be read of sums over people. Raises TokenscopeError.
    """
    if question.name not in ASKED:
        hint = f"with --team: {', '.join(ASKED)}"
        raise UsageError(f"what {question.name} tells is not handed on to a team", hint=hint)
    if request.demo or request.root or needs.files:
        other = "the demo" if request.demo else "--root" if request.root else needs.files[0]
        raise UsageError(f"--team and {other} exclude each other", hint="use one of them")
    for name in NOT_HANDED_ON:
        if request.options.get(name):
            raise UsageError(f"--{name} needs what is not handed on to a team", hint=f"leave out --{name}")
    for given in (request.options.get("sort"), *(request.options.get("where") or ())):
        if given and re.match(r"\s*([a-z]*)", given)[1] in COLUMNS:  # type: ignore[index]
            raise UsageError(f"{given}: this is not handed on to a team", hint="--sort tokens, for example")
    if request.prices is not None:
        raise UsageError("--team and --prices exclude each other", hint="dollars are those that were handed on")
    scope = scope_of(request)
    login = known_login()
    assert login is not None
    address = read_address(login.url)
    where = where_of(address)
    with_sessions = question.name in WITH_SESSIONS
    pricer = load_pricer(user_file=None)
    if address.folder is not None:
        return team_history(_in_folder(where, address.folder), scope, pricer), _as_of_team(question)
    target = cast("PeopleTarget", open_target(login))
    try:
        since = None if scope.since is None else datetime.fromtimestamp(scope.since / 1000, UTC)
        responses = list(target.people_responses(since))
        sessions = list(target.people_sessions()) if with_sessions else []
    except NoRightsError:
        store = Store()
        store.coverage.roots = (where,)
        return History(store, scope, pricer), _as_of_reader(question, request, scope, target)
    finally:
        target.close()
    return team_history(TeamRows(where, responses, sessions), scope, pricer), _as_of_team(question)


def _as_of_reader(question: Question, request: Request, scope: Scope, target: PeopleTarget) -> Question:
    """The same question of sums over people. Raises NoRightsError where not even those may be read."""
    smallest = target.smallest_cell()
    what, usual = "", signature(question.analyze).parameters
    if question.name not in (*KINDS, *WITH_SESSIONS):
        what = f"{question.name} needs rows of single sessions"
    elif own := [name for name, value in request.options.items() if name in usual and value != usual[name].default]:
        what = f"--{own[0].replace('_', '-')} needs rows of single responses"
    elif scope.projects or scope.models or scope.sessions or scope.only:
        what = "to choose a project, model, session or stamp needs rows of single responses"
    if what:
        hint = f"of sums: {', '.join((*KINDS, *WITH_SESSIONS))}; tokenscope_people, where it is granted, may read rows"
        raise UsageError(f"{what}, and you may read sums over people only", hint=hint)
    last = None if scope.until is None else scope.until - 1
    window = DayWindow(
        *(None if one is None else datetime.fromtimestamp(one / 1000, UTC).date() for one in (scope.since, last))
    )
    answer: Any
    if question.name in WITH_SESSIONS:
        answer = share_people(target.sums("sources", window), target.sums("causes", window), smallest)
        cards: Any = people_context_cards
        rows = "sources"
    else:
        kind = KINDS[question.name]
        answer, rows = sum_people(kind, target.sums(kind.view, window), smallest), "rows"
        cards = lambda report, drawing: (people_sums_card(report, kind.title, drawing),)  # noqa: E731
    reading = Reading(Facet.USAGE, Sessions.NONE)  # nothing of this machine is told around it
    return replace(question, reading=reading, analyze=lambda _: answer, cards=cards, rows=rows, next=())


def _as_of_team(question: Question) -> Question:
    """The same question, saying only what a team's rows say. What is to be asked next is asked of one machine."""
    if question.name == "context":
        question = replace(question, analyze=analyze_told, cards=told_cards)
    analyze, cards = question.analyze, question.cards

    def known(history: History, **options: Any) -> Any:
        report = analyze(history, **options)
        if question.name == "sessions":
            rows = [replace(row, **dict.fromkeys(NOT_KNOWN)) for row in report.sessions]
            report = replace(report, sessions=rows)
        return report

    known.__signature__ = signature(analyze)  # type: ignore[attr-defined]

    def without_actions(report: Any, drawing: Drawing) -> tuple[Card, ...]:
        return tuple(replace(card, actions=()) for card in cards(report, drawing))

    return replace(question, analyze=known, cards=without_actions, next=())


def _in_folder(where: str, folder: Path) -> TeamRows:
    from tokenscope.team.shared_folder import counted_once, read_claims, read_sessions  # noqa: PLC0415 - 3 ms

    def told(rows: Any) -> Iterator[dict[str, Any]]:
        return ({**row, "person": person, "machine": machine} for person, machine, row in rows)

    return TeamRows(where, told(counted_once(read_claims(folder))), told(read_sessions(folder)))
