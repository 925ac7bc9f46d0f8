"""Loops, failures, denials, interruptions and errors of the API, with what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import fsum

from tokenscope.behaviour.failures import KINDS, Trouble, find_trouble
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.limits import LimitReached, limits_reached
from tokenscope.history.usage import share_of
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing
from tokenscope.view.short_names import path_below

NAMES = {
    "loop": ("loops", "the same call 4 times in 6"),
    "failing": ("failing stretches", "more than a fifth of 20 calls failed"),
    "retry": ("retries", "the same call after it had failed"),
    "denied": ("denied", "by you or your rules"),
    "interrupted": ("interrupted", "by you"),
    "api_error": ("API errors", "tried again by Claude Code"),
    "api_message": ("API errors shown", "nothing was answered"),
    "limit": ("limits", "a limit was reached"),
}


class Finding(Value):
    """`times`: the calls that were the same, failed, or were stopped, of `calls` one after the other.

    `usage`: of the responses that made those calls. A response counts with one finding alone, and what an API error
    or a limit cost is not in the log.
    """

    kind: str
    session_id: str
    agent_id: str | None
    project: str
    tool: str | None
    what: str | None
    times: int
    calls: int
    started_at: datetime | None
    ended_at: datetime | None
    usage: Usage


class TroubleKind(Value):
    """All findings of one kind. `found`: how many began in scope; `times`: their calls or errors together."""

    kind: str
    found: int
    times: int
    sessions: int
    usage: Usage


class TroubleReport(Value):
    """`findings`: the ones that cost most first within each kind."""

    tool_uses: int
    errors: int
    error_share: float | None
    kinds: list[TroubleKind]
    findings: list[Finding]
    limits: list[LimitReached]


def measure_trouble(history: History) -> TroubleReport:
    """Every finding in scope."""
    uses = history.once(Activity).tool_uses
    errors = sum(use.outcome == "error" for use in uses)
    trouble = find_trouble(history)
    findings = [_finding(history, one) for one in trouble]
    findings.sort(key=lambda one: (KINDS.index(one.kind), -one.usage.total_tokens, -one.times, one.session_id))
    kinds = [_kind(history, kind, [one for one in trouble if one.kind == kind]) for kind in KINDS]
    return TroubleReport(
        len(uses),
        errors,
        share_of(errors, len(uses)),
        [kind for kind in kinds if kind.times],
        findings,
        limits_reached(history),
    )


def _finding(history: History, one: Trouble) -> Finding:
    thread = history.thread_of(one)
    return Finding(
        kind=one.kind,
        session_id=thread.session_id,
        agent_id=thread.agent_id or None,
        project=history.session_of(one).project,
        tool=one.tool or None,
        what=one.what or None,
        times=one.times,
        calls=one.calls,
        started_at=None if one.started is None else history.scope.local(one.started),
        ended_at=None if one.ended is None else history.scope.local(one.ended),
        usage=history.sum_of(one.messages).usage() if one.messages else Usage(),
    )


def _kind(history: History, kind: str, found: Sequence[Trouble]) -> TroubleKind:
    sessions = {history.thread_of(one).session_id for one in found}
    usage = history.sum_of(index for one in found for index in one.messages).usage()
    return TroubleKind(kind, sum(one.begins for one in found), sum(one.times for one in found), len(sessions), usage)


def kinds_card(report: TroubleReport) -> Card:
    """How often what went wrong, and what it cost."""
    title = "What did not go through"
    if not report.tool_uses and not report.kinds:
        return Card(title, "No tool was used here.")
    failed = f"{figures.count(report.errors)} of {figures.plural(report.tool_uses, 'tool call')} failed"
    if not report.tool_uses:
        failed = "No tool was used"
    tokens = sum(kind.usage.total_tokens for kind in report.kinds)
    cost = f"; what follows took {figures.tokens(tokens)} tokens" if tokens else ""
    if not report.kinds:
        return Card(title, f"{failed}, none of them in a loop or a stretch.")
    columns = (
        Column("what", "label"),
        Column("found", "number"),
        Column("times", "number"),
        Column("sessions", "number", spare=True),
        Column("tokens", "number"),
        Column("list price", "dollars"),
        Column("what it is", "remark"),
    )
    rows = tuple(_kind_row(kind) for kind in report.kinds)
    caption = "tokens: of the responses that made these calls, each in one row alone · list price: API list"
    sums = _sums(report.kinds) if len(rows) > 1 and tokens else None
    return Card(title, f"{failed}{cost}.", (Table(columns, rows, total=sums),), (), caption)


def _sums(kinds: Sequence[TroubleKind]) -> Row:
    """What the responses of all kinds together cost: each of them is in one kind alone."""
    prices = [kind.usage.list_price_usd for kind in kinds if kind.usage.total_tokens]
    known = [one for one in prices if one is not None]
    tokens = sum(kind.usage.total_tokens for kind in kinds)
    return Row((IN_ALL, "", "", "", figures.tokens(tokens), figures.dollars(fsum(known) if known else None)))


def _kind_row(kind: TroubleKind) -> Row:
    name, remark = NAMES[kind.kind]
    has_cost = bool(kind.usage.total_tokens)
    return Row(
        (
            name,
            figures.count(kind.found),
            figures.count(kind.times) if kind.times != kind.found else "",
            figures.count(kind.sessions),
            figures.tokens(kind.usage.total_tokens) if has_cost else "",
            figures.dollars(kind.usage.list_price_usd) if has_cost else "",
            remark,
        )
    )


def largest_card(report: TroubleReport, drawing: Drawing) -> Card | None:
    """The loops and failing stretches that took the most tokens; None where there are none."""
    found = [one for one in report.findings if one.kind in ("loop", "failing")]
    if not found:
        return None
    found.sort(key=lambda one: -one.usage.total_tokens)
    loops = sum(one.kind == "loop" for one in found)
    counts = ((loops, "loop", "loops"), (len(found) - loops, "failing stretch", "failing stretches"))
    told = " and ".join(figures.plural(number, one, many) for number, one, many in counts if number)
    sentence = f"{told} took {figures.tokens(sum(one.usage.total_tokens for one in found))} tokens."
    columns = (
        Column("when", "number"),
        Column("project", "path", spare=True),
        Column("tool", "text"),
        Column("on", "text"),
        Column("calls", "number"),
        Column("how", "remark", spare=True),
        Column("tokens", "number"),
        Column("", "bar"),
    )
    shown = found[: drawing.limit]
    table = Table(columns, tuple(_row(one, drawing) for one in shown), len(found) - len(shown))
    action = f"{drawing.command} session {shown[0].session_id[:8]} --timeline shows the first of them"
    return Card("Where it went round", sentence, (table,), (action,), "the most tokens first")


def _row(one: Finding, drawing: Drawing) -> Row:
    return Row(
        (
            figures.clock(one.started_at, drawing.zone, drawing.now),
            figures.project_name(one.project),
            one.tool or "several tools",
            path_below(one.what or "", one.project),
            f"{one.times} of {one.calls}",
            "the same" if one.kind == "loop" else "failed",
            figures.tokens(one.usage.total_tokens),
            float(one.usage.total_tokens),
        ),
        tone=Tone.REBUILT,
    )
