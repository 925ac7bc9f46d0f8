"""A team's history on PostgreSQL: three functions, called over one connection, each in a transaction of its own.

The only module that knows the network, and it is imported by the commands of a team alone. Whatever goes wrong is one
TeamError: which of the usual reasons it was, and that what had been taken stays.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pg8000.native
from pg8000.exceptions import DatabaseError, InterfaceError

from tokenscope.errors import NoRightsError, TeamError, UsageError
from tokenscope.team.stored_login import Address, StoredLogin
from tokenscope.team.target import AGAIN, NEEDED, DayWindow, Welcome, welcome_of

PATIENCE = 60  # seconds for one answer
NO_RIGHTS = "42501"
WEEKLY = ("projects", "sources", "causes")  # of the views of teams; the others are by day
COLUMNS = (
    *("id", "session", "time", "person", "machine", "project", "model", "agent_type", "cause", "is_subagent"),
    *("is_part", "responses", "input_tokens", "output_tokens", "cache_read_input_tokens"),
    *("cache_creation_input_tokens", "ephemeral_1h_input_tokens", "rebuilt_tokens", "web_search_requests"),
    *("context_tokens", "unpriced_tokens", "list_price_usd", "output_is_floor"),
)
SESSIONS_SQL = """
select s.session, s.person, s.prompt_tokens, s.floor_tokens,
       coalesce(jsonb_agg(
         jsonb_build_object('source', l.source, 'tokens', l.tokens, 'occurrences', l.occurrences,
                            'list_price_usd', l.list_price_usd::text) order by l.source)
         filter (where l.source is not null), '[]') as ledger
  from tokenscope.person_sessions s left join tokenscope.person_ledger l using (session, person)
 group by s.session, s.person, s.prompt_tokens, s.floor_tokens order by s.session
"""
_ADMIN = "its admin runs what `tokenscope server-sql` prints"
# By SQLSTATE, the longest first: what went wrong, and what helps.
_REASONS = {
    "28": ("the server refuses this key or this person", "`tokenscope login` with the right one"),
    "3D000": ("the server has no such database", "look at the address: `tokenscope login`"),
    "42883": ("the database has none of tokenscope's functions", _ADMIN),
    "42P01": ("the server's tables are older than this program", f"{_ADMIN} again"),
    "3F000": ("the database has none of tokenscope's functions", _ADMIN),
    "42501": ("this person has no rights to hand on figures", "its admin grants the role tokenscope_writer"),
    "53100": ("the server's disk is full", f"its admin makes room. {AGAIN}"),
    "53200": ("the server is out of memory", AGAIN),
    "53300": ("the server has too many connections", AGAIN),
    "57P": ("the server is shutting down or starting", AGAIN),
    "40": ("the server was busy with the same rows", AGAIN),
    "22": ("the server refuses a row", "report it: nothing of its batch was taken"),
    "23": ("the server refuses a row", "report it: nothing of its batch was taken"),
}


class PostgresTarget:
    """One connection. Raises TeamError wherever the server does not answer as it should."""

    def __init__(self, address: Address, login: StoredLogin, key: str) -> None:
        self.machine = login.machine
        self.place = f"{address.host}, database {address.database}"
        try:
            self._connection = pg8000.native.Connection(
                address.person,
                password=key,
                host=address.host,
                port=address.port,
                database=address.database,
                ssl_context=_tls(address, login),
                timeout=PATIENCE,
                application_name="tokenscope",
            )
        except Exception as error:
            raise _told(error, self.place) from None

    def welcome(self) -> Welcome:
        """What the server says of itself and of this machine's days."""
        found = welcome_of(self._call("days", {"machine": self.machine}))
        _check_version(found.version)
        return found

    def put(self, batch: Mapping[str, Any]) -> dict[str, int]:
        """Rows that the server takes whole or not at all; how many were new, and how many changed."""
        found: dict[str, int] = self._call("put", {"machine": self.machine, **batch})
        return found

    def known(self, ids: Sequence[str]) -> str:
        """Where each of these is: h from here, o from another machine of the same person, c another's, - nowhere."""
        return str(self._call("days", {"machine": self.machine, "ids": ids})["known"] or "")

    def forget(self) -> int:
        """Take back all of this person; how many rows that were."""
        return int(self._call("forget")["forgotten"])

    def people_responses(self, since: datetime | None) -> Iterator[dict[str, Any]]:
        """What counts, a row a response and person, from a moment on or all of it; needs tokenscope_people."""
        where = "where time >= :since" if since is not None else ""
        columns = ", ".join(COLUMNS)
        given = {} if since is None else {"since": since}
        yield from self._select(f"select {columns} from tokenscope.person_responses {where} order by time, id", given)

    def people_sessions(self) -> Iterator[dict[str, Any]]:
        """Each session with its ledger; needs tokenscope_people."""
        yield from self._select(SESSIONS_SQL, {})

    def smallest_cell(self) -> int:
        """How many people a sum over people is about at least. Raises NoRightsError where none may be read."""
        (rules,) = self._select("select version, smallest_cell from tokenscope.team_rules", {})
        _check_version(int(rules["version"]))
        return int(rules["smallest_cell"])

    def sums(self, view: str, window: DayWindow) -> list[dict[str, Any]]:
        """Sums over people, by one of the views of teams: of the days of UTC, or whole weeks, that a window touches."""
        unit = "week" if view in WEEKLY else "day"
        conditions = [
            *([f"{unit} > cast(:first as date) - {7 if unit == 'week' else 1}"] if window.first else []),
            *([f"{unit} <= cast(:last as date)"] if window.last else []),
        ]
        given = {name: one.isoformat() for name, one in window._asdict().items() if one}
        where = f"where {' and '.join(conditions)}" if conditions else ""
        return list(self._select(f"select * from tokenscope.team_{view} {where} order by {unit}", given))

    def _select(self, sql: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        try:
            rows = self._connection.run(sql, **given)
            names = [column["name"] for column in self._connection.columns]
        except Exception as error:
            if isinstance(error, DatabaseError) and _code(error) == NO_RIGHTS:
                hint = (
                    "its admin grants tokenscope_reader (sums over people) or tokenscope_people (each person's figures)"
                )
                raise NoRightsError(f"{self.place}: you may read nobody's figures", hint=hint) from None
            raise _told(error, self.place) from None
        for row in rows:
            yield dict(zip(names, row, strict=True))

    def close(self) -> None:
        try:
            self._connection.close()
        except Exception:  # it is gone already
            return

    def _call(self, function: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            if given is None:
                rows = self._connection.run(f"select tokenscope.{function}()")
            else:
                text = msgspec.json.encode(given).decode()
                rows = self._connection.run(f"select tokenscope.{function}(cast(:given as jsonb))", given=text)
        except Exception as error:
            raise _told(error, self.place) from None
        found: dict[str, Any] = rows[0][0] if rows else {}
        return found


def _check_version(version: int) -> None:
    if version < NEEDED:
        hint = f"this program needs {NEEDED}: {_ADMIN} again"
        raise TeamError(f"the server's tables are of version {version}", hint=hint)


def _tls(address: Address, login: StoredLogin) -> ssl.SSLContext | bool:
    """Verified, unless the server is on this machine or it was asked to go without."""
    if login.no_tls or (address.is_loopback and not login.ca):
        return False
    try:
        return ssl.create_default_context(cafile=login.ca or None)
    except (OSError, ssl.SSLError):
        raise UsageError(f"{login.ca} holds no certificate", hint="name a PEM file") from None


def _told(error: Exception, place: str) -> TeamError:
    """Why a server did not do what it was asked. Its own texts may hold anything: none of them is told."""
    words, hint = f"the server's answer was not understood ({type(error).__name__})", AGAIN
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"its certificate is not to be trusted ({error.verify_message})"
        hint = "name the file of the authority that signed it: `tokenscope login` with --ca FILE"
    elif isinstance(error, ssl.SSLError):
        words, hint = "no secure connection", "does the server speak TLS?"
    elif isinstance(error, DatabaseError):
        words, hint = _reason(error)
    elif isinstance(error, InterfaceError) and "refuses SSL" in str(error):
        words = "the server speaks no TLS"
        hint = "have TLS switched on there; --no-tls sends key and figures readable to all on the way"
    elif isinstance(error, InterfaceError | OSError):
        words = "the server does not answer"
    kind = NoRightsError if isinstance(error, DatabaseError) and _code(error) == NO_RIGHTS else TeamError
    return kind(f"{place}: {words}", hint=hint)


def _code(error: DatabaseError) -> str:
    """The five characters that every error of PostgreSQL has."""
    told = error.args[0] if error.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""


def _reason(error: DatabaseError) -> tuple[str, str]:
    code = _code(error)
    for start, reason in sorted(_REASONS.items(), key=lambda one: -len(one[0])):
        if code.startswith(start):
            return reason
    return f"the server answered with error {code or '?'}", AGAIN
