"""What surrounds every answer: which part of the history it is about, and what was read for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenscope import __version__
from tokenscope.credentials import count_marks, masked
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.store import dates_of
from tokenscope.value import Value

SCHEMA_VERSION = 1


class ScopeFields(Value):
    since: datetime | None
    until: datetime | None
    timezone: str
    projects: list[str]
    models: list[str]
    roots: list[str]
    sessions_found: int
    sessions_read: int
    capped: bool
    sessions: list[str]
    only: list[str]


class CoverageFields(Value):
    """Files to anomalies and the dates: of all that was read. Messages to models: of what is in scope.

    `without_model`: what a choice of models leaves out because it is no model's, see `Activity`; null without one.
    """

    files: int
    bytes: int
    rows: int
    malformed_rows: int
    duplicate_rows: int
    undated_rows: int
    anomalous_counters: int
    unreadable_files: int
    messages: int
    output_floor_messages: int
    unpriced_tokens: int
    unpriced_models: list[str]
    missing_subagents: int | None
    oldest: datetime | None
    newest: datetime | None
    files_found: int
    oversized_rows: int
    untrusted_ids: int
    priority_messages: int
    tool_web_searches: int
    contract_rates: str | None
    masked_credentials: int | None  # in the texts of this answer; null: nobody counted
    without_model: int | None
    refused_requests: int
    refused_after_output: int  # responses
    repeated_ids: int


class Envelope(Value):
    schema_version: int
    tokenscope: str
    question: str
    scope: ScopeFields
    coverage: CoverageFields
    report: Any


def envelop(question: str, history: History, report: Any) -> Envelope:
    """An answer with what a script needs to judge it."""
    count = None if report is None else count_marks(report)
    return Envelope(SCHEMA_VERSION, __version__, question, _scope(history), _coverage(history, count), report)


def _scope(history: History) -> ScopeFields:
    scope, coverage = history.scope, history.store.coverage
    return ScopeFields(
        since=None if scope.since is None else scope.local(scope.since),
        until=None if scope.until is None else scope.local(scope.until),
        timezone=scope.zone_name,
        projects=list(scope.projects),
        models=list(scope.models),
        roots=list(coverage.roots),
        sessions_found=coverage.sessions_found,
        sessions_read=coverage.sessions_read,
        capped=coverage.capped,
        sessions=list(scope.sessions),
        only=[f"{field}={wanted}" for field, wanted in scope.only],
    )


def _coverage(history: History, count: int | None) -> CoverageFields:
    read = history.store.coverage
    total = history.total
    is_one = history.store.chosen is not None  # beside its files, those of its copies may have been looked into
    oldest, newest = dates_of(history.messages) if is_one else history.store.dates()
    return CoverageFields(
        files=read.files,
        bytes=read.bytes,
        rows=read.rows,
        malformed_rows=read.malformed_rows,
        duplicate_rows=read.duplicate_rows,
        undated_rows=read.undated_rows,
        anomalous_counters=read.anomalous_counters,
        unreadable_files=read.unreadable_files,
        messages=total.messages,
        output_floor_messages=total.floors,
        unpriced_tokens=total.unpriced_tokens,
        unpriced_models=masked(sorted(total.unpriced)),
        missing_subagents=read.missing_subagents,
        oldest=None if oldest is None else history.scope.local(oldest),
        newest=None if newest is None else history.scope.local(newest),
        files_found=read.files_found,
        oversized_rows=read.oversized_rows,
        untrusted_ids=read.untrusted_ids,
        priority_messages=total.priority,
        without_model=history.once(Activity).without_model if history.scope.models else None,
        tool_web_searches=total.tool_searches,
        contract_rates=history.pricer.table.contract or None,
        masked_credentials=count,
        refused_requests=total.refused,
        refused_after_output=total.attempts,
        repeated_ids=read.repeated_ids,
    )
