"""The rows of a table as sentences, for who sees no table: `--plain`, and a terminal too narrow for one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from tokenscope.view import figures
from tokenscope.view.card import Cell, Column, Table, Tone

PREPOSITIONS = frozenset({"at", "after"})  # titles that stand before a number: "after 4 min"


def left_out(table: Table) -> str:
    """What a table says about the rows that are not in it."""
    return f"and {figures.count(table.left_out)} more · --all"


def facts(table: Table, text: Callable[[str], str]) -> list[str]:
    """The rows of a table as sentences: "carried: 3.91B tokens, 91.6 % of tokens, read again".

    An indented row is named after the row it belongs to: "Read results, src/store.py: 121M tokens".
    """
    sentences: list[str] = []
    names: list[str] = []  # of the row and of those above it, one a level
    for row, after in zip(table.rows, [*table.rows[1:], None], strict=True) if table.columns else ():
        name, *others = zip_longest(table.columns, row.cells[: len(table.columns)])
        names = [*names[: row.indent], _fact(*name, text, titled=False)]
        whose = ", ".join(filter(None, names))
        what = ", ".join(filter(None, (_fact(*other, text, titled=True) for other in others)))
        # The rows below a heading are named after it.
        is_heading = row.tone is Tone.DIM and not what and after is not None and after.indent > row.indent
        sentences += [": ".join(filter(None, [whose, what]))] if not is_heading else []
    return list(filter(None, sentences))


def _fact(column: Column, cell: Cell, text: Callable[[str], str], *, titled: bool) -> str:
    """What stands in a cell, in words; pictures say nothing here."""
    value = text(cell) if isinstance(cell, str) else ""
    title = text(column.title) if titled and value else ""
    if value == "1" and column.kind == "number":
        title = figures.singular(title)
    is_behind = column.kind == "number" and title not in PREPOSITIONS
    return " ".join(filter(None, [value, title] if is_behind else [title, value]))
