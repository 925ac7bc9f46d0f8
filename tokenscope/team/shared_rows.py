"""What of a history is handed on, in rows as JSON has them. No text, no path, no name of a machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from tokenscope.answers.context.rebuild_card import WORDS as CAUSES
from tokenscope.answers.context.sources_by_session import sources_by_session
from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.model import PICODOLLARS, Facet
from tokenscope.team.agreed_fields import RESPONSE, Naming

FACETS = Facet.CONTENT | Facet.TOOLS  # that a history has to be read with
COUNTING_RULES = 1  # goes up when a row of an unchanged log comes to other figures
LARGEST = 10**9  # tokens; what says more is no response
FIRST_TIME, LAST_TIME = 946_684_800_000, 7_258_118_400_000  # ms: the years 2000 to 2199
OTHER_CAUSE = "other"
NAMES = tuple(field.name for field in RESPONSE)


class SharedRows(NamedTuple):
    """All that is handed on of a history. Rows as JSON has them, the oldest first; `left_out`: responses whose figures
    are no response's.
    """

    revision: int  # number: a date and a version in one
    responses: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    left_out: int


def shared_rows(history: History, naming: Naming) -> SharedRows:
    """What a history comes to in rows. It has to be read with FACETS and priced by the packaged table alone."""
    revision = revision_of(history)
    rows = list(_responses(history, naming, revision))
    kept = [row for row in rows if all(row[name] <= LARGEST for name in _COUNTERS)]
    kept.sort(key=lambda row: (row["time"] or "", row["id"]))
    sessions = list(_sessions(history, naming, revision))
    sessions.sort(key=lambda row: (row["started"] or "", row["session"]))
    return SharedRows(revision, kept, sessions, len(rows) - len(kept))


_COUNTERS = tuple(field.name for field in RESPONSE if field.kind == "whole" and field.name != "revision")


def revision_of(history: History) -> int:
    """The date of the prices and the version of the rules of counting, as one number that grows with either."""
    return int(f"{history.pricer.checked:%Y%m%d}{COUNTING_RULES}")


def hash_of(*parts: str) -> str:
    """What an id is handed on as: the same on every machine, and never the id itself, which may be made of a path."""
    return str(UUID(bytes=blake2b("\0\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()))


def _responses(history: History, naming: Naming, revision: int) -> Iterator[dict[str, Any]]:
    store, rebuilds = history.store, history.rebuilds
    agents = {thread: one.agent_type for thread, one in history.once(Activity).subagents_by_thread.items()}
    once: dict[tuple[str, str], str] = {}

    def named(kind: str, name: str) -> str:
        if (kind, name) not in once:
            once[kind, name] = getattr(naming, kind)(name)
        return once[kind, name]

    for index in history.indices:
        message = store.messages[index]
        thread, rebuild, price = store.threads[message.thread], rebuilds.get(index), history.price(index)
        values = (
            hash_of(message.id, message.part),
            hash_of(thread.session_id),
            utc_moment(message.time),
            message.input_tokens,
            message.output_tokens,
            message.cache_read_input_tokens,
            message.cache_creation_input_tokens,
            message.ephemeral_1h_input_tokens,
            message.context_tokens,
            rebuild.tokens if rebuild else 0,
            message.web_search_requests,
            revision,
            bool(message.part),
            bool(thread.agent_id),
            message.is_floor,
            named("project", store.sessions[thread.session_id].project),
            named("model", message.model),
            named("agent_type", agents.get(message.thread, "")),
            _cause(rebuild.cause) if rebuild else "",
            None if price is None else _usd(price.total),
        )
        yield dict(zip(NAMES, values, strict=True))


def _sessions(history: History, naming: Naming, revision: int) -> Iterator[dict[str, Any]]:
    store = history.store
    started: dict[str, int] = {}
    for message in history.messages:
        session_id = store.threads[message.thread].session_id
        if message.time is not None:
            started[session_id] = min(message.time, started.get(session_id, message.time))
    for facts in sources_by_session(history, naming.source, _cause):
        if facts.prompt_tokens > LARGEST * 1_000:
            continue
        yield {
            "session": hash_of(facts.session_id),
            "project": naming.project(store.sessions[facts.session_id].project),
            "started": utc_moment(started.get(facts.session_id)),
            "prompt_tokens": facts.prompt_tokens,
            "floor_tokens": None if facts.floor_tokens is None else min(facts.floor_tokens, LARGEST),
            "revision": revision,
            "ledger": [
                {
                    "source": one.source,
                    "tokens": max(0, one.tokens),
                    "list_price_usd": _usd(max(0, one.price)),
                    "occurrences": max(0, one.occurrences),
                }
                for one in facts.sources
            ],
            "causes": [
                {"cause": cause, "count": count, "tokens": tokens} for cause, (count, tokens) in facts.causes.items()
            ],
        }


def _cause(cause: str) -> str:
    return cause if cause in CAUSES else OTHER_CAUSE


def utc_moment(time: int | None) -> str | None:
    """A moment as ISO 8601 in UTC, to the millisecond; None where it is none of these centuries."""
    if time is None or not FIRST_TIME <= time < LAST_TIME:
        return None
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time % 1000:03d}Z"


def _usd(picodollars: int) -> str:
    """Dollars to the last picodollar, as text: a number of JSON would be rounded on its way."""
    return f"{picodollars // PICODOLLARS}.{picodollars % PICODOLLARS:012d}"
