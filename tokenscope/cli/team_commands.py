"""The commands of a team: signing in, handing on, what is there, signing out, and what a server's admin runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tokenscope.cli.help import TEAM
from tokenscope.cli.options import parameters_of
from tokenscope.cli.own_command import OwnCommand
from tokenscope.errors import UsageError

Roots = Annotated[
    list[Path] | None, typer.Option("--root", help="Read this folder, not the default ones. Repeatable.", metavar="DIR")
]


def login(  # noqa: PLR0913 - one parameter an option
    *,
    key: Annotated[
        str | None, typer.Argument(help="Your key; - reads it from stdin, none asks for it.", metavar="[KEY]")
    ] = None,
    url: Annotated[
        str | None, typer.Argument(help="postgresql://YOU@HOST/DATABASE, or file:///FOLDER.", metavar="[URL]")
    ] = None,
    machine: Annotated[
        str | None, typer.Option(help="What this machine is called there; default: random.", metavar="NAME")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Who you are in a shared folder; default: random.", metavar="NAME")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Names of projects and servers go as they are, not as hashes.")
    ] = False,
    key_command: Annotated[
        str | None, typer.Option(help="Run this for the key each time; none is stored.", metavar="COMMAND")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="The certificate that signs the server's, a PEM file.", metavar="FILE")
    ] = None,
    no_tls: Annotated[
        bool, typer.Option("--no-tls", help="Send key and figures unencrypted, readable to all on the way.")
    ] = False,
) -> None:
    from tokenscope.app import sync as app  # noqa: PLC0415 - for these commands alone
    from tokenscope.team.stored_login import StoredLogin, login_path, read_login  # noqa: PLC0415

    if key is not None and "://" in key and url is None:  # the address alone
        key, url = None, key
    before = read_login(login_path())
    if url is None and before is None:
        raise UsageError("where do you want to sign in?", hint="`tokenscope login - postgresql://YOU@HOST/DATABASE`")
    has_key = key_command is not None or (url is not None and _has_key(url))
    wanted = StoredLogin(
        url=url or (before.url if before else ""),
        machine=machine or (before.machine if before else ""),
        person=person or (before.person if before else ""),
        names=names,
        ca=str(ca.resolve()) if ca else (before.ca if before and url is None else ""),
        no_tls=no_tls,
        key_command=key_command or "",
    )
    app.sign_in(wanted, "" if has_key and key is None else _key(key), sys.stdout)


def _has_key(url: str) -> bool:
    from tokenscope.team.stored_login import read_address  # noqa: PLC0415

    return bool(read_address(url).key)


def _key(given: str | None) -> str:
    if given == "-":
        given = sys.stdin.readline() if sys.stdin is not None else ""
    elif given is None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("no key was given", hint="`tokenscope login - URL` reads it from stdin")
        from getpass import getpass  # noqa: PLC0415 - 3 ms

        given = getpass("key: ")
    key = given.strip()
    if not key or not key.isprintable():
        raise UsageError("the key is empty or has characters that no key has", hint="give it as you got it")
    return key


def sync(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only from then on: 7d, 2026-11-03 or an ISO time.", metavar="WHEN")
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="All of it, not only what is new.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the rows that would go, and send none.")] = False,
    root: Roots = None,
) -> None:
    from tokenscope.app import sync as app  # noqa: PLC0415

    if since is not None and all:
        raise UsageError("--since and --all exclude each other", hint="use one of them")
    app.hand_on(app.Wanted(since, all, dry_run, tuple(root or ())), sys.stdout)


def status(
    *,
    all: Annotated[bool, typer.Option("--all", help="Every day.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="One fact a line, without boxes.")] = False,
    color: Annotated[bool | None, typer.Option("--color/--no-color", help="Colour or none.")] = None,
    root: Roots = None,
) -> None:
    from tokenscope.app.team_status import tell_status  # noqa: PLC0415

    tell_status(tuple(root or ()), sys.stdout, every_day=all, plain=plain, color=color)


def logout(
    *, forget: Annotated[bool, typer.Option("--forget", help="Before it, delete all that you handed on.")] = False
) -> None:
    from tokenscope.app import sync as app  # noqa: PLC0415

    app.sign_out(sys.stdout, forget=forget)


def server_sql() -> None:
    from tokenscope.app import sync as app  # noqa: PLC0415

    app.print_schema(sys.stdout)


def _command(name: str, help: str, examples: tuple[str, ...], does: Callable[..., None]) -> OwnCommand:
    def run(**values: Any) -> None:
        try:
            does(**values)
        except BrokenPipeError:
            raise SystemExit from None  # as typer does for its own output

    return OwnCommand(name, help, TEAM, examples, lambda _: (run, parameters_of(does)), on_demo=False)


TEAM_COMMANDS = (
    _command(
        "login",
        "Sign in to a team's history, and see what will be handed on.",
        ("tokenscope login - postgresql://ada@db.example/usage", "tokenscope login - file:///mnt/team --person ada"),
        login,
    ),
    _command(
        "sync",
        "Hand on what is new: counters and hashed names, no text.",
        ("tokenscope sync --dry-run", "tokenscope sync", "tokenscope sync --all"),
        sync,
    ),
    _command("status", "Which days have been handed on, and which are missing.", ("tokenscope status",), status),
    _command(
        "logout",
        "Sign out; --forget deletes what was handed on.",
        ("tokenscope logout", "tokenscope logout --forget"),
        logout,
    ),
    _command(
        "server-sql",
        "What a server's admin runs: tables, functions and roles.",
        ("tokenscope server-sql | psql postgresql://admin@db.example/usage",),
        server_sql,
    ),
)
