"""The first card of one session: what it was, what it cost, and how to get back into it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tokenscope.answers.session.ask_costs import AskRow
from tokenscope.answers.session.context_growth import at_most
from tokenscope.answers.session.resume import Restore, restore_note
from tokenscope.answers.session.session_details import SessionDetails
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Part, Row, Table, Tone
from tokenscope.view.question import Drawing


@dataclass(frozen=True, slots=True)
class ModelShare:
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
