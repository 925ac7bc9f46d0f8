"""What was used between two moments, of what it was made, and by whom."""

from __future__ import annotations

from datetime import datetime

from tokenscope.answers.context.composition import Composition, compose
from tokenscope.history.history import History
from tokenscope.history.rolling_windows import (
    Stretch,
)
from tokenscope.history.session_usage import session_sums
from tokenscope.model import Usage
from tokenscope.value import Value


class SessionInWindow(Value):
    session_id: str
    project: str
    title: str | None
    usage: Usage  # what of it lies in the window


class ModelInWindow(Value):
    model: str
    usage: Usage


class Window(Value):
    """What was used from `started_at` until `ended_at`, and by whom, the most tokens first.

    bounds: "rolling" where they are what was asked for, "estimated" where a limit's window probably lay,
    "told" where a known reset says so.
    """

    started_at: datetime
    ended_at: datetime
    bounds: str
    usage: Usage
    composition: Composition
    sessions: list[SessionInWindow]
    models: list[ModelInWindow]


def window_of(history: History, stretch: Stretch, bounds: str) -> Window:
    part, local = history.only(stretch.indices), history.scope.local
    sessions = sorted(session_sums(part), key=lambda one: (-one.tally.total_tokens, one.session.session_id))
    models = part.by(lambda message: message.model)
    return Window(
        local(stretch.start),
        local(stretch.end),
        "told" if stretch.is_anchored else bounds,
        part.total.usage(),
        compose(part),
        [
            SessionInWindow(one.session.session_id, one.session.project, one.session.title or None, one.tally.usage())
            for one in sessions
        ],
        [
            ModelInWindow(model, models[model].usage())
            for model in sorted(models, key=lambda model: (-models[model].total_tokens, model))
        ],
    )
