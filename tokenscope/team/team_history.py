"""A team's rows as a history, so that a question over usage is answered of it as of one machine's: by the same cards.

What nobody hands on is not there: texts, tools, prompts, compactions, single items of a context. Known are, beside each
response, its person and machine, what it cost at list price, and why the cache was lost; of each session its sources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tokenscope.errors import NoTranscriptsError
from tokenscope.history.history import History
from tokenscope.history.rebuilds import Rebuild
from tokenscope.ledger.ledger import FLOOR, NOT_LOGGED, Entry, Floor, Ledger, build_ledger
from tokenscope.model import PICODOLLARS, ExportedFile, Message, Stamps, Sums
from tokenscope.pricing.pricer import NOTHING, Price, Pricer
from tokenscope.scope import Scope
from tokenscope.store import Session, Store, Thread

Row = Mapping[str, Any]
SUBAGENT = "subagent"  # all of a session: rows do not say which
COPY = "copy"  # the part of what a second person's copy of a response has more: tokens, and no response
ADDED = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    *("ephemeral_1h_input_tokens", "web_search_requests"),
)
COUNTED = (*ADDED, "context_tokens")
RESULTS = (" results", "MCP ", "tool ")  # how a source of tools' results begins or ends


class TeamRows(NamedTuple):
    """What a team has. `responses`: as the view person_responses has them, each once; `sessions`: as person_sessions
    has them, with their `ledger`. `place`: where they lie.
    """

    place: str
    responses: Iterable[Row]
    sessions: Iterable[Row]


class ToldPricer(Pricer):
    """Prices responses at what their rows say: how each was served is known there alone."""

    def __init__(self, base: Pricer, told: Mapping[tuple[str, str], int | None]) -> None:
        super().__init__(base.table)
        self._told = told  # picodollars by id and part; None: no price is known

    def price(self, message: Message) -> Price | None:
        """At list price, which is parted as the packaged rates would; None: none is known."""
        total = self._told[message.id, message.part]
        if total is None:
            return None
        usual = super().price(message) or NOTHING
        if not usual.total or usual.total == total:
            return usual if usual.total else Price(0, 0, 0, total, 0)
        parts = [part * total // usual.total for part in usual]
        parts[3] += total - sum(parts)
        return Price(*parts)

    def price_together(self, messages: Iterable[Message], sums: Sums) -> tuple[Price, list[Message]]:
        """What messages cost together, and those without a known price."""
        priced = [(one, self.price(one)) for one in messages]
        known = [price for _, price in priced if price is not None]
        total = Price(*map(sum, zip(*known, strict=True))) if known else NOTHING
        return total, [one for one, price in priced if price is None]

    def unpriced_as(self, message: Message) -> str:
        """What to call a response without a price: its model."""
        return message.model


def team_history(rows: TeamRows, scope: Scope, pricer: Pricer) -> History:
    """What is in scope of a team's rows. Raises NoTranscriptsError where there are none."""
    store = Store()
    prices: dict[tuple[str, str], int | None] = {}
    rebuilds: dict[int, Rebuild] = {}
    threads: dict[tuple[str, str], int] = {}
    for row in rows.responses:
        if not (row["responses"] or any(row[name] for name in ADDED)):
            continue  # a copy that has nothing more
        index = len(store.messages)
        message = _add(store, row, threads)
        store.stamps[message.id] = Stamps(person=row["person"], machine=row["machine"], agent=row["agent_type"])
        usd = Decimal(row["list_price_usd"] or 0)
        is_priced = not row["unpriced_tokens"] and (usd or message.total_tokens)  # nothing at no price: either
        prices[message.id, message.part] = int(usd * PICODOLLARS) if is_priced else None
        tokens = min(row["rebuilt_tokens"], message.cache_creation_input_tokens)
        if tokens:
            rebuilds[index] = Rebuild(index, tokens, row["cause"] or "unexplained", 0)
    if not store.messages:
        hint = "`tokenscope sync` hands this machine's on"
        raise NoTranscriptsError(f"nothing has been handed on to {rows.place}", hint=hint, paths_tried=(rows.place,))
    coverage = store.coverage
    coverage.rows = len(store.messages)
    coverage.undated_rows = sum(one.time is None for one in store.messages)
    coverage.sessions_found = coverage.sessions_read = len(store.sessions)
    coverage.roots = (rows.place,)
    history = History(store, scope, ToldPricer(pricer, prices))
    sessions = tuple(rows.sessions)
    store.exported.append(ExportedFile(rows.place, 0, {}, None, has_failures=False, is_side=False))
    history.know({}, rebuilds)
    history.know({build_ledger: _ledger(history, sessions)})
    return history


def _add(store: Store, row: Row, threads: dict[tuple[str, str], int]) -> Message:
    session_id, time = str(row["session"]), row["time"]
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if time is not None:
        time = round(time.astimezone(UTC).timestamp() * 1000)
    if session_id not in store.sessions:
        store.sessions[session_id] = Session(session_id, row["project"])
    session = store.sessions[session_id]
    whose = session_id, SUBAGENT if row["is_subagent"] else ""
    if whose not in threads:
        threads[whose] = len(store.threads)
        session.threads.append(threads[whose])
        store.threads.append(Thread(*whose))
    message = Message(
        id=f"{row['id']} {row['person']}",
        thread=threads[whose],
        model=row["model"],
        time=time,
        tariff="",
        is_floor=bool(row["output_is_floor"]) and bool(row["responses"]),
        miss_reason="",
        part="" if row["responses"] else "part" if row["is_part"] else COPY,
        **{name: row[name] for name in COUNTED},
    )
    kept = min(message.ephemeral_1h_input_tokens, message.cache_creation_input_tokens)  # of a copy, what it has more
    message = message._replace(ephemeral_1h_input_tokens=kept)
    session.modified = max(session.modified, time or 0)
    store.threads[message.thread].messages.append(len(store.messages))
    store.messages.append(message)
    return message


def _ledger(history: History, sessions: Iterable[Row]) -> Ledger:
    """The sources of each session with a response in scope, in the part of its prompts that is in scope (est.)."""
    threads = history.store.threads
    inside: dict[str, int] = defaultdict(int)
    main: dict[str, tuple[int, int]] = {}
    for message in history.messages:
        thread = threads[message.thread]
        inside[thread.session_id] += message.prompt_tokens
        if not thread.agent_id:
            first = message.time or 0, message.thread
            main[thread.session_id] = min(first, main.get(thread.session_id, first))
    total = history.total
    ledger = Ledger(total.prompt_tokens, total.price.input + total.price.cache_write + total.price.cache_read)
    tokens = price = 0.0
    for session in sessions:
        session_id, whole = str(session["session"]), session["prompt_tokens"]
        part = min(1.0, inside.get(session_id, 0) / whole) if whole else 0.0
        for row in session["ledger"] if part else ():
            own, paid = row["tokens"] * part, float(Decimal(row["list_price_usd"]) * PICODOLLARS) * part
            tokens, price = tokens + own, price + paid
            size = session["floor_tokens"]
            if row["source"] == FLOOR[1] and size is not None and session_id in main:
                time, own_thread = main[session_id]
                ledger.floors.append(Floor(own_thread, time or None, size, size, own, 0.0, paid, row["occurrences"]))
                continue
            kind = "tool_result" if row["source"].endswith(RESULTS[0]) or row["source"].startswith(RESULTS[1:]) else ""
            entry = ledger.entries[kind, row["source"], "", "", "", "", ""]
            entry.tokens, entry.price, entry.occurrences = (
                entry.tokens + own,
                entry.price + paid,
                entry.occurrences + row["occurrences"],
            )
    rest = Entry(max(0.0, ledger.prompt_tokens - tokens), max(0.0, ledger.prompt_price - price), 0, 0)
    if rest.tokens >= 1:
        ledger.entries[NOT_LOGGED] = rest
    return ledger
