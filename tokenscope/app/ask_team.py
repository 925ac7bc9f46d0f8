"""A question asked of the team's history, not of this machine's: what it is answered from is fetched, never sent.

With `tokenscope sync` the only thing that opens a connection, and for the same login.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from typing import Any, cast

from tokenscope.answers.context.told_context import analyze_told, told_cards
from tokenscope.app.request import Request, scope_of
from tokenscope.app.sync import known_login, open_target, where_of
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.pricing.pricer import load_pricer
from tokenscope.team.stored_login import read_address
from tokenscope.team.target import PeopleTarget
from tokenscope.team.team_history import TeamRows, team_history
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Needs, Question

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


def open_team_history(question: Question, request: Request, needs: Needs) -> History:
    """The team's history that this machine is signed in to. Raises TokenscopeError."""
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
        return team_history(_in_folder(where, address.folder), scope, pricer)
    target = cast("PeopleTarget", open_target(login))
    try:
        since = None if scope.since is None else datetime.fromtimestamp(scope.since / 1000, UTC)
        responses = list(target.people_responses(since))
        sessions = list(target.people_sessions()) if with_sessions else []
    finally:
        target.close()
    return team_history(TeamRows(where, responses, sessions), scope, pricer)


def as_of_team(question: Question) -> Question:
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
        return tuple(card._replace(actions=()) for card in cards(report, drawing))

    return replace(question, analyze=known, cards=without_actions, next=())


def _in_folder(where: str, folder: Path) -> TeamRows:
    from tokenscope.team.shared_folder import counted_once, read_claims, read_sessions  # noqa: PLC0415 - 3 ms

    def told(rows: Any) -> Iterator[dict[str, Any]]:
        return ({**row, "person": person, "machine": machine} for person, machine, row in rows)

    return TeamRows(where, told(counted_once(read_claims(folder))), told(read_sessions(folder)))
