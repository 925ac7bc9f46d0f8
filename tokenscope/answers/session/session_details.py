"""All that one row of `sessions` tells of a session."""

from __future__ import annotations

from datetime import datetime

from tokenscope.answers.session.newest_sessions import SessionRow, session_row
from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import SessionActivity, activity_by_session
from tokenscope.history.history import History
from tokenscope.history.session_usage import CLOSED, SessionSums, pace_of, session_sums, session_times, status_of
from tokenscope.model import field_of_message
from tokenscope.store import Session

HOUR = 3_600_000  # ms
_CONTEXT = field_of_message("context_tokens")
LEFT = "left"  # a notice


class SessionDetails(SessionRow):
    """`status`: closed where the log says that it was left or went on in another session and nothing was asked or
    answered since; else active, idle or stale, by `last_activity_at`: its newest row.

    `active_seconds`: `wall_seconds` without gaps of more than five minutes. `peak_context_tokens`: of the main thread.
    Lines are those of edits by tools; what a shell command changes is not in the log.
    """

    status: str
    last_activity_at: datetime | None
    repository: str  # the same as `project`
    branch: str | None
    wall_seconds: int | None
    active_seconds: int | None
    peak_context_tokens: int
    compactions: int
    errors: int
    denied: int  # tool uses
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    worktree: str | None  # the worktree's folder, where it worked in one
    terminal: str | None  # that it runs in now (pts/3); null: it does not run on this machine, or nobody knows
    claude_code_usd: float | None  # what Claude Code itself counted of all of it, never added; null: it did not say


def session_details(history: History, *, idle_hours: float) -> list[SessionDetails]:
    """Every session in scope, the one that ended last first. Needs Facet.TOOLS, and OtherFiles.RUNNING."""
    done, times = activity_by_session(history), history.once(session_times)
    return [
        _details(
            history,
            sums,
            done.get(sums.session.session_id, SessionActivity()),
            times.get(sums.session.session_id, []),
            idle_hours * HOUR,
        )
        for sums in session_sums(history)
    ]


def _details(
    history: History, sums: SessionSums, done: SessionActivity, responses: list[int], idle_for: float
) -> SessionDetails:
    row, session = session_row(history, sums), sums.session
    pace = pace_of(responses + done.times)
    last = max(session.modified, sums.ended or 0)
    is_closed = bool(session.continued_in) or _was_left(history, session, max(responses, default=0))
    peak, compactions = _context(history, session.threads)
    return SessionDetails(
        session_id=row.session_id,
        project=row.project,
        title=row.title,
        started_at=row.started_at,
        ended_at=row.ended_at,
        subagents=row.subagents,
        usage=row.usage,
        status=CLOSED if is_closed else status_of(last, now=history.scope.now, idle_for=idle_for),
        last_activity_at=history.scope.local(last) if last else None,
        repository=session.project,
        branch=session.branch or None,
        wall_seconds=None if pace is None else pace.wall // 1000,
        active_seconds=None if pace is None else pace.active // 1000,
        peak_context_tokens=peak,
        compactions=compactions,
        errors=done.errors,
        denied=done.denied,
        lines_added=done.lines_added,
        lines_removed=done.lines_removed,
        commits=done.commits,
        pull_requests=len(done.pull_requests),
        worktree=session.worktree or None,
        terminal=history.store.machine.terminals.get(session.session_id),
        claude_code_usd=None if session.told is None else session.told.usd,
    )


def _was_left(history: History, session: Session, answered: int) -> bool:
    """Whether nothing was asked or answered after the session was left. `answered`: its last response (ms)."""
    activity = history.once(Activity)
    notices = (one for number in session.threads for one in activity.thread_notices.get(number, ()))
    left = max((one.time for one in notices if one.kind == LEFT and one.time is not None), default=None)
    if left is None or left < max(answered, 0):
        return False
    return all(left >= (one.time or 0) for one in activity.session_asks.get(session.session_id, ()))


def _context(history: History, threads: list[int]) -> tuple[int, int]:
    """The largest prompt of the main thread, and how often it was compacted: copies of another's are not counted."""
    store, peak, compactions = history.store, 0, 0
    for number in threads:
        thread = store.threads[number]
        if thread.agent_id:
            continue
        indices = thread.messages if history.scope.is_everything else filter(history.includes, thread.messages)
        own = (one for one in map(store.messages.__getitem__, indices) if one.thread == number)
        peak = max(map(_CONTEXT, own), default=peak)
        compactions += len(history.once(Activity).compactions(number))
    return peak, compactions
