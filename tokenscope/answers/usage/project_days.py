"""What was used in each project and on each day, both from one pass over the responses."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from tokenscope.history.history import History
from tokenscope.history.session_usage import by_thread
from tokenscope.history.usage import Tally
from tokenscope.model import field_of_message

_TIME = field_of_message("time")


def used_by_project_and_day(history: History) -> tuple[dict[str, Tally], dict[date, Tally]]:
    """All that was used by project, and by local day; responses without a time are on none (T51)."""
    sessions, find = history.store.sessions, history.days.day
    projects = by_thread(history, lambda thread: sessions[thread.session_id].project)
    days = [None if time is None else find(time) for time in map(_TIME, history.messages)]
    of_projects: dict[str, Tally] = defaultdict(Tally)
    of_days: dict[date, Tally] = defaultdict(Tally)
    for (project, day), tally in history.by_group(zip(projects, days, strict=True)).items():
        of_projects[project].include(tally)
        if day is not None:
            of_days[day].include(tally)
    return of_projects, of_days
