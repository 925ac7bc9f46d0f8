"""What surrounds the cards in a terminal: one line above them, and below what was read and what to ask next."""

from __future__ import annotations

from datetime import timedelta

from tokenscope.view import figures
from tokenscope.view.card import Card, Page, Place
from tokenscope.view.envelope import Envelope
from tokenscope.view.money import arranged
from tokenscope.view.question import Drawing, Question

PAUSE = " · "


def make_page(question: Question, envelope: Envelope, cards: tuple[Card, ...], drawing: Drawing) -> Page:
    """A question's cards with their surroundings, in the order that suits the reader's plan."""
    cards = arranged(cards, drawing.plan)
    if not question.reads:
        return Page("tokenscope", cards, tuple(filter(None, [_next(question, envelope, drawing)])))
    is_screen = sum(card.place is not Place.CARD for card in cards) > 1  # its cards name what to ask next
    footer = (
        (_short_coverage(envelope, drawing),)
        if is_screen
        else (*coverage_lines(envelope, drawing), _next(question, envelope, drawing))
    )
    scope = scope_words(envelope, drawing, names_filters=not question.is_shared)
    return Page(f"tokenscope   {scope}", cards, tuple(line for line in footer if line))


def scope_words(envelope: Envelope, drawing: Drawing, *, names_filters: bool = True) -> str:
    """Which part of the history an answer is about."""
    scope, coverage = envelope.scope, envelope.coverage
    parts = [figures.plural(scope.sessions_found, "session")]
    if scope.capped:
        parts = [f"the newest {scope.sessions_read:,} of {scope.sessions_found:,} sessions"]
    if drawing.made_up:
        parts.insert(0, "a made-up history")
    first, last = scope.since or coverage.oldest, coverage.newest
    if scope.until is not None:
        last = scope.until - timedelta(milliseconds=1)  # the window ends before it
    if first is not None and last is not None:
        if last < first:  # nothing of it lies in the window
            parts.append(f"since {figures.day(first, drawing.zone, drawing.now)}")
        else:
            parts.append(figures.day_span(first, last, drawing.zone, drawing.now))
    filters = (("project", scope.projects), ("model", scope.models), ("session", scope.sessions), ("only", scope.only))
    for name, wanted in filters:
        if wanted:
            told = ", ".join(one[:8] if name == "session" else one for one in wanted)
            parts.append(f"{name} {told}" if names_filters else f"one {name.replace('only', 'stamp')} or more chosen")
    return PAUSE.join(parts)


def _short_coverage(envelope: Envelope, drawing: Drawing) -> str:
    """What is not in the figures of a screen that has to be short, and who says more."""
    coverage, parts = envelope.coverage, []
    if coverage.output_floor_messages and coverage.messages:
        part = figures.share(coverage.output_floor_messages / coverage.messages)
        parts.append(f"{part} of output unfinished")
    if coverage.unpriced_tokens:
        parts.append(f"{figures.tokens(coverage.unpriced_tokens)} unpriced")
    if coverage.masked_credentials:
        parts.append(figures.plural(coverage.masked_credentials, "credential masked", "credentials masked"))
    if coverage.contract_rates:
        parts.append("contract rates")
    if envelope.scope.capped:
        parts.append("--full reads all")
    return PAUSE.join([*parts, "a lower bound", f"times in {envelope.scope.timezone}", f"{drawing.command} doctor"])


def coverage_lines(envelope: Envelope, drawing: Drawing) -> tuple[str, ...]:
    """What was read for an answer, what was odd about it, and what its reader has to know."""
    return (_coverage(envelope, drawing), *_caveats(envelope))


def _coverage(envelope: Envelope, drawing: Drawing) -> str:
    """One line: what was read, and what was odd about it."""
    coverage = envelope.coverage
    parts = [figures.plural(coverage.files, "file"), figures.plural(coverage.rows, "row")]
    for number, one, many in (
        (coverage.duplicate_rows, "repeated row counted once", "repeated rows counted once"),
        (coverage.malformed_rows, "malformed", "malformed"),
        (coverage.oversized_rows, "too large to read", "too large to read"),
        (coverage.unreadable_files, "unreadable", "unreadable"),
        (coverage.undated_rows, "without a time", "without a time"),
        (coverage.anomalous_counters, "odd counter", "odd counters"),
        (coverage.repeated_ids, "id of several responses", "ids of several responses"),
        (coverage.untrusted_ids, "id told apart by its figures", "ids told apart by their figures"),
        (coverage.output_floor_messages, "unfinished output figure", "unfinished output figures"),
        (coverage.missing_subagents or 0, "subagent without a file", "subagents without a file"),
        (
            coverage.tool_web_searches,
            "search of the WebSearch tool without its tokens",
            "searches of the WebSearch tool without their tokens",
        ),
        (coverage.masked_credentials or 0, "credential masked", "credentials masked"),
        (
            coverage.without_model or 0,
            "prompt or notice of no model left out",
            "prompts and notices of no model left out",
        ),
        (coverage.priority_messages, "priority at standard price", "priority at standard price"),
        (coverage.refused_requests, "refused before any output at no price", "refused before any output at no price"),
        (coverage.refused_after_output, "refused after output, priced", "refused after output, priced"),
    ):
        if number:
            parts.append(figures.plural(number, one, many))
    if coverage.unpriced_tokens:
        parts.append(f"{figures.tokens(coverage.unpriced_tokens)} tokens unpriced")
        served = [name for name in coverage.unpriced_models if name.endswith(")")]
        if served:
            parts.append("no price is known for " + ", ".join(served[:3]))
    if coverage.oldest is not None:
        parts.append(f"oldest {figures.day(coverage.oldest, drawing.zone, drawing.now)}")
    parts.append(f"times in {envelope.scope.timezone}")
    return PAUSE.join(parts)


def _caveats(envelope: Envelope) -> list[str]:
    """What the reader of a cut or far-reaching answer has to know (T52)."""
    scope, caveats = envelope.scope, []
    if envelope.coverage.contract_rates:
        caveats.append(
            "dollars at your organisation's contract rates: modelPricing in " + envelope.coverage.contract_rates
        )
    if envelope.question in ("quickstart", "report"):
        caveats.append("a lower bound: other machines, the web app and some requests are not in transcripts")
    if scope.capped:
        caveats.append(
            f"only the newest {scope.sessions_read:,} sessions were read; --full reads all, --max-sessions N as many"
        )
    is_whole = envelope.coverage.files_found == envelope.coverage.files
    if is_whole and scope.since and envelope.coverage.oldest and scope.since < envelope.coverage.oldest:
        caveats.append(
            "the window begins before the oldest transcript: Claude Code deletes them after 30 days unless "
            "cleanupPeriodDays says otherwise"
        )
    return caveats


def _next(question: Question, envelope: Envelope, drawing: Drawing) -> str:
    names = question.next(envelope.report) if callable(question.next) else question.next
    return "next: " + PAUSE.join(f"{drawing.command} {name}" for name in names) if names else ""
