"""`--plain`: cards for screen readers, narrow terminals and grep. No boxes, bars, colours; a fact a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from typing import TextIO

from tokenscope.draw.harmless import harmless, in_ascii, speaks_unicode
from tokenscope.value import replace
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Bars, Card, Cell, Chart, Column, Grid, Note, Page, Table, Tone


def write_plainly(page: Page, stream: TextIO) -> None:
    """Write a page to a stream. A line is as long as its facts: the terminal wraps it."""
    encoding = getattr(stream, "encoding", None)
    text = partial(_spoken, ascii_only=not speaks_unicode(encoding))
    stream.writelines(f"{line}\n" for line in _lines(page, text))


def _spoken(untrusted: str, *, keeps_spaces: bool = False, ascii_only: bool = False) -> str:
    """A screen reader says "middle dot" for the sign that separates facts; a comma is a pause."""
    text = harmless(untrusted, keeps_spaces=keeps_spaces).replace(" · ", ", ")
    return in_ascii(text) if ascii_only else text


def _lines(page: Page, text: Callable[..., str]) -> Iterator[str]:
    name, _, scope = page.header.partition("   ")
    yield from filter(None, [text(f"{name}: {scope}" if scope else name)])
    for card in page.cards:
        yield ""
        yield from filter(None, _card(card, text))
    if page.footer:
        yield ""
        yield from filter(None, map(text, page.footer))


def _card(card: Card, text: Callable[..., str]) -> Iterator[str]:
    yield text(card.title)
    yield text(card.sentence)
    for part in card.parts:
        if isinstance(part, Note):
            yield text(part.text, keeps_spaces=part.verbatim)
        elif isinstance(part, Bars | Grid):
            yield from map(text, part.words)
        elif isinstance(part, Chart):
            yield text(part.words)
        elif isinstance(part, Table):
            yield from facts(part, text)
            if part.left_out:
                yield text(left_out(part))
            if part.total is not None:
                yield from sum_facts(part, text)
    for action in filter(None, map(text, card.actions)):
        yield f"To do: {action}"
    for caption in filter(None, [text(caption_of(card, filled_titles))]):
        yield f"Basis: {caption}"


def caption_of(card: Card, drawn: Callable[[Table], set[str]]) -> str:
    """The caption, where "reads, edits: by tools" explains no column that is not drawn. `drawn`: a table's titles."""
    tables = [part for part in card.parts if isinstance(part, Table)]
    titles = {column.title for table in tables for column in table.columns}
    facts = [fact.partition(": ") for fact in card.caption.split(" · ")]
    if not any(titles.issuperset(names.split(", ")) for names, _, _ in facts):
        return card.caption
    shown = set().union(*map(drawn, tables))
    told = []
    for names, *rest in facts:
        named = names.split(", ")
        left = ", ".join(name for name in named if name in shown) if titles.issuperset(named) else names
        told += ["".join([left, *rest])] if left else []
    return " · ".join(told)


def filled_titles(table: Table) -> set[str]:
    """The titles of the columns in which anything stands."""
    every = table.rows if table.total is None else (*table.rows, table.total)
    cells = (zip(table.columns, row.cells, strict=False) for row in every)
    return {column.title for row in cells for column, cell in row if cell not in (None, "", ())}


PREPOSITIONS = frozenset({"at", "after"})  # titles that stand before a number: "after 4 min"
MOMENTS = frozenset({"last used", "started", "opened", "told"})  # titles of a row's name that say when that was
UNSAID = frozenset({"what", "what happened", "name", "ask"})  # what stands below these, and remarks, speaks for itself


def left_out(table: Table) -> str:
    """What a table says about the rows that are not in it."""
    return f"and {figures.count(table.left_out)} more · --all"


def facts(table: Table, text: Callable[[str], str]) -> list[str]:
    """The rows of a table as sentences: "carried: 3.91B tokens, 91.6 % of tokens, read again".

    An indented row is named after the row it belongs to: "Read results, src/store.py: 121M tokens". A moment that
    is a name says what of: "20 Nov 14:50 last used: 7.09M tokens".
    """
    sentences: list[str] = []
    names: list[str] = []  # of the row and of those above it, one a level
    for row, after in zip_longest(table.rows, table.rows[1:]) if table.columns else ():
        name, *others = zip_longest(table.columns, row.cells[: len(table.columns)])
        is_titled = name[0].title in MOMENTS and name[1] != IN_ALL
        names = [*names[: row.indent], _fact(*name, text, titled=is_titled)]
        whose = ", ".join(filter(None, names))
        what = ", ".join(filter(None, (_fact(*other, text, titled=True) for other in others)))
        # The rows below a heading are named after it.
        is_heading = row.tone is Tone.DIM and not what and after is not None and after.indent > row.indent
        sentences += [": ".join(filter(None, [whose, what]))] if not is_heading else []
    return list(filter(None, sentences))


def sum_facts(table: Table, text: Callable[[str], str]) -> list[str]:
    """The sum of a table as a sentence that begins with what it is called, in whichever column that stands."""
    if table.total is None:
        return []
    cells = table.total.cells
    first = next((place for place, cell in enumerate(cells) if cell), 0)
    row = replace(table.total, cells=cells[first:])
    return facts(Table(table.columns[first:], (row,)), text)


def _fact(column: Column, cell: Cell, text: Callable[[str], str], *, titled: bool) -> str:
    """What stands in a cell, in words; pictures say nothing here."""
    value = text(cell) if isinstance(cell, str) else ""
    is_said = titled and value and column.kind != "remark" and column.title not in UNSAID
    title = text(column.title) if is_said else ""
    if value == "1" and column.kind == "number":
        title = figures.singular(title)
    is_behind = column.kind == "number" and title not in PREPOSITIONS
    return " ".join(filter(None, [value, title] if is_behind else [title, value]))
