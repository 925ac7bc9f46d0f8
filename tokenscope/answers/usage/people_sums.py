"""What the people of a team did together: sums over people, for who may see no single one. A server hides what is about
fewer people than its smallest cell, so every sum is a lower bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import fsum
from typing import Any, NamedTuple

from tokenscope.answers.context.rebuild_card import WORDS
from tokenscope.answers.usage.periods import day_label, month_label
from tokenscope.answers.usage.usage_table import usage_of_all
from tokenscope.history.usage import share_of
from tokenscope.model import Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Note, Row, Table, Tone
from tokenscope.view.money import amount, counted, ranked
from tokenscope.view.question import Drawing
from tokenscope.view.short_names import model_labels

Cell = Mapping[str, Any]  # a row of one of the server's views
TOKENS = tuple(name for name in Usage.__struct_fields__ if name.endswith("_tokens"))  # the views have them all


class PeopleRow(Value):
    """`name`: a day, a model …; null: undated. `people`: the most in one of the cells that it is the sum of."""

    name: str | None
    people: int
    usage: Usage
    rebuilt_tokens: int
    unpriced_tokens: int


class PeopleSums(Value):
    """Usage by `by`: day, week, month (of days of UTC, the oldest first), model or project (the most tokens first).

    `cell`: what the server puts together before it hides what is about fewer than `smallest_cell` people.
    """

    by: str
    cell: str
    smallest_cell: int
    rows: list[PeopleRow]
    total: Usage


class PeopleShare(Value):
    """A source of the context, or a cause of rebuilds, in tokens. `count`: how often. No price is known of a cause.

    `people`: as above.
    """

    name: str
    people: int
    tokens: int
    share: float | None
    list_price_usd: float | None
    count: int


class PeopleContext(Value):
    """What sat in contexts, and what the cache had lost, the most tokens first: est., of whole sessions, by week.

    `cell`: as above, of at least `smallest_cell` people.
    """

    cell: str
    smallest_cell: int
    sources: list[PeopleShare]
    causes: list[PeopleShare]


class Kind(NamedTuple):
    """How one question is answered: from which of the server's views, and in which words."""

    view: str
    by: str
    cell: str
    title: str


KINDS = {
    "daily": Kind("days", "day", "day", "Day by day"),
    "weekly": Kind("days", "week", "day", "Week by week"),
    "monthly": Kind("days", "month", "day", "Month by month"),
    "models": Kind("models", "model", "day and model (subagents apart)", "Model by model"),
    "projects": Kind("projects", "project", "week and project", "Project by project"),
}
PERIODS = ("day", "week", "month")


def sum_people(kind: Kind, cells: Iterable[Cell], smallest_cell: int) -> PeopleSums:
    """The server's cells put together."""
    parts: dict[str | None, list[Cell]] = defaultdict(list)
    for cell in cells:
        parts[_name(kind, cell)].append(cell)
    rows = sorted((_row(name, found) for name, found in parts.items()), key=lambda row: row.name or "")
    if kind.by not in PERIODS:
        rows.sort(key=lambda row: -row.usage.total_tokens)
    return PeopleSums(kind.by, kind.cell, smallest_cell, rows, usage_of_all([row.usage for row in rows]))


def _name(kind: Kind, cell: Cell) -> str | None:
    name = cell["day" if kind.by in PERIODS else kind.by]
    if not isinstance(name, date):
        return None if name is None else str(name)
    return {"week": name - timedelta(name.weekday()), "month": name.replace(day=1)}.get(kind.by, name).isoformat()


def _row(name: str | None, cells: Sequence[Cell]) -> PeopleRow:
    def added(column: str) -> int:
        return sum(int(cell[column]) for cell in cells)

    tokens, unpriced = {counter: added(counter) for counter in TOKENS}, added("unpriced_tokens")
    whole = tokens["total_tokens"]
    usage = Usage(added("responses"), **tokens, list_price_usd=None if whole and unpriced == whole else _usd(cells))
    return PeopleRow(name, max(int(cell["people"]) for cell in cells), usage, added("rebuilt_tokens"), unpriced)


def _usd(cells: Iterable[Cell]) -> float:
    return round(fsum(float(cell["list_price_usd"]) for cell in cells), 6)


def share_people(sources: Iterable[Cell], causes: Iterable[Cell], smallest_cell: int) -> PeopleContext:
    """Contexts by source, and rebuilds by cause."""
    shares = _shares(sources, "source", "occurrences"), _shares(causes, "cause", "count")
    return PeopleContext("week and source or cause", smallest_cell, *shares)


def _shares(cells: Iterable[Cell], names: str, counts: str) -> list[PeopleShare]:
    parts: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        parts[str(cell[names])].append(cell)
    tokens = {name: sum(int(cell["tokens"]) for cell in found) for name, found in parts.items()}
    whole = sum(tokens.values())
    rows = [
        PeopleShare(
            name,
            max(int(cell["people"]) for cell in found),
            tokens[name],
            share_of(tokens[name], whole),
            _usd(found) if names == "source" else None,
            sum(int(cell[counts]) for cell in found),
        )
        for name, found in parts.items()
    ]
    return sorted(rows, key=lambda row: (-row.tokens, row.name))


# --- in words ---


def people_sums_card(report: PeopleSums, title: str, drawing: Drawing) -> Card:
    """A table of the sums; of periods the newest first."""
    note = _note(report.cell, report.smallest_cell)
    if not report.rows:
        return Card(title, f"Nothing here is about {report.smallest_cell} people or more.", (note,))
    is_time = report.by in PERIODS
    rows = list(reversed(report.rows)) if is_time else ranked(report.rows, lambda row: row.usage, drawing.plan)
    labels = model_labels(row.name or "" for row in rows) if report.by == "model" else {}
    names = [labels.get(row.name or "") or _label(report.by, row.name, drawing) for row in rows]
    most = max(range(len(rows)), key=lambda place: counted(rows[place].usage, drawing.plan))
    used = amount(report.total, drawing.plan)
    of_it = amount(rows[most].usage, drawing.plan).removesuffix(" tokens")
    sentence = (
        f"{used} together; the {'busiest' if is_time else 'most'} was {names[most]} with {of_it}."
        if len(rows) > 1
        else f"{used}, all {names[0]}."
    )
    columns = (
        Column(report.by, "label" if is_time or report.by == "model" else "path"),
        Column("people", "number"),
        Column("tokens", "number"),
        Column("carried", "number", spare=True),
        Column("rebuilt", "number", spare=True),
        Column("responses", "number", spare=True),
        Column("list price", "dollars"),
        Column("", "bar"),
    )
    drawn = [
        Row((*_cells(name, row.people, row.usage, row.rebuilt_tokens), counted(row.usage, drawing.plan)), Tone.CARRIED)
        for name, row in zip(names, rows, strict=True)
    ][: drawing.limit]
    whole = Row(_cells(IN_ALL, None, report.total, sum(row.rebuilt_tokens for row in rows)))
    table = Table(columns, tuple(drawn), len(rows) - len(drawn), whole if len(rows) > 1 else None)
    caption = "exact tokens at API list prices · people: the most in one cell"
    return Card(title, sentence, (table, note), (), caption)


def people_context_cards(report: PeopleContext, drawing: Drawing) -> tuple[Card, ...]:
    """What sat in contexts, and what the cache had lost."""
    note = _note(report.cell, report.smallest_cell)
    nothing = f"Nothing here is about {report.smallest_cell} people or more."
    cards = []
    for title, shares in (("What was in the contexts", report.sources), ("What the cache had lost", report.causes)):
        if not shares:
            cards.append(Card(title, nothing, (note,)))
            continue
        names = [WORDS[one.name][0] if one.name in WORDS else one.name.replace("_", " ") for one in shares]
        verb = "was" if shares is report.sources else "was written a second time"
        sentence = f"{figures.portion(shares[0].share or 0)} of it {verb} {names[0]}."
        rows = [_share_row(name, one) for name, one in zip(names, shares, strict=True)][: drawing.limit]
        columns = (
            Column("source", "path") if shares is report.sources else Column("cause", "label"),
            Column("people", "number", spare=True),
            Column("tokens", "number"),
            Column("share", "number"),
            Column("times", "number", spare=True),
            Column("list price", "dollars"),
            Column("", "bar"),
        )
        table = Table(columns, tuple(rows), len(shares) - len(rows))
        cards.append(
            Card(title, sentence, (table, note), (), "est., of whole sessions, by the week that they began in")
        )
    return tuple(cards)


def _share_row(name: str, one: PeopleShare) -> Row:
    size = figures.tokens(one.tokens), figures.share(one.share), figures.count(one.count)
    cells = (name, figures.count(one.people), *size, figures.dollars(one.list_price_usd), float(one.tokens))
    return Row(cells, tone=Tone.CARRIED if one.list_price_usd is not None else Tone.REBUILT)


def _note(cell: str, smallest: int) -> Note:
    hidden = f"what is about fewer than {smallest} of them in one {cell} is not there"
    return Note(f"Sums over people; {hidden}: a lower bound. Days are those of UTC.", Tone.DIM)


def _label(by: str, name: str | None, drawing: Drawing) -> str:
    if by not in PERIODS:
        return name or f"no {by}"
    return (
        "undated" if name is None else (month_label if by == "month" else day_label)(date.fromisoformat(name), drawing)
    )


def _cells(name: str, people: int | None, usage: Usage, rebuilt: int) -> tuple[str, ...]:
    tokens = map(figures.tokens, (usage.total_tokens, usage.cache_read_input_tokens, rebuilt))
    return (name, figures.count(people), *tokens, figures.count(usage.messages), figures.dollars(usage.list_price_usd))
