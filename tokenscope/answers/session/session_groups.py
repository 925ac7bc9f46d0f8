"""Sessions put together: by the repository that they worked in, or by the run that they were part of."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.behaviour.runs import ALONE, CONTINUED, FORK, WORKFLOW, runs_of
from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.model import Usage
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

KINDS = {FORK: "copies of each other", CONTINUED: "one went on in the next", WORKFLOW: "a workflow's subagents"}


@dataclass(frozen=True, slots=True)
class SessionGroup:
    """`kind`: "project", "fork", "continued", "workflow", or "alone" for all sessions that are part of no run."""

    group: str
    kind: str
    title: str | None
    sessions: int
    subagents: int
    session_ids: list[str]
    usage: Usage
    share: float | None  # of all tokens


def by_project(history: History) -> list[SessionGroup]:
    """One group a repository, its worktrees folded into it, the most tokens first."""
    tallies = history.by(lambda message: history.session_of(message).project)
    threads: dict[str, set[int]] = {group: set() for group in tallies}
    for number in {message.thread for message in history.messages}:
        session = history.store.sessions[history.store.threads[number].session_id]
        threads[session.project].add(number)
    everything, found = history.total.total_tokens, history.store.threads
    groups = []
    for group in sorted(tallies, key=lambda name: (-tallies[name].total_tokens, name)):
        session_ids = sorted({found[number].session_id for number in threads[group]})
        subagents = len(threads[group] & history.started_subagents)
        usage = tallies[group].usage()
        part = share_of(usage.total_tokens, everything)
        groups.append(SessionGroup(group, "project", None, len(session_ids), subagents, session_ids, usage, part))
    return groups


def by_run(history: History) -> list[SessionGroup]:
    """One group a run, the most tokens first, and what belongs to none last."""
    everything, groups = history.total.total_tokens, []
    for run in runs_of(history):
        title = history.store.sessions[run.session_ids[0]].title if run.kind != ALONE else ""
        usage = run.tally.usage()
        groups.append(
            SessionGroup(
                run.name,
                run.kind,
                title or None,
                len(run.session_ids),
                run.subagents,
                list(run.session_ids),
                usage,
                share_of(usage.total_tokens, everything),
            )
        )
    return groups


def groups_card(groups: list[SessionGroup], drawing: Drawing) -> Card:
    """What each group used."""
    title = "Sessions put together"
    if not groups:
        return Card(title, "No sessions here.")
    runs = [group for group in groups if group.kind not in (ALONE, "project")]
    largest = max(groups, key=lambda group: group.usage.total_tokens)
    if groups[0].kind == "project":
        name = figures.project_name(largest.group)
        sentence = f"{name} took {figures.share(largest.share)} of your tokens, in {_sessions(largest.sessions)}."
    elif not runs:
        sentence = "No session is a copy of another, went on in another, or ran a workflow."
    else:
        part = sum(group.usage.total_tokens for group in runs) / max(1, sum(g.usage.total_tokens for g in groups))
        sentence = f"{figures.plural(len(runs), 'run')} of several threads took {figures.share(part)} of your tokens."
    columns = (
        Column("", "path"),
        Column("what", "text"),
        Column("sessions", "number"),
        Column("agents", "number", spare=True),
        Column("tokens", "number"),
        Column("", "bar"),
        Column("list price", "dollars"),
        Column("", "remark"),
    )
    shown = groups[: drawing.limit]
    rows = tuple(_row(group) for group in shown)
    caption = "exact tokens at API list prices, subagents included · together by what the log says, never by guess"
    return Card(title, sentence, (Table(columns, rows, len(groups) - len(shown)),), (), caption)


def _sessions(number: int) -> str:
    return figures.plural(number, "session")


def _row(group: SessionGroup) -> Row:
    name = figures.home_path(group.group) if group.kind == "project" else group.group[:12] or "no run"
    return Row(
        (
            name,
            group.title or "",
            figures.count(group.sessions),
            figures.count(group.subagents) if group.subagents else "",
            figures.tokens(group.usage.total_tokens),
            float(group.usage.total_tokens),
            figures.dollars(group.usage.list_price_usd),
            KINDS.get(group.kind, ""),
        ),
        tone=Tone.CARRIED,
    )
