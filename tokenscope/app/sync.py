"""A machine's history handed on to a team's: signing in, sending what is new, what is there, and taking it back.

Nothing of this happens unasked, and no question imports it.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

import msgspec

from tokenscope import __version__
from tokenscope.app.open_history import ReadingBar, open_history
from tokenscope.app.request import Request, scope_of
from tokenscope.errors import NoRightsError, TeamError, UsageError
from tokenscope.history.history import History
from tokenscope.pricing.pricer import load_pricer
from tokenscope.team.agreed_fields import Naming, agreed_words
from tokenscope.team.git_remotes import identity_of
from tokenscope.team.shared_rows import FACETS, SharedRows, shared_rows
from tokenscope.team.stored_login import (
    LABEL,
    Address,
    StoredLogin,
    find_key,
    login_path,
    read_address,
    read_login,
    store_login,
)
from tokenscope.team.target import AGAIN, SCHEMA, PeopleTarget, Target, Welcome
from tokenscope.value import replace
from tokenscope.view.figures import plural

BATCH = 5_000  # rows that are taken whole or not at all
SESSIONS_A_BATCH = 250
OVERLAP = timedelta(days=2)  # sent again: a response may grow after it was first seen
EXTRA = "tokenscope-cli[team]"


class Wanted(NamedTuple):
    """Which part of the history is to go: from a moment on, all of it, or (neither) what is new."""

    since: str | None = None
    all: bool = False
    dry_run: bool = False
    roots: tuple[Path, ...] = ()


def sign_in(login: StoredLogin, key: str, stream: TextIO) -> None:
    """Connect, tell what will go, and store the login. Raises TokenscopeError; nothing is stored then."""
    address = read_address(login.url)
    if address.key and key and address.key != key:
        raise UsageError("the address has another key in it", hint="give the key once")
    key = key or address.key
    login = replace(
        login,
        url=address.url(),
        machine=login.machine or secrets.token_hex(4),
        person=(login.person or secrets.token_hex(4)) if address.folder is not None else "",
    )
    for what, label in (("machine", login.machine), ("person", login.person)):
        if label and not LABEL.fullmatch(label):
            raise UsageError(f"{label!r} is no name of a {what}", hint="1 to 40 letters, digits, dots and hyphens")
    login = replace(login, key="" if login.key_command else key)
    target = open_target(login)
    try:
        person = _person_of(target)
    finally:
        target.close()
    store_login(login, login_path())
    where = where_of(read_address(login.url))
    if person is None:
        print(f"Signed in to {where} as {address.person}, to read alone: `tokenscope daily --team`.", file=stream)
        print("Nothing is handed on from here: for that its admin grants the role tokenscope_writer.", file=stream)
        return
    print(f"Signed in to {where} as {person}; this machine is called {login.machine} there.\n", file=stream)
    print("\n".join(agreed_words(login)), file=stream)


def _person_of(target: Target) -> str | None:
    """Who hands on there; None: who may only read. Raises NoRightsError where neither is allowed."""
    try:
        return target.welcome().person
    except NoRightsError:
        try:
            cast("PeopleTarget", target).smallest_cell()
        except TeamError:
            pass
        else:
            return None
        raise


def hand_on(wanted: Wanted, stream: TextIO) -> None:
    """Send what is new, the oldest first; or print it. Raises TokenscopeError; what was taken by then stays."""
    login = known_login(is_needed=not wanted.dry_run)
    if login is None:
        rows = _rows(wanted.roots, Naming(secrets.token_hex(16), identity_of))
        _print_rows(_selected(rows, wanted, None), StoredLogin("", "not-yet-named"), stream)
        print("tokenscope: you are not signed in: all rows, with hashes of no team's", file=sys.stderr)
        return
    target = open_target(login)
    try:
        welcome = target.welcome()
        rows = _rows(wanted.roots, Naming(welcome.salt, identity_of, login.names))
        chosen = _selected(rows, wanted, welcome)
        if wanted.dry_run:
            _print_rows(chosen, login, stream)
            return
        counts = _send(target, chosen, is_all=wanted.since is None)
    finally:
        target.close()
    print(_told(counts, chosen, where_of(read_address(login.url)), login.machine), file=stream)


def sign_out(stream: TextIO, *, forget: bool) -> None:
    """Forget the login, and before it, where that is wanted, all that was handed on. Raises TokenscopeError."""
    login = known_login()
    assert login is not None
    if forget:
        target = open_target(login)
        try:
            number = target.forget()
        finally:
            target.close()
        where = where_of(read_address(login.url))
        print(f"{plural(number, 'response')} of yours, from all your machines, deleted from {where}.", file=stream)
    login_path().unlink(missing_ok=True)
    rest = "" if forget else " What was handed on stays there: `tokenscope logout --forget` deletes it, signed in."
    print(f"Signed out: this machine has no key any more.{rest}", file=stream)


def print_schema(stream: TextIO) -> None:
    """What the admin of a server runs once, and again for a newer version."""
    stream.write(SCHEMA.read_text(encoding="utf-8"))


def open_target(login: StoredLogin) -> Target:
    """What a login leads to, connected. Raises TeamError."""
    address, key = read_address(login.url), find_key(login, os.environ)
    if address.folder is not None:
        from tokenscope.team.shared_folder import FolderTarget  # noqa: PLC0415 - 3 ms

        return FolderTarget(address.folder, login, key)
    try:
        from tokenscope.team.postgres import PostgresTarget  # noqa: PLC0415 - the network, for these commands alone
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("pg8000", "scramp", "asn1crypto", "dateutil"):
            raise
        hint = f"pip install '{EXTRA}', or uvx --from '{EXTRA}' tokenscope; `npx tokenscope` brings it by itself"
        raise TeamError("a server needs pg8000, which is not installed", hint=hint) from None
    return PostgresTarget(address, login, key)


def known_login(*, is_needed: bool = True) -> StoredLogin | None:
    login = read_login(login_path())
    if login is None and is_needed:
        raise TeamError("you are not signed in anywhere", hint="`tokenscope login - postgresql://YOU@HOST/DATABASE`")
    return login


def _rows(roots: Sequence[Path], naming: Naming) -> SharedRows:
    """All that this machine's transcripts have, at the packaged list prices, not a contract's."""
    return shared_rows(whole_history(roots), naming)


def whole_history(roots: Sequence[Path]) -> History:
    from tokenscope.view.question import Reading  # noqa: PLC0415

    request = Request(root=list(roots) or None, tz="UTC")
    found = open_history(Reading(FACETS), request)
    return History(found.store, found.scope, load_pricer(user_file=None))


def _selected(rows: SharedRows, wanted: Wanted, welcome: Welcome | None) -> SharedRows:
    """Those that are to go. Undated ones always do: they are few."""
    since = None
    if wanted.since is not None:
        since = _iso(scope_of(Request(since=wanted.since)).since)
    elif not wanted.all and welcome is not None and welcome.newest is not None and welcome.revision >= rows.revision:
        since = _iso(round((welcome.newest - OVERLAP).timestamp() * 1000))
    if since is None:
        return rows
    responses = [row for row in rows.responses if (row["time"] or "9") >= since]
    touched = {row["session"] for row in responses}
    return rows._replace(responses=responses, sessions=[row for row in rows.sessions if row["session"] in touched])


def _iso(time: int | None) -> str:
    from tokenscope.team.shared_rows import utc_moment  # noqa: PLC0415

    return utc_moment(time) or ""


def batches(rows: SharedRows, *, is_all: bool) -> Iterator[dict[str, Any]]:
    """What goes in one call each. The last one says that all up to the newest row has gone."""
    for start in range(0, len(rows.responses), BATCH):
        yield {"version": __version__, "responses": rows.responses[start : start + BATCH]}
    for start in range(0, len(rows.sessions), SESSIONS_A_BATCH):
        yield {"version": __version__, "sessions": rows.sessions[start : start + SESSIONS_A_BATCH]}
    if is_all:
        newest = max((row["time"] for row in rows.responses if row["time"]), default=None)
        yield {"version": __version__, "revision": rows.revision, "newest": newest}


def _send(target: Target, rows: SharedRows, *, is_all: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    total, done = len(rows.responses) + len(rows.sessions), 0
    with ReadingBar("sending", lambda number: f"{number:,}") as bar:
        for batch in batches(rows, is_all=is_all):
            try:
                counts.update(target.put(batch))
            except TeamError as error:
                taken = f"{error.message}; {done:,} of {total:,} rows had been taken"
                raise TeamError(taken, hint=error.hint if AGAIN in error.hint else f"{error.hint}. {AGAIN}") from None
            done += len(batch.get("responses", ())) + len(batch.get("sessions", ()))
            bar.show(done, total)
    return counts


def _print_rows(rows: SharedRows, login: StoredLogin, stream: TextIO) -> None:
    write: Callable[[Any], Any] = lambda value: print(msgspec.json.encode(value).decode(), file=stream)  # noqa: E731
    write({"machine": login.machine, "version": __version__})
    for kind, found in (("response", rows.responses), ("session", rows.sessions)):
        for row in found:
            write({kind: row})


def _told(counts: Counter[str], rows: SharedRows, where: str, machine: str) -> str:
    sent = plural(len(rows.responses), "response")
    grown = counts["changed"]
    lines = [f"{sent} handed on to {where} from {machine}: {counts['new']:,} new, {grown:,} changed."]
    if rows.left_out:
        lines.append(f"{plural(rows.left_out, 'response')} left out: more tokens than any response has.")
    return "\n".join(lines)


def where_of(address: Address) -> str:
    return str(address.folder) if address.folder is not None else f"{address.host}/{address.database}"
