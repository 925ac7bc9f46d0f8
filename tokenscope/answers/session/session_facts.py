"""The first card of one session: what it was, what it cost by us and by Claude Code (T54), how to resume it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime

from tokenscope.answers.session.ask_costs import AskRow
from tokenscope.answers.session.context_growth import at_most
from tokenscope.answers.session.session_details import SessionDetails
from tokenscope.history.history import History
from tokenscope.history.session_usage import plain_model
from tokenscope.history.usage import Tally, dollars_of, total_of
from tokenscope.model import ToldModel
from tokenscope.store import Chosen, Session
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Part, Row, Table, Tone
from tokenscope.view.question import Drawing


class Restore(Value):
    """`command` null: its folder or its id cannot be typed. `folder_exists` null: nobody looked."""

    command: str | None
    folder: str
    folder_exists: bool | None


def restore_of(session: Session, chosen: Chosen) -> Restore:
    """Claude Code finds a session only from the folder that it started in."""
    texts = (session.directory, session.session_id)
    is_plain = all(text.isprintable() and text == " ".join(text.split(" ")) for text in texts)
    resume = f"claude --resume {shlex.quote(session.session_id)}"
    command = f"cd {shlex.quote(session.directory)} && {resume}" if is_plain and session.directory else None
    return Restore(command, session.directory or session.project, chosen.has_folder)


def restore_note(restore: Restore) -> str:
    """Why the command alone will not do; "" where it will."""
    if restore.command is None:
        return "the name of its folder cannot be typed: open it with `claude --resume` from there"
    return "its folder is gone: make it again before you resume it" if restore.folder_exists is False else ""


class ToldModelRow(Value):
    """One model. `tokens`, `usd`, `web_searches`: as Claude Code counted; `row_tokens`, `row_usd`: of its rows.

    `unlogged_tokens`: how many more it counted than rows hold: of titles, summaries and other requests of its own.
    """

    model: str
    tokens: int
    usd: float
    web_searches: int
    row_tokens: int
    row_usd: float | None
    unlogged_tokens: int


class ToldCostReport(Value):
    """`usd`: what Claude Code counted last; `row_usd`: list price of the rows; `difference_usd`: of the two."""

    at: datetime | None
    usd: float
    row_usd: float
    difference_usd: float
    has_unknown_model: bool  # it had no price for some model
    models: list[ToldModelRow]


def measure_told_cost(history: History, session_id: str) -> ToldCostReport | None:
    """None where Claude Code wrote nothing of the kind, and of a part of a session, which it does not count."""
    session = history.store.sessions.get(session_id)
    if (
        session is None
        or session.told is None
        or history.scope.has_window
        or history.scope.models
        or history.scope.only
    ):
        return None
    told, tallies = session.told, history.by(lambda message: plain_model(message.model))
    models = [_row(one, tallies.get(plain_model(one.model))) for one in told.models]
    ours = dollars_of(total_of(tallies.values()).price.total)
    at = None if told.time is None else history.scope.local(told.time)
    return ToldCostReport(at, told.usd, ours, round(told.usd - ours, 6), told.has_unknown_model, models)


def _row(told: ToldModel, ours: Tally | None) -> ToldModelRow:
    tokens = told.input_tokens + told.output_tokens + told.cache_read_input_tokens + told.cache_creation_input_tokens
    known = ours.total_tokens if ours is not None else 0
    paid = ours.usage().list_price_usd if ours is not None else 0.0
    return ToldModelRow(told.model, tokens, told.usd, told.web_searches, known, paid, max(0, tokens - known))


def told_cost_card(report: ToldCostReport, drawing: Drawing) -> Card:
    """Model by model, and what no row is logged of."""
    columns = (
        Column("model", "label"),
        Column("it counted", "number"),
        Column("in rows", "number"),
        Column("its price", "dollars"),
        Column("list price", "dollars"),
        Column("note", "remark"),
    )
    rows = tuple(_cells(one) for one in report.models[: drawing.limit])
    sentence = f"Claude Code counted {figures.dollars(report.usd)}; its rows hold {figures.dollars(report.row_usd)}."
    left_out = len(report.models) - len(rows)
    caption = "its own count, requests without a row included · never added to what is counted here"
    return Card("What Claude Code counted", sentence, (Table(columns, rows, left_out),), (), caption)


def _cells(one: ToldModelRow) -> Row:
    remarks = []
    if one.unlogged_tokens:
        remarks.append("no row of it" if not one.row_tokens else f"{figures.tokens(one.unlogged_tokens)} without a row")
    if one.web_searches:
        remarks.append(f"{figures.plural(one.web_searches, 'web search', 'web searches')}")
    cells = (
        one.model,
        figures.tokens(one.tokens),
        figures.tokens(one.row_tokens),
        figures.dollars(one.usd),
        figures.dollars(one.row_usd),
        ", ".join(remarks),
    )
    return Row(cells)


class ModelShare(Value):
    """`share`: of the session's tokens."""

    model: str
    responses: int
    total_tokens: int
    list_price_usd: float | None
    share: float | None


def facts_card(
    details: SessionDetails, models: list[ModelShare], asks: list[AskRow], restore: Restore, drawing: Drawing
) -> Card:
    """Names and figures, one a line."""
    usage, seconds = details.usage, details.active_seconds
    price = f" ({figures.dollars(usage.list_price_usd)} at list price)" if usage.list_price_usd is not None else ""
    work = f" in {figures.duration(seconds * 1000)} of work" if seconds else ""
    sentence = f"It used {figures.tokens(usage.total_tokens)} tokens{price}{work}."
    rows = [Row((name, value)) for name, value in _facts(details, models, asks, drawing) if value]
    caption = "exact tokens at API list prices, subagents included · work: without gaps over 5 min"
    title = details.title or f"Session {details.session_id[:8]}"
    table = Table((Column("", "label"), Column("", "text")), tuple(rows))
    note = restore_note(restore)
    parts: tuple[Part, ...] = (table, Note(note, Tone.DIM)) if note else (table,)
    more = f"{drawing.command} session {details.session_id[:8]} --timeline tells it step by step, --map ask by ask"
    return Card(title, sentence, parts, tuple(filter(None, (restore.command, more))), caption)


def _facts(
    details: SessionDetails, models: list[ModelShare], asks: list[AskRow], drawing: Drawing
) -> list[tuple[str, str]]:
    started = figures.clock(details.started_at, drawing.zone, drawing.now)
    ended = figures.clock(details.ended_at, drawing.zone, drawing.now)
    if started[:-5] == ended[:-5]:  # the same day
        ended = ended[-5:]
    wall = f", {figures.duration(details.wall_seconds * 1000)}" if details.wall_seconds else ""
    asked = sum(ask.prompt is not None for ask in asks)
    changed = details.lines_added or details.lines_removed
    counted = (
        (details.commits, "commit", "commits"),
        (details.pull_requests, "pull request", "pull requests"),
    )
    changes = [f"+{details.lines_added:,} -{details.lines_removed:,} lines"] if changed else []
    changes += [_listed(counted)] if any(number for number, *_ in counted) else []
    work = (
        (asked, "ask", "asks"),
        (details.usage.messages, "response", "responses"),
        (details.subagents, "subagent", "subagents"),
    )
    wrong = (
        (details.errors, "error", "errors"),
        (details.denied, "denied by you", "denied by you"),
    )
    peak = at_most(details.peak_context_tokens) if details.peak_context_tokens else ""
    return [
        ("session", details.session_id),
        ("project", figures.home_path(details.project) + (f" · {details.branch}" if details.branch else "")),
        ("when", f"{started} to {ended}{wall} · {details.status}" if started else details.status),
        ("what", _listed(work)),
        ("changed", ", ".join(changes)),
        ("went wrong", _listed(wrong)),
        ("models", ", ".join(_model(one, only=len(models) == 1) for one in models[:4])),
        ("context", ", ".join(filter(None, (peak, _listed(((details.compactions, "compaction", "compactions"),)))))),
    ]


def _listed(counts: Iterable[tuple[int, str, str]]) -> str:
    """What there is any of: 6 asks, 1 subagent."""
    return ", ".join(figures.plural(number, one, many) for number, one, many in counts if number)


def _model(one: ModelShare, *, only: bool) -> str:
    name = figures.model_name(one.model)
    return name if only else f"{name} {figures.share(one.share)}"
