"""The vocabulary of cards: what an answer looks like in words and pictures, free of any drawing library.

A card says one thing in a sentence, shows the figures behind it, and ends in something to do. Numbers
are already words here (`figures.py` turns them); texts are untrusted and are made harmless by the format
that draws them.
"""

from __future__ import annotations

from enum import StrEnum

from tokenscope.value import Value


class Tone(StrEnum):
    """What a colour stands for. A format maps it to one of the terminal's sixteen colours."""

    PLAIN = "plain"  # the terminal's own text colour; also the floor
    CARRIED = "carried"  # blue
    NEW = "new"  # green
    OUTPUT = "output"  # magenta
    REBUILT = "rebuilt"  # red
    DIM = "dim"
    ACTION = "action"  # yellow: the arrow
    # What a chart tells apart by name (models, projects), the largest first; the rest is DIM.
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"


class Column(Value):
    """A column of a table.

    kind: "number" (right-aligned, never cut), "dollars" (a number that stands where the reader's plan wants it,
    see money.py), "label" (text that gives way last), "path" (gives way first,
    from its middle), "text" (words of a transcript; give way first, at their end), "remark" (dim, dropped or
    cut after the bars), "bar" (drawn in proportion to the table's largest), "spark" (a tuple of fractions,
    one character each; one below 0 is a mark). `spare`: where room is short it is left out before a title is cut.
    """

    title: str = ""
    kind: str = "label"
    spare: bool = False


# A str for text and numbers, a float for a bar, a tuple of floats for a spark, None for blank.
Cell = str | float | tuple[float, ...] | None


class Row(Value):
    """One row. Its tone colours what is drawn (marker, bar, spark), not what is read; DIM dims it all."""

    cells: tuple[Cell, ...]
    tone: Tone = Tone.PLAIN
    marker: bool = False  # a coloured square before the first cell (the legend of a stacked bar)
    indent: int = 0  # levels below the table's edge


IN_ALL = "in all"  # what a row of sums is called


class Table(Value):
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    left_out: int = 0  # how many rows were left out: "and 41 more · --all"
    total: Row | None = None  # what all rows sum to, those left out included


class Stack(Value):
    """One bar as wide as the card: shares of one whole, each with its colour."""

    shares: tuple[tuple[Tone, float], ...]


class Bar(Value):
    """An upright bar: what stands below it, a value a tone from the foot up, and their sum in words."""

    label: str
    values: tuple[float, ...]
    amount: str


class Bars(Value):
    """Upright bars in the order of time, on one scale. Where they do not fit, the oldest are left out.

    `words`: what is said where nothing is drawn.
    """

    tones: tuple[Tone, ...]
    bars: tuple[Bar, ...]
    words: tuple[str, ...]


class Grid(Value):
    """A field of shades: a calendar, the hours of a week.

    `columns`: a label or "" for each; what several in a row are called stands there once. `rows`: a label, and
    a level from 0 (nothing) to 4 (most) for each column; None where there is no such place. `levels`: what 1 to
    4 stand for. Where the columns do not fit, the first ones are left out. `words`: what is said where nothing
    is drawn.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    levels: tuple[str, str, str, str]
    words: tuple[str, ...]
    tone: Tone = Tone.CARRIED


class Chart(Value):
    """A size through time, as wide as the card.

    `heights`: fractions of the largest, which is called `top`. `marks`: (how far along, 0..1; which of the
    `legend`), drawn below with a sign a kind. `words` say the same to whoever cannot see it.
    """

    heights: tuple[float, ...]
    top: str
    words: str
    marks: tuple[tuple[float, int], ...] = ()
    legend: tuple[str, ...] = ()  # at most two
    tone: Tone = Tone.CARRIED


class Note(Value):
    """A line of plain text. `verbatim`: its runs of spaces are kept, since it may be code."""

    text: str
    tone: Tone = Tone.PLAIN
    verbatim: bool = False


Part = Stack | Bars | Grid | Chart | Table | Note


class Place(StrEnum):
    """Where a card stands on a page: all but CARD are drawn without empty lines inside.

    HEADLINE stays on the screen where the page is longer than that; LINE is as wide as the page; HALF may stand
    beside and above others where a line has room for two.
    """

    CARD = "card"
    HEADLINE = "headline"
    LINE = "line"
    HALF = "half"


class Card(Value):
    title: str
    sentence: str
    parts: tuple[Part, ...] = ()
    actions: tuple[str, ...] = ()  # each is drawn after an arrow
    caption: str = ""  # basis, window, what is estimated
    place: Place = Place.CARD


class Page(Value):
    """All that one question prints: a line above, the cards, and dim lines below."""

    header: str  # "name   scope", three spaces between: the name is drawn bold
    cards: tuple[Card, ...]
    footer: tuple[str, ...] = ()
