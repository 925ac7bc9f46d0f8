"""What each ask of a session led to and what it cost, its subagents included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from tokenscope.behaviour.asks import CHANGED, LOOKED, RAN, SEARCHED, Ask, asks_of, phases_of, uses_for
from tokenscope.behaviour.session_steps import Step
from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.model import Usage
from tokenscope.store import ToolUse
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

NAMED = 3  # files, commands and so on that a card names of each


class PhaseRow(Value):
    """Responses of the main thread that did the same one after the other."""

    phase: str
    responses: int


class TodoRow(Value):
    todo: str
    status: str


class AskRow(Value):
    """`prompt` null: what belongs to no ask. `outcome`: the model's last words. `usage` sums to the session's.

    Files are those that tools changed; what a shell command changes is not in the log.
    """

    prompt: str | None
    asked_at: datetime | None
    outcome: str | None
    phases: list[PhaseRow]
    files: list[str]
    searches: list[str]
    commands: list[str]
    web: list[str]
    tool_uses: int
    spawns: int
    errors: int
    denied: int  # tool uses
    retries: int
    todos: list[TodoRow] | None  # as they were last
    usage: Usage
    share: float | None  # of the session's tokens


def ask_rows(history: History, steps: Sequence[Step]) -> list[AskRow]:
    """Every ask in the order of time; what belongs to none last."""
    asks = asks_of(steps)
    everything = sum(history.store.messages[index].total_tokens for ask in asks for index in ask.messages)
    return [_row(history, ask, everything) for ask in asks]


def _row(history: History, ask: Ask, everything: int) -> AskRow:
    uses, usage = ask.uses, history.sum_of(ask.messages).usage()
    prompt = ask.prompt
    looked = [use for use in uses_for(uses, LOOKED) if not use.path]
    return AskRow(
        prompt=None if prompt is None else prompt.text,
        asked_at=None if prompt is None or prompt.time is None else history.scope.local(prompt.time),
        outcome=ask.outcome.strip() or None,
        phases=[PhaseRow(phase, responses) for phase, responses in phases_of(ask.steps)],
        files=_each(use.path for use in uses_for(uses, CHANGED)),
        searches=_each(f"{use.name} {use.what}".strip() for use in looked),
        commands=_each(use.what for use in uses_for(uses, RAN)),
        web=_each(use.what for use in uses_for(uses, SEARCHED)),
        tool_uses=len(uses),
        spawns=ask.spawns,
        errors=sum(use.outcome == "error" for use in uses),
        denied=sum(use.outcome == "denied" for use in uses),
        retries=ask.retries,
        todos=_todos(history, uses),
        usage=usage,
        share=share_of(usage.total_tokens, everything),
    )


def _each(texts: Iterable[str]) -> list[str]:
    """Each text once, the one that came first first."""
    return list(dict.fromkeys(filter(None, texts)))


def _todos(history: History, uses: Sequence[ToolUse]) -> list[TodoRow] | None:
    known = history.store.texts.todos
    last = next((known[use.id] for use in reversed(uses) if use.id in known), None)
    return None if last is None else [TodoRow(todo, status) for todo, status in last]


def asks_card(asks: Sequence[AskRow], drawing: Drawing) -> Card:
    """The asks in the order of time; where there are too many, those that took the most tokens."""
    title = "Ask by ask"
    if not asks:
        return Card(title, "Nothing was asked in this session.")
    largest = sorted(asks, key=lambda ask: -ask.usage.total_tokens)[: drawing.limit]
    shown = [ask for ask in asks if any(ask is one for one in largest)]
    columns = (
        Column("time", "number"),
        Column("ask", "text"),
        Column("tokens", "number"),
        Column("price", "number"),
    )
    rows = [row for ask, day in _with_days(shown, drawing) for row in _rows(ask, day, drawing)]
    caption = "exact tokens at API list prices · subagents count with the ask that spawned them"
    return Card(title, _sentence(asks), (Table(columns, tuple(rows[1:]), len(asks) - len(shown)),), (), caption)


def _sentence(asks: Sequence[AskRow]) -> str:
    asked = [ask for ask in asks if ask.prompt is not None]
    if not asked:
        return "No prompt of yours is logged here: all of it belongs to no ask."
    largest = max(asked, key=lambda ask: ask.usage.total_tokens)
    spawned = sum(ask.spawns for ask in asked)
    agents = f" and {figures.plural(spawned, 'subagent')}" if spawned else ""
    led = (
        f"{figures.plural(len(asked), 'ask')} led to {figures.plural(sum(a.usage.messages for a in asked), 'response')}"
    )
    if len(asked) == 1 or not largest.usage.total_tokens:
        return f"{led}{agents}."
    return f"{led}{agents}; the largest took {figures.share(largest.share)} of the tokens."


def _with_days(asks: Sequence[AskRow], drawing: Drawing) -> Iterator[tuple[AskRow, str]]:
    """Each ask, and the day where it is another one than before."""
    before = ""
    for ask in asks:
        day = figures.day(ask.asked_at, drawing.zone, drawing.now)
        yield ask, day if day != before else ""
        before = day or before


def _rows(ask: AskRow, day: str, drawing: Drawing) -> list[Row]:
    """A blank row, the day if it is a new one, the ask, and what there is to say of it."""
    usage = ask.usage
    head = Row(
        (
            figures.time_of_day(ask.asked_at, drawing.zone),
            "(belongs to no ask)" if ask.prompt is None else ask.prompt or "…",
            figures.tokens(usage.total_tokens),
            figures.dollars(usage.list_price_usd),
        )
    )
    days = [Row(("", day), tone=Tone.DIM)] if day else []
    return [Row(("",)), *days, head, *(Row(("", line), tone=Tone.DIM) for line in _details(ask))]


def _details(ask: AskRow) -> list[str]:
    """One line each of what there is to say."""
    phases: dict[str, int] = {}
    for one in ask.phases:
        phases[one.phase] = phases.get(one.phase, 0) + one.responses
    counts = (
        (ask.usage.messages, "response", "responses"),
        (ask.spawns, "subagent", "subagents"),
        (ask.errors, "error", "errors"),
        (ask.retries, "retry", "retries"),
        (ask.denied, "denied by you", "denied by you"),
    )
    told = [figures.plural(number, one, many) for number, one, many in counts if number]
    done = sum(todo.status == "completed" for todo in ask.todos or ())
    told += [f"{done} of {figures.plural(len(ask.todos), 'todo')} done"] if ask.todos else []
    did = ", ".join(f"{phase} {responses}" for phase, responses in phases.items())
    lines = [f"- {told_of}" for told_of in (", ".join(told), did) if told_of]
    lines += [f"- changed {_some([figures.project_name(path) for path in ask.files])}"] if ask.files else []
    lines += [f"- ran {_some(ask.commands)}"] if ask.commands else []
    lines += [f"- searched {_some([*ask.searches, *ask.web])}"] if ask.searches or ask.web else []
    lines += [f"= {' '.join(ask.outcome.split())}"] if ask.outcome else []
    return lines


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
