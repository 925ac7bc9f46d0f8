"""The rows of a table in columns of cells.

Nothing wraps. Where it does not fit, `_GIVES_WAY` says which columns shrink in which order; numbers never do. What
still does not fit is told in sentences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tokenscope.draw.glyphs import Glyphs, Line, Run, width_of
from tokenscope.draw.harmless import cells, cut, cut_path, pad, wrap
from tokenscope.draw.plain_page import facts, left_out, sum_facts
from tokenscope.value import Value, replace
from tokenscope.view.card import Column, Row, Table, Tone

_GAP = 2  # cells between two columns

_WIDEST_BAR = 32

_DROPPED = 0

_SPARE = "spare"  # columns of whatever kind that a table can do without; the last one goes first

# One step after the other until the table fits: the columns of a kind shrink to so many cells.
_GIVES_WAY = (
    ("bar", 16),
    ("text", 28),
    ("path", 24),
    ("bar", 6),
    ("text", 16),
    ("path", 16),
    ("bar", _DROPPED),
    ("remark", 16),
    ("remark", _DROPPED),
    ("spark", _DROPPED),
    ("label", 24),
    (_SPARE, _DROPPED),
    ("text", 10),
    ("path", 10),
    ("spark", _DROPPED),
    ("text", 8),
    ("path", 8),
    ("number", 1),  # its title; `least` keeps the numbers whole
    ("label", 16),
    ("label", 8),
)


def wrapped(text: str, width: int, tone: Tone = Tone.PLAIN) -> list[Line]:
    return [(Run(line, tone),) for line in wrap(text, width)]


_Value = str | tuple[float, ...]  # a text, or what a bar (one fraction) or a spark shows


class _Field(Value):
    """A column whose texts are harmless and measured. The first one also holds the rows' prefixes."""

    kind: str
    title: str
    values: tuple[_Value, ...]
    prefixes: tuple[Line, ...]  # indent and marker
    spare: bool
    natural: int  # cells it takes uncut
    least: int  # cells below which it makes no sense

    def cut(self, text: str, width: int, glyphs: Glyphs) -> str:
        return (cut_path if self.kind == "path" else cut)(text, width, glyphs.ellipsis)


def table_lines(table: Table, width: int, glyphs: Glyphs) -> list[Line]:
    """The rows below their titles, what was left out, and what all of them sum to."""
    sums = () if table.total is None else (table.total,)
    fields = _fields(table.columns, (*table.rows, *sums), glyphs)
    widths = _widths(fields, width, glyphs)
    if widths is None:
        lines, last = (_said(told(table, glyphs.text), width) for told in (facts, sum_facts))
    else:
        drawn = [(field, size) for field, size in zip(fields, widths, strict=True) if size]
        every = [
            _spaced([_cell(field, index, size, row.tone, glyphs) for field, size in drawn])
            for index, row in enumerate((*table.rows, *sums))
        ]
        lines, last = every[: len(table.rows)], every[len(table.rows) :]
        if any(field.title for field, _ in drawn):
            lines.insert(0, _spaced([_title(field, size, glyphs) for field, size in drawn]))
    if table.left_out:
        lines.extend(wrapped(glyphs.text(left_out(table)), width, Tone.DIM))
    return lines + last


def drawn_titles(table: Table, width: int, glyphs: Glyphs) -> set[str]:
    """The titles of the columns that there is room for, and something in; of all where rows are told in sentences."""
    every = table.rows if table.total is None else (*table.rows, table.total)
    filled = [
        column.title
        for index, column in enumerate(table.columns)
        if any(_value(row, index, column.kind, glyphs) for row in every)
    ]
    widths = _widths(_fields(table.columns, every, glyphs), width, glyphs)
    return {title for title, size in zip(filled, widths or [1] * len(filled), strict=True) if size}


def _said(facts: Iterable[str], width: int) -> list[Line]:
    """Rows in sentences, where there is no room for columns."""
    return [line for fact in facts for line in wrapped(fact, width)]


def _fields(columns: Sequence[Column], rows: Sequence[Row], glyphs: Glyphs) -> list[_Field]:
    """The columns in which anything stands."""
    fields: list[_Field] = []
    for index, column in enumerate(columns):
        values = tuple(_value(row, index, column.kind, glyphs) for row in rows)
        if any(values):
            prefixes = tuple(() if fields else _prefix(row, glyphs) for row in rows)
            fields.append(_measured(replace(column, title=glyphs.text(column.title)), values, prefixes))
    return fields


def _measured(column: Column, values: tuple[_Value, ...], prefixes: tuple[Line, ...]) -> _Field:
    kind, title = column.kind, column.title
    before = max(map(width_of, prefixes))
    lengths = (cells(value) if isinstance(value, str) else len(value) for value in values)
    needed = max(width_of(prefix) + length for prefix, length in zip(prefixes, lengths, strict=True))
    if kind == "bar":
        return _Field(kind, title, values, prefixes, column.spare, before + _WIDEST_BAR, before + 6)
    least = needed if kind in {"number", "spark"} else before + 3
    return _Field(kind, title, values, prefixes, column.spare, max(needed, cells(title)), least)


def _value(row: Row, index: int, kind: str, glyphs: Glyphs) -> _Value:
    cell = row.cells[index] if index < len(row.cells) else None
    if kind == "bar":
        return (float(cell),) if isinstance(cell, int | float) and math.isfinite(cell) and cell > 0 else ()
    if kind == "spark":
        return cell if isinstance(cell, tuple) else ()
    return "" if cell is None else glyphs.text(str(cell))


def _prefix(row: Row, glyphs: Glyphs) -> Line:
    indent = (Run("  " * min(row.indent, 6)),) if row.indent > 0 else ()
    marker = (Run(f"{glyphs.marker or glyphs.fills[row.tone]} ", row.tone),) if row.marker else ()
    return indent + marker


def _widths(fields: Sequence[_Field], room: int, glyphs: Glyphs) -> list[int] | None:
    """How many cells each column gets so that all fit into the room (0: dropped); None if they cannot."""
    widths = [min(field.natural, max(room, field.least)) for field in fields]
    for kind, target in _GIVES_WAY:
        _shrink(widths, fields, room, kind, target)
    if _spare(widths, room) < 0:
        return None
    _grow(widths, fields, room, ("label", "path", "text"))
    for index, field in enumerate(fields):
        if field.kind == "path" and widths[index] < field.natural:
            widths[index] = _length_when_cut(field, widths[index], glyphs)
    _grow(widths, fields, room, ("remark", "number"))
    _restore_bars(widths, fields, room)
    _grow(widths, fields, room, ("bar",))
    return widths


def _shrink(widths: list[int], fields: Sequence[_Field], room: int, kind: str, target: int) -> None:
    """Take from the widest column of a kind, again and again, until all fit or none has more to give."""
    while _spare(widths, room) < 0:
        floors = [_DROPPED if target == _DROPPED else max(target, field.least) for field in fields]
        is_of_kind = [field.spare if kind == _SPARE else field.kind == kind for field in fields]
        giving = [i for i, gives in enumerate(is_of_kind) if gives and widths[i] > floors[i]]
        if not giving:
            return
        widest = giving[-1] if kind == _SPARE else max(giving, key=lambda index: (widths[index], index))
        widths[widest] = _DROPPED if target == _DROPPED else widths[widest] - 1


def _grow(widths: list[int], fields: Sequence[_Field], room: int, kinds: Sequence[str]) -> None:
    """Give back to the columns of these kinds what the last step took too much."""
    for kind in kinds:
        for index, field in enumerate(fields):
            if widths[index] and field.kind == kind:
                widths[index] += min(_spare(widths, room), field.natural - widths[index])


def _restore_bars(widths: list[int], fields: Sequence[_Field], room: int) -> None:
    """Draw bars again that were dropped, where what was dropped behind them left room."""
    for index, field in enumerate(fields):
        if field.kind == "bar" and not widths[index] and _spare(widths, room) >= field.least + _GAP:
            widths[index] = field.least


def _length_when_cut(field: _Field, width: int, glyphs: Glyphs) -> int:
    """Paths are cut between folders, so that they often take less than they were given."""
    longest = min(cells(field.title), width)
    for prefix, value in zip(field.prefixes, field.values, strict=True):
        before = width_of(prefix)
        longest = max(longest, before + cells(field.cut(str(value), width - before, glyphs)))
    return longest


def _spare(widths: Sequence[int], room: int) -> int:
    """The cells that are left in the room; negative: that are missing."""
    drawn = [width for width in widths if width]
    return room - sum(drawn) - _GAP * max(len(drawn) - 1, 0)


def _spaced(parts: Iterable[Line]) -> Line:
    line: Line = ()
    for part in parts:
        line = (*line, Run(" " * _GAP), *part) if line else part
    return line


def _title(field: _Field, width: int, glyphs: Glyphs) -> Line:
    title = cut(field.title, width, glyphs.ellipsis)
    return (Run(pad(title, width, right=field.kind == "number"), Tone.DIM),)


def _cell(field: _Field, index: int, width: int, tone: Tone, glyphs: Glyphs) -> Line:
    """One cell with its prefix, exactly as wide as its column. Only pictures take the colour of their row."""
    value, prefix = field.values[index], field.prefixes[index]
    room = width - width_of(prefix)
    if not isinstance(value, str):
        drawn = _spark(value, glyphs) if field.kind == "spark" else _bar(field, value, room, glyphs)
        return (*prefix, Run(pad(drawn, room), tone))
    is_dim = field.kind == "remark" or tone is Tone.DIM
    text = pad(field.cut(value, room, glyphs), room, right=field.kind == "number")
    return (*prefix, Run(text, Tone.DIM if is_dim else Tone.PLAIN))


def _bar(field: _Field, value: tuple[float, ...], room: int, glyphs: Glyphs) -> str:
    """A bar on the scale of the column's largest row; what is above nothing shows at least an eighth."""
    if not value:
        return ""
    largest = max(value[0] for value in field.values if isinstance(value, tuple) and value)
    whole, eighths = divmod(max(round(value[0] / largest * room * 8), 1), 8)
    return glyphs.bar * whole + (glyphs.bar_ends[eighths - 1] if eighths else "")


def _spark(fractions: Sequence[float], glyphs: Glyphs) -> str:
    """One character a fraction. Nothing is the base line, and all above nothing rises from it."""
    top = len(glyphs.spark) - 1
    return "".join(
        glyphs.mark if f < 0 else glyphs.spark[max(round(min(f, 1) * top), 1) if f > 0 else 0] for f in fractions
    )
