"""What of this machine's history a team's has, day by day: sent, counted under another machine or person, missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC
from pathlib import Path
from typing import TextIO

from tokenscope.app.sync import known_login, open_target, where_of, whole_history
from tokenscope.draw.terminal_page import write_page
from tokenscope.team.agreed_fields import Naming
from tokenscope.team.git_remotes import identity_of
from tokenscope.team.shared_rows import SharedRows, shared_rows
from tokenscope.team.stored_login import StoredLogin, read_address
from tokenscope.team.target import Target, Welcome
from tokenscope.view.card import Card, Column, Page, Row, Table
from tokenscope.view.figures import count, plural

ASKED = 5_000  # ids in one call
DAYS = 14  # shown unless all are asked for
SENT, OWN, OTHERS, MISSING = "h", "o", "c", "-"  # as a target says it
UNDATED = "no date"


def tell_status(roots: tuple[Path, ...], stream: TextIO, *, every_day: bool, plain: bool, color: bool | None) -> None:
    """Compare this machine's responses with what is there. Raises TokenscopeError."""
    login = known_login()
    assert login is not None
    target = open_target(login)
    try:
        welcome = target.welcome()
        rows = shared_rows(whole_history(roots), Naming(welcome.salt, identity_of, login.names))
        found = _places(target, rows)
    finally:
        target.close()
    card = status_card(login, welcome, rows, found, every_day=every_day)
    title = f"tokenscope   {where_of(read_address(login.url))} · {welcome.person} · machine {login.machine}"
    write_page(Page(title, (card,), ()), stream, color=color, plain=plain)


def _places(target: Target, rows: SharedRows) -> dict[str, str]:
    """Where each response of this machine is, by its id."""
    ids = [row["id"] for row in rows.responses]
    parts = [ids[start : start + ASKED] for start in range(0, len(ids), ASKED)]
    return {one: place for part in parts for one, place in zip(part, target.known(part), strict=True)}


def status_card(
    login: StoredLogin, welcome: Welcome, rows: SharedRows, places: dict[str, str], *, every_day: bool
) -> Card:
    """The days of this machine, newest first, in days of UTC."""
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows.responses:
        days[(row["time"] or "")[:10] or UNDATED][places[row["id"]]] += 1
    there = Counter[str]()
    for day in welcome.days:
        if day.machine == login.machine:
            there[day.day or UNDATED] += day.responses
    every = sorted({*days, *(day for day in there if there[day])}, reverse=True)
    shown = every if every_day else every[:DAYS]
    cells = (
        Row((day, *(_cell(days[day][place]) for place in (SENT, OWN, OTHERS, MISSING)), _cell(there[day])))
        for day in shown
    )
    titles = ("here", "machines", "people", "missing", "in all")
    columns = (Column("day, UTC", "label"), *(Column(title, "number") for title in titles))
    sums = Counter(places.values())
    return Card(
        "Handed on",
        _sentence(len(places), sums),
        (Table(columns, tuple(cells), len(every) - len(shown)),),
        ("`tokenscope sync --all`" if sums[MISSING] and welcome.newest else "`tokenscope sync`",)
        if sums[MISSING]
        else (),
        _caption(sums, welcome),
    )


def _cell(number: int) -> str:
    return count(number) if number else ""


def _sentence(total: int, sums: Counter[str]) -> str:
    if not total:
        return "There is no response on this machine."
    if not sums[MISSING]:
        return f"All {plural(total, 'response')} of this machine have been handed on."
    return f"{count(sums[MISSING])} of {plural(total, 'response')} of this machine have not been handed on."


def _caption(sums: Counter[str], welcome: Welcome) -> str:
    newest = "none yet" if welcome.newest is None else f"up to {welcome.newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    whose = ((OWN, "machines: another of yours was first"), (OTHERS, "people: another was first"))
    parts = ["responses and requests inside them", *(words for place, words in whose if sums[place])]
    return " · ".join([*parts, f"last whole sync: {newest}"])
