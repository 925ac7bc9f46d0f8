"""What an export hands on, as plain tables: a row a response, a session, a tool use, a file, a git operation.

Rows are tuples made one at a time, so that a long history needs no second place in memory. Times are ISO 8601
with the offset of the reader's zone, so that their first ten characters are the local day. Dollars are not
rounded: their sums are those of every other answer. Fields that hold words of a transcript (a title, a command,
a prompt, an error) are left out unless text is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tokenscope.credentials import masked_rows
from tokenscope.history.activity import EDITS, READS, WRITES, Activity
from tokenscope.history.counter_series import (
    ATTRIBUTION,
    FILES,
    GIT,
    MESSAGES,
    PROMPTS,
    SESSIONS,
    TOOL_USES,
    Field,
)
from tokenscope.history.history import History
from tokenscope.history.session_usage import session_sums
from tokenscope.model import PICODOLLARS
from tokenscope.store import ToolUse
from tokenscope.value import Value

Row = tuple[Any, ...]


class ExportTable(Value):
    """`rows` can be gone through once."""

    name: str
    fields: tuple[Field, ...]
    rows: Iterable[Row]

    def without_text(self) -> ExportTable:
        """The same without the words of transcripts."""
        kept = [place for place, one in enumerate(self.fields) if not one.is_text]
        if len(kept) == len(self.fields):
            return self
        rows = (tuple(row[place] for place in kept) for row in self.rows)
        return ExportTable(self.name, tuple(self.fields[place] for place in kept), rows)


def message_table(history: History, *, with_text: bool = True) -> ExportTable:
    """One row a response or a request inside one, in the order of time; those without a time last."""
    table = masked_table("messages", MESSAGES, _messages(history))
    return table if with_text else table.without_text()


def masked_table(name: str, fields: tuple[Field, ...], rows: Iterable[Row]) -> ExportTable:
    """A table that holds no credential."""
    return ExportTable(name, fields, masked_rows(rows))


def all_tables(history: History, floors: Mapping[str, int | None]) -> list[ExportTable]:
    """Everything but the ledger; needs Facet.TOOLS and Facet.TITLES. `floors`: tokens, by session."""
    activity = history.once(Activity)
    return [
        masked_table("sessions", SESSIONS, _sessions(history, floors)),
        masked_table("messages", (*MESSAGES, *ATTRIBUTION), _attributed(history, activity)),
        masked_table("tool_uses", TOOL_USES, _tool_uses(history, activity)),
        masked_table("files", FILES, _files(activity)),
        masked_table("git", GIT, _git(history, activity)),
        masked_table("prompts", PROMPTS, _prompts(history, activity)),
    ]


def _clock(history: History) -> Callable[[int | None], str | None]:
    local = history.scope.local

    def told(time: int | None) -> str | None:
        return None if time is None else local(time).isoformat(timespec="milliseconds")

    return told


def _attributed(history: History, activity: Activity) -> Iterator[Row]:
    """Those of `messages`, with why and by whom."""
    rebuilds, agents = history.rebuilds, activity.subagents_by_thread
    for index, row in zip(_in_order(history), _messages(history), strict=True):
        agent = agents.get(history.store.messages[index].thread)
        agent_type = agent.agent_type if agent else ""
        yield (*row, agent_type or None, rebuilds[index].cause if index in rebuilds else None)


def _in_order(history: History) -> list[int]:
    messages = history.store.messages
    return sorted(history.indices, key=lambda index: _last_without_time(messages[index].time))


def _messages(history: History) -> Iterator[Row]:
    store, clock, rebuilds = history.store, _clock(history), history.rebuilds
    messages, threads = store.messages, store.threads
    for index in _in_order(history):
        message = messages[index]
        thread, price = threads[message.thread], history.pricer.price(message)
        session = store.sessions[thread.session_id]
        yield (
            clock(message.time),
            thread.session_id,
            thread.agent_id or None,
            session.project,
            message.model,
            message.id.replace("\0", " "),
            message.part or None,
            message.input_tokens,
            message.output_tokens,
            message.cache_read_input_tokens,
            message.cache_creation_input_tokens,
            message.cache_creation_input_tokens - message.ephemeral_1h_input_tokens,
            message.ephemeral_1h_input_tokens,
            message.total_tokens,
            message.context_tokens,
            rebuilds[index].tokens if index in rebuilds else 0,
            message.web_search_requests,
            message.tariff or None,
            message.is_floor,
            None if price is None else price.total / PICODOLLARS,
            session.title or None,
        )


def _last_without_time(time: int | None) -> tuple[bool, int]:
    return time is None, time or 0


def _sessions(history: History, floors: Mapping[str, int | None]) -> Iterator[Row]:
    clock = _clock(history)
    for one in reversed(session_sums(history)):
        usage, session = one.tally.usage(), one.session
        yield (
            session.session_id,
            session.project,
            session.branch or None,
            session.version or None,
            clock(one.started),
            clock(one.ended),
            one.subagents,
            usage.messages,
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
            usage.ephemeral_5m_input_tokens,
            usage.ephemeral_1h_input_tokens,
            usage.total_tokens,
            None if usage.list_price_usd is None else one.tally.price.total / PICODOLLARS,
            session.title or None,
            floors.get(session.session_id),
        )


def _tool_uses(history: History, activity: Activity) -> Iterator[Row]:
    store, clock = history.store, _clock(history)
    for use in activity.tool_uses:
        thread = store.threads[use.thread]
        yield (
            clock(use.time),
            thread.session_id,
            thread.agent_id or None,
            None if use.message is None else store.messages[use.message].id.replace("\0", " "),
            use.id,
            use.name,
            use.path or None,
            use.outcome or None,
            clock(use.ended),
            use.result_bytes,
            use.lines_added,
            use.lines_removed,
            use.created,
            use.what or None,
            use.error or None,
        )


def _files(activity: Activity) -> Iterator[Row]:
    """By session and path, in the order in which they were first used."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for use in activity.tool_uses:
        if use.path and use.outcome == "ok":
            _count(sums.setdefault((activity.session_id(use.thread), use.path), Counter()), use)
    for whose, count in sums.items():
        counts = (count[name] for name in ("reads", "edits", "writes", "lines_added", "lines_removed"))
        yield (*whose, *counts, count["created"] > 0)


def _count(count: Counter[str], use: ToolUse) -> None:
    for name, names in (("reads", READS), ("edits", EDITS), ("writes", WRITES)):
        count[name] += use.name in names
    count["lines_added"] += use.lines_added
    count["lines_removed"] += use.lines_removed
    count["created"] += use.created


def _git(history: History, activity: Activity) -> Iterator[Row]:
    clock, threads = _clock(history), history.store.threads
    for one in activity.operations:
        thread = threads[one.thread]
        whose = thread.session_id, thread.agent_id or None, activity.project(one.thread)
        yield (clock(one.time), *whose, one.name, one.failed, one.detail or None)


def _prompts(history: History, activity: Activity) -> Iterator[Row]:
    clock = _clock(history)
    for one in activity.prompts:
        yield clock(one.time), one.session_id, one.characters, one.words
