"""Sessions put together: by the repository that they worked in, or by the run that they were part of."""

from __future__ import annotations

from tokenscope.answers.usage.usage_table import group_name, nouns, usage_of_all
from tokenscope.behaviour.runs import ALONE, CONTINUED, FORK, TEAM, WORKFLOW, runs_of
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import StampField, by_stamp, sessions_of, split
from tokenscope.history.usage import share_of
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing
from tokenscope.view.short_names import project_labels

KINDS = {
    FORK: "copies of each other",
    CONTINUED: "one went on in the next",
    WORKFLOW: "a workflow's subagents",
}


class SessionGroup(Value):
    """`kind`: "project", "fork", "continued", "team", "workflow", or "alone" for all sessions that are part of no
    run; or the field of a stamp.
    """

    group: str
    kind: str
    title: str | None
    sessions: int
    subagents: int
    session_ids: list[str]
    usage: Usage
    share: float | None  # of all tokens
    team: str | None = None  # a team's name


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
                history.store.sessions[run.session_ids[0]].team[0] if run.kind == TEAM else None,
            )
        )
    return groups


def by_name(history: History, *, field: StampField) -> list[SessionGroup]:
    """One group for each skill, branch, entrypoint …, and one, named "", for all that bears no such stamp.

    A session is in every group in which it has a response; a response is in one.
    """
    everything, groups = history.total.total_tokens, []
    for name, part in split(history, by_stamp(history, field)).items():
        subagents = len({message.thread for message in part.messages} & history.started_subagents)
        session_ids, usage = sorted(sessions_of(part)), part.total.usage()
        taken = share_of(usage.total_tokens, everything)
        groups.append(SessionGroup(name, field, None, len(session_ids), subagents, session_ids, usage, taken))
    return groups


def groups_card(groups: list[SessionGroup], drawing: Drawing) -> Card:
    """What each group used."""
    title = "Sessions put together"
    if not groups:
        return Card(title, "No sessions here.")
    runs = [group for group in groups if group.kind not in (ALONE, "project")]
    largest = max(groups, key=lambda group: group.usage.total_tokens)
    labels = project_labels(group.group for group in groups)
    if groups[0].kind == "project":
        name = labels[largest.group]
        sentence = f"{name} took {figures.share(largest.share)} of your tokens, in {_sessions(largest.sessions)}."
    elif groups[0].kind in set(StampField):
        name = group_name(groups[0].group, groups[0].kind)
        sentence = f"{figures.share(groups[0].share)} of your tokens: {name}, in {_sessions(groups[0].sessions)}."
    elif not runs:
        sentence = "No session is a copy of another, went on in another, was of a team, or ran a workflow."
    else:
        part = sum(group.usage.total_tokens for group in runs) / max(1, sum(g.usage.total_tokens for g in groups))
        sentence = f"{figures.plural(len(runs), 'run')} of several threads took {figures.share(part)} of your tokens."
    heads = {"project": "project"} | {field: nouns(field)[0] for field in StampField}
    columns = (
        Column(heads.get(groups[0].kind, "run"), "path"),
        Column("what", "text"),
        Column("sessions", "number"),
        Column("agents", "number", spare=True),
        Column("tokens", "number"),
        Column("", "bar"),
        Column("list price", "dollars"),
        Column("kind", "remark"),
    )
    shown = groups[: drawing.limit]
    rows = tuple(_row(group, labels[group.group]) for group in shown)
    caption = "exact tokens at API list prices, subagents included · together by what the log says, never by guess"
    return Card(title, sentence, (Table(columns, rows, len(groups) - len(shown), _sums(groups)),), (), caption)


def _sums(groups: list[SessionGroup]) -> Row | None:
    """Of all groups; with a stamp, a session and its subagents may be in several of them."""
    if len(groups) < 2:
        return None
    total = usage_of_all([group.usage for group in groups])
    adds_up = groups[0].kind not in set(StampField)
    sessions, agents = (sum(getattr(group, name) for group in groups) for name in ("sessions", "subagents"))
    return Row(
        (
            IN_ALL,
            "",
            figures.count(sessions) if adds_up else "",
            figures.count(agents or None) if adds_up else "",
            figures.tokens(total.total_tokens),
            None,
            figures.dollars(total.list_price_usd),
        )
    )


def _sessions(number: int) -> str:
    return figures.plural(number, "session")


def _row(group: SessionGroup, label: str) -> Row:
    if group.kind == "project":
        name = label
    elif group.kind in set(StampField):
        name = group_name(group.group, group.kind)
    else:
        name = group.group[:12] or "no run"
    return Row(
        (
            name,
            group.title or "",
            figures.count(group.sessions),
            figures.count(group.subagents) if group.subagents else "",
            figures.tokens(group.usage.total_tokens),
            float(group.usage.total_tokens),
            figures.dollars(group.usage.list_price_usd),
            f"the team {group.team}" if group.team else KINDS.get(group.kind, ""),
        ),
        tone=Tone.CARRIED,
    )
