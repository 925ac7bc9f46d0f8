"""Sessions that belong together by what the log itself says: nothing is guessed from times, titles or folders.

- fork: they hold the same responses, each counted once (T21);
- continued: one says in which it went on;
- team: members of one team in one project, each a session of its own, the lead first (T57);
- workflow: subagents of one session that stand in a workflow's folder.
"""

from __future__ import annotations

from collections import defaultdict

from tokenscope.history.activity import Activity
from tokenscope.history.history import LATEST, History
from tokenscope.history.usage import Tally
from tokenscope.value import Value

FORK, CONTINUED, TEAM, WORKFLOW, ALONE = "fork", "continued", "team", "workflow", "alone"
LEAD = "team-lead"  # what Claude Code calls it


class SessionRun(Value):
    """`name`: the session that came first, a team's lead, or the workflow; "" for all that belongs to none."""

    kind: str
    name: str
    session_ids: tuple[str, ...]  # the one that came first stands first, a team's lead before it
    subagents: int  # that began in scope
    tally: Tally


def runs_of(history: History) -> list[SessionRun]:
    """Every response in scope in one run, the most tokens first; ALONE last. Needs Facet.TOOLS."""
    families = _families(history)
    subagents = history.once(Activity).subagents_by_thread
    workflows = {number: (WORKFLOW, one.run) for number, one in subagents.items() if one.run}
    threads = history.store.threads

    def run_of(thread: int) -> tuple[str, str]:
        return workflows.get(thread) or families.get(threads[thread].session_id, (ALONE, ""))

    def leads(thread: int) -> bool:
        return history.store.sessions[threads[thread].session_id].team[1] == LEAD

    tallies = history.by(lambda message: run_of(message.thread))
    members = defaultdict[tuple[str, str], dict[int, int]](dict)  # threads with the time of their first response
    for message in history.messages:
        first = members[run_of(message.thread)]
        time = message.time if message.time is not None else LATEST
        first[message.thread] = min(time, first.get(message.thread, time))
    runs = []
    for (kind, name), tally in tallies.items():
        first = members[kind, name]
        order = sorted(first, key=lambda thread: (kind == TEAM and not leads(thread), first[thread]))
        session_ids = tuple(dict.fromkeys(threads[thread].session_id for thread in order))
        started = sum(thread in history.started_subagents for thread in order)
        runs.append(SessionRun(kind, name, session_ids, started, tally))
    return sorted(runs, key=lambda run: (run.kind == ALONE, -run.tally.total_tokens, run.name))


def _families(history: History) -> dict[str, tuple[str, str]]:
    """The kind and the name of each session's family, for those that have one."""
    store = history.store
    parents = dict.fromkeys(store.sessions, "")
    kinds: dict[str, str] = {}

    def root(session_id: str) -> str:
        while parents[session_id]:
            session_id = parents[session_id]
        return session_id

    def join(first: str, second: str, kind: str) -> None:
        one, other = root(first), root(second)
        if one != other:
            parents[other] = one
        kinds.setdefault(one, kinds.get(other, kind))

    for together in _teams(history):
        for member in together[1:]:
            join(together[0], member, TEAM)
    for number, thread in enumerate(store.threads):
        owners = {store.messages[index].thread for index in thread.messages} - {number}
        for owner in sorted(owners):
            if store.threads[owner].session_id != thread.session_id:
                join(store.threads[owner].session_id, thread.session_id, FORK)
    for session in store.sessions.values():
        if session.continued_in in store.sessions and session.continued_in != session.session_id:
            join(session.session_id, session.continued_in, CONTINUED)
    sizes = defaultdict[str, int](int)
    for session_id in store.sessions:
        sizes[root(session_id)] += 1
    return {
        session_id: (kinds[root(session_id)], root(session_id))
        for session_id in store.sessions
        if sizes[root(session_id)] > 1
    }


def _teams(history: History) -> list[list[str]]:
    """The sessions of each team, the lead first. Teams of one name in two projects are two."""
    teams = defaultdict[tuple[str, str], list[str]](list)
    for session in sorted(history.store.sessions.values(), key=lambda one: (one.team[1] != LEAD, one.session_id)):
        if session.team[0]:
            teams[session.team[0], session.project].append(session.session_id)
    return list(teams.values())
